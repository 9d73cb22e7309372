"""The four parts of a verdict's bits, and efficiency (information-open, Theorem 4.2).

    H(A) = I(A;X) + I(A;Q|X) + I(A;Y|Q,X) + H(A|X,Y)

for a verdict A on completion Y of prompt X with gold class Q: what it says of the prompt, of the class within the
prompt, of the rest within the class, and noise. η = I(A;Q|X) / I(A;Y|X) is the share of what it says about
completions that is about their class; it is no quality: a verifier that is wrong 49 % of the time can have η = 1.

Cells of few verdicts borrow from each other: :mod:`.cell_entropy`.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from openloop.arrays import Codes, Mask, Values
from openloop.errors import DataError
from openloop.measures.cell_entropy import Cells, counted
from openloop.measures.clustered import Clusters
from openloop.measures.intervals import student
from openloop.records import Estimate

BLOCKS = 25


def decompose(verdicts: Codes, gold: Values, prompt: Codes, level: float = 0.95) -> dict[str, Estimate]:
    """``entropy``, its parts ``prompt``, ``class``, ``within_class``, ``noise`` (bits) and ``efficiency``.

    Shapes: verdicts [N, R] codes (−1 missing) of R scorings of each row, gold [N] (NaN unknown), prompt [N]. Prompts
    with fewer than two rows of known gold are left out; without any, ``entropy`` is NaN and says so. The parts add up
    to the entropy and are not cut at 0. Jackknife over prompts (25 blocks where there are more). With one scoring a
    row the last two cannot be told apart (``rest_and_noise``), and η has a lower bound only, which is not given;
    nor is η where what the verdict says of completions is not above 0. Raises DataError for shapes that do not fit.
    """
    _require(verdicts, prompt)
    if gold.shape != prompt.shape:
        raise DataError(f"decompose: needs gold for each row, got {gold.shape} for {prompt.shape} rows.")
    usable = ~np.isnan(gold) & (verdicts >= 0).any(1)
    size = np.bincount(prompt[usable], minlength=int(prompt.max(initial=0)) + 1)
    usable &= size[prompt] >= 2
    n, out = int(usable.sum()), int((~usable).sum())
    if not n:
        nothing = "undefined: no prompt has two rows with gold"
        return {"entropy": Estimate(math.nan, None, None, level, 0, out, nothing)}
    x = np.unique(prompt[usable], return_inverse=True)[1]
    a, q = verdicts[usable], np.unique(gold[usable], return_inverse=True)[1]
    width = int(a.max()) + 1
    row = np.arange(n)
    inside = Cells.by_column(a, x, np.zeros(n, dtype=np.int64), x, width)
    by_class = Cells.by_column(a, x * (int(q.max()) + 1) + q, q, x, width)
    each = Cells(counted(a, row, row, width), q, x, 1)
    repeated = int((a >= 0).sum(1).max()) >= 2

    def parts(keep: Mask) -> Values:
        """Entropy and its parts from the prompts kept."""
        total = _miller_madow(each.counts[keep[each.prompt]].sum(0), int(keep[x].sum()))
        h_x, h_xq = inside.entropy(keep), by_class.entropy(keep)
        h_xy = each.entropy(keep) if repeated else 0.0
        return np.array([total, total - h_x, h_x - h_xq, h_xq - h_xy, h_xy])

    value, pseudo = _jackknife(parts, int(x.max()) + 1)
    s_x, s_xq, s_xy = inside.slack(), by_class.slack(), each.slack() if repeated else 0.0
    flat = (width - 1) / (2 * math.log(2) * (int(x.max()) + 1))  # at its maximum the entropy has no slope
    slack = (flat, s_x, s_x + s_xq, s_xq + s_xy, s_xy)
    names = ["entropy", "prompt", "class", *(("within_class", "noise") if repeated else ("rest_and_noise",))]
    found = {k: _estimate(value[i], pseudo[:, i], level, n, out, slack[i]) for i, k in enumerate(names)}
    if repeated:
        found["efficiency"] = _efficiency(value, pseudo, level, n, out, slack)
    return found


def noise(verdicts: Codes, prompt: Clusters = None, level: float = 0.95) -> Estimate:
    """H(A|X,Y) in bits from repeats alone: verdicts [N, R] codes (−1 missing); no gold needed.

    Rows with fewer than two scorings are ``n_unscored``.
    """
    _require(verdicts, np.arange(len(verdicts)) if prompt is None else prompt)
    several = (verdicts >= 0).sum(1) >= 2
    n, out = int(several.sum()), int((~several).sum())
    if not n:
        return Estimate(math.nan, None, None, level, 0, out, "undefined: no row has two scorings")
    a, row = verdicts[several], np.arange(n)
    x = row if prompt is None else np.unique(prompt[several], return_inverse=True)[1]
    cells = Cells(counted(a, row, row, int(a.max()) + 1), np.zeros(n, dtype=np.int64), x, 1)
    value, pseudo = _jackknife(lambda keep: np.array([cells.entropy(keep)]), int(x.max()) + 1)
    return _estimate(value[0], pseudo[:, 0], level, n, out, cells.slack())


def _miller_madow(counts: Values, rows: int) -> float:
    """Bits of the pooled verdict; the correction counts rows, not scorings."""
    share = counts[counts > 0] / counts.sum()
    return float(-(share * np.log2(share)).sum()) + (len(share) - 1) / (2 * math.log(2) * rows)


def _jackknife(f: Callable[[Mask], Values], prompts: int) -> tuple[Values, Values]:
    """f of all prompts, and pseudo-values [blocks, ...] that leave out one block of prompts at a time."""
    block = np.arange(prompts) % BLOCKS
    value, blocks = f(np.ones(prompts, dtype=bool)), min(prompts, BLOCKS)
    if blocks < 3:
        return value, np.empty((0, len(value)))
    left = np.stack([f(block != b) for b in range(blocks)])
    return value, blocks * value - (blocks - 1) * left


def _estimate(value: float, pseudo: Values, level: float, n: int, out: int, slack: float = 0.0) -> Estimate:
    if len(pseudo) < 3:
        return Estimate(float(value), None, None, level, n, out, "no interval: fewer than three prompts")
    blocks, value = len(pseudo), float(value)
    if float(np.ptp(pseudo)) < 1e-12 and slack < 1e-12:
        return Estimate(value, None, None, level, n, out, "no interval: nothing differs between prompts")
    half = student(blocks - 1, level) * float(pseudo.std(ddof=1)) / math.sqrt(blocks) + slack
    method = f"bits, Dirichlet cells; jackknife over {blocks} blocks of prompts"
    return Estimate(value, value - half, value + half, level, n, out, method)


def _efficiency(value: Values, pseudo: Values, level: float, n: int, out: int, slack: tuple[float, ...]) -> Estimate:
    """Linearised ratio I(A;Q|X) / I(A;Y|X), in [0, 1]."""
    says = value[2] + value[3]
    whole = _estimate(says, pseudo[:, 2] + pseudo[:, 3], level, n, out, slack[1] + slack[4])
    if says <= 0 or (whole.low is not None and whole.low <= 0):
        why = "undefined: the verdict carries no measurable information about completions"
        return Estimate(math.nan, None, None, level, n, out, why)
    ratio = value[2] / says
    shift = (1 - ratio) * pseudo[:, 2] - ratio * pseudo[:, 3]
    error = _estimate(0.0, shift / says, level, n, out, max(slack[2], slack[3]) / says)
    low, high = (None if b is None else min(1.0, max(0.0, ratio + b)) for b in (error.low, error.high))
    return Estimate(min(1.0, max(0.0, ratio)), low, high, level, n, out, f"linearised ratio; {error.method}")


def _require(verdicts: Codes, prompt: Codes) -> None:
    if verdicts.ndim != 2 or prompt.shape != verdicts.shape[:1]:
        raise DataError(f"verdicts: needs codes [N, R] and N prompts, got {verdicts.shape} and {prompt.shape}.")
