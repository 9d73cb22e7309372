"""Gold that is a number, and no threshold that says which rows are good: what to say, and the command to copy."""

from __future__ import annotations

import shlex

import numpy as np

from openloop.auditing.options import Options
from openloop.auditing.row_arrays import RowArrays
from openloop.measures.estimate_text import significant

SHOWN = 5
"""Thresholds that are named with the share of rows that they call good."""


def threshold_text(arrays: RowArrays, options: Options) -> str:
    """The reason and the next step where gold is a score without a threshold."""
    assert arrays.gold_score is not None
    known = arrays.gold_score[~np.isnan(arrays.gold_score)]
    column = ", ".join(arrays.gold_columns)
    if not len(known):
        return f"{column} is gold, and holds nothing in any row"
    cuts = thresholds(arrays)
    text = (
        f"gold ({column}) is a score from {known.min():g} to {known.max():g}, and no threshold says which rows are "
        f"good (target: at most {options.max_bad:.1%} bad)"
    )
    if not cuts:
        return f"{text}; it is the same in every row, so that no threshold would tell them apart"
    shares = ", ".join(f">={significant(4)(cut)} calls {share:.0%} good" for cut, share in cuts)
    middle = min(cuts, key=lambda cut: abs(cut[1] - 0.5))[0]
    low = "" if arrays.annotations is not None else "; where low values are good, compare with <="
    return f"{text}: {shares}. Name one: {threshold_command(arrays, middle)}{low}"


def thresholds(arrays: RowArrays) -> list[tuple[float, float]]:
    """Values at which gold may be cut, and the share of rows with gold that reach them: at most five."""
    assert arrays.gold_score is not None
    known = arrays.gold_score[~np.isnan(arrays.gold_score)]
    values = np.unique(known)[1:]
    if len(values) > SHOWN:
        ordered = np.sort(known)
        values = np.unique(ordered[(np.arange(1, SHOWN + 1) * len(known)) // (SHOWN + 1)])
        values = values[values > known.min()]
    return [(float(cut), float((known >= cut).mean())) for cut in values]


def threshold_command(arrays: RowArrays, cut: float) -> str:
    """``openloop audit rows.jsonl --gold 'human_score>=4'``; the option alone for rows that are in no file."""
    compared = [shlex.quote(f"{column}>={significant(4)(cut)}") for column in arrays.gold_columns]
    option = " ".join(f"--annotators {one}" for one in compared) if len(compared) > 1 else f"--gold {compared[0]}"
    if arrays.name == "rows in memory" or ", " in arrays.name:
        return option
    return f"openloop audit {shlex.quote(arrays.name)} {option}"
