"""How many labels settle whether the share of bad rows is within a target, when one looks as they come."""

from __future__ import annotations

import math

import numpy as np
import pytest

from openloop.errors import DataError
from openloop.measures.anytime import anytime
from openloop.measures.clustered import effective
from openloop.measures.label_plan import plan_labels, remaining


@pytest.mark.parametrize(
    ("expected", "least", "most"), [(0.0, 40, 70), (0.02, 80, 180), (0.05, 250, 500), (0.5, 5, 20)]
)
def test_how_many_labels_settle_it(expected: float, least: int, most: int) -> None:
    plan = plan_labels(0.1, expected)
    assert plan.n is not None and least <= plan.n <= most


@pytest.mark.parametrize("expected", [0.03, 0.2])
@pytest.mark.parametrize(("k", "alike"), [(1, 0.0), (4, 0.5)])
def test_the_plan_keeps_its_promise(expected: float, k: int, alike: float) -> None:
    """With prompts alike too, when the design effect is in the plan."""
    rng = np.random.default_rng(0)
    plan = plan_labels(0.1, expected, deff=1 + (k - 1) * alike)
    assert plan.n is not None
    prompts = math.ceil(plan.n / k)
    settled = 0
    for _ in range(300):
        size = 1 / alike - 1 if alike else math.inf
        rate = rng.beta(expected * size, (1 - expected) * size, prompts) if alike else np.full(prompts, expected)
        bad = (rng.random((prompts, k)) < rate[:, None]).ravel().astype(float)
        e = anytime(effective(bad, np.repeat(np.arange(prompts), k), 0.95))
        right = e.high is not None and e.high <= 0.1 if expected < 0.1 else e.low is not None and e.low > 0.1
        settled += right
    # .8 promised, and no more labels than it takes: 300 draws know it to .023, and whole numbers jump by .04. A share
    # of clustered rows is more skewed than one of as many independent rows.
    assert (0.72 if k == 1 else 0.62) <= settled / 300 <= 0.92


def test_what_is_left_falls_with_the_evidence() -> None:
    left = [remaining(0.05 * n, n, 0.05, 0.1, 0.95) for n in (0, 60, 120, 200)]
    assert left == sorted(left, reverse=True) and math.log(40) / 0.0167 < left[0] < 1.6 * math.log(40) / 0.0167
    assert remaining(0.0, 200, 0.0, 0.1, 0.95) == 0
    assert remaining(10, 100, 0.1, 0.1, 0.95) == math.inf


def test_a_share_at_the_target_cannot_be_settled() -> None:
    assert plan_labels(0.1, 0.1).n is None
    with pytest.raises(DataError, match="max_bad"):
        plan_labels(1.5)
    with pytest.raises(DataError):
        plan_labels(0.1, deff=0.0)
