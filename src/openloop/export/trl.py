"""``{"prompt", "completion"}`` of messages, TRL's conversational form. The prompt is not learned.

TRL applies a model's chat template to messages and never to text, so text becomes turns; ``plain`` leaves text as it
is, for models without a template. One kind a file: where some rows are messages, all are.
"""

from __future__ import annotations

from collections.abc import Iterator

from openloop.export.base import Rows, are_chat, as_turns, require_completion
from openloop.export.containers import Line
from openloop.export.line_format import LineFormat


def _lines(rows: Rows) -> Iterator[Line]:
    chat = are_chat(rows)
    for candidate in map(require_completion, rows.candidates):
        prompt, completion = candidate.prompt, candidate.completion
        if chat:
            prompt, completion = as_turns(prompt, "user"), as_turns(completion, "assistant")
        yield {"prompt": prompt, "completion": completion}


TRL = LineFormat("trl", "prompt and completion as messages (or text: --plain)", _lines, has_plain=True)
