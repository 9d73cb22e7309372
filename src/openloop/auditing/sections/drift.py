"""What has moved since ``--baseline``, on the prompts of both files."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from openloop.arrays import Mask, Values
from openloop.auditing.baseline import Baseline
from openloop.auditing.finding_level import finding_level, weight_of
from openloop.auditing.result import Finding
from openloop.auditing.row_arrays import RowArrays
from openloop.auditing.section import SectionInput, SectionResult
from openloop.measures.drift import as_many, by_probe, expected_delay, paired_p_value
from openloop.measures.paired_differences import mean_difference
from openloop.records import Estimate

LEAST = 20
"""Prompts in both files from which on anything is said."""
MATERIAL = 0.02
"""The printed interval of a change must lie further from 0 than this."""
STEP = 0.01
"""The change from one file to the next for which the delay is told."""
EQUALLY = "of each prompt as many rows of both, drawn"
NUMBERS = ("gold", "acceptance", "verifier")
"""What may move."""


@dataclass(frozen=True, slots=True)
class Paired:
    """One number on the prompts of both files, shapes [P], NaN where unknown on that side."""

    name: str
    prompts: NDArray[np.uint64]
    """Shape [P]: their names."""
    before: Values
    after: Values
    tested: Values
    """What the test sees: after less before, over as many rows of each prompt on both sides."""

    @property
    def shared(self) -> int:
        """Prompts on which both sides know it."""
        return int((~np.isnan(self.after - self.before)).sum())


def measure(given: SectionInput) -> SectionResult:
    """The share of good rows and of accepted ones, by prompt; and the verdicts on rows that are in both files."""
    result = SectionResult()
    if given.baseline is None:
        return result
    arrays, earlier = given.arrays, given.baseline
    prompts = earlier.shared_prompts(arrays)
    if prompts is None:
        result.unmeasured.append("drift: the rows of one of the files have no prompt")
        return result
    numbers = [paired for paired in _numbers(arrays, earlier.arrays, prompts) if paired.shared >= LEAST]
    if not numbers:
        held = len(prompts)
        result.unmeasured.append(
            f"drift: {held:,} of at least {LEAST} prompts are in {earlier.name} too"
            if held < LEAST
            else f"drift: {held:,} prompts are in {earlier.name} too, and neither gold nor a verdict is known on "
            f"{LEAST} of them on both sides"
        )
    found = {paired.name: _compared(paired, earlier, given, result) for paired in numbers}
    if found.get("verifier") is not None:
        found.pop("acceptance", None)  # which has moved with it
    result.findings += [finding for finding in found.values() if finding is not None]
    return result


def _numbers(now: RowArrays, before: RowArrays, prompts: NDArray[np.uint64]) -> Iterator[Paired]:
    sides = (before, now)
    every = [np.ones(len(side), bool) for side in sides]
    yield _paired("gold", prompts, sides, "gold", every)
    yield _paired("acceptance", prompts, sides, "accept", every)
    # A row that is in both files word for word has two verdicts, and only the verifier can have moved.
    same = np.intersect1d(now.key, before.key)
    yield _paired("verifier", prompts, sides, "accept", [np.isin(side.key, same) for side in sides])


def _paired(
    name: str, prompts: NDArray[np.uint64], sides: tuple[RowArrays, RowArrays], column: str, rows: list[Mask]
) -> Paired:
    found = []
    for side, some in zip(sides, rows, strict=True):
        key = side.prompt_key
        assert key is not None
        mine = some & np.isin(key, prompts)
        found.append((getattr(side, column)[mine], np.searchsorted(prompts, key[mine]).astype(np.int64)))
    drawn = as_many(found[0], found[1], len(prompts))
    earlier, later = (by_probe(*side, len(prompts)) for side in found)
    return Paired(name, prompts, earlier, later, drawn[1] - drawn[0])


def _compared(paired: Paired, earlier: Baseline, given: SectionInput, result: SectionResult) -> Finding | None:
    options = given.options
    change = mean_difference(paired.after - paired.before, None, options.level)
    p = paired_p_value(np.zeros(len(paired.tested)), paired.tested)
    delay = expected_delay(paired.tested, STEP, options.level)
    soon = f"about {delay.looks:,}" if delay.looks else "more than 1,000"
    drawn = "" if np.array_equal(paired.tested, paired.after - paired.before, equal_nan=True) else f", {EQUALLY}"
    how = (
        f"exact test by prompt against {earlier.name}{drawn}, one look; with these prompts a change of {STEP:.0%} a "
        f"file is seen after {soon} files"
    )
    result.add(f"drift.{paired.name}", change)
    result.add("drift.p_value", Estimate(p, None, None, options.level, paired.shared, 0, how), f"of={paired.name}")
    sure = p * len(NUMBERS) <= 1 - finding_level(options)
    if not sure or change.low is None or change.high is None or max(change.low, -change.high) <= MATERIAL:
        return None
    return Finding(
        "drift", weight_of(change.value, 0.3, 0.7), _says(paired, change, earlier.name, p), _moved(paired, given)
    )


def _says(paired: Paired, change: Estimate, name: str, p: float) -> str:
    both = ~np.isnan(paired.after - paired.before)
    before, after = (float(side[both].mean()) for side in (paired.before, paired.after))
    where = f"On the {paired.shared:,} prompts that are in {name} too"
    moved = f"{after:.1%}, and it was {before:.1%} there (p = {p:.2g}; a finding from {MATERIAL:.0%} on)"
    if paired.name == "gold":
        how = "improved" if change.value > 0 else "got worse"
        return (
            f"{where}, the share of good rows is {moved}: what wrote these rows has {how}, or gold is given otherwise."
        )
    if paired.name == "acceptance":
        return (
            f"{where}, the share of rows that the verifier accepts is {moved}. Either the rows have moved or the "
            "verifier has: let one version of it judge both files."
        )
    return (
        f"{where}, of answers that are word for word the same the verifier accepts {moved}: the verifier itself has "
        "moved. Judge both files with one version of it."
    )


def _moved(paired: Paired, given: SectionInput) -> tuple[int, ...]:
    """Rows of the prompts that moved most in the direction of the whole."""
    arrays = given.arrays
    assert arrays.prompt_key is not None
    difference = paired.after - paired.before
    towards = math.copysign(1.0, float(np.nansum(difference)))
    order = np.argsort(-np.nan_to_num(towards * difference), kind="stable")[:5]
    return arrays.places(np.isin(arrays.prompt_key, paired.prompts[order]))
