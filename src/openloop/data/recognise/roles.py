"""Which columns are the prompt, the completion, gold, the verdict and the rest, detected by name and content."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from openloop.data.column_ref import ColumnRef, look_up, parse_column
from openloop.data.columns import Columns, kinds_of
from openloop.data.gold import all_readable, is_test_results, number, two_class
from openloop.data.logs import ToolLog, tool_log
from openloop.data.recognise.layouts import guess_texts, recognise_texts
from openloop.data.recognise.melting import melt, melted_columns
from openloop.data.recognise.names import CONFIDENCES, GOLD, GROUPS, MODELS, STEPS, VERDICTS, first_named
from openloop.data.recognise.texts import TextColumns
from openloop.errors import DataError, nearest

Row = Mapping[str, Any]
LOOKED_AT = 5000
"""Rows whose values decide whether a column holds what its name promises."""


@dataclass(frozen=True, slots=True)
class NamedColumns:
    """The columns that somebody named; ``None`` is to be detected."""

    prompt: str | None = None
    completion: str | None = None
    gold: str | None = None
    """A column, a dotted path, or a comparison such as ``factuality>=0.5``."""
    verdicts: tuple[str, ...] = ()
    group: str | None = None
    model: str | None = None
    confidence: str | None = None
    swapped: str | None = None
    judge_model: str | None = None
    gold_option: str = "--gold"
    """What the option is called in errors."""
    step: str | None = None


@dataclass(frozen=True, slots=True)
class ColumnRoles:
    """What each column is."""

    texts: TextColumns
    gold: ColumnRef | None = None
    verdicts: tuple[ColumnRef, ...] = ()
    """The verifier first; the others are further judges."""
    group: str | None = None
    model: str | None = None
    confidence: str | None = None
    swapped: ColumnRef | None = None
    first: ColumnRef | None = None
    """Which position won in the order first asked, where that is not the verdict itself."""
    judge_model: str | None = None
    melted: tuple[str, ...] = ()
    """Columns that each hold one completion of the row, with its own gold or verdict."""
    step: str | None = None
    """The step of the training that wrote the row."""
    log: ToolLog | None = None
    """How the rows are read where another tool wrote them as its log."""

    @property
    def used(self) -> set[str]:
        """Columns with a role; the others may be strata."""
        named = [c.path for c in (self.gold, self.swapped, self.first, *self.verdicts) if c is not None]
        paths = [*named, *self.texts.uses, self.group, self.confidence, self.model, self.judge_model, self.step]
        return {path.split(".")[0] for path in paths if path} | set(self.melted)

    def rows(self, rows: Iterable[Row]) -> Iterable[Row]:
        """One row a completion."""
        rows = rows if self.log is None else self.log.rows(rows)
        return melt(rows, self.melted) if self.melted else rows


def recognise(sample: Sequence[Row], named: NamedColumns, name: str, *, guess: bool = False) -> ColumnRoles:
    """The roles of the columns of a file that errors call ``name``, from the rows at its start.

    With ``guess`` the likeliest prompt and completion are taken where several layouts fit, or none.
    Raises DataError for a named column that is not there, and without ``guess`` where the prompt is not certain.
    """
    log = _log(sample, named, name)
    if log is not None:
        sample, named = list(log.rows(sample[:LOOKED_AT])), _renamed(named, log)
    melted = melted_columns(sample, named.completion)
    rows = list(melt(sample[:2000], melted)) if melted else sample
    columns = kinds_of(rows)
    for option, path in (("--prompt", named.prompt), ("--completion", named.completion)):
        if path is not None and path.partition(".")[0] not in columns:
            raise DataError(f"{name}: no column {path!r} ({option}); {nearest(path, columns)}")
    if guess:
        others = [c for c in (named.gold, named.group, named.model, *named.verdicts) if c is not None]
        texts = guess_texts(columns, named.prompt, named.completion, others)
    else:
        texts = recognise_texts(columns, name, named.prompt, named.completion)
    taken = set(texts.uses)
    # What was named comes first: a column that is named is no candidate for anything else.
    swapped = _ref(named.swapped, columns, rows, "--swapped", name)
    verdicts = tuple(v for text in named.verdicts if (v := _ref(text, columns, rows, "--judge-column", name)))
    elsewhere = (named.group, named.model, named.confidence, named.judge_model, named.step)
    taken |= {c.path for c in (swapped, *verdicts) if c} | {path for path in elsewhere if path}
    gold = _ref(named.gold, columns, rows, named.gold_option, name)
    if gold is not None and gold.path in {v.path for v in verdicts}:
        raise DataError(
            f"{name}: gold and the verdict are both read from {gold.path!r} ({named.gold_option}, --judge-column), so "
            "the verdict would be compared with itself. Name another column."
        )
    gold = gold or _gold(columns, rows, taken)
    first = None
    orders: Mapping[str, Any] = next((row["orders"] for row in rows if isinstance(row.get("orders"), Mapping)), {})
    if swapped is None and {"first", "swapped"} <= orders.keys():
        first, swapped = ColumnRef("orders.first"), ColumnRef("orders.swapped")
    taken |= {gold.path} if gold else set()
    verdicts = verdicts or _verdicts(columns, rows, taken)
    taken |= {v.path for v in verdicts}
    for option, path in (
        ("--group", named.group),
        ("--model", named.model),
        ("--confidence", named.confidence),
        ("--judge-model", named.judge_model),
        ("--step", named.step),
    ):
        if path is not None:
            _require(path, columns, rows, option, name)
    return ColumnRoles(
        texts,
        gold=gold,
        verdicts=verdicts,
        swapped=swapped,
        first=first,
        group=named.group or (None if texts.has_prompt else first_named(GROUPS, columns, taken, lambda _: True)),
        model=named.model or next((c for c in MODELS if c in columns and c not in taken), None),
        confidence=named.confidence or next((c for c in CONFIDENCES if _holds_numbers(c, columns, rows)), None),
        judge_model=named.judge_model,
        step=named.step or first_named(STEPS, columns, taken, lambda c: _holds_numbers(c, columns, rows)),
        melted=melted,
        log=log,
    )


def sentences(roles: ColumnRoles, sample: Sequence[Row]) -> Iterable[str]:
    """What was detected, for people."""
    if roles.log is not None:
        yield roles.log.sentence
    rows = list(roles.rows(sample[:2000])) if roles.melted or roles.log else sample
    if roles.melted:
        yield f"{len(roles.melted)} completions a row: {', '.join(roles.melted)} (named in `model`)"
    texts = roles.texts
    if texts.has_prompt or texts.has_completion:
        yield replace(texts, title="", note="").said + ("" if texts.has_completion else ", completion = none")
    else:
        yield "prompt = none, completion = none"
    gold = roles.gold.spelled if roles.gold else "none"
    yield f"gold = {gold}; verdict = {', '.join(v.spelled for v in roles.verdicts) or 'none'}"
    by = roles.group or (
        "the prompt's text" if texts.has_prompt else "nothing, so each row counts as a prompt of its own"
    )
    yield f"rows of one prompt are identified by {by}" + (f"; source model = {roles.model}" if roles.model else "")
    if roles.step:
        yield f"step of the training = {roles.step}" + ("" if "step" in roles.step else " (another column: --step)")
    if roles.gold is None:
        free = {column for row in rows[:1] for column in row} - roles.used
        held = {c: [row.get(c) for row in rows[:LOOKED_AT]] for c in sorted(free)}
        # What equals a verdict in every row cannot tell how good it is (a run repeats its verdict as signal.NAME).
        verdicts = [[look_up(row, v.path) for row in rows[:LOOKED_AT]] for v in roles.verdicts]
        two = [
            c
            for c, values in held.items()
            if all_readable(values, two_class) and len({*values} - {None}) == 2 and values not in verdicts
        ]
        if two:
            yield f"columns of two classes that might be gold (--gold): {', '.join(two)}"


def _log(sample: Sequence[Row], named: NamedColumns, name: str) -> ToolLog | None:
    """The tool's log that the rows are, unless a column is named that only the rows as they stand have."""
    log = tool_log(sample, name)
    if log is None:
        return None
    made = {column for row in log.rows(sample[:50]) for column in row}
    texts = [path.partition(".")[0] for path in (named.prompt, named.completion) if path is not None]
    return None if any(path in sample[0] and path not in made for path in texts) else log


