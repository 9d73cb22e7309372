"""Completions that were cut are dropped."""

from __future__ import annotations

import pytest

from openloop import selection
from openloop.selection.incomplete import Incomplete
from openloop.testing import check_selector
from tests.selection.pools import pool_of


def test_it_keeps_the_contract() -> None:
    check_selector(selection.incomplete())


@pytest.mark.parametrize(
    ("selector", "text", "reason"),
    [
        (selection.incomplete(), "", "empty"),
        (selection.incomplete(), "here:\n```\nx = 1", "no_end"),
        (selection.incomplete(), "it ends in the", None),
        (selection.incomplete(punctuation=True), "it ends in the", "no_end"),
        (selection.incomplete(punctuation=True), 'He said "done."', None),
    ],
)
def test_a_reason_for_every_drop(selector: Incomplete, text: str, reason: str | None) -> None:
    assert selector.select(pool_of(text)).dropped.get("c0") == reason


def test_what_was_cut_by_length_is_dropped_however_it_ends() -> None:
    assert selection.incomplete().select(pool_of("whole.", finish="length")).dropped == {"c0": "cut_by_length"}
