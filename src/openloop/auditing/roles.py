"""Which columns are the prompt, the completion, gold, the verdict and the rest: told by name and content, and said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from openloop.auditing.names import (
    COMPLETIONS,
    CONFIDENCES,
    GROUPS,
    MODELS,
    PROMPTS,
    all_read,
    first_named,
    gold_of,
    verdicts_of,
)
from openloop.auditing.values import Column, look_up, parse_column, two_class
from openloop.errors import DataError, nearest

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """The columns that somebody named."""

    prompt: str | None = None
    completion: str | None = None
    gold: str | None = None
    verdicts: tuple[str, ...] = ()
    group: str | None = None
    model: str | None = None
    confidence: str | None = None
    swapped: str | None = None
    judge_model: str | None = None


@dataclass(frozen=True, slots=True)
class Roles:
    """What each column is."""

    prompt: tuple[str, ...] = ()
    """Joined by a blank line where there are two (instruction and input)."""
    completion: str | None = None
    conversation: str | None = None
    """A column of turns that holds both."""
    gold: Column | None = None
    verdicts: tuple[Column, ...] = ()
    """The verifier first; the others are further judges."""
    group: str | None = None
    model: str | None = None
    confidence: str | None = None
    swapped: Column | None = None
    first: Column | None = None
    """Which position won in the order first asked, where that is not the verdict itself."""
    judge_model: str | None = None
    melted: tuple[str, ...] = ()
    """Columns that each hold one completion of the row, with its own gold or verdict."""
    said: tuple[str, ...] = field(default=())

    @property
    def used(self) -> set[str]:
        """Columns with a role; the others may be strata."""
        columns = [self.gold, self.swapped, self.first, *self.verdicts]
        named = {c.path for c in columns if c} | {
            self.completion,
            self.conversation,
            self.group,
            self.confidence,
            self.model,
            self.judge_model,
        }
        return {str(path).split(".")[0] for path in (*self.prompt, *named) if path} | set(self.melted)


def recognise(sample: Sequence[Row], asked: Asked, name: str) -> Roles:
    """The roles of the columns, told from the rows that start a file. Raises DataError for an unknown column."""
    melted = _melted(sample, asked)
    rows = list(melt(sample[:2000], melted)) if melted else sample
    columns = _kinds(rows)
    roles = _texts(columns, asked, name)
    taken = {*roles.prompt, roles.completion, roles.conversation}
    # What was asked for first: a name that is taken is no candidate for anything else.
    gold = _asked(asked.gold, columns, rows, "--gold", name) or gold_of(columns, rows, taken)
    swapped = _asked(asked.swapped, columns, rows, "--swapped", name)
    orders: Mapping[str, Any] = next((row["orders"] for row in rows if isinstance(row.get("orders"), Mapping)), {})
    both = swapped is None and {"first", "swapped"} <= orders.keys()
    first_order, swapped = (Column("orders.first"), Column("orders.swapped")) if both else (None, swapped)
    verdicts = tuple(v for text in asked.verdicts if (v := _asked(text, columns, rows, "--judge-column", name)))
    taken |= {c.path for c in (gold, swapped) if c}
    verdicts = verdicts or verdicts_of(columns, rows, taken)
    taken |= {v.path for v in verdicts}
    for option, path in (
        ("--group", asked.group),
        ("--model", asked.model),
        ("--confidence", asked.confidence),
        ("--judge-model", asked.judge_model),
    ):
        if path is not None:
            _require(path, columns, rows, option, name)
    first = first_named(GROUPS, columns, taken, lambda _: True)
    roles = replace(
        roles,
        gold=gold,
        verdicts=verdicts,
        swapped=swapped,
        first=first_order,
        group=asked.group or (None if roles.prompt or roles.conversation else first),
        model=asked.model or next((c for c in MODELS if c in columns and c not in taken), None),
        confidence=asked.confidence or next((c for c in CONFIDENCES if columns.get(c) == "number"), None),
        judge_model=asked.judge_model,
        melted=melted,
    )
    if not (roles.prompt or roles.completion or roles.conversation or gold or verdicts):
        raise DataError(
            f"{name}: nothing to audit among the columns {', '.join(columns) or '(none)'}: no text, no gold, no "
            "verdict. Name them with --prompt, --completion, --gold, --judge-column."
        )
    return replace(roles, said=tuple(_sentences(roles, rows)))


def melt(rows: Iterable[Row], columns: Sequence[str]) -> Iterable[Row]:
    """One row for each object column: its keys beside the row's other columns, and ``model`` its name."""
    for row in rows:
        rest = {key: value for key, value in row.items() if key not in columns}
        for column in columns:
            held = row.get(column)
            if isinstance(held, Mapping):
                yield {**rest, **held, "model": column}


