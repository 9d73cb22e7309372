"""Rows under the usual names (prompt, completion, gold, verdict, model, ...), whatever the file called them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from openloop.data.column_ref import ColumnRef, look_up
from openloop.data.gold import Unreadable, cell, two_class, unreadable
from openloop.data.recognise import ColumnRoles
from openloop.errors import DataError

Row = Mapping[str, Any]
USUAL = ("prompt", "completion", "gold", "verdict", "prompt_id", "model", "confidence")


def ordinary_row(row: Row, roles: ColumnRoles, where: str) -> dict[str, Any]:
    """One row (of one completion) under the usual names; other columns keep theirs.

    A column of the file that has a usual name without being meant becomes ``file.NAME``. Gold becomes true, false or
    null; several verdicts become an object. Raises DataError, naming the place ``where``, for a row that cannot be
    read.
    """
    try:
        prompt, completion = roles.texts.split(row, set())
    except DataError as error:
        raise DataError(f"{where}: {error}") from None
    found: dict[str, Any] = {}
    if roles.texts.has_prompt:
        found["prompt"] = prompt
    if roles.texts.has_completion:
        found["completion"] = completion
    if roles.gold is not None:
        found["gold"] = _gold(row, roles, where)
    if len(roles.verdicts) == 1:
        found["verdict"] = _cell(roles.verdicts[0], row, where)
    elif roles.verdicts:
        found["verdict"] = {judge: _cell(v, row, where) for judge, v in judge_names(roles).items()}
    for name, path in usual_columns(roles).items():
        found[name] = look_up(row, path)
    moved = _moved(roles)
    for column, value in row.items():
        if column not in moved:
            found[f"file.{column}" if column in USUAL else column] = value
    return found


def usual_columns(roles: ColumnRoles) -> dict[str, str]:
    """Usual name → the column that gets it. A confidence that is low where the model is sure keeps its name."""
    confidence = None if roles.confidence_falls else roles.confidence
    named = {"prompt_id": roles.group, "model": roles.model, "confidence": confidence}
    return {name: path for name, path in named.items() if path is not None}


def judge_names(roles: ColumnRoles) -> dict[str, ColumnRef]:
    """Judges by name: what is left of their paths without the object that holds them all."""
    heads = {verdict.path.partition(".")[0] for verdict in roles.verdicts}
    shared = f"{heads.copy().pop()}." if len(heads) == 1 else ""
    return {verdict.spelled.removeprefix(shared): verdict for verdict in roles.verdicts}


def _moved(roles: ColumnRoles) -> set[str]:
    """Columns that stand under a usual name now; one of which only a part was used stays too."""
    refs = [c for c in (roles.gold, *roles.verdicts) if c is not None]
    whole = {c.path for c in refs if not c.sign} | set(usual_columns(roles).values())
    heads = {v.path.partition(".")[0] for v in roles.verdicts} if len(roles.verdicts) > 1 else set()
    return whole | heads | set(roles.texts.uses)


def _gold(row: Row, roles: ColumnRoles, where: str) -> bool | None:
    assert roles.gold is not None
    value = _read(two_class, roles.gold, row, where)
    return None if math.isnan(value) else bool(value)


def _cell(column: ColumnRef, row: Row, where: str) -> Any:
    return _read(lambda value: value, column, row, where)


def _read(read: Callable[[Any], Any], column: ColumnRef, row: Row, where: str) -> Any:
    try:
        return read(cell(column, row))
    except Unreadable as error:
        raise unreadable(column, error.args[0], where) from None
