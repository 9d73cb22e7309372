"""No interval of an audit has no width, none leaves its quantity's range, none comes from a handful of rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import openloop
from openloop.records import Estimate
from tests.support.worlds import World

SHARES = ("verifier.p", "verifier.phi", "verifier.psi", "verifier.breakdown", "verifier.bad_after", "verifier.auc")


def scored(world: World, seed: int) -> list[dict[str, Any]]:
    """Rows whose verdict is a score that goes with the old verdict."""
    rng = np.random.default_rng(seed)
    return [
        {k: v for k, v in row.items() if k != "verdict"} | {"score": round(float(row["verdict"] + rng.normal() / 4), 2)}
        for row in world.rows(seed)
    ]


WORLDS = {
    "perfect": World(0.3, 1.0, 0.0, 60, 4).rows(),
    "all good": World(0.0, 1.0, 0.0, 60, 4).rows(),
    "twelve rows": World(0.3, 0.9, 0.2, 12, 1).rows(2),
    "few prompts": World(0.3, 0.9, 0.2, 4, 8, 0.3).rows(3),
    "one bad in fifty": World(0.02, 0.95, 0.3, 100, 3).rows(4),
    "perfect score": scored(World(0.3, 1.0, 0.0, 40, 8, 0.3), 5),
    "score of few bad": scored(World(0.03, 0.9, 0.3, 60, 4, 0.3), 6),
}


@pytest.mark.parametrize("name", WORLDS)
def test_intervals_have_width_and_stay_where_they_can_be(name: str) -> None:
    estimates = openloop.audit(WORLDS[name]).estimates
    assert estimates
    for e in estimates:
        if e.estimate.low is None or e.estimate.high is None:
            continue
        inside(f"{e.name} {e.stratum}", e.estimate)


def inside(name: str, e: Estimate) -> None:
    """What holds for every estimate with two bounds."""
    assert e.low is not None and e.high is not None
    said = f"{name}: {e}"
    assert e.low - 1e-9 <= e.value <= e.high + 1e-9 and e.high - e.low > 1e-9, said
    # The decision's own bounds are exact for any number of labels.
    assert e.n >= 10 or "prompts" in e.method or e.method.startswith("exact binomial"), said
    if name.startswith(SHARES):
        assert e.low >= 0 and e.high <= 1, said
    if name.startswith(("information.", "openness.bits")):
        assert e.high - e.low <= 3, said
