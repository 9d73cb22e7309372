"""Which columns are the prompt and the completion.

    layout           columns                              prompt                  completion
    trl              prompt, completion (text or turns)   prompt                  completion
    prompt           prompt                               prompt                  none
    sharegpt         conversations: turns of from/value   all turns but ...       ... a last one by gpt
    messages         messages, conversation, dialog(ue)   all turns but ...       ... a last one by assistant
    alpaca           instruction, output (and input)      instruction + input     output
    question/answer  question, answer                     question                none: answer stays a column
    preference       chosen, rejected (and a prompt)      prompt or shared turns  none: both stay columns
    detected         what they are usually called         question, problem, ...  response, generation, ...
    text             text, and nothing that is a prompt   empty                   text
    named            those that the caller names          the named one           the named one

In the layouts without a completion, a column that is usually called by such a name (``response``, ...) is the
completion. A column that may as well be the reference answer (``answer``, ``solution``, ``text``, ...) is not: it is
listed in ``answers``.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from openloop.data.columns import Columns
from openloop.data.recognise.names import (
    ANSWERS,
    CERTAIN,
    COMPLETIONS,
    PROMPTS,
    by_name,
    first_named,
    is_named,
    named_alike,
    plain_name,
)
from openloop.data.recognise.texts import TextColumns
from openloop.errors import DataError, nearest

_PROMPT_KINDS = ("text", "list")
_COMPLETION_KINDS = ("text", "list", "mixed", "number")
_CONVERSATIONS = ("messages", "conversations", "conversation", "dialogue", "dialog")


def recognise_texts(
    columns: Columns, name: str, prompt: str | None = None, completion: str | None = None
) -> TextColumns:
    """The prompt and the completion among the columns of a file that errors call ``name``.

    Raises DataError when no layout fits, several fit (prompt with completion wins over others: those are the names
    that openloop itself uses), or a named column is missing.
    """
    for option, column in (("prompt", prompt), ("completion", completion)):
        if column is not None and column.partition(".")[0] not in columns:
            raise DataError(f"{name}: no column {column!r} ({option}={column!r}); {nearest(column, columns)}")
    if prompt is not None and prompt == completion:
        raise DataError(f"{name}: prompt= and completion= both name {prompt!r}. Name two columns.")
    if prompt is not None:
        return _named(columns, prompt, completion)
    fitting = [layout for layout in _fitting(columns, completion) if layout.has_prompt]
    if not fitting and columns.get("text") == "text" and completion in (None, "text"):
        return TextColumns("text", "text layout, to train on", completion="text")
    if not fitting:
        raise DataError(_nothing_fits(columns, name))
    if len(fitting) > 1:
        raise DataError(
            f"{name}: several layouts fit: {'; '.join(layout.said for layout in fitting)}. Choose with "
            f"prompt= and completion= ({_choices(columns)})."
        )
    rivals = [
        column for column, kind in columns.items() if plain_name(column) in PROMPTS[:CERTAIN] and kind in _PROMPT_KINDS
    ]
    if fitting[0].layout == "detected" and len(rivals) > 1 and "prompt" not in rivals:
        raise DataError(f"{name}: several columns may be the prompt: {', '.join(rivals)}. Choose with prompt=.")
    return fitting[0]


def guess_texts(
    columns: Columns, prompt: str | None = None, completion: str | None = None, taken: Collection[str] = ()
) -> TextColumns:
    """The likeliest reading of the columns, which may have neither prompt nor completion.

    Where several layouts fit, the first of the list above; what may be a reference answer counts as the completion
    where nothing else does. ``taken`` columns are something else than a completion.
    """
    usable = {
        column: kind
        for column, kind in columns.items()
        if _usable(plain_name(column), kind) and (column not in taken or plain_name(column) in PROMPTS)
    }
    if prompt is not None:
        found = _named(usable, prompt, completion)
    else:
        found = next(iter(_fitting(usable, completion)), TextColumns("none", completion=completion))
    if not found.has_completion and found.answers:
        found = replace(found, completion=found.answers[0])
    return found


def _usable(column: str, kind: str) -> bool:
    if column == "input":
        return kind in (*_PROMPT_KINDS, "mixed")
    if column in PROMPTS or column in _CONVERSATIONS:
        return kind in _PROMPT_KINDS
    return kind in _COMPLETION_KINDS or (kind != "null" and not is_named(column, *COMPLETIONS, *ANSWERS))


def _named(columns: Columns, prompt: str, completion: str | None) -> TextColumns:
    if completion is None and "completion" in columns and prompt != "completion":
        completion = "completion"
    if completion is None and columns.get(prompt) == "list":
        return replace(_conversation(prompt, columns), layout="named")
    found = TextColumns("named", prompt=(prompt,), completion=completion)
    found = found if completion is not None else _completed(found, columns)
    return replace(found, title="named columns" if found.completion else "named column")


def _fitting(columns: Columns, completion: str | None) -> list[TextColumns]:
    """The layouts that fit, likeliest first; with a ``completion`` that is named, with that one."""
    found = _layouts(columns)
    if completion is None:
        return found
    if any(layout.shared_turns for layout in found) and completion in ("chosen", "rejected"):
        return [replace(_conversation(completion, columns), layout="named")]
    free = [layout for layout in found if completion not in layout.prompt]
    others = {column: kind for column, kind in columns.items() if column != completion}
    return [replace(layout, completion=completion, note="", rivals=()) for layout in free or _layouts(others)]


def _layouts(columns: Columns) -> list[TextColumns]:
    has = by_name(columns)
    if {"chosen", "rejected"} <= columns.keys():
        return _preference(columns)
    if {"prompt", "completion"} <= has.keys():
        return [TextColumns("trl", "prompt/completion (TRL) layout", (has["prompt"],), has["completion"])]
    found = []
    if "prompt" in has:
        plain = TextColumns("prompt", "prompt-only layout", (has["prompt"],))
        full = _completed(plain, columns)
        found.append(plain if full.completion is None else replace(full, layout="detected", title=""))
    found += [
        _conversation(has[name], columns) for name in _CONVERSATIONS if name in has and columns[has[name]] == "list"
    ]
    if {"instruction", "output"} <= has.keys():
        alpaca = TextColumns("alpaca", "Alpaca layout", _instruction(columns), has["output"])
        found.append(replace(alpaca, rivals=_rivals(alpaca, columns)))
    if {"question", "answer"} <= has.keys():
        note = f"{has['answer']} stays a column"
        found.append(
            _completed(TextColumns("question/answer", "question/answer layout", (has["question"],), note=note), columns)
        )
    return [_with_answers(layout, columns) for layout in found or [_detected(columns)]]


def _detected(columns: Columns) -> TextColumns:
    prompt = first_named(PROMPTS, columns, (), lambda column: columns[column] in _PROMPT_KINDS)
    names = () if prompt is None else _instruction(columns) if plain_name(prompt) == "instruction" else (prompt,)
    return _completed(TextColumns("detected", prompt=names), columns)


def _instruction(columns: Columns) -> tuple[str, ...]:
    has = by_name(columns)
    return tuple(has[name] for name in ("instruction", "input") if name in has)


def _completed(layout: TextColumns, columns: Columns) -> TextColumns:
    """With the column that holds the completion by its name."""
    found = first_named(COMPLETIONS, columns, layout.prompt, lambda column: columns[column] in _COMPLETION_KINDS)
    completed = replace(layout, completion=found)
    return _with_answers(replace(completed, rivals=_rivals(completed, columns)), columns)


def _rivals(layout: TextColumns, columns: Columns) -> tuple[str, ...]:
    """Other columns that are called like what a model wrote; none where one is called ``completion``."""
    if layout.completion is None or plain_name(layout.completion) == COMPLETIONS[0]:
        return ()
    return tuple(
        c for _, c in named_alike(COMPLETIONS, columns, layout.uses, lambda c: columns[c] in ("text", "mixed"))
    )


def _with_answers(layout: TextColumns, columns: Columns) -> TextColumns:
    free = [column for column in columns if column not in layout.uses]
    return replace(layout, answers=tuple(c for name in ANSWERS for c in free if plain_name(c) == name))


def _conversation(column: str, columns: Columns) -> TextColumns:
    sharegpt = plain_name(column) == "conversations"
    return TextColumns(
        "sharegpt" if sharegpt else "messages",
        f"{'ShareGPT' if sharegpt else 'messages'} layout",
        completion="completion" if "completion" in columns and column != "completion" else None,
        conversation=column,
    )


def _preference(columns: Columns) -> list[TextColumns]:
    note = "chosen and rejected stay columns (to train on the chosen answers: completion='chosen')"
    found = replace(_detected(columns), layout="preference", title="preference data", note=note)
    if found.prompt:
        return [found]
    if columns["chosen"] == columns["rejected"] == "list":
        return [replace(found, shared_turns=True)]
    return []


def _nothing_fits(columns: Columns, name: str) -> str:
    if {"chosen", "rejected"} <= columns.keys():
        return (
            f"{name}: preference data without a prompt: chosen and rejected are whole texts. Allowed: a column `prompt`"
            ", or chosen and rejected as chat messages that share their first turns. Split off the prompt first."
        )
    return (
        f"{name}: no layout fits the columns {', '.join(columns) or '(none)'}. Allowed: a prompt "
        f"({', '.join(PROMPTS)}), perhaps with a completion ({', '.join(COMPLETIONS)}); messages; conversations; "
        "chosen, rejected. "
        f"Or name the columns with prompt= and completion=: {_choices(columns)}."
    )


def _choices(columns: Columns) -> str:
    usable = [column for column, kind in columns.items() if kind in _PROMPT_KINDS]
    return f"text or messages are in {', '.join(usable)}" if usable else "but none holds text or messages"
