"""What every column of a file of pairs is taken for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from openloop.data.recognise.column_roles import ColumnRoles
from openloop.data.recognise.column_use import ColumnUse, without_role
from openloop.data.recognise.pair_columns import PairColumns
from openloop.data.recognise.texts import TextColumns

Row = Mapping[str, Any]


def pair_uses(pairs: PairColumns, rows: Sequence[Row]) -> tuple[ColumnUse, ...]:
    """Every column of some rows of a file of pairs, in the file's order."""
    columns = list({str(column): None for row in rows for column in row})
    roles = ColumnRoles(TextColumns("pairs"), gold=pairs.gold.ref if pairs.gold else None)
    known: dict[str, list[ColumnUse]] = {}
    for head, use in _with_role(pairs):
        known.setdefault(head, []).append(use)
    return tuple(use for name in columns for use in known.get(name) or [without_role(name, roles, rows)])


def _with_role(pairs: PairColumns) -> Iterator[tuple[str, ColumnUse]]:
    """Head of each column that has a role → its use."""
    why = "its name"
    for column in pairs.texts.uses:
        yield column, ColumnUse(column, "prompt", why, "--prompt")
    beside = f"its name, beside {pairs.second}", f"its name, beside {pairs.first}"
    sides = ("preferred response", "other response") if pairs.chosen else ("first response", "second response")
    for column, role, reason in zip((pairs.first, pairs.second), sides, beside, strict=True):
        yield column, ColumnUse(column, role, reason, f"--completion {column} (one side as rows)")
    for place, verdict in enumerate(pairs.verdicts):
        role = "further judge" if place else "verdict"
        yield _head(verdict.ref.path), ColumnUse(verdict.ref.spelled, role, why, "--judge-column")
    if pairs.swapped is not None:
        role = "verdict, answers swapped"
        yield _head(pairs.swapped.ref.path), ColumnUse(pairs.swapped.ref.spelled, role, why, "--swapped")
    if pairs.gold is not None:
        yield _head(pairs.gold.ref.path), ColumnUse(pairs.gold.ref.spelled, "gold", why, "--gold")
    for found, role in ((pairs.scores, "score"), (pairs.models, "source model")):
        for column, response in zip(found or (), (pairs.first, pairs.second), strict=False):
            yield column, ColumnUse(column, f"{role} of {response}", why)
    if pairs.margin is not None:
        yield pairs.margin, ColumnUse(pairs.margin, f"margin of {pairs.first}", why)
    if pairs.group is not None:
        yield pairs.group, ColumnUse(pairs.group, "prompt's id", "named with --group", "--group")


def _head(path: str) -> str:
    return path.partition(".")[0]
