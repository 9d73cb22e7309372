"""What every column of a file is taken for, why, and which option changes it."""

from __future__ import annotations

import math
import re
import shlex
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from openloop.data.column_ref import ColumnRef, look_up
from openloop.data.gold import Unreadable, all_readable, cell, is_test_results, number, two_class
from openloop.data.recognise.melting import SAME_ROW
from openloop.data.recognise.names import COMPLETIONS, GOLD, VERDICTS, is_named

if TYPE_CHECKING:
    from openloop.data.recognise.column_roles import ColumnRoles

Row = Mapping[str, Any]
LOOKED_AT = 5000
"""Rows whose values decide whether a column holds what its name promises."""
STRATA = 1_000
"""A column with more values than this does not split the rows into strata."""
LONGEST = 60
"""Characters of a text that may be the name of a stratum."""
DISTINCT = 20
"""A column of no more numbers than this is one of strata only."""
NUMBERING = {"index", "sample", "seed", "round", "n_tokens", "row"}
"""Columns that number rows: never strata."""
IGNORED = "ignored"
SCORE_OF_PEOPLE = "score by people"
LABEL_OF_PEOPLE = "label by people"


@dataclass(frozen=True, slots=True)
class ColumnUse:
    """What one column is taken for."""

    column: str
    role: str
    """prompt, completion, gold, verdict, further judge, prompt's id, source model, confidence, score by people,
    stratum, number, ignored, ..."""
    why: str
    """Its name, its content, or the option that named it."""
    option: str = ""
    """The option that changes it; empty where none does."""


def column_uses(roles: ColumnRoles, sample: Sequence[Row], *, partial: bool = False) -> tuple[ColumnUse, ...]:
    """Every column of some rows of a file (as the file holds them), in the file's order.

    ``partial``: the file has more rows.
    """
    rows = list(roles.rows(sample))
    columns = list({str(column): None for row in rows for column in row})
    with_role = _with_role(roles, rows)
    uses = []
    if roles.melted is not None:
        uses.append(
            ColumnUse(", ".join(roles.melted.columns), "several completions", roles.melted.said(), "--completion")
        )
    for column in columns:
        found = [use for head, use in with_role if head == column]
        uses += found or [_unnamed(column, roles, rows)]
    return in_sample(uses) if partial else tuple(uses)


def in_sample(uses: Sequence[ColumnUse]) -> tuple[ColumnUse, ...]:
    """The same of a file that has more rows than were looked at."""
    return tuple(replace(use, why=f"{use.why} looked at") if "every row" in use.why else use for use in uses)


def use_sentences(uses: Sequence[ColumnUse], path: str = "") -> Iterator[str]:
    """What somebody should know of the columns that have no role, in a few sentences; ``path``: of the file, if any."""
    for use in uses:
        if use.role in (SCORE_OF_PEOPLE, LABEL_OF_PEOPLE):
            yield (
                f"{use.column}: {use.why}; neither gold nor verdict until you say which of them are good: {use.option}"
            )
    judges = [use.column for use in uses if use.option == "--judge-column" and use.role in ("number", "stratum")]
    if judges:
        yield f"not the verdict, though it may be one (--judge-column): {', '.join(judges)}"
    ignored = [use for use in uses if use.role == IGNORED]
    if ignored:
        shown = [f"{use.column} ({use.why})" for use in ignored[:6]]
        more = f" and {len(ignored) - 6:,} more" if len(ignored) > 6 else ""
        listed = f"; `openloop read {shlex.quote(path)}` lists all" if path else ""
        yield (
            f"ignored: {', '.join(shown)}{more}. Name a column to use it (--completion, --gold, --judge-column, ...)"
            f"{listed}"
        )


