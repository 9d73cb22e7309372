"""Train a student on every registered selection, and report which number ordered the gains. See
docs/evidence/prediction.md.

python examples/prediction/run.py results.jsonl             # about 20 minutes on one core; resumes
python examples/prediction/run.py results.jsonl --quick     # one seed, 6 selections, 1 minute; not the experiment
python examples/prediction/run.py results.jsonl --report    # only the numbers
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
import worlds
from worlds import addition

from openloop.models import tiny
from openloop.records import Example, Prompt, Sampling
from openloop.seeds import derive
from openloop.theory.ordering_score import margin, ordering_score
from openloop.theory.predicted_level import HALFWAY_PER_STRATUM, predicted_level

TAU = 500.0
SEEDS = (4, 5, 6, 7)
GREEDY = Sampling(temperature=0.0, max_tokens=5)


def as_prompts(rows):
    return [Prompt(f"{i}", row["prompt"], row) for i, row in enumerate(rows)]


def right(model, rows):
    """Whether each row's greedy answer is its sum, [N]."""
    answers = model.sample(as_prompts(rows), 1, GREEDY)
    return np.array([a[0].content == row["answer"] for a, row in zip(answers, rows, strict=True)])


@dataclass(frozen=True)
class Candidates:
    """A seed's generator and its answers to fresh problems; strata are numbers of carries."""

    seed: int
    generator: object
    before: float
    """Its greedy accuracy on the test problems."""
    problems: list
    answers: list
    strata: np.ndarray
    """Of each candidate, [N]."""
    good: np.ndarray
    """Of each candidate, [N]."""
    shares: np.ndarray
    """Of the test problems by stratum, [S]."""
    sampled: np.ndarray
    """Accuracy of the candidates by stratum, [S]."""
    greedy: np.ndarray
    """Greedy accuracy on the test problems by stratum, [S]."""


def candidates(seed) -> Candidates:
    test = addition.test()
    test_strata = np.array([worlds.carries(row["prompt"]) for row in test])
    real = [Example(row["prompt"], row["answer"]) for row in addition.real()]
    generator = tiny(alphabet="0123456789+=").fit(real, seed=derive("generator", seed), steps=800, lr=0.003)
    hits = right(generator, test)
    problems = addition.problems(derive("problems", seed) % 2**32, 0, worlds.CANDIDATES)
    sampling = Sampling(temperature=1.0, max_tokens=5, seed=derive("sampling", seed))
    answers = [a[0].content for a in generator.sample(as_prompts(problems), 1, sampling)]
    strata = np.array([worlds.carries(row["prompt"]) for row in problems])
    good = np.array([a == row["answer"] for a, row in zip(answers, problems, strict=True)])
    every = range(worlds.STRATA)
    return Candidates(
        seed=seed,
        generator=generator,
        before=float(hits.mean()),
        problems=problems,
        answers=answers,
        strata=strata,
        good=good,
        shares=np.bincount(test_strata, minlength=worlds.STRATA) / len(test),
        sampled=np.array([good[strata == s].mean() for s in every]),
        greedy=np.array([hits[test_strata == s].mean() for s in every]),
    )


def selected(pool: Candidates, dial):
    """Indices of the rows that a dial keeps, and the rows as its world has them."""
    rows = worlds.select(dial, pool.good, pool.strata, np.random.default_rng(derive("select", pool.seed, dial.name)))
    prompts = [pool.problems[i]["prompt"] for i in rows]
    return rows, [
        Example(p, worlds.in_world(dial.world, p, pool.answers[i])) for p, i in zip(prompts, rows, strict=True)
    ]


def train(path: Path, seeds, dials) -> None:
    done = {(r["seed"], r["name"]) for r in read(path)}
    for seed in seeds:
        if all((seed, dial.name) in done for dial in dials):
            continue
        pool = candidates(seed)
        for dial in dials:
            if (seed, dial.name) in done:
                continue
            rows, examples = selected(pool, dial)
            student = pool.generator.fit(examples, seed=derive("student", seed), steps=250, lr=0.001)
            after = float(right(student, addition.test()).mean())
            result = {"seed": seed, "name": dial.name, "before": pool.before, "gain": after - pool.before}
            result |= predictors(examples, pool.strata[rows], pool.good[rows], pool)
            with path.open("a") as stream:
                stream.write(json.dumps(result) + "\n")
            print(f"seed {seed}  {dial.name:44s} gain {result['gain']:+.3f}", flush=True)


