"""What came back, checked: a completion, or the reason why there is none."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from openloop.data.tables import FAILED
from openloop.models.reasoning import split_reasoning
from openloop.records import Completion, Content, Usage
from openloop.remote.sender import Malformed


def read(
    reply: Any, *, chat: bool, as_messages: bool, logprobs: bool, schema: bool = False
) -> tuple[Completion, Usage]:
    """The one completion of a reply. Raises Malformed for anything of another shape.

    One cut by length is a completion (``finish="length"``); filtered and empty ones are failures with a reason.
    Anything else that is not as requested becomes the completion's remark.
    """
    if not isinstance(reply, Mapping):
        raise Malformed(f"a {type(reply).__name__} instead of an object")
    if reply.get("error"):
        raise Malformed(f"an error inside a reply: {str(reply['error'])[:120]}")
    choices = reply.get("choices")
    if not isinstance(choices, list):
        raise Malformed("no list of choices")
    usage = _usage(reply.get("usage"))
    if not choices:
        return failure("no choice came back"), usage
    choice = choices[0]
    if not isinstance(choice, Mapping):
        raise Malformed("a choice that is not an object")
    text, reasoning = _text(choice, chat)
    finish = str(choice.get("finish_reason") or "stop")
    if finish == "content_filter":
        return failure("filtered by the server"), usage
    if not text.strip():
        return failure("empty completion" if finish != "length" else "empty completion, cut by length"), usage
    content: Content = [{"role": "assistant", "content": text}] if as_messages else text
    total, n = _logprob(choice) if logprobs else (None, None)
    cut = finish in ("length", "max_tokens")
    said = {
        "cut by length": cut,
        "no logprobs": logprobs and total is None,
        f"{len(choices)} choices came back": len(choices) > 1,
        "no JSON": schema and not _is_json(text),
    }
    return (
        Completion(
            content,
            logprob=total,
            n_tokens=n if n is not None else usage.completion_tokens or None,
            finish="length" if cut else "stop",
            reasoning=reasoning,
            remark=", ".join(what for what, holds in said.items() if holds) or None,
        ),
        usage,
    )


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def failure(reason: str) -> Completion:
    """A request that gave nothing."""
    return Completion("", finish=FAILED, failure=reason)


def _text(choice: Mapping[str, Any], chat: bool) -> tuple[str, str | None]:
    """The answer, and the reasoning apart from it (a field of its own, or a leading <think> block)."""
    if not chat:
        text = choice.get("text")
        if not isinstance(text, str):
            raise Malformed("a choice without text")
        return text, None
    message = choice.get("message")
    if not isinstance(message, Mapping):
        raise Malformed("a choice without a message")
    text = message.get("content")
    if text is not None and not isinstance(text, str):
        raise Malformed("a message whose content is not text")
    reasoning = message.get("reasoning_content") or message.get("reasoning")
    return (text or "", str(reasoning)) if reasoning else split_reasoning(text or "")


def _logprob(choice: Mapping[str, Any]) -> tuple[float | None, int | None]:
    """Sum over the tokens (nats) and their number; (None, None) where the server sent none."""
    held = choice.get("logprobs")
    if not isinstance(held, Mapping):
        return None, None
    tokens = held.get("content")
    values = [t.get("logprob") for t in tokens] if isinstance(tokens, list) else held.get("token_logprobs")
    if not isinstance(values, list) or not values or any(not isinstance(v, int | float) for v in values):
        return None, None
    return min(0.0, float(sum(values))), len(values)


def _usage(held: Any) -> Usage:
    if not isinstance(held, Mapping):
        return Usage()
    counts = [held.get(name) for name in ("prompt_tokens", "completion_tokens")]
    prompt, completion = (c if isinstance(c, int) and c >= 0 else 0 for c in counts)
    return Usage(prompt, completion)
