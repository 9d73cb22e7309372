"""reverse-bottleneck, Fig 2: real and synthetic data of one simulated world, and what is fitted to each."""

from __future__ import annotations

from typing import Any

import numpy as np

from openloop.arrays import Values
from openloop.measures.estimate_text import fixed, interval_text
from openloop.reproduce.base import Claim, Result, claim, gathered, over_runs
from openloop.reproduce.drawing import COLOURS, INK
from openloop.reproduce.verdicts import lies, verdict
from openloop.run.engine import Executor
from openloop.theory.gmm import Mixtures, rounds

TITLE = "A simulated world: what real data misses, synthetic data adds"
PAPER = "reverse-bottleneck, Fig 2"
K = J = L = 2
SEED = 2


OUTLYING = 0.01
"""A row is beyond the truth where the truth's density is less than at all but this share of the truth's own rows."""
BEYOND = 0.05
"""Stated beforehand: the share of synthetic rows beyond the truth from which they cover broader areas."""


def measured(seed: int, count: int) -> Values:
    """Of each world [R], three numbers [3, R]: median log-density (nats) of rows of the truth, as fitted to real and to
    synthetic data; share of synthetic rows beyond the truth.
    """
    rng = np.random.default_rng([2, seed])
    world = rounds(count, K, J, L, rng)
    x = world.truth.draw(500, rng)
    real, synthetic = (np.median(fitted.log_density(x), axis=1) for fitted in (world.on_real, world.on_synthetic))
    return np.array([real, synthetic, share_beyond(world.truth, world.generator, rng)])


def share_beyond(truth: Mixtures, generator: Mixtures, rng: np.random.Generator) -> Values:
    """Of each world [R]: share of the generator's rows where the truth is less dense than at nearly all of its own."""
    own, made = (truth.log_density(source.draw(500, rng)) for source in (truth, generator))
    return np.asarray((made < np.quantile(own, OUTLYING, axis=1)[:, None]).mean(1))


def claims(real: Values, synthetic: Values, beyond: Values) -> list[Claim]:
    """Of the three numbers of :func:`measured`, [R] each."""
    gain, share = over_runs(synthetic - real), over_runs(beyond)
    return [
        claim(
            PAPER,
            "synthetic data covers parts of the truth that the real data misses",
            "rise of the median log-density of rows of the truth, nats, over worlds",
            gain,
            verdict(lies(gain, low=0.0)),
            f"in {(synthetic > real).mean():.0%} of {len(real)} worlds; K = J = L = 2, 100 real and 200 synthetic rows",
        ),
        claim(
            PAPER,
            "synthetic data extends beyond the truth, into broader areas",
            f"share of synthetic rows where the truth is less dense than at {1 - OUTLYING:.0%} of its own rows",
            share,
            verdict(lies(share, low=BEYOND)),
            f"{OUTLYING:.0%} if the generator were the truth; {L} of its {K + J + L} components are none of "
            "the truth's; where they overlap with it rows are not beyond",
        ),
    ]


def run(quick: bool, executor: Executor) -> Result:
    """See :data:`TITLE`."""
    batches = 2 if quick else 8
    real, synthetic, beyond = np.concatenate(gathered(executor, measured, [(s, 50) for s in range(batches)]), axis=1)
    rng = np.random.default_rng(SEED)
    world = rounds(1, K, J, L, rng)
    drawn = {
        "real": world.truth.first(K).draw_each(50, rng)[0],
        "synthetic": world.generator.draw(200, rng)[0],
    }
    data: dict[str, list[Any]] = {
        "what": [name for name, x in drawn.items() for _ in x],
        "x": [float(v) for x in drawn.values() for v in x[:, 0]],
        "y": [float(v) for x in drawn.values() for v in x[:, 1]],
    }
    found = claims(real, synthetic, beyond)
    gain = over_runs(synthetic - real)

    def draw(figure: Any) -> None:
        left, right = figure.subplots(1, 2, sharex=True, sharey=True)
        for axes, name, fitted in ((left, "real", world.on_real), (right, "synthetic", world.on_synthetic)):
            _ellipses(axes, world.truth, COLOURS[0], "truth G")
            _ellipses(axes, fitted, COLOURS[1], f"fitted to {name} data", dashed=True)
            axes.plot(
                *drawn[name].T,
                linestyle="none",
                marker="o" if name == "real" else "s",
                color=INK,
                markersize=2.5,
            )
            axes.set(xlabel="x", ylabel="y" if name == "real" else "", title=f"{name} data")
            axes.legend(fontsize=7)

    caption = (
        "Ellipses: two standard deviations. Truth has K + J = 4 components, real data comes "
        f"from two of them; the generator knows all four and two more. Over {len(real)} "
        "worlds the fit to synthetic data raises the median log-density of rows of the truth "
        f"by {fixed(2)(gain.value)} nats {interval_text(gain.low, gain.high, fixed(2))}; {beyond.mean():.0%} of the "
        "synthetic rows lie beyond the truth."
    )
    return Result(data, found, caption, draw)


def _ellipses(axes: Any, mixtures: Mixtures, colour: str, name: str, *, dashed: bool = False) -> None:
    circle = np.array([np.cos(np.linspace(0, 2 * np.pi, 80)), np.sin(np.linspace(0, 2 * np.pi, 80))])
    for c, factor in enumerate(mixtures.factors()[0]):
        x, y = 2 * factor @ circle + mixtures.means[0, c][:, None]
        style = "--" if dashed else "-"
        axes.plot(x, y, color=colour, linestyle=style, linewidth=1.2, label=name if c == 0 else None)
