"""How many labels settle whether the share of bad rows is within a target."""

from __future__ import annotations

import numpy as np
import pytest

from openloop.errors import DataError
from openloop.measures import clustered
from openloop.measures.label_plan import plan_labels


@pytest.mark.parametrize(("expected", "least", "most"), [(0.0, 29, 29), (0.02, 50, 80), (0.05, 200, 300), (0.5, 5, 20)])
def test_how_many_labels_settle_it(expected: float, least: int, most: int) -> None:
    plan = plan_labels(0.1, expected)
    assert plan.n is not None and least <= plan.n <= most


def test_the_plan_keeps_its_promise() -> None:
    rng = np.random.default_rng(0)
    for expected in (0.03, 0.2):
        plan = plan_labels(0.1, expected)
        settled = 0
        for bad in rng.binomial(plan.n or 0, expected, 400):
            e = clustered.proportion(np.r_[np.ones(bad), np.zeros((plan.n or 0) - bad)])
            settled += bool(e.high is not None and e.high <= 0.1) or bool(e.low is not None and e.low > 0.1)
        # .8 promised, and no more labels than it takes: 400 draws know it to .02, and whole numbers jump by .04.
        assert 0.74 <= settled / 400 <= 0.9


def test_a_share_at_the_target_cannot_be_settled() -> None:
    assert plan_labels(0.1, 0.1).n is None
    with pytest.raises(DataError, match="max_bad"):
        plan_labels(1.5)
    with pytest.raises(DataError):
        plan_labels(0.1, deff=0.5)
