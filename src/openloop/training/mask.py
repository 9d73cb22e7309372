"""Which tokens the loss of a training library counts, read from a real batch before the first step."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from openloop.errors import ContractError
from openloop.training.token_rows import IGNORED, TokenRow

SHOWN = 600
"""Characters of the printed example."""
Row = tuple[tuple[int, ...], tuple[int, ...]]
"""Tokens, and labels of all but the first: that one has nothing before it, so no loss counts it."""


def read_mask(batch: Any, asked: Sequence[TokenRow], tokenizer: Any) -> dict[str, Any]:
    """Count the mask of a real collated batch, and compare it with what was asked for.

    ``batch`` has ``input_ids`` and ``labels`` [B, T], and ``position_ids`` where rows stand in one line. Raises
    ContractError where the library masks otherwise.
    """
    wanted = {(tuple(row.input_ids), tuple(row.labels[1:])) for row in asked}
    found = _rows(batch)
    for tokens, labels in found:
        if (tokens, labels) not in wanted:
            learned = sum(label != IGNORED for label in labels)
            raise ContractError(
                f"training: the loss would not count the tokens that were asked for: a row of the library's batch has "
                f"{learned:,} of {len(tokens):,} tokens in the loss, and no row of the data is like it. Nothing was "
                "trained; leave out options under `trl`, or report this with the version of trl."
            )
    tokens, labels = found[0]
    return {
        "batch_tokens": sum(len(tokens) for tokens, _ in found),
        "batch_tokens_in_loss": sum(label != IGNORED for _, labels in found for label in labels),
        "example": marked(tokens, (IGNORED, *labels), tokenizer),
    }


def require_all(dataset: Any, asked: Sequence[TokenRow]) -> None:
    """Compare what a library prepared with what it was given. Raises ContractError where tokens are missing."""
    import pyarrow.compute as pc

    table = dataset.with_format("arrow")[:]
    tokens = len(pc.list_flatten(table["input_ids"]))
    learned = pc.sum(pc.not_equal(pc.list_flatten(table["labels"]), IGNORED)).as_py()
    given = sum(len(row.input_ids) for row in asked)
    wanted = sum(label != IGNORED for row in asked for label in row.labels)
    if (tokens, learned) != (given, wanted):
        raise ContractError(
            f"training: the library prepared {learned:,} of {tokens:,} tokens for the loss, and was given {wanted:,} "
            f"of {given:,}. Nothing was trained; leave out options under `trl`, or report this with the version of trl."
        )


def _rows(batch: Any) -> list[Row]:
    """The rows of a batch without padding; those that stand in one line start where their positions do."""
    ids, labels = batch["input_ids"].tolist(), batch["labels"].tolist()
    if "position_ids" in batch and "attention_mask" not in batch:
        places = batch["position_ids"][0].tolist()
        starts = [i for i, place in enumerate(places) if place == 0] + [len(places)]
        return [(tuple(ids[0][a:b]), tuple(labels[0][a + 1 : b])) for a, b in pairwise(starts)]
    found = []
    for row_ids, row_labels, there in zip(ids, labels, batch["attention_mask"].tolist(), strict=True):
        mine = [(token, label) for token, label, on in zip(row_ids, row_labels, there, strict=True) if on]
        found.append((tuple(token for token, _ in mine), tuple(label for _, label in mine[1:])))
    return found


def marked(tokens: Sequence[int], labels: Sequence[int], tokenizer: Any) -> str:
    """A row as text, what the loss counts between « and »."""
    text, start = "", 0
    for place in range(1, len(tokens) + 1):
        if place == len(tokens) or (labels[place] == IGNORED) != (labels[start] == IGNORED):
            piece = tokenizer.decode(list(tokens[start:place]))
            text += piece if labels[start] == IGNORED else f"«{piece}»"
            start = place
    return text if len(text) <= SHOWN else f"{text[: SHOWN // 2]} … {text[-SHOWN // 2 :]}"
