"""Whether a verdict says more of gold than the model's own confidence does."""

from __future__ import annotations

import math

import numpy as np
import pytest

from openloop.errors import DataError
from openloop.measures.added_information import AddedInformation, added_information
from tests.support.coverage import require_uniform

CLOSED = ("cut", "noisy", "copy", "best of prompt")


def confident(
    kind: str, rng: np.random.Generator, shape: tuple[int, int] = (100, 8)
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Verdict, gold, confidence, prompt: gold is a function of the confidence and chance."""
    confidence = rng.normal(size=shape[0])[:, None] + rng.normal(size=shape)
    gold = rng.random(shape) < 1 / (1 + np.exp(-confidence))
    match kind:
        case "cut":
            verdict = confidence > 0.3
        case "copy":
            verdict = confidence
        case "best of prompt":
            verdict = confidence >= confidence.max(1, keepdims=True)
        case "noisy":
            verdict = rng.random(shape) < 1 / (1 + np.exp(-2 * confidence))
        case _:
            verdict = rng.random(shape) < np.where(gold, 0.7, 0.4)
    return (
        verdict.ravel().astype(float),
        gold.ravel().astype(float),
        confidence.ravel(),
        np.repeat(np.arange(shape[0]), shape[1]),
    )


def drawn(kind: str, draws: int, shape: tuple[int, int] = (100, 8)) -> list[AddedInformation]:
    rng = np.random.default_rng(2)
    found = [added_information(*confident(kind, rng, shape)) for _ in range(draws)]
    return [o for o in found if o is not None]


def p_values(found: list[AddedInformation], name: str) -> np.ndarray:
    return np.array([getattr(o, name).p_value for o in found])


@pytest.mark.parametrize("kind", CLOSED)
def test_a_function_of_the_confidence_is_not_open(kind: str) -> None:
    found = drawn(kind, 100)
    for name in ("pooled", "within"):
        assert np.mean(p_values(found, name) <= 0.05) <= 0.1, name
    assert np.mean([o.bits.low is not None and o.bits.low > 0 for o in found]) <= 0.05


def test_p_values_of_nothing_are_nearly_uniform() -> None:
    found = drawn("noisy", 400, (50, 4))
    for name in ("pooled", "within"):
        require_uniform(p_values(found, name))


@pytest.mark.slow
@pytest.mark.parametrize("kind", CLOSED)
def test_sizes_in_2000_draws(kind: str) -> None:
    found = drawn(kind, 2000)
    sizes = [float(np.mean(p_values(found, name) <= 0.05)) for name in ("pooled", "within")]
    assert max(sizes) <= 0.08, sizes
    assert np.mean([o.bits.low is not None and o.bits.low > 0 for o in found]) <= 0.03


def test_a_verdict_from_outside_is_open() -> None:
    rng = np.random.default_rng(3)
    found = [added_information(*confident("outside", rng)) for _ in range(20)]
    for o in found:
        assert o is not None and o.within is not None
        assert o.pooled.p_value < 0.01 and o.pooled.z > 0 and o.within.p_value < 0.05
    assert np.mean([o.bits.low is not None and o.bits.low > 0 for o in found if o is not None]) >= 0.9


def test_openness_needs_rows_and_variation() -> None:
    verdict, gold, confidence, prompt = confident("cut", np.random.default_rng(0))
    assert added_information(verdict[:40], gold[:40], confidence[:40], prompt[:40]) is None
    assert added_information(np.ones_like(verdict), gold, confidence, prompt) is None
    assert added_information(verdict, np.full_like(gold, math.nan), confidence, prompt) is None


def test_the_order_of_rows_says_nothing() -> None:
    rng = np.random.default_rng(5)
    columns = confident("outside", rng)
    order = rng.permutation(len(columns[0]))
    one, two = added_information(*columns), added_information(*(c[order] for c in columns))
    assert one is not None and two is not None and one.within is not None and two.within is not None
    assert one.pooled.z == pytest.approx(two.pooled.z) and one.within.z == pytest.approx(two.within.z)
    assert one.bits.value == pytest.approx(two.bits.value, abs=1e-6)


def test_what_does_not_fit_is_refused() -> None:
    verdict, gold, confidence, prompt = confident("cut", np.random.default_rng(0))
    for wrong in ((verdict[1:], gold, confidence, prompt), (verdict, gold + 1, confidence, prompt)):
        with pytest.raises(DataError):
            added_information(*wrong)


def test_an_interval_wider_than_gold_itself_is_none() -> None:
    rng = np.random.default_rng(0)
    gold = (rng.random(50) < 0.9).astype(float)
    found = added_information(gold * (rng.random(50) < 0.9), gold, rng.normal(size=50), np.arange(50) // 5)
    assert found is not None
    low, high = found.bits.low, found.bits.high
    assert (low is None and "wider than gold" in found.bits.method) or (low is not None and high is not None)
    assert low is None or high is None or high - low <= 0.5
