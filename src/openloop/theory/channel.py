"""What a signal tells: exact information in finite worlds, in bits.

A world is a joint distribution as an array, one axis a variable. Prompts X, outputs A, signal Y; a partition of the
outputs into classes Q (per prompt if need be) says which differences matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from openloop.arrays import Values
from openloop.errors import InputError
from openloop.theory.argument_checks import probability

Axes = int | Sequence[int]


def entropy(p: ArrayLike) -> float:
    """H of a joint distribution (bits)."""
    flat = np.asarray(p, dtype=np.float64).ravel()
    held = flat[flat > 0]
    return float(-(held * np.log2(held)).sum())


def binary_entropy(p: ArrayLike) -> Values:
    """h₂(p) (bits)."""
    x = probability("p", p)
    with np.errstate(divide="ignore", invalid="ignore"):
        h = -x * np.log2(x) - (1 - x) * np.log2(1 - x)
    return np.asarray(np.where((x == 0) | (x == 1), 0.0, h))


def world(joint: ArrayLike) -> Values:
    """A joint distribution, checked. Raises InputError for negative numbers or a sum other than 1."""
    p = np.asarray(joint, dtype=np.float64)
    if p.ndim < 2 or (p < 0).any() or abs(float(p.sum()) - 1) > 1e-9:
        raise InputError(f"world: needs chances of at least two variables that add up to 1, got a sum of {p.sum():g}.")
    return p


def information(joint: ArrayLike, a: Axes, b: Axes, given: Axes = ()) -> float:
    """I(A; B | C) in bits; ``a``, ``b``, ``given`` are axes of the joint distribution."""
    p = np.asarray(joint, dtype=np.float64)
    x, y, z = (set([axes] if isinstance(axes, int) else axes) for axes in (a, b, given))

    def h(axes: set[int]) -> float:
        return entropy(p.sum(axis=tuple(set(range(p.ndim)) - axes))) if axes else 0.0

    return max(0.0, h(x | z) + h(y | z) - h(x | y | z) - h(z))


@dataclass(frozen=True, slots=True)
class Decomposition:
    """H(A) = I(A;X) + I(A;Q|X) + I(A;Y|Q,X) + H(A|X,Y) for a Q-measurable signal; in general the middle two are of Y
    (bits).

    information-open, Thm 4.2, with the prompt's part and what is left beside it.
    """

    prompt: float
    """I(A; X): what the prompt decides."""
    task: float
    """I(Q; Y | X): what the signal tells of the class."""
    within: float
    """I(A; Y | Q, X): what it tells beyond the class."""
    left: float
    """H(A | X, Y)."""

    @property
    def supervision(self) -> float:
        """I(A; Y | X) = task + within."""
        return self.task + self.within

    @property
    def efficiency(self) -> float:
        """η = task / supervision: not the verifier's quality (one that errs 49 % of the time can have 1).

        NaN without any.
        """
        return self.task / self.supervision if self.supervision > 1e-12 else float("nan")


def decompose(prompt: ArrayLike, outputs: ArrayLike, signal: ArrayLike, classes: ArrayLike) -> Decomposition:
    """The four parts for prompts [X], outputs given prompts [X, A], a signal [X, A, Y] (a channel: noise is allowed),
    and classes [A] or [X, A] (whole numbers).
    """
    px, pa, py = (np.asarray(v, dtype=np.float64) for v in (prompt, outputs, signal))
    q = np.broadcast_to(np.asarray(classes, dtype=np.int64), pa.shape)
    shapes = px.shape + pa.shape[1:] + py.shape[2:]
    if pa.ndim != 2 or py.ndim != 3 or len(shapes) != 3 or pa.shape[0] != len(px) or py.shape[:2] != pa.shape:
        raise InputError(f"decompose: needs [X], [X, A], [X, A, Y]; got {px.shape}, {pa.shape}, {py.shape}.")
    joint = world(px[:, None, None] * pa[:, :, None] * py)
    codes = np.eye(int(q.max()) + 1)[q]
    whole = joint[:, :, :, None] * codes[:, :, None, :]  # axes X, A, Y, Q
    total = entropy(joint.sum((0, 2)))
    at_prompt = information(joint, 1, 0)
    task, within = information(whole, 3, 2, 0), information(whole, 1, 2, (0, 3))
    return Decomposition(at_prompt, task, within, total - at_prompt - task - within)


def accept_or_reject(alpha: float, m: int) -> tuple[float, float]:
    """Bits of "is it one of the m acceptable answers" and of "is it this one of them", outputs uniform inside (mass α).

    h₂(α) and h₂(α/m). The second is smaller, as the paper has it, exactly where α < m/(m + 1).
    """
    probability("alpha", alpha)
    if m < 1:
        raise InputError(f"accept_or_reject: m must be at least 1, got {m}.")
    return float(binary_entropy(alpha)), float(binary_entropy(alpha / m))


def repeated_bits(good: float, phi: float, psi: float, repeats: int) -> float:
    """I(Q; Y_1 … Y_r) (bits): what r fresh scorings of one pair tell of its class, accepting good ones φ, bad ones ψ.

    Zero from the second on for a signal without noise; with noise repeats tell more and more.
    """
    for name, value in (("good", good), ("phi", phi), ("psi", psi)):
        probability(name, value)
    if repeats < 1:
        raise InputError(f"repeated_bits: repeats must be at least 1, got {repeats}.")
    from scipy.stats import binom

    count = np.arange(repeats + 1)
    joint = np.array([good * binom.pmf(count, repeats, phi), (1 - good) * binom.pmf(count, repeats, psi)])
    return information(joint, 0, 1)


def new_sample_bits(prompt: ArrayLike, good: ArrayLike, phi: float, psi: float) -> float:
    """I(Q₂; Y₂ | Y₁) (bits): what the verdict on a second sample of a prompt tells of that sample, the first one's
    being known.

    ``prompt``: chances of the kinds of prompts [X]; ``good``: share of good samples of each kind [X]. Not zero for
    prompts that are solved sometimes, though the prompt is old.
    """
    px, share = np.asarray(prompt, dtype=np.float64), probability("good", good)
    accept = np.array([float(probability("psi", psi)), float(probability("phi", phi))])
    if px.shape != share.shape or px.ndim != 1:
        raise InputError(f"new_sample_bits: needs [X] and [X], got {px.shape} and {share.shape}.")
    classes = np.stack([1 - share, share], 1)  # [X, Q]
    verdicts = np.stack([1 - accept, accept], 1)  # [Q, Y]
    first = classes @ verdicts  # [X, Y₁]
    second = classes[:, :, None] * verdicts  # [X, Q₂, Y₂]
    return information(world(np.einsum("x,xa,xqb->aqb", px, first, second)), 1, 2, 0)


def loop_information(
    source: ArrayLike, data: ArrayLike, model: ArrayLike, outside: ArrayLike | None = None
) -> dict[str, float]:
    """Bits about a task S in the data, and in a model trained on data D and an outside signal E; with its bounds.

    ``source`` [S], ``data`` P(D | S) [S, D], ``outside`` P(E | S, D) [S, D, E], ``model`` P(M | D, E) [D, E, M] (or [D,
    M] without E). Closed: I(S; M) ≤ I(S; D) (the data-processing inequality). Open: I(S; M) ≤ I(S; D) + I(S; E | D)
    (information-open, §3.4).
    """
    ps, pd = np.asarray(source, dtype=np.float64), np.asarray(data, dtype=np.float64)
    pe = np.ones((*pd.shape, 1)) if outside is None else np.asarray(outside, dtype=np.float64)
    pm = np.asarray(model, dtype=np.float64)
    pm = pm[:, None, :] if pm.ndim == 2 else pm
    joint = world(ps[:, None, None, None] * pd[:, :, None, None] * pe[:, :, :, None] * pm[None])
    return {
        "data": information(joint, 0, 1),
        "outside": information(joint, 0, 2, 1),
        "model": information(joint, 0, 3),
    }
