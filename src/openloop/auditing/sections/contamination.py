"""Kept rows that hold texts of an evaluation set, which then measures memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from openloop.auditing.result import Finding
from openloop.auditing.section import SectionInput, SectionResult
from openloop.measures.contamination import Leak, search
from openloop.measures.known_texts import KnownTexts
from openloop.records import Estimate

SHOWN = 60
"""Characters of an evaluation text that a finding shows."""
WAYS = {
    "exact": "{} have the same prompt",
    "inside": "{} contain one of its texts as a whole",
    "near": "{} contain most of one",
    "13-gram": "{} share 13 words in a row with one",
    "short": "fewer than eight words tell such a prompt from others, so {} may be equal by chance",
}


def measure(given: SectionInput) -> SectionResult:
    """Rows that hold a text of ``--eval-set`` block and are unfit; equal short prompts are only said."""
    result = SectionResult()
    if given.eval_set is None:
        result.unmeasured.append("contamination: no --eval-set")
        return result
    arrays, reader = given.arrays, given.reader
    held = given.eval_set.read()
    leaks = search(KnownTexts.of(held), reader.texts())
    for certain, name, id, weight, does in (
        (True, "contamination.rows", "contamination", 0.9, "hold texts of"),
        (False, "contamination.short", "short-prompts-shared", 0.35, "have a short prompt of"),
    ):
        hit = np.array([leak is not None and leak.certain is certain for leak in leaks])[arrays.place]
        if certain:
            result.unfit = hit
        mine = hit & arrays.kept
        share = float(mine.sum() / max(1, arrays.kept.sum()))
        method = f"counted: kept rows that {does} {given.eval_set.name}"
        result.add(name, Estimate(share, None, None, given.options.level, int(arrays.kept.sum()), 0, method))
        if mine.any():
            places = np.sort(arrays.place[mine])
            found = [leak for leak in (leaks[place] for place in places) if leak is not None]
            text = (
                f"{len(found):,} kept rows ({share:.2%}) {does} {given.eval_set.name}: {_ways(found)}; "
                f"for example, {reader.where(int(places[0]))} and {_shown(held[found[0].row][found[0].side])}."
            )
            result.findings.append(Finding(id, weight, text, arrays.places(mine), blocking=certain))
    return result


def _ways(leaks: Sequence[Leak]) -> str:
    counted = Counter(leak.how for leak in leaks)
    return ", ".join(says.format(f"{counted[how]:,}") for how, says in WAYS.items() if counted[how])


def _shown(text: str) -> str:
    line = " ".join(text.split())
    return f'"{line}"' if len(line) <= SHOWN else f'"{line[: SHOWN - 1]}…"'
