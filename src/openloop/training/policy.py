"""A policy in training: its answers are judged, rewarded and recorded, and now and then it is asked what was held out.

:class:`Policy` is what happens, in terms of prompts, tokens and verdicts; :mod:`openloop.training.grpo` hangs it into
TRL's trainer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from openloop.contracts import Pretrained, Signal
from openloop.data.tables import CandidateRows, candidate_table
from openloop.errors import NothingScored
from openloop.records import Completion, Prompt, Verdict
from openloop.scoring import checked_verdicts
from openloop.training.held_out import greedy_answers, random_state_kept
from openloop.training.length_penalty import LengthPenalty
from openloop.training.reward import Reward, scaled
from openloop.training.rollouts import GOLD, STEP, Part, RolloutFolder

if TYPE_CHECKING:
    import pyarrow as pa

History = Sequence[Mapping[str, Any]]
"""What a training has measured so far, as its library logs it: entries with a ``step``."""


@dataclass
class Judgement:
    """One step's rollouts with what was said of them, until their advantages are known too."""

    step: int
    table: pa.Table
    verdicts: Mapping[str, Sequence[Verdict]]
    rewards: Sequence[float | None]
    """Before the length penalty."""


@dataclass
class Policy:
    """What a training of a policy does besides computing gradients."""

    who: str
    model: Pretrained
    train: Sequence[Prompt]
    held_out: Sequence[Prompt]
    k: int
    max_tokens: int
    batch: int
    seed: int
    reward: Reward
    gold: Signal | None
    penalty: LengthPenalty
    folder: RolloutFolder
    _judged: Judgement | None = field(default=None, init=False)
    _tokens: dict[int, list[int]] = field(default_factory=dict, init=False)

    def prompt_tokens(self, place: int) -> list[int]:
        """How the model is sampled with the prompt at this place of ``train``."""
        if place not in self._tokens:
            self._tokens[place] = self.model.prompt_tokens(self.train[place].content)
        return self._tokens[place]

    # ---- rollouts ---------------------------------------------------------------------------------------

    def paid(
        self, places: Sequence[int], tokens: Sequence[Sequence[int]], done: int, history: History
    ) -> list[float | None]:
        """The rewards of P·K rollouts, K of one prompt after the other; None where one is unscored.

        ``places``: of their prompts among ``train``; ``done``: steps before this one. Raises NothingScored.
        """
        prompts = [self.train[place] for place in places[:: self.k]]
        answers = [self.model.answer(self.train[p].content, said) for p, said in zip(places, tokens, strict=True)]
        groups = [answers[start : start + self.k] for start in range(0, len(answers), self.k)]
        table = self._table(prompts, groups, done + 1, done)
        verdicts = self.reward.judge(list(CandidateRows.of(table)))
        rewards = self.reward.values(verdicts)
        if all(reward is None for reward in rewards):
            raise NothingScored(self._nothing_scored(done + 1, verdicts))
        self._judged = Judgement(done + 1, table, verdicts, rewards)
        if not self.penalised(history):
            return rewards
        return [
            reward - self.penalty.of(len(said), self.max_tokens) if reward is not None and right else reward
            for reward, right, said in zip(rewards, self.reward.accepted(verdicts), tokens, strict=True)
        ]

    def record(self, advantages: Sequence[float]) -> None:
        """Write down the rollouts that :meth:`paid` was asked about last."""
        judged = self._judged
        assert judged is not None, "advantages come after rewards"
        self.folder.write("train", judged.step, judged.table, judged.rewards, judged.verdicts, advantages)
        self._judged = None

    def unscored(self) -> float:
        """Share of the last rollouts that have no reward."""
        rewards = self._judged.rewards if self._judged is not None else []
        return sum(reward is None for reward in rewards) / max(1, len(rewards))

    # ---- held-out prompts -------------------------------------------------------------------------------

    def check(self, network: Any, done: int) -> dict[str, float]:
        """Answer the held-out prompts after so many steps, record that, and say how good it was.

        ``held_out``: by gold; ``held_out_reward``: by the reward; ``held_out_accepted``: share that its signals accept.
        """
        with random_state_kept():
            answers = greedy_answers(network, self.model, self.held_out, self.max_tokens, self.batch)
            table = self._table(self.held_out, [[answer] for answer in answers], done, done, "held_out")
            candidates = list(CandidateRows.of(table))
            verdicts = self.reward.judge(candidates)
            golden = {} if self.gold is None else {GOLD: checked_verdicts(self.gold, candidates)}
        rewards = self.reward.values(verdicts)
        self.folder.write("held_out", done, table, rewards, verdicts | golden)
        found = {
            "held_out_reward": mean_of(rewards),
            "held_out_accepted": mean_of(self.reward.accepted(verdicts)),
            "held_out": None if self.gold is None else mean_of(goodness(self.gold, golden[GOLD])),
        }
        return {name: value for name, value in found.items() if value is not None}

    def penalised(self, history: History) -> int | None:
        """The step after which answers pay for their length; None before."""
        if not self.penalty.most:
            return None
        name = "held_out_accepted" if self.gold is None else "held_out"
        missing = float("nan")
        return self.penalty.starts(
            [(int(e["step"]), float(e.get(name, missing))) for e in history if "held_out_reward" in e or name in e]
        )

    # ---- what both need ---------------------------------------------------------------------------------

    def _table(
        self,
        prompts: Sequence[Prompt],
        groups: Sequence[Sequence[Completion]],
        step: int,
        done: int,
        part: Part = "train",
    ) -> pa.Table:
        """A pool: the policy that answers is the model it started from, after ``done`` steps."""
        return candidate_table(
            [replace(prompt, row={**prompt.row, STEP: step}) for prompt in prompts],
            groups,
            [[self.seed] * len(group) for group in groups],
            stem=f"{part}-{step}",
            model=self.model.name,
            revision=f"{self.model.revision}+{done}" if done else self.model.revision,
            round=0,
        )

    def _nothing_scored(self, step: int, verdicts: Mapping[str, Sequence[Verdict]]) -> str:
        why = Counter(
            f"{name}: {verdict.outcome.value}" + (f" ({verdict.reason:.120})" if verdict.reason else "")
            for name, said in verdicts.items()
            for verdict in said
            if verdict.value is None
        )
        listed = "; ".join(f"{n:,} times {reason}" for reason, n in why.most_common(2))
        n = len(next(iter(verdicts.values())))
        return (
            f"{self.who}: not one of the {n:,} answers of step {step:,} was scored, so there is nothing to learn from "
            f"({listed}). Mend the signal and run the same command again."
        )


def goodness(signal: Signal, verdicts: Sequence[Verdict]) -> list[float | None]:
    """Shape [N]: 1 where a signal accepts and 0 where not, else its value by its range; None where unscored."""
    if signal.accept_at is None:
        return [None if v.value is None else scaled(signal, v.value) for v in verdicts]
    return [None if v.value is None else float(v.value >= signal.accept_at) for v in verdicts]


def mean_of(values: Sequence[float | None]) -> float | None:
    """Over those that are known; None where none is."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
