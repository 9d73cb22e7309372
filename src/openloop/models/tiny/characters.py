"""Text as tokens: one a character of the alphabet, and one for the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from openloop.errors import InputError
from openloop.records import Content, Example

if TYPE_CHECKING:
    import torch

IGNORED = -100
"""Target where nothing is learned."""


@dataclass(frozen=True)
class Characters:
    """Tokens 0, 1, ... are the characters of ``alphabet``; the last token ends a completion."""

    alphabet: str
    context: int
    """Most tokens of a prompt and its completion."""

    @property
    def end(self) -> int:
        """The end token; there are ``end + 1`` tokens in all."""
        return len(self.alphabet)

    def of_prompt(self, content: Content) -> list[int]:
        """Tokens of a prompt. Raises InputError for an empty one, and one that leaves no room for an answer."""
        tokens = self.of(content)
        if not 0 < len(tokens) < self.context:
            raise InputError(f"tiny: a prompt needs 1 to {self.context - 1} characters, got {len(tokens)}.")
        return tokens

    def of(self, content: Content) -> list[int]:
        """Tokens of a text, without an end. Raises InputError for chat messages and unknown characters."""
        if not isinstance(content, str):
            raise InputError("tiny: prompts and completions are plain text, got chat messages.")
        try:
            return [self._numbers[character] for character in content]
        except KeyError as error:
            raise InputError(
                f"tiny: character {error.args[0]!r} of {content!r:.60} is not in its alphabet {self.alphabet!r}."
            ) from None

    def text(self, tokens: list[int]) -> str:
        """The text up to the end token."""
        return "".join(self.alphabet[token] for token in tokens[: self.length(tokens)] if token != self.end)

    def length(self, tokens: list[int]) -> int:
        """Tokens of a completion, its end token included."""
        return tokens.index(self.end) + 1 if self.end in tokens else len(tokens)

    def tensors(self, examples: Sequence[Example]) -> tuple[torch.Tensor, torch.Tensor]:
        """Inputs and targets [N, T]; targets are :data:`IGNORED` everywhere but on completions and their end."""
        import torch

        pairs = [(self.of_prompt(e.prompt), self.of(e.completion)) for e in examples]
        longest = max(len(prompt) + len(answer) for prompt, answer in pairs)
        if longest > self.context:
            raise InputError(f"tiny: a row needs {longest} tokens, more than context={self.context}; raise it.")
        inputs = np.full((len(pairs), longest), self.end)
        targets = np.full((len(pairs), longest), IGNORED)
        for row, (prompt, answer) in enumerate(pairs):
            start, stop = len(prompt), len(prompt) + len(answer)
            inputs[row, :stop] = prompt + answer
            targets[row, start - 1 : stop] = [*answer, self.end]
        return torch.from_numpy(inputs), torch.from_numpy(targets)

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {character: number for number, character in enumerate(self.alphabet)}
