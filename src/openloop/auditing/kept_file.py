"""The rows to train on, written as they were read; pairs as preference training takes them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress
from pathlib import Path

import numpy as np

from openloop.auditing.decision import Recommendation
from openloop.auditing.row_arrays import RowArrays
from openloop.auditing.row_reader import RowReader
from openloop.data.write_rows import write_rows


def write_kept(path: Path, decided: Recommendation, arrays: RowArrays, reader: RowReader) -> Sequence[str]:
    """Write the rows that the recommended selection keeps, in the file's order, as the ending of ``path`` says.

    Returns sentences: how many rows were written, and what the format could not hold as it was.
    """
    if decided.selection is None:
        return (f"nothing is written to {path}: the decision is {decided.decision.value}",)
    places = arrays.place[decided.selection.keep]
    wanted = np.zeros(int(places.max()) + 1 if len(places) else 0, dtype=bool)
    wanted[places] = True
    said = write_rows(compress(reader.to_train_on(), wanted), path, "--keep")
    return (f"wrote {decided.selection.kept:,} {arrays.unit} to {path}: {decided.selection.name}", *said)
