"""What to generate next: prompts of the real rows that the kept rows have no like of, written for a recipe."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from openloop.arrays import Codes, Mask
from openloop.auditing.counted_cells import CountedCells
from openloop.auditing.inputs import OtherTexts
from openloop.data.write_rows import write_rows

MOST = 0.9
"""Share of the real rows in missing cells from which no number of rows beside the kept ones would do: as many rows as
are kept are asked for instead."""


@dataclass(frozen=True)
class ToGenerate:
    """Prompts to ask next, with the cell each is for and how many rows it should give."""

    rows: Sequence[Mapping[str, Any]] = ()
    why_none: str = ""
    """Why there are none."""


def wanted_rows(cells: CountedCells, missing: Mask) -> Codes:
    """Shape [C]: rows that bring each missing cell to its share of the real rows, all of them together."""
    assert cells.real is not None
    share = cells.real.rows / max(1, int(cells.real.rows.sum()))
    held = cells.kept.rows / max(1, int(cells.kept.rows.sum())) * cells.kept_of
    lacking, there = float(share[missing].sum()), float(held[missing].sum())
    more = (lacking * cells.kept_of - there) / (1 - lacking) if lacking < MOST else float(cells.kept_of)
    wanted = np.ceil(share * (cells.kept_of + max(0.0, more)) - held - 1e-9)
    return np.where(missing, np.maximum(wanted, 0), 0).astype(np.int64)


def prompts_to_generate(cells: CountedCells, missing: Mask) -> ToGenerate:
    """The different prompts of the real rows in missing cells, in the order of the real rows."""
    assert cells.real is not None
    if not missing.any():
        return ToGenerate(why_none="no cell of the real rows is surely missing")
    wanted = wanted_rows(cells, missing)
    prompts: dict[str, int] = {}
    order = np.argsort(cells.real_rows, kind="stable")
    alone = not any(completion for _, completion in cells.real_texts)
    for place in order[missing[cells.real.cell[order]]]:
        prompt, completion = cells.real_texts[int(cells.real_rows[place])]
        if prompt or alone:
            prompts.setdefault(prompt or completion, int(cells.real.cell[place]))
    if not prompts:
        return ToGenerate(why_none="the real rows have no prompts")
    held = np.bincount(list(prompts.values()), minlength=len(cells.names))
    return ToGenerate(
        [
            {"prompt": prompt, "cell": cells.names[cell], "wanted": math.ceil(wanted[cell] / held[cell])}
            for prompt, cell in prompts.items()
        ]
    )


def with_columns(found: ToGenerate, real: OtherTexts) -> ToGenerate:
    """The same with the other columns of the first real row of each prompt, such as the answer that a signal needs."""
    if real.rows is None or not found.rows:
        return found
    wanted = {str(row["prompt"]): row for row in found.rows}
    columns: dict[str, Mapping[str, Any]] = {}
    for (prompt, completion), row in zip(real.read(), real.rows(), strict=True):
        text = prompt or completion
        if text in wanted and text not in columns:
            columns[text] = row
    return ToGenerate([{**columns.get(text, {}), **row} for text, row in wanted.items()])


def write_to_generate(path: Path, found: ToGenerate | None) -> Sequence[str]:
    """Write them as JSON lines; returns what was written, or why nothing was, in sentences."""
    if found is None or not found.rows:
        why = "missing cells were not measured" if found is None else found.why_none
        return (f"nothing is written to {path}: {why}",)
    write_rows(found.rows, path, "--to-generate")
    cells = len({row["cell"] for row in found.rows})
    return (
        f"wrote {len(found.rows):,} prompts of {cells:,} missing cell{'s' if cells > 1 else ''} to {path}, each with "
        "the rows wanted of it: the prompts of a recipe",
    )
