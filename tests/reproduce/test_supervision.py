"""Information in a signal: verdicts follow the bits."""

from __future__ import annotations

import numpy as np
import pytest

from openloop.reproduce.supervision import ACCEPTABLE, coarse_and_fine, noisy_class_signal, repeats

CONDITION = "true under a stated condition"
NOISY, SURE = [0.19, 0.94], [1.0, 1.0]


@pytest.mark.parametrize(
    ("error", "often", "says"), [(0.0, 1, "reproduced"), (0.49, 10_000, CONDITION), (0.49, 10, "false")]
)
def test_a_class_signal_is_robust_to_noise_as_far_as_it_still_tells(error: float, often: int, says: str) -> None:
    robust, empty = noisy_class_signal(error, often)
    assert robust.verdict == says
    # η is 1 whatever the noise; only a signal that tells nothing shows that this says nothing of how much it tells.
    assert empty.value == pytest.approx(1.0) and empty.verdict == ("false" if error == 0 else "reproduced")


def test_the_coarse_signal_is_ahead_always_up_to_the_edge_or_not_there() -> None:
    mass = np.linspace(0.05, 0.95, 19)
    edge = ACCEPTABLE / (ACCEPTABLE + 1)
    upto = np.where(mass < edge, 1.0, 0.0)
    flat = np.full(len(mass), 0.5)
    for coarse, says in ((upto, CONDITION), (1 + flat, "reproduced"), (0 * flat, "false"), (1 - upto, "false")):
        (found,) = coarse_and_fine(mass, np.stack([coarse, flat], 1))
        assert found.verdict == says


def test_repeats_add_nothing_only_for_the_same_pair_without_noise() -> None:
    assert [one.verdict for one in repeats(NOISY, SURE, 0.87)] == [CONDITION, CONDITION]
    assert [one.verdict for one in repeats(SURE, SURE, 0.0)] == ["reproduced", "reproduced"]
    assert [one.verdict for one in repeats(NOISY, NOISY, 0.87)] == ["false", "false"]
