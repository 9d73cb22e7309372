"""What every column of a file of pairs is taken for, why, and which option changes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from openloop.data.recognise.column_use import IGNORED, ColumnUse, content_of, in_sample, use_without_role
from openloop.data.recognise.names import STEPS, is_named
from openloop.data.recognise.pair_columns import PairColumns, PreferenceColumn

Row = Mapping[str, Any]


def pair_uses(pairs: PairColumns, sample: Sequence[Row], *, partial: bool = False) -> tuple[ColumnUse, ...]:
    """Every column of some rows, in the file's order; ``partial``: the file has more rows."""
    with_role = _with_role(pairs, sample)
    uses: list[ColumnUse] = []
    for column in {str(column): None for row in sample for column in row}:
        found = [use for use in with_role if use.column == column or use.column.startswith(f"{column}.")]
        if found:
            uses += found
        elif column in pairs.used:
            uses.append(ColumnUse(column, "used", "its name"))
        else:
            use = use_without_role(column, sample, has_gold=pairs.gold is not None)
            if use.role == "number" and is_named(column, *STEPS):
                use = ColumnUse(column, IGNORED, "a step of the training; pairs are not followed over steps")
            uses.append(replace(use, option="") if use.option == "--completion" else use)
    return in_sample(uses) if partial else tuple(uses)


def _with_role(pairs: PairColumns, sample: Sequence[Row]) -> list[ColumnUse]:
    """The columns that have a role; options that would make ordinary rows of the pairs are named as such."""
    its_name = "its name"
    named = pairs.named
    roles = ("chosen response", "rejected response") if pairs.chosen else ("first response", "second response")
    prompts = (*pairs.texts.prompt, *([pairs.texts.conversation] if pairs.texts.conversation else ()))
    why = its_name if named.prompt is None else "named with --prompt"
    found = [ColumnUse(column, "prompt", why, "--prompt") for column in prompts]
    found += [
        ColumnUse(column, role, f"{its_name}, beside {other}", "--completion")
        for column, other, role in zip((pairs.first, pairs.second), (pairs.second, pairs.first), roles, strict=True)
    ]
    for place, verdict in enumerate(pairs.verdicts):
        role = "further judge" if place else "verdict"
        found.append(_preference(verdict, role, "--judge-column", bool(named.verdicts), sample))
    for column, role, option, by in (
        (pairs.swapped, "verdict, responses swapped", "--swapped", named.swapped),
        (pairs.gold, "gold", "--gold", named.gold),
    ):
        if column is not None:
            found.append(_preference(column, role, option, by is not None, sample))
    for columns, role in ((pairs.scores, "score"), (pairs.models, "source model")):
        found += [
            ColumnUse(column, f"{role} of {side}", its_name)
            for column, side in zip(columns or (), (pairs.first, pairs.second), strict=False)
        ]
    if pairs.margin is not None and pairs.scores is None:
        found.append(ColumnUse(pairs.margin, "margin", its_name))
    if pairs.people is not None:
        found += [
            ColumnUse(column, "annotators' labels", its_name, "--annotators")
            for column in sorted(pairs.people.annotators.uses)
        ]
    if pairs.group is not None:
        found.append(ColumnUse(pairs.group, "prompt's id", "named with --group", "--group"))
    return found


def _preference(column: PreferenceColumn, role: str, option: str, by: bool, sample: Sequence[Row]) -> ColumnUse:
    why = f"named with {option}" if by else "its name"
    held = content_of([column.ref.look_up(row) for row in sample])
    return ColumnUse(column.ref.spelled, role, f"{why}; {held}", option)
