"""What stands in a reply, item by item."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openloop import parsing
from openloop.errors import InputError
from openloop.records import Candidate, Item
from openloop.testing import check_parser


def reply(text: str, finish: str = "stop") -> Candidate:
    return Candidate("c", "p", "asked", text, finish=finish)


def read(text: str, finish: str = "stop", **options: object) -> list[tuple[object, str]]:
    parser = parsing.items("instruction", **options)  # type: ignore[arg-type]
    return [(item.completion, item.broken) for item in parser.parse(reply(text, finish))]


LIST = ["write a", "write b", "write c"]
GOOD = [(text, "") for text in LIST]


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(json.dumps({"instruction": text}) for text in LIST),
        json.dumps([{"instruction": text} for text in LIST]),
        json.dumps({"tasks": [{"instruction": text} for text in LIST]}, indent=1),
        json.dumps({str(i): {"instruction": text} for i, text in enumerate(LIST)}),
        "Here you are:\n```json\n"
        + json.dumps([{"id": 1, "Instruction": f" {text}\n"} for text in LIST])
        + "\n```\nDone.",
        "1. write a\n2. write b\n3) write c",
        "- write a\n* write b\n• write c\n",
        "1. Instruction: write a\n2. **instruction**: write b\n3. INSTRUCTION: write c",
    ],
)
def test_a_list_is_read_in_any_wrapping(text: str) -> None:
    assert read(text) == GOOD


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        ('{"instruction": "a"}\n{"instruction": "b}\n{"instruction": "c"}', ["", "no JSON", ""]),
        (
            '[{"instruction": "a"}, {"id": 2, "instruction": "b" "x"}, {"instruction": "c"}]',
            ["", "no JSON", ""],
        ),
        (
            '{"instruction": "a"}\n{"title": "b"}\n{"instruction": ""}',
            ["", "no instruction", "no instruction"],
        ),
        ('{"instruction": ["a"]}\n{"instruction": 7}', ["instruction is no text", ""]),
        ('{"tasks": [{"instruction": "a"}, {"instruction": "b"', ["", "no JSON"]),
        ("I am sorry, I cannot help with that.", ["no list"]),
        ("", ["no list"]),
        ("{" * 50_000, ["no list"]),
    ],
)
def test_a_broken_item_loses_itself_only(text: str, reasons: list[str]) -> None:
    assert [broken for _, broken in read(text)] == reasons


def test_what_is_cut_by_length_says_so() -> None:
    assert read('{"instruction": "a"}\n{"instruc', "length") == [("a", ""), ('{"instruc', "cut by length")]
    assert read("1. a\n2. wri", "length") == [("a", ""), ("wri", "cut by length")]
    assert read('{"instruction": "a"}\n{"instruction": "b', "length")[1][1] == "cut by length"


def test_a_new_prompt_may_come_with_its_answer() -> None:
    text = json.dumps({"instruction": "Sort these.", "context": "b, a", "response": "a, b", "level": "easy"})
    parser = parsing.items("response", prompt=["instruction", "context"], columns=["level"])
    assert parser.parse(reply(text)) == [Item("a, b", "Sort these.\n\nb, a", {"level": "easy"})]
    without = parser.parse(reply(json.dumps({"instruction": "", "response": "x"})))
    assert [(item.broken, item.prompt) for item in without] == [("no instruction", "")]


@given(st.lists(st.text(min_size=1).filter(str.strip), min_size=1, max_size=8), st.booleans())
def test_every_text_survives_the_list(texts: list[str], ascii_only: bool) -> None:
    lines = "\n".join(json.dumps({"instruction": text}, ensure_ascii=ascii_only) for text in texts)
    assert read(lines) == [(text.strip(), "") for text in texts]


@given(st.text(alphabet='{}[]":,\\ \na1'))
@settings(max_examples=300)
def test_any_text_is_read_without_an_exception(text: str) -> None:
    assert all(broken or said for said, broken in read(text))


def test_hostile_replies_cost_little_time() -> None:
    began = time.perf_counter()
    for text in (
        '{"a":' * 150_000,
        "{" * 900_000,
        '{"instruction": "' * 50_000,
        "[" * 900_000,
        "1. " * 300_000,
    ):
        read(text)
    assert time.perf_counter() - began < 20


@pytest.mark.parametrize(
    "parser",
    [
        parsing.items("instruction"),
        parsing.items("response", prompt="instruction", columns=["kind"]),
        parsing.exchange(),
    ],
)
def test_every_parser_keeps_the_contract(parser: object) -> None:
    check_parser(parser, ['{"instruction": "a", "response": "b"}', "what?\nAssistant: that"])  # type: ignore[arg-type]


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
    assert parsing.exchange().parse(reply(text, finish)) == [item]


def test_wrong_options_are_refused() -> None:
    with pytest.raises(InputError, match="different names"):
        parsing.items("a", prompt="a")
    with pytest.raises(InputError, match="two different texts"):
        parsing.exchange(user="X:", assistant="X:")
