"""Columns of numbers that grow with the rows: every text becomes numbers and is not kept."""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from openloop.arrays import Codes, Values
from openloop.auditing.completion_cells import CompletionCells, ranked, text_hash
from openloop.auditing.gold_cells import GoldCells
from openloop.auditing.inputs import AuditInput, Row
from openloop.auditing.likelihood_cells import LikelihoodCells
from openloop.auditing.one_row_each import first_rows, one_row_each
from openloop.auditing.other_columns import OtherColumns, coded
from openloop.auditing.people import PeopleBuilder, PeopleSaid
from openloop.auditing.row_arrays import RowArrays
from openloop.auditing.row_reader import RowReader
from openloop.auditing.verdict_column import direction_said, verdict_values
from openloop.data.column_ref import ColumnRef, look_up
from openloop.data.gold import NAN, Unreadable, cell, number, unreadable
from openloop.data.recognise import ColumnRoles
from openloop.errors import DataError, InputError

COPIED = 20
"""Rows from which on gold and verdict that agree in each are worth a warning."""


class ArrayBuilder:
    """Takes in rows with :meth:`add`; :meth:`arrays` is what they became."""

    def __init__(self, source: AuditInput, roles: ColumnRoles, said: Sequence[str], unit: str = "rows") -> None:
        self.source, self.roles, self.said, self.unit = source, roles, [*said], unit
        self.leaves_out = False
        """Whether rows of the input were left out, so that places must be counted."""
        self.n = 0
        self.key, self.prompt = array("Q"), array("Q")
        self.completions, self.likelihood = CompletionCells(), LikelihoodCells(roles.likelihood)
        self.own, self.confidence, self.step = (array("d") for _ in range(3))
        people = roles.annotators
        self.gold = GoldCells(None if people is not None and people.who else roles.gold)
        self.people = None if people is None else PeopleBuilder(people)
        self.cells: list[list[Any]] = [[] for _ in roles.verdicts]
        self.swapped: list[Any] = []
        self.first: list[Any] = []
        self.models: dict[str, int] = {}
        self.model = array("q")
        self.others = OtherColumns(roles)

    def add(self, rows: Iterable[Row]) -> None:
        """Take in some rows, in order."""
        roles = self.roles
        texts = roles.texts.texts
        for row in rows:
            try:
                prompt, completion = texts(row)
            except DataError as error:
                raise DataError(f"{self.source.name}: {self._where()}: {error}") from None
            group = prompt if roles.group is None else look_up(row, roles.group)
            alone = roles.group is None and not prompt
            self.key.append(_key(prompt, completion, group, row))
            self.prompt.append(0 if alone or group is None else text_hash(str(group)) | 1)  # 0: a prompt of its own
            self._add_gold(row)
            for column, cells in zip(roles.verdicts, self.cells, strict=True):
                cells.append(self._cell(column, row))
            if roles.swapped is not None:
                self.swapped.append(self._cell(roles.swapped, row))
            if roles.first is not None:
                self.first.append(self._cell(roles.first, row))
            if roles.model is not None:
                model = str(look_up(row, roles.model))
                self.model.append(self.models.setdefault(model, len(self.models)))
                if roles.judge_model is not None:
                    self.own.append(float(str(look_up(row, roles.judge_model)) == model))
            if roles.confidence is not None:
                value = self._read(ColumnRef(roles.confidence), row, number)
                self.confidence.append(0.0 - value if roles.confidence_falls else value)
            if roles.step is not None:
                self.step.append(self._read(ColumnRef(roles.step), row, number))
            self.likelihood.add(row)
            if roles.texts.has_completion:
                self.completions.add(prompt, completion)
            self.others.add(row)
            self.n += 1

    def _add_gold(self, row: Row) -> None:
        people = self.roles.annotators
        column = people.compared if people is not None and self.people is not None else self.roles.gold
        try:
            self.gold.add(row)
            if self.people is not None:
                self.people.add(row)
        except Unreadable as error:
            raise self._unreadable(column or ColumnRef("gold"), error.args[0]) from None

    def _cell(self, column: ColumnRef, row: Row) -> Any:
        try:
            return cell(column, row)
        except Unreadable as error:
            raise self._unreadable(column, error.args[0]) from None

    def _read(self, column: ColumnRef | None, row: Row, read: Callable[[Any], float]) -> float:
        if column is None:
            return NAN
        try:
            return read(cell(column, row))
        except Unreadable as error:
            raise self._unreadable(column, error.args[0]) from None

    def _unreadable(self, column: ColumnRef, value: Any) -> DataError:
        return unreadable(column, value, f"{self.source.name}: {self._where()}")

    @property
    def texts(self) -> int:
        """Completions that say something."""
        return self.completions.texts

    def _where(self) -> str:
        return RowReader(self.source, self.roles, leaves_out=self.leaves_out).where(self.n)

    def _prompt_key(self) -> NDArray[np.uint64]:
        """A row without a prompt is its own."""
        key, prompt = (np.array(values, dtype=np.uint64) for values in (self.key, self.prompt))
        return np.where(prompt == 0, key, prompt)

    def _positions(self, column: ColumnRef | None, cells: list[Any]) -> Values | None:
        return None if column is None else verdict_values(column, cells, self.source.name, pairwise=True).score

    def _people(self, first: Codes | None) -> PeopleSaid | None:
        if self.people is None:
            return None
        try:
            return self.people.people(None if first is None else first.tolist())
        except Unreadable as error:
            raise unreadable(self.people.annotators.compared, error.args[0], self.source.name) from None

    def arrays(
        self, accept_at: float | None, *, lower_is_better: bool = False, aggregate: str | None = None
    ) -> RowArrays:
        """Everything as arrays, in the order of the rows' content.

        ``accept_at`` is in the file's own numbers: the highest score that is accepted, where lower is better.
        ``aggregate`` makes one score of the scores of an answer's steps.
        """
        roles = self.roles
        pairwise = roles.swapped is not None and roles.first is None
        if lower_is_better and pairwise:
            raise InputError("--lower-is-better: a verdict that names a position (--swapped) is neither high nor low.")
        said = [*self.said, *direction_said(roles.verdicts, lower_is_better)]
        scores = [
            verdict_values(
                column,
                cells,
                self.source.name,
                pairwise=pairwise,
                aggregate=aggregate,
                lower_is_better=lower_is_better,
            )
            for column, cells in zip(roles.verdicts, self.cells, strict=True)
        ]
        said.extend(values.said for values in scores if values.said)
        if aggregate is not None and not any(values.steps for values in scores):
            raise InputError(f"--aggregate {aggregate}: {_no_steps(roles)}")
        nothing = np.full(self.n, NAN)
        score, repeats = (scores[0].score, scores[0].repeats) if scores else (nothing, None)
        known = score[~np.isnan(score)]
        two = bool(len(known)) and set(np.unique(known)) <= {0.0, 1.0} and repeats is None
        cut = accept_at if accept_at is not None else 0.5 if two else None
        if lower_is_better:
            # Turned round here, once: everything that is measured may take higher for better.
            scores = [values.turned() for values in scores]
            cut = None if cut is None else 0.0 - cut
            score, repeats = (scores[0].score, scores[0].repeats) if scores else (nothing, None)
        accept = nothing if cut is None else np.where(np.isnan(score), NAN, (score >= cut).astype(float))
        chosen = self.source.chosen
        if chosen is not None and chosen.heard and cut is None:
            accept = np.where(np.isnan(score), NAN, chosen.passed.astype(float))
        elif chosen is None and scores and not two and cut is None:
            one = self.unit.removesuffix("s")
            without = f", also the {self.n - len(known):,} without a score" if len(known) < self.n else ""
            said.append(f"the verdict is a score and there is no --accept-at: every {one} counts as kept{without}")
        stray = self.gold.stray()
        if stray is not None and roles.gold is not None:
            raise unreadable(roles.gold, stray[1], f"{self.source.name}: {self.source.where(stray[0])}")
        gold, gold_score = self.gold.gold(), self.gold.score()
        first = first_rows(np.array(self.key)) if roles.annotators is not None and roles.annotators.who else None
        people = self._people(first)
        if people is not None:
            said.extend(people.said)
            if self.gold.column is None:
                gold, gold_score = people.gold, people.gold_score
        said.extend(_agreeing(gold, accept))
        models = coded(self.models, self.model, self.n) if self.model else None
        arrays = RowArrays(
            name=self.source.name,
            said=tuple(said),
            place=np.arange(self.n),
            key=np.array(self.key, dtype=np.uint64),
            prompt=np.array(self.prompt, dtype=np.uint64).view(np.int64),
            prompt_key=self._prompt_key(),
            gold=gold,
            gold_score=gold_score,
            gold_columns=roles.gold_columns,
            annotations=None if people is None else people.labels,
            annotators=() if people is None else people.names,
            label_names=() if people is None else people.label_names,
            score=score,
            accept=accept,
            selected=None if chosen is None else chosen.kept,
            repeats=repeats,
            panel={c.spelled: values.score for c, values in zip(roles.verdicts[1:], scores[1:], strict=True)},
            steps=scores[0].steps if scores else {},
            aggregate=scores[0].aggregate if scores else "",
            swapped=self._positions(roles.swapped, self.swapped),
            first=self._positions(roles.first, self.first),
            model=None if models is None else models[0],
            models=() if models is None else models[1],
            model_column=roles.model or "model",
            own=np.array(self.own) if self.own else None,
            confidence=np.array(self.confidence) if self.confidence else None,
            **self.likelihood.arrays(),
            **self.completions.arrays(),
            step=np.array(self.step) if self.step else None,
            strata=self.others.strata(),
            numbers=self.others.numbers(),
            accept_at=cut,
            lower_is_better=lower_is_better,
            verdict=roles.verdicts[0].spelled if roles.verdicts else "",
            two_class=two or not scores,
            unit=self.unit,
        )
        if first is not None:
            arrays = one_row_each(arrays, first)
        order = np.lexsort((np.nan_to_num(arrays.score, nan=-1e300), np.nan_to_num(arrays.gold, nan=2.0), arrays.key))
        arrays = arrays.take(order)
        return replace(arrays, prompt=_clusters(arrays.prompt))


