"""Rows that hold code, or are about writing it, are dropped: by what was written, not by what was asked."""

from __future__ import annotations

import pytest

from openloop import selection
from openloop.errors import InputError
from openloop.measures.programming import programming
from openloop.records import Candidate
from openloop.selection.coding import Coding
from openloop.selection.pool_view import CandidatePool
from openloop.testing import check_selector
from tests.selection.pools import pool_of

DEMONSTRATIONS = "1. Write a Python function that adds.\n2. SELECT name FROM people;\nWrite three more tasks."


def test_it_keeps_the_contract() -> None:
    check_selector(selection.coding())
    check_selector(selection.coding(keywords=["loop"]))


@pytest.mark.parametrize(
    ("selector", "text", "reason"),
    [
        (selection.coding(), "Write a Python function", "coding:talk of a language"),
        (selection.coding(), "SELECT name FROM people;", "coding:sql"),
        (selection.coding(), "Humans select organisms from each generation", None),
        (selection.coding(), "Bread needs flour", None),
        (selection.coding(keywords=["loop"]), "Use a Loop.", "coding:loop"),
        (selection.coding(keywords=["loop"]), "A loophole in the law", None),
        (selection.coding(keywords=["SQL"]), "a sql of birds", None),
        (selection.coding(keywords=["c++"]), "Learn C++ today", "coding:c++"),
    ],
)
def test_a_reason_for_every_drop(selector: Coding, text: str, reason: str | None) -> None:
    assert selector.select(pool_of(text)).dropped.get("c0") == reason


def test_a_prompt_that_was_given_is_not_read() -> None:
    kept = selection.coding().select(pool_of("Plan a picnic", "Draft a toast", prompts=[DEMONSTRATIONS] * 2))
    assert kept.kept == ("c0", "c1")


def test_a_prompt_that_the_model_wrote_is_read() -> None:
    task = "Write a Python function that adds two numbers."
    rows = [Candidate(f"c{i}", "p", task, "Here it is.", prompt_written=mine) for i, mine in enumerate((False, True))]
    assert selection.coding().select(CandidatePool(rows)).kept == ("c0",)


def test_one_mention_in_a_long_text_is_not_what_it_is_about() -> None:
    story = "She spent the summer at the lake and read a novel a week, as she had promised her aunt. " * 10
    assert programming(f"{story} Her brother knew HTML.") == ""
    assert programming("Her brother knew HTML.") == "talk of a language"


def test_a_link_is_no_talk() -> None:
    assert programming("Read https://example.org/python/index.html and tell me more.") == ""


@pytest.mark.parametrize("keywords", [[""], "loop"])
def test_wrong_options_are_refused(keywords: list[str]) -> None:
    with pytest.raises(InputError, match="keywords must be a list of texts"):
        selection.coding(keywords=keywords)