def _melted(sample: Sequence[Row], asked: Asked) -> tuple[str, ...]:
    """Two object columns or more that hold the same keys, a completion among them."""
    if not sample or (asked.completion and asked.completion in sample[0]):
        return ()
    by_keys: dict[frozenset[str], list[str]] = {}
    for column, value in sample[0].items():
        if isinstance(value, Mapping):
            by_keys.setdefault(frozenset(map(str, value)), []).append(column)
    for keys, columns in by_keys.items():
        if len(columns) > 1 and keys & set(COMPLETIONS):
            return tuple(columns)
    return ()


def _kinds(rows: Sequence[Row]) -> dict[str, str]:
    """Column → text, number, true/false, list, object or mixed; null where nothing is held."""
    names = {str: "text", bool: "true/false", int: "number", float: "number", list: "list", dict: "object"}
    kinds: dict[str, set[str]] = {}
    for row in rows:
        for column, value in row.items():
            held = kinds.setdefault(str(column), set())
            if value is not None:
                held.add(names.get(type(value), "other"))
    return {c: "null" if not held else next(iter(held)) if len(held) == 1 else "mixed" for c, held in kinds.items()}


def _texts(columns: Mapping[str, str], asked: Asked, name: str) -> Roles:
    for option, path in (("--prompt", asked.prompt), ("--completion", asked.completion)):
        if path is not None and path.split(".")[0] not in columns:
            raise DataError(f"{name}: no column {path!r} ({option}); {nearest(path, columns)}")
    if asked.prompt is None and asked.completion is None:
        for column in ("messages", "conversations"):
            if columns.get(column) == "list" and not {"prompt", "completion"} & columns.keys():
                return Roles(conversation=column)
    named = {asked.gold, asked.group, asked.model, *asked.verdicts}
    texts = [c for c, kind in columns.items() if kind in ("text", "list", "mixed", "number") and c not in named]
    completion = asked.completion or next((c for c in COMPLETIONS if c in texts and c != asked.prompt), None)
    prompt: tuple[str, ...] = (asked.prompt,) if asked.prompt else ()
    if not prompt:
        first = next((c for c in PROMPTS if c in columns and columns[c] in ("text", "list") and c != completion), None)
        second = first == "instruction" and columns.get("input") in ("text", "mixed") and completion != "input"
        prompt = () if first is None else (first, "input") if second else (first,)
    return Roles(prompt=prompt, completion=completion)


def _asked(text: str | None, columns: Mapping[str, str], rows: Sequence[Row], option: str, name: str) -> Column | None:
    if text is None:
        return None
    try:
        column = parse_column(text, columns)
    except ValueError:
        raise DataError(f"{name}: {option} {text!r}: compare with a number, as in 'factuality>=0.5'.") from None
    _require(column.path, columns, rows, option, name)
    return column


def _require(path: str, columns: Mapping[str, str], rows: Sequence[Row], option: str, name: str) -> None:
    if path not in columns and all(look_up(row, path) is None for row in rows):
        inner = {f"{c}.{key}" for row in rows[:50] for c, v in row.items() if isinstance(v, Mapping) for key in v}
        raise DataError(f"{name}: no column {path!r} ({option}); {nearest(path, set(columns) | inner)}")


def _sentences(roles: Roles, rows: Sequence[Row]) -> Iterable[str]:
    if roles.melted:
        yield f"{len(roles.melted)} completions a row: {', '.join(roles.melted)} (named in `model`)"
    if roles.conversation:
        yield f"prompt and completion = the turns of {roles.conversation}"
    else:
        yield f"prompt = {' + '.join(roles.prompt) or 'none'}; completion = {roles.completion or 'none'}"
    gold = roles.gold.spelled if roles.gold else "none"
    yield f"gold = {gold}; verdict = {', '.join(v.spelled for v in roles.verdicts) or 'none'}"
    by = roles.group or ("the prompt's text" if roles.prompt or roles.conversation else "nothing: each row by itself")
    yield f"rows of one prompt are told by {by}" + (f"; source model = {roles.model}" if roles.model else "")
    if roles.gold is None:
        free = set(rows[0] if rows else ()) - roles.used
        held = {c: [row.get(c) for row in rows[:5000]] for c in sorted(free)}
        two = [c for c, values in held.items() if all_read(values, two_class) and len({*values} - {None}) == 2]
        if two:
            yield f"columns of two classes that might be gold (--gold): {', '.join(two)}"