def _no_steps(roles: ColumnRoles) -> str:
    if not roles.verdicts:
        return "there is no verdict. Name the column of step scores with --judge-column."
    named = ", ".join(column.spelled for column in roles.verdicts)
    return f"{named} does not hold lists of scores. Name the column of step scores with --judge-column."


def key_of(row: Row, roles: ColumnRoles) -> int:
    """A name of the row's content, by which labels are matched: the same wherever the row stands."""
    prompt, completion = roles.texts.texts(row)
    return _key(prompt, completion, None if roles.group is None else look_up(row, roles.group), row)


def _key(prompt: str, completion: str, group: Any, row: Row) -> int:
    if not (prompt or completion):
        return text_hash(_canonical(row))
    return text_hash("\x1f".join([prompt or str(group), completion]))


def _agreeing(gold: Values, accept: Values) -> Iterator[str]:
    """A warning where gold may have been copied from the verdict."""
    both = ~np.isnan(gold) & ~np.isnan(accept)
    n = int(both.sum())
    if n >= COPIED and (gold[both] == accept[both]).all() and len(np.unique(gold[both])) == 2:
        yield (
            f"gold and the verdict agree in all {n:,} rows that have both; if one was made from the other, nothing is "
            "known of the verdict"
        )


def _clusters(prompt: Codes) -> Codes:
    """Codes from 0; a row whose prompt is unknown (0) is one by itself."""
    alone = np.flatnonzero(prompt == 0)
    codes = ranked(prompt)
    codes[alone] = codes.max() + 1 + np.arange(len(alone))
    return ranked(codes)


def _canonical(row: Row) -> str:
    return json.dumps(sorted(str(value) for value in row.values()))  # not the names: they may be renamed
