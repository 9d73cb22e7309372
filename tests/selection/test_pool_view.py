"""The pool that a selector sees: the same columns from candidates in memory and from a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pytest

from openloop import selection
from openloop.contracts import PoolView, Selector
from openloop.data.tables import CandidateRows
from openloop.errors import InputError
from openloop.records import Candidate, Outcome, Selection, Verdict
from openloop.selection.base import VerdictList, from_mask
from openloop.selection.pool_view import CandidatePool
from openloop.testing import check_selector

ROWS = [
    Candidate(
        f"c{i}",
        f"p{(5 - i) // 2}",
        f"question {i}",
        "é" * i,
        index=i % 2,
        model=f"m{i % 3}",
        revision="r",
        seed=100 + i,
        round=i,
        logprob=None if i == 2 else -0.5 * i,
        n_tokens=None if i == 3 else i,
        finish="length" if i == 4 else "stop",
        row={"topic": f"t{i}", "score": None if i == 1 else 0.5 * i},
    )
    for i in range(6)
]
VALUES = [1.0, 0.2, None, 0.9, None, 0.5]
CHECK = {
    "check": VerdictList("exact", 0.9, [Verdict(v, Outcome.TIMEOUT if v is None else Outcome.SCORED) for v in VALUES])
}
VECTORS = np.arange(12.0).reshape(6, 2)


def table_of(rows: Sequence[Candidate]) -> pa.Table:
    names = [name for name in Candidate.__dataclass_fields__ if name != "row"]
    columns = {name: [getattr(row, name) for row in rows] for name in names}
    return pa.table(columns | {f"row.{name}": [row.row[name] for row in rows] for name in rows[0].row})


class Unmade(CandidateRows):
    """Rows of a table that refuse to be made into candidates."""

    def __getitem__(self, index: Any) -> Any:
        raise AssertionError("a candidate was made")

    def __iter__(self) -> Iterator[Candidate]:
        raise AssertionError("candidates were made")


def unmade(rows: Sequence[Candidate] = ROWS) -> CandidateRows:
    table = table_of(rows)
    return Unmade(
        lambda columns: table if columns is None else table.select([c for c in columns if c in table.schema.names])
    )


@pytest.fixture(params=[list, unmade], ids=["in memory", "table"])
def pool(request: pytest.FixtureRequest) -> CandidatePool:
    return CandidatePool(request.param(ROWS), CHECK, {"vector": VECTORS, "distance": np.arange(6)})


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("length", [0, 1, 2, 3, 4, 5]),
        ("prompt", [2, 2, 1, 1, 0, 0]),
        ("prompt_id", ["p2", "p2", "p1", "p1", "p0", "p0"]),
        ("index", [0, 1, 0, 1, 0, 1]),
        ("round", [0, 1, 2, 3, 4, 5]),
        ("seed", [100, 101, 102, 103, 104, 105]),
        ("logprob", [0.0, -0.5, None, -1.5, -2.0, -2.5]),
        ("n_tokens", [0, 1, 2, None, 4, 5]),
        ("model", ["m0", "m1", "m2", "m0", "m1", "m2"]),
        ("finish", ["stop", "stop", "stop", "stop", "length", "stop"]),
        ("text.prompt", [f"question {i}" for i in range(6)]),
        ("text.completion", ["é" * i for i in range(6)]),
        ("row.topic", ["t0", "t1", "t2", "t3", "t4", "t5"]),
        ("verdict.check", VALUES),
        ("distance", [0, 1, 2, 3, 4, 5]),
        ("vector", VECTORS.tolist()),
    ],
)
def test_a_column_in_pool_order(pool: CandidatePool, name: str, expected: list[Any]) -> None:
    found = pool.column(name)
    assert name in pool.columns and len(found) == len(pool) == 6
    assert [None if value != value else value for value in found.tolist()] == expected
    with pytest.raises(ValueError, match="read-only"):
        found[:] = found[::-1].copy()


def test_a_missing_value_of_the_real_data_stays_none(pool: CandidatePool) -> None:
    assert pool.column("row.score").tolist() == [0.0, None, 1.0, 1.5, 2.0, 2.5]


def test_rows_that_failed_are_in_no_column() -> None:
    rows = [*ROWS, Candidate("c6", "p0", "q", "", finish="failed", row={"topic": "t", "score": 0.0})]
    pool = CandidatePool(CandidateRows.of(table_of(rows)), CHECK)
    assert len(pool) == 6 and pool.ids[-1] == "c5"
    assert all(len(pool.column(name)) == 6 for name in pool.columns)


def test_a_chat_is_its_turns() -> None:
    chat = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "bc"}]
    (row,) = [Candidate("c", "p", chat, chat)]  # type: ignore[arg-type]
    pool = CandidatePool([row])
    assert pool.column("text.prompt").tolist() == ["a\nbc"] and pool.column("length").tolist() == [4]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("lenght", "no column 'lenght' in this pool; did you mean 'length'"),
        ("verdict.chek", "did you mean 'verdict.check'"),
        ("row.topik", "did you mean 'row.topic'"),
        ("vectors", "did you mean 'vector'"),
    ],
)
def test_an_unknown_column_is_refused_with_the_nearest_one(pool: CandidatePool, name: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        pool.column(name)


def test_an_empty_pool_has_every_column_of_the_real_data() -> None:
    empty = CandidatePool([])
    assert empty.column("row.anything").shape == (0,) and empty.column("prompt").shape == (0,)
    with pytest.raises(InputError, match="no column 'anything'"):
        empty.column("anything")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: CandidatePool(ROWS[:2], CHECK), "6 verdicts of 'check' for 2 candidates"),
        (lambda: CandidatePool(ROWS, {}, {"v": np.zeros((5, 2))}), r"shape \[5, 2\]; allowed: \[6\] or \[6, D\]"),
        (lambda: CandidatePool(ROWS, {}, {"v": np.zeros((6, 2, 2))}), "allowed"),
        (lambda: CandidatePool(ROWS, {}, {"length": np.zeros(6)}), "'length' exists already"),
        (lambda: CandidatePool(ROWS, {}, {"row.x": np.zeros(6)}), "'row.x' exists already"),
    ],
)
def test_what_does_not_fit_the_pool_is_refused(make: Callable[[], object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        make()


# ---- selectors over it --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FarApart:
    """A user's selector: keeps what lies farther than ``radius`` from everything kept before it."""

    radius: float
    version: ClassVar[str] = "1"
    uses_verdicts: ClassVar[bool] = False

    def select(self, pool: PoolView, /) -> Selection:
        vectors = pool.column("vector")
        keep = np.zeros(len(pool), dtype=np.bool_)
        for i, vector in enumerate(vectors):
            keep[i] = bool((np.linalg.norm(vectors[keep] - vector, axis=1) > self.radius).all())
        return from_mask(pool, keep, "near_another")


