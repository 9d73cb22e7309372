"""information-open, §4.4: a coarse feature is learnt first, and decorrelating it restores the verifier."""

from __future__ import annotations

from typing import Any

import numpy as np

from openloop.reproduce.base import Result, claim
from openloop.reproduce.drawing import look
from openloop.run.engine import Executor
from openloop.theory.reward_hacking import hacked_until, learning

TITLE = "A verifier that learns length before correctness"
PAPER = "information-open, §4.4"
CORRELATED, COARSE, FINE = 0.9, 2.0, 0.7


def run(quick: bool, executor: Executor) -> Result:  # noqa: ARG001  # exact, so that nothing is spread
    """See :data:`TITLE`."""
    times = np.concatenate([[0.0], np.geomspace(1e-2, 50, 120)])
    hacked, mended = learning(CORRELATED, COARSE, FINE, times), learning(0.0, COARSE, FINE, times)
    fine = learning(CORRELATED, 0.1, FINE, times)
    data: dict[str, list[Any]] = {"time": times.tolist()} | {
        f"{name}_{what}": getattr(one, what).tolist()
        for name, one in (("correlated", hacked), ("decorrelated", mended))
        for what in ("spurious", "true", "accuracy", "at_home")
    }
    early = int(np.searchsorted(times, 0.2))
    claims = [
        claim(
            PAPER,
            "the spurious feature is learnt first",
            "its weight over that of the true one, early on",
            float(hacked.spurious[early] / hacked.true[early]),
            "true under a stated condition",
            "while cρ > m: its share of the first gradient; with c = .1 the ratio is "
            f"{fine.spurious[early] / fine.true[early]:.2f}",
        ),
        claim(
            PAPER,
            "accuracy in use stays low while accuracy on the training distribution looks fine",
            "accuracy where the feature is uninformative",
            float(hacked.accuracy[-1]),
            "reproduced" if hacked.at_home[-1] - hacked.accuracy[-1] > 0.2 else "false",
            f"{hacked.at_home[-1]:.3f} on data like the training data",
        ),
        claim(
            PAPER,
            "decorrelating restores accuracy",
            "accuracy after training on decorrelated data",
            float(mended.accuracy[-1]),
            "reproduced" if mended.accuracy[-1] > hacked.accuracy[-1] + 0.1 else "false",
            "the best possible with the true feature",
        ),
        claim(
            "beyond the papers",
            "more training fixes it",
            "time until the true feature weighs more",
            hacked_until(CORRELATED, COARSE, FINE),
            "false",
            "it never does: the least-squares solution itself leans on the feature",
        ),
    ]

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
        f"use, one of size {FINE:g} that predicts it with noise. Reproduced: accuracy is high on "
        "the training distribution and low in use; without the correlation it is not low."
    )
    return Result(data, claims, caption, draw)
