"""A verifier that may learn a spurious feature."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from openloop.errors import InputError
from openloop.theory.reward_hacking import hacked_until, learning


def test_what_is_coarse_is_learnt_first_and_kept() -> None:
    times = np.array([0.0, 0.1, 1000.0])
    hacked, mended = learning(0.9, 2.0, 0.7, times), learning(0.0, 2.0, 0.7, times)
    assert hacked.accuracy[0] == 0.5 and hacked.spurious[1] > 5 * hacked.true[1]
    assert hacked.at_home[-1] > 0.94 and hacked.accuracy[-1] < 0.55
    assert mended.accuracy[-1] == pytest.approx(0.5 * (1 + math.erf(0.7 / math.sqrt(2))))
    assert abs(mended.spurious[-1]) < 1e-9
    assert hacked_until(0.9, 2.0, 0.7) == math.inf and hacked_until(0.9, 0.1, 2.0) < 1e-3


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: learning(2.0, 1, 1, np.array([1.0])), "correlation"),
        (lambda: learning(0, 1, 1, np.array([-1.0])), "times"),
    ],
)
def test_impossible_arguments_are_refused(call: Any, says: str) -> None:
    with pytest.raises(InputError, match=says):
        call()
