"""A run that samples, trains through TRL and samples from the student.

killed_program.py DIRECTORY MODEL
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import openloop
from openloop import models, selection, training

ROWS = [{"prompt": f"{i}+{i}=", "completion": str(2 * i)} for i in range(10)]


@openloop.signal
def even(candidate: Any) -> bool:
    """A verdict that half of the random answers pass."""
    return sum(map(ord, candidate.completion)) % 2 == 0


def main(directory: Path, folder: Path) -> None:
    model = models.transformers(str(folder), device="cpu", threads=1)
    run = openloop.Run(directory)
    pool = run.sample(model, ROWS, k=2, max_tokens=3)
    kept = run.select(pool, run.score(pool, even), selection.threshold(accept=True))
    sft = training.sft(steps=8, batch=4, checkpoint_steps=2, lr=1e-2)
    student = run.train(model, kept, real=ROWS, using=sft)
    run.sample(student, ROWS, max_tokens=3)
    run.close()


if __name__ == "__main__":
    from tests.training import killed_program  # so that the signal has the name that it has in a test

    killed_program.main(*map(Path, sys.argv[1:]))
