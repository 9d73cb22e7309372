"""The cells that kept and real rows are counted in: the values of a column, or clusters of similar texts."""

from __future__ import annotations

import unicodedata
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np

from openloop.arrays import Codes
from openloop.auditing.counted_cells import CountedCells
from openloop.auditing.section import SectionInput
from openloop.auditing.text_sample import TextSample
from openloop.data.column_ref import look_up
from openloop.errors import InputError, nearest
from openloop.measures.text_clusters import clusters, telling_words
from openloop.measures.underfilled_cells import FilledCells, cells_to_tell

LONGEST = 60
"""Characters of a value that names a cell."""


def cells_of_column(given: SectionInput, column: str) -> CountedCells:
    """Cells by the values of a column, all rows counted; rows without a value are left out.

    Values that differ in case and blanks only are one cell. Raises InputError where no row has a value.
    """
    names = _Names()
    arrays = given.arrays
    by_place = array("q", (names.code(look_up(row, column)) for row in given.reader.rows()))
    kept_cell = np.array(by_place, dtype=np.int64)[arrays.place][arrays.kept]
    if not names.names:
        known = [use.column for use in given.reader.columns]
        raise InputError(f"--cells {column}: no row has a value there; {nearest(column, known)}")
    said = _left_out(kept_cell, "kept rows", column)
    prompt = arrays.prompt[arrays.kept]
    known_kept = kept_cell >= 0
    texts: Sequence[tuple[str, str]] = ()
    real_cell = None
    if given.real is not None and given.real.rows is not None:
        texts = given.real.read()
        real_cell = np.array([names.code(look_up(row, column)) for row in given.real.rows()], dtype=np.int64)
        said += _left_out(real_cell, "real rows", column)
    cells = len(names.names)
    kept = FilledCells.of(kept_cell[known_kept], prompt[known_kept], cells)
    what = f"values of {column}"
    if real_cell is None or not (real_cell >= 0).any():
        return CountedCells(what, names.shown(), kept, int(arrays.kept.sum()), said=said)
    places = np.flatnonzero(real_cell >= 0)
    real = FilledCells.of(real_cell[places], _units(texts)[places], cells)
    return CountedCells(what, names.shown(), kept, int(arrays.kept.sum()), real, places, texts, said)


def cells_of_texts(given: SectionInput, error: float) -> CountedCells | str:
    """Clusters of kept and real texts together; or why there are none.

    Of prompts where both sides have them, for prompts are what can be asked for next; else of completions. As many
    prompts are drawn from the kept rows as there are real ones, so that clusters follow both alike, and all that are
    counted took part in making them: cells that chance leaves empty are then as rare as they should be.
    """
    real = given.texts.real
    if real is None:
        return "no --real"
    kept = given.texts.kept
    texts = given.real.read() if given.real is not None else []
    asked = kept.has_prompts and (real.has_prompts or not any(completion for _, completion in texts))
    if not asked and not (kept.has_completions and real.has_completions):
        return "one side has no completions, and one no prompts"
    what = "prompts" if asked else "completions"
    mine, theirs = _units_of(kept, asked), _units_of(real, asked)
    mine = mine.first(theirs.held)
    cells = cells_to_tell(mine.held, theirs.held, error)
    if cells < 2:
        return f"too few prompts to tell an empty cell from chance ({theirs.held:,} real, {mine.held:,} kept)"
    vectors = np.concatenate(
        [_vectors(kept, asked)[mine.rows], _vectors(real, asked and real.has_prompts)[theirs.rows]]
    )
    codes = clusters(vectors, cells, np.random.default_rng(len(vectors)))
    shown = [kept.prompts[i] if asked else kept.completions[i] for i in mine.rows]
    shown += [real.prompts[i] if asked and real.has_prompts else real.completions[i] for i in theirs.rows]
    names = telling_words(shown, codes)
    held = len(names)
    split = len(mine.rows)
    return CountedCells(
        f"clusters of {what}",
        [name or f"cluster {number + 1}" for number, name in enumerate(names)],
        FilledCells.of(codes[:split], mine.unit, held),
        kept.of,
        FilledCells.of(codes[split:], theirs.unit, held),
        theirs.rows,
        list(_pairs(real)),
    )


@dataclass(frozen=True, slots=True)
class _Units:
    """Rows to count, and the unit (a prompt) that each belongs to."""

    rows: Codes
    unit: Codes
    """Codes from 0, in an order that hashes of their texts give."""

    @property
    def held(self) -> int:
        return len(np.unique(self.unit))

    def first(self, units: int) -> _Units:
        """Rows of so many units, drawn by what they say, and not by how many rows they have."""
        chosen = self.unit < units
        return _Units(self.rows[chosen], self.unit[chosen])


def _units_of(sample: TextSample, asked: bool) -> _Units:
    """Different prompts, one row each; of completions all rows, those of a prompt (or equal ones) together."""
    names = np.array([_hash(prompt or completion) for prompt, completion in _pairs(sample)], dtype=np.uint64)
    _, first, unit = np.unique(names, return_index=True, return_inverse=True)
    if asked and sample.has_prompts:
        return _Units(first, np.arange(len(first)))
    return _Units(np.arange(len(sample)), unit.astype(np.int64))


def _pairs(sample: TextSample) -> Iterable[tuple[str, str]]:
    return zip(sample.prompts, sample.completions, strict=True)


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def _vectors(sample: TextSample, asked: bool) -> Any:
    return sample.prompt_vectors if asked else sample.completion_vectors


def _units(texts: Sequence[tuple[str, str]]) -> Codes:
    """Rows of one prompt are one unit; of rows without prompts, equal texts are."""
    return _codes([prompt or completion for prompt, completion in texts])


def _codes(texts: Iterable[str]) -> Codes:
    known: dict[str, int] = {}
    return np.array([known.setdefault(text, len(known)) for text in texts], dtype=np.int64)


def _left_out(cell: Codes, rows: str, column: str) -> tuple[str, ...]:
    without = int((cell < 0).sum())
    return (f"{without:,} of {len(cell):,} {rows} have no {column}: counted in no cell",) if without else ()


class _Names:
    """Codes of values, and how each is mostly written."""

    def __init__(self) -> None:
        self.names: dict[str, int] = {}
        self._written: list[Counter[str]] = []

    def code(self, value: Any) -> int:
        """−1 for a row without a value."""
        text = "" if value is None else " ".join(str(value).split())
        if not text:
            return -1
        folded = unicodedata.normalize("NFKC", text).casefold()
        code = self.names.setdefault(folded, len(self.names))
        if code == len(self._written):
            self._written.append(Counter())
        self._written[code][text[:LONGEST]] += 1
        return code

    def shown(self) -> list[str]:
        return [min(written, key=lambda text: (-written[text], text)) for written in self._written]
