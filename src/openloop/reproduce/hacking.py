"""information-open, §4.4: a coarse feature is learnt first, and decorrelating it restores the verifier."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np

from openloop.reproduce.base import Claim, Result, claim
from openloop.reproduce.drawing import look
from openloop.reproduce.verdicts import lies, verdict
from openloop.run.engine import Executor
from openloop.theory.reward_hacking import Learning, hacked_until, learning

TITLE = "A verifier that learns length before correctness"
PAPER = "information-open, §4.4"
CORRELATED, COARSE, FINE = 0.9, 2.0, 0.7
SETTINGS = tuple(product((0.3, 0.6, 0.9), (0.1, 0.5, 0.75, 1.0, 2.0), (0.3, 0.7, 1.5)))
"""Worlds (correlation, coarse, fine) in which the order is looked at."""
EARLY = 1e-3
"""Training time at which it is seen what is learnt first."""
APART, RESTORED = 0.2, 0.1
"""Stated beforehand: differences of accuracy."""


def run(quick: bool, executor: Executor) -> Result:  # noqa: ARG001  # exact, so that nothing is spread
    """See :data:`TITLE`."""
    times = np.concatenate([[0.0], np.geomspace(1e-2, 50, 120)])
    hacked, mended = learning(CORRELATED, COARSE, FINE, times), learning(0.0, COARSE, FINE, times)
    data: dict[str, list[Any]] = {"time": times.tolist()} | {
        f"{name}_{what}": getattr(one, what).tolist()
        for name, one in (("correlated", hacked), ("decorrelated", mended))
        for what in ("spurious", "true", "accuracy", "at_home")
    }
    claims = [*of_order(SETTINGS), *of_accuracy(hacked, mended)]

    def draw(figure: Any) -> None:
        left, right = figure.subplots(1, 2)
        left.plot(times, hacked.spurious, label="spurious, correlated", **look(1))
        left.plot(times, hacked.true, label="true, correlated", **look(0))
        left.plot(times, mended.true, label="true, decorrelated", **look(2))
        left.set(xlabel="training time", ylabel="weight, in units of its effect", xscale="symlog")
        right.plot(times, hacked.at_home, label="correlated, training data", **look(1))
        right.plot(times, hacked.accuracy, label="correlated, in use", **look(0))
        right.plot(times, mended.accuracy, label="decorrelated, in use", **look(2))
        right.set(xlabel="training time", ylabel="accuracy", xscale="symlog", ylim=(0.45, 1))
        for axes in (left, right):
            axes.set_xlim(0, times[-1])
            axes.set_xticks([0, 1, 10], ["0", "1", "10"])
            axes.legend(fontsize=8)

    caption = (
        f"Two features, gradient flow, exact: one of size {COARSE:g} that agrees with the "
        f"label in {(1 + CORRELATED) / 2:.0%} of the training rows and in half of those in "
        f"use, one of size {FINE:g} that predicts it with noise. Accuracy ends at "
        f"{hacked.at_home[-1]:.2f} on the training distribution and {hacked.accuracy[-1]:.2f} in use; trained "
        f"without the correlation, at {mended.accuracy[-1]:.2f}."
    )
    return Result(data, claims, caption, draw)


def of_order(settings: Sequence[tuple[float, float, float]]) -> list[Claim]:
    """Of worlds given as (correlation, coarse, fine): what is learnt first, and what weighs more in the end."""
    early = {one: learning(*one, np.array([EARLY])) for one in settings}
    first = {one: bool(found.spurious[0] > found.true[0]) for one, found in early.items()}
    larger = {one: one[0] * one[1] ** 2 > one[2] ** 2 for one in settings}
    until = {one: hacked_until(*one) for one in settings if first[one]}
    stays = [one for one, time in until.items() if math.isinf(time)]
    mended = {one: time for one, time in until.items() if math.isfinite(time)}
    return [
        claim(
            PAPER,
            "the spurious feature is learnt first",
            f"share of {len(settings)} worlds in which it weighs more early on",
            sum(first.values()) / len(settings),
            verdict(all(first.values()), first == larger),
            "exactly where ρc² > m²: its effect's part of the first gradient",
        ),
        claim(
            f"{PAPER.split(',')[0]}, §5",
            "training longer does not remove it",
            "share of the worlds where it was learnt first in which it weighs more for ever",
            len(stays) / len(until) if until else None,
            verdict(len(stays) == len(until) if until else None, bool(stays)),
            f"where the least-squares solution itself leans on it; in {len(mended)} others the true feature weighs "
            f"more from time {max(mended.values(), default=math.nan):.1f} at the latest",
        ),
    ]


def of_accuracy(hacked: Learning, mended: Learning) -> list[Claim]:
    """Of trainings on correlated and on decorrelated data."""
    gap, restored = (
        float(x) for x in (hacked.at_home[-1] - hacked.accuracy[-1], mended.accuracy[-1] - hacked.accuracy[-1])
    )
    return [
        claim(
            PAPER,
            "accuracy in use stays low while accuracy on the training distribution looks fine",
            "accuracy on data like the training data minus accuracy in use",
            gap,
            verdict(lies(gap, low=APART)),
            f"{hacked.at_home[-1]:.3f} and {hacked.accuracy[-1]:.3f}; apart: {APART:g} or more",
        ),
        claim(
            PAPER,
            "decorrelating restores accuracy",
            "accuracy in use after training on decorrelated data minus that on correlated data",
            restored,
            verdict(lies(restored, low=RESTORED)),
            f"to {mended.accuracy[-1]:.3f}, the best possible with the true feature; restored: {RESTORED:g} or more",
        ),
    ]
