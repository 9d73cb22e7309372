"""information-open, §3.2 and §3.4: a judge that learns from itself, and noise beside bias at the same φ and ψ."""

from __future__ import annotations

from typing import Any

import numpy as np

from openloop.arrays import Values
from openloop.reproduce.base import Claim, Result, claim, gathered, over_runs
from openloop.reproduce.drawing import INK, band, look
from openloop.reproduce.verdicts import lies, verdict
from openloop.run.engine import Executor
from openloop.theory.drift import drift_variance, judge_drift, noise_or_bias

TITLE = "Judges that drift, noisy judges, biased judges"
PAPER = "information-open"
RATE, ROWS, ROUNDS, STRICTER = 0.6, 100, 60, -0.08
FALL, MONOTONE, NEAR = 0.05, 0.95, 0.15
"""Stated beforehand: a fall of the mean; the share of rounds that fall; how near a variance is to its law."""
ANSWERS, GOOD, PHI, PSI, STEPS = 200, 0.1, 0.7, 0.4, 3_000
LEARNT, CORRUPTED = 0.95, 0.5
"""P(good) at the end from which learning counts as intact, and below which as corrupted."""


def policies(seed: int) -> tuple[Values, Values]:
    """Share of good answers after each step: under noise, and under bias."""
    rng = np.random.default_rng([40, seed])
    good = np.arange(ANSWERS) < GOOD * ANSWERS
    found = noise_or_bias(np.full(ANSWERS, 1 / ANSWERS), good, PHI, PSI, STEPS, rng, rate=50.0)
    return found.noise, found.biased


def run(quick: bool, executor: Executor) -> Result:
    """See :data:`TITLE`."""
    runs, seeds = (400, 6) if quick else (4_000, 24)
    rng = np.random.default_rng(32)
    wandering = judge_drift(RATE, ROWS, ROUNDS, runs, rng)
    stricter = judge_drift(RATE, ROWS, ROUNDS, runs, rng, bias=STRICTER)
    pairs = gathered(executor, policies, [(seed,) for seed in range(seeds)])
    noise, biased = (np.array([pair[i] for pair in pairs]) for i in (0, 1))
    rounds, steps = list(range(ROUNDS + 1)), list(range(0, STEPS + 1, 50))
    data: dict[str, list[Any]] = {
        "what": [name for name in ("wandering", "stricter") for _ in rounds]
        + [name for name in ("noise", "bias") for _ in steps],
        "time": [*rounds, *rounds, *steps, *steps],
        "mean": [*wandering.mean(0), *stricter.mean(0), *noise.mean(0)[steps], *biased.mean(0)[steps]],
        "std": [*wandering.std(0), *stricter.std(0), *noise.std(0)[steps], *biased.std(0)[steps]],
    }
    found = claims(wandering, stricter, noise, biased)

    def draw(figure: Any) -> None:
        left, right = figure.subplots(1, 2)
        left.axhline(RATE, label="frozen", **look(2))
        spread = np.sqrt(drift_variance(RATE, ROWS, ROUNDS))
        for i, (name, rates) in enumerate((("retrained on itself", wandering), ("and stricter each time", stricter))):
            left.plot(rounds, rates.mean(0), label=name, **look(i))
            low, high = np.quantile(rates, [0.1, 0.9], axis=0)
            band(left, rounds, low.tolist(), high.tolist(), i)
        left.plot(rounds, RATE + spread, color=INK, linewidth=0.8, linestyle=":")
        left.plot(rounds, RATE - spread, color=INK, linewidth=0.8, linestyle=":", label="± its law")
        left.set(xlabel="round", ylabel="acceptance of the same rows", ylim=(0, 1))
        left.legend(fontsize=7, loc="lower left")
        for i, (name, share) in enumerate((("fresh each time (noise)", noise), ("fixed per answer (bias)", biased))):
            right.plot(steps, share.mean(0)[steps], label=name, **look(i))
            band(right, steps, share.min(0)[steps].tolist(), share.max(0)[steps].tolist(), i)
        right.set(xlabel="policy-gradient step", ylabel="P(good answer)", ylim=(0, 1.02))
        right.legend(fontsize=7, loc="center right")

    caption = (
        f"Left: {ROWS} verdicts a round, bands hold eight of ten judges: by itself a closed "
        f"judge wanders and its mean stays; growing stricter takes a bias ({STRICTER} logits "
        f"a round). Right: {GOOD:.0%} of {ANSWERS} answers good, φ = {PHI}, ψ = {PSI} in "
        "both: noise averages out, the same flips held fixed do not (bands: all seeds)."
    )
    return Result(data, found, caption, draw)


def claims(wandering: Values, stricter: Values, noise: Values, biased: Values) -> list[Claim]:
    """Of acceptance rates [runs, rounds + 1] of judges without and with a bias, and of P(good) [seeds, steps + 1]."""
    end, biased_end = over_runs(wandering[:, -1]), over_runs(stricter[:, -1])
    falls, biased_falls = (float((np.diff(rates.mean(0)) < 0).mean()) for rates in (wandering, stricter))
    law = float(drift_variance(RATE, ROWS, ROUNDS)[-1])
    spread = over_runs((wandering[:, -1] - RATE) ** 2 / law)
    noisy, corrupted = float(noise[:, -1].min()), over_runs(biased[:, -1])
    return [
        claim(
            f"{PAPER}, §3.2",
            "a judge trained on its own verdicts accepts less and less",
            f"mean acceptance after {ROUNDS} rounds",
            end,
            verdict(lies(end, high=RATE - FALL), lies(biased_end, high=RATE - FALL)),
            f"from {RATE}; where each refit is {-STRICTER} logits stricter it ends at {biased_end.value:.3f}. "
            "Closedness alone leaves the mean; each single judge drifts to all or nothing",
        ),
        claim(
            f"{PAPER}, §3.2",
            "its acceptance falls monotonically",
            "share of rounds in which the mean falls",
            falls,
            verdict(lies(falls, low=MONOTONE), lies(biased_falls, low=MONOTONE)),
            f"{biased_falls:.0%} of them where each refit is stricter: a systematic error, not closedness alone",
        ),
        claim(
            "beyond the papers",
            "Var = a(1 − a)(1 − (1 − 1/n)^t)",
            "simulated over closed form",
            spread,
            verdict(lies(spread, 1 - NEAR, 1 + NEAR)),
            f"{len(wandering):,} judges, within {NEAR:.0%}",
        ),
        claim(
            f"{PAPER}, §3.4",
            "unbiased noise in verdicts does not corrupt learning",
            "P(good) at the end, fresh flips (expected, so without an interval)",
            noisy,
            verdict(lies(noisy, low=LEARNT)),
            f"φ = {PHI}, ψ = {PSI}, exact policy gradient; learnt: above {LEARNT}",
        ),
        claim(
            f"{PAPER}, §3.4",
            "bias accumulates",
            "P(good) at the end, the same flips fixed per answer",
            corrupted,
            verdict(lies(corrupted, high=CORRUPTED)),
            f"same φ and ψ: these two do not determine the outcome; corrupted: below {CORRUPTED}",
        ),
    ]
