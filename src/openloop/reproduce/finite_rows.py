"""beyond-collapse, Fig 3: learning curves over selected rows, generators and verifiers of several strengths."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from openloop.records import Estimate
from openloop.reproduce.base import Claim, Result, claim, gathered, over_runs
from openloop.reproduce.drawing import band, look
from openloop.run.engine import Executor
from openloop.theory.finite_rows import GaussianClasses, learning_curves, logistic_share

TITLE = "Finite rows: learning from a generator's filtered labels"
PAPER = "beyond-collapse, Fig 3"
REAL = (50, 500, 1_000, 10_000)
ANGLES: Mapping[str, float | None] = {"none": None, "oracle": 0.0, "π/12": math.pi / 12, "π/6": math.pi / 6}
TABLE = {
    50: {"none": 90.26, "oracle": 99.85, "π/12": 99.72, "π/6": 99.12},
    1_000: {"none": 98.09, "oracle": 99.97, "π/12": 99.85, "π/6": 99.29},
    10_000: {"none": 99.86, "oracle": 99.997, "π/12": 99.88, "π/6": 99.29},
}
"""End points of one seed at N₁ = 10⁶, in percent of Bayes."""
Curves = dict[tuple[str, int], dict[int, float]]


def curves(seed: int, rows: int, at: tuple[int, ...]) -> Curves:
    """One seed; ``None`` as the last n′ of a curve is its end."""
    return learning_curves(GaussianClasses(), REAL, ANGLES, rows, at, np.random.default_rng([33, seed]))


def logistic(seed: int, rows: int) -> dict[str, float]:
    """End points with logistic regression, N₀ = 1,000."""
    rng = np.random.default_rng([34, seed])
    return {name: logistic_share(GaussianClasses(), 1_000, angle, rows, rng) for name, angle in ANGLES.items()}


def run(quick: bool, executor: Executor) -> Result:
    """See :data:`TITLE`."""
    seeds, rows = (3, 60_000) if quick else (8, 1_000_000)
    at = tuple(int(n) for n in np.unique(np.geomspace(100, rows, 17 if quick else 25).astype(int)))
    every = gathered(executor, curves, [(seed, rows, at) for seed in range(seeds)])
    logit = gathered(executor, logistic, [(seed, rows // 10) for seed in range(seeds)])
    found: dict[tuple[str, int], dict[int, Estimate]] = {}
    for key in every[0]:
        shared = [n for n in at if all(n in one[key] for one in every)]
        found[key] = {n: over_runs([100 * one[key][n] for one in every]) for n in shared}
    index = [(name, n0, n) for (name, n0), curve in found.items() for n in curve]
    data: dict[str, list[Any]] = {
        "verifier": [a for a, _, _ in index],
        "real_rows": [b for _, b, _ in index],
        "selected": [c for *_, c in index],
        "percent_of_bayes": [found[a, b][c].value for a, b, c in index],
        "low": [found[a, b][c].low for a, b, c in index],
        "high": [found[a, b][c].high for a, b, c in index],
    }
    claims = _claims(found, [{k: max(c.items())[1] for k, c in one.items()} for one in every], logit, rows, quick)

    def draw(figure: Any) -> None:
        axes = figure.subplots(1, len(REAL), sharey=True)
        for column, n0 in enumerate(REAL):
            for i, (name, key) in enumerate([*((v, (v, n0)) for v in ANGLES), ("clean labels", ("clean", 0))]):
                curve = found[key]
                axes[column].plot(list(curve), [e.value for e in curve.values()], label=name, **look(i))
                low, high = ([getattr(e, end) for e in curve.values()] for end in ("low", "high"))
                band(axes[column], list(curve), low, high, i)
            axes[column].set(xscale="log", xlabel="selected rows n′", title=f"N₀ = {n0:,}", ylim=(80, 100.4))
        axes[0].set_ylabel("accuracy, percent of Bayes")
        axes[-1].legend(loc="lower right", fontsize=8)

    good = sum(c.verdict == "reproduced" for c in claims)
    caption = (
        f"d = 108, τ = .15 (Bayes {GaussianClasses().bayes:.1%}), {rows:,} labels drawn from σ(x·ŵ), "
        f"least squares, {seeds} seeds (bands: 95 %). {good} of {len(claims)} claims "
        "reproduced: an oracle's verdicts are worth clean labels, a weak verifier's level "
        "off at its own accuracy and harm a generator that is better than it."
    )
    return Result(data, claims, caption, draw)


def _claims(
    found: Mapping[tuple[str, int], Mapping[int, Estimate]],
    ends: list[dict[tuple[str, int], float]],
    logit: list[dict[str, float]],
    rows: int,
    quick: bool,
) -> list[Claim]:
    end = {key: over_runs([100 * one[key] for one in ends]) for key in ends[0]}
    gap = over_runs([100 * max(one["clean", 0] - one["oracle", n0] for n0 in REAL) for one in ends])
    hurt = over_runs([100 * (one["none", REAL[-1]] - one["π/6", REAL[-1]]) for one in ends])
    helps = over_runs([100 * (one["π/6", REAL[0]] - one["none", REAL[0]]) for one in ends])
    level = 100 * GaussianClasses().share_of_bayes(np.array([math.cos(math.pi / 6), math.sin(math.pi / 6)]))
    flat = over_runs([100 * np.mean([one["π/6", n0] for n0 in REAL[1:]]) for one in ends])
    most = 1.0 if quick else 0.3
    claims = [
        claim(
            PAPER,
            "the oracle matches training with clean labels at every N₀",
            "largest shortfall of the oracle, percent of Bayes",
            gap,
            "reproduced" if gap.value < most else "false",
            "labels drawn from σ(x·ŵ); it fails for hard labels of a poor generator",
        ),
        claim(
            PAPER,
            "weak supervision may harm a good generator",
            "no selection minus π/6 at N₀ = 10,000",
            hurt,
            "reproduced" if hurt.low is not None and hurt.low > 0 else "false",
            f"the verifier alone is {level:.2f} % of Bayes, the generator better",
        ),
        claim(
            PAPER,
            "weak supervision helps a poor generator",
            "π/6 minus no selection at N₀ = 50",
            helps,
            "reproduced" if helps.low is not None and helps.low > 0 else "false",
            "",
        ),
        claim(
            PAPER,
            "weak supervision levels off below the oracle",
            "π/6 at the end, mean over N₀ ≥ 500",
            flat,
            "reproduced" if flat.value < 99.7 else "false",
            "whatever the number of rows",
        ),
    ]
    for name in ANGLES:
        e = over_runs([100 * one[name] for one in logit])
        curve = found[name, 1_000]
        nearest = curve[min(curve, key=lambda n: abs(n - rows / 10 * (1.0 if name == "none" else 0.66)))]
        claims.append(
            claim(
                PAPER,
                f"{name}: the result does not depend on least squares",
                "logistic regression, ridge 1e-4, N₀ = 1,000, a tenth of the rows",
                e,
                "reproduced" if abs(e.value - nearest.value) < 0.3 else "true under a stated condition",
                f"least squares on as many rows: {nearest.value:.2f}. What a linear verifier keeps it "
                "separates, so with a smaller ridge logistic regression converges to the verifier itself",
            )
        )
    if not quick:
        for n0, row in TABLE.items():
            for name, value in row.items():
                e = end[name, n0]
                spread = float(np.std([100 * one[name, n0] for one in ends], ddof=1))
                off = abs(e.value - value)
                claims.append(
                    claim(
                        "reference notes, Fig 3 table",
                        f"N₀ = {n0:,}, {name}: {value} % of Bayes (one seed)",
                        "percent of Bayes",
                        e,
                        "reproduced" if off <= max(0.05, 3 * spread) else "false",
                        f"{off:.3f} apart; seeds differ by {spread:.3f}",
                    )
                )
    return claims
