"""Dpo: direct preference optimisation (Rafailov et al. 2023) through TRL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Unpack

from openloop.contracts import Model, Pretrained
from openloop.contracts.training import Learns, TrainingEstimate
from openloop.errors import InputError, nearest
from openloop.records import Artifact, Pair
from openloop.training.memory import estimate_of, require_memory
from openloop.training.preference_rows import TokenPairs, read_pairs, token_pairs
from openloop.training.settings import Options, settings
from openloop.training.through_trl import ThroughTrl
from openloop.training.trl_training import Training, total_steps

LOSSES = ("sigmoid", "hinge", "ipo", "robust", "apo_zero", "apo_down", "sigmoid_norm")
"""Of TRL's, those that need nothing but beta."""
SET_HERE = {
    "beta": "beta",
    "loss_type": "loss",
    "max_length": "max_length and too_long",
    "padding_free": "",
}


@dataclass(frozen=True, kw_only=True)
class Dpo(ThroughTrl):
    """See :func:`dpo`."""

    beta: float
    loss: str
    version: ClassVar[str] = "1"
    name: ClassVar[str] = "dpo"
    learns_from: ClassVar[Learns] = "pairs"
    config: ClassVar[str] = "DPOConfig"

    def check(self, model: Model, rows: Sequence[Pair] = ()) -> list[str]:
        """See :class:`openloop.contracts.Checks`."""
        mine = self.trainable(model)
        made = self._token_pairs(mine, rows)
        require_memory(self.name, mine, self._estimate(mine, made))
        if not rows:
            return []
        said = f"{self.name}: {len(made.pairs):,} pairs of {made.tokens:,} tokens"
        return [f"{said}; {made.too_long:,} too long ({self.settings.too_long})" if made.too_long else said]

    def estimate(self, model: Model, rows: Sequence[Pair] = ()) -> TrainingEstimate:
        """See :class:`openloop.contracts.training.Estimates`."""
        mine = self.trainable(model)
        return self._estimate(mine, self._token_pairs(mine, rows))

    def _token_pairs(self, model: Pretrained, rows: Sequence[Pair]) -> TokenPairs:
        return token_pairs(model, rows, self.settings) if rows else TokenPairs([])

    def _estimate(self, model: Pretrained, made: TokenPairs) -> TrainingEstimate:
        longest = max((pair.longest for pair in made.pairs), default=0)
        steps = total_steps(self.settings, len(made.pairs), made.tokens)
        # Chosen and rejected rows of a batch are computed together.
        return estimate_of(model, self.settings, made.tokens, steps, 2 * longest, reference=not self.settings.lora)

    def carry_out(self, training: Training, rows: Sequence[Pair]) -> Artifact:
        from datasets import Dataset
        from trl import DPOConfig, DPOTrainer

        class OverTokens(DPOTrainer):  # type: ignore[misc]
            """Takes rows in tokens as they are: TRL's own way to write a prompt is not the model's in every style."""

            def _prepare_dataset(self, dataset: Any, *_: Any, **__: Any) -> Any:
                return dataset

        made = token_pairs(training.model, rows, self.settings)
        dataset = Dataset.from_dict(
            {
                "prompt_ids": [list(pair.prompt) for pair in made.pairs],
                "chosen_ids": [list(pair.chosen) for pair in made.pairs],
                "rejected_ids": [list(pair.rejected) for pair in made.pairs],
            }
        )
        arguments = training.arguments(len(dataset), made.tokens) | {
            "beta": self.beta,
            "loss_type": [self.loss],
            "max_length": None,
        }
        training.facts["too_long"] = made.too_long
        tokenizer = training.tokenizer()
        trainer = OverTokens(
            training.network(),
            ref_model=None if self.settings.lora else training.network(),
            args=training.configured(DPOConfig, arguments),
            train_dataset=dataset,
            processing_class=tokenizer,
            peft_config=training.peft_config,
        )
        first = trainer.data_collator([trainer.train_dataset[i] for i in range(min(8, len(dataset)))])
        training.facts["mask"] = read_pairs(first, made.pairs[:8], tokenizer)
        return training.carry_out(trainer)


def dpo(*, beta: float = 0.1, loss: str = "sigmoid", **options: Unpack[Options]) -> Dpo:
    """Preference training of a :func:`openloop.models.transformers` model through TRL's DPOTrainer.

    It learns from pairs of a selection: a kept completion against one that a signal rejects, as ``export --to dpo``
    writes them. ``beta`` holds the model near where it began. The reference is the model as it began: a second copy in
    memory, or with ``lora`` the network without its adapter, or with the adapter as it was. ``loss``: of TRL's
    ``loss_type``. The learning rate is 1e-6, or 1e-5 for an adapter, unless given; other options:
    :class:`openloop.training.settings.Settings`. Raises InputError.
    """
    if not beta > 0:
        raise InputError(f"dpo: beta must be above 0, got {beta!r}.")
    if loss not in LOSSES:
        raise InputError(f"dpo: loss={loss!r} is unknown; {nearest(loss, LOSSES)}")
    return Dpo(beta=beta, loss=loss, settings=settings("dpo", options, lr=1e-6, lr_lora=1e-5, ours=SET_HERE))
