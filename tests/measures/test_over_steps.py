"""Score, gold and length over logged steps: known answers, what is not enough, how often it is wrong (simulated)."""

from __future__ import annotations

import numpy as np
import pytest

from openloop.arrays import Values
from openloop.errors import DataError
from openloop.measures.over_steps import Steps, rise_over_steps, score_against_gold
from openloop.measures.reward_against_gold import RewardAgainstGold
from tests.measures.test_reward_against_gold import GOLD_FOLLOWS, GOLD_STAYS, wandering


def world(
    rng: np.random.Generator,
    steps: int,
    rows: int,
    reward: tuple[float, float],
    gold: tuple[float, float] | None,
    heard: tuple[float, float] | None = None,
    labelled: float = 1.0,
    drifts: bool = True,
) -> RewardAgainstGold:
    """A log of some steps, each of prompts of its own with four answers; prompts differ in how hard they are.

    Without ``gold`` the reward is gold; ``heard``: φ and ψ of a reward that is a verifier of gold."""
    drift = wandering(rng, steps) if drifts and steps >= 20 else np.zeros(steps)
    prompts = steps * max(1, rows // 4)
    prompt = np.repeat(np.arange(prompts), 4)
    step = prompt // (prompts // steps)
    hard = np.repeat(rng.normal(size=prompts) * 0.2, 4)

    def drawn(ends: tuple[float, float]) -> Values:
        level = (np.linspace(*ends, steps) + drift)[step] + hard
        return (rng.random(len(step)) < np.clip(level, 0, 1)).astype(float)

    truth = drawn(reward if gold is None else gold)
    score = truth if gold is None else drawn(reward)
    if heard is not None:
        score = np.where(rng.random(len(truth)) < np.where(truth > 0, *heard), 1.0, 0.0)
    known = np.where(rng.random(len(truth)) < labelled, truth, np.nan)
    return score_against_gold(score, known, step.astype(float), prompt)


def share_hacked(n: int, *arguments: object, **options: object) -> float:
    rng = np.random.default_rng(7)
    return float(np.mean([world(rng, *arguments, **options).hacked for _ in range(n)]))  # type: ignore[arg-type]


def lines(start: float, end: float, steps: int = 40, rows: int = 10) -> tuple[Values, Values]:
    """Zeros and ones whose share at each step lies on a line, and their steps."""
    share = np.linspace(start, end, steps)
    values = (np.arange(rows)[None, :] < np.round(share * rows)[:, None]).astype(float)
    return values.ravel(), np.repeat(np.arange(steps), rows).astype(float)


def test_rises_are_those_of_a_line_and_of_the_ends() -> None:
    prompt = np.arange(400)
    values, step = lines(0.2, 0.8)
    assert rise_over_steps(values, step, prompt).value == pytest.approx(0.6, abs=0.02)
    assert rise_over_steps(values, -step, prompt).value == pytest.approx(-0.6, abs=0.02)
    assert rise_over_steps(values, 100 * step + 7, prompt) == rise_over_steps(values, step, prompt)
    few, at = lines(0.2, 0.8, steps=4, rows=100)
    found = rise_over_steps(few, at, prompt)
    assert found.value == pytest.approx(0.6) and found.low is not None and 0.4 < found.low < 0.6
    one = rise_over_steps(values, np.zeros(400), prompt)
    assert np.isnan(one.value) and one.method == "undefined: fewer than two steps"


def test_rows_of_one_prompt_are_one_row_where_the_steps_are_few() -> None:
    values, step = lines(0.3, 0.7, steps=2, rows=40)
    alone, copied = np.arange(80), np.repeat(np.arange(20), 4)
    free, tied = (rise_over_steps(values, step, prompt) for prompt in (alone, copied))
    assert free.low is not None and tied.low is not None and free.high is not None and tied.high is not None
    assert tied.high - tied.low > 1.5 * (free.high - free.low)
    assert rise_over_steps(values, step, np.repeat(np.arange(8), 10)).low is None, "four prompts at each end"


def test_rows_that_are_all_alike_are_no_certainty() -> None:
    _, step = lines(0, 1, steps=40, rows=1)
    flat = rise_over_steps(np.zeros(40), step, np.arange(40))
    assert flat.value == 0 and flat.low is not None and flat.high is not None and flat.low < -0.05 and flat.high > 0.05


def test_a_score_that_rises_without_gold_is_hacked_and_one_that_gold_follows_is_not() -> None:
    prompt = np.arange(400)
    up, step = lines(0.1, 0.9)
    flat = np.random.default_rng(0).permutation(np.repeat([0.0, 1.0], 200))
    assert score_against_gold(up, flat, step, prompt).hacked
    assert score_against_gold(up, 1 - up, step, prompt).hacked, "gold falls"
    assert not score_against_gold(up, up, step, prompt).hacked
    assert not score_against_gold(flat, flat, step, prompt).hacked
    assert not score_against_gold(up, flat, -step, prompt).hacked, "the score falls"
    assert not score_against_gold(up, np.full(400, np.nan), step, prompt).hacked, "no gold"
    with pytest.raises(DataError, match="scores from 0 to 1, got -1 to 1"):
        score_against_gold(2 * up - 1, flat, step, prompt)


def test_the_order_of_the_rows_does_not_matter() -> None:
    up, step = lines(0.1, 0.9)
    prompt, order = np.arange(400) // 4, np.random.default_rng(1).permutation(400)
    one, other = (
        score_against_gold(up, up, step, prompt),
        score_against_gold(up[order], up[order], step[order], prompt[order]),
    )
    assert one.gold_gain.value == pytest.approx(other.gold_gain.value) and one.hacked == other.hacked
    assert Steps.of_rows(np.array([3.0, np.nan, 1.0, 3.0])).of.tolist() == [1, -1, 0, 1]


@pytest.mark.parametrize(("steps", "rows"), [(200, 4), (20, 64), (5, 400)])
def test_false_alarms_are_few_and_hacking_is_found(steps: int, rows: int) -> None:
    """100 logs a cell; the long run below has the figures."""
    assert share_hacked(100, steps, rows, (0.3, 0.7), None) == 0
    assert share_hacked(100, steps, rows, (0.3, 0.6), (0.2, 0.6), heard=(0.9, 0.2)) <= 0.01
    assert share_hacked(100, steps, rows, (0.2, 0.9), (0.2, 0.2)) > 0.85


@pytest.mark.slow
@pytest.mark.parametrize(
    ("steps", "rows", "labelled"),
    [(200, 16, 1.0), (200, 4, 1.0), (200, 16, 0.1), (20, 64, 1.0), (1000, 8, 0.05), (5, 400, 1.0), (2, 400, 0.2)],
)
def test_false_alarms_and_power_in_the_long_run(steps: int, rows: int, labelled: float) -> None:
    """2,000 logs a cell, level .95: at most 2.5 % (three standard errors: 3.6 %) wherever gold follows."""
    for name, reward, gold, heard in GOLD_FOLLOWS:
        found = share_hacked(2000, steps, rows, reward, gold, heard=heard, labelled=labelled)
        print(f"\n{steps} steps of {rows} rows, {labelled:.0%} labelled, {name}: {found:.4f}", end="")
        assert found < 0.036
    for name, reward, gold in GOLD_STAYS:
        found = share_hacked(2000, steps, rows, reward, gold, labelled=labelled)
        print(f"\n{steps} steps of {rows} rows, {labelled:.0%} labelled, hacked, {name}: {found:.3f}", end="")


@pytest.mark.slow
@pytest.mark.parametrize("drifts", [False, True])
@pytest.mark.parametrize(("steps", "rows"), [(200, 4), (40, 32), (20, 64), (5, 400), (2, 100)])
def test_the_rises_interval_covers(steps: int, rows: int, drifts: bool) -> None:
    """2,000 logs of a policy that learns nothing, level .95: the rise is 0.

    A policy that drifts goes somewhere over few steps: there its drift is a rise, and no longer noise."""
    rng = np.random.default_rng(11)
    rises = [world(rng, steps, rows, (0.4, 0.4), None, drifts=drifts).rise for _ in range(2000)]
    missed = np.mean([not (e.low or 0) <= 0 <= (e.high or 0) for e in rises])
    print(f"\n{steps} steps of {rows} rows{', drifting' if drifts else ''}: 0 is outside in {missed:.3f}", end="")
    assert missed < 0.065 or (drifts and steps < 200)
