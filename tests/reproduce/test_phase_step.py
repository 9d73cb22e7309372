"""The step at p★: where accuracy switches decides, whichever way."""

from __future__ import annotations

import numpy as np

from openloop.arrays import Values
from openloop.reproduce.phase_step import RATIOS, claims
from openloop.theory.breakdown import breakdown_point, proxy_points

GRID = np.linspace(0.3, 1.0, 141)


def steps(at: list[float], width: float = 0.002) -> Values:
    """Accuracies [3, ratios, P] that fall from 1 to 0 at some p, in a straight line so wide."""
    return np.array([[np.clip(0.5 + (p - GRID) / width / 2, 0, 1) for p in at] for _ in range(3)])


STARS = [float(breakdown_point(1.0, ratio)) for ratio in RATIOS]
STARS[-1] = 1.1


def verdicts(accuracy: Values) -> list[str]:
    return [one.verdict for one in claims(GRID, accuracy)[0]]


def test_a_step_at_the_breakdown_point_reproduces_it_and_one_elsewhere_refutes_it() -> None:
    assert verdicts(steps(STARS))[:5] == ["reproduced"] * 5
    assert verdicts(steps([star - 0.05 for star in STARS]))[:4] == ["false"] * 4


def test_the_proxy_agrees_holds_under_a_condition_or_does_not() -> None:
    proxies = [proxy_points(1.0, ratio, 0.1)[0] for ratio in RATIOS[:-1]]
    assert verdicts(steps([*proxies, 1.1]))[5] == "reproduced"
    assert verdicts(steps(STARS))[5] == "true under a stated condition"
    assert verdicts(steps([*(p - 0.1 for p in proxies), 1.1]))[5] == "false"


def test_an_oracle_that_fails_with_few_rows_only_is_right_under_a_condition() -> None:
    few = steps([*STARS[:4], 0.985])
    assert verdicts(few)[4] == "true under a stated condition"
    assert verdicts(steps([*STARS[:4], 0.8]))[4] == "false"
