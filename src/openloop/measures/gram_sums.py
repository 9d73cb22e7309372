"""Sums over two Gram matrices that are never there as a whole: what HSIC is made of.

Rows come prompt after prompt. Each prompt counts alike: row i of a prompt of n_g rows weighs w_i = 1/n_g. Only blocks
on and above the diagonal are computed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from openloop.arrays import Codes, Values
from openloop.measures.blocks import (
    BLOCK,
    Array,
    Workspace,
    as_numpy,
    cluster_spans,
    dot,
    like,
    summed,
    zeros,
)
from openloop.measures.kernels import exponents


@dataclass
class Products:
    """Sums of k l for one pair of kernels, over pairs of rows of different prompts unless said otherwise."""

    pairs: float = 0.0
    """Σ w_i w_j k_ij l_ij."""
    within: float = 0.0
    """The same over pairs of one prompt, a row with itself included."""
    centred: float = 0.0
    """Σ_i w_i Σ_h k_ih l_ih, where k_ih = Σ_{j in h} w_j k_ij for another prompt h."""
    prompts: float = 0.0
    """Σ_{g≠h} k_gh l_gh, where k_gh = Σ_{i in g} w_i k_ih."""


@dataclass
class GramSums:
    """Everything that the three HSICs (x with y, x with x, y with y) need."""

    products: dict[str, Products]
    """By ``xy``, ``xx``, ``yy``."""
    rows: dict[str, Values]
    """By ``x``, ``y``: shape [n], Σ_j w_j k_ij over rows of other prompts."""
    rows_within: dict[str, Values]
    """The same over rows of the same prompt."""
    sizes: Codes
    """Shape [C]: rows of each prompt."""

    def unbiased(self, which: str) -> float:
        """HSIC as a U-statistic over prompts (Song et al. 2012, eq. 4, whose samples are here prompts of any size).

        E k_ij l_ij + E k_ij l_qr − 2 E k_ij l_iq, the indices being rows of different prompts. Needs four prompts.
        """
        c, one = len(self.sizes), self.products[which]
        of_x, of_y = self.rows[which[0]], self.rows[which[1]]
        w = np.repeat(1 / self.sizes, self.sizes)
        stars = float((w * of_x * of_y).sum()) - one.centred
        starts = np.r_[0, np.cumsum(self.sizes)[:-1]]
        of_prompts = [np.add.reduceat(w * rows, starts) for rows in (of_x, of_y)]
        prompt_stars = float((of_prompts[0] * of_prompts[1]).sum()) - one.prompts
        apart = float(of_prompts[0].sum() * of_prompts[1].sum()) - 4 * prompt_stars - 2 * one.prompts
        pairs, triples = c * (c - 1), c * (c - 1) * (c - 2)
        return one.pairs / pairs + apart / (triples * (c - 3)) - 2 * stars / triples

    def biased(self, which: str) -> float:
        """tr(KHLH) / m² for prompts of one row (Gretton et al. 2005); in general with the rows' weights."""
        c, one = len(self.sizes), self.products[which]
        of_x, of_y = (self.rows[side] + self.rows_within[side] for side in which)
        w = np.repeat(1 / self.sizes, self.sizes)
        mean_x, mean_y = float((w * of_x).sum()) / c**2, float((w * of_y).sum()) / c**2
        return (one.pairs + one.within) / c**2 - 2 * float((w * of_x * of_y).sum()) / c**3 + mean_x * mean_y

    def off_diagonal(self, side: str) -> float:
        """Mean of a kernel over rows of different prompts."""
        c = len(self.sizes)
        return float((np.repeat(1 / self.sizes, self.sizes) * self.rows[side]).sum()) / (c * (c - 1))


def gram_sums(x: Array, y: Array, scales: tuple[float, float], sizes: Codes) -> GramSums:
    """Of rows x [n, D] and y [n, E], prompt after prompt, ``sizes`` [C] of each; O(n² (D + E)), blocks of memory."""
    weight = np.repeat(1 / sizes, sizes)
    left, right = zip(*(exponents(z, s, weight) for z, s in ((x, scales[0]), (y, scales[1]))), strict=True)
    root, uneven = like(np.sqrt(weight), x), int(sizes.max()) > 1
    codes = like(np.repeat(np.arange(len(sizes)), sizes), x)
    products = {which: Products() for which in ("xy", "xx", "yy")}
    rows = {side: zeros(len(weight), x) for side in "xy"}
    within = {side: zeros(len(weight), x) for side in "xy"}
    spans, memory = cluster_spans(sizes, BLOCK), {side: Workspace() for side in "xy"}
    for number, (mine, my_prompts) in enumerate(spans):
        for theirs, their_prompts in spans[number:]:
            kernels = {
                side: memory[side].exponential(a[mine], b[theirs]) for side, a, b in zip("xy", left, right, strict=True)
            }
            if mine == theirs:
                _take_out_prompts(kernels, codes[mine], root[mine], products, [w[mine] for w in within.values()])
            twice = 1 if mine == theirs else 2
            for which, one in products.items():
                one.pairs += twice * dot(kernels[which[0]], kernels[which[1]])
            for side, kernel in kernels.items():
                rows[side][mine] += kernel @ root[theirs]
                if twice == 2:
                    rows[side][theirs] += root[mine] @ kernel
            if uneven:
                _of_prompts(kernels, root, sizes, (mine, theirs), (my_prompts, their_prompts), products)
    for one in products.values():
        one.pairs, one.within = float(one.pairs), float(one.within)
        one.centred, one.prompts = (float(one.centred), float(one.prompts)) if uneven else (one.pairs, one.pairs)
    unweighted = 1 / np.sqrt(weight)
    return GramSums(
        products,
        {side: as_numpy(sums) * unweighted for side, sums in rows.items()},
        {side: as_numpy(sums) * unweighted for side, sums in within.items()},
        sizes,
    )


def _take_out_prompts(
    kernels: dict[str, Array], codes: Array, root: Array, products: dict[str, Products], within: list[Any]
) -> None:
    """In a block on the diagonal: note what pairs of one prompt add, then set them to 0."""
    same = codes[:, None] == codes[None, :]
    inside = {side: kernel * same for side, kernel in kernels.items()}
    for which, one in products.items():
        one.within += dot(inside[which[0]], inside[which[1]])
    for side, sums in zip(kernels, within, strict=True):
        sums += inside[side] @ root
        kernels[side] -= inside[side]


def _of_prompts(
    kernels: dict[str, Array],
    root: Array,
    sizes: Codes,
    rows: tuple[slice, slice],
    prompts: tuple[slice, slice],
    products: dict[str, Products],
) -> None:
    """Add what a block says of prompts as wholes; the entries hold √(w_i w_j)."""
    twice = 1 if rows[0] == rows[1] else 2
    mine, theirs = (sizes[span] for span in prompts)
    my_root, their_root = (like(1 / np.sqrt(held), root) for held in (mine, theirs))
    across = {side: summed(kernel, theirs, 1) * their_root[None, :] for side, kernel in kernels.items()}
    down = {side: summed(kernel, mine, 0) * my_root[:, None] for side, kernel in kernels.items()}
    both = {side: summed(block, mine, 0) * my_root[:, None] for side, block in across.items()}
    for which, one in products.items():
        a, b = which[0], which[1]
        one.centred += dot(across[a], across[b]) + (dot(down[a], down[b]) if twice == 2 else 0.0)
        one.prompts += twice * dot(both[a], both[b])
