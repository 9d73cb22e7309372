"""Beyond beyond-collapse: with more than two answers the kept plurality breaks later than the kept majority."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from openloop.arrays import Values
from openloop.reproduce.base import Claim, Result, claim, crossing, gathered
from openloop.reproduce.drawing import INK, dots, look
from openloop.reproduce.verdicts import lies, verdict
from openloop.run.engine import Executor
from openloop.theory.plurality import plurality_point, structured_share, vote

TITLE = "Voting among more than two answers: where it breaks down"
PAPER = "beyond the papers (beyond-collapse, Thm 2.1, V answers)"
WRONG = 9
VOTERS = (1, 4, 16, 64)
KNOWN = {1: 0.50, 4: 0.64, 16: 0.78, 64: 0.84}
"""Where accuracy is one half for φ = ψ = 1."""


def exact(k: int, grid: Values) -> list[float]:
    """Accuracy of a vote of K, φ = ψ = 1, wrong answers alike."""
    return [vote(float(p), 1.0, 1.0, np.full(WRONG, 1 / WRONG), k).correct for p in grid]


def drawn(k: int, grid: Values, prompts: int, seed: int) -> list[float]:
    """The same by drawing candidates."""
    rng, found = np.random.default_rng([9, k, seed]), []
    for p in grid:
        counts = rng.multinomial(k, [1 - p, *[p / WRONG] * WRONG], size=prompts)
        best = counts.max(1, keepdims=True) == counts
        found.append(float((best[:, 0] / best.sum(1)).mean()))
    return found


def run(quick: bool, executor: Executor) -> Result:
    """See :data:`TITLE`."""
    grid = np.linspace(0.3, 0.98, 18 if quick else 35)
    prompts = 5_000 if quick else 40_000
    curves = dict(zip(VOTERS, gathered(executor, exact, [(k, grid) for k in VOTERS]), strict=True))
    points = dict(zip(VOTERS, gathered(executor, drawn, [(k, grid, prompts, 0) for k in VOTERS]), strict=True))
    limit = plurality_point(1.0, 1.0, np.full(WRONG, 1 / WRONG))
    data: dict[str, list[Any]] = {
        "k": [k for k in VOTERS for _ in grid],
        "p": grid.tolist() * len(VOTERS),
        "exact": [v for k in VOTERS for v in curves[k]],
        "drawn": [v for k in VOTERS for v in points[k]],
    }
    found = claims(grid, curves, points, prompts)

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        for i, k in enumerate(VOTERS):
            axes.plot(grid, curves[k], **look(i))
            axes.plot(grid[::2], points[k][::2], label=f"K = {k}", **dots(i))
        for x, name in ((0.5, "p★"), (limit, "p_plur")):
            axes.axvline(x, color=INK, linewidth=0.8, linestyle=":")
            axes.annotate(f"{name} ", (x, 0.02), fontsize=8, ha="right")
        axes.set(xlabel="p, share of bad candidates", ylabel="P(the vote is right)", ylim=(0, 1))
        axes.legend()

    caption = (
        f"{WRONG} wrong answers alike, nothing filtered (φ = ψ = 1): p★ = .5, p_plur = "
        f"{limit:.2f}. Lines: exact; points: {prompts:,} drawn prompts. A vote breaks down at "
        "p_plur only with many voters, and not to one half: at p_plur it is right one time "
        "in ten."
    )
    return Result(data, found, caption, draw)


def claims(
    grid: Values, curves: Mapping[int, Sequence[float]], points: Mapping[int, Sequence[float]], prompts: int
) -> list[Claim]:
    """Of the exact and the drawn accuracies on a grid of p, by number of voters."""
    made = []
    for k, known in KNOWN.items():
        at = crossing(grid, np.array(curves[k]), 0.5)
        made.append(
            claim(
                PAPER,
                f"K = {k}: accuracy is one half at p = {known:.2f}",
                "p at which it is (exact)",
                at,
                verdict(lies(at, known - 0.01, known + 0.01)),
                f"{abs(at - known):.3f} apart",
            )
        )
    off = max(abs(a - b) for k in VOTERS for a, b in zip(curves[k], points[k], strict=True))
    error = 4 * 0.5 / prompts**0.5
    made.append(
        claim(
            PAPER,
            "the exact formula agrees with drawn candidates",
            "largest difference",
            off,
            verdict(lies(off, high=error)),
            f"four standard errors are {error:.4f}; {len(grid) * len(VOTERS)} comparisons",
        )
    )
    one = plurality_point(0.9, 0.2, [1.0])
    made.append(
        claim(
            "beyond-collapse, Thm 2.1",
            "one systematic wrong answer breaks at p★ = φ/(φ + ψ)",
            "p_plur for V = 1",
            one,
            verdict(abs(one - 0.9 / 1.1) < 1e-12),
            "the case of two answers",
        )
    )
    return [*made, structure(np.random.default_rng(21))]


def structure(rng: np.random.Generator, bad_after: float = 0.2, strata: int = 200, rows: int = 200) -> Claim:
    """Of kept rows past breakdown, bad ones spread evenly over strata, or filling half of as many as they can."""
    evenly = rng.binomial(rows, bad_after, strata) / rows
    filled = np.zeros(strata)
    filled[: int(structured_share(bad_after) * strata)] = 0.5 + 1 / rows
    past, even_past = (float((share > 0.5).mean()) for share in (filled, evenly))
    return claim(
        PAPER,
        "p′ decides the outcome",
        f"kept share past breakdown at p′ = {bad_after:g}, bad rows concentrated",
        past,
        verdict(past == even_past, even_past == float(bad_after > 0.5)),
        f"true for errors spread evenly ({even_past:.0%} past breakdown); concentrated in strata they break up to 2p′",
    )
