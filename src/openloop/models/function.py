"""A model that is a Python function: anything that can answer a prompt, or stand in for what can."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from openloop.errors import ContractError, InputError
from openloop.identity import fingerprint
from openloop.records import Completion, Content, Prompt, Sampling
from openloop.seeds import sample_seed

Answer = Callable[[Content, int], str | Completion]
"""``answer(prompt, seed)``: a completion that depends on nothing else; greedy sampling asks with seed 0."""


@dataclass(frozen=True)
class FunctionModel:
    """See :func:`function`."""

    answer: Answer
    name: str

    @cached_property
    def revision(self) -> str:
        """Of the source of the function's module."""
        return fingerprint([self.name, self.answer])

    def sample(self, prompts: Sequence[Prompt], k: int, sampling: Sampling) -> list[list[Completion]]:
        """See :class:`openloop.contracts.Model`. Of the sampling only the seed reaches the function."""
        greedy = sampling.temperature == 0
        return [
            [self._one(prompt, 0 if greedy else sample_seed(sampling.seed, prompt.id, i)) for i in range(k)]
            for prompt in prompts
        ]

    def _one(self, prompt: Prompt, seed: int) -> Completion:
        said = self.answer(prompt.content, seed)
        if isinstance(said, Completion):
            return said
        if not isinstance(said, str):
            raise ContractError(
                f"model {self.name!r}: its function must return text or a Completion, got {said!r:.80}."
            )
        chat = not isinstance(prompt.content, str)
        return Completion([{"role": "assistant", "content": said}] if chat else said)


def function(answer: Answer, *, name: str = "") -> FunctionModel:
    """A model that is a function: ``answer(prompt, seed)`` returns text or a :class:`openloop.records.Completion`."""
    if not callable(answer):
        raise InputError(f"function: needs a function of a prompt and a seed, got {answer!r:.80}.")
    return FunctionModel(answer, name or getattr(answer, "__name__", "function"))
