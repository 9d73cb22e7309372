"""``{"messages": [{"role", "content"}, ...]}``, the completion last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from openloop.export.base import Line, conversation, require_completion
from openloop.export.json_lines import JsonLines
from openloop.records import Candidate


def _lines(candidates: Iterable[Candidate]) -> Iterator[Line]:
    for candidate in map(require_completion, candidates):
        yield {"messages": conversation(candidate)}


MESSAGES = JsonLines("messages", "role/content turns (JSON lines)", _lines)
