"""How likely the model found each completion, row by row."""

from __future__ import annotations

import math
from array import array
from typing import Any

import numpy as np

from openloop.auditing.inputs import Row
from openloop.data.column_ref import look_up
from openloop.data.gold import Unreadable, number
from openloop.data.recognise.likelihoods import LikelihoodColumns, is_cut_off, logprob_of


class LikelihoodCells:
    """Takes in rows with :meth:`add`; a cell that cannot be read is one that is not known."""

    def __init__(self, columns: LikelihoodColumns | None) -> None:
        self.columns = columns
        self._logprob, self._n_tokens = array("d"), array("d")
        self._cut_off = array("b")

    def add(self, row: Row) -> None:
        """Take in one row."""
        if self.columns is None:
            return
        nats, listed = _read(look_up(row, self.columns.logprob))
        tokens = math.nan if self.columns.n_tokens is None else _number(look_up(row, self.columns.n_tokens))
        self._logprob.append(nats)
        self._n_tokens.append(listed if math.isnan(tokens) else tokens)
        finish = self.columns.finish
        self._cut_off.append(finish is not None and is_cut_off(look_up(row, finish)))

    def arrays(self) -> dict[str, Any]:
        """Fields of :class:`openloop.auditing.row_arrays.RowArrays`."""
        if self.columns is None:
            return {}
        tokens = np.array(self._n_tokens, dtype=np.float64)
        return {
            "logprob": np.array(self._logprob, dtype=np.float64),
            "logprob_column": self.columns.logprob,
            "n_tokens": None if np.isnan(tokens).all() else tokens,
            "cut_off": None if self.columns.finish is None else np.array(self._cut_off, dtype=np.bool_),
        }


def _read(value: Any) -> tuple[float, float]:
    try:
        return logprob_of(value)
    except Unreadable:
        return math.nan, math.nan


def _number(value: Any) -> float:
    try:
        return number(value)
    except Unreadable:
        return math.nan
