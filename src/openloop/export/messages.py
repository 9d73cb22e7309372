"""``{"messages": [{"role", "content"}, ...]}``, the completion last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from openloop.export.base import Line, conversation, require_completion
from openloop.records import Candidate


def messages_lines(candidates: Iterable[Candidate]) -> Iterator[Line]:
    for candidate in map(require_completion, candidates):
        yield {"messages": conversation(candidate)}
