"""What a format is, and what the formats share: text and messages, and the refusals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from openloop.errors import InputError
from openloop.records import Candidate, Content, Message


@dataclass(frozen=True, slots=True)
class Rows:
    """What is to be written."""

    candidates: Sequence[Candidate]
    accepted: Sequence[bool | None] | None = None
    """Shape [N], None where unscored; for a format of pairs only."""
    pairs_per_prompt: int = 1
    """At most so many pairs for an accepted row."""
    plain: bool = False
    """Whether text stays text where the format could make messages of it."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a format made of them."""

    rows: int
    """Rows in the file."""
    said: tuple[str, ...] = ()
    """Sentences on what was counted, or stored in another form."""


class Format(Protocol):
    """One way to write candidates. A new one is a file like this package's, and a line in ``formats.py``."""

    @property
    def name(self) -> str: ...

    @property
    def holds(self) -> str:
        """What the file holds, in a few words."""
        ...

    @property
    def endings(self) -> Sequence[str]:
        """How a file's name may end, the usual one first: ``.jsonl``, ``.jsonl.gz``, ``.parquet``."""
        ...

    @property
    def pairs(self) -> bool:
        """Whether it sets accepted against rejected rows, and so needs ``accepted``."""
        ...

    @property
    def has_plain(self) -> bool:
        """Whether text becomes messages unless :attr:`Rows.plain` is asked for."""
        ...

    def write(self, rows: Rows, path: Path, ending: str) -> Written:
        """Write the file, whose name ends so. Raises InputError for what the format cannot hold."""
        ...


def is_chat(candidate: Candidate) -> bool:
    """Whether the candidate is chat messages; a text completion of a chat prompt counts as its turn."""
    return not (isinstance(candidate.prompt, str) and isinstance(candidate.completion, str))


def are_chat(rows: Rows) -> bool:
    """Whether the rows are written as messages: those of one file are of one kind."""
    return not rows.plain or any(map(is_chat, rows.candidates))


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
