"""reverse-bottleneck, §4.1 and G.3.1: how much a model adds to its prompts, from its own log-likelihoods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from openloop.arrays import Values
from openloop.measures.clustered import proportion
from openloop.measures.information_gain import information_gain
from openloop.reproduce.base import Claim, Result, claim, gathered
from openloop.reproduce.drawing import INK, dots, look
from openloop.reproduce.verdicts import lies, verdict
from openloop.run.engine import Executor
from openloop.theory.token_sampler import STEPS, random_sampler

TITLE = "What a model adds to its prompts, by its own likelihoods"
PAPER = "reverse-bottleneck"
PROMPTS, K, TOKENS, ENDS = 40, 10, 12, 0.1
WAYS: Mapping[str, tuple[float, float, int]] = {
    "as it is": (1.0, 1.0, STEPS),
    "temperature 0.7": (0.7, 1.0, STEPS),
    "top-p 0.9": (1.0, 0.9, STEPS),
    "cut after 8 tokens": (1.0, 1.0, 8),
}
"""Temperature, top-p and the most tokens."""
COVERED = 0.92
"""Share of 95% intervals that hold the entropy, from which on it counts as measured."""
NOISE = (0.0, 0.1, 0.2, 0.4, 0.8)
ANSWERS = 20


def measured(way: str, seed: int) -> dict[str, float]:
    """One model asked in one way: the truth, and what its log-likelihoods say, nats a completion."""
    temperature, top_p, most = WAYS[way]
    rng = np.random.default_rng([44, seed, *map(ord, way)])
    model = random_sampler(PROMPTS, TOKENS, ENDS, rng)
    sampler = model.sampled(temperature, top_p)
    tokens, prompt = sampler.draw(K, rng, most)
    size = (tokens >= 0).sum(1).astype(np.float64)
    cut = tokens[np.arange(len(tokens)), size.astype(np.int64) - 1] != TOKENS
    own = information_gain(sampler.logprob(tokens, prompt), prompt, n_tokens=size, cut_off=cut).completion
    raw = model.logprob(tokens, prompt)
    bound = information_gain(raw, prompt, n_tokens=size, top_p=top_p, of_model=True).completion
    assert own.low is not None and own.high is not None
    # The interval is about prompts like these, so that the truth is over all that may be drawn.
    whole = random_sampler(4_000, TOKENS, ENDS, np.random.default_rng([45, seed]))
    every = type(model)(whole.first, model.following).sampled(temperature, top_p)
    return {
        "entropy": float(every.entropy(STEPS).mean()),
        "cut_entropy": float(every.entropy(most).mean()),
        "own": own.value,
        "low": own.low,
        "high": own.high,
        "of_model": float(-raw.mean()),
        "bound": bound.value,
        "exact": float(sampler.entropy(most).mean()),
        "exact_of_model": float(sampler.cross_entropy(model, most).mean()),
    }


def heard(seed: int, *, only_by_hearing: bool) -> tuple[float, float]:
    """H(M | h(p)) and H(M | p) of a random world in which four of eight prompts are heard alike."""
    rng = np.random.default_rng([46, seed, only_by_hearing])
    hears = np.arange(8) // 4
    laws = rng.dirichlet(np.ones(6), 2)[hears] if only_by_hearing else rng.dirichlet(np.ones(6), 8)
    weight = rng.dirichlet(np.ones(8))
    together = np.array([weight[hears == h] @ laws[hears == h] / weight[hears == h].sum() for h in (0, 1)])
    share = np.array([weight[hears == h].sum() for h in (0, 1)])
    return float(share @ _nats(together)), float(weight @ _nats(laws))


def noisy(seed: int) -> list[tuple[float, float]]:
    """Entropy and share of right answers of models that guess at random so much of the time."""
    sure = np.random.default_rng([47, seed]).uniform(0.6, 0.95)
    found = []
    for share in NOISE:
        law = np.full(ANSWERS, share / ANSWERS + (1 - share) * (1 - sure) / (ANSWERS - 1))
        law[0] = share / ANSWERS + (1 - share) * sure
        found.append((float(_nats(law[None])[0]), float(law[0])))
    return found


def run(quick: bool, executor: Executor) -> Result:
    """See :data:`TITLE`."""
    models, worlds = (60, 200) if quick else (400, 2_000)
    asked = [(way, seed) for way in WAYS for seed in range(models)]
    rows = [(way, each) for (way, _), each in zip(asked, gathered(executor, measured, asked), strict=True)]
    found = {way: [each for name, each in rows if name == way] for way in WAYS}
    only, more = ([heard(seed, only_by_hearing=one) for seed in range(worlds)] for one in (True, False))
    noise = [noisy(seed) for seed in range(models)]
    data: dict[str, list[Any]] = {"way": [way for way, _ in rows]} | {
        name: [each[name] for _, each in rows] for name in rows[0][1]
    }

    def draw(figure: Any) -> None:
        left, right = figure.subplots(1, 2)
        top = max(each["of_model"] for _, each in rows)
        left.plot([0, top], [0, top], color=INK, linewidth=0.8)
        for i, (way, each) in enumerate(found.items()):
            left.plot([e["entropy"] for e in each], [e["own"] for e in each], label=way, **dots(i))
        raw = found["top-p 0.9"]
        left.plot(
            [e["entropy"] for e in raw],
            [e["of_model"] for e in raw],
            label="top-p 0.9, model's before it",
            **dots(len(WAYS)),
        )
        left.set(xlabel="H(M | p), nats a completion (exact)", ylabel="mean of −ln P, nats a completion")
        left.legend(fontsize=7)
        for i, path in enumerate(noise[:3]):
            right.plot(*zip(*path, strict=True), marker="o", **look(i))
        right.set(xlabel="information gain, nats", ylabel="share of right answers", ylim=(0, 1))

    caption = (
        f"Left: {models} models a setting, {PROMPTS} prompts, {K} completions each; the sampler's own log-likelihoods "
        "measure H(M | p), those of the model before top-p lie above it and those of cut completions below. Right: "
        "three models that guess at random more and more often (left to right): the gain grows, the answers get worse."
    )
    return Result(data, claims(found, only, more, noise), caption, draw)


def claims(
    found: Mapping[str, Sequence[Mapping[str, float]]],
    only: Sequence[tuple[float, float]],
    more: Sequence[tuple[float, float]],
    noise: Sequence[Sequence[tuple[float, float]]],
) -> list[Claim]:
    """Of the measured models by way, of (H(M | h), H(M | p)) in worlds of two kinds, and of (gain, accuracy) paths."""
    alike = [all(abs(a - b) < 1e-9 for a, b in worlds) for worlds in (only, more)]
    below = all(b <= a + 1e-9 for a, b in [*only, *more])
    plain = [each for way in ("as it is", "temperature 0.7", "top-p 0.9") for each in found[way]]
    covered = proportion([float(each["low"] <= each["entropy"] <= each["high"]) for each in plain])
    top = found["top-p 0.9"]
    over = [each["exact_of_model"] - each["exact"] for each in top]
    warm = [each["exact_of_model"] - each["exact"] for each in found["temperature 0.7"]]
    beyond = [each["bound"] - each["own"] for each in top]
    cut = found["cut after 8 tokens"]
    lost = [each["entropy"] - each["cut_entropy"] for each in cut]
    against = [_slope(path) for path in noise]
    return [
        claim(
            f"beyond {PAPER}, Definition 4.2",
            "ΔI = H(M | h(p)) is H(M | p)",
            "largest H(M | h(p)) − H(M | p) over worlds (nats)",
            max(a - b for a, b in [*only, *more]),
            verdict(all(alike), alike[0] and below),
            "true where the completion depends on the prompt only through what is heard of it; otherwise H(M | p) is "
            "less, so that it is a lower bound"
            if below
            else "H(M | p) lies above it in some world",
        ),
        claim(
            f"{PAPER}, G.3.1",
            "ΔI is difficult to estimate directly",
            "share of 95% intervals from the sampler's log-likelihoods that hold H(M | p)",
            covered,
            verdict(_not(lies(covered, low=COVERED))),
            f"{PROMPTS} prompts with {K} completions each are enough, where the sampler's log-likelihoods are "
            f"recorded; difficult: fewer than {COVERED:.0%} of the intervals",
        ),
        claim(
            "beyond the papers",
            "log-probabilities of the model before top-p overstate it",
            "least excess over the sampler's entropy (nats a completion, exact)",
            min(over),
            verdict(min(over) > 0),
            f"on average {np.mean(over):.2f} nats a completion under top-p 0.9: −ln of the mass that each token kept",
        ),
        claim(
            "beyond the papers",
            "ln(top_p) a token, added, makes them a lower bound again",
            "largest excess over what the sampler's own say of the same completions (nats a completion)",
            max(beyond),
            verdict(max(beyond) <= 1e-9),
            f"it lies {-np.mean(beyond):.2f} nats a completion below on average",
        ),
        claim(
            "beyond the papers",
            "log-probabilities at temperature 1 overstate it at temperature 0.7",
            "least excess over the sampler's entropy (nats a completion, exact)",
            min(warm),
            verdict(min(warm) > 0),
            f"on average {np.mean(warm):.2f} nats: a cross-entropy, for which nothing makes up",
        ),
        claim(
            "beyond the papers",
            "completions that are cut bias it down",
            "least loss after 8 tokens (nats a completion, exact)",
            min(lost),
            verdict(min(lost) > 0),
            f"on average {np.mean(lost):.2f} of {np.mean([e['entropy'] for e in cut]):.2f} nats: still a lower bound",
        ),
        claim(
            f"{PAPER}, G.3.1 and G.5",
            "a larger information gain means better rows",
            "largest slope of the share of right answers on the gain, over models that guess more and more often",
            max(against),
            verdict(min(against) > 0),
            "guessing at random adds the most information: the gain counts what is new, not what is good"
            if max(against) < 0
            else "in these models rows get better as it grows",
        ),
    ]


def _slope(path: Sequence[tuple[float, float]]) -> float:
    gain, right = np.array(path).T
    return float(np.polyfit(gain, right, 1)[0])


def _not(holds: bool | None) -> bool | None:
    return None if holds is None else not holds


def _nats(laws: Values) -> Values:
    """Entropy of each row of laws."""
    return np.asarray(-(laws * np.log(np.where(laws > 0, laws, 1.0))).sum(1))
