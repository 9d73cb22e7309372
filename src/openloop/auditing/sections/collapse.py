"""Whether the kept rows say fewer different things than those of ``--baseline`` did."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from openloop.arrays import Codes, Values
from openloop.auditing.baseline import Baseline
from openloop.auditing.finding_level import direction, finding_level, weight_of
from openloop.auditing.meanings import marks_answers
from openloop.auditing.result import Finding
from openloop.auditing.row_arrays import RowArrays
from openloop.auditing.section import SectionInput, SectionResult
from openloop.measures.paired_differences import mean_difference
from openloop.measures.vendi import vendi2_ratio

HALF = 0.5
"""Of the different things said before: a finding where surely fewer are left."""
ALIKE = 0.1
"""By so much more often must two answers to one prompt surely be the same."""
LEAST = 20
"""Prompts with two answers or more on both sides."""


def measure(given: SectionInput) -> SectionResult:
    """Across prompts by the order-2 Vendi score, and within a prompt by how often two answers are the same."""
    result = SectionResult()
    earlier = given.baseline
    if earlier is None or given.arrays.same is None or earlier.arrays.same is None:
        return result
    _across(given, earlier, result)
    _within(given, earlier, result)
    return result


def _across(given: SectionInput, earlier: Baseline, result: SectionResult) -> None:
    now, before = given.texts.kept, given.texts.baseline
    assert before is not None
    sides = (now.completion_vectors, now.prompt, before.completion_vectors, before.prompt)
    ratio = vendi2_ratio(*sides, given.options.level)
    result.add("drift.diversity", ratio)
    surely = vendi2_ratio(*sides, finding_level(given.options))
    if ratio.high is not None and ratio.high < HALF and surely.high is not None and surely.high < 1:
        text = (
            f"The kept rows say {ratio.value:.0%} as many different things as those of {earlier.name} did "
            f"({ratio.low:.0%} to {ratio.high:.0%}; a finding below {HALF:.0%}; order-2 Vendi score of completions): "
            "the model has narrowed. Sample from an earlier one, at a higher temperature, or mix fresh real rows in."
        )
        result.findings.append(Finding("collapse", weight_of(1 - ratio.value, 1.0, 0.8), text))


def _within(given: SectionInput, earlier: Baseline, result: SectionResult) -> None:
    now, before = given.arrays, earlier.arrays
    prompts = earlier.shared_prompts(now)
    if prompts is None:
        return
    # Answers are compared with answers, and texts with texts: a file that marks its answers has not collapsed by that.
    answers = marks_answers(before) and marks_answers(now)
    sides = [_same_answers(side, prompts, answers=answers) for side in (before, now)]
    change = sides[1] - sides[0]
    if (~np.isnan(change)).sum() < LEAST:
        return
    shown = mean_difference(change, None, given.options.level)
    result.add("drift.same_answers", shown)
    if direction(shown, mean_difference(change, None, finding_level(given.options)), ALIKE) == 1:
        both = ~np.isnan(change)
        then, today = (float(side[both].mean()) for side in sides)
        text = (
            f"Two answers to one prompt are the same {today:.0%} of the time; in {earlier.name} it was {then:.0%} "
            f"(on {int(both.sum()):,} prompts of both; a finding from {ALIKE:.0%} more on): sampling more of them adds "
            "little."
        )
        result.findings.append(Finding("collapse", weight_of(shown.value, 1.0, 0.8), text))


def _same_answers(side: RowArrays, prompts: NDArray[np.uint64], *, answers: bool) -> Values:
    """Of each shared prompt the share of pairs of kept answers that are equal, shape [P]; NaN with fewer than two."""
    meaning = side.answer if answers else side.same
    assert side.prompt_key is not None and meaning is not None
    place: Codes = np.searchsorted(prompts, side.prompt_key)
    rows = np.flatnonzero(side.kept & np.isin(side.prompt_key, prompts) & (meaning >= 0))
    code = np.unique(meaning[rows], return_inverse=True)[1].ravel()
    held = np.bincount(place[rows], minlength=len(prompts)).astype(float)
    _, cell, count = np.unique(
        place[rows] * (int(code.max(initial=0)) + 1) + code, return_index=True, return_counts=True
    )
    equal = np.bincount(place[rows][cell], weights=count * (count - 1.0), minlength=len(prompts))
    pairs = held * (held - 1)
    shares = np.divide(equal, pairs, out=np.full(len(prompts), np.nan), where=pairs > 0)
    return np.asarray(shares, dtype=np.float64)