def _renamed(named: NamedColumns, log: ToolLog) -> NamedColumns:
    """Gold and verdicts that are named as the tool does."""

    def here(text: str) -> str:
        column = next((c for c in log.aliases if text == c or re.match(rf"{re.escape(c)}\s*[<>=!]", text)), None)
        return text if column is None else log.aliases[column] + text.removeprefix(column)

    return replace(
        named, gold=None if named.gold is None else here(named.gold), verdicts=tuple(map(here, named.verdicts))
    )


def _ref(text: str | None, columns: Columns, rows: Sequence[Row], option: str, name: str) -> ColumnRef | None:
    if text is None:
        return None
    try:
        column = parse_column(text, columns)
    except ValueError:
        raise DataError(f"{name}: {option} {text!r}: compare with a number, as in 'factuality>=0.5'.") from None
    _require(column.path, columns, rows, option, name)
    return column


def _require(path: str, columns: Columns, rows: Sequence[Row], option: str, name: str) -> None:
    if path not in columns and all(look_up(row, path) is None for row in rows):
        inner = {f"{c}.{key}" for row in rows[:50] for c, v in row.items() if isinstance(v, Mapping) for key in v}
        raise DataError(f"{name}: no column {path!r} ({option}); {nearest(path, set(columns) | inner)}")


