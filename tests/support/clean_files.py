"""Files with nothing wrong: whatever an audit finds in them is a false alarm.

Each kind is a function of ``(rng, n)`` that gives rows and what the audit is told about them. Prompts differ in
difficulty, verdicts err, rows lack gold or a verdict at random: a clean file is not a perfect one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = list[dict[str, Any]]
CleanFile = Callable[[np.random.Generator, int], tuple[Rows, dict[str, Any]]]

WORDS = np.array(["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "mu", "nu"])
TELLS = {"max_bad": 0.3}
"""A target that the rows of every kind are well within."""


def binary_verdict(rng: np.random.Generator, n: int) -> tuple[Rows, dict[str, Any]]:
    """Gold for every row, four rows a prompt, a verdict that is right nine times in ten."""
    prompt, good, length = _world(rng, n)
    return _rows(rng, prompt, length, gold=good, verdict=_judged(rng, good)), TELLS


def score(rng: np.random.Generator, n: int) -> tuple[Rows, dict[str, Any]]:
    """A score without a cut that ranks well."""
    prompt, good, length = _world(rng, n)
    return _rows(rng, prompt, length, gold=good, score=np.round(rng.normal(1.5 * good), 3)), TELLS


def score_without_gold(rng: np.random.Generator, n: int) -> tuple[Rows, dict[str, Any]]:
    """The same, and no row has gold: longer rows answer harder prompts, and score lower for that."""
    prompt, good, length = _world(rng, n, k=int(rng.choice([1, 4])))
    return _rows(rng, prompt, length, score=np.round(rng.normal(1.5 * good), 3)), TELLS


def models_and_topics(rng: np.random.Generator, n: int) -> tuple[Rows, dict[str, Any]]:
    """Five models of equal quality, thirty topics, a judge that is one of the models."""
    prompt, good, length = _world(rng, n, k=5)
    model = np.tile(np.arange(5), -(-len(prompt) // 5))[: len(prompt)]
    rows = _rows(rng, prompt, length, gold=good, verdict=_judged(rng, good))
    for row, m, p in zip(rows, model, prompt, strict=True):
        row |= {"model": f"model {m}", "judge": "model 0", "topic": f"topic {p % 30}"}
    return rows, {**TELLS, "judge_model": "judge"}


def no_gold(rng: np.random.Generator, n: int) -> tuple[Rows, dict[str, Any]]:
    """No gold, and the length goes with correctness through the difficulty of the prompt only."""
    prompt, good, length = _world(rng, n, k=int(rng.choice([1, 4])))
    return _rows(rng, prompt, length, verdict=_judged(rng, good)), TELLS


def partial_gold(rng: np.random.Generator, n: int) -> tuple[Rows, dict[str, Any]]:
    """A hundred rows, drawn uniformly, have gold."""
    prompt, good, length = _world(rng, n, k=int(rng.choice([1, 4])))
    rows = _rows(rng, prompt, length, gold=good, verdict=_judged(rng, good))
    labelled = set(rng.choice(len(rows), 100, replace=False).tolist())
    return [{**row, "gold": row["gold"] if i in labelled else None} for i, row in enumerate(rows)], TELLS


def repeated_scorings(rng: np.random.Generator, n: int) -> tuple[Rows, dict[str, Any]]:
    """Five scorings a row, three quarters of their variance the row's own."""
    prompt, good, length = _world(rng, n)
    scores = 5 + 1.5 * (good + rng.normal(size=len(good)))[:, None] + 0.95 * rng.normal(size=(len(good), 5))
    rows = _rows(rng, prompt, length, gold=good)
    return [{**r, "judge_scores": s} for r, s in zip(rows, np.round(scores, 1).tolist(), strict=True)], TELLS


def both_orders(rng: np.random.Generator, n: int) -> tuple[Rows, dict[str, Any]]:
    """A pairwise judge without a lean, right four times in five in each order."""
    prompt, _, length = _world(rng, n, k=1)
    better = rng.random(len(prompt)) < 0.5
    first, other = (np.where(rng.random(len(prompt)) < 0.8, side, ~side) for side in (better, ~better))
    return _rows(rng, prompt, length, verdict=first, other=other), {**TELLS, "swapped": "other"}


def short_answers(rng: np.random.Generator, n: int) -> tuple[Rows, dict[str, Any]]:
    """Sums: short answers repeat over prompts, are given more often where they are right, and pass there."""
    prompt, good, _ = _world(rng, n, k=int(rng.choice([1, 4])))
    truth = rng.integers(0, 12, prompt.max() + 1)[prompt]
    said = np.where(good, truth, (truth + rng.integers(1, 12, len(truth))) % 12)
    form = str(rng.choice(["{}", "The answer is {}."]))
    rows = [
        {"prompt": f"sum {p}: {t} + 0 =", "completion": form.format(s), "gold": bool(g), "verdict": bool(v)}
        for p, t, s, g, v in zip(prompt, truth, said, good, _judged(rng, good), strict=True)
    ]
    if rng.random() < 0.5:
        for row in rows:
            del row["gold"]
    # A prompt's own answers repeat as well: such copies are no mistake of the audit, and are left out here.
    return list({(row["prompt"], row["completion"]): row for row in rows}.values()), TELLS


