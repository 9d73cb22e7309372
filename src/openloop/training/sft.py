"""Sft: supervised fine-tuning through TRL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Unpack

from openloop.contracts import Model, Pretrained, Report
from openloop.errors import InputError
from openloop.records import Artifact, Example
from openloop.training.pretrained import check_adapter, require_pretrained
from openloop.training.settings import Options, Settings, settings
from openloop.training.token_rows import LEARNED, Loss, read_mask, token_rows
from openloop.training.trl_training import Training, quiet


@dataclass(frozen=True)
class Sft:
    """See :func:`sft`."""

    loss: Loss
    packing: bool
    settings: Settings
    version: ClassVar[str] = "1"
    name: ClassVar[str] = "sft"
    own_process: ClassVar[bool] = True

    def check(self, model: Model, rows: Sequence[Example] = ()) -> list[str]:
        """See :class:`openloop.contracts.Checks`."""
        mine = require_pretrained(self.name, model)
        check_adapter(self.name, mine, self.settings)
        mine.tokenizer()
        if not rows:
            return []
        made = token_rows(mine, rows, self.loss, self.settings)
        learned = sum(row.learned for row in made.rows)
        said = [f"{self.name}: {learned:,} of {made.tokens:,} tokens of {len(made.rows):,} rows in the loss"]
        if made.too_long or made.without:
            what = "truncated" if self.settings.too_long == "truncate" else "dropped"
            said.append(f"{self.name}: {made.too_long:,} rows too long ({what}), {made.without:,} without a completion")
        return said

    def train(
        self, model: Model, rows: Sequence[Example], *, seed: int, folder: Path, checkpoints: Path, report: Report
    ) -> Artifact:
        """See :class:`openloop.contracts.Trainer`."""
        mine = require_pretrained(self.name, model)
        check_adapter(self.name, mine, self.settings)
        with quiet(mine.threads):
            return self._train(Training(self.name, mine, self.settings, seed, folder, checkpoints, report), rows)

    def _train(self, training: Training, rows: Sequence[Example]) -> Artifact:
        from datasets import Dataset
        from trl import SFTConfig, SFTTrainer

        mine, made = training.model, token_rows(training.model, rows, self.loss, self.settings)
        training.facts.update(
            rows=len(made.rows),
            tokens=made.tokens,
            tokens_in_loss=sum(row.learned for row in made.rows),
            too_long=made.too_long,
            without_completion=made.without,
        )
        arguments = training.arguments(len(made.rows), made.tokens) | {
            "packing": self.packing,
            "max_length": min(self.settings.max_length or mine.context, mine.context) if self.packing else None,
            "shuffle_dataset": False,
        }
        tokenizer = mine.tokenizer()
        trainer = SFTTrainer(
            training.network(),
            args=training.configured(SFTConfig, arguments),
            train_dataset=Dataset.from_dict(
                {"input_ids": [row.input_ids for row in made.rows], "labels": [row.labels for row in made.rows]}
            ),
            processing_class=tokenizer,
            peft_config=training.peft_config,
        )
        if not self.packing:
            first = trainer.data_collator([trainer.train_dataset[i] for i in range(min(8, len(made.rows)))])
            training.facts["mask"] = read_mask(first, made.rows, tokenizer)
        return training.carry_out(trainer)

    def load(self, model: Model, folder: Path) -> Pretrained:
        """See :class:`openloop.contracts.Trainer`."""
        return require_pretrained(self.name, model).load(folder)


def sft(*, loss: Loss = "completion", packing: bool = False, **options: Unpack[Options]) -> Sft:
    """Supervised fine-tuning of a :func:`openloop.models.transformers` model through TRL's SFTTrainer.

    ``loss``: ``completion`` learns what the row teaches, ``assistant`` every turn of the assistant's, ``all`` the
    prompt too (a teacher that is to write prompts; nomad, §3). Length, rates, LoRA and checkpoints:
    :class:`openloop.training.Settings`; the learning rate is 2e-5, or 2e-4 for an adapter, unless given. ``packing``
    puts several rows into one sequence of ``max_length`` tokens. Raises InputError.
    """
    if loss not in LEARNED:
        raise InputError(f"sft: loss must be one of {', '.join(LEARNED)}, got {loss!r}.")
    return Sft(loss, packing, settings("sft", options, lr=2e-5, lr_lora=2e-4))
