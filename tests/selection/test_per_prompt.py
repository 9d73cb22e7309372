"""Per prompt caps the rows of each prompt."""

from __future__ import annotations

import pytest

from openloop import selection
from openloop.errors import InputError
from openloop.testing import check_selector
from tests.selection.pools import pool_of


def test_it_keeps_the_contract() -> None:
    check_selector(selection.per_prompt(2))


def test_no_prompt_keeps_more_than_its_share() -> None:
    chosen = selection.per_prompt(2).select(pool_of(*"abcde", prompts=["p", "p", "p", "q", "q"]))
    assert len(chosen.kept) == 4 and list(chosen.dropped.values()) == ["prompt_is_full"]
    assert {"c3", "c4"} < set(chosen.kept)


def test_ids_and_the_seed_decide_which() -> None:
    pool = pool_of(*["x"] * 400, prompts=[f"p{i // 4}" for i in range(400)])
    kept = {seed: selection.per_prompt(1, seed=seed).select(pool).kept for seed in (0, 1)}
    places = [int(i[1:]) % 4 for i in kept[0]]
    assert all(10 < places.count(place) < 45 for place in range(4)) and kept[0] != kept[1]
    assert kept[0] == selection.per_prompt(1).select(pool).kept


def test_at_least_one_is_kept() -> None:
    with pytest.raises(InputError, match="per_prompt: n must be at least 1, got 0"):
        selection.per_prompt(0)
