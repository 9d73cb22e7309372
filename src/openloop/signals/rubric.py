"""Rubric: a frozen model judges by what it is asked."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import ClassVar

from openloop.contracts import Model
from openloop.data import content_id
from openloop.data.answers import last_text
from openloop.data.content import text_of
from openloop.data.tables import FAILED
from openloop.data.templates import compiled
from openloop.errors import InputError
from openloop.records import Candidate, Completion, Outcome, Probe, Prompt, Sampling, Verdict
from openloop.signals.base import Declaration, Declared, judge_sources, require_accept_at, row_columns
from openloop.signals.gold import gold_of
from openloop.signals.judge_questions import Parts, Question, question_of
from openloop.signals.probes import ProbeLike, probes_of
from openloop.verdicts import abstained, error

SHOWN = 2_000
"""Characters of each reply that are kept with the verdict."""


@dataclass(frozen=True)
class Rubric(Declared):
    """See :func:`rubric`."""

    model: Model
    question: Question
    text: str
    criterion: str
    reference: str
    against: str
    repeats: int
    sampling: Sampling
    threshold: float
    context: str = ""
    trained_on: tuple[str, ...] = ()
    cases: tuple[Probe, ...] = field(default=(), compare=False)
    """What it must accept and reject, as the user says."""
    version: ClassVar[str] = "1"

    @cached_property
    def declared(self) -> Declaration:
        depends_on = row_columns(self.reference, self.against, self._context_column)
        depends_on |= judge_sources(f"judge:{self.model.name}", self.trained_on)
        return Declaration(
            "rubric", depends_on, "judge", self.question.range, accept_at=self.threshold, probes=self.cases
        )

    def score(self, candidates: Sequence[Candidate]) -> list[Verdict]:
        """Questions that are equal are asked once."""
        asked = [self._questions(candidate) for candidate in candidates]
        prompts = {p.id: p for questions in asked if not isinstance(questions, Verdict) for p in questions}
        replies = self.model.sample(list(prompts.values()), self.repeats, self.sampling) if prompts else []
        said = dict(zip(prompts, replies, strict=True))
        return [
            questions if isinstance(questions, Verdict) else self._verdict([said[p.id] for p in questions])
            for questions in asked
        ]

    @cached_property
    def requests(self) -> int:
        """Replies asked for, for each candidate."""
        return self.repeats * (2 if self.question.swaps else 1)

    @property
    def _context_column(self) -> str:
        """Empty where the context is a text, which has blanks, or where there is none."""
        return "" if len(self.context.split()) > 1 else self.context.strip()

    # ---- asking -----------------------------------------------------------------------------------------

    def _questions(self, candidate: Candidate) -> list[Prompt] | Verdict:
        """One question, or the same in both orders; the ERROR of a row that lacks what it is judged by."""
        held = {}
        columns = {"reference": self.reference, "against": self.against, "context": self._context_column}
        for role, column in columns.items():
            gold = gold_of(candidate.row, column) if column else None
            if isinstance(gold, Verdict):
                return gold if role != "context" else error("no_context", gold.detail)
            held[role] = gold
        if self.context and not self._context_column:
            held["context"] = self.context
        said, asked = last_text(candidate.completion), text_of(candidate.prompt)
        rival = held["against"]
        orders = [[said, rival], [rival, said]] if rival is not None else [[said]]
        mark = hashlib.sha256("\x1f".join([asked, said, rival or ""]).encode("utf-8", "replace")).hexdigest()
        render = _template(self.text)
        texts = [
            render(
                prompt=asked,
                completion=said,
                reference=held["reference"],
                context=held["context"],
                answers=list(zip("AB", order, strict=False)),
                criterion=self.criterion,
                items=self.question.items,
                mark=f"text-{mark[:12]}",
                row=dict(candidate.row),
            )
            for order in orders
        ]
        return [Prompt(content_id(text), text) for text in texts]

    # ---- reading ----------------------------------------------------------------------------------------

    def _verdict(self, replies: Sequence[Sequence[Completion]]) -> Verdict:
        """From the replies to each order, shape [orders][repeats]."""
        detail = "\n---\n".join(text_of(reply.content)[:SHOWN] for order in replies for reply in order)
        problems, scorings = [], []
        for scoring in zip(*replies, strict=True):
            read = [self._read(reply) for reply in scoring]
            problems += [why for why in read if isinstance(why, str)]
            readable = [parts for parts in read if not isinstance(parts, str)]
            if len(readable) == len(read):
                scorings.append(readable)
        if not scorings:
            failed = [reply.failure for order in replies for reply in order if reply.finish == FAILED]
            if failed:
                return error(failed[0] or FAILED, detail)
            return abstained(problems[0], detail)
        values = [self.question.value(scoring) for scoring in scorings]
        parts = dict(self._parts(scorings, values))
        reason = f"{len(scorings)} of {self.repeats} read" if len(scorings) < self.repeats else ""
        return Verdict(sum(values) / len(values), Outcome.SCORED, reason, parts, detail)

    def _read(self, reply: Completion) -> Parts | str:
        read = self.question.read(text_of(reply.content))
        return f"{read}, cut by length" if isinstance(read, str) and reply.finish == "length" else read

    def _parts(self, scorings: Sequence[Sequence[Parts]], values: Sequence[float]) -> Iterator[tuple[str, float]]:
        """Each item's mean; every scoring as ``#1``, ``#2``, ..., its items as ``#1 ITEM``; and which position won in
        each order."""
        for item in self.question.items:
            yield item, sum(scoring[0][item] for scoring in scorings) / len(scorings)
        for number, (scoring, value) in enumerate(zip(scorings, values, strict=True), 1):
            if self.repeats > 1:
                yield f"#{number}", value
                for item in self.question.items:
                    yield f"#{number} {item}", scoring[0][item]
            if len(scoring) > 1:
                yield f"#{number} first", scoring[0]["first"]
                yield f"#{number} swapped", scoring[1]["first"]


@cache
def _template(text: str) -> Callable[..., str]:
    return compiled(text, "rubric")


def rubric(
    model: Model,
    *,
    items: Sequence[str] = (),
    weights: Sequence[float] = (),
    criterion: str = "",
    reference: str = "",
    against: str = "",
    context: str = "",
    repeats: int = 1,
    temperature: float | None = None,
    max_tokens: int = 1024,
    accept_at: float | None = None,
    text: str = "",
    seed: int = 0,
    trained_on: Sequence[str] = (),
    accepts: Sequence[ProbeLike] = (),
    rejects: Sequence[ProbeLike] = (),
) -> Rubric:
    """A frozen ``model`` judges each completion: a rating from 1 to 10, a share of ``items``, or a comparison.

    ``items``: statements to check one by one; the value is their mean (by ``weights``), and each is a part.
    ``against``: a column with another answer; the value is the share of wins over both orders, a tie one half. Else a
    rating, ``[[7]]``. ``reference``: a column with an answer known to be right, which the judge sees. ``criterion``:
    what counts, in words. ``context``: a column with what the judge is to know of the request, or, where it has blanks,
    the text itself. ``repeats``: scorings of each row, the value is their mean; at ``temperature`` 1 unless
    given, a single one at 0. It accepts from 7 (rating), 1 (items) or .75 (against) unless told otherwise.

    ``text``: a template of your own (jinja: ``prompt``, ``completion``, ``reference``, ``context``, ``items``,
    ``answers`` as (A, B) in order, ``criterion``, ``mark``, ``row``), whose replies must be as above. A reply that
    cannot be read abstains; a request that failed is an ERROR. All of this, and the model's revision, make up the
    signal's identity.
    ``trained_on``: all rows that the judge was trained on, by their files, or ``real``: one that knows only what the
    student was trained on as well tells it nothing new.
    ``accepts`` and ``rejects``: cases it must get right before anything is spent on rows. Raises InputError.
    """
    if not isinstance(model, Model):
        raise InputError(f"rubric: model must be a model, or in a recipe the name of one; got {model!r:.60}.")
    if against and items:
        raise InputError("rubric: either `items` or `against`, not both.")
    if isinstance(items, str) or not all(isinstance(item, str) and item.strip() for item in items):
        raise InputError(f"rubric: items must be a list of statements, got {items!r:.80}.")
    if len(set(items)) != len(items):
        raise InputError("rubric: two items are the same.")
    if weights and not items:
        raise InputError(f"rubric: one weight an item, and there are no items; got {weights!r:.80}.")
    if repeats < 1:
        raise InputError(f"rubric: repeats must be at least 1, got {repeats}.")
    question = question_of(items, weights, against)
    threshold = require_accept_at(question.accept_at if accept_at is None else accept_at, question.range, "rubric")
    if temperature is None:
        temperature = 0.0 if repeats == 1 else 1.0
    sampling = Sampling(temperature, 1.0, max_tokens, seed)
    _template(text or question.text)
    text = text or question.text
    cases = probes_of(accepts, rejects)
    judge_sources("", trained_on)
    return Rubric(
        model,
        question,
        text,
        criterion,
        reference,
        against,
        repeats,
        sampling,
        threshold,
        context,
        tuple(trained_on),
        cases,
    )
