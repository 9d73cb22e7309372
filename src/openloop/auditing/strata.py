"""The ways in which the rows are split: any column of few values, source model, length, difficulty."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from openloop.arrays import Codes, Values
from openloop.auditing.row_arrays import RowArrays
from openloop.measures.gold_copies import gold_copy
from openloop.measures.verifier_quality import difficulty

LEAST = 20
"""A stratum of fewer rows, or of fewer prompts than ``PROMPTS``, is put together with others like it."""
PROMPTS = 5
MOST = 8
"""Splits for whose strata estimates are given: every one of them widens all bounds."""
TEXTS = 8
"""Texts that repeat most often: each is a stratum."""
NONE = "no value"
"""The stratum of rows in which a column holds nothing."""
NOTHING = str(None)
"""How a recipe spells that."""
OTHER_TEXTS = "any other"
TEXT = "completion"
"""The split by texts that repeat."""
WORDS = 3
"""A shorter text is an answer, which many prompts may rightly share."""


@dataclass(frozen=True, slots=True)
class Split:
    """One way to split: codes [N] (−1 is in no stratum) and the strata's names."""

    column: str
    codes: Codes
    names: tuple[str, ...]
    selects: bool = True
    """Whether a user can select by it before gold is known."""
    values: tuple[tuple[str, ...], ...] | None = None
    """The column's values in each stratum; None where a recipe cannot select by them."""


def splits(arrays: RowArrays) -> list[Split]:
    """Splits with at least two strata: the first eight, by which estimates are given."""
    return [split for split in _all(arrays) if _strata_of(split) > 1][:MOST]


def selecting_splits(arrays: RowArrays) -> list[Split]:
    """Those by which rows can be selected before gold is known: every one, as the worst stratum may be of any."""
    return [split for split in _all(arrays) if split.selects and _strata_of(split) > 1]


def left_out(arrays: RowArrays) -> list[str]:
    """Columns for whose strata no estimates are given, since eight splits come before them."""
    return [split.column for split in _all(arrays) if _strata_of(split) > 1][MOST:]


def _strata_of(split: Split) -> int:
    return int(np.sum(np.bincount(split.codes[split.codes >= 0]) >= LEAST))


def _all(arrays: RowArrays) -> Iterator[Split]:
    if arrays.model is not None and len(arrays.models) > 1:
        yield _of_column(arrays, arrays.model_column, arrays.model, arrays.models)
    if arrays.surface is not None:
        length = arrays.surface[:, 0].astype(np.float64)
        edges = np.unique(np.quantile(length, [1 / 3, 2 / 3]))
        names = _between([f"{edge:,.0f}" for edge in edges], " characters")
        yield Split("length", np.searchsorted(edges, length, side="left").astype(np.int64), names)
    if arrays.has_gold:
        rate = difficulty(arrays.gold, arrays.prompt)
        yield Split(
            "pass rate of the prompt",
            _rates(rate),
            ("never", "up to 1/3", "1/3 to 2/3", "above 2/3", "always"),
            selects=False,
        )
    for column, (codes, names) in sorted(arrays.strata.items()):
        split = _of_column(arrays, column, codes, names)
        # Whoever selects by a column that was made from gold selects by gold, which new rows do not have.
        yield replace(split, selects=not gold_copy(codes, arrays.gold, arrays.prompt))
    repeated = _texts(arrays)
    if repeated is not None:
        yield repeated


def _of_column(arrays: RowArrays, column: str, codes: Codes, names: tuple[str, ...]) -> Split:
    """A column's values; those with few rows or prompts are one stratum, and so are rows without a value."""
    held = np.unique(np.column_stack([codes, arrays.prompt])[codes >= 0], axis=0)
    prompts = np.bincount(held[:, 0], minlength=len(names))
    rows = np.bincount(codes[codes >= 0], minlength=len(names))
    small = np.flatnonzero((rows < LEAST) | (prompts < PROMPTS))
    if len(small) < 2:
        small = small[:0]
    large = np.setdiff1d(np.arange(len(names)), small)
    place = np.full(len(names) + 1, -1)
    place[large] = np.arange(len(large))
    place[small] = len(large)
    strata = [names[i] for i in large]
    values: list[tuple[str, ...]] = [(names[i],) for i in large]
    if len(small):
        strata.append(f"one of {len(small):,} rare values")
        values.append(tuple(names[i] for i in small))
    if (codes < 0).any():
        place[-1] = len(strata)
        strata.append(NONE)
        values.append((NOTHING,))
    # A recipe compares texts: one that is "None" cannot be told from nothing.
    torn = NOTHING in names and (codes < 0).any()
    return Split(column, place[codes].astype(np.int64), tuple(strata), values=None if torn else tuple(values))


def _texts(arrays: RowArrays) -> Split | None:
    """Completions that stand in many rows, each a stratum, beside all others."""
    if arrays.same is None or arrays.surface is None:
        return None
    count = np.bincount(arrays.same, weights=arrays.surface[:, 1] >= WORDS).astype(np.int64)
    often = np.flatnonzero(count >= LEAST)
    often = often[np.argsort(-count[often], kind="stable")][:TEXTS]
    if not len(often) or count[often].sum() == len(arrays):
        return None
    codes = np.full(len(arrays), len(often), dtype=np.int64)
    for i, code in enumerate(often):
        codes[arrays.same == code] = i
    names = (
        *(f"the text of {count[code]:,} rows like row {_first(arrays, int(code)) + 1:,}" for code in often),
        OTHER_TEXTS,
    )
    return Split(TEXT, codes, names)


def _first(arrays: RowArrays, code: int) -> int:
    return int(arrays.place[arrays.same == code].min())


def _rates(rate: Values) -> Codes:
    """−1 unknown, 0 never solved, 1..3 thirds, 4 always solved."""
    with np.errstate(invalid="ignore"):
        thirds = 1 + np.searchsorted([1 / 3, 2 / 3], rate, side="left")
    codes = np.where(rate == 0, 0, np.where(rate == 1, 4, thirds))
    return np.where(np.isnan(rate), -1, codes).astype(np.int64)


def _between(edges: list[str], unit: str) -> tuple[str, ...]:
    """Names of the strata between edges."""
    return (
        f"up to {edges[0]}{unit}",
        *(f"{a} to {b}{unit}" for a, b in pairwise(edges)),
        f"over {edges[-1]}{unit}",
    )
