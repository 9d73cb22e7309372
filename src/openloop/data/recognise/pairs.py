"""Which columns make a pair of responses: (prompt, chosen, rejected), or two responses with a verdict or gold."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from openloop.data.column_ref import ColumnRef, look_up, parse_column
from openloop.data.columns import Columns, kinds_of
from openloop.data.gold import Unreadable, all_readable, cell, number, short
from openloop.data.preference_cells import Names, scale_of
from openloop.data.recognise import pair_names
from openloop.data.recognise.column_roles import NamedColumns
from openloop.data.recognise.column_use import LOOKED_AT
from openloop.data.recognise.layouts import guess_texts
from openloop.data.recognise.names import COMPLETIONS, first_named
from openloop.data.recognise.pair_columns import PairColumns, PreferenceColumn
from openloop.data.recognise.pair_people import pair_people, who_repeats_pairs
from openloop.data.recognise.texts import TextColumns
from openloop.errors import DataError, InputError, nearest

Row = Mapping[str, Any]
_TEXTS = ("text", "list", "mixed")


def recognise_pairs(
    sample: Sequence[Row], named: NamedColumns, name: str, *, turned: bool = False
) -> PairColumns | None:
    """The columns of a file of pairs that errors call ``name``, from the rows at its start; None for other files.

    ``turned``: low numbers of the verdict speak for the first response. ``--completion`` asks for ordinary rows.
    Raises DataError for a named column that is not there or says nothing of two responses, and where two responses
    stand in a row and nothing says which is preferred.
    """
    if named.completion is not None or not sample:
        return None
    columns = kinds_of(sample)
    found = _responses(columns)
    if found is None:
        return None
    _refuse_options_of_rows(named, name, found[0])
    first, second, chosen = found
    texts = _prompt(columns, named, {first, second}, name)
    models = _partners(columns, found, pair_names.MODELS, ("text", "mixed"))
    numbers = {c: "number" if _holds_numbers(c, kind, sample) else kind for c, kind in columns.items()}
    scores = _partners(numbers, found, pair_names.SCORES, ("number",))
    margin = first_named((pair_names.MARGIN,), columns, (), lambda c: numbers[c] == "number")
    reads = _Reader(sample[:LOOKED_AT], columns, name, found, models, turned)
    taken = {first, second, *texts.uses, *(models or ()), *(scores or ()), *([margin] if margin else [])}
    gold_is_first = chosen and named.gold == first
    swapped = reads.named(named.swapped, "--swapped")
    verdicts = tuple(reads.named(column, "--judge-column") for column in named.verdicts)
    taken |= {column.ref.path for column in (swapped, *verdicts) if column}
    if named.swapped is not None and chosen and not gold_is_first and not verdicts:
        raise InputError(
            f"--swapped {named.swapped}: {name} does not say who preferred {first}, nor in which order. Name the "
            "verdict that it belongs to with --judge-column."
        )
    # A column called gold that cannot be read is not passed over: reading it says what to do.
    trusted = named.gold or ("gold" if columns.get("gold", "null") != "null" and "gold" not in taken else None)
    gold = None if gold_is_first else reads.named(trusted, "--gold")
    free = [column for column in columns if column not in taken | ({gold.ref.path} if gold else set())]
    people = pair_people(sample[:LOOKED_AT], columns, named.annotators, free, reads.names, name)
    taken |= people.annotators.uses if people else set()
    gold = gold or (None if gold_is_first else reads.first(_gold_names(chosen), taken))
    taken |= {gold.ref.path} if gold else set()
    if swapped is None and (verdicts or not chosen or gold_is_first):
        swapped = reads.first((pair_names.SWAPPED,), taken) or reads.inside("orders", "swapped")
        taken |= {swapped.ref.path.split(".")[0]} if swapped else set()
    if not verdicts and not (chosen and not gold_is_first):
        inside = reads.inside("orders", "first")
        verdicts = (inside,) if inside else reads.judges(taken)
    judged = tuple(column for column in verdicts if column is not None)
    note = ""
    if not chosen and not judged and scores is None and people is not None:
        note = "what most of these people prefer is the only preference: it says what to train on, and is not gold"
    elif not chosen and not judged and scores is None and gold is not None:
        if named.gold is not None:
            raise DataError(
                f"{name}: --gold {named.gold}: no other column was taken for a verdict, so gold would be compared with "
                "itself. Leave it out (the pairs to train on are then as it has them), or name a verdict with "
                "--judge-column."
            )
        note = f"{gold.ref.spelled} is the only preference: it says what to train on, and is not gold"
        judged, gold = (gold,), None
    if (not chosen or gold_is_first) and not judged and scores is None and (people is None or gold_is_first):
        if any(column.lower() in COMPLETIONS for column in columns) and not gold_is_first:
            return None
        raise DataError(
            f"{name}: two responses a row ({first}, {second}), and no column says which of them is preferred. Name it "
            "with --judge-column (A/B/tie, 1/2, the columns' or the models' names, a number), or a trusted one with "
            "--gold; to audit one of them as ordinary rows: --completion "
            f"{first}."
        )
    if people is None:
        note = "; ".join(filter(None, (note, who_repeats_pairs(sample[:LOOKED_AT], free, (first, second)))))
    group = named.group
    if group is not None and all(look_up(row, group) is None for row in sample):
        raise DataError(f"{name}: no column {group!r} (--group); {nearest(group, columns)}")
    made = PairColumns(
        first,
        second,
        chosen,
        texts,
        verdicts=judged,
        swapped=swapped,
        gold=gold,
        gold_is_first=gold_is_first,
        scores=scores,
        margin=margin,
        models=models,
        group=group,
        turned=turned,
        note=note,
        named=named,
        people=people,
    )
    if turned and not made.has_numbers:
        raise InputError(f"--lower-is-better: {name} has no verdict in numbers and no score that it could turn round.")
    return made


def _responses(columns: Columns) -> tuple[str, str, bool] | None:
    """The two responses, and whether the first is the preferred one by its name."""
    spelled = {column.lower(): column for column, kind in columns.items() if kind in (*_TEXTS, "object", "number")}
    for better, worse in pair_names.SIDES:
        if better in spelled and worse in spelled:
            return spelled[better], spelled[worse], True
    for base in pair_names.RESPONSES.split("|"):
        for first, second, _ in pair_names.sides(columns, base, lambda c: columns[c] in _TEXTS):
            return first, second, False
    return None


def _holds_numbers(column: str, kind: str, sample: Sequence[Row]) -> bool:
    """Whether a column holds numbers; every value of a CSV is a text."""
    return kind == "number" or (kind == "text" and all_readable([row.get(column) for row in sample], number))


def _partners(
    columns: Columns, found: tuple[str, str, bool], base: str, kinds: tuple[str, ...]
) -> tuple[str, str] | None:
    """Two columns beside the responses that say the same of each: their scores, their models."""
    first, second, chosen = found
    usable = [column for column, kind in columns.items() if kind in kinds and column not in (first, second)]
    if chosen:
        words = next(words for words in pair_names.SIDES if words == (first.lower(), second.lower()))
        return pair_names.worded(usable, words, base)
    return next(((one, other) for one, other, _ in pair_names.sides(usable, base, lambda _: True)), None)


def _prompt(columns: Columns, named: NamedColumns, responses: set[str], name: str) -> TextColumns:
    """Where the prompt is; nothing where the responses share it."""
    others = {column: kind for column, kind in columns.items() if column not in responses}
    if named.prompt is not None and named.prompt.partition(".")[0] not in columns:
        raise DataError(f"{name}: no column {named.prompt!r} (--prompt); {nearest(named.prompt, columns)}")
    found = guess_texts(others, named.prompt)
    prompt = found.prompt
    if not prompt:
        prompt = tuple(c for c in pair_names.CONTEXTS if columns.get(c) in ("text", "list"))[:1]
    conversation = None if prompt else found.conversation
    return TextColumns("pairs", prompt=prompt, conversation=conversation)


def _refuse_options_of_rows(named: NamedColumns, name: str, first: str) -> None:
    """Raise InputError for an option that says nothing of pairs."""
    for option, column in (
        ("--model", named.model),
        ("--confidence", named.confidence),
        ("--judge-model", named.judge_model),
        ("--step", named.step),
    ):
        if column is not None:
            raise InputError(
                f"{option} {column}: {name} holds pairs of responses, for which it is not read; models are read from "
                f"model_a and model_b or chosen_model and rejected_model. To audit one side as rows: --completion "
                f"{first}."
            )


def _gold_names(chosen: bool) -> tuple[str, ...]:
    return (*pair_names.GOLD, *(pair_names.GOLD_OF_CHOSEN if chosen else ()))


class _Reader:
    """Finds the columns that say which of two responses is preferred."""

    def __init__(
        self,
        rows: Sequence[Row],
        columns: Columns,
        name: str,
        found: tuple[str, str, bool],
        models: tuple[str, str] | None,
        turned: bool,
    ) -> None:
        self.rows, self.columns, self.name, self.turned = rows, columns, name, turned
        responses = found[:2]
        held = [{str(row.get(column)).lower() for row in rows} for column in models or ()]
        words = [{column.lower() for column in side} for side in zip(responses, models or responses, strict=True)]
        self.names = Names(words[0] | (held[0] if held else set()), words[1] | (held[1] if held else set()))
        if found[2]:
            self.names = Names({*self.names.first, *pair_names.RIGHT}, {*self.names.second, *pair_names.WRONG})
        self.known = set().union(*held) if held else set()

    def column(self, ref: ColumnRef) -> PreferenceColumn | None:
        """The column, where every cell of it can be read."""
        try:
            cells = [cell(ref, row) for row in self.rows]
        except Unreadable:
            return None
        # Models may change sides: here any of their names will do, a row's own decide when it is read.
        cells = [held for held in cells if not (isinstance(held, str) and held.strip().lower() in self.known)]
        named = len(cells) < len(self.rows)
        scale = scale_of(cells, self.names) or ("names" if named and all(held is None for held in cells) else None)
        return None if scale is None else PreferenceColumn(ref, scale, self._turned(ref, scale))

    def named(self, text: str | None, option: str) -> PreferenceColumn | None:
        """A column that somebody named. Raises DataError."""
        if text is None:
            return None
        try:
            ref = parse_column(text, self.columns)
        except ValueError:
            raise DataError(f"{self.name}: {option} {text!r}: compare with a number, as in 'votes>=3'.") from None
        if ref.path not in self.columns and all(ref.look_up(row) is None for row in self.rows):
            raise DataError(f"{self.name}: no column {ref.path!r} ({option}); {nearest(ref.path, self.columns)}")
        found = self.column(ref)
        if found is None:
            raise InputError(
                f"{self.name}: {option} {text}: holds {self.shown(ref.path)}, which does not say which of two "
                "responses is better. Allowed: A/B/tie, first/second, the columns' or the models' names, true/false, "
                "numbers from 0 to 1 or from 1 to 2, or a margin with a sign."
            )
        return found

    def shown(self, path: str) -> str:
        """Some of what a column holds."""
        return ", ".join(sorted({short(look_up(row, path)) for row in self.rows})[:5])

    def first(self, names: Sequence[str], taken: set[str]) -> PreferenceColumn | None:
        """The first column with such a name that can be read."""
        found = first_named(names, self.columns, taken, lambda c: self.column(ColumnRef(c)) is not None)
        return None if found is None else self.column(ColumnRef(found))

    def inside(self, column: str, key: str) -> PreferenceColumn | None:
        """A part of an object column, such as the orders that a rubric judge records."""
        return self.column(ColumnRef(f"{column}.{key}")) if self.columns.get(column) == "object" else None

    def judges(self, taken: set[str]) -> tuple[PreferenceColumn, ...]:
        """The verdict, and further judges with names of the same kind or in the same object."""
        for pattern in pair_names.VERDICTS:
            matching = [c for c in self.columns if c not in taken and re.fullmatch(pattern, c.lower())]
            found = [column for c in matching if (column := self.column(ColumnRef(c))) is not None]
            if found:
                return tuple(found)
            for c in (c for c in matching if self.columns[c] == "object"):
                keys = sorted({str(key) for row in self.rows for key in row.get(c) or {}})
                found = [column for key in keys if (column := self.column(ColumnRef(f"{c}.{key}"))) is not None]
                if found:
                    return tuple(found)
        return ()

    def _turned(self, ref: ColumnRef, scale: str) -> bool:
        default = scale == "margin" and ref.path.lower() in pair_names.SECOND_FIRST
        return default != (self.turned and scale != "names")
