"""The four parts of a verdict's entropy."""

from __future__ import annotations

import math

import numpy as np
import pytest

from openloop.errors import DataError
from openloop.measures.entropy_parts import decompose, noise
from tests.support.coverage import Draws
from tests.support.entropies import h


def scored(prompts: int, k: int, r: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A verdict of class, of an attribute within the class, and of noise."""
    good = rng.random((prompts, k)) < rng.beta(2, 2, prompts)[:, None]
    other = rng.random((prompts, k)) < 0.5
    rate = np.where(good, np.where(other, 0.95, 0.6), np.where(other, 0.4, 0.05))
    verdicts = (rng.random((prompts, k, r)) < rate[..., None]).astype(int)
    return verdicts.reshape(-1, r), good.ravel().astype(float), np.repeat(np.arange(prompts), k)


def test_the_four_parts_are_those_of_an_enumerated_world() -> None:
    found = decompose(*scored(1500, 12, 6, np.random.default_rng(0)))
    x = np.random.default_rng(1).beta(2, 2, 50_000)
    share = x * 0.775 + (1 - x) * 0.225
    inside = float(np.mean([h(s) for s in share[:5000]]))
    by_class = float(x.mean()) * h(0.775) + float(1 - x.mean()) * h(0.225)
    noise = (h(0.95) + h(0.6) + h(0.4) + h(0.05)) / 4
    exact = {
        "entropy": h(float(share.mean())),
        "prompt": h(float(share.mean())) - inside,
        "class": inside - by_class,
        "within_class": by_class - noise,
        "noise": noise,
        "efficiency": (inside - by_class) / (inside - noise),
    }
    for name, value in exact.items():
        assert found[name].value == pytest.approx(value, abs=0.015), name
    parts = [found[name].value for name in ("prompt", "class", "within_class", "noise")]
    assert sum(parts) == pytest.approx(found["entropy"].value, abs=1e-6)


def test_one_scoring_cannot_tell_noise_from_the_rest() -> None:
    verdicts, gold, prompt = scored(100, 6, 1, np.random.default_rng(0))
    found = decompose(verdicts, gold, prompt)
    assert "rest_and_noise" in found and "noise" not in found and "efficiency" not in found
    alone = decompose(verdicts, gold, np.arange(len(gold)))
    assert math.isnan(alone["entropy"].value)


Rates = tuple[tuple[float, float], tuple[float, float]]

NOTHING, MIXED, PERFECT, SURFACE = (
    ((0.5, 0.5), (0.5, 0.5)),
    ((0.95, 0.6), (0.4, 0.05)),
    ((1.0, 1.0), (0.0, 0.0)),
    ((0.9, 0.1), (0.9, 0.1)),
)


def enumerated(rates: Rates) -> dict[str, float]:
    """The parts where the share of good rows of a prompt is .2, .5 or .8, and an attribute is a fair coin."""
    good, bad = (sum(r) / 2 for r in rates)
    accepted = [s * good + (1 - s) * bad for s in (0.2, 0.5, 0.8)]
    total, inside = h(sum(accepted) / 3), sum(map(h, accepted)) / 3
    by_class, rest = (h(good) + h(bad)) / 2, sum(h(r) for pair in rates for r in pair) / 4
    return {
        "entropy": total,
        "prompt": total - inside,
        "class": inside - by_class,
        "within_class": by_class - rest,
        "noise": rest,
        "rest_and_noise": by_class,
    }


def drawn(
    rates: Rates, prompts: int, k: int, r: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    good = rng.random((prompts, k)) < rng.choice([0.2, 0.5, 0.8], prompts)[:, None]
    rate = np.array(rates)[1 - good.astype(int), rng.integers(0, 2, (prompts, k))]
    verdicts = (rng.random((prompts, k, r)) < rate[..., None]).astype(int)
    return verdicts.reshape(-1, r), good.ravel().astype(float), np.repeat(np.arange(prompts), k)


Shape = tuple[int, int, int]
"""Prompts, rows of each, scorings of a row."""


def repeated(rates: Rates, shape: Shape, draws: int) -> dict[str, Draws]:
    rng, truth = np.random.default_rng(7), enumerated(rates)
    found: dict[str, Draws] = {}
    for _ in range(draws):
        for name, e in decompose(*drawn(rates, *shape, rng)).items():
            if name != "efficiency":
                found.setdefault(name, Draws()).add(e, truth[name])
    assert all(each.without in (0, draws) for each in found.values())  # a part that never varies has no interval
    return {name: each for name, each in found.items() if each.held}


def slack(shape: Shape) -> dict[str, float]:
    """What the intervals are wider by on each side, from the numbers of pairs of verdicts in cells (cell_entropy.py).

    Of two rows of a prompt a share of .62 are of one class (.2, .5 or .8 of its rows are good).
    """
    prompts, k, r = shape

    def each(pairs: float) -> float:
        return 0.7 / (2 * math.log(2)) * math.sqrt(2 / max(1, pairs))

    of_prompt = prompts * k * (k - 1)
    x, xq, xy = each(of_prompt), each(0.62 / 2 * of_prompt), each(prompts * k / 2 * r * (r - 1))
    flat = 1 / (2 * math.log(2) * prompts)
    names = {"within_class": xq + xy, "noise": xy} if r > 1 else {"rest_and_noise": xq}
    return {"entropy": flat, "prompt": x, "class": x + xq, **names}


def require_widths(found: dict[str, Draws], shape: Shape) -> None:
    """Half an interval is about t on 24 blocks times the standard error seen over the draws, and the slack."""
    for name, wider in slack(shape).items():
        if name not in found:
            continue
        half, error = float(np.mean(found[name].widths)) / 2, float(np.std(found[name].errors))
        assert half < 1e-9 > error or 0.6 <= half / (2.064 * error + wider) <= 1.4, name


@pytest.mark.parametrize("rates", [NOTHING, MIXED, PERFECT, SURFACE], ids=str)
@pytest.mark.parametrize("shape", [(100, 2, 1), (100, 2, 2), (100, 4, 4), (30, 16, 5)], ids=str)
def test_two_rows_and_two_scorings_are_enough(rates: Rates, shape: Shape) -> None:
    found = repeated(rates, shape, draws=25)
    assert max(abs(np.mean(each.errors)) for each in found.values()) <= (0.12 if shape[1] == 2 else 0.06)
    exact = (5 if shape[2] > 1 else 4) - len(found)
    assert np.mean([each.coverage for each in found.values()] + [1.0] * exact) >= 0.8
    if shape[2] > 1:
        require_widths(found, shape)


@pytest.mark.slow
@pytest.mark.parametrize("rates", [NOTHING, MIXED, PERFECT, SURFACE], ids=str)
@pytest.mark.parametrize("shape", [(100, 4, 4), (200, 8, 4)], ids=str)
def test_parts_are_covered_in_2000_draws(rates: Rates, shape: Shape) -> None:
    found = repeated(rates, shape, draws=2000)
    assert max(abs(np.mean(each.errors)) for each in found.values()) <= 0.07
    # Rows of two sharp kinds are not Dirichlet: a known bias of about .05 bits (see cell_entropy.py).
    held = {k: each.coverage for k, each in found.items() if rates != SURFACE or k not in ("noise", "within_class")}
    assert min(held.values()) >= 0.78, held
    require_widths(found, shape)


def test_efficiency_at_its_limits() -> None:
    rng = np.random.default_rng(8)
    assert math.isnan(decompose(*drawn(NOTHING, 200, 4, 4, rng))["efficiency"].value)
    assert decompose(*drawn(PERFECT, 200, 4, 4, rng))["efficiency"].value == 1
    assert decompose(*drawn(SURFACE, 200, 4, 4, rng))["efficiency"].value < 0.05
    constant = decompose(np.zeros((40, 3), dtype=int), np.tile([0.0, 1.0], 20), np.repeat(np.arange(10), 4))
    assert all(constant[name].value == 0 for name in ("entropy", "prompt", "class", "within_class", "noise"))


def test_the_order_of_rows_and_the_names_of_classes_say_nothing() -> None:
    rng = np.random.default_rng(9)
    verdicts, gold, prompt = drawn(MIXED, 20, 4, 3, rng)
    verdicts[rng.random(verdicts.shape) < 0.2] = -1
    order, other = rng.permutation(len(gold)), np.where(verdicts < 0, -1, 1 - verdicts)
    one = decompose(verdicts, gold, prompt)
    for two in (decompose(verdicts[order], gold[order], prompt[order]), decompose(other, gold, prompt)):
        for name, e in one.items():
            assert [e.value, e.low] == pytest.approx([two[name].value, two[name].low], abs=1e-9), name


def test_noise_needs_no_gold() -> None:
    rng = np.random.default_rng(10)
    verdicts = (rng.random((4000, 4)) < rng.choice([0.1, 0.9], (4000, 1))).astype(int)
    e = noise(verdicts)
    assert e.value == pytest.approx(h(0.1), abs=0.06) and e.low is not None and e.low <= e.value
    assert noise(np.repeat(verdicts[:, :1], 4, 1)).value < 0.01
    assert math.isnan(noise(verdicts[:, :1]).value)


def test_shapes_that_do_not_fit() -> None:
    verdicts, gold, prompt = drawn(MIXED, 20, 4, 3, np.random.default_rng(0))
    for wrong in ((verdicts[:, 0], gold, prompt), (verdicts, gold[1:], prompt), (verdicts, gold, prompt[1:])):
        with pytest.raises(DataError):
            decompose(*wrong)
