"""Argilla: records as ``records.to_json`` writes them, or ``records.to_datasets`` (columns ``QUESTION.responses``).

A record has fields (the texts), suggestions (by a model) and responses (by people) to each question.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from openloop.data.logs.base import LOOKED_AT, Row, ToolLog, all_have, distinct, holds

_COUNTED = (None, "submitted")
"""Responses that were discarded, or are drafts, say nothing."""
_OWN = {"id", "_server_id", "fields", "metadata", "suggestions", "responses", "vectors", "status", "inserted_at"}
_OWN_TOO = {"updated_at"}
Responses = Mapping[str, dict[str, Any]]
"""Question → person → what that person answered."""


def find(sample: Sequence[Row], name: str) -> ToolLog | None:  # noqa: ARG001
    """Told by ``fields`` with ``responses``, or by columns ``X.responses`` with ``X.responses.users``."""
    nested = all_have(sample, "fields", "responses") and holds(sample[0], fields=Mapping)
    flat = [c.removesuffix(".responses.users") for c in (sample[0] if sample else ()) if c.endswith(".responses.users")]
    if not nested and not flat:
        return None
    rows = sample[:LOOKED_AT]
    answered = distinct(question for row in rows for question, held in responses_of(row).items() if held)
    suggested = distinct(question for row in rows for question in suggestions_of(row))
    gold = answered[0] if len(answered) == 1 else None
    verdict = gold if gold in suggested else suggested[0] if len(suggested) == 1 else None
    people = {person for row in rows for held in responses_of(row).values() for person in held}
    said = f"one row per record; gold = {_gold_said(answered, gold, len(people))}; verdict = "
    said += f"the suggestion for {verdict}" if verdict else "none"
    if len(suggested) > 1 or (suggested and verdict is None):
        said += f" (suggestions: {', '.join(suggested)}; name one: --judge-column suggestions.{suggested[0]})"
    if nested and answered:
        said += "; this export does not say which responses are drafts or were discarded: all count"
    return ToolLog("Argilla records", said, lambda row: [_row(row, gold, verdict)])


def _gold_said(answered: Sequence[str], gold: str | None, people: int) -> str:
    if gold is not None:
        by = "the only person's" if people == 1 else f"the majority of {people:,} people's (a tie is unknown)"
        return f"{by} submitted response to {gold}"
    if not answered:
        return "none: no record has a response"
    return f"none, because several questions are answered (name one: --gold majority.{answered[0]})"


def responses_of(row: Row) -> Responses:
    """The submitted responses of a record."""
    found: dict[str, dict[str, Any]] = {}
    held = row.get("responses")
    if isinstance(held, Mapping):
        for question, responses in held.items():
            for one in responses or ():
                if one.get("status") in _COUNTED and one.get("value") is not None:
                    found.setdefault(question, {})[str(one.get("user_id"))] = one["value"]
        return found
    for column, people in row.items():
        if column.endswith(".responses.users"):
            question = column.removesuffix(".responses.users")
            values = row.get(f"{question}.responses") or []
            states = row.get(f"{question}.responses.status") or [None] * len(values)
            for person, value, state in zip(people or (), values, states, strict=False):
                if state in _COUNTED and value is not None:
                    found.setdefault(question, {})[str(person)] = value
    return found


def suggestions_of(row: Row) -> dict[str, Any]:
    """What was suggested for each question."""
    held = row.get("suggestions")
    if isinstance(held, Mapping):
        return {q: one.get("value") if isinstance(one, Mapping) else one for q, one in held.items() if one is not None}
    found = {c.removesuffix(".suggestion"): value for c, value in row.items() if c.endswith(".suggestion")}
    return {question: value for question, value in found.items() if value is not None}


def _row(row: Row, gold: str | None, verdict: str | None) -> dict[str, Any]:
    responses, suggestions = responses_of(row), suggestions_of(row)
    questions = {column.split(".")[0] for column in row if column.endswith((".responses", ".suggestion"))}
    rest = {
        column: value
        for column, value in row.items()
        if column not in _OWN | _OWN_TOO and column.split(".")[0] not in questions
    }
    majority = {question: _majority(list(held.values())) for question, held in responses.items()}
    made: dict[str, Any] = {**_mapping(row.get("metadata")), **rest, **_mapping(row.get("fields"))}
    made["gold"] = None if gold is None else majority.get(gold)
    made["verdict"] = None if verdict is None else suggestions.get(verdict)
    if gold is None:
        made["majority"] = majority
    if any(len(held) > 1 for held in responses.values()):
        made["annotators"] = responses.get(gold) if gold else {q: dict(held) for q, held in responses.items()}
    return made | {"suggestions": suggestions, "record_id": row.get("id")}


def _mapping(held: Any) -> dict[str, Any]:
    return dict(held) if isinstance(held, Mapping) else {}


def _majority(values: Sequence[Any]) -> Any:
    """What most people said; None for a tie. Ratings count by their value, texts as they stand."""
    counts = Counter(repr(value) for value in values).most_common(2)
    if not counts or (len(counts) > 1 and counts[0][1] == counts[1][1]):
        return None
    return next(value for value in values if repr(value) == counts[0][0])
