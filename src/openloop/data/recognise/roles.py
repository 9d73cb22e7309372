"""Which columns are the prompt, the completion, gold, the verdict and the rest, detected by name and content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from openloop.data.column_ref import ColumnRef, look_up, parse_column
from openloop.data.columns import Columns, kinds_of
from openloop.data.gold import all_readable, number, two_class
from openloop.data.recognise.annotators import annotators, labelled_by_row
from openloop.data.recognise.candidates import (
    holds_numbers,
    human_scores,
    judges_of,
    may_be_gold,
    may_be_verdict,
    names_models,
)
from openloop.data.recognise.column_roles import ColumnRoles, NamedColumns
from openloop.data.recognise.column_use import LOOKED_AT
from openloop.data.recognise.layouts import guess_texts, recognise_texts
from openloop.data.recognise.likelihoods import likelihood_columns
from openloop.data.recognise.log_columns import log_of, named_in
from openloop.data.recognise.melting import SAME_ROW, melting_of
from openloop.data.recognise.names import CONFIDENCES, GROUPS, MODELS, STEPS, first_named
from openloop.data.recognise.unclear import require_clear_completion, require_one_gold, require_one_verdict
from openloop.errors import DataError, nearest

Row = Mapping[str, Any]


def recognise(
    sample: Sequence[Row], named: NamedColumns, name: str, *, guess: bool = False, ask: bool = True
) -> ColumnRoles:
    """The roles of the columns of a file that errors call ``name``, from the rows at its start.

    With ``guess`` the likeliest prompt and completion are taken where several layouts fit, or none. Raises
    UnclearColumns where several columns may be meant and which one changes the result (unless ``ask`` is false: then
    the first is taken); DataError for a named column that is not there, and without ``guess`` where the prompt is not
    certain.
    """
    log = log_of(sample, named, name)
    if log is not None:
        sample, named = list(log.rows(sample[:LOOKED_AT])), named_in(named, log)
    melting = melting_of(sample, named.completion)
    if melting is not None and melting.listed:
        named = replace(named, completion=melting.element or "completion")
    rows = sample if melting is None else list(melting.placed(sample[:LOOKED_AT], name))
    looked_at = rows[:LOOKED_AT]
    columns = kinds_of(rows)
    for option, path in (("--prompt", named.prompt), ("--completion", named.completion)):
        if path is not None and path.partition(".")[0] not in columns:
            raise DataError(f"{name}: no column {path!r} ({option}); {nearest(path, columns)}")
    if guess:
        others = [c for c in (named.gold, named.group, named.model, *named.verdicts) if c is not None]
        texts = guess_texts(columns, named.prompt, named.completion, others)
    else:
        texts = recognise_texts(columns, name, named.prompt, named.completion)
    if ask:
        require_clear_completion(texts, looked_at, name)
    if melting is not None and melting.listed and not texts.has_prompt and named.group is None:
        melting = replace(melting, marked=True)
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
    may_be = [] if gold is not None else may_be_gold(columns, looked_at, taken | set(named.annotators))
    single = gold or (ColumnRef(may_be[0]) if may_be and len(named.annotators) == 1 else None)
    people = annotators(rows, columns, named.annotators, single, taken, name)
    taken |= people.uses if people else set()
    if people and gold and gold.path in people.uses:
        gold = None
    elif gold is None:
        may_be = [column for column in may_be if column not in taken]
        if ask and guess and may_be:
            require_one_gold(may_be, looked_at, name)
        gold = ColumnRef(may_be[0]) if may_be else None
    if people is None and gold is not None:
        people = labelled_by_row(rows, columns, gold, taken, texts.texts)
    if people is not None and people.who:
        gold = people.labels[0]
        taken.add(people.who)
    first = None
    orders: Mapping[str, Any] = next((row["orders"] for row in rows if isinstance(row.get("orders"), Mapping)), {})
    if swapped is None and {"first", "swapped"} <= orders.keys():
        first, swapped = ColumnRef("orders.first"), ColumnRef("orders.swapped")
    taken |= {gold.path} if gold else set()
    scored_by_people = human_scores(columns, looked_at, taken)
    taken |= set(scored_by_people)
    if not verdicts:
        may_be = may_be_verdict(columns, looked_at, taken)
        if ask and guess and gold is not None and may_be:
            require_one_verdict(may_be, looked_at, name)
        verdicts = judges_of(may_be[0], columns, rows, taken) if may_be else ()
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
    group = None if texts.has_prompt else first_named(GROUPS, columns, taken, lambda _: True)
    if melting is not None and melting.marked and group is None:
        group = SAME_ROW
    return ColumnRoles(
        texts,
        gold=gold,
        gold_is_score=gold is not None and not gold.sign and _is_score([gold.look_up(row) for row in looked_at]),
        verdicts=verdicts,
        swapped=swapped,
        first=first,
        group=named.group or group,
        model=named.model or first_named(MODELS, columns, taken, lambda c: names_models(c, looked_at)),
        confidence=named.confidence or first_named(CONFIDENCES, columns, taken, lambda c: holds_numbers(c, looked_at)),
        judge_model=named.judge_model,
        annotators=people,
        step=named.step or first_named(STEPS, columns, taken, lambda c: holds_numbers(c, looked_at)),
        likelihood=likelihood_columns(columns, looked_at, taken),
        log=log,
        human_scores=scored_by_people,
        melted=melting,
        named=named,
    )


def _is_score(values: Sequence[Any]) -> bool:
    return not all_readable(values, two_class) and all_readable(values, number)


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
