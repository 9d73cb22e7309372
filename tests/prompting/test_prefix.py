"""Nothing but the beginning of a conversation as a prompt."""

from __future__ import annotations

import pytest

from openloop import prompting
from openloop.errors import InputError
from openloop.testing import check_maker


def test_it_keeps_the_contract() -> None:
    check_maker(prompting.prefix())


def test_bare_prefixes_are_told_apart() -> None:
    made = prompting.make(prompting.prefix(), count=5, start=3).load()
    assert {prompt.content for prompt in made} == {"User: "} and len({prompt.id for prompt in made}) == 5


def test_wrong_options_are_refused() -> None:
    with pytest.raises(InputError, match="the beginning of a conversation"):
        prompting.prefix(" ")
    with pytest.raises(InputError, match="give tokenizer too"):
        prompting.prefix(system="x")
