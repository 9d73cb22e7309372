"""The columns of vectors that selectors found, over all rounds and seeds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from openloop.report.blocks import Block, Lines
from openloop.report.run_summary import RunSummary
from openloop.run.stages.base import add_up


def blocks(summary: RunSummary) -> Iterable[Block]:
    """``verified: vector: 900 completions (12 empty) as vectors of 512 numbers by hashed-512``."""
    store = summary.store
    found: dict[tuple[str, str, str, str], dict[str, Mapping[str, Any]]] = {}
    for placed in store.journal.steps():
        if placed.kind == "embed" and placed.step.arm in summary.record.arms and placed.step.purpose == "loop":
            record = store.finished_stage(placed.fingerprint).record
            which = (placed.step.arm, placed.label, record["of"], record["embedder"]["name"])
            found.setdefault(which, {})[placed.fingerprint] = placed.result
    yield Lines(
        [
            f"{arm}: {column}: {_counted(of, list(results.values()))} by {embedder}"
            for (arm, column, of, embedder), results in found.items()
        ],
        "dim",
    )


def _counted(of: str, results: list[Mapping[str, Any]]) -> str:
    """``900 completions (12 empty, 3 different ones read in part) as vectors of 512 numbers``."""
    total, dims = add_up(dict(enumerate(results))), max(result["dims"] for result in results)
    odd = {"empty": total["empty"], "different ones read only in part": total.get("read_in_part", 0)}
    said = ", ".join(f"{n:,} {what}" for what, n in odd.items() if n)
    return f"{total['texts']:,} {of}s" + (f" ({said})" if said else "") + f" as vectors of {dims:,} numbers"
