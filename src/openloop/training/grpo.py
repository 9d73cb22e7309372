"""Grpo: a policy that learns from what signals say of its own answers, through TRL."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Unpack

from openloop.contracts import Learns, Model, Pretrained, Priced, Signal
from openloop.contracts.models import has_weights
from openloop.contracts.signals import asking
from openloop.contracts.training import TrainingEstimate
from openloop.errors import InputError
from openloop.records import Artifact, Prompt
from openloop.seeds import derive, even_draws
from openloop.training.askable_prompts import fitting, require_columns
from openloop.training.grpo_trainer import curve_of_policy, policy_trainer
from openloop.training.held_out import set_aside
from openloop.training.length_penalty import LengthPenalty
from openloop.training.memory import estimate_of, require_memory
from openloop.training.policy import History, Policy
from openloop.training.reward import Reward, weights_of
from openloop.training.rollouts import GOLD, Part, RolloutFolder
from openloop.training.settings import Options, Settings, settings
from openloop.training.through_trl import ThroughTrl
from openloop.training.trl_training import Training, total_steps

STEPS = 200
PROMPTS_A_STEP = 8
LAST = ("reward", "held_out", "held_out_reward", "kl", "completion_length")
"""Of the curve, what the last values of are metrics of the training."""
OURS = (
    "num_generations",
    "num_iterations",
    "steps_per_generation",
    "generation_batch_size",
    "max_completion_length",
    "temperature",
    "beta",
    "reward_weights",
    "chat_template_kwargs",
    "log_completions",
    "sync_ref_model",
)
"""Options of TRL's that say what ours say, or that a training killed between two checkpoints would not survive."""


