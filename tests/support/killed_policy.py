"""A policy that is trained again and again in a forked process, which kills itself at the n-th thing that it does.

    python -m tests.support.killed_policy FOLDER LORA KILLS

Forked, because importing a training library costs more than such a training. What an uninterrupted training made
and what a killed one made is written to FOLDER/found.json. A process that ends otherwise than by its kill ends all.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

import openloop
from openloop import models, training
from openloop.records import Prompt
from openloop.training.checkpoint_folder import CheckpointFolder
from openloop.training.rollouts import RolloutFolder
from tests.support.small_models import make_model

STEPS = 24


@openloop.signal(range=(0.0, 1.0), accept_at=0.2, version="1")
def letters(candidate: Any) -> float | None:
    """Draws on the global state, as careless signals do."""
    if candidate.completion[:1].isdigit():
        return None
    random.random()
    return sum(letter.isalpha() for letter in candidate.completion) / max(1, len(candidate.completion))


class Places:
    """Counts what happens before and after files are written, and kills at one of those places."""

    def __init__(self, at: int) -> None:
        self.at, self.count = at, 0

    def around(self, owner: type, name: str) -> None:
        real: Callable[..., Any] = getattr(owner, name)

        def counted(*args: Any, **options: Any) -> Any:
            self.pass_by()
            found = real(*args, **options)
            self.pass_by()
            return found

        setattr(owner, name, counted)

    def pass_by(self, *_: Any) -> None:
        self.count += 1
        if self.count == self.at:
            os.kill(os.getpid(), signal.SIGKILL)


def train(base: Path, lora: int, at: int) -> None:
    """One try; what it made is written down."""
    places = Places(at)
    places.around(RolloutFolder, "write")
    places.around(CheckpointFolder, "seal")
    trainer = training.grpo(
        signals={"letters": letters},
        gold=letters,
        steps=STEPS,
        k=4,
        batch=8,
        accumulate=2,
        max_tokens=6,
        held_out=4,
        check_every=2,
        lr=3e-3,
        lora=lora,
        checkpoint_steps=2,
        length_penalty=0.5,
        stable_for=2,
        stable_within=1.0,
        stable_above=0.0,
    )
    model = models.transformers(str(base / "model"), threads=1)
    rows = [Prompt(f"{i}", f"say {i}") for i in range(12)]
    shutil.rmtree(base / "made", ignore_errors=True)
    (base / "made").mkdir()
    (base / "checkpoints").mkdir(exist_ok=True)
    artifact = trainer.train(
        model, rows, seed=5, folder=base / "made", checkpoints=base / "checkpoints", report=places.pass_by
    )
    rollouts = {
        file.name: hashlib.sha256(repr(_canonical(file)).encode()).hexdigest()
        for file in sorted((base / "made/rollouts").iterdir())
    }
    curve = [dict(entry) for entry in artifact.curve]
    made = {"revision": artifact.revision, "curve": curve, "facts": dict(artifact.facts), "rollouts": rollouts}
    (base / "result.json").write_text(json.dumps(made | {"places": places.count}))


def _canonical(file: Path) -> Any:
    table = pq.read_table(file)
    return table.drop_columns([name for name in table.column_names if name.endswith(".seconds")]).to_pydict()


def forked(base: Path, lora: int, at: int) -> bool:
    """Whether a try came to its end."""
    process = os.fork()
    if not process:
        status = 1
        try:
            train(base, lora, at)
            status = 0
        finally:
            os._exit(status)
    _, ended = os.waitpid(process, 0)
    if os.WIFSIGNALED(ended) and os.WTERMSIG(ended) == signal.SIGKILL:
        return False
    assert ended == 0, "the training failed"
    return True


def main(folder: Path, lora: int, kills: int) -> None:
    import transformers  # noqa: F401
    import trl  # noqa: F401
    from trl import GRPOConfig, GRPOTrainer  # noqa: F401  # trl imports on first use

    rng, found, died = random.Random(lora), [], 0
    for name in ("whole", "killed"):
        base = folder / name
        base.mkdir()
        if name == "whole":
            make_model(base / "model")
            assert forked(base, lora, 0)
        else:
            shutil.copytree(folder / "whole" / "model", base / "model")
            # Most tries come to a checkpoint further on; some die before it.
            while died < kills and not forked(base, lora, rng.randint(3, 24)):
                died += 1
            assert died < kills or forked(base, lora, 0)
        found.append(json.loads((base / "result.json").read_text()))
    (folder / "found.json").write_text(json.dumps({"whole": found[0], "killed": found[1], "died": died}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
