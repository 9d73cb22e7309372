"""The columns that somebody named, and what each column of a file was taken for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from openloop.data.column_ref import ColumnRef, look_up
from openloop.data.logs import ToolLog
from openloop.data.messages import calls_a_tool
from openloop.data.recognise.annotators import Annotators
from openloop.data.recognise.likelihoods import LikelihoodColumns
from openloop.data.recognise.melting import SAME_ROW, Melting
from openloop.data.recognise.names import UNSURE_MODEL, plain_name
from openloop.data.recognise.texts import TextColumns

Row = Mapping[str, Any]


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
    annotators: tuple[str, ...] = ()
    """Columns of several people's labels, the one that holds all of them, or the one that says whose label it is."""
    gold_option: str = "--gold"
    """What the option is called in errors."""
    step: str | None = None

    @property
    def options(self) -> list[str]:
        """The options of the command line that name these columns."""
        given = [
            ("--prompt", self.prompt),
            ("--completion", self.completion),
            ("--gold", self.gold),
            *(("--judge-column", verdict) for verdict in self.verdicts),
            ("--group", self.group),
            ("--model", self.model),
            ("--confidence", self.confidence),
            ("--swapped", self.swapped),
            ("--judge-model", self.judge_model),
            *(("--annotators", column) for column in self.annotators),
            ("--step", self.step),
        ]
        return [word for option, column in given if column is not None for word in (option, column)]


@dataclass(frozen=True, slots=True)
class ColumnRoles:
    """What each column is."""

    texts: TextColumns
    gold: ColumnRef | None = None
    gold_is_score: bool = False
    """Whether gold holds numbers, of which nobody has said which are good."""
    verdicts: tuple[ColumnRef, ...] = ()
    """The verifier first; the others are further judges."""
    group: str | None = None
    model: str | None = None
    confidence: str | None = None
    swapped: ColumnRef | None = None
    first: ColumnRef | None = None
    """Which position won in the order first asked, where that is not the verdict itself."""
    judge_model: str | None = None
    annotators: Annotators | None = None
    """Several people's labels; gold is their majority where no column is gold by itself."""
    human_scores: tuple[str, ...] = ()
    """Columns of scores that people gave: gold, once somebody says from which score on a row is good."""
    step: str | None = None
    """The step of the training that wrote the row."""
    likelihood: LikelihoodColumns | None = None
    """How likely the model found each completion."""
    log: ToolLog | None = None
    """How the rows are read where another tool wrote them as its log."""
    melted: Melting | None = None
    """How a row that holds several completions becomes several rows."""
    named: NamedColumns = NamedColumns()
    """What somebody named; everything else was detected."""

    @property
    def confidence_falls(self) -> bool:
        """Whether the confidence is low where the model is sure, as a perplexity is."""
        return (
            self.confidence is not None
            and re.search(rf"(^|_)({UNSURE_MODEL})($|_)", plain_name(self.confidence)) is not None
        )

    @property
    def used(self) -> set[str]:
        """Columns with a role; the others may be strata."""
        named = [c.path for c in (self.gold, self.swapped, self.first, *self.verdicts) if c is not None]
        paths = [*named, *self.texts.uses, self.group, self.confidence, self.model, self.judge_model, self.step]
        paths += self.annotators.uses if self.annotators else ()
        heads = {path for path in paths if path} | {path.split(".")[0] for path in paths if path}
        return heads | {*self.human_scores, *(self.melted.gone if self.melted else ()), SAME_ROW}

    @property
    def gold_columns(self) -> tuple[str, ...]:
        """Where gold is read: more than one where several people have a column each; empty where there is none."""
        if self.gold is not None:
            return (self.gold.path,)
        return tuple(column.path for column in self.annotators.labels) if self.annotators is not None else ()

    def rows(self, rows: Iterable[Row]) -> Iterable[Row]:
        """One row a completion; rows that call a tool in their conversation are left out."""
        rows = rows if self.log is None else self.log.rows(rows)
        rows = self.melted.rows(rows) if self.melted else rows
        return rows if self.texts.conversation is None else (row for row in rows if not self.calls_a_tool(row))

    def calls_a_tool(self, row: Row) -> bool:
        """Whether a turn of the conversation calls a tool in a field of its own, so that there is no text to read."""
        return self.texts.conversation is not None and calls_a_tool(look_up(row, self.texts.conversation))
