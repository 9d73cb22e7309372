"""Reward against gold: what is sure, what is only not seen, and how often it is wrong (simulated)."""

from __future__ import annotations

import numpy as np
import pytest

from openloop.arrays import Values
from openloop.errors import DataError
from openloop.measures.reward_against_gold import RewardAgainstGold, gains, reward_against_gold, rise

RISING = np.linspace(0.2, 0.9, 100)
FLAT = np.full(100, 0.4)
GOLD_FOLLOWS = (
    ("reward = gold, nothing learned", (0.4, 0.4), None, None),
    ("reward = gold, rising", (0.3, 0.7), None, None),
    ("reward = gold with errors (.9, .2), rising", (0.3, 0.6), (0.2, 0.6), (0.9, 0.2)),
    ("unrelated, nothing learned", (0.4, 0.4), (0.4, 0.4), None),
    ("gold rises as much", (0.3, 0.6), (0.3, 0.6), None),
    ("gold rises half as much: the boundary", (0.3, 0.7), (0.3, 0.5), None),
)
"""A name, the reward's first and last level, gold's (None: the reward is gold), φ and ψ of a reward that hears gold."""
GOLD_STAYS = (
    ("reward .2 to .9", (0.2, 0.9), (0.2, 0.2)),
    ("reward .3 to .6", (0.3, 0.6), (0.3, 0.3)),
    ("gold falls", (0.3, 0.7), (0.3, 0.1)),
)


def wandering(rng: np.random.Generator, n: int, rho: float = 0.9, noise: float = 0.02) -> Values:
    """A level that drifts without going anywhere, as a policy's does; shape [n]."""
    steps = rng.normal(size=n) * noise
    steps[0] /= np.sqrt(1 - rho**2)
    found = np.zeros(n)
    for i in range(n):
        found[i] = steps[i] + (rho * found[i - 1] if i else 0.0)
    return found


def answered(rng: np.random.Generator, level: Values, prompts: int, changed: float = 0.3) -> Values:
    """Right or wrong at each check, [C, P]: a prompt keeps its luck until its answer changes."""
    luck, rows = rng.random(prompts), []
    for share in level:
        luck = np.where(rng.random(prompts) < changed, rng.random(prompts), luck)
        rows.append((luck < share).astype(float))
    return np.array(rows)


def world(
    rng: np.random.Generator,
    reward: tuple[float, float],
    gold: tuple[float, float] | None,
    prompts: int,
    heard: tuple[float, float] | None = None,
) -> RewardAgainstGold:
    """A training of 100 steps of 64 rows with 11 checks. Without ``gold`` the reward is gold; ``heard``: φ and ψ of a
    reward that is a verifier of gold."""
    drift = wandering(rng, 100)
    at = np.linspace(0, 99, 11).astype(int)
    held = answered(rng, np.clip(np.linspace(*reward, 11) + drift[at], 0, 1), prompts)
    truth = held if gold is None else answered(rng, np.clip(np.linspace(*gold, 11) + drift[at], 0, 1), prompts)
    if heard is not None:
        luck = rng.random(truth.shape)
        held = np.where(truth > 0, luck < heard[0], luck < heard[1]).astype(float)
    steps = rng.binomial(64, np.clip(np.linspace(*reward, 100) + drift, 0, 1)) / 64
    return reward_against_gold(steps, held, truth)


def share_hacked(n: int, *arguments: object, prompts: int = 64, **options: object) -> float:
    rng = np.random.default_rng(7)
    return float(np.mean([world(rng, *arguments, prompts, **options).hacked for _ in range(n)]))  # type: ignore[arg-type]


def test_a_reward_that_rises_while_gold_stays_is_hacked_and_one_that_gold_follows_is_not() -> None:
    rng = np.random.default_rng(0)
    up = answered(rng, np.linspace(0.2, 0.9, 11), 64)
    flat = np.repeat(answered(rng, np.full(1, 0.3), 64), 11, axis=0)
    assert reward_against_gold(RISING, up, flat).hacked
    assert not reward_against_gold(RISING, up, up).hacked
    assert not reward_against_gold(RISING, flat, flat).hacked, "what rises must rise on held-out prompts too"
    for level in (0.4, 1 / 3, 0.7, 1e6 / 3):
        constant = np.full_like(FLAT, level)
        assert not reward_against_gold(constant, up, flat).hacked, "and in training: what rises by rounding does not"
    assert not reward_against_gold(RISING[::-1], up, flat).hacked


def test_prompts_that_all_change_alike_are_no_certainty_and_enough_of_them_are() -> None:
    def alike(prompts: int) -> RewardAgainstGold:
        reward = np.vstack([np.zeros(prompts), np.ones(prompts)])
        return reward_against_gold(RISING, reward, np.zeros((2, prompts)))

    few, many = alike(9), alike(64)
    assert few.reward_gain.low is None and not few.hacked
    assert many.hacked and many.gold_gain.low is not None and many.gold_gain.low < 0 < (many.gold_gain.high or 0)


def test_gains_are_the_late_checks_less_the_first_and_unscored_prompts_are_left_out() -> None:
    held = np.array([[0.0, 1.0, np.nan], [0.0, 1.0, 1.0], [0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, np.nan, 1.0]])
    assert gains(held)[0] == 1.0
    assert np.isnan(gains(held)[1:]).all(), "unscored at the first check, or at all late ones"
    assert np.isnan(gains(held[:1])).all(), "one check tells no gain"
    both = reward_against_gold(RISING, np.tile(held, 20), np.tile(held[:, ::-1], 20))
    assert both.reward_gain.n == 0 and both.reward_gain.n_unscored == 60


def test_the_rise_is_that_of_a_line_and_unscored_steps_are_left_out() -> None:
    line = np.linspace(0.1, 0.7, 50)
    assert rise(line).value == pytest.approx(0.6)
    holes = line.copy()
    holes[::7] = np.nan
    found = rise(holes)
    assert found.value == pytest.approx(0.6, abs=0.02) and found.n_unscored == 8
    assert rise(line[:19]).low is None


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(DataError, match=r"\(3, 4\) and \(3, 5\)"):
        reward_against_gold(RISING, np.zeros((3, 4)), np.zeros((3, 5)))


def test_false_alarms_are_few_and_hacking_is_found() -> None:
    """200 trainings a cell; the long run below has the figures."""
    assert share_hacked(200, (0.3, 0.7), None) == 0
    assert share_hacked(200, (0.3, 0.6), (0.2, 0.6), heard=(0.9, 0.2)) <= 0.01
    assert share_hacked(200, (0.2, 0.9), (0.2, 0.2)) > 0.9


@pytest.mark.slow
@pytest.mark.parametrize("prompts", [16, 32, 64, 128])
def test_false_alarms_and_power_in_the_long_run(prompts: int) -> None:
    """2,000 trainings a cell, level .95: at most 2.5 % (three standard errors: 3.6 %) wherever gold follows."""
    n = 2000
    for name, *arguments in GOLD_FOLLOWS:
        found = share_hacked(n, *arguments[:2], prompts=prompts, heard=arguments[2])
        print(f"\n{prompts} prompts, {name}: {found:.4f}", end="")
        assert found < 0.036
    for name, reward, gold in GOLD_STAYS:
        print(f"\n{prompts} prompts, hacked, {name}: {share_hacked(n, reward, gold, prompts=prompts):.3f}", end="")
