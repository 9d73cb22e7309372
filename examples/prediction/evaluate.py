"""How well each number orders the gains of docs/evidence/prediction.md, and how well it tells their sign and level.

python examples/prediction/evaluate.py       # from the two CSV files of docs/evidence; nothing is trained, one second
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.stats import spearmanr

from openloop.theory.ordering_score import margin
from openloop.theory.predicted_level import HALFWAY, HALFWAY_PER_STRATUM, predicted_level

EVIDENCE = Path(__file__).resolve().parents[2] / "docs" / "evidence"


@dataclass(frozen=True)
class Experiment:
    """36 selections [N], each under four seeds [K], its rows in strata [S] and as a whole."""

    names: list[str]
    gain: np.ndarray
    """[N, K]"""
    registered: np.ndarray
    """The registered score, [N, K]."""
    one_stratum: np.ndarray
    """The same with one stratum, [N, K]."""
    strata: dict[str, np.ndarray]
    """share, sampled, greedy, kept, bad, commonest (the columns of describe.py): [N, K, S] each."""
    whole: dict[str, np.ndarray]
    """The same of all strata together: [N, K, 1] each."""

    @property
    def world(self) -> np.ndarray:
        return np.array([name.split()[0] for name in self.names])

    @property
    def size(self) -> np.ndarray:
        return self.whole["kept"][:, 0, 0]


def read(folder: Path = EVIDENCE) -> Experiment:
    with (folder / "prediction.csv").open() as stream:
        results = list(csv.DictReader(stream))
    with (folder / "prediction-strata.csv").open() as stream:
        held = {(row["seed"], row["name"], row["stratum"]): row for row in csv.DictReader(stream)}
    names, seeds = list(dict.fromkeys(r["name"] for r in results)), sorted({r["seed"] for r in results})
    table = {(r["seed"], r["name"]): r for r in results}

    def column(key: str) -> np.ndarray:
        return np.array([[float(table[seed, name][key]) for seed in seeds] for name in names])

    def rows(key: str, strata: Sequence[str]) -> np.ndarray:
        return np.array([[[float(held[seed, name, s][key]) for s in strata] for seed in seeds] for name in names])

    keys, each = ("share", "sampled", "greedy", "kept", "bad", "commonest"), sorted({s for *_, s in held} - {"all"})
    return Experiment(
        names=names,
        gain=column("gain"),
        registered=column("registered"),
        one_stratum=column("one stratum"),
        strata={key: rows(key, each) for key in keys},
        whole={key: rows(key, ["all"]) for key in keys},
    )


def predicted_change(held: dict[str, np.ndarray], halfway: float) -> np.ndarray:
    """The registered level minus the accuracy before, [N, K]."""
    bad_after, systematic = rates(held)
    parts = (held["greedy"], held["share"], held["kept"], bad_after, systematic)
    found = [
        [predicted_level(*cell, halfway=halfway) for cell in zip(*row, strict=True)] for row in zip(*parts, strict=True)
    ]
    return np.array(found) - (held["share"] * held["greedy"]).sum(2)


def rates(held: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """p′ and the share of the commonest error among the wrong rows, [N, K, S]."""
    return held["bad"] / np.maximum(held["kept"], 1), held["commonest"] / np.maximum(held["bad"], 1)


def scores(e: Experiment) -> dict[str, np.ndarray]:
    """What is computed before training and orders the selections, [N, K] each."""
    bad_after, systematic = (v[..., 0] for v in rates(e.whole))
    n = e.whole["kept"][..., 0]
    m = margin(bad_after, systematic)
    return {
        "registered score": e.registered,
        "the same, one stratum": e.one_stratum,
        "margin, signed, squared, times n′": n * m * abs(m),
        "margin times n′": n * m,
        "margin": m,
        "good minus bad rows, n′(1 − 2p′)": n * (1 - 2 * bad_after),
        "n′(1 − 2p′)²": n * (1 - 2 * bad_after) ** 2,
        "−p′": -bad_after,
        "n′": n,
    }


@dataclass(frozen=True)
class Record:
    """How predicted changes compare with observed ones, means over seeds."""

    above: int
    """Predicted to gain."""
    gained: int
    right: int
    """Signs that agree."""
    r2: float
    """1 − Σ(observed − predicted)²/Σ(observed − mean)²."""
    rmse: float
    bias: float
    rho: float


def record(predicted: np.ndarray, gain: np.ndarray) -> Record:
    """Of predicted changes and gains, [N, K] each."""
    x, y = predicted.mean(1), gain.mean(1)
    off = x - y
    return Record(
        above=int((x > 0).sum()),
        gained=int((y > 0).sum()),
        right=int(((x > 0) == (y > 0)).sum()),
        r2=float(1 - (off**2).sum() / ((y - y.mean()) ** 2).sum()),
        rmse=float(np.sqrt((off**2).mean())),
        bias=float(off.mean()),
        rho=ordered(x, y),
    )


def ordered(x: np.ndarray, y: np.ndarray) -> float:
    """Spearman's ρ; NaN for a constant."""
    return float(spearmanr(x, y).statistic) if len(set(x)) > 1 else float("nan")


