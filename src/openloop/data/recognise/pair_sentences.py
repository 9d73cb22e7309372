"""What was detected in a file of pairs, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from openloop.data.preference_cells import SAID
from openloop.data.recognise.pair_columns import PairColumns


def pair_sentences(pairs: PairColumns) -> Iterator[str]:
    """What was detected, for people."""
    shared = "what both responses begin with, where they do (else each pair is a prompt of its own)"
    prompt = " + ".join(pairs.texts.prompt) or pairs.texts.conversation or shared
    what = "the preferred one first" if pairs.chosen else "two responses"
    yield f"pairs: {pairs.first} and {pairs.second} ({what}); prompt = {prompt}"
    yield f"to audit one side as ordinary rows: --completion {pairs.first}"
    if pairs.by_file:
        score = f"; its margin = {pairs.margin_said}" if pairs.margin_said else ""
        yield f"the pairs to train on are as the file has them: {pairs.first} before {pairs.second}{score}"
    if pairs.verdicts or not pairs.by_file:
        sign = "what most of these people say" if pairs.by_people else f"the sign of {pairs.margin_said}"
        judges = ", ".join(column.ref.spelled for column in pairs.verdicts) or sign
        yield f"verdict = {judges}" + (f"; in the other order = {pairs.swapped.ref.spelled}" if pairs.swapped else "")
    if pairs.people is not None:
        told = pairs.people.annotators
        others = "" if told.why == "--annotators" else "; --annotators names others"
        yield f"several people's labels = {told.spelled} (told by {told.why}{others})"
    most = "none" if pairs.people is None or pairs.by_people else "what most of these people say"
    gold = pairs.gold.ref.spelled if pairs.gold else f"{pairs.first} is the better one" if pairs.gold_is_first else most
    yield f"gold = {gold}" + (f"; source models = {pairs.models[0]}, {pairs.models[1]}" if pairs.models else "")
    for column in (
        *pairs.verdicts,
        *((pairs.swapped,) if pairs.swapped else ()),
        *((pairs.gold,) if pairs.gold else ()),
    ):
        sides = (pairs.second, pairs.first) if column.turned else (pairs.first, pairs.second)
        if SAID[column.scale]:
            flag = "" if column is pairs.gold else " (--lower-is-better turns it round)"
            yield f"{column.ref.spelled}: {SAID[column.scale].format(first=sides[0], second=sides[1])}{flag}"
    if pairs.note:
        yield pairs.note
    if pairs.swapped:
        yield (
            f"{pairs.swapped.ref.spelled}: A, first and numbers mean the response shown first, here {pairs.second}; "
            f"write {pairs.first} or {pairs.second} where it names a response whatever the order"
        )
