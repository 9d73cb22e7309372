"""Bits: what a verdict says, of what, and how much of it is noise (information-open §4).

    H(A) = I(A;X) + I(A;Q|X) + I(A;Y|Q,X) + H(A|X,Y)

for a verdict A on completion Y of prompt X with gold class Q: what it says of the prompt, of the class within the
prompt, of the rest within the class, and noise. η = I(A;Q|X) / I(A;Y|X) (Thm 4.2) is the share of what it says about
completions that is about their class; it is no quality: a verifier that is wrong 49 % of the time can have η = 1.

Values of A are few classes: ``classes`` cuts a score into at most eight of equal size.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from openloop.measures import intervals
from openloop.measures.clustered import Clusters, effective
from openloop.records import Estimate

Values = NDArray[np.float64]
Codes = NDArray[np.int64]
CLASSES = 8
BLOCKS = 200


def classes(values: Values) -> Codes:
    """Codes from 0; −1 where NaN. Up to eight distinct values stay, more are cut into eight classes of equal size."""
    known = ~np.isnan(values)
    codes = np.full(values.shape, -1, dtype=np.int64)
    held = np.unique(values[known])
    if len(held) > CLASSES:
        held = np.unique(np.quantile(values[known], np.arange(1, CLASSES) / CLASSES))
        codes[known] = np.searchsorted(held, values[known], side="right")
        codes[known] = np.unique(codes[known], return_inverse=True)[1]
    else:
        codes[known] = np.searchsorted(held, values[known])
    return codes


def entropy(codes: Codes) -> float:
    """Bits of the distribution of codes [N], with Miller and Madow's correction; −1 is left out."""
    counts = np.bincount(codes[codes >= 0]).astype(float)
    correction = (int(np.count_nonzero(counts)) - 1) / (2 * math.log(2) * max(1.0, float(counts.sum())))
    return float(_entropy(counts[None])[0]) + correction


def about_gold(
    verdict: Codes,
    gold: Values,
    prompt: Clusters,
    rng: np.random.Generator,
    level: float = 0.95,
    shuffles: int = 999,
) -> tuple[Estimate, float | None]:
    """I(A; gold) in bits, and the p-value of "none" (verdict codes [N], gold 0/1/NaN).

    Jackknife over prompts (blocks of them where there are many), bias-corrected: covers well for strong signals. Near
    0 it does not, so where p > .05 the interval is [0, upper], the upper bound one-sided from a noncentral χ² with the
    effective number of rows. p: rows shuffled, or signs of the prompts' sums flipped where prompts hold several rows.
    """
    known = (verdict >= 0) & ~np.isnan(gold)
    a, g, out = verdict[known], gold[known].astype(np.int64), int((~known).sum())
    n = len(a)
    if n < 10 or len(np.unique(a)) < 2 or len(np.unique(g)) < 2:
        why = "fewer than ten rows with both" if n < 10 else "the verdict or gold does not vary"
        return Estimate(math.nan, None, None, level, n, out, f"undefined: {why}"), None
    a = np.unique(a, return_inverse=True)[1]
    clusters = np.arange(n) if prompt is None else np.unique(prompt[known], return_inverse=True)[1]
    p_value = _p_of_none(a, g, clusters, rng, shuffles)
    width = int(a.max()) + 1
    blocks = clusters % BLOCKS if clusters.max() >= BLOCKS else clusters
    tables = np.zeros((int(blocks.max()) + 1, width * 2))
    np.add.at(tables, (blocks, a * 2 + g), 1.0)
    whole = tables.sum(0)
    plug_in = float(_mutual(whole[None], width)[0])
    if p_value > 0.05:
        from scipy.special import chndtrinc

        rows = effective(g.astype(float), clusters, level).rows
        seen = 2 * rows * math.log(2) * plug_in
        upper = float(chndtrinc(seen, width - 1, 1 - level))
        upper = (0.0 if math.isnan(upper) else upper) / (2 * rows * math.log(2))
        value = max(0.0, plug_in - (width - 1) / (2 * n * math.log(2)))
        method = f"one-sided {level:.0%} bound; none, p = {p_value:.2g}"
        return Estimate(value, 0.0, max(upper, value), level, n, out, method), p_value
    held = len(tables)
    left = _mutual(whole - tables, width)
    pseudo = held * plug_in - (held - 1) * left
    e = intervals.mean(pseudo, level)
    low, high = (None if b is None else max(0.0, b) for b in (e.low, e.high))
    return Estimate(
        max(0.0, e.value), low, high, level, n, out, f"jackknife over {held:,} blocks of prompts"
    ), p_value