def _with_role(roles: ColumnRoles, rows: Sequence[Row]) -> list[tuple[str, ColumnUse]]:
    """Head of each column that has a role → its use; an object may have several."""
    named, texts = roles.named, roles.texts
    found: list[tuple[str, ColumnUse]] = []

    def add(path: str | None, role: str, option: str, by: str | None, content: str = "") -> None:
        if path is not None:
            why = f"named with {option}" if by is not None else "its name"
            found.append((_head(path, rows), ColumnUse(path, role, f"{why}; {content}" if content else why, option)))

    for column in texts.prompt:
        add(column, "prompt", "--prompt", named.prompt)
    if texts.conversation is not None:
        both = texts.completion is None
        add(texts.conversation, "prompt and completion" if both else "prompt", "--prompt", named.prompt, "chat turns")
    if texts.completion is not None:
        empty = sum(not _says(row, texts.completion) for row in rows)
        add(
            texts.completion,
            "completion",
            "--completion",
            None if roles.melted is not None else named.completion,
            f"empty or missing in {empty:,} of {len(rows):,} rows" if empty else "",
        )
    if roles.gold is not None:
        if roles.gold_is_score:
            found.append((_head(roles.gold.path, rows), _of_people(roles.gold.path, _held(roles.gold, rows), "gold")))
        else:
            add(roles.gold.spelled, "gold", "--gold", named.gold, _classes(rows, roles))
    for place, verdict in enumerate(roles.verdicts):
        by = verdict.spelled if named.verdicts else None
        content = content_of(_held(verdict, rows))
        add(verdict.spelled, "further judge" if place else "verdict", "--judge-column", by, content)
    if roles.annotators is not None:
        for column in sorted(roles.annotators.uses - {roles.gold.path if roles.gold else ""}):
            role = "annotator" if column == roles.annotators.who else "annotators' labels"
            add(column, role, "--annotators", column if named.annotators else None)
    found += [(column, _of_people(column, [row.get(column) for row in rows])) for column in roles.human_scores]
    add(roles.swapped.path if roles.swapped else None, "verdict, answers swapped", "--swapped", named.swapped)
    add(roles.first.path if roles.first else None, "verdict, answers as first asked", "--swapped", None)
    if roles.group == SAME_ROW:
        found.append(
            (SAME_ROW, ColumnUse(SAME_ROW, "prompt's id", "added: the row that held the completions", "--group"))
        )
    else:
        add(roles.group, "prompt's id", "--group", named.group)
    names = content_of([row.get(roles.model) for row in rows]) if roles.model else ""
    add(roles.model, "source model", "--model", named.model, names)
    low = "low where the model is sure" if roles.confidence and roles.confidence_falls else ""
    add(roles.confidence, "confidence", "--confidence", named.confidence, low)
    if roles.likelihood is not None:
        if roles.likelihood.logprob != roles.confidence:
            add(roles.likelihood.logprob, "log-probability of the completion", "", None)
        add(roles.likelihood.n_tokens, "tokens", "", None)
    add(roles.step, "training step", "--step", named.step)
    add(roles.judge_model, "judge's model", "--judge-model", named.judge_model)
    return found


def _held(column: ColumnRef, rows: Sequence[Row]) -> list[Any]:
    return [column.look_up(row) for row in rows]


def _of_people(column: str, values: Sequence[Any], role: str = "") -> ColumnUse:
    if not all_readable(values, number):
        first = next((str(value) for value in values if value is not None), "VALUE")
        return ColumnUse(column, LABEL_OF_PEOPLE, content_of(values), f"--gold {shlex.quote(f'{column}=={first}')}")
    cut = _good_from([number(value) for value in values])
    return ColumnUse(column, role or SCORE_OF_PEOPLE, content_of(values), f"--gold {shlex.quote(f'{column}>={cut:g}')}")


def _unnamed(column: str, roles: ColumnRoles, rows: Sequence[Row]) -> ColumnUse:
    if column in roles.used:
        return ColumnUse(column, "used", "its name")
    return use_without_role(column, rows, has_gold=roles.gold is not None)


