"""Rows to label: drawn, written, and read back with their labels."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from openloop import filesystem
from openloop.arrays import Codes, Mask
from openloop.auditing.decision import Recommendation
from openloop.auditing.json_text import json_text
from openloop.auditing.label_request import LabelRequest
from openloop.auditing.pair_labels import pair_to_label
from openloop.auditing.result import Decision
from openloop.auditing.row_arrays import RowArrays
from openloop.auditing.row_reader import RowReader
from openloop.data.streaming import blocks
from openloop.errors import InputError

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
    fields = _fields(reader, arrays, drawn)
    design = {
        "from": f"distinct texts without gold among the {asked.frame.name(arrays)}",
        "of": asked.free,
        "probability": len(drawn) / asked.free,
        "frame": asked.frame.to_json(),
    }
    lines = [
        {"id": f"{arrays.key[index]:016x}", **fields[int(arrays.place[index])], "drawn": design} for index in drawn
    ]
    filesystem.write_text(path, "".join(json_text(line) + "\n" for line in lines))


def _fields(reader: RowReader, arrays: RowArrays, drawn: Codes) -> dict[int, dict[str, Any]]:
    """What a person reads and fills in, by place. Pairs come without the verdict, which would lead them."""
    places = arrays.place[drawn]
    if reader.pairs is not None:
        keys = {int(place): int(key) for place, key in zip(places, arrays.key[drawn], strict=True)}
        return {place: pair_to_label(keys[place], pair) for place, pair in reader.pairs_at(places).items()}
    texts = reader.texts_at(places)
    found = {}
    for index in drawn:
        prompt, completion = texts[int(arrays.place[index])]
        score = arrays.as_given(float(arrays.score[index]))
        verdict = None if np.isnan(score) else score
        found[int(arrays.place[index])] = {"gold": None, "prompt": prompt, "completion": completion, "verdict": verdict}
    return found
