"""Sft: supervised fine-tuning through TRL."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Unpack

from openloop.contracts import Model, Pretrained
from openloop.contracts.training import TrainingEstimate
from openloop.errors import InputError
from openloop.records import Artifact, Example
from openloop.training.mask import read_mask, require_all
from openloop.training.memory import estimate_of, require_memory
from openloop.training.settings import Options, settings
from openloop.training.through_trl import ThroughTrl
from openloop.training.token_rows import LEARNED, Loss, TokenRows, token_rows
from openloop.training.trl_training import Training, total_steps


@dataclass(frozen=True, kw_only=True)
class Sft(ThroughTrl):
    """See :func:`sft`."""

    loss: Loss
    packing: bool
    version: ClassVar[str] = "1"
    name: ClassVar[str] = "sft"
    config: ClassVar[str] = "SFTConfig"

    def check(self, model: Model, rows: Sequence[Example] = ()) -> list[str]:
        """See :class:`openloop.contracts.Checks`."""
        mine = self.trainable(model)
        made = self._token_rows(mine, rows)
        require_memory(self.name, mine, self._estimate(mine, made))
        if not rows:
            return []
        said = [f"{self.name}: {made.learned:,} of {made.tokens:,} tokens of {len(made.rows):,} rows in the loss"]
        if made.too_long or made.without:
            what = "truncated" if self.settings.too_long == "truncate" else "dropped"
            said.append(f"{self.name}: {made.too_long:,} rows too long ({what}), {made.without:,} without a completion")
        return said

    def estimate(self, model: Model, rows: Sequence[Example] = ()) -> TrainingEstimate:
        """See :class:`openloop.contracts.training.Estimates`."""
        mine = self.trainable(model)
        return self._estimate(mine, self._token_rows(mine, rows))

    def _token_rows(self, model: Pretrained, rows: Sequence[Example]) -> TokenRows:
        return token_rows(model, rows, self.loss, self.settings) if rows else TokenRows([])

    def _estimate(self, model: Pretrained, made: TokenRows) -> TrainingEstimate:
        longest, count = max((len(row.input_ids) for row in made.rows), default=0), len(made.rows)
        if self.packing and made.rows:
            longest = self.settings.longest(model.context)
            count = math.ceil(made.tokens / longest)
        return estimate_of(model, self.settings, made.tokens, total_steps(self.settings, count, made.tokens), longest)

    def carry_out(self, training: Training, rows: Sequence[Example]) -> Artifact:
        from datasets import Dataset
        from trl import SFTConfig, SFTTrainer, pack_dataset

        made = token_rows(training.model, rows, self.loss, self.settings)
        dataset = Dataset.from_dict(
            {"input_ids": [row.input_ids for row in made.rows], "labels": [row.labels for row in made.rows]}
        )
        if self.packing:
            dataset = pack_dataset(dataset, self.settings.longest(training.model.context))
        arguments = training.arguments(len(dataset), made.tokens) | {
            "max_length": None,
            "padding_free": self.packing,
            "shuffle_dataset": False,
        }
        training.facts.update(made.facts)
        if self.packing:
            training.facts["sequences"] = len(dataset)
        tokenizer = training.tokenizer()
        trainer = SFTTrainer(
            training.network(),
            args=training.configured(SFTConfig, arguments),
            train_dataset=dataset,
            processing_class=tokenizer,
            peft_config=training.peft_config,
        )
        first = trainer.data_collator([trainer.train_dataset[i] for i in range(min(8, len(dataset)))])
        training.facts["mask"] = read_mask(first, made.rows, tokenizer)
        require_all(trainer.train_dataset, made.rows)
        return training.carry_out(trainer)


def sft(*, loss: Loss = "completion", packing: bool = False, **options: Unpack[Options]) -> Sft:
    """Supervised fine-tuning of a :func:`openloop.models.transformers` model through TRL's SFTTrainer.

    ``loss``: ``completion`` learns what the row teaches, ``assistant`` every turn of the assistant's, ``all`` the
    prompt too (a teacher that is to write prompts; nomad, §3). Length, rates, LoRA and checkpoints:
    :class:`openloop.training.Settings`; the learning rate is 2e-5, or 2e-4 for an adapter, unless given. ``packing``
    puts several rows into one sequence of ``max_length`` tokens. Raises InputError.
    """
    if loss not in LEARNED:
        raise InputError(f"sft: loss must be one of {', '.join(LEARNED)}, got {loss!r}.")
    return Sft(loss=loss, packing=packing, settings=settings("sft", options, lr=2e-5, lr_lora=2e-4, ours=OURS))


OURS = {
    "packing": "packing",
    "padding_free": "packing",
    "max_length": "max_length and too_long",
    "completion_only_loss": "loss",
    "assistant_only_loss": "loss",
}
