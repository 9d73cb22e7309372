"""Completions that say the same again and again are dropped."""

from __future__ import annotations

import pytest

from openloop import selection
from openloop.errors import InputError
from openloop.selection.repetition import Repetition
from openloop.testing import check_selector
from tests.selection.pools import pool_of


def test_it_keeps_the_contract() -> None:
    check_selector(selection.repetition())


@pytest.mark.parametrize(
    ("selector", "text", "reason"),
    [
        (selection.repetition(), "it is very very very very good", "repeated_word"),
        (selection.repetition(words=3), "it is very very very good", "repeated_word"),
        (selection.repetition(), "and so we go on and on we go on and on we go on and on", "repeated_tail"),
        (selection.repetition(), "that is very, very good indeed", None),
        (selection.repetition(), "", None),
    ],
)
def test_a_reason_for_every_drop(selector: Repetition, text: str, reason: str | None) -> None:
    assert selector.select(pool_of(text)).dropped.get("c0") == reason


def test_wrong_options_are_refused() -> None:
    with pytest.raises(InputError, match="words and tail must be at least 2"):
        selection.repetition(words=1)