def _gold(columns: Columns, rows: Sequence[Row], taken: set[str]) -> ColumnRef | None:
    """The column that is named like gold and holds two classes."""

    def holds_two_classes(column: str) -> bool:
        return all_readable([row.get(column) for row in rows[:LOOKED_AT]], two_class)

    found = first_named(GOLD, columns, taken, holds_two_classes)
    # A column that is named like gold but holds other classes is not passed over: reading it says what to do.
    found = found or first_named(GOLD[:2], columns, taken, lambda c: columns[c] == "number" or _few_names(c, rows))
    return ColumnRef(found) if found else None


def _verdicts(columns: Columns, rows: Sequence[Row], taken: set[str]) -> tuple[ColumnRef, ...]:
    """The verifier's column, and further judges of the same object."""
    found = first_named(VERDICTS, columns, taken, _holds_scores(rows))
    found = found or first_named(VERDICTS, columns, taken, lambda c: _few_names(c, rows))
    if found is None:
        return ()
    if columns[found] != "object":
        return (ColumnRef(found),)
    held: dict[str, int] = {}
    for row in rows:
        for key in row.get(found) or {}:
            held[str(key)] = held.get(str(key), 0) + 1
    return tuple(ColumnRef(f"{found}.{key}") for key in sorted(held, key=lambda k: (-held[k], k)))


def _holds_scores(rows: Sequence[Row]) -> Callable[[str], bool]:
    def holds(column: str) -> bool:
        values: list[Any] = [row.get(column) for row in rows[:LOOKED_AT] if row.get(column) is not None]
        if values and all(map(is_test_results, values)):
            return True
        if values and all(isinstance(value, list) for value in values):
            return all(all_readable(value, number) for value in values if value)
        if values and all(isinstance(value, Mapping) for value in values):
            return all(all_readable(list(value.values()), number) for value in values if value)
        return all_readable(values, number)

    return holds


def _holds_numbers(column: str, columns: Columns, rows: Sequence[Row]) -> bool:
    """Whether a column holds numbers, in a CSV file as texts."""
    if columns.get(column) != "text":
        return columns.get(column) == "number"
    try:
        return bool([float(row[column]) for row in rows[:LOOKED_AT] if row.get(column)])
    except ValueError:
        return False


def _few_names(column: str, rows: Sequence[Row]) -> bool:
    """Whether a column holds a few short names."""
    held = {str(row[column]) for row in rows[:LOOKED_AT] if row.get(column) is not None}
    return 0 < len(held) <= 12 and all(len(name) <= 30 for name in held)
