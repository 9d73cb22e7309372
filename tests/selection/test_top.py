"""Top keeps the highest of the scored rows."""

from __future__ import annotations

from typing import Any

import pytest

from openloop import selection
from openloop.errors import InputError
from openloop.records import Candidate, Verdict
from openloop.selection.base import VerdictList
from openloop.selection.pool_view import CandidatePool
from tests.selection.pools import CHECKED


def test_top_keeps_the_highest_of_the_scored() -> None:
    assert selection.top(n=2).select(CHECKED).kept == ("c0", "c3")
    assert selection.top(rate=0.5).select(CHECKED).kept == ("c0", "c3")  # half of the four scored
    assert selection.top(n=99).select(CHECKED).kept == ("c0", "c1", "c3", "c5")


def test_top_breaks_ties_evenly_and_by_seed() -> None:
    pool = [Candidate(f"c{i}", "p", "q", "a") for i in range(1000)]
    flat = {"check": VerdictList("check", 1.0, [Verdict(1.0)] * 1000)}
    kept = {seed: selection.top(n=500, seed=seed).select(CandidatePool(pool, flat)).kept for seed in (0, 1)}
    first_half = sum(int(i[1:]) < 500 for i in kept[0])
    assert 200 < first_half < 300 and kept[0] != kept[1]


@pytest.mark.parametrize("options", [{}, {"rate": 0.5, "n": 3}, {"rate": 1.5}, {"n": -1}, {"n": 1.5}])
def test_a_share_or_a_number_but_not_both(options: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"top: (give either|rate must|n must)"):
        selection.top(**options)
