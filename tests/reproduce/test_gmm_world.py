"""A simulated world: what synthetic data adds is measured, not built in."""

from __future__ import annotations

import numpy as np

from openloop.reproduce.gmm_world import J, K, L, claims, measured, share_beyond
from openloop.theory.gmm import rounds


def test_both_claims_follow_the_worlds() -> None:
    real, synthetic, beyond = measured(0, 60)
    assert [one.verdict for one in claims(real, synthetic, beyond)] == ["reproduced", "reproduced"]
    assert claims(synthetic, real, beyond)[0].verdict == "false"


def test_a_generator_that_is_the_truth_does_not_extend_beyond_it() -> None:
    rng = np.random.default_rng(0)
    truth = rounds(60, K, J, L, rng).truth
    beyond = share_beyond(truth, truth, rng)
    assert beyond.mean() < 0.03
    assert claims(np.zeros(60), np.ones(60), beyond)[1].verdict == "false"