def unscored_at_random(rng: np.random.Generator, n: int) -> tuple[Rows, dict[str, Any]]:
    """One verdict in fifty is missing, whole prompts or single rows, and bad rows are rare."""
    prompt, good, length = _world(rng, n, bad=0.06)
    rows = _rows(rng, prompt, length, gold=good, verdict=_judged(rng, good))
    lost = rng.random(len(rows)) < 0.02 if rng.random() < 0.5 else (rng.random(prompt.max() + 1) < 0.02)[prompt]
    return [{**row, "verdict": None} if gone else row for row, gone in zip(rows, lost, strict=True)], TELLS


def rare_faults(rng: np.random.Generator, n: int) -> tuple[Rows, dict[str, Any]]:
    """One row in thirty is bad, the verdict stops two thirds of those, and adds to the model's own confidence."""
    prompt, good, length = _world(rng, n, bad=0.035)
    keep = np.where(good, rng.random(len(good)) < 0.95, rng.random(len(good)) < 0.33)
    return _rows(rng, prompt, length, gold=good, verdict=keep, logprob=np.round(rng.normal(0.5 * good), 3)), {
        **TELLS,
        "confidence": "logprob",
    }


def uneven_prompts(rng: np.random.Generator, n: int) -> tuple[Rows, dict[str, Any]]:
    """One prompt has a seventh of the rows, a few others have many, most have one or two."""
    weight = np.arange(1, max(12, n // 4)) ** -1.1
    prompt = np.sort(rng.choice(len(weight), n, p=weight / weight.sum()))
    rate = rng.beta(0.6, 2.5, len(weight))
    good = rng.random(n) >= rate[prompt]
    # Each prompt has its own length as well, which goes with nothing.
    length = 8 + rng.poisson(rng.gamma(3, 6, len(weight))[prompt])
    rows = _rows(rng, prompt, length, gold=good, verdict=_judged(rng, good))
    return [{**row, "model": f"model {rng.integers(3)}", "judge": "model 0"} for row in rows], {
        **TELLS,
        "judge_model": "judge",
    }


def grades(rng: np.random.Generator, n: int) -> tuple[Rows, dict[str, Any]]:
    """Grades from 1 to 5, of which 4 is enough; a second judge; most rows pass."""
    prompt, good, length = _world(rng, n, bad=0.08)
    first, second = (np.clip(np.round(rng.normal(3 + 1.5 * good)), 1, 5) for _ in range(2))
    rows = _rows(rng, prompt, length, gold=good, grade=first, other=second)
    return rows, {**TELLS, "judge_column": ["grade", "other"], "accept_at": 4.0}


def few_rejected(rng: np.random.Generator, n: int) -> tuple[Rows, dict[str, Any]]:
    """No gold, and a verdict that rejects one row in forty."""
    prompt, good, length = _world(rng, n, bad=0.02)
    return _rows(rng, prompt, length, verdict=np.where(rng.random(len(good)) < 0.99, good, ~good)), TELLS


CLEAN: dict[str, CleanFile] = {
    kind.__name__: kind
    for kind in (
        binary_verdict,
        score,
        score_without_gold,
        models_and_topics,
        no_gold,
        partial_gold,
        repeated_scorings,
        both_orders,
        short_answers,
        unscored_at_random,
        rare_faults,
        uneven_prompts,
        grades,
        few_rejected,
    )
}


def _world(
    rng: np.random.Generator, n: int, k: int = 4, bad: float = 0.15
) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.int64]]:
    """Prompt, good and length in words of about ``n`` rows, ``k`` a prompt; hard prompts have longer answers."""
    prompts = max(1, n // k)
    rate = rng.beta(2 * bad / (1 - bad), 2, prompts)
    prompt = np.repeat(np.arange(prompts), k)
    good = rng.random(len(prompt)) >= rate[prompt]
    length = 8 + rng.poisson(10 + 20 * rate[prompt])
    return prompt, good, length


def _judged(rng: np.random.Generator, good: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.where(rng.random(len(good)) < 0.9, good, ~good)


def _rows(rng: np.random.Generator, prompt: NDArray[Any], length: NDArray[Any], **columns: NDArray[Any]) -> Rows:
    ends = np.cumsum(length)
    words = rng.choice(WORDS, ends[-1])
    return [
        {
            "prompt": f"question {p}",
            "completion": " ".join(words[end - size : end]) + f" {i}.",
            **{name: values[i].item() for name, values in columns.items()},
        }
        for i, (p, size, end) in enumerate(zip(prompt, length, ends, strict=True))
    ]
