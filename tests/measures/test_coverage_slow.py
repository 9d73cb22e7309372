"""Coverage of the verifier's intervals, 2,000 draws a cell (`make test-slow`).

The last results are in docs/evidence/slow-tests.md.

The criterion: at least .93 in every cell; .935 to .965 where there are 100 prompts or more and 10 expected events of
each kind, truths averaged over a smooth grid; elsewhere conservative. A rate of 2,000 draws is known to ±.005 (one
standard error): a limit is missed where it is missed by more than 1.5 of them.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest

from openloop.measures.few_labels import post_stratified
from openloop.measures.verifier_quality import quality
from openloop.records import Estimate
from tests.support.worlds import World

pytestmark = pytest.mark.slow
DRAWS = 2000
NOISE = 0.0075
SHAPES = (
    (30, 1, 0.0),
    (200, 1, 0.0),
    (200, 2, 0.3),
    (100, 4, 0.3),
    (100, 4, 0.7),
    (40, 10, 0.3),
    (10, 10, 0.3),
)
CELLS = [
    (World(p, phi, psi, prompts, k, icc))
    for prompts, k, icc in SHAPES
    for p, phi, psi in ((0.1, 0.9, 0.2), (0.3, 0.9, 0.2), (0.3, 0.6, 0.4), (0.5, 0.95, 0.1))
]
SPARSE = [(World(p, 0.9, 0.2, 3000, 1), n) for p in (0.1, 0.3) for n in (30, 100, 300)]


def smooth(world: World, rng: np.random.Generator) -> World:
    """The same with its rates moved a little: whole numbers make the coverage at a single truth jump."""
    p, phi, psi = (float(np.clip(v + rng.uniform(-0.04, 0.04), 0.02, 0.98)) for v in (world.p, world.phi, world.psi))
    return replace(world, p=p, phi=phi, psi=psi)


def covered(e: Estimate, truth: float) -> bool | None:
    if e.low is None and e.high is None:
        return None
    return (-math.inf if e.low is None else e.low) - 1e-12 <= truth <= (math.inf if e.high is None else e.high) + 1e-12


def plentiful(world: World, rows: float) -> dict[str, bool]:
    """Whether ten effective events of each kind are expected, for each estimate."""
    size = 1 + (world.k - 1) * world.icc
    good, bad = rows * (1 - world.p) / size, rows * world.p / size
    enough = {
        "p": min(good, bad) >= 10,
        "phi": good * min(world.phi, 1 - world.phi) >= 10,
        "psi": bad * min(world.psi, 1 - world.psi) >= 10,
        "bad_after": min(bad * world.psi, good * world.phi) >= 10,
    }
    enough["ratio"] = enough["breakdown"] = enough["phi"] and enough["psi"]
    return {name: ok and world.prompts >= 100 for name, ok in enough.items()}


def judge(world: World, held: dict[str, list[bool]], undefined: dict[str, int], rows: float) -> None:
    strict = plentiful(world, rows)
    for name, values in held.items():
        rate = float(np.mean(values))
        kind = "strict" if strict[name] else "at least .93"
        print(f"  {name:10s} {rate:.4f}  {kind}  undefined {undefined[name] / DRAWS:.3f}")
        assert rate >= 0.93 - NOISE, (world, name, rate)
        if strict[name]:
            assert 0.935 - NOISE <= rate <= 0.965 + NOISE, (world, name, rate)


@pytest.mark.parametrize("world", CELLS, ids=str)
def test_known_gold(world: World) -> None:
    rng = np.random.default_rng(11)
    held: dict[str, list[bool]] = defaultdict(list)
    undefined: dict[str, int] = defaultdict(int)
    for _ in range(DRAWS):
        mine = smooth(world, rng)
        for name, e in quality(*mine.draw(rng)).items():
            hit = covered(e, mine.truth[name])
            if hit is None:
                undefined[name] += 1
            else:
                held[name].append(hit)
    print(f"\n{world}")
    judge(world, held, undefined, world.prompts * world.k)


@pytest.mark.parametrize(("world", "labels"), SPARSE, ids=str)
def test_few_labels(world: World, labels: int) -> None:
    rng = np.random.default_rng(12)
    held: dict[str, list[bool]] = defaultdict(list)
    undefined: dict[str, int] = defaultdict(int)
    for _ in range(DRAWS):
        mine = smooth(world, rng)
        gold, accept, prompt = mine.draw(rng)
        known = np.full(len(gold), np.nan)
        rows = rng.choice(len(gold), labels, replace=False)
        known[rows] = gold[rows]
        for name, e in post_stratified(known, accept, prompt).items():
            hit = covered(e, mine.truth[name])
            if hit is None:
                undefined[name] += 1
            else:
                held[name].append(hit)
    print(f"\n{world}, {labels} labels")
    judge(replace(world, prompts=99), held, undefined, labels)  # labels are few: at least .93
