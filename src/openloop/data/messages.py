"""Chat messages as files hold them, checked and brought to one form: ``{"role": ..., "content": ...}``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from openloop.errors import DataError
from openloop.records import Message

ROLES = ("system", "developer", "user", "assistant", "tool")
SHAREGPT = {
    "human": "user",
    "user": "user",
    "gpt": "assistant",
    "assistant": "assistant",
    "chatgpt": "assistant",
    "bing": "assistant",
    "bard": "assistant",
    "model": "assistant",
    "system": "system",
    "tool": "tool",
    "observation": "tool",
}
_CALLS = ("tool_calls", "function_call")


def turns(value: Sequence[Any], left_out: set[str]) -> list[Message]:
    """The turns of one conversation, in the role/content form or in ShareGPT's from/value form.

    Names of other keys that hold something are added to ``left_out``. Raises DataError, without a place,
    for what is no conversation of texts.
    """
    return [_turn(item, number, left_out) for number, item in enumerate(value, 1)]


def calls_a_tool(value: Any) -> bool:
    """Whether a turn of a conversation calls a tool in a field of its own: such a row has no text to read."""
    return isinstance(value, list | tuple) and any(isinstance(item, Mapping) and _calls(item) for item in value)


def left_out_said(rows: int) -> str:
    """A sentence on the rows that call a tool."""
    several = "row calls" if rows == 1 else "rows call"
    return (
        f"{rows:,} {several} a tool in a field of its own (tool_calls) and {'is' if rows == 1 else 'are'} left out; to "
        "keep such rows, write the call into the content"
    )


def _calls(item: Mapping[str, Any]) -> bool:
    return any(item.get(key) for key in _CALLS) or item.get("role", item.get("from")) in ("function", "function_call")


def _turn(item: Any, number: int, left_out: set[str]) -> Message:
    if not isinstance(item, Mapping):
        raise DataError(
            f"turn {number} is a {type(item).__name__}, not a message. "
            'Allowed: {"role": ..., "content": ...} or {"from": ..., "value": ...}.'
        )
    if "role" in item and "content" in item:
        role, content, used = item["role"], item["content"], ("role", "content")
        allowed: Sequence[str] = ROLES
    elif "from" in item and "value" in item:
        role, content, used = item["from"], item["value"], ("from", "value")
        allowed = tuple(SHAREGPT)
    else:
        raise DataError(
            f"turn {number} has the keys {', '.join(map(str, item)) or '(none)'}. "
            'Allowed: {"role": ..., "content": ...} or {"from": ..., "value": ...}.'
        )
    if _calls(item):
        raise DataError(
            f"turn {number} calls a tool in a field of its own, which is not supported. Write the call into the "
            "content (what a tool answers is a turn of role tool with text), or leave such rows out."
        )
    if role not in allowed:
        raise DataError(f"turn {number} has the role {role!r}. Allowed: {', '.join(allowed)}.")
    text = joined_text(content)
    if text is None:
        raise DataError(
            f"turn {number} has a content that is no text ({type(content).__name__}). Allowed: text, or a list of "
            '{"type": "text", "text": ...}.'
        )
    if len(item) > 2:
        left_out.update(str(key) for key, held in item.items() if key not in used and held is not None)
    return {"role": SHAREGPT[role] if used[0] == "from" else role, "content": text}


def joined_text(content: Any) -> str | None:
    """A turn's text: itself, or its blocks of text on lines of their own, as the APIs write them; None for no text."""
    if isinstance(content, str):
        return content
    blocks = content if isinstance(content, Sequence) and not isinstance(content, bytes) else ()
    texts = [
        block["text"]
        for block in blocks
        if isinstance(block, Mapping) and block.get("type") == "text" and isinstance(block.get("text"), str)
    ]
    return "\n".join(texts) if texts and len(texts) == len(blocks) else None


def split_last(conversation: list[Message]) -> tuple[list[Message], list[Message] | None]:
    """Prompt and completion: a last turn by the assistant is the completion, the rest the prompt."""
    if conversation and conversation[-1]["role"] == "assistant":
        return conversation[:-1], conversation[-1:]
    return conversation, None
