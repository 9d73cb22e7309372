"""reverse-bottleneck, Lemma 4.5, Thm 4.10 and the steps of their proofs, in thousands of small worlds counted out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from openloop.measures.clustered import proportion
from openloop.reproduce.base import Claim, Result, claim, gathered
from openloop.reproduce.drawing import COLOURS, MARKERS
from openloop.reproduce.verdicts import lies, verdict
from openloop.run.engine import Executor
from openloop.theory.enumerated_worlds import STEPS, Failures, Setting, failures, random_world, smallest_counterexample
from openloop.theory.error_bounds import FlowFailures, bound_failures, flow_failures

TITLE = "Which of the inequalities hold in random discrete worlds"
PAPER = "reverse-bottleneck"
SETTINGS = {
    "noise-free, prompt a function": Setting(),
    "output noise": Setting(noise=True),
    "random prompt": Setting(random_prompt=True),
    "both": Setting(noise=True, random_prompt=True),
    "both, factors dependent": Setting(noise=True, random_prompt=True, independent=False),
}


def failed(name: str, worlds: int) -> list[Failures]:
    """Of one setting."""
    return failures(SETTINGS[name], worlds, np.random.default_rng([45, *map(ord, name)]))


def erring(name: str, worlds: int) -> FlowFailures:
    """Of one setting, with losses."""
    return flow_failures(SETTINGS[name], worlds, np.random.default_rng([46, *map(ord, name)]))


def run(quick: bool, executor: Executor) -> Result:
    """See :data:`TITLE`."""
    worlds = 400 if quick else 2_000
    found = dict(zip(SETTINGS, gathered(executor, failed, [(name, worlds) for name in SETTINGS]), strict=True))
    errors = dict(zip(SETTINGS, gathered(executor, erring, [(name, worlds) for name in SETTINGS]), strict=True))
    rows = [(name, f) for name, each in found.items() for f in each]
    shares = [proportion(np.r_[np.ones(f.failed), np.zeros(f.worlds - f.failed)]) for _, f in rows]
    data: dict[str, list[Any]] = {
        "setting": [name for name, _ in rows],
        "step": [f.step for _, f in rows],
        "worlds": [f.worlds for _, f in rows],
        "failed": [f.failed for _, f in rows],
        "share": [e.value for e in shares],
        "low": [e.low for e in shares],
        "high": [e.high for e in shares],
        "worst_bits": [f.worst for _, f in rows],
    }
    claims = [*(_claim(step, found) for step in STEPS), _identity(), *_losses(worlds), flow(errors, worlds)]

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        names = list(STEPS)
        for i, (name, each) in enumerate(found.items()):
            share = [f.failed / f.worlds for f in each]
            place = np.arange(len(names)) + (i - 2) * 0.13
            axes.plot(share, place, linestyle="none", marker=MARKERS[i], color=COLOURS[i], label=name)
        axes.set_yticks(range(len(names)), names, fontsize=7)
        axes.invert_yaxis()
        axes.grid(axis="y", linewidth=0.3)
        axes.set(xlabel=f"share of {worlds:,} worlds in which the step fails", xlim=(-0.02, 1.02))
        axes.legend(fontsize=7, loc=(0.2, 0.62))

    never = sum(all(each[i].failed == 0 for each in found.values()) for i in range(len(STEPS)))
    caption = (
        f"{worlds:,} worlds a setting, chances from flat Dirichlet laws; the rates depend on "
        f"that law, but which steps can fail does not. {never} of {len(STEPS)} never fail, among them "
        "the bound that replaces Lemma 4.5. Thm 4.10 is an identity where its assumptions "
        "hold and false with noise: its slack does not depend on either trained model."
    )
    return Result(data, claims, caption, draw)


def _claim(step: str, found: dict[str, list[Failures]]) -> Claim:
    place = list(STEPS).index(step)
    shares = {name: each[place].failed / each[place].worlds for name, each in found.items()}
    worst = max(shares.values())
    example = smallest_counterexample(step)
    said = "; ".join(f"{name} {share:.1%}" for name, share in shares.items() if share) or "never fails"
    if example is not None:
        said += f". Smallest: {example[0]}: {example[1]:.3f} against {example[2]:.3f} bits"
    clean = shares["noise-free, prompt a function"] == 0
    where = "not in the paper" if step.startswith("instead") else f"{PAPER}, {step.split(' ')[0]}"
    return claim(where, step, "largest share of worlds in which it fails", worst, verdict(worst == 0, clean), said)


def _identity() -> Claim:
    """GGMI = right side − slack, whatever W, W′ and α are."""
    rng, off = np.random.default_rng(410), 0.0
    for _ in range(200):
        world = random_world(Setting(noise=True, random_prompt=True), rng)
        ggmi, bound = STEPS["Thm 4.10"](world)
        off = max(off, abs(bound - world.slack - ggmi))
    return claim(
        "not in the paper",
        "GGMI = right side of Thm 4.10 − [ΔI + I(S_a;M) − H(S)], whatever W, W′ and α",
        "largest |right side − slack − GGMI| over 200 worlds (bits)",
        off,
        verdict(lies(off, high=1e-9)),
        "an identity in W, W′ and α: the theorem bounds nothing by itself",
    )


def _losses(worlds: int) -> list[Claim]:
    """Bounds on errors, in worlds of one row, weights, and losses in [0, 1]."""
    shares = bound_failures(worlds, np.random.default_rng(31))
    reasons = {
        "Lemma 4.8, E|R − R̂|": "it does not follow from 4.4: weights that are independent of the data make the "
        "right side 0",
    }
    return [
        claim(
            f"{PAPER}, {name.split(',')[0]}",
            f"{name} is bounded as stated",
            f"share of {worlds:,} worlds in which it fails",
            share,
            verdict(share == 0),
            reasons.get(name, "losses in [0, 1], one row, no layers"),
        )
        for name, share in shares.items()
    ]


def flow(found: Mapping[str, FlowFailures], worlds: int) -> Claim:
    """Of Lemma 4.6, by setting."""
    worst = max(one.printed for one in found.values())
    said = "; ".join(f"{name} {one.printed:.1%} ({one.information:.1%})" for name, one in found.items())
    return claim(
        f"{PAPER}, Lemma 4.6",
        "E|R − R̂| ≤ √(2σ²[−ΔI + B_syn + H(e_M) + δ]/n)",
        f"largest share of {worlds:,} worlds in which it fails",
        worst,
        verdict(worst == 0),
        f"after each, with I(S;W) as the right side has it in 4.8: {said}. Weights that never look at the "
        "data fail both where S tells e_p and e_M",
    )
