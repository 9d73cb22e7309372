from __future__ import annotations

import math

import numpy as np
import pytest

from openloop.errors import DataError
from openloop.measures import drift
from openloop.measures.drift import as_many, by_probe, expected_delay, looks, paired_p_value, spent


def flips(rng: np.random.Generator, rate: np.ndarray) -> np.ndarray:
    return (rng.random(len(rate)) < rate).astype(float)


def test_of_discordant_probes_as_many_go_up_as_down() -> None:
    before = np.array([0.0] * 8 + [1.0] * 2 + [1.0] * 30)
    after = np.array([1.0] * 8 + [0.0] * 2 + [1.0] * 30)
    # P(at most 2 or at least 8 of 10 heads), by hand
    exact = 2 * sum(math.comb(10, k) for k in range(3)) / 2**10
    assert paired_p_value(before, after) == pytest.approx(exact)
    assert paired_p_value(after, before) == pytest.approx(exact)


def test_nothing_moved_and_nothing_known() -> None:
    same = np.array([1.0, 0.0, 1.0, np.nan])
    assert paired_p_value(same, same) == 1.0
    assert math.isnan(paired_p_value(np.full(3, np.nan), np.ones(3)))


def test_unscored_probes_say_nothing() -> None:
    before, after = np.zeros(12), np.ones(12)
    unscored = np.full(5, np.nan)
    with_more = paired_p_value(np.r_[before, unscored], np.r_[after, np.ones(5)])
    assert with_more == paired_p_value(before, after) == pytest.approx(2 / 2**12)


def test_means_of_several_answers_are_tested_by_their_signs() -> None:
    rng = np.random.default_rng(0)
    before, after = rng.binomial(4, 0.5, 200) / 4, rng.binomial(4, 0.7, 200) / 4
    order = rng.permutation(200)
    p = paired_p_value(before, after)
    assert p <= 2 / drift.DRAWS
    assert paired_p_value(before[order], after[order]) == p
    assert paired_p_value(before, rng.permutation(before)) > 0.01


def test_p_values_of_probes_that_did_not_move_are_uniform_at_most() -> None:
    rng = np.random.default_rng(1)
    p = np.array([paired_p_value(rng.binomial(3, 0.6, 60) / 3, rng.binomial(3, 0.6, 60) / 3) for _ in range(400)])
    for share in (0.05, 0.2, 0.5):
        assert (p <= share).mean() <= share + 2.6 * math.sqrt(share * (1 - share) / len(p))
    assert (p <= 0.5).mean() > 0.3


def test_the_parts_of_all_looks_are_the_whole_error() -> None:
    assert sum(spent(t, 0.05) for t in range(1, 100_000)) == pytest.approx(0.05, rel=1e-4)


def test_thirty_looks_at_what_does_not_move_alarm_seldom_and_at_what_does_soon() -> None:
    rng = np.random.default_rng(2)
    rate = rng.beta(0.8, 0.8, 500)
    clean = [any(look.moved for look in looks([flips(rng, rate) for _ in range(31)])) for _ in range(120)]
    assert np.mean(clean) <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / 120)
    falling = [looks([flips(rng, np.clip(rate - 0.02 * t, 0, 1)) for t in range(16)]) for _ in range(40)]
    alarms = [next((look.number for look in series if look.moved), 99) for series in falling]
    assert 3 <= np.median(alarms) <= 9
    assert all(series[-1].change.value < 0 for series in falling)


def test_the_expected_delay_is_about_the_simulated_one() -> None:
    rng = np.random.default_rng(3)
    rate = rng.uniform(0.2, 0.8, 500)
    told = expected_delay(flips(rng, rate) - flips(rng, rate), 0.02).looks
    series = [looks([flips(rng, rate - 0.02 * t) for t in range(10)]) for _ in range(60)]
    seen = np.median([next((look.number for look in one if look.moved), 99) for one in series])
    assert told is not None
    assert abs(told - seen) <= 1


def test_the_delay_shrinks_with_more_probes_and_less_noise() -> None:
    rng = np.random.default_rng(4)
    noisy = rng.choice([-1.0, 0.0, 1.0], 2_000)
    still = np.where(rng.random(2_000) < 0.98, 0.0, noisy)
    few, many, quiet = (expected_delay(d).looks for d in (noisy[:100], noisy, still))
    assert few is not None
    assert many is not None
    assert quiet is not None
    assert few > many > quiet
    assert expected_delay(np.zeros(1)).looks is None
    with pytest.raises(DataError, match="other than 0"):
        expected_delay(noisy, 0.0)


def test_rows_of_one_probe_are_one_mean() -> None:
    values = np.array([1.0, 0.0, np.nan, 1.0, np.nan])
    np.testing.assert_array_equal(by_probe(values, np.array([0, 0, 0, 2, 3]), 5), [0.5, np.nan, 1.0, np.nan, np.nan])


def test_values_off_the_scale_are_refused() -> None:
    with pytest.raises(DataError, match="from 0 to 1"):
        looks([np.zeros(3), np.array([0.0, 2.0, 1.0])])
    with pytest.raises(DataError, match="at least a baseline"):
        looks([])


def few_and_many(seed: int, few: int = 1, many: int = 16, probes: int = 30):
    """Answers of one source: ``few`` to each probe before, ``many`` after, mostly good."""
    rng = np.random.default_rng([30, seed])
    good = rng.beta(12, 1, probes)
    for each in (few, many):
        probe = np.repeat(np.arange(probes), each)
        yield (rng.random(len(probe)) < good[probe]).astype(float), probe


def test_more_answers_on_one_side_are_no_drift() -> None:
    p = np.array([paired_p_value(*as_many(*few_and_many(seed), 30)) for seed in range(300)])
    assert (p <= 0.01).mean() <= 0.01 + 3 * math.sqrt(0.01 * 0.99 / 300)
    assert (p <= 0.05).mean() <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 300)


def test_as_many_rows_of_each_probe_count_on_both_sides() -> None:
    before, after = few_and_many(1)
    before[0][3] = np.nan
    one, other = as_many(before, after, 31)
    assert np.flatnonzero(np.isnan(one)).tolist() == np.flatnonzero(np.isnan(other)).tolist() == [3, 30]
    assert set(one[~np.isnan(one)]) | set(other[~np.isnan(other)]) == {0.0, 1.0}
    turned = as_many(before, (after[0][::-1], after[1][::-1]), 31)
    np.testing.assert_array_equal(turned, (one, other))
    equal = as_many(after, after, 31)
    np.testing.assert_array_equal(equal[0], by_probe(*after, 31))
    drawn = np.nanmean([as_many(*few_and_many(seed), 30)[1] for seed in range(200)])
    assert drawn == pytest.approx(12 / 13, abs=0.015)
