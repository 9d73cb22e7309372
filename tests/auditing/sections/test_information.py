"""Whether a verdict says anything about gold, and anything that the model did not know."""

from __future__ import annotations

import numpy as np

import openloop as library
from tests.support.audited import Rows, ids
from tests.support.worlds import World


def test_a_verdict_that_is_noise_adds_nothing() -> None:
    noise, useful = (library.audit(World(0.05, 0.5, psi, 800, 1).rows()) for psi in (0.5, 0.05))
    assert "verdict-adds-nothing" in ids(noise) and "verdict-adds-nothing" not in ids(useful)
    assert noise.estimate("information.about_gold").value < useful.estimate("information.about_gold").value


def test_a_useful_verifier_of_rare_faults_adds_something() -> None:
    """Few bits a row, since there are few to know: half of the bad rows are stopped, one in twenty of the good."""
    found = [library.audit(World(0.02, 0.95, 0.5, 2000, 1).rows(seed)) for seed in range(3)]
    assert all(audit.estimate("information.about_gold").value < 0.05 for audit in found)
    assert not any("verdict-adds-nothing" in ids(audit) for audit in found)


def test_nothing_is_said_of_a_handful_of_bad_rows() -> None:
    assert "verdict-adds-nothing" not in ids(library.audit(World(0.02, 0.5, 0.5, 600, 1).rows()))


def with_confidence(knows: float, seed: int = 0, n: int = 3000, bad: float = 0.3) -> Rows:
    """A verdict that is a cut of the model's confidence, but for ``knows`` of the bad rows, which it stops."""
    rng = np.random.default_rng(seed)
    good = rng.random(n) >= bad
    confidence = np.round(rng.normal(good.astype(float)), 3)
    passes = (confidence > 0) & (good | (rng.random(n) >= knows))
    return [
        {"prompt": f"q{i}", "completion": f"c {i}", "gold": bool(g), "verdict": bool(v), "sure": float(c)}
        for i, (g, v, c) in enumerate(zip(good, passes, confidence, strict=True))
    ]


def test_a_cut_of_the_confidence_closes_the_loop() -> None:
    closed = library.audit(with_confidence(0.0), confidence="sure")
    (finding,) = (f for f in closed.findings if f.id == "verdict-adds-nothing")
    assert "closes the loop" in finding.text and "a finding below 3%" in finding.text
    for seed in range(2):
        rare = library.audit(with_confidence(0.6, seed, bad=0.03), confidence="sure")
        assert "verdict-adds-nothing" not in ids(rare)
