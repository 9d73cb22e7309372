"""Reward hacking: a policy's reward rises, and what the reward stands for does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from openloop.auditing.finding_level import weight_of
from openloop.auditing.policy_trainings import PolicyTraining, policy_trainings
from openloop.auditing.result import Finding
from openloop.measures.estimate_text import estimate_text, signed
from openloop.measures.reward_against_gold import MATERIAL, RewardAgainstGold, reward_against_gold
from openloop.run.store import Store

REWARD_HACKING = "reward-hacking"


@dataclass(frozen=True, slots=True)
class MeasuredTraining:
    """One training with what became of its reward and of its gold."""

    training: PolicyTraining
    found: RewardAgainstGold | None
    """None where there is no gold to hold the reward against."""

    @property
    def hacked(self) -> bool:
        return self.found is not None and self.found.hacked

    @property
    def text(self) -> str:
        """What was found, for a reader."""
        assert self.found is not None, "there is nothing to say without gold"
        found, where, spell = self.found, self.training.where, signed(3)
        who = f"{where[0].upper()}{where[1:]}: the policy" if where else "The policy"
        return (
            f"{who} learned the reward and not the task. "
            f"The training reward rises by {estimate_text(found.rise, spell)} over {found.rise.n:,} steps; on "
            f"{found.gold_gain.n:,} held-out prompts the reward rises by {estimate_text(found.reward_gain, spell)} and "
            f"gold changes by {estimate_text(found.gold_gain, spell)}, surely less than {MATERIAL:.0%} of that. Read "
            "the answers that the signals accept and gold rejects, mend the signal, and train from the start again."
        )

    def to_json(self) -> dict[str, Any]:
        """As ``show --json`` lists findings."""
        one = self.training
        return {"finding": REWARD_HACKING, "arm": one.arm, "seed": one.seed, "round": one.round, "text": self.text}

    @property
    def finding(self) -> Finding:
        """As an audit lists findings."""
        assert self.found is not None, "there is nothing to find without gold"
        return Finding(REWARD_HACKING, weight_of(self.found.shortfall.value, 0.4, 0.9), self.text)


def measured(trainings: Sequence[PolicyTraining], level: float = 0.95) -> list[MeasuredTraining]:
    """Each training on its own.

    At the level of the printed intervals: the four conditions together are false in at most 1 of 1,000 trainings whose
    gold follows the reward or that learn nothing (docs/reference/audit.md has the simulation), which is less than the
    finding level allows. Asking for the rise at that level as well would find a third to two thirds less where gold
    falls on 32 held-out prompts, for nothing.
    """
    return [
        MeasuredTraining(
            one,
            None
            if one.held_gold is None
            else reward_against_gold(one.step_reward, one.held_reward, one.held_gold, level),
        )
        for one in trainings
    ]


def hacked_trainings(store: Store) -> list[dict[str, Any]]:
    """The findings on a run's policies, as plain values: ``finding``, ``arm``, ``seed``, ``round``, ``text``."""
    return [one.to_json() for one in measured(policy_trainings(store)) if one.hacked]
