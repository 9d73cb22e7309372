"""Earlier rows on the same prompts: what the audited ones are compared with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from openloop.auditing.input_of import input_of
from openloop.auditing.read_arrays import read_arrays
from openloop.auditing.row_arrays import RowArrays
from openloop.auditing.row_reader import RowReader
from openloop.data.recognise import NamedColumns
from openloop.errors import InputError


@dataclass(frozen=True)
class Baseline:
    """The rows of an earlier file, or of an earlier state of the model, judged as the audited ones are."""

    name: str
    arrays: RowArrays
    reader: RowReader

    def shared_prompts(self, now: RowArrays) -> NDArray[np.uint64] | None:
        """Names of the prompts of both, ascending; None where the rows of one of them have no prompt."""
        if now.prompt_key is None or self.arrays.prompt_key is None:
            return None
        return np.intersect1d(now.prompt_key, self.arrays.prompt_key)


def baseline_of(
    path: Path,
    named: NamedColumns,
    accept_at: float | None = None,
    *,
    lower_is_better: bool = False,
    aggregate: str | None = None,
) -> Baseline:
    """Read a file as the audited one is read. Raises DataError or InputError."""
    arrays, reader = read_arrays(input_of(path), named, accept_at, lower_is_better=lower_is_better, aggregate=aggregate)
    if reader.pairs is not None:
        raise InputError(f"--baseline {path}: compares completions, and these rows are pairs of responses.")
    return Baseline(str(path), arrays, reader)
