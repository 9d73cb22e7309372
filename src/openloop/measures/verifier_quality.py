"""How good a verifier is: p, φ, ψ, the breakdown point and the share of bad rows among those kept.

    p = P(bad)   φ = P(keep | good)   ψ = P(keep | bad)   p★ = φ/(φ + ψ)   p′ = P(bad | kept)

(beyond-collapse, §3 and eq. 22; p★ is a result for two classes: the *kept majority* is right below it, which does
not mean that filtering helps: it does iff ψ < φ.) Shapes: ``gold`` and ``accept`` are [N] of 0, 1 or NaN (gold: 1 is
good; accept: 1 is kept), ``prompt`` is [N] cluster codes, or None for a claim about this file.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from openloop.arrays import Codes, Flags, Mask
from openloop.measures import clustered
from openloop.measures.clustered import Clusters
from openloop.measures.combined_intervals import ratio
from openloop.records import Estimate


def quality(gold: Flags, accept: Flags, prompt: Clusters = None, level: float = 0.95) -> dict[str, Estimate]:
    """``p``, ``phi``, ``psi``, ``ratio`` (ψ/φ), ``breakdown`` (p★) and ``bad_after`` (p′).

    For rows whose gold is all known, or known for rows drawn uniformly. For labels drawn otherwise, or to gain from
    the verdicts of unlabelled rows, see :mod:`openloop.measures.few_labels`.
    """
    both = ~np.isnan(gold) & ~np.isnan(accept)
    only = np.where(both, accept, np.nan)
    phi = _among(only, gold == 1, prompt, level)
    psi = _among(only, gold == 0, prompt, level)
    return {
        "p": clustered.proportion(1 - gold, prompt, level),
        "phi": replace(phi, n_unscored=int((np.isnan(accept) & (gold == 1)).sum())),
        "psi": replace(psi, n_unscored=int((np.isnan(accept) & (gold == 0)).sum())),
        "ratio": ratio_of(psi, phi),
        "breakdown": breakdown(phi, psi),
        "bad_after": bad_after(gold, accept, prompt, level),
    }


def bad_after(gold: Flags, kept: Flags, prompt: Clusters = None, level: float = 0.95) -> Estimate:
    """p′: the share of bad rows among those with ``kept`` = 1; ``n_unscored`` are kept rows without gold."""
    among = kept == 1
    return clustered.proportion(1 - gold[among], None if prompt is None else prompt[among], level)


def worst_case(gold: Flags, accept: Flags, prompt: Clusters = None, level: float = 0.95) -> dict[str, Estimate]:
    """φ, ψ and p′ when every unscored row may be either way: the widest bounds over both readings.

    ``value`` stays the scored rows'; p′ counts an unscored row as dropped in one reading and as kept in the other.
    """
    missing = np.isnan(accept)
    plain = quality(gold, accept, prompt, level)
    readings = [
        quality(gold, np.where(missing, guess, accept), prompt, level)
        for guess in (0.0, 1.0, gold, 1 - gold)  # all dropped, all kept, and the two that help or hurt most
    ]
    found = {}
    for name in ("phi", "psi", "bad_after"):
        seen = [reading[name] for reading in [plain, *readings]]
        lows, highs = [e.low for e in seen if e.low is not None], [e.high for e in seen if e.high is not None]
        bounds = (min(lows), max(highs)) if lows and highs else (None, None)
        method = f"{plain[name].method}; unscored rows either way"
        found[name] = replace(plain[name], low=bounds[0], high=bounds[1], method=method)
    return found


Measure = Callable[[Flags, Flags, Clusters, float], dict[str, Estimate]]
"""``quality``, or :func:`openloop.measures.few_labels.post_stratified`."""


def by_stratum(
    gold: Flags,
    accept: Flags,
    prompt: Clusters,
    strata: Codes,
    level: float = 0.95,
    measure: Measure = quality,
) -> Mapping[int, dict[str, Estimate]]:
    """The same per stratum (codes [N]), with bounds that hold for all strata at once (Bonferroni)."""
    found = np.unique(strata)
    each = 1 - (1 - level) / len(found)
    kept: dict[int, dict[str, Estimate]] = {}
    for stratum in found:
        here = strata == stratum
        mine = measure(gold[here], accept[here], None if prompt is None else prompt[here], each)
        kept[int(stratum)] = {
            name: replace(e, level=level, method=f"{e.method}; simultaneous over {len(found)} strata")
            for name, e in mine.items()
        }
    return kept


def difficulty(gold: Flags, prompt: Codes) -> Flags:
    """Pass rate of each row's prompt, the row itself left out (shape [N]; NaN where no other row has gold).

    A rate that includes the row is circular: a bad row would make its own prompt look hard.
    """
    known = ~np.isnan(gold)
    size = np.bincount(prompt, weights=known)[prompt] - known
    good = np.bincount(prompt, weights=np.where(known, gold, 0))[prompt] - np.where(known, gold, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(size > 0, good / size, np.nan)


def breakdown(phi: Estimate, psi: Estimate) -> Estimate:
    """p★ = φ/(φ + ψ) with MOVER bounds; 0/0 is undefined."""
    n, level = phi.n + psi.n, phi.level
    undefined = Estimate(math.nan, None, None, level, n, method="undefined: neither good nor bad rows are kept")
    if not (phi.n and psi.n):
        return replace(undefined, method="undefined: needs good and bad rows")
    if phi.value + psi.value == 0:
        return undefined
    value = phi.value / (phi.value + psi.value)
    if phi.value >= psi.value:
        low, high = (None if r is None else 1 / (1 + r) for r in reversed(ratio(psi, phi)))
    else:
        low, high = (None if r is None else 1 - 1 / (1 + r) for r in ratio(phi, psi))
    return Estimate(value, low, high, level, n, method=_joint_method(phi, psi))


def ratio_of(psi: Estimate, phi: Estimate) -> Estimate:
    """ψ/φ with MOVER bounds; an upper bound that may be infinite is left out."""
    n = phi.n + psi.n
    if not (phi.n and psi.n) or phi.value == 0:
        why = "needs good and bad rows" if not (phi.n and psi.n) else "φ is 0"
        return Estimate(math.nan, None, None, phi.level, n, method=f"undefined: {why}")
    low, high = ratio(psi, phi)
    finite = high is not None and math.isfinite(high)
    return Estimate(psi.value / phi.value, low, high if finite else None, phi.level, n, method=_joint_method(phi, psi))


def _joint_method(phi: Estimate, psi: Estimate) -> str:
    """Why φ or ψ has no interval, which leaves none to what is made of both."""
    named = (("φ", phi), ("ψ", psi))
    return next((f"{e.method} for {name}" for name, e in named if e.low is None), "MOVER of φ and ψ")


def _among(hit: Flags, rows: Mask, prompt: Clusters, level: float) -> Estimate:
    return clustered.proportion(hit[rows], None if prompt is None else prompt[rows], level)
