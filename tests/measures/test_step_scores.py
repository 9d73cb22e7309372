"""One score from the scores of an answer's steps."""

from __future__ import annotations

import math

import pytest

from openloop.errors import InputError
from openloop.measures.step_scores import AGGREGATES, aggregate_steps


@pytest.mark.parametrize(("how", "value"), [("min", 0.2), ("last", 0.5), ("mean", 0.5), ("product", 0.08)])
def test_known_values(how: str, value: float) -> None:
    assert aggregate_steps([0.8, 0.2, 0.5], how) == pytest.approx(value)
    assert math.isnan(aggregate_steps([], how)) and math.isnan(aggregate_steps([math.nan], how))
    assert aggregate_steps([0.3], how) == pytest.approx(0.3)


def test_a_step_without_a_score_is_left_out_but_not_as_the_last() -> None:
    steps = [0.8, math.nan, 0.5]
    assert [aggregate_steps(steps, how) for how in ("min", "mean", "product")] == pytest.approx([0.5, 0.65, 0.4])
    assert aggregate_steps(steps, "last") == 0.5
    assert math.isnan(aggregate_steps([0.8, math.nan], "last"))


def test_products_of_long_lists_keep_their_order() -> None:
    longer, long, short = (aggregate_steps([0.1] * n, "product") for n in (2000, 1000, 200))
    assert 0 < longer < long < short < 1e-199
    assert aggregate_steps([0.1] * 1000 + [0.0], "product") == 0
    assert aggregate_steps([0.999] * 1000, "product") == pytest.approx(0.999**1000)


def test_what_is_refused() -> None:
    with pytest.raises(InputError, match="did you mean 'mean'"):
        aggregate_steps([1.0], "maen")
    for scores in ([-1.0, 1.0], [3.0]):
        with pytest.raises(InputError, match="from 0 to 1, got"):
            aggregate_steps(scores, "product")
    assert set(AGGREGATES) == {"min", "last", "mean", "product"}
