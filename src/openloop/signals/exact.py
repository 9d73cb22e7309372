"""Exact: the completion equals the gold answer of its row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from openloop.data.answers import after_mark, last_text, same_normal_form
from openloop.records import Candidate, Probe, Verdict
from openloop.scoring import score_rows
from openloop.signals.base import Declaration, Declared, row_columns
from openloop.signals.gold import first_match, golds_of

_RIGHT, _WRONG = Verdict(1.0), Verdict(0.0)


@dataclass(frozen=True)
class Exact(Declared):
    """See :func:`exact`."""

    column: str
    normalise: bool
    after: str
    version: ClassVar[str] = "3"

    @cached_property
    def declared(self) -> Declaration:
        row, said = {self.column: "12"}, f"7 and 5.\n{self.after} " if self.after else ""
        probes = (
            Probe("7 + 5 =", f"{said}12", True, row),
            Probe("7 + 5 =", f"{said}13", False, row),
            Probe("7 + 5 =", "", False, row),
        )
        return Declaration("exact", row_columns(self.column), probes=probes)

    def score(self, candidates: Sequence[Candidate]) -> list[Verdict]:
        return score_rows(candidates, self._row)

    def _row(self, candidate: Candidate) -> Verdict:
        golds = golds_of(candidate.row, self.column)
        if isinstance(golds, Verdict):
            return golds
        answer = last_text(candidate.completion)
        if self.after:
            answer = after_mark(answer, self.after)
            golds = [gold.rpartition(self.after)[2] for gold in golds]
        if not answer or answer.isspace():
            return Verdict(0.0, reason="no_answer")
        if len(golds) > 1:
            return first_match(golds, lambda gold: self._same(answer, gold))
        return _RIGHT if self._same(answer, golds[0]) else _WRONG

    def _same(self, answer: str, gold: str) -> bool:
        return answer == gold or (self.normalise and same_normal_form(answer, gold))


def exact(column: str = "answer", *, normalise: bool = True, after: str = "") -> Exact:
    """1 when the completion equals ``row[column]``, or any entry of it where it is a list of accepted answers; else 0.

    With ``after`` only what follows the last ``after`` counts (``####``, ``Answer:``), in the gold too where it holds
    one; a completion without it has no answer.

    Normalisation (both sides): Unicode NFKC, case folded, runs of white space as one space, none at either end,
    one full stop at the end dropped. Signs, units and thousands separators stay; a gold that is a number is
    compared as Python writes it: 4 as ``4``, 4.0 as ``4.0``. Of chat messages, what the assistant says last
    counts. An empty completion is wrong (``no_answer``). A gold that is missing, blank or NaN is an ERROR
    (``no_gold``), and so are an empty list and a list with such an entry; one that is nested is ``gold_not_text``. Of
    several answers the verdict's reason says which one matched.
    """
    return Exact(column, normalise, after)
