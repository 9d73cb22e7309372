"""What came back, checked: a completion, or the reason why there is none."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from openloop.data.content import text_of
from openloop.data.messages import joined_text
from openloop.data.tables import FAILED
from openloop.models.reasoning import split_reasoning
from openloop.records import Completion, Content, Usage
from openloop.remote.money import CHARACTERS, most_tokens
from openloop.remote.sender import Malformed

NO_COUNTS = "no token counts came back: estimated from the texts"
"""The remark on a completion whose tokens the server did not count."""


def read(
    reply: Any, *, chat: bool, as_messages: bool, logprobs: bool, schema: bool = False, model: str = ""
) -> tuple[Completion, Usage]:
    """The one completion of a reply. Raises Malformed for anything of another shape.

    One cut by length is a completion (``finish="length"``); filtered and empty ones are failures with a reason.
    Anything else that is not as requested becomes the completion's remark, another ``model`` than the one asked too.
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
        return failure(_why_empty(choice, finish)), usage
    content: Content = [{"role": "assistant", "content": text}] if as_messages else text
    total, n = _logprob(choice) if logprobs else (None, None)
    cut = finish in ("length", "max_tokens")
    said = {
        "cut by length": cut,
        "no logprobs": logprobs and total is None,
        f"{len(choices)} choices came back": len(choices) > 1,
        "no JSON": schema and not _is_json(text),
        NO_COUNTS: usage.prompt_tokens == 0 and usage.completion_tokens == 0,
        f"answered by another model: {reply.get('model')}": bool(model) and not _same_model(reply.get("model"), model),
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


def _why_empty(choice: Mapping[str, Any], finish: str) -> str:
    """Why a reply has no text: a call of a tool, a refusal, or nothing that the server says."""
    message = choice.get("message")
    held = message if isinstance(message, Mapping) else {}
    if held.get("tool_calls") or held.get("function_call"):
        return "a call of a tool instead of a text"
    if held.get("refusal"):
        return "refused by the model"
    return "empty completion, cut by length" if finish == "length" else "empty completion"


def _same_model(answered: Any, asked: str) -> bool:
    """Whether a reply names the model that was asked: also with a date or an owner, as ``gpt-4o-2024-08-06``."""
    if not isinstance(answered, str) or not answered:
        return True  # nothing is said
    one, other = (re.split(r"[/\\]", name.strip().lower())[-1].removesuffix(".gguf") for name in (answered, asked))
    return one.startswith(other) or other.startswith(one)


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
    if isinstance(text, list):
        text = joined_text(text)
        if text is None:
            raise Malformed("a message whose content is not text")
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


def counted(usage: Usage, prompt: Content, completion: Completion) -> Usage:
    """What a server counted; where it counted nothing for a text, at most what that is by its length.

    Without this, what such a server sends would count as free, and no budget would ever end.
    """
    if usage.prompt_tokens or usage.completion_tokens or completion.failure is not None:
        return usage
    said = completion.reasoning or ""
    written = len(text_of(completion.content)) + len(said)
    return Usage(most_tokens(text_of(prompt)), written // CHARACTERS + 1, usage.requests)
