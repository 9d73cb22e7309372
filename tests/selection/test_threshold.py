"""Threshold keeps what the signal accepts, and says why not."""

from __future__ import annotations

import pytest

from openloop import selection
from openloop.errors import InputError
from openloop.selection.base import VerdictList
from openloop.selection.pool_view import CandidatePool
from tests.selection.pools import CHECK, CHECKED, MIXED, POOL


def test_threshold_keeps_what_the_signal_accepts_and_says_why_not() -> None:
    chosen = selection.threshold(accept=True).select(CHECKED)
    assert chosen.kept == ("c0", "c3")
    assert chosen.dropped == {
        "c1": "rejected",
        "c2": "unscored:timeout",
        "c4": "unscored:error",
        "c5": "rejected",
    }


def test_threshold_at_a_value_and_keeping_the_unscored() -> None:
    assert selection.threshold(at=0.5).select(CHECKED).kept == ("c0", "c3", "c5")
    assert selection.threshold(at=0.5, unscored="keep").select(CHECKED).kept == (
        "c0",
        "c2",
        "c3",
        "c4",
        "c5",
    )


def test_threshold_needs_a_signal_it_can_name_and_a_value_it_can_compare() -> None:
    two = CHECK | {"other": VerdictList("other", None, MIXED)}
    with pytest.raises(InputError, match=r"one signal, got \['check', 'other'\]"):
        selection.threshold(accept=True).select(CandidatePool(POOL, two))
    with pytest.raises(InputError, match="did you mean 'check'"):
        selection.threshold(accept=True, signal="chek").select(CandidatePool(POOL, two))
    with pytest.raises(InputError, match="has no accept_at"):
        selection.threshold(accept=True, signal="other").select(CandidatePool(POOL, two))
    for options in ({}, {"at": 0.5, "at_most": 0.5}, {"accept": True, "at_most": 0.5}):
        with pytest.raises(InputError, match="one of accept=True"):
            selection.threshold(**options)  # type: ignore[arg-type]


def test_a_threshold_that_is_no_number_is_refused() -> None:
    for name in ("at", "at_most"):
        with pytest.raises(InputError, match=f"{name} must be a finite"):
            selection.threshold(**{name: float("nan")})  # type: ignore[arg-type]


def test_at_most_keeps_low_values() -> None:
    assert selection.threshold(at_most=0.5).select(CHECKED).kept == ("c1", "c5")
    assert selection.threshold(at_most=0.5, unscored="keep").select(CHECKED).kept == ("c1", "c2", "c4", "c5")
    assert selection.threshold(at_most=0.49).select(CHECKED).dropped["c5"] == "rejected"
