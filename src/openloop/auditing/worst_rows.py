"""The three worst rows that the verifier passed: what a person should read first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from openloop.auditing.result import Finding
from openloop.auditing.row_arrays import RowArrays
from openloop.auditing.row_reader import RowReader

SHOWN = 3
LONGEST = 600
"""Characters of a text that are shown."""


def worst_rows(arrays: RowArrays, reader: RowReader, findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Kept rows that gold calls bad, the surest verdicts first; without gold, kept rows that a finding points at.

    One row a prompt, so that three mistakes are shown and not one three times.
    """
    bad = arrays.kept & (arrays.gold == 0)
    if bad.any():
        score = np.nan_to_num(arrays.score, nan=-np.inf)
        order = np.lexsort((arrays.key, -score))
        order = order[bad[order]]
        why = {int(i): "gold: bad" for i in order}
    else:
        at = {int(place): i for i, place in enumerate(arrays.place)}
        pointed = [(at[row], f.id) for f in findings for row in f.rows if row in at and arrays.kept[at[row]]]
        order = np.array([i for i, _ in pointed], dtype=np.int64)
        why = dict(reversed(pointed))
        if not len(pointed) and arrays.surface is not None:
            empty = np.flatnonzero(arrays.kept & (arrays.surface[:, 0] == 0))
            order, why = empty, {int(i): "empty completion" for i in empty}
    chosen: list[int] = []
    seen: set[int] = set()
    for i in order:
        if int(arrays.prompt[i]) not in seen:
            seen.add(int(arrays.prompt[i]))
            chosen.append(int(i))
        if len(chosen) == SHOWN:
            break
    found = reader.shown_at(arrays.place[chosen], LONGEST)
    return [
        {
            "row": int(arrays.place[i]),
            "where": reader.where(int(arrays.place[i])),
            "why": why[i],
            "verdict": None if np.isnan(arrays.score[i]) else arrays.as_given(float(arrays.score[i])),
            "gold": None if np.isnan(arrays.gold[i]) else bool(arrays.gold[i]),
            "prompt": found[int(arrays.place[i])][0],
            "completion": found[int(arrays.place[i])][1],
        }
        for i in chosen
    ]
