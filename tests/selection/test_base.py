"""Selectors: what is kept, and why the rest is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from openloop import selection
from openloop.errors import InputError
from openloop.records import Candidate, Outcome, Verdict
from openloop.selection.base import VerdictList
from openloop.selection.pool_view import CandidatePool

POOL = [Candidate(f"c{i}", f"p{i}", "q", "a") for i in range(6)]
MIXED = [
    Verdict(1.0),
    Verdict(0.2),
    Verdict(None, Outcome.TIMEOUT),
    Verdict(0.9),
    Verdict(None, Outcome.ERROR),
    Verdict(0.5),
]
CHECK = {"check": VerdictList("check", 0.9, MIXED)}


def test_threshold_keeps_what_the_signal_accepts_and_says_why_not() -> None:
    chosen = selection.threshold(accept=True).select(CandidatePool(POOL, CHECK))
    assert chosen.kept == ("c0", "c3")
    assert chosen.dropped == {
        "c1": "rejected",
        "c2": "unscored:timeout",
        "c4": "unscored:error",
        "c5": "rejected",
    }


def test_threshold_at_a_value_and_keeping_the_unscored() -> None:
    assert selection.threshold(at=0.5).select(CandidatePool(POOL, CHECK)).kept == ("c0", "c3", "c5")
    assert selection.threshold(at=0.5, unscored="keep").select(CandidatePool(POOL, CHECK)).kept == (
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
    with pytest.raises(InputError, match="either accept=True"):
        selection.threshold()


def test_top_keeps_the_highest_of_the_scored() -> None:
    assert selection.top(n=2).select(CandidatePool(POOL, CHECK)).kept == ("c0", "c3")
    assert selection.top(rate=0.5).select(CandidatePool(POOL, CHECK)).kept == ("c0", "c3")  # half of the four scored
    assert selection.top(n=99).select(CandidatePool(POOL, CHECK)).kept == ("c0", "c1", "c3", "c5")


def test_top_breaks_ties_evenly_and_by_seed() -> None:
    pool = [Candidate(f"c{i}", "p", "q", "a") for i in range(1000)]
    flat = {"check": VerdictList("check", 1.0, [Verdict(1.0)] * 1000)}
    kept = {seed: selection.top(n=500, seed=seed).select(CandidatePool(pool, flat)).kept for seed in (0, 1)}
    first_half = sum(int(i[1:]) < 500 for i in kept[0])
    assert 200 < first_half < 300 and kept[0] != kept[1]


def test_random_keeps_its_share_whatever_the_verdicts() -> None:
    assert len(selection.random(n=3).select(CandidatePool(POOL)).kept) == 3
    assert set(selection.random(rate=0.0).select(CandidatePool(POOL)).dropped.values()) == {"not_drawn"}


def test_a_chain_gives_each_selector_the_survivors() -> None:
    both = selection.chain(selection.threshold(at=0.5), selection.top(n=1))
    chosen = both.select(CandidatePool(POOL, CHECK))
    assert chosen.kept == ("c0",)
    assert chosen.dropped["c1"] == "rejected" and chosen.dropped["c5"] == "below_top"


@pytest.mark.parametrize("make", [selection.top, selection.random])
def test_a_share_or_a_number_but_not_both(make: object) -> None:
    for options in ({}, {"rate": 0.5, "n": 3}, {"rate": 1.5}, {"n": -1}):
        with pytest.raises(InputError, match=r"rate|n must"):
            make(**options)  # type: ignore[operator]


def test_a_limit_keeps_the_first_and_calls_the_others_surplus() -> None:
    chosen = selection.limit(2).select(CandidatePool(POOL))
    assert chosen.kept == ("c0", "c1") and set(chosen.dropped.values()) == {"surplus"}
    assert (
        len(selection.limit(99).select(CandidatePool(POOL)).kept) == 6
        and selection.limit(0).select(CandidatePool(POOL)).kept == ()
    )
    both = selection.chain(selection.threshold(at=0.5), selection.limit(1)).select(CandidatePool(POOL, CHECK))
    assert both.kept == ("c0",) and both.dropped["c3"] == "surplus" and len(both.dropped) == 5


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: selection.limit(-1), "limit: n must be"),
        (lambda: selection.limit(1.5), "whole number"),  # type: ignore[arg-type]
        (lambda: selection.top(n=1.5), "whole number"),  # type: ignore[arg-type]
        (lambda: selection.threshold(at=float("nan")), "finite"),
        (lambda: selection.chain(selection.limit), "is not a selector"),  # type: ignore[arg-type]
    ],
)
def test_a_selector_made_wrongly_is_refused_by_name(make: Callable[[], object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        make()
