"""``{"messages": [{"role", "content"}, ...]}``, the completion last."""

from __future__ import annotations

from collections.abc import Iterator

from openloop.export.base import Rows, conversation, require_completion
from openloop.export.containers import Line
from openloop.export.line_format import LineFormat


def _lines(rows: Rows) -> Iterator[Line]:
    for candidate in map(require_completion, rows.candidates):
        yield {"messages": conversation(candidate)}


MESSAGES = LineFormat("messages", "role/content turns", _lines)