def decompose(verdicts: Codes, gold: Values, prompt: Codes, level: float = 0.95) -> dict[str, Estimate]:
    """The four parts of H(A) and η: verdicts [N, R] codes (−1 missing), R scorings of each row; prompts of two rows
    with gold or more.

    Every part is a mean over prompts, weighted by rows, with a t interval over them. Plug-in entropies are too small;
    a jackknife over the rows of the prompt (over the scorings of the row, for the noise) takes out the first order
    of it. With one scoring a row the last two parts cannot be told apart (``rest_and_noise``) and η is not given.
    """
    usable = ~np.isnan(gold) & (verdicts >= 0).any(1)
    size = np.bincount(prompt[usable], minlength=int(prompt.max()) + 1)
    usable &= size[prompt] >= 2
    n, out = int(usable.sum()), int((~usable).sum())
    if not n:
        return {
            "entropy": Estimate(
                math.nan, None, None, level, 0, out, "undefined: no prompt has two rows with gold"
            )
        }
    p = np.unique(prompt[usable], return_inverse=True)[1]
    a, q = verdicts[usable], gold[usable].astype(np.int64)
    each = np.stack([(a == v).sum(1) for v in range(int(a.max()) + 1)], 1).astype(float)  # [rows, V]
    rows = np.bincount(p).astype(float)
    total = entropy(a.ravel())
    inside = _jackknifed(each, p, p, rows)
    by_class = _jackknifed(each, p * 2 + q, p, rows)
    parts = {"prompt": total - inside, "class": inside - by_class}
    repeated = each.sum(1).max() >= 2
    if repeated:
        noise = np.bincount(p, weights=_one_row(each)) / rows
        parts |= {"within_class": by_class - noise, "noise": noise}
    else:
        parts |= {"rest_and_noise": by_class}
    found = {"entropy": Estimate(total, None, None, level, n, out, "bits of the verdict, Miller-Madow")}
    for name, values in parts.items():
        found[name] = replace(_weighted(values, rows, level), n=n, n_unscored=out)
    if repeated:
        found["efficiency"] = replace(
            _ratio(inside - by_class, inside - noise, rows, level), n=n, n_unscored=out
        )
    return found


def _jackknifed(each: Values, cell: Codes, prompt: Codes, rows: Values) -> Values:
    """H(A | cell) in bits for each prompt, cells weighted by their scorings; jackknife over the prompt's rows.

    ``each`` [N, V] counts the scorings of a row by value; ``cell`` is the prompt, or prompt and class.
    """
    width, cells = each.shape[1], int(cell.max()) + 1
    counts = np.zeros((cells, width))
    np.add.at(counts, cell, each)
    owner = np.zeros(cells, dtype=np.int64)
    owner[cell] = prompt
    total = counts.sum(1)
    amount = np.bincount(owner, weights=total, minlength=len(rows))
    sums = np.bincount(owner, weights=total * _entropy(counts), minlength=len(rows))
    without = counts[cell] - each
    changed = sums[prompt] - (total * _entropy(counts))[cell] + without.sum(1) * _entropy(without)
    left = amount[prompt] - each.sum(1)
    deleted = np.divide(changed, left, out=np.zeros(len(cell)), where=left > 0)
    mean_deleted = np.bincount(prompt, weights=deleted) / rows
    return np.asarray(rows * sums / amount - (rows - 1) * mean_deleted)


