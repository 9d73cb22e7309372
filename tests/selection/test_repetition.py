"""Rows in which the model says the same again and again are dropped."""

from __future__ import annotations

import pytest

from openloop import selection
from openloop.errors import InputError
from openloop.measures.loops import loop
from openloop.records import Candidate
from openloop.selection.pool_view import CandidatePool
from openloop.selection.repetition import Repetition
from openloop.testing import check_selector
from tests.selection.pools import pool_of

ON = "and so we go on "


def test_it_keeps_the_contract() -> None:
    check_selector(selection.repetition())


@pytest.mark.parametrize(
    ("selector", "text", "reason"),
    [
        (selection.repetition(), "it is very very very very good", "repeated_word"),
        (selection.repetition(words=3), "it is very very very good", "repeated_word"),
        (selection.repetition(), ON * 3, "repeated_phrase"),
        (selection.repetition(turns=4), ON * 3, None),
        (selection.repetition(), "1. we rest here 2. we rest here 3. we rest here", "repeated_counting_phrase"),
        (selection.repetition(), "that is very, very good indeed", None),
        (selection.repetition(), "", None),
    ],
)
def test_a_reason_for_every_drop(selector: Repetition, text: str, reason: str | None) -> None:
    assert selector.select(pool_of(text)).dropped.get("c0") == reason


@pytest.mark.parametrize("cut", range(len(ON)))
def test_a_loop_is_found_wherever_it_was_cut(cut: int) -> None:
    assert loop("We began, " + (ON * 5)[: 5 * len(ON) - cut]) == "phrase"


def test_a_loop_in_the_middle_is_found() -> None:
    assert loop(f"We began, {ON * 3} until the sun rose, and nobody said a word.") == "phrase"


def test_a_loop_without_blanks_is_found() -> None:
    assert loop("ha" * 40) == "word"
    assert loop("今天天气很好。" * 4) == "phrase"


@pytest.mark.parametrize(
    "text",
    [
        "Row, row, row your boat",
        "ha ha ha ha ha",
        "1, 2, 3, 4, 5, 6",
        "| yes | yes | yes | yes | yes |",
        "7 x 1 = 7\n7 x 2 = 14\n7 x 3 = 21\n7 x 4 = 28",
        "Day 1: he reads 5 pages. Day 2: he reads 7 pages. Day 3: he reads 9 pages.",
    ],
)
def test_what_people_repeat_is_no_loop(text: str) -> None:
    assert loop(text) == ""


def test_a_prompt_is_read_only_where_the_model_wrote_it() -> None:
    rows = [Candidate(f"c{i}", "p", ON * 4, "Fine.", prompt_written=mine) for i, mine in enumerate((False, True))]
    assert selection.repetition().select(CandidatePool(rows)).kept == ("c0",)


def test_wrong_options_are_refused() -> None:
    with pytest.raises(InputError, match="words and turns must be at least 2"):
        selection.repetition(words=1)
