"""Diverse keeps rows that stand for the others, and says by how much it beats a random choice."""

from __future__ import annotations

import numpy as np
import pytest

from openloop import selection
from openloop.errors import InputError
from openloop.records import Candidate
from openloop.selection.pool_view import CandidatePool
from openloop.testing import check_selector
from tests.selection.vector_pools import kept_places, pool_of_vectors, unit

RNG = np.random.default_rng(0)
KIND = RNG.choice(6, size=240, p=[0.7, 0.1, 0.1, 0.05, 0.03, 0.02])
KINDS = unit(np.eye(6, 16)[KIND] + 0.05 * RNG.normal(size=(240, 16)))
"""Rows of six kinds, most of them of one."""


def test_one_row_of_each_kind_is_kept() -> None:
    chosen = selection.diverse(n=6).select(pool_of_vectors(KINDS))
    assert sorted(KIND[kept_places(chosen)]) == [0, 1, 2, 3, 4, 5]
    assert set(chosen.dropped.values()) == {"like_a_kept_row"}


def test_it_says_what_it_gained_over_a_random_choice() -> None:
    measured = selection.diverse(n=24).select(pool_of_vectors(KINDS)).measured
    assert measured["different rows, after"].value > 1.5 * measured["different rows, before"].value
    near, random = measured["nearest kept row"], measured["nearest kept row, had as many been drawn at random"]
    assert near.low is not None and random.value < near.low
    alike = selection.diverse(n=24).select(pool_of_vectors(unit(np.ones((240, 4))))).measured
    assert alike["different rows, after"].value == pytest.approx(alike["different rows, before"].value)


def test_the_order_of_the_pool_changes_nothing_but_the_order() -> None:
    order = np.random.default_rng(1).permutation(240).tolist()
    one = selection.diverse(rate=0.1).select(pool_of_vectors(KINDS))
    other = selection.diverse(rate=0.1).select(pool_of_vectors(KINDS, order=order))
    assert set(one.kept) == set(other.kept) and one.measured.keys() == other.measured.keys()
    for name, estimate in one.measured.items():
        assert other.measured[name].value == pytest.approx(estimate.value), name


def test_it_sees_what_earlier_selectors_kept() -> None:
    values = [1.0 if kind in (0, 1) else 0.0 for kind in KIND]
    both = selection.chain(selection.threshold(accept=True), selection.diverse(n=2))
    assert sorted(KIND[kept_places(both.select(pool_of_vectors(KINDS, values=values)))]) == [0, 1]


def test_it_keeps_the_contract() -> None:
    check_selector(
        selection.diverse(rate=0.2), extra=lambda n: {"vector": np.random.default_rng(n).normal(size=(n, 5))}
    )


def test_what_is_wrong_is_said_with_the_next_step() -> None:
    bare = CandidatePool([Candidate("c0", "p", "q", "a")])
    with pytest.raises(InputError, match=r"no column 'vector'.*`embed: \{vector: hashed\}`.*run\.embed\(pool\)"):
        selection.diverse(n=1).select(bare)
    with pytest.raises(InputError, match="column 'length' holds one value a row"):
        selection.diverse(n=1, vectors="length").select(bare)
    broken = KINDS.copy()
    broken[3, 0] = np.nan
    with pytest.raises(InputError, match="1 of 240 vectors hold numbers that are not finite"):
        selection.diverse(n=1).select(pool_of_vectors(broken))
    with pytest.raises(InputError, match="diverse: give either rate"):
        selection.diverse()
