"""The KL gap: trends by sound estimators, and ten published means compared at once."""

from __future__ import annotations

import numpy as np

from openloop.arrays import Values
from openloop.reproduce.kl_gap import DEFAULT, ESTIMATORS, PUBLISHED, REFERENCE, trends, values

Held = dict[tuple[str, int, str], Values]
SIZES = (2, 5, 10, 15)


def published(rng: np.random.Generator, shift: dict[str, float] | None = None) -> Held:
    """Rounds of the reference's own law, some of them moved."""
    held: Held = {}
    for name, (mean, deviation) in REFERENCE.items():
        for axis in "KJL" if name == "2,2,2" else name[0]:
            size = DEFAULT if name == "2,2,2" else int(name[2:])
            moved = mean + (shift or {}).get(name, 0.0)
            held[axis, size, "reference-histogram"] = rng.normal(moved, deviation, 100)
    return held


def test_ten_true_means_are_seldom_called_false_and_a_wrong_one_is() -> None:
    rng = np.random.default_rng(0)
    wrong = 0
    for _ in range(200):
        theirs = {name: rng.normal(0, deviation / 10) for name, (_, deviation) in REFERENCE.items()}
        wrong += any(one.verdict == "false" for one in values(published(rng, theirs), SIZES))
    assert wrong <= 20  # each at two standard errors: about 74
    moved = {one.says.split(":")[0]: one.verdict for one in values(published(rng, {"J=5": 3.0}), SIZES)}
    assert [name for name, said in moved.items() if said == "false"] == ["J=5"]


def changed(by: dict[str, float]) -> list[str]:
    """Verdicts on the trends where each estimator's gap changes by so much, in the published direction."""
    rng, held = np.random.default_rng(1), {}
    for axis, way in PUBLISHED:
        sign = 1 if way == "up" else -1
        for name in ESTIMATORS:
            held[axis, 2, name] = rng.standard_normal(60)
            held[axis, 15, name] = rng.standard_normal(60) + sign * by[name]
    return [one.verdict for one in trends(held, (2, 15))]


def test_a_trend_survives_comes_of_the_estimator_or_is_not_there() -> None:
    sound, theirs = {"monte-carlo": 3.0}, {"reference-histogram": 3.0}
    flat = dict.fromkeys(ESTIMATORS, 0.0)
    assert changed(flat | sound) == ["reproduced"] * 3
    reversed_ = {name: -change for name, change in sound.items()}
    assert changed(flat | reversed_ | theirs) == ["reproduced only with their estimator"] * 3
    assert changed(flat | reversed_) == ["false"] * 3
    assert changed(flat | theirs) == ["undecided"] * 3
