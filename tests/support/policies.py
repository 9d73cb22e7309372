"""A trainer of policies without a network: it writes rollouts with the rewards and the gold that a test wants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from openloop.contracts import Learns, Model, Signal
from openloop.data.tables import candidate_table
from openloop.records import Artifact, Completion, Prompt, Verdict
from openloop.training.rollouts import Part, RolloutFolder
from tests.support.toy_signals import made

K = 2
accepts = made(lambda c: c.completion.startswith("yes"), name="accepts", version="1")
truth = made(lambda c: c.completion.endswith("right"), name="truth", version="1")


@dataclass(frozen=True)
class FakePolicy:
    """``steps`` steps; accepted and right shares go from the first to the second number of each pair."""

    accepted: tuple[float, float]
    right: tuple[float, float]
    steps: int = 40
    held_out: int = 40
    gold: Signal | None = truth
    signals: Mapping[str, Signal] = field(default_factory=lambda: {"accepts": accepts})
    version: ClassVar[str] = "1"
    name: ClassVar[str] = "fake"
    learns_from: ClassVar[Learns] = "prompts"

    def completed(self, signals: Mapping[str, Signal], gold: Signal | None = None) -> FakePolicy:
        return self

    def most_answers(self, part: Part, prompts: int) -> int:
        return self.steps * K * prompts if part == "train" else self.held_out * 5

    def train(
        self, model: Model, rows: Sequence[Prompt], *, seed: int, folder: Path, checkpoints: Path, report: Any
    ) -> Artifact:
        recorded, rng = RolloutFolder.below(folder), np.random.default_rng(seed)
        held, asked = rows[: self.held_out], rows[self.held_out : self.held_out + 10]
        for step in range(1, self.steps + 1):
            self._write(recorded, "train", asked, step, rng, K)
        for step in range(0, self.steps + 1, self.steps // 4) if held else ():
            self._write(recorded, "held_out", held, step, rng, 1)
        (folder / "weights").write_text(f"{seed}")
        return Artifact(f"fake-{seed}", {}, {"weights": {"accepts": 1.0}})

    def load(self, model: Model, folder: Path) -> Model:
        return model

    def _write(
        self, recorded: RolloutFolder, part: Part, prompts: Sequence[Prompt], step: int, rng: Any, k: int
    ) -> None:
        done = step / self.steps
        n = len(prompts) * k
        says = rng.random(n) < self.accepted[0] + (self.accepted[1] - self.accepted[0]) * done
        # The same answers are right at every check, so that what changes is what was asked for.
        luck = np.arange(n) / n
        right = luck < self.right[0] + (self.right[1] - self.right[0]) * done
        texts = [f"{'yes' if a else 'no'} {'right' if b else 'wrong'}" for a, b in zip(says, right, strict=True)]
        groups = [[Completion(text) for text in texts[i : i + k]] for i in range(0, n, k)]
        table = candidate_table(
            [Prompt(p.id, p.content, {**p.row, "step": step}) for p in prompts],
            groups,
            [[0] * k for _ in prompts],
            stem=f"{part}-{step}",
            model="fake",
            revision=f"start+{step}",
            round=0,
        )
        verdicts = {"accepts": [Verdict(float(a)) for a in says]}
        if part == "held_out" and self.gold is not None:
            verdicts["gold"] = [Verdict(float(b)) for b in right]
        recorded.write(part, step, table, [float(a) for a in says], verdicts)