def predictors(examples, strata, good, pool: Candidates):
    """What orders selections, and what tells the change of accuracy; from gold on selected rows and candidates."""
    n, bad = len(good), float((~good).mean())
    kept = np.bincount(strata, minlength=worlds.STRATA).astype(float)
    wrong = np.bincount(strata[~good], minlength=worlds.STRATA) / np.maximum(kept, 1)
    largest = np.array([commonest(examples, (strata == s) & ~good) for s in range(worlds.STRATA)])
    overall = commonest(examples, ~good)
    sampled = float((pool.sampled * pool.shares).sum())
    whole = predicted_level([pool.before], [1.0], [n], [bad], [overall])
    by_strata = predicted_level(pool.greedy, pool.shares, kept, wrong, largest, halfway=HALFWAY_PER_STRATUM)
    return {
        "n": n,
        "p_after": bad,
        "registered": ordering_score(pool.sampled, pool.shares, kept, margin(wrong, largest), TAU),
        "one stratum": ordering_score([sampled], [1.0], [n], margin([bad], [overall]), TAU),
        "n(1-2p')^2": n * (1 - 2 * bad) ** 2,
        "-p'": -bad,
        "n'": float(n),
        "predicted change": whole - pool.before,
        "predicted change by strata": by_strata - pool.before,
    }


def commonest(examples, rows):
    """Largest share of one error (answer minus true sum) among some rows; no number is an error of its own."""
    errors = Counter()
    for i in np.flatnonzero(rows):
        text, truth = examples[i].completion, worlds.true_sum(examples[i].prompt)
        # The systematic error of the noisy world is one rule, though its size differs from sum to sum.
        rule = "carries dropped" if text == worlds.without_carries(examples[i].prompt) else None
        errors[rule or (int(text) - int(truth) if text.isdigit() else text)] += 1
    return max(errors.values()) / sum(errors.values()) if errors else 0.0


def read(path: Path):
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def report(path: Path) -> None:
    from scipy.stats import spearmanr

    rows = read(path)
    names = list(dict.fromkeys(row["name"] for row in rows))
    seeds = sorted({row["seed"] for row in rows})
    table = {(row["name"], row["seed"]): row for row in rows}
    names = [name for name in names if all((name, seed) in table for seed in seeds)]
    gains = np.array([[table[name, seed]["gain"] for seed in seeds] for name in names])
    print(
        f"{len(names)} selections, seeds {seeds}; generator accuracy "
        + " ".join(f"{table[names[0], seed]['before']:.3f}" for seed in seeds)
    )
    for world in ("all", *worlds.WORLDS):
        mine = [i for i, name in enumerate(names) if world == "all" or name.startswith(world)]
        if len(mine) < 4:
            continue
        observed, ceiling = gains[mine].mean(1), noise_ceiling(gains[mine])
        print(f"\n{world}: {len(mine)} selections, ceiling of ρ {ceiling:.3f}")
        for key in ("registered", "one stratum", "n(1-2p')^2", "-p'", "n'"):
            x = np.array([np.mean([table[names[i], seed][key] for seed in seeds]) for i in mine])
            rho = float(spearmanr(x, observed).statistic)
            rng = np.random.default_rng(0)
            draws = rng.integers(0, len(mine), (10_000, len(mine)))
            ranks = [float(spearmanr(x[d], observed[d]).statistic) for d in draws[:2000] if len(set(x[d])) > 1]
            low, high = np.nanquantile(ranks, [0.025, 0.975])
            print(f"  {key:12s} ρ {rho:+.3f} [{low:+.3f}, {high:+.3f}]  over the ceiling {rho / ceiling:+.3f}")
    print("\nselection                                      n'    p'     gain (mean)  by seed")
    for i in np.argsort(-gains.mean(1)):
        first = table[names[i], seeds[0]]
        p = np.mean([table[names[i], seed]["p_after"] for seed in seeds])
        print(
            f"{names[i]:44s} {first['n']:5d}  {p:.3f}  {gains[i].mean():+.3f}       "
            + " ".join(f"{g:+.3f}" for g in gains[i])
        )


def noise_ceiling(gains) -> float:
    """√ of the reliability of the mean over seeds, from the two-way layout [selections, seeds]."""
    rows, columns = gains.shape
    if columns < 2:
        return float("nan")
    centre = gains.mean()
    between = columns * ((gains.mean(1) - centre) ** 2).sum() / (rows - 1)
    rest = gains - gains.mean(1, keepdims=True) - gains.mean(0) + centre
    within = (rest**2).sum() / ((rows - 1) * (columns - 1))
    return float(np.sqrt(max(0.0, 1 - within / between)))


if __name__ == "__main__":
    out = Path(sys.argv[1])
    quick = "--quick" in sys.argv
    if "--report" not in sys.argv:
        train(out, (0,) if quick else SEEDS, worlds.dials()[::6] if quick else worlds.dials())
    report(out)
