"""TRL's GRPOTrainer with a policy of ours hung into it, and what it measured as one row a step."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from numpy.typing import NDArray

from openloop.errors import InputError
from openloop.training.policy import Policy
from openloop.training.trl_training import Training

MEASURED = {
    "loss": "loss",
    "grad_norm": "grad_norm",
    "learning_rate": "learning_rate",
    "reward": "reward",
    "reward_std": "reward_std",
    "kl": "kl",
    "entropy": "entropy",
    "completions/mean_length": "completion_length",
    "completions/clipped_ratio": "cut",
    "frac_reward_zero_std": "without_contrast",
    "unscored": "unscored",
    "length_penalty": "length_penalty",
    "held_out": "held_out",
    "held_out_reward": "held_out_reward",
    "held_out_accepted": "held_out_accepted",
}
"""What TRL logs, and what the curve calls it: ``cut`` is the share of answers that did not end, ``without_contrast`` of
prompts whose answers were all paid the same and taught nothing."""


def policy_trainer(
    training: Training, policy: Policy, order: NDArray[Any], arguments: Mapping[str, Any], check_every: int
) -> Any:
    """A GRPOTrainer that asks the policy's prompts in this order, [steps, prompts a step]."""
    from datasets import Dataset
    from transformers import GenerationConfig
    from trl import GRPOConfig, GRPOTrainer

    class Trainer(GRPOTrainer):  # type: ignore[misc]
        def _generate_and_score_completions(self, inputs: list[dict[str, Any]]) -> dict[str, Any]:
            made: dict[str, Any] = super()._generate_and_score_completions(inputs)
            require_same_prompts(policy, [row["place"] for row in inputs], made["prompt_ids"], made["prompt_mask"])
            policy.record(made["advantages"].tolist())
            return made

    def reward(
        completion_ids: Sequence[Sequence[int]],
        place: Sequence[int],
        trainer_state: Any,
        log_metric: Any,
        **_: Any,
    ) -> list[float | None]:
        paid = policy.paid(place, completion_ids, trainer_state.global_step, trainer_state.log_history)
        log_metric("unscored", policy.unscored())
        if policy.penalty.most:
            log_metric("length_penalty", float(policy.penalised(trainer_state.log_history) is not None))
        return paid

    asked = [training.model.asked(prompt.content) for prompt in policy.train]
    places = order.ravel().tolist()
    network = training.network()
    ends = list(training.model.end_tokens)
    # What a folder recommends (top_k, penalties, ...) would change what temperature says.
    network.generation_config = GenerationConfig(eos_token_id=ends, pad_token_id=ends[0])
    trainer = Trainer(
        network,
        reward_funcs=reward,
        args=training.configured(GRPOConfig, arguments),
        train_dataset=Dataset.from_dict({"prompt": [asked[place] for place in places], "place": places}),
        processing_class=training.tokenizer(),
        peft_config=training.peft_config,
    )
    if trainer.ref_model is not None:  # TRL reads it from the folder, where an adapter that was merged is not
        trainer.ref_model.load_state_dict(trainer.accelerator.unwrap_model(trainer.model).state_dict())
    trainer.add_callback(_watch_held_out(training, policy, trainer, check_every))
    return trainer


def _watch_held_out(training: Training, policy: Policy, trainer: Any, every: int) -> Any:
    from transformers import TrainerCallback

    class HeldOut(TrainerCallback):  # type: ignore[misc]
        def on_train_begin(self, _args: Any, state: Any, _control: Any, **_: Any) -> None:
            policy.folder.forget_after(state.global_step)
            if state.global_step == 0:
                policy.folder.forget_after(-1)
                self._check(state)

        def on_step_end(self, _args: Any, state: Any, _control: Any, **_: Any) -> None:
            if state.global_step % every == 0 or state.global_step == state.max_steps:
                self._check(state)

        def on_train_end(self, *_args: Any, **_: Any) -> None:
            network = trainer.accelerator.unwrap_model(trainer.model)
            if "ref" in getattr(network, "peft_config", {}):
                network.delete_adapter("ref")  # TRL's copy of where an adapter began is no part of what was made

        def _check(self, state: Any) -> None:
            if not policy.held_out:
                return
            found = policy.check(trainer.accelerator.unwrap_model(trainer.model), state.global_step)
            # Into the history that checkpoints keep: it decides when a length penalty starts.
            state.log_history.append({"step": state.global_step, **found})
            told = next(name for name in ("held_out", "held_out_reward") if name in found)
            training.report({"step": float(state.global_step), "of": float(state.max_steps), told: found[told]})

    return HeldOut()


def require_same_prompts(policy: Policy, places: Sequence[int], ids: Any, mask: Any) -> None:
    """Check a real batch, [B, T]: a policy must be trained on the tokens that it is sampled with. Raises InputError."""
    for place, row, there in zip(places, ids.tolist(), mask.tolist(), strict=True):
        trained, sampled = [token for token, on in zip(row, there, strict=True) if on], policy.prompt_tokens(place)
        if trained != sampled:
            tokenizer = policy.model.tokenizer()
            raise InputError(
                f"grpo: TRL would ask {tokenizer.decode(trained)!r:.200} where {policy.model.name!r} is sampled with "
                f"{tokenizer.decode(sampled)!r:.200}, so a policy would be trained for other prompts. Ask it through "
                "a chat template (chat=True) or with raw text (chat=False)."
            )


def curve_of_policy(history: Sequence[Mapping[str, Any]]) -> list[dict[str, float]]:
    """What was measured, one row a step; row 0 is the policy before the first one."""
    rows: dict[int, dict[str, float]] = {}
    for entry in history:
        kept = {
            ours: float(entry[name])
            for name, ours in MEASURED.items()
            if isinstance(entry.get(name), int | float) and math.isfinite(entry[name])
        }
        if kept:
            rows.setdefault(int(entry["step"]), {"step": float(entry["step"])}).update(kept)
    return [rows[step] for step in sorted(rows)]
