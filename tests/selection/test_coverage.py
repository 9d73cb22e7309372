"""Coverage fills cells evenly: the best of each, and equal ones by lot."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

from openloop import selection
from openloop.errors import InputError
from openloop.records import Candidate
from openloop.selection.pool_view import CandidatePool
from openloop.testing import check_selector
from tests.selection.vector_pools import kept_places, pool_of_vectors, unit

RNG = np.random.default_rng(0)
TOPIC = ["sums"] * 120 + ["trees"] * 30 + ["maps"] * 6
ROWS = [{"topic": topic} for topic in TOPIC]
FLAT = np.ones((len(TOPIC), 3), dtype=np.float32)


def topics(chosen: Any) -> Counter[str]:
    return Counter(TOPIC[place] for place in kept_places(chosen))


def test_uneven_cells_come_out_even() -> None:
    pool = pool_of_vectors(FLAT, rows=ROWS)
    assert topics(selection.coverage(column="topic", n=18).select(pool)) == {"sums": 6, "trees": 6, "maps": 6}
    assert topics(selection.coverage(column="topic", n=60).select(pool)) == {"sums": 27, "trees": 27, "maps": 6}
    assert len(selection.coverage(column="topic", n=999).select(pool).kept) == len(TOPIC)
    assert sum(topics(selection.coverage(column="topic", n=2).select(pool)).values()) == 2
    assert set(selection.coverage(column="topic", n=18).select(pool).dropped.values()) == {"cell_full"}


def test_in_a_cell_the_best_are_kept_and_equal_ones_by_lot() -> None:
    values: list[float | None] = [i / 1000 for i in range(len(TOPIC))]
    best = selection.coverage(column="topic", n=9).select(pool_of_vectors(FLAT, rows=ROWS, values=values))
    assert kept_places(best) == [117, 118, 119, 147, 148, 149, 153, 154, 155]
    pool = pool_of_vectors(FLAT, rows=ROWS)
    drawn = {seed: kept_places(selection.coverage(column="topic", n=30, seed=seed).select(pool)) for seed in (0, 1)}
    assert drawn[0] != drawn[1] and max(drawn[0][:10]) > 20  # not just the first of each


def test_unscored_rows_are_dropped_as_such_or_taken_last() -> None:
    values: list[float | None] = [None if i % 2 else 1.0 for i in range(len(TOPIC))]
    pool = pool_of_vectors(FLAT, rows=ROWS, values=values)
    dropped = selection.coverage(column="topic", n=12).select(pool)
    assert topics(dropped) == {"sums": 5, "trees": 4, "maps": 3} or topics(dropped)["maps"] == 3
    assert "unscored:scored" in set(dropped.dropped.values()) or any(
        why.startswith("unscored:") for why in dropped.dropped.values()
    )
    kept = selection.coverage(column="topic", n=18, unscored="keep").select(pool)
    assert topics(kept) == {"sums": 6, "trees": 6, "maps": 6}
    assert all(place % 2 == 0 for place in kept_places(kept) if TOPIC[place] != "maps")


def test_clusters_of_similar_rows_are_cells_too() -> None:
    kind = RNG.choice(4, size=400, p=[0.85, 0.05, 0.05, 0.05])
    vectors = unit(np.eye(4, 16)[kind] + 0.05 * RNG.normal(size=(400, 16)))
    chosen = selection.coverage(clusters=4, n=32).select(pool_of_vectors(vectors))
    assert Counter(kind[kept_places(chosen)].tolist()) == {0: 8, 1: 8, 2: 8, 3: 8}
    order = np.random.default_rng(5).permutation(400).tolist()
    again = selection.coverage(clusters=4, n=32).select(pool_of_vectors(vectors, order=order))
    assert set(again.kept) == set(chosen.kept)


def test_what_it_did_is_measured() -> None:
    measured = selection.coverage(column="topic", n=18).select(pool_of_vectors(FLAT, rows=ROWS)).measured
    assert measured["cells filled"].value == 1
    assert measured["rows in the largest cell, before"].value == pytest.approx(120 / 156)
    assert measured["rows in the largest cell, after"].value == pytest.approx(1 / 3)
    assert measured["rows of new prompts in cells that the pool lacks"].value == 0
    alone = [{"topic": f"topic {i // 2}"} for i in range(len(TOPIC))]
    unseen = selection.coverage(column="topic", n=18).select(pool_of_vectors(FLAT, rows=alone)).measured
    assert unseen["rows of new prompts in cells that the pool lacks"].value == 1
    assert unseen["cells filled"].value == pytest.approx(18 / 78)


def test_the_order_of_the_pool_changes_nothing_but_the_order() -> None:
    order = np.random.default_rng(1).permutation(len(TOPIC)).tolist()
    one = selection.coverage(column="topic", n=20).select(pool_of_vectors(FLAT, rows=ROWS))
    other = selection.coverage(column="topic", n=20).select(pool_of_vectors(FLAT, rows=ROWS, order=order))
    assert set(one.kept) == set(other.kept)


def test_values_that_differ_in_case_and_blanks_are_one_cell_and_none_is_no_cell() -> None:
    rows = [{"topic": value} for value in ("Maps ", "maps", "MAPS", None, "trees", float("nan"))]
    chosen = selection.coverage(column="topic", n=2).select(pool_of_vectors(np.ones((6, 2)), rows=rows))
    assert Counter(chosen.dropped.values()) == {"no_cell": 2, "cell_full": 2} and "c4" in chosen.kept


def test_columns_of_every_pool_and_arrays_may_be_cells() -> None:
    pool = [Candidate(f"c{i}", "p", "q", "a", model=("big", "small")[i % 5 == 0]) for i in range(20)]
    assert len(selection.coverage(column="model", n=8).select(CandidatePool(pool)).kept) == 8
    kinds = CandidatePool(pool, {}, {"kind": np.arange(20) // 10})
    kept = selection.coverage(column="kind", n=4).select(kinds).kept
    assert Counter(int(i.removeprefix("c")) // 10 for i in kept) == {0: 2, 1: 2}


def test_it_keeps_the_contract() -> None:
    vectors = lambda n: {"vector": np.random.default_rng(n).normal(size=(n, 5))}  # noqa: E731
    check_selector(selection.coverage(column="answer", rate=0.3))
    check_selector(selection.coverage(clusters=3, n=7, unscored="keep"), extra=vectors)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n": 3}, "give either column"),
        ({"n": 3, "column": "a", "clusters": 3}, "give either column"),
        ({"n": 3, "clusters": 1}, "clusters must be a whole number, at least 2"),
        ({"column": "a"}, "coverage: give either rate"),
        ({"column": "a", "n": 3, "unscored": "lose"}, "coverage: unscored must be"),
    ],
)
def test_wrong_options_are_refused_when_it_is_made(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        selection.coverage(**options)


def test_an_unknown_column_is_named_with_the_nearest_one() -> None:
    with pytest.raises(InputError, match="no column 'topics' to make cells of.*topic"):
        selection.coverage(column="topics", n=3).select(pool_of_vectors(FLAT, rows=ROWS))
    with pytest.raises(InputError, match=r"no column 'vector'.*run\.embed\(pool\)"):
        selection.coverage(clusters=3, n=3).select(CandidatePool([Candidate("c0", "p", "q", "a")]))
