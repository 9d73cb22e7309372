"""``{"prompt", "completion"}``: text, or messages (TRL's conversational form). The prompt is not learned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from openloop.export.base import Line, as_turns, is_chat, require_completion
from openloop.records import Candidate


def trl_lines(candidates: Iterable[Candidate]) -> Iterator[Line]:
    for candidate in map(require_completion, candidates):
        if is_chat(candidate):
            prompt, completion = (
                as_turns(candidate.prompt, "user"),
                as_turns(candidate.completion, "assistant"),
            )
            yield {"prompt": prompt, "completion": completion}
        else:
            yield {"prompt": candidate.prompt, "completion": candidate.completion}
