"""A loop of ordinary Python in which every kind of stage has its turn: ``python every_kind.py DIRECTORY``."""

from __future__ import annotations

import sys
from typing import Any

import openloop
from openloop import models, parsing, selection, signals
from tests.support.policies import FakePolicy


def write(prompt: Any, seed: int) -> str:
    return f'{{"instruction": "{prompt}, number {seed % 50}"}}'


@openloop.signal
def even(candidate: Any) -> bool:
    return len(candidate.completion) % 2 == 0


def loop(run: openloop.Run) -> None:
    """Two parts or more of replies, items, candidates and verdicts; two trainings, and one of a policy."""
    replies = run.sample(models.function(write), [f"task {i}" for i in range(600)], k=3)
    items = run.parse(replies, parsing.items("instruction"))
    run.embed(items, "hashed-32")
    run.select(items, run.score(items, even), selection.threshold(accept=True))
    rows = [{"prompt": f"{a}+{b}=", "answer": str(a + b)} for a in range(40) for b in range(40)]
    real = [row | {"completion": row["answer"]} for row in rows[:50]]
    run.keep_reference(real, "real", "rows.jsonl")
    student: Any = models.simulated(error=0.4)
    for number in range(2):
        pool = run.sample(student, rows, k=2, seed=number)
        kept = run.select(pool, run.score(pool, signals.simulated()), selection.threshold(accept=True))
        student = run.train(student, kept, real=real)
    policy = run.train(student, rows, using=FakePolicy((0.2, 0.9), (0.2, 0.9), steps=8, held_out=10))  # type: ignore[arg-type]
    run.evaluate(policy, rows)


if __name__ == "__main__":
    this = openloop.Run(sys.argv[1])
    loop(this)
    this.close()
