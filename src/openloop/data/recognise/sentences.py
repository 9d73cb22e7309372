"""What was detected in a file, in sentences."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from openloop.data.column_ref import look_up
from openloop.data.gold import all_readable, reference_hint, two_class
from openloop.data.recognise.column_roles import ColumnRoles
from openloop.data.recognise.column_use import ColumnUse, use_sentences
from openloop.data.recognise.melting import SAME_ROW
from openloop.data.recognise.names import FAULTS, LABELS, is_named

Row = Mapping[str, Any]
LONGEST_LABEL = 30
"""Characters of a word that may be a label."""


def _as_gold(column: str, values: Sequence[Any]) -> str:
    """The column as ``--gold`` takes it; one that names a fault is compared with the value that denies the fault."""
    if not is_named(column.rpartition(".")[2], *FAULTS):
        return column
    denies = next((v for v in values if v is not None and all_readable([v], two_class) and two_class(v) == 0), None)
    return column if denies is None else f"'{column}=={str(denies).strip()}'"


def _objects(completion: str | None, rows: Sequence[Row]) -> Iterable[str]:
    """That a column of objects is read as it is written, with the field that is likelier meant."""
    held = [] if completion is None else [look_up(row, completion) for row in rows]
    objects = [value for value in held if isinstance(value, Mapping)]
    if not objects:
        return
    texts = {str(key): len(value) for key, value in objects[0].items() if isinstance(value, str)}
    field = f"; the text in it: --completion {completion}.{max(texts, key=texts.__getitem__)}" if texts else ""
    yield f"{completion} holds objects: the completion is all of an object as it is written{field}"


def _two_words(held: Mapping[str, Sequence[Any]], known: set[str]) -> Iterable[str]:
    """Columns that are called like a label and hold two words of their own, such as safe and unsafe."""
    for column, values in held.items():
        words = sorted({value.strip() for value in values if isinstance(value, str) and value.strip()})
        if column in known or len(words) != 2 or not is_named(column, LABELS) or max(map(len, words)) > LONGEST_LABEL:
            continue
        comparison = shlex.quote(f"{column}=={words[0]}")
        yield f"{column} says {words[0]} or {words[1]}; if that tells good rows from bad: --gold {comparison}"


def sentences(
    roles: ColumnRoles, sample: Sequence[Row], uses: Sequence[ColumnUse] = (), path: str = ""
) -> Iterable[str]:
    """What was detected, for people; ``sample`` are rows as the file holds them, ``uses`` what each column is,
    ``path`` the file's, where it is one."""
    if roles.log is not None:
        yield roles.log.sentence
    rows = list(roles.rows(sample))
    if roles.melted is not None:
        yield roles.melted.said()
    texts = roles.texts
    if texts.has_prompt or texts.has_completion:
        yield replace(texts, title="", note="").said + ("" if texts.has_completion else ", completion = none")
    else:
        yield "prompt = none, completion = none"
    yield from _objects(texts.completion, rows)
    gold = roles.gold.spelled if roles.gold else "none"
    if roles.annotators is not None:
        others = "" if roles.annotators.why == "--annotators" else "; --annotators names others"
        yield f"several people's labels = {roles.annotators.spelled} (told by {roles.annotators.why}{others})"
        gold = gold if roles.gold and not roles.annotators.who else "what most of them say"
    yield f"gold = {gold}; verdict = {', '.join(v.spelled for v in roles.verdicts) or 'none'}"
    if roles.gold is not None and roles.gold_is_score and (hint := reference_hint(roles.gold.path)):
        yield hint.strip().removesuffix(".")
    by = roles.group or (
        "the prompt's text" if texts.has_prompt else "nothing, so each row counts as a prompt of its own"
    )
    by = "the row that held them" if by == SAME_ROW else by
    yield f"rows of one prompt are identified by {by}" + (f"; source model = {roles.model}" if roles.model else "")
    if roles.step:
        yield f"step of the training = {roles.step}" + ("" if "step" in roles.step else " (another column: --step)")
    if roles.confidence_falls:
        yield f"the model's confidence = {roles.confidence}, turned round: low where the model is sure"
    if roles.gold and not roles.gold.sign and is_named(roles.gold.path.rpartition(".")[2], *FAULTS):
        turned = _as_gold(roles.gold.path, [look_up(row, roles.gold.path) for row in rows])
        if turned != roles.gold.path:
            yield f"{roles.gold.path} counts as good where it says yes, true or 1; if that means bad: --gold {turned}"
    if not roles.gold_columns:
        free = {column for row in rows[:1] for column in row} - roles.used
        held = {c: [row.get(c) for row in rows] for c in sorted(free)}
        # What equals a verdict in every row cannot tell how good it is (a run repeats its verdict as signal.NAME).
        verdicts = [[look_up(row, v.path) for row in rows] for v in roles.verdicts]
        two = [
            c
            for c, values in held.items()
            if all_readable(values, two_class) and len({*map(str, values)} - {"None"}) == 2 and values not in verdicts
        ]
        if two:
            several = "; several people's labels of the row: --annotators, repeated" if len(two) > 1 else ""
            spelled = ", ".join(_as_gold(c, held[c]) for c in two)
            yield f"columns of two classes that might be gold (--gold): {spelled}{several}"
        yield from _two_words(held, {*two})
    yield from use_sentences(uses, path)
