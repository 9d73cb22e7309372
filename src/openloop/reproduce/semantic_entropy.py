"""reverse-bottleneck, Tables 3 and 4: the semantic entropy of tasks that one reply lists."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from openloop.arrays import Values
from openloop.data.answers import normal_form
from openloop.data.listed_items import listed_items
from openloop.embedding import hashed
from openloop.measures.intervals import paired
from openloop.measures.meaning_clusters import by_vectors
from openloop.measures.semantic_entropy import LISTED, listed_entropy, semantic_entropy
from openloop.records import Estimate
from openloop.reproduce.base import Claim, Result, claim, gathered, over_runs
from openloop.reproduce.drawing import INK, band, look
from openloop.reproduce.verdicts import every, lies, verdict
from openloop.run.engine import Executor
from openloop.theory.listing_models import MODELS, in_few_forms, written

TITLE = "Semantic entropy of the tasks that one reply lists"
PAPER = "reverse-bottleneck"
SHOWN = (3, 10, 20)
"""Demonstrations."""
TABLE_3, LLAMA = (1.0739, 1.0503, 1.0005), 2.9427
"""Published, by demonstrations (GPT-4o); of Llama-3.2-3B with three (Table 4)."""
CEILING = math.log(LISTED)
ONE_PAIR = 2 / LISTED * math.log(2)
"""What one pair of equal items among 20 takes off."""
THRESHOLDS = tuple(round(0.05 * step, 2) for step in range(1, 19))
FEW_REPLIES = 50
"""Replies from which on a difference takes many to be seen."""
APART = 0.05
"""A change of fewer nats is none."""
FIVE, NEAR = 5, 0.3
"""Completions that are counted; nats that a corrected entropy may be off."""
BROAD, NARROW = 20, 8
"""Meanings, equally likely, of two models that are compared."""


def entropies(model: str, shown: int, replies: int) -> Values:
    """Shape [replies]: nats of the items of each, written down as a reply and read again."""
    rng = np.random.default_rng([43, shown, *map(ord, model)])
    texts = [written(MODELS[model](shown, rng)) for _ in range(replies)]
    found = listed_entropy([[normal_form(item) for item in listed_items(text)] for text in texts])
    assert found.left_out == 0
    return found.prompts


def by_threshold(replies: int) -> list[Estimate]:
    """The same items, all of different topics in a few forms, clustered by vectors at each threshold."""
    rng = np.random.default_rng(48)
    items = [item for _ in range(replies) for item in listed_items(written(in_few_forms(rng)))]
    vectors, reply = hashed().embed(items), np.repeat(np.arange(replies), LISTED)
    return [semantic_entropy(by_vectors(vectors, reply, threshold), reply).at_k for threshold in THRESHOLDS]


def counted(seed: int, prompts: int) -> dict[str, float]:
    """Errors of counting five completions, and of its correction; how two models compare at unequal and equal K."""
    rng = np.random.default_rng([49, seed])
    law = 1 / np.arange(1, 11)
    law /= law.sum()
    true = float(-(law * np.log(law)).sum())
    five = np.repeat(np.arange(prompts), FIVE)
    plain = semantic_entropy(rng.choice(10, size=len(five), p=law), five)
    many = np.repeat(np.arange(prompts), 10 * FIVE)
    broad = semantic_entropy(rng.integers(0, BROAD, len(five)), five)
    narrow = rng.integers(0, NARROW, len(many))
    return {
        "counted": plain.at_k.value - true,
        "corrected": plain.corrected.value - true,
        "unequal": broad.at_k.value - semantic_entropy(narrow, many).at_k.value,
        "equal": broad.at_k.value - semantic_entropy(narrow, many, k=FIVE).at_k.value,
    }


def run(quick: bool, executor: Executor) -> Result:
    """See :data:`TITLE`."""
    replies, runs, prompts = (120, 30, 60) if quick else (600, 100, 200)
    asked = [(name, shown, replies) for name in MODELS for shown in SHOWN]
    found = dict(zip([(name, shown) for name, shown, _ in asked], gathered(executor, entropies, asked), strict=True))
    (thresholds,) = gathered(executor, by_threshold, [(replies // 4,)])
    errors = gathered(executor, counted, [(seed, prompts) for seed in range(runs)])
    means = {key: over_runs(values) for key, values in found.items()}
    data: dict[str, list[Any]] = {
        "what": [name for name, _ in means] + ["by threshold" for _ in THRESHOLDS],
        "demonstrations": [shown for _, shown in means] + [None for _ in THRESHOLDS],
        "threshold": [None for _ in means] + list(THRESHOLDS),
        "nats": [e.value for e in [*means.values(), *thresholds]],
        "low": [e.low for e in [*means.values(), *thresholds]],
        "high": [e.high for e in [*means.values(), *thresholds]],
    }

    def draw(figure: Any) -> None:
        left, right = figure.subplots(1, 2, sharey=True)
        for i, name in enumerate(MODELS):
            mine = [means[name, shown] for shown in SHOWN]
            left.plot(SHOWN, [e.value for e in mine], label=f"a model that {name}", **look(i))
            band(left, SHOWN, [_end(e, e.low) for e in mine], [_end(e, e.high) for e in mine], i)
        left.plot(SHOWN, TABLE_3, color=INK, marker="x", linewidth=0.8, label="published (Table 3)")
        left.set(xlabel="demonstrations", ylabel=f"entropy of {LISTED} items of a reply, nats", ylim=(0, 3.1))
        left.set_xticks(SHOWN)
        left.legend(fontsize=7, loc="lower right")
        right.plot(THRESHOLDS, [e.value for e in thresholds], label="the same replies", **look(0))
        for level, name in ((CEILING, "ln 20"), (LLAMA, "Llama-3.2-3B"), (TABLE_3[0], "GPT-4o")):
            right.axhline(level, color=INK, linewidth=0.8, linestyle=":")
            right.annotate(name, (0.6, level), fontsize=7, ha="right", va="bottom" if level > 2.95 else "top")
        right.set(xlabel="cosine distance up to which two items mean the same")
        right.legend(fontsize=7, loc="center right")

    caption = (
        f"Left: {replies} replies of {LISTED} generated tasks each, equal ones alike: whether more demonstrations "
        f"lower the entropy depends on what the model does with them. Right: {replies // 4} replies of tasks on "
        "different topics in five forms: the threshold alone takes the entropy from ln 20 to about 1."
    )
    return Result(data, claims(found, thresholds, errors), caption, draw)


def claims(
    found: Mapping[tuple[str, int], Values], thresholds: Sequence[Estimate], errors: Sequence[Mapping[str, float]]
) -> list[Claim]:
    """Of entropies of replies by model and demonstrations, of one set by threshold, and of errors of counting."""
    pairs = (CEILING - LLAMA) / ONE_PAIR
    falls = {name: paired(found[name, SHOWN[-1]], found[name, SHOWN[0]]) for name in MODELS}
    fall = [_falls(change) for change in falls.values()]
    spread = float(np.mean([values.std(ddof=1) for values in found.values()]))
    needed = _replies_needed(spread, TABLE_3[0] - TABLE_3[1])
    values = [estimate.value for estimate in thresholds]
    low, high = min(values), max(values)
    errors_of = {name: over_runs([each[name] for each in errors]) for name in errors[0]}
    changes = "; ".join(f"{name}: {change.value:+.2f}" for name, change in falls.items())
    return [
        claim(
            f"{PAPER}, Table 4",
            f"{LLAMA} nats fit {LISTED} items of a reply that nearly all differ",
            "pairs of equal items in a reply that make it so (exact)",
            pairs,
            verdict(lies(pairs, 0.0, 1.0)),
            f"ln {LISTED} = {CEILING:.4f} is all that can be reached, and one equal pair takes {ONE_PAIR:.4f} off. A "
            "reading: the paper defines neither items nor what makes two equal",
        ),
        claim(
            f"{PAPER}, Table 3 and G.3.2",
            "more demonstrations lower the semantic entropy",
            f"change from {SHOWN[0]} to {SHOWN[-1]} demonstrations, a model that {next(iter(MODELS))} (nats)",
            next(iter(falls.values())),
            verdict(every(fall), _any(fall)),
            f"it depends on what the model does with them ({changes} nats)",
        ),
        claim(
            f"{PAPER}, Table 3",
            f"the fall from {TABLE_3[0]} to {TABLE_3[1]} is more than chance",
            "replies of either kind that would show it (80% power)",
            needed,
            verdict(True if needed <= FEW_REPLIES else None),
            f"replies of one kind differ by {spread:.2f} nats (standard deviation); the paper gives neither their "
            "number nor an interval",
        ),
        claim(
            f"beyond {PAPER}, G.4",
            "a set of rows has one semantic entropy, whatever makes two items equal",
            "widest difference between two thresholds, the same rows (nats)",
            high - low,
            verdict(high - low < APART),
            f"from {low:.2f} to {high:.2f} by how near two items must be; no threshold is stated, and {TABLE_3[0]} and "
            f"{LLAMA} may be two of them",
        ),
        claim(
            "beyond the papers",
            f"the entropy of {FIVE} completions is that of the model",
            "error (nats), meanings by Zipf's law over ten",
            errors_of["counted"],
            verdict(lies(errors_of["counted"], -APART, APART)),
            f"counting {FIVE} finds so much less",
        ),
        claim(
            "beyond the papers",
            "Chao and Shen's correction repairs it",
            "error (nats) of the corrected entropy, the same completions",
            errors_of["corrected"],
            verdict(lies(errors_of["corrected"], -NEAR, NEAR)),
            f"repaired: within {NEAR} nats",
        ),
        claim(
            "beyond the papers",
            "two sets can be compared whatever their numbers of completions",
            f"entropy of a model of {BROAD} meanings (K = {FIVE}) minus one of {NARROW} (K = {10 * FIVE}), nats",
            errors_of["unequal"],
            verdict(_same_sign(errors_of["unequal"], errors_of["equal"])),
            f"at K = {FIVE} for both it is {errors_of['equal'].value:+.2f}: more meanings, a larger entropy",
        ),
    ]


def _falls(change: Estimate) -> bool | None:
    """Whether it is a fall; replies that are all alike do not change."""
    if change.low is None:
        return change.value < -APART
    return lies(change, high=-APART)


def _any(parts: Sequence[bool | None]) -> bool | None:
    return True if True in parts else None if None in parts else False


def _same_sign(a: Estimate, b: Estimate) -> bool | None:
    signs = [(lies(one, low=0.0), lies(one, high=0.0)) for one in (a, b)]
    if any(up is None or down is None for up, down in signs):
        return None
    return signs[0] == signs[1]


def _replies_needed(spread: float, difference: float) -> float:
    """Of either kind, for 80% power at the 5% level."""
    return 2 * (2.8 * spread / difference) ** 2


def _end(estimate: Estimate, bound: float | None) -> float:
    return estimate.value if bound is None else bound
