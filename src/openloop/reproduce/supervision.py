"""information-open, §3.4, §4.1-4.3: what a signal tells, split into what matters and what does not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from openloop.arrays import Values
from openloop.reproduce.base import Claim, Result, claim
from openloop.reproduce.drawing import INK, look
from openloop.reproduce.verdicts import every, lies, verdict
from openloop.run.engine import Executor
from openloop.theory.channel import (
    accept_or_reject,
    decompose,
    information,
    loop_information,
    new_sample_bits,
    repeated_bits,
)

TITLE = "Information in a signal: coarse or fine, once or repeated"
PAPER = "information-open"
ACCEPTABLE = 10
EXACT = 1e-9
"""Bits below which a number is 0."""
ROBUST = 0.5
"""Stated beforehand: bits of 1 that a signal must still tell to count as robust to its noise."""


def run(quick: bool, executor: Executor) -> Result:  # noqa: ARG001  # exact, so that nothing is spread
    """See :data:`TITLE`."""
    mass = np.linspace(0.005, 0.995, 199)
    bits = np.array([accept_or_reject(float(a), ACCEPTABLE) for a in mass])
    often = np.arange(1, 17)
    noisy = [repeated_bits(0.5, 0.8, 0.3, int(r)) for r in often]
    sure = [repeated_bits(0.5, 1.0, 0.0, int(r)) for r in often]
    data: dict[str, list[Any]] = {
        "what": ["accept or reject"] * len(mass) + ["scorings"] * len(often),
        "x": [*mass.tolist(), *often.tolist()],
        "coarse_or_noisy_bits": [*bits[:, 0].tolist(), *noisy],
        "fine_or_noiseless_bits": [*bits[:, 1].tolist(), *sure],
    }
    worlds = 200 if quick else 2_000
    fresh = new_sample_bits([0.5, 0.5], [0.9, 0.3], 1.0, 0.0)
    claims = [
        *theorem(worlds),
        *noisy_class_signal(0.49, 10_000),
        *coarse_and_fine(mass, bits),
        *loops(worlds),
        *repeats(noisy, sure, fresh),
    ]

    def draw(figure: Any) -> None:
        left, right = figure.subplots(1, 2, sharey=True)
        left.plot(mass, bits[:, 0], label="is it acceptable?", **look(0))
        left.plot(mass, bits[:, 1], label=f"is it this one of {ACCEPTABLE}?", **look(1))
        left.axvline(ACCEPTABLE / (ACCEPTABLE + 1), color=INK, linewidth=0.8, linestyle=":")
        left.set(xlabel="α, mass of acceptable answers", ylabel="information (bits)")
        left.legend(loc="lower center")
        right.plot(often, noisy, label="φ = .8, ψ = .3", marker="o", **look(0))
        right.plot(often, sure, label="φ = 1, ψ = 0", marker="s", **look(1))
        right.set(xlabel="scorings of one pair", ylim=(0, 1.05))
        right.legend(loc="lower right")

    good = sum(c.verdict == "reproduced" for c in claims)
    caption = (
        "Left: a coarse signal tells more than a fine one up to α = m/(m + 1) = "
        f"{ACCEPTABLE / (ACCEPTABLE + 1):.2f} (dotted), not beyond. Right: a second scoring "
        "tells nothing only where there is no noise. "
        f"{good} of {len(claims)} claims hold as they are said ({worlds:,} random worlds); η = 1 says that a "
        "signal looks at the class only, not that it is right about it."
    )
    return Result(data, claims, caption, draw)


def theorem(worlds: int) -> list[Claim]:
    """Of Thm 4.2 in so many random worlds."""
    rng, off, least, most = np.random.default_rng(42), 0.0, 1.0, 0.0
    for _ in range(worlds):
        classes = rng.integers(0, 2, 5)
        outputs = rng.dirichlet(np.ones(5), size=3)
        signal = rng.dirichlet(np.ones(3), size=(3, 5))
        prompts = rng.dirichlet(np.ones(3))
        parts = decompose(prompts, outputs, signal, classes)
        whole = information(prompts[:, None, None] * outputs[:, :, None] * signal, 1, 2, 0)
        off = max(off, abs(whole - parts.supervision))
        by_class = rng.dirichlet(np.ones(3), size=2)[classes]
        eta = decompose([1.0], outputs[:1], by_class[None], classes).efficiency
        if not np.isnan(eta):
            least, most = min(least, eta), max(most, eta)
    return [
        claim(
            f"{PAPER}, Thm 4.2",
            "I(A;Y|X) = I(Q;Y|X) + I(A;Y|Q,X), both at least 0",
            "largest |left − right| (bits)",
            off,
            verdict(lies(off, high=EXACT)),
            f"{worlds:,} random worlds with noisy signals",
        ),
        claim(
            f"{PAPER}, Thm 4.2 (iii)",
            "a signal of the class alone has η = 1",
            f"smallest η (largest is {most:.3f})",
            least,
            verdict(lies(least, 1 - 1e-6, 1 + 1e-6)),
            "noise in the class or not",
        ),
    ]


def noisy_class_signal(error: float, often: int) -> list[Claim]:
    """Of a signal of the class alone, two answers alike, that errs so often; and of that many scorings of one pair."""
    flips = [[[1 - error, error], [error, 1 - error]]]
    parts = decompose([1.0], [[0.5, 0.5]], flips, [0, 1])
    repeated = repeated_bits(0.5, 1 - error, error, often)
    return [
        claim(
            f"{PAPER}, §4.2",
            "signals of the class alone are robust to noise that has no direction",
            f"bits told of the class, of 1, by a verifier that errs {error:.0%} of the time",
            parts.supervision,
            verdict(lies(parts.supervision, low=ROBUST), lies(repeated, low=ROBUST)),
            f"{often:,} scorings of one pair tell {repeated:.2f} bits: noise averages out over many, and over few it "
            f"does not; robust: {ROBUST:g} bits or more",
        ),
        claim(
            "beyond the papers",
            "η = 1 does not say that a signal tells anything: η is the share of what is told, as the paper defines it",
            "η of that verifier",
            parts.efficiency,
            verdict(every([lies(parts.efficiency, 1 - 1e-6, 1 + 1e-6), lies(parts.supervision, high=ROBUST)])),
            f"it tells {parts.supervision:.5f} bits; the paper calls η the share directed at the task, no more",
        ),
    ]


def coarse_and_fine(mass: Values, bits: Values) -> list[Claim]:
    """Of masses α of acceptable answers [N] and bits of the coarse and the fine signal [N, 2]."""
    ahead = bits[:, 0] > bits[:, 1]
    edge = ACCEPTABLE / (ACCEPTABLE + 1)
    return [
        claim(
            f"{PAPER}, §4.1",
            "whether an answer is acceptable tells more than whether it is this one of m alike",
            "share of masses α of acceptable answers at which it does",
            float(ahead.mean()),
            verdict(bool(ahead.all()), bool((ahead == (mass < edge)).all())),
            f"exactly for α < m/(m + 1) = {edge:.4f} with m = {ACCEPTABLE}",
        )
    ]


def loops(worlds: int) -> list[Claim]:
    """Of both bounds in so many random chains."""
    rng, closed, opened = np.random.default_rng(34), -1.0, -1.0
    gained = 0
    for _ in range(worlds):
        source, data = rng.dirichlet(np.ones(3)), rng.dirichlet(np.full(3, 0.5), size=3)
        shut = loop_information(source, data, rng.dirichlet(np.full(3, 0.5), size=3))
        closed = max(closed, shut["model"] - shut["data"])
        signal = rng.dirichlet(np.full(3, 0.5), size=(3, 3))
        free = loop_information(source, data, rng.dirichlet(np.full(4, 0.3), size=(3, 3)), signal)
        opened = max(opened, free["model"] - free["data"] - free["outside"])
        gained += free["model"] > free["data"]
    return [
        claim(
            f"{PAPER}, §3.2",
            "a closed loop: I(S; M) ≤ I(S; D)",
            "largest I(S; M) − I(S; D) (bits)",
            closed,
            verdict(lies(closed, high=EXACT)),
            f"{worlds:,} random chains",
        ),
        claim(
            f"{PAPER}, §3.4",
            "an open one: I(S; M) ≤ I(S; D) + I(S; E | D)",
            "largest excess (bits)",
            opened,
            verdict(lies(opened, high=EXACT)),
            f"{worlds:,} random chains; in {gained / worlds:.0%} the model learnt more than its data held",
        ),
    ]


def repeats(noisy: Sequence[float], sure: Sequence[float], fresh: float) -> list[Claim]:
    """Of bits of 1 to R scorings of one pair, with noise and without, and of a new sample of an old prompt."""
    more, none = noisy[-1] - noisy[0], sure[-1] - sure[0]
    same_pair = lies(none, -EXACT, EXACT)
    return [
        claim(
            f"{PAPER}, §4.3",
            "repeated observations of one (prompt, output) pair add nothing",
            f"bits added from 1 to {len(noisy)} scorings, φ .8, ψ .3",
            more,
            verdict(lies(more, -EXACT, EXACT), same_pair),
            f"{noisy[0]:.2f} → {noisy[-1]:.2f} bits; with a Y that is a function of Q, as the paper has "
            f"it, {none:.2f} are added",
        ),
        claim(
            f"{PAPER}, §4.3",
            "the marginal value of a repeated prompt is exactly zero",
            "bits of a second sample's verdict, no noise, prompts solved .9 or .3 of the time",
            fresh,
            verdict(lies(fresh, -EXACT, EXACT), same_pair),
            "where the same output is observed and the signal has no noise; a new sample of the prompt tells something",
        ),
    ]
