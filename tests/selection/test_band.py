"""A band drops prompts that teach nothing."""

from __future__ import annotations

import pytest

from openloop import selection
from openloop.errors import InputError
from openloop.records import Verdict
from openloop.selection.base import VerdictList
from openloop.selection.pool_view import CandidatePool
from openloop.testing import check_selector
from tests.selection.pools import pool_of


def test_it_keeps_the_contract() -> None:
    check_selector(selection.band(low=0.1, high=0.9))


def test_a_band_drops_what_teaches_nothing() -> None:
    prompts = ["never"] * 2 + ["always"] * 2 + ["some"] * 2 + ["unknown"] * 2
    pool = pool_of(*"abcdefgh", prompts=prompts, values=[0, 0, 1, 1, 1, 0, None, None])
    chosen = selection.band(low=0.1, high=0.9).select(pool)
    assert chosen.kept == ("c4", "c5")
    assert [chosen.dropped[f"c{i}"] for i in (0, 2, 6)] == ["never_solved", "always_solved", "prompt_unscored"]


def test_rates_beyond_an_end_are_too_hard_or_too_easy() -> None:
    pool = pool_of(*"abcdef", prompts=["hard"] * 3 + ["easy"] * 3, values=[1, 0, 0, 1, 1, 0])
    chosen = selection.band(low=0.5, high=0.6).select(pool)
    assert chosen.dropped == {f"c{i}": "too_hard" if i < 3 else "too_easy" for i in range(6)}


def test_a_share_of_nothing_accepted_is_refused() -> None:
    scores = {"score": VerdictList("score", None, [Verdict(0.5)])}
    with pytest.raises(InputError, match="'score' has no accept_at"):
        selection.band().select(CandidatePool(pool_of("a").candidates, scores))
    with pytest.raises(InputError, match="low <= high"):
        selection.band(low=0.9, high=0.1)
