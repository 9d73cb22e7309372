"""Which columns are the prompt and the completion, told by the column names and what they hold.

    layout           columns                              prompt                  completion
    trl              prompt, completion (text or turns)   prompt                  completion
    prompt           prompt                               prompt                  none
    alpaca           instruction, output (and input)      instruction + input     output
    sharegpt         conversations: turns of from/value   all turns but ...       ... a last one by gpt
    messages         messages: turns of role/content      all turns but ...       ... a last one by assistant
    question/answer  question, answer                     question                none: answer stays
    preference       chosen, rejected (and prompt)        prompt or shared turns  none: both stay
    named            those that the caller names          the named one           the named one

A layout that fits besides another one is ambiguous and refused, except that prompt with completion wins:
those are the names that openloop itself uses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from openloop.data.columns import Columns
from openloop.data.messages import split, turns
from openloop.errors import DataError, nearest

Split = Callable[[Mapping[str, Any], set[str]], tuple[Any, Any]]
"""Row and a set for the message keys that are left out → prompt, completion; either may be None."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A recognised layout and how it splits a row."""

    name: str
    said: str
    uses: frozenset[str]
    """Columns that become the prompt or the completion; all others stay as they are."""
    split: Split


def recognise(columns: Columns, name: str, prompt: str | None, completion: str | None) -> Layout:
    """The layout of a file's columns. ``name`` is how errors name the file.

    Raises DataError when none or several fit, or a named column is missing.
    """
    for option, column in (("prompt", prompt), ("completion", completion)):
        if column is not None and column not in columns:
            raise DataError(f"{name}: no column {column!r} ({option}={column!r}); {nearest(column, columns)}")
    if prompt is not None and prompt == completion:
        raise DataError(f"{name}: prompt= and completion= both name {prompt!r}. Name two columns.")
    if prompt is not None:
        return _named(columns, prompt, completion)
    if completion is not None and {"chosen", "rejected"} <= columns.keys() and "prompt" not in columns:
        return _named(columns, completion, None)
    fitting = _fitting(columns)
    if not fitting:
        raise DataError(_nothing_fits(columns, name))
    if len(fitting) > 1:
        raise DataError(
            f"{name}: several layouts fit: {'; '.join(layout.said for layout in fitting)}. Choose with "
            f"prompt= and completion= ({_choices(columns)})."
        )
    layout = fitting[0]
    return layout if completion is None else _with_completion(layout, completion)


def _fitting(columns: Columns) -> list[Layout]:
    has = columns.keys()
    if {"chosen", "rejected"} <= has:
        return [_preference(columns)]
    if {"prompt", "completion"} <= has:
        return [_pair("trl", "prompt/completion (TRL) layout", "prompt", "completion")]
    fitting = [_conversation(c) for c in ("messages", "conversations") if columns.get(c) == "list"]
    if {"instruction", "output"} <= has:
        fitting.append(_alpaca("input" in has))
    if {"question", "answer"} <= has:
        said = "question/answer layout: prompt = question; answer stays a column"
        fitting.append(Layout("question/answer", said, frozenset({"question"}), _columns("question", None)))
    if "prompt" in has:
        said = "prompt-only layout: prompt = prompt"
        fitting.append(Layout("prompt", said, frozenset({"prompt"}), _columns("prompt", None)))
    return fitting


def _named(columns: Columns, prompt: str, completion: str | None) -> Layout:
    if completion is None and "completion" in columns and prompt != "completion":
        completion = "completion"
    if completion is None and columns[prompt] == "list":
        layout = _conversation(prompt)
        return Layout("named", layout.said, layout.uses, layout.split)
    if completion is None:
        said = f"named column: prompt = {prompt}"
        return Layout("named", said, frozenset({prompt}), _columns(prompt, None))
    return _pair("named", "named columns", prompt, completion)


def _pair(name: str, title: str, prompt: str, completion: str) -> Layout:
    said = f"{title}: prompt = {prompt}, completion = {completion}"
    return Layout(name, said, frozenset({prompt, completion}), _columns(prompt, completion))


def _columns(prompt: str, completion: str | None) -> Split:
    def split_row(row: Mapping[str, Any], _: set[str]) -> tuple[Any, Any]:
        return row.get(prompt), None if completion is None else row.get(completion)

    return split_row


def _with_completion(layout: Layout, completion: str) -> Layout:
    def split_row(row: Mapping[str, Any], left_out: set[str]) -> tuple[Any, Any]:
        return layout.split(row, left_out)[0], row.get(completion)

    said = f"{layout.said}; completion = {completion}, as named"
    own = layout.uses - {"completion", "output"}  # the layout's own completion stays a column
    return Layout(layout.name, said, own | {completion}, split_row)


def _alpaca(with_input: bool) -> Layout:
    def split_row(row: Mapping[str, Any], _: set[str]) -> tuple[Any, Any]:
        instruction, given = row.get("instruction"), row.get("input")
        if isinstance(given, str) and given.strip() and isinstance(instruction, str):
            return f"{instruction}\n\n{given}", row.get("output")
        return instruction, row.get("output")

    parts = "instruction + input" if with_input else "instruction"
    uses = frozenset({"instruction", "input", "output"} if with_input else {"instruction", "output"})
    return Layout("alpaca", f"Alpaca layout: prompt = {parts}, completion = output", uses, split_row)


def _conversation(column: str) -> Layout:
    def split_row(row: Mapping[str, Any], left_out: set[str]) -> tuple[Any, Any]:
        value = row.get(column)
        return (None, None) if value is None else split(turns(value, left_out))

    sharegpt = column == "conversations"
    said = (
        f"{'ShareGPT' if sharegpt else 'messages'} layout: completion = the last turn of {column} where the "
        "assistant speaks it, prompt = the turns before"
    )
    return Layout("sharegpt" if sharegpt else "messages", said, frozenset({column}), split_row)


def _preference(columns: Columns) -> Layout:
    keep = "chosen and rejected stay columns (to train on the chosen answers: completion='chosen')"
    if "prompt" in columns:
        said = f"preference data: prompt = prompt; {keep}"
        return Layout("preference", said, frozenset({"prompt"}), _columns("prompt", None))

    def shared(row: Mapping[str, Any], left_out: set[str]) -> tuple[Any, Any]:
        chosen, rejected = row.get("chosen"), row.get("rejected")
        if not isinstance(chosen, list) or not isinstance(rejected, list):
            raise DataError(
                "preference data without a prompt: chosen and rejected are whole texts. Allowed: a column "
                "`prompt`, or chosen and rejected as chat messages that share their first turns. Split off "
                "the prompt first."
            )
        pairs = zip(turns(chosen, left_out), turns(rejected, left_out), strict=False)
        same: list[Any] = []
        for one, other in pairs:
            if one != other:
                break
            same.append(one)
        return same, None

    return Layout("preference", f"preference data: prompt = the turns they share; {keep}", frozenset(), shared)


def _nothing_fits(columns: Columns, name: str) -> str:
    return (
        f"{name}: no layout fits the columns {', '.join(columns) or '(none)'}. Allowed: prompt (and "
        "completion); instruction, output; messages; conversations; question, answer; chosen, rejected. "
        f"Or name the columns with prompt= and completion=: {_choices(columns)}."
    )


def _choices(columns: Columns) -> str:
    usable = [column for column, kind in columns.items() if kind in ("text", "list")]
    return f"text or messages are in {', '.join(usable)}" if usable else "but none holds text or messages"
