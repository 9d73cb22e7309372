"""Rows that repeat: within the file, from real data."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from openloop.auditing.finding_level import weight_of
from openloop.auditing.inputs import OtherTexts
from openloop.auditing.options import Options
from openloop.auditing.result import Finding
from openloop.auditing.row_arrays import RowArrays
from openloop.auditing.row_reader import RowReader
from openloop.auditing.section import SectionInput, SectionResult
from openloop.measures.contamination import search
from openloop.measures.duplicates import near, repeats
from openloop.measures.known_texts import KnownTexts
from openloop.records import Estimate

MANY = 0.05
"""Share of the kept rows from which duplicates are a finding."""


def measure(given: SectionInput) -> SectionResult:
    """Duplicates always; copies of real rows where these are given."""
    arrays, options, reader, result = given.arrays, given.options, given.reader, SectionResult()
    _within(arrays, options, result)
    if given.real is not None:
        _copied(arrays, options, reader, given.real, result)
    return result


def _within(arrays: RowArrays, options: Options, result: SectionResult) -> None:
    kept = arrays.kept
    if arrays.signatures is None or not kept.any():
        return
    exact = repeats(arrays.key[kept].astype(np.int64))
    result.add(
        "duplicates.exact",
        _count(exact, options, "kept rows whose prompt and completion repeat an earlier row"),
    )
    clusters = near(arrays.signatures[kept])
    close = repeats(clusters) | exact
    result.add(
        "duplicates.near",
        _count(close, options, "kept rows whose completion nearly repeats an earlier one (MinHash, .8)"),
    )
    share = float(close.mean())
    if share >= MANY:
        # Short completions are near to none, so the largest group may be one of exact copies.
        largest = max(int(np.unique(codes, return_counts=True)[1].max()) for codes in (clusters, arrays.key[kept]))
        text = (
            f"{share:.1%} of the kept rows nearly repeat others ({float(exact.mean()):.1%} exactly, prompt included; a "
            f"finding from {MANY:.0%}); the largest group has {largest:,} rows. Training counts every copy: drop them, "
            "unless a row should weigh as often as the model said it."
        )
        places = tuple(int(p) for p in np.sort(arrays.place[kept][close])[:20])
        result.findings.append(Finding("duplicates", weight_of(share, 1.0, 0.6), text, places))


def _copied(arrays: RowArrays, options: Options, reader: RowReader, other: OtherTexts, result: SectionResult) -> None:
    if arrays.surface is None:
        result.unmeasured.append("copies of real rows: no completion column")
        return
    rows = [completion or prompt for prompt, completion in other.read()]
    leaks = search(KnownTexts.of((text, "") for text in rows), ((completion, "") for _, completion in reader.texts()))
    copied = np.array([leak is not None and leak.certain for leak in leaks])[arrays.place]
    result.add(
        "real.copied",
        _count(copied[arrays.kept], options, f"kept rows whose completion contains a text of {other.name}"),
    )


def _count(hit: NDArray[np.bool_], options: Options, method: str) -> Estimate:
    """A share counted in this file: exact, so without an interval."""
    return Estimate(
        float(hit.mean()) if len(hit) else 0.0, None, None, options.level, len(hit), 0, f"counted: {method}"
    )
