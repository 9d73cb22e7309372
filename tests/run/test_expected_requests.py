"""How many requests `train_rows` will take: known answers, limits, and coverage in simulated rounds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from openloop.measures import clustered
from openloop.recipe import read_recipe
from openloop.recipe.execute import plan_recipe
from openloop.records import Estimate
from openloop.run.expected_requests import requests_for
from tests.support.recipes import verified_by
from tests.support.runs import finished, run_quietly

CHECK = verified_by({"use": "simulated", "phi": 0.9, "psi": 0.2})


def seen(value: float, low: float | None, high: float | None, n: int = 100) -> Estimate:
    return Estimate(value, low, high, 0.95, n)


def test_a_yield_that_is_known_well_gives_rows_over_yield() -> None:
    low, middle, high = requests_for(1_000, seen(0.25, 0.2499, 0.2501, 10**9))
    assert middle == 4_000
    assert low == pytest.approx(4_000, rel=0.3) and high == pytest.approx(4_000, rel=0.3)


def test_what_was_never_seen_has_no_expectation_and_what_has_no_lower_bound_no_end() -> None:
    assert requests_for(100, seen(0.0, None, 0.05)) == (2_000, None, None)
    assert requests_for(100, seen(0.5, None, None)) == (0.0, 200, None)
    _, middle, high = requests_for(100, seen(0.1, None, 0.3))
    assert (middle, high) == (1_000, None)


def test_fewer_seen_requests_leave_a_wider_range() -> None:
    widths = []
    for n in (20, 200, 2_000):
        found = clustered.proportion(np.arange(n) % 4 == 0, np.arange(n))
        low, _, high = requests_for(10_000, found)
        widths.append((high or np.inf) - low)
    assert widths == sorted(widths, reverse=True) and widths[-1] < widths[0] / 3


@pytest.mark.parametrize(("share", "alike"), [(0.5, 0.0), (0.5, 0.5), (0.15, 0.3), (0.9, 0.3)])
def test_the_range_covers_the_requests_that_simulated_rounds_take(share: float, alike: float) -> None:
    """Prompts with four samples each, whose rates differ; 60 prompts are seen, then 600 rows are asked for."""
    rng, covered, rounds = np.random.default_rng(5), 0, 400
    for _ in range(rounds):
        a = share * (1 / alike - 1) if alike else 0.0
        rates = rng.beta(a, a * (1 - share) / share, 4_000) if alike else np.full(4_000, share)
        hits = rng.random((4_000, 4)) < rates[:, None]
        found = clustered.proportion(hits[:60].ravel().astype(float), np.repeat(np.arange(60), 4))
        taken = int(np.searchsorted(np.cumsum(hits[60:].ravel()), 600)) + 1
        low, _, high = requests_for(600, found)
        covered += low <= taken <= (np.inf if high is None else high)
    assert covered / rounds >= 0.925  # nominally .95


@pytest.fixture
def plan(recipe: Callable[..., Path], tmp_path: Path) -> Callable[..., Any]:
    """The plan of a recipe of one verified arm, after it ran with another ``train_rows``, or before it ran."""

    def make(rows: int, ran_with: int | None = None, **changes: Any) -> Any:
        settings = {"seeds": [0], "rounds": 1, "arms": {"verified": CHECK}, "max_batches": 200} | changes
        if ran_with is not None:
            run_quietly(read_recipe(recipe(**settings, train_rows=ran_with)), tmp_path / "run")
        return plan_recipe(read_recipe(recipe(**settings, train_rows=rows)), tmp_path / "run")

    return make


def test_before_any_batch_only_the_least_is_known(plan: Callable[..., Any]) -> None:
    (one,) = plan(5_000).expected
    assert one.seen is None
    assert one.batches == (-(-5_000 // 120), None, None)  # batches of 60 prompts, two samples each
    assert one.requests[0] == one.batches[0] * 120


def test_after_a_batch_the_yield_that_was_seen_is_extrapolated(plan: Callable[..., Any]) -> None:
    (one,) = plan(5_000, ran_with=60).expected
    low, middle, high = one.requests
    assert one.seen is not None and one.seen.rows.n == 120
    assert low < middle < high
    assert middle == pytest.approx(5_000 / one.seen.rows.value, abs=120)


def test_the_run_itself_takes_what_its_plan_expected(plan: Callable[..., Any], recipe: Any, tmp_path: Path) -> None:
    (one,) = plan(1_500, ran_with=60).expected
    settings = {"seeds": [0], "rounds": 1, "arms": {"verified": CHECK}, "max_batches": 200, "train_rows": 1_500}
    run_quietly(read_recipe(recipe(**settings)), tmp_path / "other")
    taken = sum(s.result["requested"] for s in finished(tmp_path / "other", "sample", "loop"))
    assert one.requests[0] <= taken <= one.requests[2]


def test_requests_that_gave_nothing_tell_the_least_alone(recipe: Callable[..., Path], tmp_path: Path) -> None:
    none = {"none": verified_by({"use": "simulated", "phi": 0.0, "psi": 0.0})}
    settings = {"arms": none, "seeds": [0], "rounds": 1, "train_rows": 5_000}
    run_quietly(read_recipe(recipe(**settings, max_batches=1)), tmp_path / "run")
    (one,) = plan_recipe(read_recipe(recipe(**settings, max_batches=500)), tmp_path / "run").expected
    low, middle, high = one.requests
    assert low > 5_000 and middle is None and high is None  # 120 requests: at most a few in a hundred give a row


def test_more_batches_than_max_batches_allows_is_said(
    openloop: Any, recipe: Callable[..., Path], plan: Callable[..., Any]
) -> None:
    assert plan(5_000, max_batches=10).expected[0].falls_short
    assert not plan(500, max_batches=10).expected[0].falls_short
    said = openloop("plan", recipe(train_rows=5_000, max_batches=3, seeds=[0], rounds=1))
    assert "surely too few" in " ".join(said.out.split())


def test_arms_that_share_their_samples_are_each_extrapolated(plan: Callable[..., Any]) -> None:
    made = plan(1_000, ran_with=60, arms={"closed": {}, "verified": CHECK})
    closed, verified = sorted(made.expected, key=lambda one: one.step.arm)
    assert closed.requests[1] < verified.requests[1]
