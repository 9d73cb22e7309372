"""Which prompts a policy can be asked, and its signals can judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from openloop.contracts import Pretrained, Signal
from openloop.errors import InputError
from openloop.records import Prompt
from openloop.training.rollouts import STEP
from openloop.training.settings import Settings


def fitting(
    model: Pretrained, prompts: Sequence[Prompt], settings: Settings, max_tokens: int
) -> list[tuple[Prompt, int]]:
    """Prompts that leave room for an answer, each with its number of tokens. Raises InputError unless others may go."""
    limit = settings.longest(model.context) - max_tokens
    lengths = [len(model.prompt_tokens(prompt.content)) for prompt in prompts]
    longer = sum(length > limit for length in lengths)
    if longer and settings.too_long != "drop":
        raise InputError(
            f"grpo: {longer:,} of {len(prompts):,} prompts are longer than {limit:,} tokens (the longest has "
            f"{max(lengths):,}), which is what max_tokens={max_tokens:,} leaves of the model's {model.context:,}. Say "
            "too_long='drop', or lower max_tokens."
        )
    return [(prompt, length) for prompt, length in zip(prompts, lengths, strict=True) if length <= limit]


def require_columns(prompts: Sequence[Prompt], signals: Mapping[str, Signal]) -> None:
    """Raise InputError where the prompts lack a column that a signal reads, or have one whose name is ours."""
    columns = {name for prompt in prompts for name in prompt.row}
    if STEP in columns:
        raise InputError(
            f"grpo: the rows have a column {STEP!r}, which says of a rollout in which step it was made. Rename it."
        )
    for name, signal in signals.items():
        wanted = sorted(d.removeprefix("row.") for d in signal.depends_on if d.startswith("row."))
        missing = [column for column in wanted if column not in columns]
        if prompts and missing:
            raise InputError(
                f"grpo: signal {name!r} reads the column {missing[0]!r}, which the prompts do not have (they have "
                f"{', '.join(sorted(columns)) or 'none'})."
            )