def test_a_users_selector_reads_vectors(pool: CandidatePool) -> None:
    # Neighbours are 2·√2 = 2.83 apart: at 3 every second one stays, at 2 all do.
    assert FarApart(3.0).select(pool).kept == ("c0", "c2", "c4")
    assert FarApart(2.0).select(pool).kept == tuple(pool.ids)


def test_a_chain_narrows_vectors_and_verdicts_with_the_pool(pool: CandidatePool) -> None:
    accepted_first = selection.chain(selection.threshold(at=0.5), FarApart(3.0)).select(pool)
    assert accepted_first.kept == ("c0", "c3", "c5")  # c3 and c5 are 5.66 apart; without the threshold c3 goes
    assert set(accepted_first.dropped.values()) == {"rejected", "unscored:timeout"}
    assert selection.chain(FarApart(3.0), selection.threshold(at=0.5)).select(pool).kept == ("c0",)
    three = selection.chain(selection.limit(4), selection.threshold(at=0.5), FarApart(9.0)).select(pool)
    assert three.kept == ("c0",) and three.dropped["c3"] == "near_another" and three.dropped["c5"] == "surplus"


def test_vectors_pass_the_public_suite() -> None:
    check_selector(FarApart(3.0), extra=lambda n: {"vector": np.arange(2.0 * n).reshape(n, 2) % 50})


class Prompts:
    """Keeps all, and notes the codes it saw."""

    fingerprint = "prompts"
    seen: Any = None

    def select(self, pool: PoolView, /) -> Selection:
        self.seen = pool.column("prompt").tolist()
        return from_mask(pool, np.ones(len(pool), dtype=np.bool_), "")


def test_codes_of_prompts_count_from_zero_in_a_narrowed_pool(pool: CandidatePool) -> None:
    last = Prompts()
    selection.chain(selection.limit(3), last).select(pool)
    assert last.seen == [1, 1, 0]


@pytest.mark.parametrize(
    "selector",
    [
        selection.everything(),
        selection.threshold(accept=True),
        selection.top(n=2),
        selection.random(n=2),
        selection.limit(2),
        selection.band(low=0.1),
        selection.best_of(1),
        selection.per_prompt(1),
        selection.coding(keywords=["question 1"]),
        selection.incomplete(),
        selection.repetition(),
        selection.duplicates(),
        selection.where(column="topic", among=["t1", "t2"]),
        selection.balance(bins=2),
        selection.chain(selection.threshold(at=0.1), selection.top(n=2), selection.random(n=1)),
    ],
    ids=lambda s: type(s).__name__,
)
def test_shipped_selectors_make_no_candidate_and_say_the_same_of_a_table(selector: Selector) -> None:
    chosen = selector.select(CandidatePool(unmade(), CHECK))
    assert len(chosen.kept) + len(chosen.dropped) == len(ROWS)
    assert chosen == selector.select(CandidatePool(ROWS, CHECK))
