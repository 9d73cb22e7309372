"""The first question and answer of a conversation that a model wrote."""

from __future__ import annotations

import pytest

from openloop import parsing
from openloop.errors import InputError
from openloop.records import Candidate, Item
from openloop.testing import check_parser


def test_it_keeps_the_contract() -> None:
    check_parser(parsing.exchange(), ['{"instruction": "a", "response": "b"}', "what?\nAssistant: that"])


@pytest.mark.parametrize(
    ("text", "finish", "item"),
    [
        (" hi?\nAssistant: yes.\nUser: more\nAssistant: no", "stop", Item("yes.", "hi?")),
        ("hi? Assistant: yes.", "stop", Item("yes.", "hi?")),
        ("hi? Assistant: yes", "length", Item("hi? Assistant: yes", "", broken="cut by length")),
        ("hi? Assistant: yes. User: mo", "length", Item("yes.", "hi?")),
        ("hi?", "stop", Item("hi?", "", broken="no answer")),
        ("hi? Assistant: ", "stop", Item("hi? Assistant: ", "", broken="no answer")),
        ("Assistant: yes", "stop", Item("Assistant: yes", "", broken="no question")),
        (
            "hi?\nUser: again\nAssistant: yes",
            "stop",
            Item("hi?\nUser: again\nAssistant: yes", "", broken="no question"),
        ),
    ],
)
def test_the_first_exchange_of_a_conversation(text: str, finish: str, item: Item) -> None:
    assert parsing.exchange().parse(Candidate("c", "p", "asked", text, finish=finish)) == [item]


def test_the_speakers_must_differ() -> None:
    with pytest.raises(InputError, match="two different texts"):
        parsing.exchange(user="X:", assistant="X:")
