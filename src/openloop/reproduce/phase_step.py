"""beyond-collapse, Fig 6: accuracy after pruning falls from all to nothing at p★, flips and verdicts being
independent.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from openloop.arrays import Values
from openloop.records import Estimate
from openloop.reproduce.base import Claim, Result, claim, crossing, gathered, over_runs
from openloop.reproduce.drawing import band, look
from openloop.reproduce.verdicts import every, lies, verdict
from openloop.run.engine import Executor
from openloop.theory.breakdown import Pruner, breakdown_point, proxy_points
from openloop.theory.mixture import Mixture, independent_flips

TITLE = "Accuracy switches at the breakdown point p★"
PAPER = "beyond-collapse, Fig 6, Thm F.3"
RATIOS = (1.0, 0.5, 0.25, 0.1, 0.0)
"""ψ/φ, with φ = 1."""
ROWS, DIMS, RIDGE, T = 20_000, 100, 1e-2, 0.1
ENOUGH = 0.9
CLOSE = 0.01
"""How near to p★ the step must be at this size, stated beforehand; the whole interval."""
ALL, MANY = 0.99, 5
"""What counts as all labels right, and how many kept rows a dimension as many."""


def curves(seed: int, grid: Values) -> Values:
    """Accuracy [ratios, P] under one seed."""
    pruners = [Pruner.symmetric(1.0, ratio) for ratio in RATIOS for _ in grid]
    rng = np.random.default_rng([6, seed])
    found = independent_flips(Mixture(DIMS), ROWS, np.tile(grid, len(RATIOS)), pruners, RIDGE, rng)
    return found.reshape(len(RATIOS), len(grid))


def run(quick: bool, executor: Executor) -> Result:
    """See :data:`TITLE`."""
    grid = np.linspace(0.3, 1.0, 36 if quick else 71)
    seeds = range(3 if quick else 8)
    accuracy = np.array(gathered(executor, curves, [(seed, grid) for seed in seeds]))  # [seeds, ratios, P]
    found, steps = claims(grid, accuracy)
    each = [over_runs(accuracy[:, i, j]) for i in range(len(RATIOS)) for j in range(len(grid))]
    data = {
        "psi_over_phi": np.repeat(RATIOS, len(grid)).tolist(),
        "p": np.tile(grid, len(RATIOS)).tolist(),
        "accuracy": [e.value for e in each],
        "low": [e.low for e in each],
        "high": [e.high for e in each],
    }

    def draw(figure: Any) -> None:
        left, right = figure.subplots(1, 2, width_ratios=[3, 2])
        for i, ratio in enumerate(RATIOS):
            star = float(breakdown_point(1.0, ratio))
            mean = accuracy[:, i].mean(0)
            half = [(e.high or e.value) - e.value for e in each[i * len(grid) : (i + 1) * len(grid)]]
            left.plot(grid, mean, label=f"ψ/φ = {ratio:g}", **look(i))
            band(left, grid.tolist(), (mean - half).tolist(), (mean + half).tolist(), i)
            left.axvline(star, color=look(i)["color"], linewidth=0.8, linestyle=":")
        left.set(
            xlabel="p, share of bad labels",
            ylabel="accuracy, share of Bayes' labels",
            xlim=(0.3, 1),
            ylim=(-0.02, 1.02),
        )
        left.legend(loc="lower left", title="dotted: p★")
        ratios = np.linspace(0, 1, 101)
        right.plot(ratios, breakdown_point(1.0, ratios), label="p★", **look(0))
        right.plot(ratios, [proxy_points(1.0, float(r), T)[0] for r in ratios], label="p★⁻(.1)", **look(1))
        right.errorbar(
            [r for r, _ in steps],
            [e.value for _, e in steps],
            yerr=[(e.high or e.value) - e.value for _, e in steps],
            fmt="s",
            color="#009e73",
            label="sup{p : accuracy ≥ 90 %}",
        )
        right.set(xlabel="ψ/φ", ylabel="p")
        right.legend()

    good = sum(c.verdict == "reproduced" for c in found)
    caption = (
        f"{ROWS:,} rows in {DIMS} dimensions, separation 3, ridge {RIDGE:g}, {len(seeds)} seeds (bands: 95 % "
        f"intervals). "
        f"{good} of {len(found)} claims reproduced: the step lies within {CLOSE} of p★ where rows, flips and "
        f"verdicts are "
        "independent. What the paper's caption calls p_up, sup{p : accuracy ≥ 90 %}, is p_down by its eq. 22."
    )
    return Result(data, found, caption, draw)


def claims(grid: Values, accuracy: Values) -> tuple[list[Claim], list[tuple[float, Estimate]]]:
    """Of accuracy [seeds, ratios, P] over a grid [P]; and per ratio with ψ > 0 the largest p that is still enough."""
    made, steps = [], []
    for i, ratio in enumerate(RATIOS[:-1]):
        star = float(breakdown_point(1.0, ratio))
        found = over_runs([crossing(grid, run[i], 0.5) for run in accuracy])
        made.append(
            claim(
                PAPER,
                f"ψ/φ = {ratio:g}: accuracy switches from 100 % to 0 % at p★ = {star:.3f}",
                "p at which accuracy is 50 %",
                found,
                verdict(lies(found, star - CLOSE, star + CLOSE)),
                f"{abs(found.value - star):.4f} from p★ with {ROWS:,} rows; independent flips and verdicts",
            )
        )
        steps.append((ratio, over_runs([crossing(grid, run[i], ENOUGH) for run in accuracy])))
    return [*made, _oracle(grid, accuracy[:, -1]), _proxy(steps)], steps


def _oracle(grid: Values, accuracy: Values) -> Claim:
    """Of accuracy without a bad row kept, [seeds, P]."""
    below = grid < 1
    plenty = below & ((1 - grid) * ROWS >= MANY * DIMS)
    least = over_runs(accuracy[:, below].min(1))
    return claim(
        PAPER,
        "ψ = 0: 100 % for every p below 1",
        "least accuracy over the grid below 1",
        least,
        verdict(lies(least, low=ALL), lies(over_runs(accuracy[:, plenty].min(1)), low=ALL)),
        f"all: {ALL:.0%} or more; the condition: at least {MANY} kept rows a dimension, (1 − p)φN ≥ {MANY}d",
    )


def _proxy(steps: list[tuple[float, Estimate]]) -> Claim:
    """Of the largest p with enough accuracy, by ratio."""
    ends = [(proxy_points(1.0, ratio, T)[0], float(breakdown_point(1.0, ratio)), found) for ratio, found in steps]
    agrees = [lies(found, low - CLOSE, low + CLOSE) for low, _, found in ends]
    between = [lies(found, low - CLOSE, star + CLOSE) for low, star, found in ends]
    return claim(
        "beyond-collapse, Fig 6 (right)",
        "sup{p : acc ≥ 90 %} is p_up and agrees with p★⁻(.1)",
        f"ratios at which it lies within {CLOSE} of p★⁻(.1)",
        float(agrees.count(True)),
        verdict(every(agrees), every(between)),
        f"of {len(ends)}; it lies between p★⁻(.1) and p★ at {between.count(True)}. By eq. 22 it is p_down",
    )
