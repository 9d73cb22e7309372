"""Best of takes the top of each prompt."""

from __future__ import annotations

import pytest

from openloop import selection
from openloop.errors import InputError
from openloop.testing import check_selector
from tests.selection.pools import pool_of


def test_it_keeps_the_contract() -> None:
    check_selector(selection.best_of(2))


def test_best_of_takes_the_top_of_each_prompt() -> None:
    pool = pool_of(*"abcde", prompts=["p", "p", "p", "q", "q"], values=[0.2, 0.9, 0.5, None, 0.1])
    chosen = selection.best_of(1).select(pool)
    assert chosen.kept == ("c1", "c4")
    assert chosen.dropped["c3"].startswith("unscored") and chosen.dropped["c0"] == "not_best"
    assert selection.best_of(2).select(pool).kept == ("c1", "c2", "c4")


def test_ties_favour_no_end() -> None:
    pool = pool_of(*["x"] * 400, prompts=[f"p{i // 4}" for i in range(400)], values=[1.0] * 400)
    kept = selection.best_of(1).select(pool).kept
    places = [int(i[1:]) % 4 for i in kept]
    assert len(kept) == 100 and all(10 < places.count(place) < 45 for place in range(4))


def test_at_least_one_is_kept() -> None:
    with pytest.raises(InputError, match="best_of: n must be at least 1, got 0"):
        selection.best_of(0)
