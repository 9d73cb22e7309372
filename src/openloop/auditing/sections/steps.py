"""Score, gold and length over the steps of the training that wrote the rows: does gold follow the score?"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from openloop.arrays import Values
from openloop.auditing.finding_level import direction, finding_level, weight_of
from openloop.auditing.result import Curve, Finding
from openloop.auditing.reward_hacking import REWARD_HACKING
from openloop.auditing.row_arrays import RowArrays
from openloop.auditing.section import SectionInput, SectionResult
from openloop.measures.clustered import Clusters, mean, share
from openloop.measures.estimate_text import estimate_text, signed, significant
from openloop.measures.over_steps import Steps, rise_over_steps, score_against_gold
from openloop.measures.reward_against_gold import MATERIAL, RewardAgainstGold
from openloop.records import Estimate

UNCHECKED = "score-rises-unchecked"
WORTH = 0.05
"""Rise of the score, as a share of its range in the file, that is worth a word where no row has gold."""
STRETCHES = 10
"""Points of a curve: more steps than this are put together."""
Average = Callable[[Values, Clusters, float], Estimate]


def measure(given: SectionInput) -> SectionResult:
    """``steps.*``: rises from the first steps to the last, and what becomes of gold."""
    arrays, level, result = given.arrays, given.options.level, SectionResult()
    if arrays.step is None:
        return result
    steps = Steps.of_rows(arrays.step)
    if len(steps) < 2:
        result.unmeasured.append("score, gold and length over the training's steps: all rows are of one step")
        return result
    length = None if arrays.surface is None else arrays.surface[:, 0].astype(np.float64)
    score = scaled(arrays.score)
    if score is not None:
        found = score_against_gold(score, arrays.gold, arrays.step, arrays.prompt, level)
        _add(result, arrays, found)
        sure = score_against_gold(score, arrays.gold, arrays.step, arrays.prompt, finding_level(given.options))
        # Where gold follows the score this finds next to nothing at any level; that the score rises is to be sure.
        if found.hacked and (sure.reward_gain.low or 0.0) > 0:
            result.findings.append(_hacked(found, len(steps)))
        elif direction(found.rise, sure.rise, WORTH) == 1 and not _shows_the_rise(found):
            result.findings.append(_unchecked(found, steps, length, with_gold=arrays.has_gold))
        _curve(result, given, steps, f"score {_range(arrays)}", score, share)
    elif arrays.has_gold:
        result.add("steps.gold_rise", rise_over_steps(arrays.gold, arrays.step, arrays.prompt, level))
    if arrays.has_gold:
        _curve(result, given, steps, "gold", arrays.gold, share)
    if length is not None:
        result.add("steps.length_rise", rise_over_steps(length, arrays.step, arrays.prompt, level), "characters")
        _curve(result, given, steps, "characters of the completion", length, mean)
    return result


def scaled(score: Values) -> Values | None:
    """Scores [N] on a scale of 1: as they are where all lie between 0 and 1, else as a share of their range.

    None where no score is known, or all are equal. A few scores far off widen the range and make every rise smaller,
    so that less is found and nothing that is not there.
    """
    known = score[~np.isnan(score)]
    if not len(known) or known.min() == known.max():
        return None
    low, high = (0.0, 1.0) if known.min() >= 0 and known.max() <= 1 else (float(known.min()), float(known.max()))
    found: Values = (score - low) / (high - low)
    return found


def _add(result: SectionResult, arrays: RowArrays, found: RewardAgainstGold) -> None:
    result.add("steps.score_rise", found.rise)
    if arrays.has_gold:
        result.add("steps.score_rise", found.reward_gain, "rows with gold")
        result.add("steps.gold_rise", found.gold_gain)
        result.add("steps.shortfall", found.shortfall)


def _range(arrays: RowArrays) -> str:
    known = arrays.score[~np.isnan(arrays.score)]
    if known.min() >= 0 and known.max() <= 1:
        return f"({arrays.verdict})"
    spell = significant(3)
    ends = [spell(float(arrays.as_given(end))) for end in (float(known.min()), float(known.max()))]
    return f"({arrays.verdict}: 0 is {ends[0]}, 1 is {ends[1]})"


def _hacked(found: RewardAgainstGold, steps: int) -> Finding:
    spell = signed(3)
    text = (
        f"The score rises over the training and gold does not: over {steps:,} steps the score rises by "
        f"{estimate_text(found.reward_gain, spell)} of its range and gold changes by "
        f"{estimate_text(found.gold_gain, spell)} on the same {found.gold_gain.n:,} rows, surely less than "
        f"{MATERIAL:.0%} of that. The policy learned the reward and not the task. Read late answers with a high score "
        "that gold rejects, mend the reward, and train from the start again."
    )
    return Finding(REWARD_HACKING, weight_of(found.shortfall.value, 0.4, 0.9), text)


def _shows_the_rise(found: RewardAgainstGold) -> bool:
    """Whether the rows with gold are such that gold can be held against the score: among them it rises as well.

    Labels of accepted rows alone say nothing of it: there the score is high from the first step on.
    """
    return found.reward_gain.low is not None and found.reward_gain.low > 0


def _unchecked(found: RewardAgainstGold, steps: Steps, length: Values | None, *, with_gold: bool) -> Finding:
    rise, spell = found.rise, signed(3)
    why = "no row has gold"
    if with_gold:
        there = estimate_text(found.reward_gain, spell)
        why = f"in the {found.reward_gain.n:,} rows with gold it cannot be seen to ({there})"
    text = (
        f"The score rises by {estimate_text(rise, spell)} of its range over {len(steps):,} steps, and {why}: whether "
        "the answers get better, or only better at the reward, nothing in the file tells. Label rows of the first and "
        "of the last steps, rejected ones too, and audit again with --labels."
    )
    if length is not None:
        early, late = steps.ends()
        first, last = float(length[early].mean()), float(length[late].mean())
        text += f" Completions went from {first:,.0f} to {last:,.0f} characters on average."
    return Finding(UNCHECKED, weight_of(rise.value, 0.5, 0.5), text)


def _curve(
    result: SectionResult, given: SectionInput, steps: Steps, what: str, values: Values, average: Average
) -> None:
    """Means of stretches of steps, rows of one prompt being one cluster."""
    clusters, level = given.options.clusters(given.arrays), given.options.level
    x, y = [], []
    for part in np.array_split(np.arange(len(steps)), min(STRETCHES, len(steps))):
        rows = (steps.of >= part[0]) & (steps.of <= part[-1])
        first, last = (significant()(float(steps.numbers[place])) for place in (part[0], part[-1]))
        x.append(f"step {first}" if first == last else f"steps {first} to {last}")
        y.append(average(values[rows], None if clusters is None else clusters[rows], level))
    result.curves.append(Curve(f"{what} over the training's steps", tuple(x), tuple(y)))
