"""Exchange: the first question and answer of a conversation that a model wrote by itself (nomad, §3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from openloop.data.content import text_of
from openloop.errors import InputError
from openloop.records import Candidate, Item


@dataclass(frozen=True)
class Exchange:
    """See :func:`exchange`."""

    user: str
    assistant: str
    version: ClassVar[str] = "1"

    def parse(self, candidate: Candidate) -> Sequence[Item]:
        text = text_of(candidate.completion)
        question, answered, rest = text.partition(self.assistant)
        answer, again, _ = rest.partition(self.user)
        question, answer = question.strip(), answer.strip()
        if self.user in question or not question:
            broken = "no question"
        elif not answered or not answer:
            broken = "no answer"
        elif not again and candidate.finish == "length":
            broken = "cut by length"
        else:
            return [Item(answer, prompt=question)]
        return [Item(text, prompt="", broken=broken)]


def exchange(*, user: str = "User:", assistant: str = "Assistant:") -> Exchange:
    """Read what a model wrote after the bare prefix ``user``: its question, and its answer up to the next turn.

    Later turns are dropped. Broken where there is no question or no answer, or the answer was cut by length.
    """
    if not user.strip() or not assistant.strip() or user.strip() == assistant.strip():
        raise InputError(f"exchange: user and assistant must be two different texts, got {user!r}, {assistant!r}.")
    return Exchange(user.strip(), assistant.strip())
