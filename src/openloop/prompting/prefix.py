"""Prefix: nothing but the beginning of a conversation; the model writes the question too (nomad, §3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from openloop.data import content_id
from openloop.errors import InputError, require_installed
from openloop.records import Prompt, Row

MARK = "\u2402question\u2403"


@dataclass(frozen=True)
class Prefix:
    """See :func:`prefix`."""

    text: str
    version: ClassVar[str] = "1"

    def count(self, rows: int) -> int:  # noqa: ARG002  # it shows none of them
        return 1024

    def make(self, rows: Sequence[Row], ids: Sequence[str], seed: int, start: int, count: int) -> list[Prompt]:
        del rows, ids, seed  # it shows none of them
        name = content_id(self.text)
        return [Prompt(f"{name}-{number}", self.text) for number in range(start, start + count)]


def prefix(text: str = "User: ", *, tokenizer: str = "", system: str = "") -> Prefix:
    """The same bare ``text`` as every prompt, for base models (api: completions).

    With ``tokenizer`` (a folder, or a name on the Hugging Face hub), the text is what its chat template puts before the
    user's words, after a ``system`` turn if given; an instruction-tuned model then writes the user's turn and stops.
    Read conversations with ``parsing.exchange``; a single turn is a new prompt as it is.
    """
    if tokenizer:
        text = _opening(tokenizer, system)
    elif system:
        raise InputError("prefix: system belongs to a tokenizer's chat template; give tokenizer too.")
    if not text.strip():
        raise InputError(f"prefix: text must be the beginning of a conversation, got {text!r}.")
    return Prefix(text)


def _opening(tokenizer: str, system: str) -> str:
    require_installed("prefix: tokenizer", "transformers", "train")
    from transformers import AutoTokenizer

    turns = [{"role": "system", "content": system}] if system else []
    try:
        made = AutoTokenizer.from_pretrained(tokenizer)
        text = made.apply_chat_template([*turns, {"role": "user", "content": MARK}], tokenize=False)
    except (OSError, ValueError) as error:
        raise InputError(f"prefix: tokenizer {tokenizer!r}: {error}") from None
    opening, found, _ = str(text).partition(MARK)
    if not found or not opening.strip():
        raise InputError(f"prefix: the chat template of {tokenizer!r} puts nothing before the user's text.")
    return opening
