"""Candidates and verdicts as Arrow tables, and as lazy sequences over them.

A pool of a million rows is a table; a `Candidate` is made only when somebody looks at it. Columns of the
real data are stored as ``row.<name>`` so that none can collide with a column of ours.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from openloop.data import content_id
from openloop.errors import DataError
from openloop.records import Candidate, Completion, Example, Item, Outcome, Prompt, Verdict

ROW = "row."
FAILED = "failed"


def candidate_table(
    prompts: Sequence[Prompt],
    completions: Sequence[Sequence[Completion]],
    seeds: Sequence[Sequence[int]],
    *,
    stem: str,
    model: str,
    revision: str,
    round: int,
) -> pa.Table:
    """P prompts with K completions each as P·K rows, in that order. Ids are ``stem`` and the row number."""
    k = len(completions[0]) if completions else 0
    flat = [completion for group in completions for completion in group]
    n = len(flat)
    names = {key for prompt in prompts for key in prompt.row}
    columns: dict[str, Any] = {
        "id": [f"{stem}-{i}" for i in range(n)],
        "prompt_id": [prompt.id for prompt in prompts for _ in range(k)],
        "prompt": [prompt.content for prompt in prompts for _ in range(k)],
        "completion": [completion.content for completion in flat],
        "index": pa.array(np.tile(np.arange(k, dtype=np.int32), len(prompts))),
        "model": pa.array([model]).take(pa.array(np.zeros(n, dtype=np.int32))),
        "revision": pa.array([revision]).take(pa.array(np.zeros(n, dtype=np.int32))),
        "seed": pa.array([seed for group in seeds for seed in group], pa.int64()),
        "round": pa.array(np.full(n, round, dtype=np.int32)),
        "logprob": pa.array([completion.logprob for completion in flat], pa.float64()),
        "n_tokens": pa.array([completion.n_tokens for completion in flat], pa.int32()),
        "finish": [completion.finish for completion in flat],
        "reasoning": pa.array([completion.reasoning for completion in flat], pa.string()),
        "failure": pa.array([completion.failure for completion in flat], pa.string()),
        "remark": pa.array([completion.remark for completion in flat], pa.string()),
    }
    for name in sorted(names):
        columns[ROW + name] = [prompt.row.get(name) for prompt in prompts for _ in range(k)]
    return _fitted(columns)


def item_table(pairs: Sequence[tuple[Candidate, Item]], *, stem: str) -> pa.Table:
    """N items with the completions they were read from; ``row.reply`` names those. Broken ones are failed rows.

    An item that brings its prompt is a candidate of that prompt; another one of the prompt that was asked.
    """
    prompts = [reply.prompt if item.prompt is None else item.prompt for reply, item in pairs]
    n = len(pairs)
    places: dict[str, int] = {}
    index = [places.setdefault(reply.id, i) for i, (reply, _) in enumerate(pairs)]
    columns: dict[str, Any] = {
        "id": [f"{stem}-{i}" for i in range(n)],
        "prompt_id": [reply.prompt_id if item.prompt is None else content_id(item.prompt) for reply, item in pairs],
        "prompt": prompts,
        "completion": [item.completion for _, item in pairs],
        "index": pa.array([i - first for i, first in enumerate(index)], pa.int32()),
        **{name: [getattr(reply, name) for reply, _ in pairs] for name in ("model", "revision", "seed")},
        "round": pa.array([reply.round for reply, _ in pairs], pa.int32()),
        "logprob": pa.nulls(n, pa.float64()),
        "n_tokens": pa.nulls(n, pa.int32()),
        "finish": [FAILED if item.broken else "stop" for _, item in pairs],
        "reasoning": pa.nulls(n, pa.string()),
        "failure": pa.array([item.broken or None for _, item in pairs], pa.string()),
        "prompt_written": [item.prompt is not None for _, item in pairs],
        ROW + "reply": [reply.id for reply, _ in pairs],
    }
    rows = [{**reply.row, **item.row} for reply, item in pairs]
    for name in sorted({name for row in rows for name in row} - {"reply"}):
        columns[ROW + name] = [row.get(name) for row in rows]
    return _fitted(columns)


def _fitted(columns: Mapping[str, Any]) -> pa.Table:
    try:
        return pa.table(dict(columns))
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise DataError(
            f"the rows do not fit one table ({error}). Prompts and completions are text or chat messages, one "
            "kind per run, and each real-data column holds one type."
        ) from error


def generated(table: pa.Table) -> pa.Table:
    """The rows of a pool that hold a completion."""
    if "finish" not in table.column_names or table.num_rows == 0:
        return table
    there = pc.not_equal(table.column("finish"), FAILED)
    return table if pc.all(there).as_py() else table.filter(there)  # a filter copies


def verdict_table(ids: Sequence[str], verdicts: Sequence[Verdict]) -> pa.Table:
    """N verdicts with the ids of their candidates."""
    return pa.table(
        {
            "id": ids,
            "value": pa.array([verdict.value for verdict in verdicts], pa.float64()),
            "outcome": [verdict.outcome.value for verdict in verdicts],
            "reason": [verdict.reason for verdict in verdicts],
            "parts": [json.dumps(dict(verdict.parts)) if verdict.parts else "" for verdict in verdicts],
            "detail": [verdict.detail for verdict in verdicts],
            "seconds": pa.array([verdict.seconds for verdict in verdicts], pa.float64()),
            "cost": pa.array([verdict.cost for verdict in verdicts], pa.float64()),
        }
    )


Read = Callable[[Sequence[str] | None], pa.Table]
"""Reads some columns of a pool, or all of them; absent ones are left out."""


@dataclass(frozen=True, eq=False)
class CandidateRows(Sequence[Candidate]):
    """A pool as a sequence of candidates: nothing is read or made before it is looked at."""

    read: Read

    @classmethod
    def of(cls, table: pa.Table) -> CandidateRows:
        """Over a table in memory."""
        return cls(lambda columns: table if columns is None else table.select(_present(table, columns)))

    @cached_property
    def table(self) -> pa.Table:
        """All columns."""
        return generated(self.read(None))

    @cached_property
    def ids(self) -> list[str]:
        """Ids of all rows, without making any candidate."""
        return list(generated(self.read(["id", "finish"])).column("id").to_pylist())

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[Candidate]:
        for batch in self.table.to_batches(max_chunksize=4096):
            yield from _candidates(pa.Table.from_batches([batch]))

    @overload
    def __getitem__(self, index: int) -> Candidate: ...
    @overload
    def __getitem__(self, index: slice) -> list[Candidate]: ...
    def __getitem__(self, index: int | slice) -> Candidate | list[Candidate]:
        if isinstance(index, slice):
            start, stop, step = index.indices(len(self))
            if step == 1:
                return list(_candidates(self.table.slice(start, max(0, stop - start))))
            return [self[i] for i in range(start, stop, step)]
        if not -len(self) <= index < len(self):
            raise IndexError(f"candidate {index} of {len(self)}")
        return next(_candidates(self.table.slice(index % len(self), 1)))


def _present(table: pa.Table, columns: Sequence[str]) -> list[str]:
    return [name for name in columns if name in table.column_names]


def _candidates(table: pa.Table) -> Iterator[Candidate]:
    names = [
        "id",
        "prompt_id",
        "prompt",
        "completion",
        "index",
        "model",
        "revision",
        "seed",
        "round",
        "logprob",
        "n_tokens",
        "finish",
        "reasoning",
    ]
    columns = [table.column(name).to_pylist() for name in names]
    made = "prompt_written" in table.column_names
    written = table.column("prompt_written").to_pylist() if made else [False] * table.num_rows
    return (Candidate(*values) for values in zip(*columns, _rows(table), written, strict=True))


def _rows(table: pa.Table) -> list[dict[str, Any]]:
    names = [name for name in table.column_names if name.startswith(ROW)]
    if not names:
        return [{} for _ in range(table.num_rows)]
    keys = [name.removeprefix(ROW) for name in names]
    columns = [table.column(name).to_pylist() for name in names]
    return [dict(zip(keys, values, strict=True)) for values in zip(*columns, strict=True)]


def examples(table: pa.Table) -> list[Example]:
    """Rows to train on."""
    prompts, completions = table.column("prompt").to_pylist(), table.column("completion").to_pylist()
    return [Example(*values) for values in zip(prompts, completions, _rows(table), strict=True)]


def example_table(rows: Sequence[Example]) -> pa.Table:
    """The same as a table."""
    names = sorted({key for example in rows for key in example.row})
    columns: dict[str, Any] = {
        "prompt": [example.prompt for example in rows],
        "completion": [example.completion for example in rows],
    }
    return pa.table(columns | {ROW + name: [example.row.get(name) for example in rows] for name in names})


@dataclass(frozen=True, eq=False)
class VerdictRows(Sequence[Verdict]):
    """The verdicts of one signal over a pool, with what the signal said of itself."""

    signal: str
    accept_at: float | None
    table: pa.Table

    @cached_property
    def values(self) -> NDArray[np.float64]:
        """Shape [N]; NaN where unscored."""
        column = self.table.column("value")
        return np.asarray(column.to_numpy(), dtype=np.float64)

    @cached_property
    def outcomes(self) -> list[str]:
        """Shape [N]: ``scored``, ``abstained``, ``timeout`` or ``error``."""
        return list(self.table.column("outcome").to_pylist())

    def __len__(self) -> int:
        return int(self.table.num_rows)

    @overload
    def __getitem__(self, index: int) -> Verdict: ...
    @overload
    def __getitem__(self, index: slice) -> list[Verdict]: ...
    def __getitem__(self, index: int | slice) -> Verdict | list[Verdict]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(f"verdict {index} of {len(self)}")
        row: Mapping[str, Any] = self.table.slice(index % len(self), 1).to_pylist()[0]
        return Verdict(
            value=row["value"],
            outcome=Outcome(row["outcome"]),
            reason=row["reason"],
            parts=json.loads(row["parts"]) if row["parts"] else {},
            detail=row["detail"],
            seconds=row["seconds"],
            cost=row["cost"],
        )
