"""information-open, §3.4, §4.1-4.3: what a signal tells, split into what matters and what does not."""

from __future__ import annotations

from typing import Any

import numpy as np

from openloop.reproduce.base import Claim, Result, claim
from openloop.reproduce.drawing import INK, look
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
    claims = [*_theorem(worlds), *_examples(mass, bits), *_loops(worlds), *_repeats(noisy)]

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

    caption = (
        "Left: a coarse signal tells more than a fine one up to α = m/(m + 1) = "
        f"{ACCEPTABLE / (ACCEPTABLE + 1):.2f} (dotted), not beyond. Right: a second scoring "
        "tells nothing only where there is no noise. The decomposition and both loop bounds "
        f"held in all {worlds:,} random worlds; η = 1 says that a signal looks at the class "
        "only, not that it is right about it."
    )
    return Result(data, claims, caption, draw)


def _theorem(worlds: int) -> list[Claim]:
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
    bad = decompose([1.0], [[0.5, 0.5]], [[[0.51, 0.49], [0.49, 0.51]]], [0, 1])
    return [
        claim(
            f"{PAPER}, Thm 4.2",
            "I(A;Y|X) = I(Q;Y|X) + I(A;Y|Q,X), both at least 0",
            "largest |left − right| (bits)",
            off,
            "reproduced" if off < 1e-9 else "false",
            f"{worlds:,} random worlds with noisy signals",
        ),
        claim(
            f"{PAPER}, Thm 4.2 (iii)",
            "a signal of the class alone has η = 1",
            f"smallest η (largest is {most:.3f})",
            least,
            "reproduced" if abs(least - 1) < 1e-6 else "false",
            "noise in the class or not",
        ),
        claim(
            f"{PAPER}, §4.2",
            "η measures how well supervision works",
            "η of a verifier that errs 49 % of the time",
            bad.efficiency,
            "false",
            f"η is a share of what is told, and it tells {bad.supervision:.5f} bits",
        ),
    ]


def _examples(mass: np.ndarray, bits: np.ndarray) -> list[Claim]:
    fails = mass[bits[:, 1] >= bits[:, 0]]
    return [
        claim(
            f"{PAPER}, §4.1",
            "the coarse signal always tells more than the fine one",
            "smallest α at which it does not",
            float(fails.min()) if len(fails) else None,
            "true under a stated condition",
            f"exactly for α < m/(m + 1) = {ACCEPTABLE / (ACCEPTABLE + 1):.4f} with m = {ACCEPTABLE}",
        )
    ]


def _loops(worlds: int) -> list[Claim]:
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
            "reproduced" if closed < 1e-9 else "false",
            f"{worlds:,} random chains",
        ),
        claim(
            f"{PAPER}, §3.4",
            "an open one: I(S; M) ≤ I(S; D) + I(S; E | D)",
            "largest excess (bits)",
            opened,
            "reproduced" if opened < 1e-9 else "false",
            f"{worlds:,} random chains; in {gained / worlds:.0%} the model learnt more than its data held",
        ),
    ]


def _repeats(noisy: list[float]) -> list[Claim]:
    fresh = new_sample_bits([0.5, 0.5], [0.9, 0.3], 1.0, 0.0)
    return [
        claim(
            f"{PAPER}, §4.3",
            "repeated observations of one pair add nothing",
            "bits from 1 to 16 scorings, φ .8, ψ .3",
            noisy[-1] - noisy[0],
            "true under a stated condition",
            f"{noisy[0]:.2f} → {noisy[-1]:.2f} bits: nothing is added only where the signal has no noise",
        ),
        claim(
            f"{PAPER}, §4.3",
            "the marginal value of a repeated prompt is zero",
            "bits of a second sample's verdict, no noise, prompts solved .9 or .3 of the time",
            fresh,
            "false",
            "the same pair repeated is worth nothing; a new sample is",
        ),
    ]
