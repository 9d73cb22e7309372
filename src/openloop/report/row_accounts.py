"""Where the rows of a round went: asked for, read, judged, kept, and why each other row was not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from openloop.run.stages.base import add_up
from openloop.run.stages.paid import NOT_ASKED
from openloop.run.stages.score import OUTCOMES
from openloop.run.store import Placed, Step

ANSWERS = ("sample", "rollouts")
"""Kinds of stages in which a model answers; what reads, judges or selects counts the same rows again."""


def accounts(placed: Sequence[Placed]) -> dict[str, Any]:
    """Rows of one round over all seeds, and apart from them those of what proposed its prompts."""
    rows = _account([entry for entry in placed if entry.step.purpose == "loop"])
    proposed = [entry for entry in placed if entry.step.purpose == "propose"]
    return rows | {"propose": _account(proposed)} if proposed else rows


def _account(placed: Sequence[Placed]) -> dict[str, Any]:
    """requested = generated + request_failed; found = items + broken; kept + dropped = items, or else generated.

    In the loop the last selection of a chain covers all its batches; each batch of proposals has one of its own. A last
    batch of which nothing was asked, as where a budget was spent before it began, is no part of the round.
    """
    rows: dict[str, Any] = dict.fromkeys(["requested", "generated", "request_failed", "found", "kept"], 0)
    rows |= {"remarks": {}, "failures": {}, "broken": {}, "dropped": {}, **dict.fromkeys(OUTCOMES, 0)}
    for entry in placed:
        covered = entry.step.purpose == "loop" and entry.fingerprint != last_selection(placed, entry.step.seed)
        if (entry.kind == "select" and covered) or (_unasked(entry) and _was_asked(placed, entry.step)):
            continue
        taken = rows.keys() & entry.result.keys() - (set() if entry.kind in ANSWERS else {"generated"})
        rows = rows | add_up({0: {key: rows[key] for key in taken}, 1: {key: entry.result[key] for key in taken}})
    return rows


def _unasked(entry: Placed) -> bool:
    return entry.kind == "sample" and entry.result.get("failures", {}).get(NOT_ASKED) == entry.result["requested"]


def _was_asked(placed: Sequence[Placed], step: Step) -> bool:
    """Whether another batch of the step has requests that were sent."""
    return any(one.kind == "sample" and one.step == step and not _unasked(one) for one in placed)


def last_selection(placed: Sequence[Placed], seed: int) -> str | None:
    """The selection of a round that covers all its batches, under one seed."""
    mine = [entry.fingerprint for entry in placed if entry.kind == "select" and entry.step.seed == seed]
    return mine[-1] if mine else None


def unscored(rows: Mapping[str, Any]) -> str:
    """How many rows have no score; a dash where nothing was scored."""
    judged = sum(rows[key] for key in OUTCOMES)
    return f"{judged - rows['scored']:,}" if judged else "–"


def reasons(rows: Mapping[str, Any], *wanted: str) -> Iterator[str]:
    """``dropped: duplicate 218, near_duplicate 54``: a line for each thing that was lost, the commonest first."""
    for what in wanted:
        if held := rows.get(what):
            yield f"{what}: " + ", ".join(f"{why} {n:,}" for why, n in sorted(held.items(), key=lambda i: -i[1]))