@dataclass(frozen=True, kw_only=True)
class Grpo(ThroughTrl):
    """See :func:`grpo`."""

    signals: Mapping[str, Signal]
    weights: Mapping[str, float] | None
    k: int
    temperature: float
    max_tokens: int
    beta: float
    gold: Signal | None
    held_out: int
    check_every: int
    penalty: LengthPenalty
    version: ClassVar[str] = "1"
    name: ClassVar[str] = "grpo"
    learns_from: ClassVar[Learns] = "prompts"
    config: ClassVar[str] = "GRPOConfig"

    @property
    def prompts_a_step(self) -> int:
        """Different prompts that one step asks."""
        return self.settings.rows_a_step // self.k

    def completed(self, signals: Mapping[str, Signal], gold: Signal | None = None) -> Grpo:
        """With these signals, and this gold, where it was given none of its own."""
        made = replace(self, signals=self.signals or dict(signals), gold=self.gold or gold)
        made._check_signals()
        return made

    def check(self, model: Model, rows: Sequence[Prompt] = ()) -> list[str]:
        """See :class:`openloop.contracts.Checks`."""
        mine = self.trainable(model)
        self._check_signals()
        if self.beta and not has_weights(model):
            raise InputError(f"grpo: beta weighs the divergence from {model.name!r}, which has no weights yet.")
        if self.max_tokens >= mine.context:
            raise InputError(
                f"grpo: max_tokens={self.max_tokens:,} leaves no room for a prompt: the model's context is "
                f"{mine.context:,} tokens."
            )
        require_memory(self.name, mine, self.estimate(mine, rows))
        if not rows:
            return []
        train, held_out = self._split(mine, rows, seed=0)
        return [
            f"grpo: {self.prompts_a_step:,} of {len(train):,} prompts a step, {self.k} answers each; {len(held_out):,} "
            "prompts are held out"
        ]

    def estimate(self, model: Model, rows: Sequence[Prompt] = ()) -> TrainingEstimate:
        """See :class:`openloop.contracts.training.Estimates`; answers are taken to be of ``max_tokens``."""
        mine = self.trainable(model)
        asked = fitting(mine, rows, self.settings, self.max_tokens)
        lengths = [length + self.max_tokens for _, length in asked]
        steps = total_steps(self.settings, max(0, len(asked) - self.held_out) * self.k, 0)
        # TRL takes logits in chunks here too. It keeps a copy for reference where beta weighs the divergence from it.
        reference = self.beta > 0 and not self.settings.lora
        longest = max(lengths, default=0)
        return estimate_of(mine, self.settings, self.k * sum(lengths), steps, longest, reference=reference)

    def carry_out(self, training: Training, rows: Sequence[Prompt]) -> Artifact:
        self.check(training.model)
        train, held_out = self._split(training.model, rows, training.seed)
        recorded = RolloutFolder.below(training.checkpoints)
        policy = Policy(
            who=self.name,
            model=training.model,
            train=train,
            held_out=held_out,
            k=self.k,
            max_tokens=self.max_tokens,
            batch=self.settings.rows_a_step,
            seed=training.seed,
            reward=Reward(self.signals, weights_of(self.signals, self.weights)),
            gold=self.gold,
            penalty=self.penalty,
            folder=recorded,
        )
        steps = total_steps(self.settings, len(train) * self.k, 0)
        # All steps are one pass over an order of ours, which a resumed training finds again.
        order = even_draws(len(train), self.prompts_a_step, derive("prompts", training.seed), 0, steps)
        trainer = policy_trainer(training, policy, order, self._arguments(training, train, steps), self.check_every)
        artifact = training.carry_out(trainer)
        # Copied, and not moved: until the weights are committed, a kill goes on from the last checkpoint.
        shutil.copytree(recorded.path, RolloutFolder.below(training.folder).path)
        history = trainer.state.log_history
        curve = curve_of_policy(history)
        last = {name: value for entry in curve for name, value in entry.items() if name in LAST}
        facts = self._facts(policy, history)
        return replace(artifact, facts=facts, curve=curve, metrics={**last, "steps": float(steps)})

    def most_answers(self, part: Part, prompts: int) -> int:
        """See :class:`openloop.contracts.SamplesItself`."""
        steps = total_steps(self.settings, max(1, prompts) * self.k, 0)
        return steps * self.settings.rows_a_step if part == "train" else self.held_out * (steps // self.check_every + 2)

    # ---- what is given ----------------------------------------------------------------------------------

    def _arguments(self, training: Training, train: Sequence[Prompt], steps: int) -> dict[str, Any]:
        return training.arguments(len(train) * self.k, 0) | {
            "max_steps": steps,
            "num_generations": self.k,
            "max_completion_length": self.max_tokens,
            "temperature": self.temperature,
            "beta": self.beta,
            "shuffle_dataset": False,
            "logging_steps": 1,
        }

    def _facts(self, policy: Policy, history: History) -> dict[str, Any]:
        rewards = [r for _, table in policy.folder.steps("train") for r in table.column("reward").to_pylist()]
        return {
            "prompts": len(policy.train),
            "held_out_prompts": len(policy.held_out),
            "rollouts": len(rewards),
            "rollouts_unscored": sum(reward is None for reward in rewards),
            "weights": policy.reward.weights,
            **({"length_penalty_from": policy.penalised(history)} if self.penalty.most else {}),
        }

    def _split(self, model: Pretrained, rows: Sequence[Prompt], seed: int) -> tuple[list[Prompt], list[Prompt]]:
        """(to train on, held out). Raises InputError for prompts that cannot be asked, or judged."""
        require_columns(rows, self.signals if self.gold is None else {**self.signals, GOLD: self.gold})
        asked = [prompt for prompt, _ in fitting(model, rows, self.settings, self.max_tokens)]
        return set_aside(asked, self.held_out, self.prompts_a_step, seed)

    def _check_signals(self) -> None:
        if not self.signals:
            raise InputError("grpo: needs signals to learn from, such as signals={'right': signals.exact('answer')}.")
        weights = weights_of(self.signals, self.weights)
        accepting = Reward(self.signals, weights).accepting
        self.penalty.check(min((weights[name] for name in accepting), default=None), self.held_out, self.check_every)
        if self.gold is not None and GOLD in self.signals and self.signals[GOLD] != self.gold:
            raise InputError("grpo: a signal is named 'gold' and is not the gold of this training; rename it.")
        for name, signal in {**self.signals, "gold": self.gold}.items():
            for part in () if signal is None else asking(signal):
                if isinstance(part.model, Priced) and any(most is not None for most in part.model.limits.values()):
                    raise InputError(
                        f"grpo: signal {name!r} asks {part.model.name!r}, whose limits are counted by the run and do "
                        "not hold inside a training. Take the limits off, or reward with another signal."
                    )


def grpo(
    *,
    signals: Mapping[str, Signal] | Signal | None = None,
    weights: Mapping[str, float] | None = None,
    k: int = 8,
    temperature: float = 1.0,
    max_tokens: int = 256,
    beta: float = 0.0,
    gold: Signal | None = None,
    held_out: int = 64,
    check_every: int = 10,
    length_penalty: float = 0.0,
    stable_for: int = 50,
    stable_within: float = 0.05,
    stable_above: float = 0.5,
    **options: Unpack[Options],
) -> Grpo:
    """Group-relative policy optimisation (Shao et al. 2024, arXiv 2402.03300) through TRL's GRPOTrainer.

    Each step asks ``batch · accumulate / k`` prompts and samples ``k`` answers to each, at ``temperature`` and of at
    most ``max_tokens`` tokens. ``signals`` by name judge them; their values, each from 0 to 1 by its range, are added
    up with ``weights`` (1 each). An answer that one of them cannot score has no reward: it is left out of the mean of
    its group, and moves nothing. ``beta`` weighs the divergence from the model that the training began with.

    ``held_out`` prompts, chosen by the seed, are never trained on. Every ``check_every`` steps the policy answers them
    greedily, and they are judged by the same signals and by ``gold``, a signal that you trust and that training never
    hears: a reward that rises while gold does not is the finding ``reward-hacking``.

    ``length_penalty`` is taken off the reward of an accepted answer of ``max_tokens`` tokens, and in proportion off
    shorter ones, once accuracy on the held-out prompts (by gold, where it is given) has stayed within
    ``stable_within`` for ``stable_for`` steps, at ``stable_above`` or more.

    Steps (200, unless ``steps`` or ``epochs`` say otherwise), rates, LoRA and checkpoints:
    :class:`openloop.training.Settings`; the learning rate is 1e-6, or 1e-5 for an adapter, unless given; ``batch`` is
    ``k`` and ``accumulate`` 8 unless given. Raises InputError.
    """
    if isinstance(signals, Signal):
        signals = {signals.name: signals}
    if k < 2:
        raise InputError(f"grpo: k={k}: at least 2, because an answer is rewarded beside others to the same prompt.")
    if not temperature > 0:
        raise InputError(f"grpo: temperature must be above 0, got {temperature!r}: greedy answers are all the same.")
    for name, value, least in (
        ("max_tokens", max_tokens, 1),
        ("held_out", held_out, 0),
        ("check_every", check_every, 1),
    ):
        if value < least:
            raise InputError(f"grpo: {name} must be at least {least}, got {value!r}.")
    if not beta >= 0:
        raise InputError(f"grpo: beta must be at least 0, got {beta!r}.")
    made = settings("grpo", _with_defaults(options, k), lr=1e-6, lr_lora=1e-5, ours=dict.fromkeys(OURS, ""))
    _check_settings(made, k)
    found = Grpo(
        signals=dict(signals or {}),
        weights=weights,
        k=k,
        temperature=temperature,
        max_tokens=max_tokens,
        beta=beta,
        gold=gold,
        held_out=held_out,
        check_every=check_every,
        penalty=LengthPenalty(length_penalty, stable_for, stable_within, stable_above),
        settings=made,
    )
    if signals:
        found._check_signals()
    return found


def _with_defaults(options: Options, k: int) -> Options:
    full: Options = {**options}
    if all(full.get(name) is None for name in ("steps", "epochs", "tokens")):
        full["steps"] = STEPS
    full.setdefault("batch", k)
    full.setdefault("accumulate", PROMPTS_A_STEP)
    return full


def _check_settings(made: Settings, k: int) -> None:
    if made.tokens is not None:
        raise InputError("grpo: tokens cannot be counted before they are sampled; say steps or epochs.")
    if made.rows_a_step % k:
        raise InputError(
            f"grpo: batch={made.batch} and accumulate={made.accumulate} make {made.rows_a_step} rows a step, which is "
            f"no multiple of k={k}: all answers to a prompt belong to one step."
        )
    if made.too_long == "truncate":
        raise InputError("grpo: too_long='truncate' would change what is asked; say 'drop' or 'refuse'.")
