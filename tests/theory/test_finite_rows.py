"""A generator of few rows, a verifier, and what is learnt."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from openloop.errors import InputError
from openloop.theory.finite_rows import GaussianClasses, learning_curves, logistic_share


def test_finite_rows_come_to_the_verifier_or_to_the_truth() -> None:
    world = GaussianClasses()
    assert world.bayes == pytest.approx(0.9405, abs=1e-3)
    angles = {"none": None, "oracle": 0.0, "weak": math.pi / 6}
    found = learning_curves(world, [500], angles, 60_000, [1_000, 20_000], np.random.default_rng(0))
    end = {name: curve[20_000] for (name, _), curve in found.items()}
    assert end["clean"] > 0.99 and end["oracle"] > 0.99
    assert end["none"] < end["weak"] < end["oracle"] and end["weak"] > 0.985
    assert found["oracle", 500][1_000] < end["oracle"]
    assert logistic_share(world, 500, 0.0, 20_000, np.random.default_rng(0)) > 0.99


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: GaussianClasses(1), "dims"),
        (
            lambda: learning_curves(GaussianClasses(), [0], {"none": None}, 10, [5], np.random.default_rng(0)),
            "real rows",
        ),
    ],
)
def test_impossible_arguments_are_refused(call: Any, says: str) -> None:
    with pytest.raises(InputError, match=says):
        call()