def use_without_role(column: str, rows: Sequence[Row], *, has_gold: bool) -> ColumnUse:
    """What becomes of a column that has no role: a stratum, a number, or nothing."""
    values = [row.get(column) for row in rows]
    held = [value for value in values if value is not None]
    option = _option(column, held, has_gold=has_gold)
    if not held:
        return ColumnUse(column, IGNORED, "empty in every row")
    if any(isinstance(value, list | tuple | Mapping) for value in held):
        kind = "objects" if isinstance(held[0], Mapping) else "lists"
        return ColumnUse(column, IGNORED, kind, option)
    texts = [value for value in held if isinstance(value, str)]
    numbers = [v for v in held if isinstance(v, int | float) and not isinstance(v, bool)]
    distinct = {str(value) for value in held}
    if len(distinct) == 1 and len(held) == len(rows) > 1:
        return ColumnUse(column, IGNORED, "the same in every row", option)
    if column in NUMBERING:
        return ColumnUse(column, IGNORED, "numbers the rows")
    if len(numbers) == len(held) and len(distinct) > DISTINCT:
        return ColumnUse(column, "number", content_of(values), option)
    if max(map(len, texts), default=0) <= LONGEST and len(distinct) <= min(STRATA, max(1, len(held) - 1)):
        return ColumnUse(column, "stratum", content_of(values), option)
    if max(map(len, texts), default=0) <= LONGEST:
        return ColumnUse(column, IGNORED, "a value of its own in every row", option)
    return ColumnUse(column, IGNORED, "a text that is neither prompt nor completion", option or "--completion")


def _option(column: str, held: Sequence[Any], *, has_gold: bool) -> str:
    """The option under which a column without a role would make sense."""
    if not has_gold and all_readable(held, two_class) and len({two_class(value) for value in held}) == 2:
        return "--gold"
    if is_named(column, *VERDICTS, *GOLD) and all_readable(held, number):
        return "--judge-column" if is_named(column, *VERDICTS) else "--gold"
    return "--completion" if is_named(column, *COMPLETIONS) else ""


def _classes(rows: Sequence[Row], roles: ColumnRoles) -> str:
    """``good in 30 rows, bad in 10``."""
    assert roles.gold is not None
    counts: Counter[str] = Counter()
    for row in rows:
        try:
            value = two_class(cell(roles.gold, row))
        except Unreadable:
            return content_of([roles.gold.look_up(row) for row in rows])
        counts["unknown" if math.isnan(value) else "good" if value else "bad"] += 1
    return ", ".join(f"{name} in {counts[name]:,}" for name in ("good", "bad", "unknown") if counts[name])


def content_of(values: Sequence[Any]) -> str:
    """What a column holds, in a few words."""
    held = [value for value in values if value is not None and value == value and value != ""]
    if not held:
        return "empty in every row"
    if isinstance(held[0], list):
        return "lists of numbers"
    if all(map(is_test_results, held)) and max(map(len, held)) > 3:
        return "texts of 0 and 1, one per test"
    distinct = {str(value): None for value in held}
    if all_readable(held, two_class):
        shown = list(distinct)[:4]
        return " or ".join(sorted(shown)) if len(distinct) <= 4 else "classes"
    if all_readable(held, number):
        read = [value for value in map(number, held) if value == value]
        low, high = min(read), max(read)
        return f"numbers from {low:.4g} to {high:.4g}"
    most = [str(value) if len(str(value)) <= 20 else f"{str(value)[:19]}…" for value in list(distinct)[:3]]
    return f"{len(distinct):,} values: {', '.join(most)}" + (", ..." if len(distinct) > 3 else "")


def _good_from(values: Sequence[float]) -> float:
    """A score that may be the lowest good one, as an example: above the middle of the scale."""
    known = sorted({value for value in values if value == value})
    middle = (known[0] + known[-1]) / 2
    return next((value for value in known if value > middle), middle) if len(known) <= DISTINCT else middle


def _says(row: Row, column: str) -> bool:
    held = look_up(row, column)
    return bool(str(held).strip()) if isinstance(held, str) else held is not None and held != []


def _head(path: str, rows: Sequence[Row]) -> str:
    """The column that a path or comparison begins with."""
    plain = re.split(r"\s*(?:>=|<=|==|!=|>|<)", path)[0]
    if any(path in row for row in rows):
        return path
    return plain if any(plain in row for row in rows) else plain.partition(".")[0]
