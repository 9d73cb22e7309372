"""Rows that repeat: within the file, from real data."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from openloop.auditing.finding_level import direction, finding_level, weight_of
from openloop.auditing.inputs import OtherTexts
from openloop.auditing.options import Options
from openloop.auditing.result import Finding
from openloop.auditing.row_arrays import RowArrays
from openloop.auditing.row_reader import RowReader
from openloop.auditing.section import SectionInput, SectionResult
from openloop.measures import auc
from openloop.measures.contamination import search
from openloop.measures.duplicates import near, repeats
from openloop.measures.known_texts import KnownTexts
from openloop.measures.surface import FEATURES, surface
from openloop.records import Estimate

MANY = 0.05
"""Share of the kept rows from which duplicates are a finding."""
UNLIKE = 0.6
"""How often a kept completion must be longer (or shorter) than a real one."""


def measure(given: SectionInput) -> SectionResult:
    """Duplicates always; likeness to real data where it is given."""
    arrays, options, reader, result = given.arrays, given.options, given.reader, SectionResult()
    _within(arrays, options, result)
    if given.real is not None:
        _like_real(arrays, options, reader, given.real, result)
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


def _like_real(
    arrays: RowArrays, options: Options, reader: RowReader, other: OtherTexts, result: SectionResult
) -> None:
    if arrays.surface is None:
        result.unmeasured.append("likeness to real data: no completion column")
        return
    rows = [completion or prompt for prompt, completion in other.read()]
    leaks = search(KnownTexts.of((text, "") for text in rows), ((completion, "") for _, completion in reader.texts()))
    copied = np.array([leak is not None and leak.certain for leak in leaks])[arrays.place]
    result.add(
        "real.copied",
        _count(copied[arrays.kept], options, f"kept rows whose completion contains a text of {other.name}"),
    )
    theirs = np.array([surface(text) for text in rows])
    mine = arrays.surface[arrays.kept].astype(np.float64)
    which = np.r_[np.ones(len(mine)), np.zeros(len(theirs))]
    clusters = options.clusters(arrays)
    # A real row is a cluster by itself, beside the prompts of the kept ones.
    prompts = None if clusters is None else np.r_[clusters[arrays.kept], clusters.max() + 1 + np.arange(len(theirs))]
    for d, name in enumerate(FEATURES):
        values = np.r_[mine[:, d], theirs[:, d]]
        e = auc.pooled(values, which, prompts, options.level)
        result.add("real.above", e, f"feature={name}")
        if name == "characters" and _apart(e, auc.pooled(values, which, prompts, finding_level(options))):
            more, share = ("longer", e.value) if e.value > 0.5 else ("shorter", 1 - e.value)
            text = (
                f"Kept completions are {more} than the real ones: one is {more} than a real one {share:.0%} of the "
                f"time (even odds: 50%, a finding from {UNLIKE:.0%}; median {np.median(mine[:, d]):,.0f} against "
                f"{np.median(theirs[:, d]):,.0f} characters)."
            )
            result.findings.append(Finding("unlike-real", weight_of(share - 0.5, 0.5, 0.3), text))


def _apart(e: Estimate, surely: Estimate) -> bool:
    """Whether two samples are told apart; completely separated ones, of 40 rows together or more, have no interval."""
    if e.low is None or e.high is None:
        return e.n >= 40 and e.value in (0.0, 1.0)
    return direction(e, surely, UNLIKE - 0.5, none=0.5) != 0


def _count(hit: NDArray[np.bool_], options: Options, method: str) -> Estimate:
    """A share counted in this file: exact, so without an interval."""
    return Estimate(
        float(hit.mean()) if len(hit) else 0.0, None, None, options.level, len(hit), 0, f"counted: {method}"
    )
