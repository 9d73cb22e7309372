"""What the formats share: text and messages, and the refusals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from openloop.errors import InputError
from openloop.records import Candidate, Content, Message

Line = dict[str, Any]
ToLines = Callable[[Iterable[Candidate]], Iterator[Line]]
"""One JSON object a candidate, in order."""


def is_chat(candidate: Candidate) -> bool:
    """Whether the candidate is chat messages; a text completion of a chat prompt counts as its turn."""
    return not (isinstance(candidate.prompt, str) and isinstance(candidate.completion, str))


def as_turns(content: Content, role: str) -> list[Message]:
    """Messages as they are, text as one turn of ``role``."""
    if isinstance(content, str):
        return [{"role": role, "content": content}]
    return [{"role": turn["role"], "content": turn["content"]} for turn in content]


def conversation(candidate: Candidate) -> list[Message]:
    """All turns, the completion last."""
    return as_turns(candidate.prompt, "user") + as_turns(candidate.completion, "assistant")


def require_completion(candidate: Candidate) -> Candidate:
    """Refuse a candidate whose request failed: there is nothing to learn from it. Raises InputError."""
    if candidate.finish == "failed":
        raise InputError(
            f"candidate {candidate.id}: its request failed, so it has no completion. Allowed: finished "
            "candidates. Export a selection, which leaves failed requests out."
        )
    return candidate
