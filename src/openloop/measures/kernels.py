"""The Gaussian kernel exp(−d² / 2s) of vectors: its bandwidth, its exponent as one product, features of low rank."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from openloop.arrays import Codes, Values
from openloop.measures.blocks import Array, as_numpy, is_tensor, joined, like

MOST = 1000
"""Rows whose pairs give the bandwidth."""
RANK = 256
"""Landmarks of the low-rank kernel."""
_ODD = np.uint64(0x9E3779B97F4A7C15)


def content_numbers(x: Array) -> NDArray[np.uint64]:
    """A number of each row [n] that depends on what it holds alone, so that a draw of rows knows no order."""
    numbers: NDArray[np.uint64] = np.zeros(int(x.shape[0]), dtype=np.uint64)
    bits = np.ascontiguousarray(x.cpu().numpy() if is_tensor(x) else x, dtype=np.float32)
    for column in range(bits.shape[1]):
        numbers = (numbers ^ np.ascontiguousarray(bits[:, column] + np.float32(0)).view(np.uint32)) * _ODD
        numbers ^= numbers >> np.uint64(29)
    return numbers


def content_order(prompt: Codes, *numbers: NDArray[np.uint64]) -> Codes:
    """Places of the rows, prompt by prompt, in an order that their contents give: shape [n]."""
    row = numbers[0]
    for other in numbers[1:]:
        row = (row ^ (other >> np.uint64(7))) * _ODD
    whole: NDArray[np.uint64] = np.zeros(int(prompt.max()) + 1 if len(prompt) else 0, dtype=np.uint64)
    np.add.at(whole, prompt, row)
    return np.lexsort((row, prompt, whole[prompt]))


def median_scale(x: Array, prompt: Codes) -> float:
    """The bandwidth s: the median squared distance of rows of different prompts, among at most 1,000 rows.

    The rows are drawn by content, so that their order does not matter. Where half of the pairs are equal, the mean of
    the distances that are none; 0 where all rows are equal.
    """
    few = np.argsort(content_numbers(x), kind="stable")[:MOST]
    rows = as_numpy(x[few])
    rows = rows - rows.mean(0)
    squares = (rows**2).sum(1)
    distance = np.maximum(0, squares[:, None] + squares[None, :] - 2 * rows @ rows.T)
    pairs = distance[np.triu(prompt[few][:, None] != prompt[few][None, :], 1)]
    if not len(pairs):
        return 0.0
    middle = float(np.median(pairs))
    tiny = 1e-9 * float(pairs.max())
    if middle > tiny:
        return middle
    positive = pairs[pairs > tiny]
    return float(positive.mean()) if len(positive) else 0.0


def exponents(x: Array, scale: float, weight: Values | None = None) -> tuple[Array, Array]:
    """Two matrices [n, D + 2] whose product is the kernel's exponent, so that a block is one product and one exp.

    With ``weight`` [n] the exponential is the kernel times √(w_i w_j).
    """
    centred = (x - x.mean(0)) / scale**0.5
    half = (centred * centred).sum(1)[:, None] * -0.5
    if weight is not None:
        half = half + like(0.5 * np.log(weight), x)[:, None]
    one = half * 0 + 1
    return joined((centred, half, one), 1), joined((centred, one, half), 1)


def landmark_features(x: Array, scale: float, rank: int = RANK) -> Array:
    """Features [n, r] whose products are the kernel's of low rank (Nyström, Williams and Seeger 2001), r ≤ ``rank``.

    The landmarks are rows drawn by content. A test that permutes rows of these features permutes one fixed kernel.
    """
    different = np.unique(content_numbers(x), return_index=True)[1][:rank]
    marks = x[np.sort(different)]
    products = as_numpy(_gaussian(marks, marks, scale))
    values, directions = np.linalg.eigh(products)
    held = values > 1e-5 * values[-1]
    root = like(directions[:, held] / np.sqrt(values[held]), x)
    return _gaussian(x, marks, scale) @ root


def _gaussian(x: Array, y: Array, scale: float) -> Any:
    products = x @ y.T
    products -= (x * x).sum(1)[:, None] / 2
    products -= (y * y).sum(1)[None, :] / 2
    products /= scale
    return products.exp_() if is_tensor(products) else np.exp(products, out=products)
