"""Rows in tokens, with which of them the loss counts: made by us, from how the model itself writes rows.

Training libraries ignore some options of theirs on some layouts, silently; what is asked for here is put into the
labels, and ``mask.py`` reads it back from a real batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from openloop.contracts import Pretrained
from openloop.errors import InputError, RowsRefused
from openloop.records import Example, Segment
from openloop.training.settings import Settings

Loss = Literal["completion", "assistant", "all"]
LEARNED: dict[Loss, frozenset[str]] = {
    "completion": frozenset({"completion"}),
    "assistant": frozenset({"completion", "assistant"}),
    "all": frozenset({"completion", "assistant", "prompt"}),
}
"""Who said the tokens that the loss counts."""
IGNORED = -100
"""Label of a token that the loss does not count."""


@dataclass(frozen=True)
class TokenRow:
    """One row: shapes [T]."""

    input_ids: list[int]
    labels: list[int]
    """The tokens again, :data:`IGNORED` where the loss does not count them."""

    @property
    def learned(self) -> int:
        """Tokens that the loss counts; the first token of a row has nothing before it and is never one."""
        return sum(label != IGNORED for label in self.labels[1:])


@dataclass(frozen=True)
class TokenRows:
    """All rows of a training, and what became of those that did not fit."""

    rows: list[TokenRow]
    too_long: int = 0
    """Rows longer than the limit, which were truncated or dropped."""
    without: int = 0
    """Rows without a token that the loss counts, which are left out."""

    @property
    def tokens(self) -> int:
        """In all rows, prompts included."""
        return sum(len(row.input_ids) for row in self.rows)

    @property
    def learned(self) -> int:
        """Tokens of all rows that the loss counts."""
        return sum(row.learned for row in self.rows)

    @property
    def facts(self) -> dict[str, int]:
        """What is worth recording of them."""
        return {
            "rows": len(self.rows),
            "tokens": self.tokens,
            "tokens_in_loss": self.learned,
            "too_long": self.too_long,
            "without_completion": self.without,
        }


def token_rows(model: Pretrained, examples: Sequence[Example], loss: Loss, settings: Settings) -> TokenRows:
    """Examples as the model reads them. Raises InputError for what cannot be trained on, with how many."""
    limit = settings.longest(model.context)
    if loss != "all" and examples and not any(example.prompt for example in examples):
        raise InputError(
            f"sft: loss={loss!r} masks the prompt, and none of the {len(examples):,} rows has one. Ask for "
            "loss='all', or give rows with a prompt and a completion."
        )
    found, lengths, without = [], [], 0
    for example in examples:
        segments = model.segments(example.prompt, example.completion, turns=loss == "assistant")
        if not any(segment.by == "completion" for segment in segments) or not _says_something(example):
            without += 1
            continue
        row = _row(segments, LEARNED[loss])
        lengths.append(len(row.input_ids))
        if len(row.input_ids) > limit:
            if settings.too_long != "truncate":
                continue
            row = TokenRow(row.input_ids[:limit], row.labels[:limit])
        if not row.learned:
            without += 1
            continue
        found.append(row)
    longer = sum(length > limit for length in lengths)
    if longer and settings.too_long == "refuse":
        raise RowsRefused(
            f"{longer:,} of {len(examples):,} rows are longer than {limit:,} tokens (the longest has "
            f"{max(lengths):,}). Say too_long='truncate' or 'drop', or raise max_length (the model's context: "
            f"{model.context:,})."
        )
    if not found:
        raise RowsRefused(
            f"no row to train on is left of {len(examples):,}: {without:,} have no completion that the loss counts, "
            f"{longer:,} are longer than {limit:,} tokens."
        )
    return TokenRows(found, longer, without)


def _says_something(example: Example) -> bool:
    said = example.completion
    return bool(said) if isinstance(said, str) else any(turn.get("content") for turn in said)


def _row(segments: Sequence[Segment], learned: frozenset[str]) -> TokenRow:
    ids = [token for segment in segments for token in segment.tokens]
    labels = [token if segment.by in learned else IGNORED for segment in segments for token in segment.tokens]
    return TokenRow(ids, labels)
