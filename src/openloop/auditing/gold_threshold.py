"""Gold that is a number or a name, and nothing says which rows are good: what to say, and the command to copy."""

from __future__ import annotations

import shlex

import numpy as np

from openloop.arrays import Values
from openloop.auditing.options import Options
from openloop.auditing.row_arrays import RowArrays
from openloop.data.gold import reference_hint
from openloop.measures.annotators import majority
from openloop.measures.estimate_text import significant

SHOWN = 5
"""Thresholds that are named with the share of rows that they call good."""
Cut = tuple[str, float]
"""A comparison, such as ``>=4``, and the share of rows that it calls good."""


def threshold_text(arrays: RowArrays, options: Options) -> str:
    """The reason and the next step."""
    column, target = ", ".join(arrays.gold_columns), f"target: at most {options.max_bad:.1%} bad"
    if arrays.label_names:
        what = f"has the labels {', '.join(arrays.label_names)}, and nothing says which are good"
        cuts, low = _names(arrays), ""
    else:
        known = _known(arrays)
        if not len(known):
            return f"gold ({column}) holds nothing in any row"
        what = f"is a score from {known.min():g} to {known.max():g}, and no threshold says which rows are good"
        cuts, low = thresholds(arrays), "; where low values are good, compare with <="
    if not cuts:
        return f"gold ({column}) {what} ({target}); it is the same in every row, so that nothing tells rows apart"
    shares = ", ".join(f"{comparison} calls {share:.0%} good" for comparison, share in cuts)
    named = f"{threshold_command(arrays, _middle(cuts))}{low}"
    hint = reference_hint(column).removesuffix(".")
    return f"gold ({column}) {what} ({target}): {shares}. Name one: {named}" + (f".{hint}" if hint else "")


def threshold_to_name(arrays: RowArrays) -> str:
    """What to give to --gold, as an example; empty where nothing tells rows apart, or gold is several columns."""
    if len(arrays.gold_columns) != 1 or not (arrays.label_names or len(_known(arrays))):
        return ""
    cuts = _names(arrays) if arrays.label_names else thresholds(arrays)
    return f"{arrays.gold_columns[0]}{_middle(cuts)}" if cuts else ""


def _middle(cuts: list[Cut]) -> str:
    return min(cuts, key=lambda cut: abs(cut[1] - 0.5))[0]


def thresholds(arrays: RowArrays) -> list[Cut]:
    """Values at which gold may be cut, at most five. Of several people's labels, each is compared."""
    known = _known(arrays)
    values = np.unique(known)[1:]
    if len(values) > SHOWN:
        ordered = np.sort(known)
        values = np.unique(ordered[(np.arange(1, SHOWN + 1) * len(known)) // (SHOWN + 1)])
        values = values[values > known.min()]
    return [(f">={significant(4)(cut)}", _share(arrays, float(cut))) for cut in values]


def threshold_command(arrays: RowArrays, comparison: str) -> str:
    """``openloop audit rows.jsonl --gold 'human_score>=4'``; the option alone for rows that are in no file."""
    compared = [shlex.quote(f"{column}{comparison}") for column in arrays.gold_columns]
    option = " ".join(f"--annotators {one}" for one in compared) if len(compared) > 1 else f"--gold {compared[0]}"
    if arrays.name == "rows in memory" or ", " in arrays.name:
        return option
    return f"openloop audit {shlex.quote(arrays.name)} {option}"


def _known(arrays: RowArrays) -> Values:
    """What gold was read as: one value a row, or one a person."""
    values = arrays.gold_score if arrays.annotations is None else arrays.annotations
    assert values is not None
    return values[~np.isnan(values)]


def _share(arrays: RowArrays, cut: float) -> float:
    if arrays.annotations is None:
        return float((_known(arrays) >= cut).mean())
    sides = np.where(np.isnan(arrays.annotations), np.nan, arrays.annotations >= cut)
    return float(np.nanmean(majority(sides)))


def _names(arrays: RowArrays) -> list[Cut]:
    assert arrays.annotations is not None
    found = []
    for code, name in enumerate(arrays.label_names):
        sides = np.where(np.isnan(arrays.annotations), np.nan, arrays.annotations == code)
        found.append((f"=={name}", float(np.nanmean(majority(sides)))))
    return sorted(found, key=lambda cut: -cut[1])[:SHOWN]
