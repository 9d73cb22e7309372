"""``{"conversations": [{"from", "value"}, ...]}`` with the speakers system, human and gpt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from openloop.errors import InputError
from openloop.export.base import Line, conversation, require_completion
from openloop.export.json_lines import JsonLines
from openloop.records import Candidate

_SPEAKERS = {"system": "system", "user": "human", "assistant": "gpt"}


def _lines(candidates: Iterable[Candidate]) -> Iterator[Line]:
    for candidate in map(require_completion, candidates):
        turns = []
        for turn in conversation(candidate):
            if turn["role"] not in _SPEAKERS:
                raise InputError(
                    f"candidate {candidate.id}: ShareGPT has no speaker for the role {turn['role']!r}. "
                    f"Allowed: {', '.join(_SPEAKERS)}. Export to messages instead."
                )
            turns.append({"from": _SPEAKERS[turn["role"]], "value": turn["content"]})
        yield {"conversations": turns}


SHAREGPT = JsonLines("sharegpt", "from/value turns (JSON lines)", _lines)
