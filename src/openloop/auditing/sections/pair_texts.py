"""Pairs of which nothing, or the contrary, is learned: equal responses, both ways round; one text that always wins."""

from __future__ import annotations

import numpy as np

from openloop.arrays import Codes, Mask
from openloop.auditing.finding_level import finding_level, weight_of
from openloop.auditing.pair_arrays import PairArrays
from openloop.auditing.result import Finding
from openloop.auditing.section import SectionInput, SectionResult
from openloop.auditing.selections import KEPT_FILE, SelectionRule
from openloop.measures.constant_answers import WORTH, constant_answers
from openloop.measures.estimate_text import estimate_text, percent
from openloop.records import Estimate

MANY = 0.01
"""Share of the pairs that stand both ways round, from which that is a finding."""
SHOWN = 60


def measure(given: SectionInput) -> SectionResult:
    """``pairs.identical``, ``pairs.contradictory``; identical pairs and constant winners must not be trained on."""
    pairs, arrays, result = given.pairs, given.arrays, SectionResult()
    if pairs is None:
        return result
    same = pairs.identical
    both_ways = contradictory(pairs)
    for name, hit, what in (
        ("pairs.identical", same, "pairs whose two responses are equal but for case and blanks"),
        ("pairs.contradictory", both_ways, "pairs that stand in the file the other way round too"),
    ):
        share = float(hit.mean())
        result.add(name, Estimate(share, None, None, given.options.level, len(pairs), 0, f"counted: {what}"))
    unfit = pairs.rows_of(arrays, same & pairs.preferred)
    if (unfit & arrays.kept).any():
        text = (
            f"In {int(same.sum()):,} pairs ({same.mean():.1%}) the two responses are the same text: nothing can be "
            "learned from them. Leave them out."
        )
        result.findings.append(Finding("identical-pairs", 0.5, text, arrays.places(unfit), blocking=True))
    if both_ways.mean() >= MANY:
        rows = pairs.rows_of(arrays, both_ways)
        text = (
            f"{int(both_ways.sum()):,} pairs ({both_ways.mean():.1%}; a finding from {MANY:.0%}) stand in the file "
            "both ways round, so half of them at least prefer the wrong response. Keep one of each, or neither."
        )
        weight = weight_of(float(both_ways.mean()), 0.3, 0.6)
        result.findings.append(Finding("contradictory-pairs", weight, text, arrays.places(rows)))
        result.rules.append(SelectionRule("pairs that do not stand both ways round", arrays.kept & ~rows, KEPT_FILE))
    constant = _constant(given, pairs, result)
    result.unfit = unfit | pairs.rows_of(arrays, constant)
    return result


def contradictory(pairs: PairArrays) -> Mask:
    """Shape [N]: pairs with a preference of which the contrary stands in the file, for the same prompt."""
    mine = pairs.preferred & ~pairs.identical
    low, high = pairs.same.min(1), pairs.same.max(1)
    winner = np.where(pairs.win == 1, pairs.same[:, 0], pairs.same[:, 1])
    unit = np.unique(np.column_stack([pairs.prompt, low, high])[mine], axis=0, return_inverse=True)[1].ravel()
    for_low = (winner == low)[mine]
    n = np.bincount(unit)
    wins = np.bincount(unit, weights=for_low)
    found = np.zeros(len(pairs), dtype=bool)
    found[mine] = ((wins > 0) & (wins < n))[unit]
    return found


def _constant(given: SectionInput, pairs: PairArrays, result: SectionResult) -> Mask:
    """Pairs whose preferred response is a text that wins whatever the prompt."""
    side = np.r_[pairs.same[:, 0], pairs.same[:, 1]]
    won = np.r_[pairs.win, 1 - pairs.win]
    gold = np.r_[pairs.gold, 1 - pairs.gold]
    prompt = np.r_[pairs.prompt, pairs.prompt]
    outcome = np.where(won == 0.5, np.nan, won)
    known = np.where(gold == 0.5, np.nan, gold)
    found = constant_answers(side, outcome, known, prompt, level=given.options.level, sure=finding_level(given.options))
    if not found:
        return np.zeros(len(pairs), dtype=bool)
    codes: Codes = np.array([one.code for one in found])
    winner = np.where(pairs.win == 1, pairs.same[:, 0], pairs.same[:, 1])
    mine = pairs.preferred & np.isin(winner, codes)
    first = found[0]
    rows = pairs.rows_of(given.arrays, pairs.preferred & (winner == first.code))
    place = np.sort(given.arrays.place[rows])[:1]
    shown = ""
    if len(place):
        completion = given.reader.shown_at(place, 6 * SHOWN)[int(place[0])][1]
        shown = " ".join(completion.split()).removeprefix("[preferred] ").partition(" [other] ")[0]
    others = f"; {len(found) - 1} other texts do so too" if len(found) > 1 else ""
    text = (
        f'One response wins whatever the prompt: "{shown}", a response to {first.prompts:,} prompts, is preferred '
        f"{estimate_text(first.accepted, percent(0))} of the time, the others {first.rest:.0%} (a finding from "
        f"{100 * WORTH:.0f} points more){others}. Leave these pairs out, and find out why it wins."
    )
    result.findings.append(Finding("constant-completion-wins", 0.8, text, given.arrays.places(rows), blocking=True))
    return mine