def left_out(e: Experiment, held: dict[str, np.ndarray], groups: np.ndarray) -> np.ndarray:
    """Predicted changes of each group with τ fitted to the other ones, [N, K]."""
    found = np.empty_like(e.gain)
    for group in np.unique(groups):
        mine = groups == group
        rest = {key: v[~mine] for key, v in held.items()}
        found[mine] = predicted_change({key: v[mine] for key, v in held.items()}, fitted(rest, e.gain[~mine]))
    return found


def fitted(held: dict[str, np.ndarray], gain: np.ndarray) -> float:
    """τ of least squared error of the mean gains (rows)."""

    def loss(log_halfway: float) -> float:
        return float(((predicted_change(held, np.exp(log_halfway)) - gain).mean(1) ** 2).sum())

    return float(np.exp(minimize_scalar(loss, bounds=(np.log(50), np.log(50_000)), method="bounded").x))


def report(e: Experiment, line: Callable[[str], None] = print) -> None:
    gain = e.gain.mean(1)
    line(f"Order: Spearman's ρ with the mean gain over {len(e.names)} selections (plain, noisy)")
    for name, score in scores(e).items():
        x = score.mean(1)
        each = [ordered(x[e.world == world], gain[e.world == world]) for world in ("plain", "noisy")]
        line(f"  {name:36s} {ordered(x, gain):.3f} ({each[0]:.3f}, {each[1]:.3f})")
    line("\nSign and level of the change")
    better = 1 - rates(e.whole)[0][..., 0] - e.whole["greedy"][..., 0]
    told = {
        "registered score, read as a change": e.registered,
        "the same, one stratum": e.one_stratum,
        "no change": np.zeros_like(e.gain),
        "kept accuracy − student's, 1 − p′ − a": better,
    }
    for name, x in told.items():
        line(described(name, record(x, e.gain)))
    line("\nThe predictor registered for the next experiment. Fitted to these selections after the fact: no test of it")
    for name, held, halfway in (("all", e.whole, HALFWAY), ("per stratum", e.strata, HALFWAY_PER_STRATUM)):
        line(described(f"{name}, τ = {halfway:,.0f}", record(predicted_change(held, halfway), e.gain)))
        for by, groups in (("size", e.size), ("world", e.world)):
            line(described(f"{name}, τ from the other {by}", record(left_out(e, held, groups), e.gain)))


def described(name: str, r: Record) -> str:
    return (
        f"  {name:38s} above 0 in {r.above:2d}, {r.gained} gained; sign right in {r.right:2d}; R² {r.r2:6.3f}; "
        f"RMSE {r.rmse:.3f}; bias {r.bias:+.3f}; ρ {r.rho:.3f}"
    )


if __name__ == "__main__":
    report(read())
