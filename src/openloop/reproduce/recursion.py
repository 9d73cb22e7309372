"""information-open, §3.2 and beyond: what closed loops lose, and what keeping rows or fresh ones saves."""

from __future__ import annotations

from typing import Any

import numpy as np

from openloop.arrays import Values
from openloop.reproduce.base import Claim, Result, claim, gathered, over_runs
from openloop.reproduce.drawing import dots, look
from openloop.reproduce.verdicts import every, lies, verdict
from openloop.run.engine import Executor
from openloop.theory.recursion import (
    accumulating_diversity,
    closed_diversity,
    immigration_diversity,
    rounds_to_lose,
    subsampling_diversity,
)

TITLE = "How diversity decays under recursive training"
PAPER = "information-open, §3.2"
ROWS, ROUNDS, FRESH = 50, 60, 0.1
MODES = np.array([0.3, 0.2, 0.15, 0.1, 0.1, 0.05, 0.05, 0.03, 0.01, 0.01])
KINDS = ("replace", "accumulate", "subsample", "fresh")
SAYS = {
    "replace": "a closed loop cannot keep what it knows: H falls as H₀(1 − 1/n)^t",
    "accumulate": "keeping every row so far: H falls by ∏(1 − n/N²) and levels off",
    "subsample": "training on n of all rows so far: H falls slowly",
    "fresh": f"a share {FRESH:g} of fresh real rows: H settles at a stationary value",
}
CLOSE = {"quick": 0.04, "full": 0.01}
"""Stated beforehand: how near H must end to its law, the whole interval (for so many simulated loops)."""
TAIL, TAIL_ROWS, TENS = 0.02, 200, (10.0, 100.0)
"""A mode's mass, the rows a round, and what "tens of rounds" is."""


def diversity(p: Values) -> Values:
    """1 − Σp² of distributions [N, V]."""
    return np.asarray(1 - (p**2).sum(-1))


def simulated(kind: str, runs: int, seed: int) -> Values:
    """Mean diversity over runs, rounds 0..R, of a categorical model refitted each round."""
    rng = np.random.default_rng([3, seed, *map(ord, kind)])
    pool = rng.multinomial(ROWS, MODES, size=runs)
    h = [diversity(pool / ROWS).mean()]
    for _ in range(ROUNDS):
        share = pool / pool.sum(1, keepdims=True)
        if kind == "replace":
            pool = rng.multinomial(ROWS, share)
        elif kind == "accumulate":
            pool = pool + rng.multinomial(ROWS, share)
        elif kind == "fresh":
            pool = rng.multinomial(ROWS, FRESH * MODES + (1 - FRESH) * share)
        else:
            some = np.array([rng.multivariate_hypergeometric(row, ROWS) for row in pool])
            pool = pool + rng.multinomial(ROWS, some / ROWS)
        h.append(diversity(pool / pool.sum(1, keepdims=True)).mean())
    return np.array(h)


def law(kind: str, h0: float) -> Values:
    """The closed form of each."""
    if kind == "replace":
        return closed_diversity(h0, ROWS, ROUNDS)
    if kind == "accumulate":
        return accumulating_diversity(h0, ROWS, ROWS, ROUNDS)
    if kind == "subsample":
        return subsampling_diversity(h0, ROWS, ROWS, ROUNDS)
    return np.full(ROUNDS + 1, immigration_diversity(ROWS, FRESH) * float(diversity(MODES)))


def absorbed(runs: int, rng: np.random.Generator) -> Values:
    """Rounds until a mode is lost from a closed loop, [runs]; infinite where it takes everything instead."""
    share, when = np.full(runs, TAIL), np.full(runs, np.inf)
    left, t = np.arange(runs), 0
    while len(left):
        t += 1
        share[left] = rng.binomial(TAIL_ROWS, share[left]) / TAIL_ROWS
        when[left[share[left] == 0]] = t
        left = left[(share[left] > 0) & (share[left] < 1)]
    return when


def of_law(kind: str, ends: Values, truth: float, close: float) -> Claim:
    """Of mean diversities after the last round, one a batch [B]."""
    end = over_runs(ends)
    return claim(
        PAPER if kind == "replace" else "beyond the papers",
        SAYS[kind],
        f"H after {ROUNDS} rounds",
        end,
        verdict(lies(end, truth - close, truth + close)),
        f"closed form {truth:.4f}, to within {close:g}; for H = 1 − Σp², T = 1, exact categorical fits, "
        "independent rows",
    )


def of_tail(lost: Values) -> Claim:
    """Of rounds until the mode is lost, infinite where it is not [runs]."""
    ever = np.isfinite(lost)
    found = over_runs(lost[ever])
    return claim(
        "beyond the papers",
        f"a mode of mass {TAIL:g} is lost from {TAIL_ROWS} rows a round in tens of rounds",
        "mean rounds until lost, of the simulated loops that lose it",
        found,
        verdict(every([bool(ever.all()), lies(found, *TENS)]), lies(found, *TENS)),
        f"given that it is lost, as in {ever.mean():.1%} of {len(lost):,} loops; in the others it takes everything, "
        f"so the mean over all is infinite. Exact chain {rounds_to_lose(TAIL_ROWS, TAIL):.1f}, diffusion "
        f"{rounds_to_lose(TAIL_ROWS, TAIL, exact=False):.1f}",
    )


def run(quick: bool, executor: Executor) -> Result:
    """See :data:`TITLE`."""
    batches, runs = (8, 100) if quick else (24, 400)
    asked = [(kind, runs, seed) for kind in KINDS for seed in range(batches)]
    found = np.array(gathered(executor, simulated, asked)).reshape(len(KINDS), batches, -1)
    laws = {kind: law(kind, float(found[i, :, 0].mean())) for i, kind in enumerate(KINDS)}
    data: dict[str, list[Any]] = {
        "kind": [k for k in KINDS for _ in range(ROUNDS + 1)],
        "round": list(range(ROUNDS + 1)) * len(KINDS),
        "simulated": found.mean(1).ravel().tolist(),
        "law": np.concatenate([laws[k] for k in KINDS]).tolist(),
    }
    ends = {kind: found[i, :, -1] for i, kind in enumerate(KINDS)}
    close = CLOSE["quick" if quick else "full"]
    lost = absorbed(2_000 if quick else 20_000, np.random.default_rng(31))
    made = [*(of_law(kind, ends[kind], float(laws[kind][-1]), close) for kind in KINDS), of_tail(lost)]

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        names = {
            "replace": "replace",
            "accumulate": "accumulate",
            "subsample": "accumulate, train on n",
            "fresh": f"replace, {FRESH:.0%} fresh real rows",
        }
        for i, kind in enumerate(KINDS):
            axes.plot(range(ROUNDS + 1), laws[kind], **look(i))
            axes.plot(range(0, ROUNDS + 1, 3), found[i].mean(0)[::3], label=names[kind], **dots(i))
        axes.set(xlabel="round", ylabel="H = 1 − Σp²", ylim=(0, None))
        axes.legend()

    caption = (
        f"Ten answers, {ROWS} rows a round; points: {batches * runs:,} simulated loops, lines: closed forms (of "
        f"the fresh rows the "
        "stationary value). A verifier changes what is kept, not this law: within what it accepts H falls as in "
        "`replace`."
    )
    return Result(data, made, caption, draw)
