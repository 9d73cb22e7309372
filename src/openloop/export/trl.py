"""``{"prompt", "completion"}``: text, or messages (TRL's conversational form). The prompt is not learned.

One kind a file: where some rows are messages, text becomes turns too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from openloop.export.base import Line, as_turns, is_chat, require_completion
from openloop.export.json_lines import JsonLines
from openloop.records import Candidate


def _lines(candidates: Iterable[Candidate]) -> Iterator[Line]:
    rows = list(map(require_completion, candidates))
    chat = any(map(is_chat, rows))
    for candidate in rows:
        if chat:
            prompt, completion = (
                as_turns(candidate.prompt, "user"),
                as_turns(candidate.completion, "assistant"),
            )
            yield {"prompt": prompt, "completion": completion}
        else:
            yield {"prompt": candidate.prompt, "completion": candidate.completion}


TRL = JsonLines("trl", "prompt and completion, text or messages (JSON lines)", _lines)
