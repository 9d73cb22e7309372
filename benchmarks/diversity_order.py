"""Is the order of models by the diversity of their answers a property of the models, or of the prompts drawn?

    python benchmarks/diversity_order.py FILE --model model --prompt instruction --completion output

Prompts that every model answered are split in halves at random, all models are ordered by each half, and the two orders
are compared: mean Kendall's tau, and the share of pairs of models in the same order. All models are measured on the
same prompts at an equal number of runs of words, so that no order is one of sizes.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.stats import kendalltau

from openloop.data.streaming import blocks
from openloop.embedding import hashed
from openloop.measures.compression import compression_ratio
from openloop.measures.distinct_n import distinct_n
from openloop.measures.self_repetition import self_repetition
from openloop.measures.vendi import vendi2
from openloop.measures.word_grams import coded_words

CUT = 200
"""Characters of the beginnings that vectors are compared by beside whole texts."""


def answers(path: Path, model: str, prompt: str, completion: str) -> tuple[list[str], list[list[str]]]:
    """Models, and for each the completions of the prompts that all of them answered, in one order."""
    by_model: dict[str, dict[str, str]] = {}
    for shard in blocks(path):
        for row in shard.rows:
            by_model.setdefault(str(row[model]), {}).setdefault(str(row[prompt]), str(row[completion] or ""))
    most = max(map(len, by_model.values()))
    kept = {name: held for name, held in by_model.items() if len(held) >= 0.95 * most}
    shared = sorted(set.intersection(*(set(held) for held in kept.values())))
    names = sorted(kept)
    return names, [[kept[name][text] for text in shared] for name in names]


def scores(texts: Sequence[str], runs: dict[int, float]) -> dict[str, float]:
    """Every measure of one model's answers, each prompt's one; the higher, the more diverse."""
    prompt = np.arange(len(texts))
    words, embed = coded_words(texts, prompt), hashed().embed
    found = {f"distinct_{n}": distinct_n(words.grams(n), at=at).value for n, at in runs.items()}
    found["self_repetition"] = -self_repetition(words.grams(4)).value
    found["compression"] = -compression_ratio(texts, prompt, np.random.default_rng(0)).value
    found["vendi2"] = vendi2(embed(texts), prompt).value
    found[f"vendi2, first {CUT} characters"] = vendi2(embed([text[:CUT] for text in texts]), prompt).value
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    for option in ("model", "prompt", "completion"):
        parser.add_argument(f"--{option}", default=option)
    parser.add_argument("--splits", type=int, default=10)
    told = parser.parse_args()
    names, texts = answers(told.file, told.model, told.prompt, told.completion)
    prompts = len(texts[0])
    print(f"{len(names)} models, {prompts} prompts, {told.splits} splits")
    half = prompts // 2
    # A fifth of the least that any model says: as many are in every half.
    least = min(sum(len(text.split()) for text in held) for held in texts)
    runs = {n: min(10_000.0, least / 5) for n in (1, 2, 3)}
    halves: list[tuple[list[dict[str, float]], list[dict[str, float]]]] = []
    for seed in range(told.splits):
        order = np.random.default_rng(seed).permutation(prompts)
        sides = [[scores([held[i] for i in side], runs) for held in texts] for side in (order[:half], order[half:])]
        halves.append((sides[0], sides[1]))
    length = [float(np.mean([len(text) for text in held])) for held in texts]
    print(f"{'measure':30} {'tau':>6} {'same order':>11} {'tau with length':>16}")
    for name in halves[0][0][0]:
        taus, same, long = [], [], []
        for one, other in halves:
            a, b = (np.array([score[name] for score in side]) for side in (one, other))
            tau = float(kendalltau(a, b).statistic)
            taus.append(tau)
            same.append((1 + tau) / 2)
            long.append(float(kendalltau(a, length).statistic))
        print(f"{name:30} {np.mean(taus):6.2f} {np.mean(same):11.1%} {np.mean(long):16.2f}")


if __name__ == "__main__":
    main()
