"""Pairs of responses as files hold them: what a row says once its columns are known."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

from openloop.data.column_ref import ColumnRef
from openloop.data.content import text_of
from openloop.data.gold import Unreadable, cell, number, short
from openloop.data.messages import turns
from openloop.data.preference_cells import Names, Preference, Scale, read_preference, win_of
from openloop.data.recognise.column_roles import NamedColumns
from openloop.data.recognise.pair_names import RIGHT, WRONG
from openloop.data.recognise.pair_people import PairPeople, most_say
from openloop.data.recognise.texts import TextColumns
from openloop.errors import DataError
from openloop.records import Content

ASSISTANT = (
    "\n\nAssistant:",
    "\nAssistant:",
    "<|assistant|>\n",
    "<|im_start|>assistant\n",
    "<|start_header_id|>assistant<|end_header_id|>\n\n",
    "<start_of_turn>model\n",
    "### Response:\n",
    "[/INST]",
)
"""Where the assistant begins to speak in a whole conversation written as one text."""


@dataclass(frozen=True, slots=True)
class PreferenceColumn:
    """A column that says which response is preferred."""

    ref: ColumnRef
    scale: Scale
    turned: bool = False
    """Whether low numbers speak for the first response."""


@dataclass(frozen=True, slots=True)
class PairRow:
    """One row of a file of pairs. Wins are 1 for the first response, 0 for the second, .5 for a tie, NaN unknown."""

    prompt: Content
    first: Content
    second: Content
    margin: float
    """How much the judge (where the file has chosen and rejected: its scores) prefers the first; NaN unknown."""
    win: float
    """Which one the pair would be trained towards."""
    judges: tuple[float, ...] = ()
    """Wins by judge, in the order first asked."""
    swapped: float = math.nan
    """Win of the *first* response when the first judge was shown the second one first."""
    gold: float = math.nan
    models: tuple[str, str] | None = None
    people: Mapping[str, float] = field(default_factory=dict)
    """Wins by person, of those who say something."""


@dataclass(frozen=True, slots=True)
class PairColumns:
    """Where the two responses are and who says which is better."""

    first: str
    second: str
    chosen: bool
    """Whether the first is the preferred one by its name."""
    texts: TextColumns
    """Where the prompt is."""
    verdicts: tuple[PreferenceColumn, ...] = ()
    """The judge first; the others are further ones."""
    swapped: PreferenceColumn | None = None
    gold: PreferenceColumn | None = None
    gold_is_first: bool = False
    """Whether somebody said that chosen is right and the scores are what is audited."""
    scores: tuple[str, str] | None = None
    margin: str | None = None
    models: tuple[str, str] | None = None
    group: str | None = None
    turned: bool = False
    """Whether low scores, and low numbers of a verdict, speak for a response."""
    note: str = ""
    """What else to say of this reading."""
    named: NamedColumns = field(default_factory=NamedColumns)
    """What somebody named; everything else was detected."""
    people: PairPeople | None = None
    """Several people's preferences: gold is what most of them say where no column is gold, and says what to train on
    where nothing else does."""

    @property
    def has_numbers(self) -> bool:
        """Whether anything could be the other way round."""
        return bool(self.scores or self.margin or any(column.scale != "names" for column in self.verdicts))

    @property
    def by_file(self) -> bool:
        """Whether the file itself says which one to prefer."""
        return self.chosen and not self.gold_is_first

    @property
    def by_people(self) -> bool:
        """Whether what most people prefer is the only preference."""
        return self.people is not None and not self.chosen and not self.verdicts and self.scores is None

    @property
    def used(self) -> set[str]:
        """Columns with a role; the others may be strata."""
        refs = [column.ref.path.split(".")[0] for column in (*self.verdicts, self.swapped, self.gold) if column]
        refs += [column.split(".")[0] for column in self.people.annotators.uses] if self.people else []
        names = [*refs, *self.texts.uses, *(self.scores or ()), *(self.models or ()), self.margin, self.group]
        return {self.first, self.second, *(name for name in names if name)}

    @property
    def margin_said(self) -> str:
        """Where the margin is from, for people; empty where there is none."""
        return f"{self.scores[0]} − {self.scores[1]}" if self.scores else self.margin or ""

    @property
    def shows_orders(self) -> bool:
        """Whether the first response is the one that a judge was shown first."""
        return not self.chosen

    def read(self, row: Mapping[str, Any]) -> PairRow:
        """What a row says. Raises DataError, without a place, for what cannot be read."""
        prompt, first, second = self._texts(row)
        models = self._models(row)
        names = self._names(models)
        judged = [self._read(column, row, names) for column in self.verdicts]
        margin = self._margin(row)
        people = self._people(row, names)
        if self.by_file:
            win = 1.0
        elif self.by_people:
            win = most_say(people.values())
        else:
            win = judged[0].win if judged else win_of(margin)
            # A verdict in words says which one; how much is what the scores say, if there are any.
            if judged and (self.verdicts[0].scale != "names" or not self.margin_said):
                margin = judged[0].margin
        gold = 1.0 if self.gold_is_first else self._read(self.gold, row, names).win if self.gold else math.nan
        if self.people is not None and self.gold is None and not self.gold_is_first and not self.by_people:
            gold = most_say(people.values())
        if row.get(self.first) is None or row.get(self.second) is None:
            win = math.nan
        wins = tuple(one.win for one in judged)
        return PairRow(
            prompt,
            first,
            second,
            margin,
            win,
            wins or (() if math.isnan(margin) else (win_of(margin),)),
            self._in_the_other_order(row, names),
            gold,
            models,
            people,
        )

    def label_of(self, row: Mapping[str, Any]) -> float:
        """What a label that was filled in under ``gold`` says of a row of the data. Raises DataError."""
        column = self.gold or PreferenceColumn(ColumnRef("gold"), "share")
        return self._read(column, row, self._names(self._models(row))).win

    def _models(self, row: Mapping[str, Any]) -> tuple[str, str] | None:
        return None if self.models is None else (str(row.get(self.models[0])), str(row.get(self.models[1])))

    def _in_the_other_order(self, row: Mapping[str, Any], names: Names) -> float:
        if self.swapped is None:
            return math.nan
        found = self._read(self.swapped, row, names)
        return found.win if found.by_name else 1 - found.win

    def _names(self, models: tuple[str, str] | None) -> Names:
        words = [{self.first.lower()}, {self.second.lower()}]
        for side, letter in enumerate("ab"):
            words[side] |= {f"response_{letter}", f"model_{letter}", f"assistant_{letter}", f"output_{side + 1}"}
            words[side] |= {self.models[side].lower()} if self.models else set()
        if self.chosen:
            words[0] |= set(RIGHT)
            words[1] |= set(WRONG)
        if models is not None and models[0] != models[1]:
            words[0].add(models[0].lower())
            words[1].add(models[1].lower())
        return Names(words[0], words[1])

    def _people(self, row: Mapping[str, Any], names: Names) -> Mapping[str, float]:
        if self.people is None:
            return {}
        try:
            return self.people.wins(row, names)
        except Unreadable as error:
            raise self._unreadable(self.people.annotators.spelled, error.args[0]) from None

    def _read(self, column: PreferenceColumn, row: Mapping[str, Any], names: Names) -> Preference:
        try:
            return read_preference(cell(column.ref, row), column.scale, names, turned=column.turned)
        except Unreadable as error:
            raise self._unreadable(column.ref.spelled, error.args[0]) from None

    def _unreadable(self, column: str, value: Any) -> DataError:
        return DataError(
            f"{column} is {short(value)}, which does not say which of {self.first} and {self.second} is preferred. "
            "Allowed: A/B/tie, first/second, their columns' or models' names, numbers of one scale, or nothing (null)."
        )

    def _margin(self, row: Mapping[str, Any]) -> float:
        try:
            if self.scores is not None:
                margin = number(row.get(self.scores[0])) - number(row.get(self.scores[1]))
            else:
                margin = math.nan if self.margin is None else number(row.get(self.margin))
            return 0.0 - margin if self.turned else margin
        except Unreadable as error:
            raise DataError(
                f"{self.margin_said}: {short(error.args[0])} is no number. Allowed: numbers, null."
            ) from None

    def _texts(self, row: Mapping[str, Any]) -> tuple[Content, Content, Content]:
        """The prompt and the two responses, what both repeat of the conversation taken off them."""
        prompt, _ = self.texts.split(row, set())
        held = [row.get(self.first), row.get(self.second)]
        if any(isinstance(value, list | tuple | Mapping) for value in held):
            return _of_turns(prompt, *(_as_turns(value) for value in held))
        first, second = (text_of(value) for value in held)
        if isinstance(prompt, list | tuple):
            return turns(prompt, set()), first, second
        asked = text_of(prompt)
        if asked and first.startswith(asked) and second.startswith(asked):
            return asked, first[len(asked) :], second[len(asked) :]
        return (asked, first, second) if asked else split_shared(first, second)


def split_shared(first: str, second: str) -> tuple[str, str, str]:
    """Two whole conversations as a prompt and two responses: they part where the assistant last begins to speak.

    Without such a place in what they share there is no prompt.
    """
    same = next((i for i, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), None)
    shared = first[: min(len(first), len(second)) if same is None else same]
    ends = [shared.rfind(mark) + len(mark) for mark in ASSISTANT if mark in shared]
    cut = max(ends, default=0)
    return first[:cut], first[cut:], second[cut:]


def _as_turns(value: Any) -> list[Any]:
    if isinstance(value, Mapping):  # one message
        value = [value]
    return turns(value, set()) if isinstance(value, list | tuple) else turns([_assistant(text_of(value))], set())


def _assistant(text: str) -> dict[str, str]:
    return {"role": "assistant", "content": text}


def _of_turns(prompt: Any, first: Sequence[Any], second: Sequence[Any]) -> tuple[Content, Content, Content]:
    same = len(list(takewhile(lambda both: both[0] == both[1], zip(first, second, strict=False))))
    # Equal responses share every turn: the last one by the assistant is the response all the same.
    same = min(same, len(first) - 1, len(second) - 1) if same else same
    shared = list(first[:same])
    if not shared and prompt is not None:
        shared = [{"role": "user", "content": prompt}] if isinstance(prompt, str) else turns(prompt, set())
    return shared, list(first[same:]), list(second[same:])
