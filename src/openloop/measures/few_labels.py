"""Few labels: what a verdict known for all rows adds to gold known for some, and how many labels settle p′.

Labels are rows drawn uniformly, or uniformly within the rows kept and within those dropped (the designs that
``neyman`` and the audit draw). Estimates are of this file where ``prompt`` is None, else of the process behind it.
What can be saved is a property of the verdict: see ``neyman_factor`` and ``prediction_factor``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from openloop.arrays import Flags, Mask, Values
from openloop.errors import DataError
from openloop.measures import clustered
from openloop.measures.clustered import Clusters
from openloop.measures.combined_intervals import dependence, ratio, square_and_add, widened
from openloop.measures.design_effect import variance_of_mean
from openloop.measures.verifier_quality import bad_after
from openloop.records import Estimate


def post_stratified(gold: Flags, accept: Flags, prompt: Clusters = None, level: float = 0.95) -> dict[str, Estimate]:
    """p, φ, ψ, p★ and p′ from labels on some rows and verdicts on all (shapes [N], NaN unknown).

    Each of kept, dropped and unscored rows is a stratum of known size; its bad share is a Wilson interval, and they
    are joined by square-and-add, the bounds moved out by as much as the strata go together through their prompts.
    Labels may be denser in one stratum than in another. A stratum without labels leaves p, φ, ψ and p★ undefined; p′
    needs the kept rows only.
    """
    kept, dropped, unscored = accept == 1, accept == 0, np.isnan(accept)
    bad = 1 - gold
    n = int((~np.isnan(gold)).sum())
    left = len(gold) - n
    scored = ~unscored
    # Shares of the strata: known for this file, estimated for the process.
    weight_kept = _weight(kept[scored], prompt, scored, level)
    weight_out = _weight(unscored, prompt, None, level)
    in_kept, in_dropped, in_unscored = (
        clustered.proportion(bad[rows], None if prompt is None else prompt[rows], level, least=1)
        for rows in (kept, dropped, unscored)
    )
    missing = [
        name
        for name, rows, e in (
            ("kept", kept, in_kept),
            ("dropped", dropped, in_dropped),
            ("unscored", unscored, in_unscored),
        )
        if rows.any() and not e.n
    ]
    undefined = Estimate(
        math.nan, None, None, level, n, left, f"undefined: no label among {' and '.join(missing)} rows"
    )
    found = {"bad_after": bad_after(gold, accept, prompt, level)}
    if missing or n < clustered.LEAST:
        if not missing:
            undefined = replace(undefined, method=f"undefined: too few labels: {n}, fewer than {clustered.LEAST}")
        return found | dict.fromkeys(("p", "phi", "psi", "ratio", "breakdown"), undefined)

    def share(w: float, k: float, d: float, out: float = 0.0, u: float = 0.0) -> float:
        return (1 - out) * (w * k + (1 - w) * d) + out * u

    parts = [weight_kept, _or_zero(in_kept), _or_zero(in_dropped)]
    with_unscored = [*parts, weight_out, in_unscored] if unscored.any() else parts
    cells = [(kept, scored), (bad, kept), (bad, dropped), (unscored, None), (bad, unscored)]

    def through_prompts(f: Callable[..., float], e: Estimate, most: float = 1.0) -> Estimate:
        """The cells of a prompt go together: their joint variance over what independent cells have."""
        if prompt is None:
            return e
        at = [part.value for part in with_unscored]
        return widened(e, dependence(f, at, [_influence(v, among) for v, among in cells[: len(at)]], prompt), most)

    found["p"] = through_prompts(share, _joined(share, with_unscored, n, left, level, "post-stratified by verdict"))
    if not (kept.any() and dropped.any()):
        why = "every scored row is kept" if kept.any() else "no scored row is kept"
        nothing = replace(undefined, method=f"undefined: {why}")
        return found | dict.fromkeys(("phi", "psi", "ratio", "breakdown"), nothing)
    good_kept, good_dropped = _complement(in_kept), _complement(in_dropped)
    found["phi"] = through_prompts(_phi, _recall(good_kept, good_dropped, weight_kept, n, left))
    found["psi"] = through_prompts(_psi, _recall(in_kept, in_dropped, weight_kept, n, left))
    ratio_, star = _breakdown(parts, n, left, level)
    found["ratio"] = through_prompts(lambda *at: _psi(*at) / _phi(*at), ratio_, math.inf)
    found["breakdown"] = through_prompts(lambda *at: _phi(*at) / (_phi(*at) + _psi(*at)), star)
    return found


def prediction_powered(gold: Flags, score: Flags, prompt: Clusters = None, level: float = 0.95) -> Estimate:
    """The share of bad rows, from labels on some rows (drawn uniformly) and a score on all (shapes [N]): PPI++.

    Angelopoulos et al. 2023 with the variance-minimising weight λ; rows of a prompt may depend on each other in any
    way. Wilson's interval with as many rows as the variance is worth; where fewer than five bad (or good) rows are
    among the labels, no more than the labels alone.
    """
    usable = ~np.isnan(score)
    bad, s = 1 - gold[usable], score[usable]
    clusters = np.arange(len(bad)) if prompt is None else prompt[usable]
    known = ~np.isnan(bad)
    n, rest = int(known.sum()), int((~known).sum())
    left = len(gold) - n
    if n < clustered.LEAST:
        value = float(bad[known].mean()) if n else math.nan
        return Estimate(value, None, None, level, n, left, clustered.too_few(n, "labels"))
    y, f, others = bad[known], s[known], s[~known]
    spread = float(s.var())
    slope = float(np.cov(y, f)[0, 1]) / spread if spread > 0 and rest else 0.0
    weight = slope / (1 + n / rest) if rest else 0.0
    correction = weight * (f.mean() - others.mean()) if rest else 0.0
    value = min(1.0, max(0.0, float(y.mean() - correction)))
    own = variance_of_mean(y - weight * f, clusters[known], level)
    if own.clusters < 2 or own.largest > clustered.HALF + 1e-9:
        return replace(clustered.proportion(bad, clusters, level), value=value, n_unscored=left)
    variance = own.variance
    if rest:
        influence = np.empty(len(bad))
        influence[known] = (y - y.mean() - weight * (f - f.mean())) / n
        influence[~known] = weight * (others - others.mean()) / rest
        variance += variance_of_mean(weight * others, clusters[~known], level).variance if rest > 1 else 0.0
        variance = max(variance, variance_of_mean(len(bad) * influence, clusters, level).variance)
    alone = clustered.effective(y, clusters[known], level)
    rows = value * (1 - value) / variance if variance > 0 else alone.rows
    if min(value, 1 - value) * min(rows, alone.rows) < clustered.FEW:
        rows = min(rows, alone.rows) or alone.rows
    e = clustered.bounded(replace(alone, share=value, rows=rows), level)
    return replace(e, n_unscored=left, method=f"PPI++, λ = {weight:.2f}; {e.method}")


def prediction_factor(gold: Flags, value: Flags) -> float:
    """Var with the verdict or score over var without, at best: 1 − corr² (NaN where either is constant)."""
    known = ~np.isnan(gold) & ~np.isnan(value)
    y, f = gold[known], value[known]
    if len(y) < 2 or y.std() == 0 or f.std() == 0:
        return math.nan
    return 1 - float(np.corrcoef(y, f)[0, 1]) ** 2


def neyman_factor(phi: float, psi: float) -> float:
    """Var of p under the Neyman design over var of plain labelling: (√(φψ) + √((1−φ)(1−ψ)))², whatever p is."""
    return (math.sqrt(phi * psi) + math.sqrt((1 - phi) * (1 - psi))) ** 2


def neyman(sizes: tuple[int, int], bad: tuple[float, float], labels: int) -> tuple[int, int]:
    """How many of ``labels`` to spend on kept and on dropped rows, for p.

    ``sizes``: rows in each; ``bad``: expected share of bad rows in each. In proportion to size times the standard
    deviation, at least 5 each where there are so many, never more than there are.
    """
    if labels < 0 or min(sizes) < 0 or not all(0 <= b <= 1 for b in bad):
        raise DataError(f"neyman: needs counts and shares, got sizes {sizes}, bad {bad}, labels {labels}.")
    pull = [size * math.sqrt(b * (1 - b)) for size, b in zip(sizes, bad, strict=True)]
    total = sum(pull) or 1.0
    first = round(labels * pull[0] / total) if sum(pull) else round(labels * sizes[0] / max(1, sum(sizes)))
    first = min(max(first, min(5, sizes[0], labels)), sizes[0], labels)
    second = min(labels - first, sizes[1])
    return min(sizes[0], labels - second), second


def _phi(w: float, k: float, d: float, *_: float) -> float:
    return w * (1 - k) / (w * (1 - k) + (1 - w) * (1 - d))


def _psi(w: float, k: float, d: float, *_: float) -> float:
    return w * k / (w * k + (1 - w) * d)


def _influence(values: Values | Mask, among: Mask | None) -> Values:
    """What each row [N] moves the mean of ``values`` over the rows ``among`` where it is known by; 0 elsewhere."""
    x = np.asarray(values, dtype=np.float64)
    use = ~np.isnan(x) if among is None else ~np.isnan(x) & among
    return np.where(use, x - x[use].mean(), 0.0) / use.sum() if use.any() else np.zeros(len(x))


def _weight(flag: Mask, prompt: Clusters, among: Mask | None, level: float) -> Estimate:
    if prompt is None or not len(flag):
        share = float(flag.mean()) if len(flag) else 0.0
        return Estimate(share, share, share, level, len(flag))
    return clustered.proportion(flag.astype(float), prompt if among is None else prompt[among], level, least=1)


def _or_zero(e: Estimate) -> Estimate:
    """A stratum that no row is in has weight 0: its share does not matter."""
    return e if e.n else replace(e, value=0.0, low=0.0, high=0.0)


def _complement(e: Estimate) -> Estimate:
    return replace(
        e,
        value=1 - e.value,
        low=None if e.high is None else 1 - e.high,
        high=None if e.low is None else 1 - e.low,
    )


def _joined(f: object, parts: list[Estimate], n: int, left: int, level: float, method: str) -> Estimate:
    low, high = square_and_add(f, parts)  # type: ignore[arg-type]
    value = f(*(part.value for part in parts))  # type: ignore[operator]
    if low is None or high is None:
        return Estimate(value, None, None, level, n, left, method)
    return Estimate(value, max(0.0, low), min(1.0, high), level, n, left, method)


def _recall(in_kept: Estimate, in_dropped: Estimate, weight: Estimate, n: int, left: int) -> Estimate:
    """P(keep | class) = 1/(1 + odds of being dropped · share among dropped / share among kept)."""
    level, method = in_kept.level, "post-stratified by verdict, MOVER"
    odds = (1 - weight.value) / weight.value
    if in_kept.value == 0 and in_dropped.value == 0:
        return Estimate(math.nan, None, None, level, n, left, "undefined: no such row among the labels")
    if in_kept.value == 0:  # turn the ratio over, so that its point is finite
        low, high = ratio(in_kept, in_dropped)
        if low is None or high is None:
            return Estimate(0.0, None, None, level, n, left, "no interval: too few labels")
        return Estimate(0.0, 0.0, high / (high + odds) if math.isfinite(high) else 1.0, level, n, left, method)
    centre = in_dropped.value / in_kept.value
    value = 1 / (1 + odds * centre)
    low, high = ratio(in_dropped, in_kept)
    if low is None or high is None or weight.low is None or weight.high is None:
        return Estimate(value, None, None, level, n, left, "no interval: too few labels")
    reach = [(1 - w) / w if w > 0 else math.inf for w in (weight.high, weight.low)]
    down, up = _log_sum(odds, centre, (reach[0], low)), _log_sum(odds, centre, (reach[1], high))
    return Estimate(value, 1 / (1 + up), 1 / (1 + down), level, n, left, method)


def _log_sum(odds: float, centre: float, ends: tuple[float, float]) -> float:
    """A bound of the product odds · centre, from a bound of each, square-and-add on the logarithm."""
    if not (odds > 0 and centre > 0 and ends[0] > 0 and ends[1] > 0 and all(map(math.isfinite, ends))):
        return ends[0] * ends[1]
    steps = [math.log(ends[0] / odds), math.log(ends[1] / centre)]
    sign = 1 if ends[1] >= centre else -1
    return odds * centre * math.exp(sign * math.hypot(*steps))


def _breakdown(parts: list[Estimate], n: int, left: int, level: float) -> tuple[Estimate, Estimate]:
    def log_ratio(w: float, k: float, d: float) -> float:
        """log ψ/φ = log odds of bad among kept − log odds of bad overall."""
        bad = w * k + (1 - w) * d
        if not (0 < k < 1 and 0 < bad < 1):
            bounds = {True: -math.inf, False: math.inf}
            return math.nan if bad in (0, 1) else bounds[k == 0]
        return math.log(k / (1 - k)) - math.log(bad / (1 - bad))

    method = "post-stratified by verdict, square-and-add"
    centre = log_ratio(*(part.value for part in parts))
    low, high = square_and_add(log_ratio, parts)
    undefined = Estimate(math.nan, None, None, level, n, left, "undefined: labels hold one class only")
    if math.isnan(centre):
        return undefined, undefined
    star = Estimate(
        _star(centre),
        None if high is None else _star(high),
        None if low is None else _star(low),
        level,
        n,
        left,
        method,
    )
    if centre == math.inf:
        return undefined, star
    finite = high is not None and high < 700
    return Estimate(
        math.exp(centre),
        None if low is None else math.exp(low),
        math.exp(high) if finite and high is not None else None,
        level,
        n,
        left,
        method,
    ), star


def _star(log_ratio: float) -> float:
    return 1 / (1 + math.exp(min(log_ratio, 700.0)))
