"""``{"conversations": [{"from", "value"}, ...]}`` with the speakers system, human and gpt."""

from __future__ import annotations

from collections.abc import Iterator

from openloop.errors import InputError
from openloop.export.base import Rows, conversation, require_completion
from openloop.export.containers import Line
from openloop.export.line_format import LineFormat

_SPEAKERS = {"system": "system", "user": "human", "assistant": "gpt"}


def _lines(rows: Rows) -> Iterator[Line]:
    for candidate in map(require_completion, rows.candidates):
        turns = []
        for turn in conversation(candidate):
            if turn["role"] not in _SPEAKERS:
                raise InputError(
                    f"candidate {candidate.id}: ShareGPT has no speaker for the role {turn['role']!r}. "
                    f"Allowed: {', '.join(_SPEAKERS)}. Export to messages instead."
                )
            turns.append({"from": _SPEAKERS[turn["role"]], "value": turn["content"]})
        yield {"conversations": turns}


SHAREGPT = LineFormat("sharegpt", "from/value turns", _lines)
