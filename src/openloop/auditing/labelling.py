"""Rows to label: drawn, written, and read back with their labels."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from openloop import filesystem
from openloop.arrays import Codes, Mask
from openloop.auditing.array_builder import key_of
from openloop.auditing.decision import Recommendation
from openloop.auditing.frame import Frame
from openloop.auditing.inputs import Row
from openloop.auditing.label_request import LabelRequest
from openloop.auditing.result import Decision
from openloop.auditing.row_arrays import RowArrays
from openloop.auditing.row_reader import RowReader
from openloop.data.column_ref import ColumnRef
from openloop.data.gold import read_cell, two_class
from openloop.data.recognise import ColumnRoles
from openloop.data.streaming import blocks
from openloop.errors import DataError, InputError

LOTS = 2
"""Which of the rows' lots decides what is drawn."""


def rows_to_label(
    decided: Recommendation, arrays: RowArrays, reader: RowReader, path: Path | None
) -> dict[str, Any] | None:
    """With LABEL FIRST: draw the rows, and write them where a file was named."""
    asked = decided.labels
    if decided.decision is not Decision.LABEL_FIRST or asked is None:
        return None
    drawn = draw(arrays, asked.rows, asked.batch)
    file = path if len(drawn) else None
    if file is not None:
        write_rows_to_label(file, reader, arrays, drawn, asked)
    return {
        "n": len(drawn),
        "of": asked.frame.name(arrays),
        "selection": asked.selection.name,
        "needed": asked.plan.n,
        "expected": None if math.isinf(asked.expected) else math.ceil(asked.expected),
        "supposes": asked.plan.expected,
        "rows": sorted(int(place) for place in arrays.place[drawn]),
        "file": None if file is None else str(file),
    }


def draw(arrays: RowArrays, among: Mask, n: int) -> Codes:
    """Indices of ``n`` distinct texts without gold among some rows [N]: a uniform draw, by their content alone.

    A text that stands in many rows is as likely as any other: its label will weigh as many rows as it stands for. The
    order in which texts are drawn is fixed, so labels that are asked for later carry the same draw on.
    """
    free = np.flatnonzero(among & np.isnan(arrays.gold))
    free = free[np.unique(arrays.key[free], return_index=True)[1]]
    lots = arrays.lots(LOTS)[free]
    return np.sort(free[np.argsort(lots, kind="stable")[:n]])


def free_path(name: str) -> Path:
    """``NAME.to-label.jsonl`` here, or the next ``NAME.to-label-2.jsonl`` that does not hold labels."""
    number = 1
    while True:
        path = Path(f"{name}.to-label{'' if number == 1 else f'-{number}'}.jsonl")
        if not path.exists() or not _holds_labels(path):
            return path
        number += 1


def _holds_labels(path: Path) -> bool:
    return any(row.get("gold") is not None for shard in blocks(path) for row in shard.rows)


def write_rows_to_label(path: Path, reader: RowReader, arrays: RowArrays, drawn: Codes, asked: LabelRequest) -> None:
    """JSON lines with an empty ``gold``, and the design that drew them.

    Raises InputError when the file is there and holds labels: they are somebody's work.
    """
    if path.exists() and _holds_labels(path):
        raise InputError(
            f"{path} already holds labels; read them with --labels {path}, or give another --to-label FILE."
        )
    found = reader.texts_at(arrays.place[drawn])
    lines = []
    for index in drawn:
        prompt, completion = found[int(arrays.place[index])]
        score = arrays.as_given(float(arrays.score[index]))
        lines.append(
            {
                "id": f"{arrays.key[index]:016x}",
                "gold": None,
                "prompt": prompt,
                "completion": completion,
                "verdict": None if np.isnan(score) else score,
                "drawn": {
                    "from": f"distinct texts without gold among the {asked.frame.name(arrays)}",
                    "of": asked.free,
                    "probability": len(drawn) / asked.free,
                    "frame": asked.frame.to_json(),
                },
            }
        )
    filesystem.write_text(path, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))


def with_labels(arrays: RowArrays, path: Path, roles: ColumnRoles) -> RowArrays:
    """The arrays with the labels of a file as gold. Raises DataError when none of them fits."""
    labels, frames, empty = _read_labels(path, roles)
    places = np.isin(arrays.key, np.array(list(labels), dtype=np.uint64))
    found = {int(key) for key in arrays.key[places]}
    if not found:
        raise DataError(
            f"{path}: none of {len(labels):,} labels belongs to a row of {arrays.name}. Were they drawn from it?"
        )
    gold = arrays.gold.copy()
    gold[places] = [labels[int(key)] for key in arrays.key[places]]
    changed = int((~np.isnan(arrays.gold) & (arrays.gold != gold)).sum())
    said = [f"{len(found):,} labels read from {path}"]
    if len(labels) > len(found):
        said.append(f"{len(labels) - len(found):,} labels match no row of the file")
    if empty:
        said.append(f"{empty:,} rows of {path} have no label yet")
    if changed:
        said.append(f"{changed:,} labels differ from the file's gold; the labels are used")
    asked = np.zeros(len(arrays), dtype=bool) if arrays.asked is None else arrays.asked.copy()
    asked |= np.isin(arrays.key, np.array([key for keys in frames.values() for key in keys], dtype=np.uint64))
    return replace(
        arrays,
        gold=gold,
        said=(*arrays.said, *said),
        labels_read=True,
        asked=asked,
        asked_from=tuple(dict.fromkeys((*arrays.asked_from, *frames))),
    )


def _read_labels(path: Path, roles: ColumnRoles) -> tuple[dict[int, float], dict[Frame, list[int]], int]:
    """Labels by the key of their row, those that the audit asked for by where it drew them, and rows without one."""
    labels: dict[int, float] = {}
    frames: dict[Frame, list[int]] = {}
    empty = 0
    for shard in blocks(path):
        for line, row in zip(shard.numbers, shard.rows, strict=True):
            where = f"{shard.name}: {shard.unit} {line}"
            column = _gold_column(row, roles)
            if column is None:
                raise DataError(
                    f"{where}: no column `gold`. Fill in the rows that the audit wrote: true or false (or 1, 0, yes, "
                    "no, correct, incorrect)."
                )
            value = read_cell(column, row, where, two_class)
            if np.isnan(value):
                empty += 1
            else:
                key = _key(row, roles, where)
                labels[key] = value
                drawn = row.get("drawn")
                frame = Frame.of(drawn.get("frame")) if isinstance(drawn, dict) else None
                if frame is not None:
                    frames.setdefault(frame, []).append(key)
    if not labels:
        raise DataError(
            f"{path}: no row has a label. Fill in `gold` (true or false) in at least one of {empty:,} rows."
        )
    return labels, frames, empty


def _gold_column(row: Row, roles: ColumnRoles) -> ColumnRef | None:
    """``gold`` as the audit writes it, or gold as the data names it."""
    if "gold" in row:
        return ColumnRef("gold")
    return roles.gold if roles.gold is not None and roles.gold.look_up(row) is not None else None


def _key(row: Row, roles: ColumnRoles, where: str) -> int:
    name = row.get("id")
    if isinstance(name, str) and len(name) == 16:
        try:
            return int(name, 16)
        except ValueError:
            pass
    if not roles.texts.has_completion:
        raise DataError(f"{where}: no `id`, which the audit wrote. Keep that column.")
    return key_of(row, roles)