def _one_row(each: Values) -> Values:
    """Entropy of the scorings of each row [N], jackknife over them; rows of one scoring say nothing (0)."""
    count = each.sum(1)
    deleted = np.zeros(len(each))
    for v in range(each.shape[1]):
        less = each.copy()
        less[:, v] -= 1
        deleted += each[:, v] * _entropy(np.maximum(less, 0))
    mean_deleted = deleted / np.maximum(count, 1)
    return np.asarray(np.where(count > 1, count * _entropy(each) - (count - 1) * mean_deleted, 0.0))


def _weighted(values: Values, weight: Values, level: float) -> Estimate:
    """Weighted mean over prompts, t interval."""
    share = weight / weight.sum()
    centre, prompts = float((share * values).sum()), len(values)
    if prompts < 3:
        return Estimate(centre, None, None, level, prompts, method="no interval: fewer than three prompts")
    from scipy.special import stdtrit

    error = math.sqrt(float(((share * (values - centre)) ** 2).sum()) * prompts / (prompts - 1))
    half = float(stdtrit(prompts - 1, (1 + level) / 2)) * error
    return Estimate(
        centre, centre - half, centre + half, level, prompts, method=f"bits, mean over {prompts:,} prompts"
    )


def _ratio(top: Values, bottom: Values, weight: Values, level: float) -> Estimate:
    share = weight / weight.sum()
    a, b, prompts = float((share * top).sum()), float((share * bottom).sum()), len(top)
    if b <= 0 or prompts < 3:
        return Estimate(
            math.nan, None, None, level, prompts, method="undefined: the verdict says nothing of completions"
        )
    from scipy.special import stdtrit

    error = math.sqrt(float(((share * (top - a / b * bottom)) ** 2).sum()) * prompts / (prompts - 1)) / b
    half = float(stdtrit(prompts - 1, (1 + level) / 2)) * error
    low, high = (max(0.0, min(1.0, a / b + sign * half)) for sign in (-1, 1))
    value, method = max(0.0, min(1.0, a / b)), f"linearised ratio over {prompts:,} prompts"
    return Estimate(value, low, high, level, prompts, method=method)


def _entropy(counts: Values) -> Values:
    """Plug-in bits of each row of counts."""
    total = counts.sum(1, keepdims=True)
    share = np.divide(counts, total, out=np.zeros_like(counts), where=total > 0)
    return np.asarray(-(share * np.log2(np.where(share > 0, share, 1))).sum(1))


def _mutual(tables: Values, width: int) -> Values:
    """Plug-in I in bits of tables [B, width · 2]."""
    cells = tables.reshape(len(tables), width, 2)
    return np.asarray(_entropy(cells.sum(2)) + _entropy(cells.sum(1)) - _entropy(tables))


def _p_of_none(a: Codes, g: Codes, clusters: Codes, rng: np.random.Generator, shuffles: int) -> float:
    """Shuffled rows and I; for clusters, flipped signs of the prompts' centred products, largest over classes."""
    if len(np.unique(clusters)) == len(a):
        width = int(a.max()) + 1
        seen = _table(a, g, width)
        drawn = np.stack([_table(a, rng.permutation(g), width) for _ in range(min(shuffles, 499))])
        values = _mutual(np.vstack([seen[None], drawn]), width)
        return float((1 + (values[1:] >= values[0] - 1e-12).sum()) / len(values))
    each = np.eye(int(a.max()) + 1)[a]
    sums = np.zeros((int(clusters.max()) + 1, each.shape[1]))
    np.add.at(sums, clusters, (each - each.mean(0)) * (g - g.mean())[:, None])
    scale = np.sqrt((sums**2).sum(0))
    sums = sums[:, scale > 0] / scale[scale > 0]
    signs = rng.choice([-1.0, 1.0], size=(min(shuffles, max(99, 20_000_000 // len(sums))), len(sums)))
    seen_t, drawn_t = np.abs(sums.sum(0)).max(), np.abs(signs @ sums).max(1)
    return float((1 + (drawn_t >= seen_t - 1e-12).sum()) / (1 + len(signs)))


def _table(a: Codes, g: Codes, width: int) -> Values:
    return np.bincount(a * 2 + g, minlength=width * 2).astype(float)
