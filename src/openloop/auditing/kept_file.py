"""The rows to train on, written as they were read."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from openloop import filesystem
from openloop.auditing.decision import Recommendation
from openloop.auditing.json_text import json_text
from openloop.auditing.row_arrays import RowArrays
from openloop.auditing.row_reader import RowReader


def write_kept(path: Path, decided: Recommendation, arrays: RowArrays, reader: RowReader) -> str:
    """Write the rows that the recommended selection keeps, in the file's order; a sentence on what was written."""
    if decided.selection is None:
        return f"nothing is written to {path}: the decision is {decided.decision.value}"
    places = arrays.place[decided.selection.keep]
    wanted = np.zeros(int(places.max()) + 1 if len(places) else 0, dtype=bool)
    wanted[places] = True
    with filesystem.written_whole(path) as temporary, temporary.open("w", encoding="utf-8") as stream:
        for row, mine in zip(reader.to_train_on(), wanted, strict=False):  # no further than the last one wanted
            if mine:
                stream.write(json_text(row, default=str) + "\n")
    return f"wrote {decided.selection.kept:,} {arrays.unit} to {path}: {decided.selection.name}"
