"""Bits of a verdict, and whether they come from outside."""

from __future__ import annotations

import math

import numpy as np
import pytest

from openloop.measures.decomposition import decompose
from openloop.measures.information import about_gold, classes, entropy
from openloop.measures.openness import openness

from .worlds import World


def h(p: float) -> float:
    return 0.0 if p in (0, 1) else -p * math.log2(p) - (1 - p) * math.log2(1 - p)


def bits(w: World) -> float:
    kept = (1 - w.p) * w.phi + w.p * w.psi
    return h(kept) - (1 - w.p) * h(w.phi) - w.p * h(w.psi)


def test_classes_of_a_verdict() -> None:
    assert classes(np.array([0.2, math.nan, 0.9, 0.2])).tolist() == [0, -1, 1, 0]
    many = classes(np.arange(800.0))
    assert np.bincount(many).tolist() == [100] * 8


def test_a_verdict_that_is_gold_says_all_of_it() -> None:
    gold = np.repeat([0.0, 1.0], 200)
    e, p = about_gold(gold.astype(int), gold, None, np.random.default_rng(0))
    assert e.value == pytest.approx(1, abs=0.01) and p is not None and p < 0.01
    assert entropy(gold.astype(int)) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("world", [World(0.5, 0.9, 0.2, 100, 1), World(0.3, 0.9, 0.2, 60, 5, 0.3)], ids=str)
def test_strong_signals_are_covered(world: World) -> None:
    rng, held = np.random.default_rng(0), []
    for _ in range(300):
        gold, accept, prompt = world.draw(rng)
        e, _ = about_gold(accept.astype(int), gold, prompt, rng, shuffles=99)
        assert e.low is not None and e.high is not None
        held.append(e.low <= bits(world) <= e.high)
    assert np.mean(held) >= 0.92


@pytest.mark.parametrize("world", [World(0.3, 0.5, 0.5, 150, 1), World(0.4, 0.6, 0.6, 50, 4, 0.4)], ids=str)
def test_nothing_has_a_uniform_p_and_a_bound_that_starts_at_zero(world: World) -> None:
    rng, p_values, bounds = np.random.default_rng(1), [], []
    for _ in range(300):
        gold, accept, prompt = world.draw(rng)
        e, p = about_gold(accept.astype(int), gold, prompt, rng, shuffles=199)
        assert p is not None and e.low is not None
        p_values.append(p)
        bounds.append(e.low == 0)
    sizes = [float(np.mean(np.array(p_values) <= level)) for level in (0.05, 0.25, 0.5, 0.75)]
    assert sizes[0] <= 0.09 and sizes[1:] == pytest.approx([0.25, 0.5, 0.75], abs=0.09)
    assert np.mean(bounds) >= 0.9


def test_too_little_is_undefined() -> None:
    for verdict, gold in (([0, 1] * 3, [0, 1] * 3), ([1] * 20, [0, 1] * 10)):
        e, p = about_gold(np.array(verdict), np.array(gold, float), None, np.random.default_rng(0))
        assert math.isnan(e.value) and p is None


def scored(
    prompts: int, k: int, r: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
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


def confident(kind: str, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Verdict, gold, confidence, prompt: gold is a function of the confidence and chance."""
    confidence = rng.normal(size=100)[:, None] + rng.normal(size=(100, 8))
    gold = rng.random((100, 8)) < 1 / (1 + np.exp(-confidence))
    match kind:
        case "cut":
            verdict = confidence > 0.3
        case "noisy":
            verdict = rng.random((100, 8)) < 1 / (1 + np.exp(-2 * confidence))
        case _:
            verdict = rng.random((100, 8)) < np.where(gold, 0.7, 0.4)
    return (
        verdict.ravel().astype(float),
        gold.ravel().astype(float),
        confidence.ravel(),
        np.repeat(np.arange(100), 8),
    )


@pytest.mark.parametrize("kind", ["cut", "noisy"])
def test_a_function_of_the_confidence_is_not_open(kind: str) -> None:
    rng = np.random.default_rng(2)
    found = [openness(*confident(kind, rng)) for _ in range(150)]
    for name in ("pooled", "within"):
        size = np.mean([getattr(o, name).p_value <= 0.05 for o in found if o is not None])
        assert size <= 0.1, name
    assert np.mean([o.bits.low > 0 for o in found if o is not None and o.bits.low is not None]) <= 0.05


def test_a_verdict_from_outside_is_open() -> None:
    rng = np.random.default_rng(3)
    found = [openness(*confident("outside", rng)) for _ in range(20)]
    for o in found:
        assert o is not None and o.within is not None
        assert o.pooled.p_value < 0.01 and o.pooled.z > 0 and o.within.p_value < 0.05
    assert np.mean([o.bits.low is not None and o.bits.low > 0 for o in found if o is not None]) >= 0.9


def test_openness_needs_rows_and_variation() -> None:
    verdict, gold, confidence, prompt = confident("cut", np.random.default_rng(0))
    assert openness(verdict[:40], gold[:40], confidence[:40], prompt[:40]) is None
    assert openness(np.ones_like(verdict), gold, confidence, prompt) is None
    assert openness(verdict, np.full_like(gold, math.nan), confidence, prompt) is None
