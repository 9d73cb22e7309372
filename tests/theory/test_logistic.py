"""Many ridge logistic regressions at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from openloop.errors import InputError
from openloop.theory.logistic import fit_many


def test_many_regressions_are_those_of_a_library() -> None:
    from scipy.optimize import minimize

    rng = np.random.default_rng(0)
    x = rng.standard_normal((400, 3)).astype(np.float32)
    y, keep = rng.random((400, 4)) < 0.4, rng.random((400, 4)) < 0.7
    found = fit_many(x, y, keep, 0.05)
    for b in range(4):
        sign, mask = 2.0 * y[:, b] - 1, keep[:, b]

        def loss(w: Any, sign: Any = sign, mask: Any = mask) -> float:
            return float((mask * np.logaddexp(0, -sign * (x @ w))).mean() + 0.025 * (w @ w))

        assert found[:, b] == pytest.approx(minimize(loss, np.zeros(3), tol=1e-10).x, abs=2e-4)
    assert (fit_many(x, y, np.zeros_like(keep), 0.05) == 0).all()


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (
            lambda: fit_many(np.ones((3, 2), np.float32), np.ones((2, 1), bool), np.ones((2, 1), bool), 1.0),
            "needs rows",
        ),
    ],
)
def test_impossible_arguments_are_refused(call: Any, says: str) -> None:
    with pytest.raises(InputError, match=says):
        call()
