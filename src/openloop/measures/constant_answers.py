"""Texts given to many prompts whatever they ask, that win.

    constant_answers(same, accept, gold, prompt)    # rows known to be good are left out
    closed_answers(same, words, prompt)             # yes, no, B, 12: an answer, which may repeat because it is right

A text is compared with the other texts *of the same prompts*, so that one that is given to easy prompts only is no
shortcut. Without gold a text that is right more often than the others cannot be told from one that only pleases.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from openloop.arrays import Codes, Mask, Values
from openloop.errors import DataError
from openloop.measures import clustered
from openloop.measures.exact_tests import hits_by_chance
from openloop.records import Estimate

WORTH = 0.1
"""How much more a text must be accepted than the others."""
LEAST = 5
"""Given to fewer prompts than this, a text is not looked at."""
SHORT = 8
"""Words; from there on a text that repeats to the letter is no answer that many questions share."""
BESIDE = 10
"""Rows that must stand beside a text to tell by them whether it is one answer of several."""


@dataclass(frozen=True, slots=True)
class ConstantAnswer:
    """A text that is given to many prompts and wins."""

    code: int
    prompts: int
    accepted: Estimate
    """An interval for this text alone; that it was found holds for all texts looked at."""
    rest: float
    """Acceptance of the rows it is measured against: others of the same prompts, or all others where prompts hold one
    row each; rows known to be good are in neither."""


@dataclass(frozen=True, slots=True)
class _Rows:
    accept: Values
    prompt: Codes
    size: Codes
    """Rows of each prompt, [P]."""
    won: Codes
    """Accepted ones, [P]."""


def constant_answers(
    same: Codes,
    accept: Values,
    gold: Values,
    prompt: Codes,
    least: int = LEAST,
    level: float = 0.95,
    closed: Mask | None = None,
    sure: float | None = None,
) -> list[ConstantAnswer]:
    """Texts (codes [N]) given to at least ``least`` prompts, accepted more often than the others and not by chance.

    ``accept`` [N] is 0/1, NaN unscored; ``gold`` [N] is 0/1, NaN unknown. Rows known to be good are left out, rows of
    unknown gold stay in, unless ``closed`` [N] (see :func:`closed_answers`) says that they may pass because they are
    right. A text most of whose labelled rows are good is none of them, where it is not found among bad rows alone; one
    that wins among all rows, whatever gold says of the others, stays found until most of its own labels are good.

    Found is a text whose acceptance, at its lower bound, is at least 0.1 above that of the others. Where five of the
    text's prompts hold other rows too, an exact test conditional on each prompt's number of accepted rows must tell
    them apart as well; otherwise the two shares' intervals must. The errors of these are kept at ``sure`` (if not
    given, at ``level``) for all such texts at once (Bonferroni); ``level`` is the coverage of the acceptance. No text
    is found where there is nothing to compare with. The most accepted rows first.
    """
    if not len(same) == len(accept) == len(gold) == len(prompt):
        raise DataError(
            f"constant_answers: needs as many texts, verdicts, golds and prompts, got {len(same)}, {len(accept)}, "
            f"{len(gold)} and {len(prompt)}."
        )
    scored = ~np.isnan(accept)
    if not np.isin(accept[scored], (0, 1)).all():
        raise DataError("constant_answers: accept must be 0, 1 or NaN.")
    unknown = np.isnan(gold) if closed is None else np.isnan(gold) & ~closed
    usable = scored & ((gold == 0) | unknown)
    at = level if sure is None else sure
    found = _winners(usable, same, accept, prompt, least, level, at)
    found = [
        text for text in found if not (unknown & (same == text.code)).any() or not _right(text, same, gold, prompt)
    ]
    if np.isnan(gold).all():
        return found
    # What wins without a look at gold is not lost because labels leave fewer rows to compare, but if it is right.
    blind = _winners(scored if closed is None else scored & ~closed, same, accept, prompt, least, level, at)
    codes = {text.code for text in found}
    found += [text for text in blind if text.code not in codes and not _mostly_good(text, same, gold)]
    return sorted(found, key=lambda c: (-c.prompts * c.accepted.value, c.code))


def closed_answers(same: Codes, words: Values, prompt: Codes, least: int = LEAST) -> Mask:
    """Rows [N] whose text is one of a few that the questions share, such as yes and no, a letter, a small number.

    That is a text (code ``same`` [N]) of fewer than eight words (``words`` [N]) given to ``least`` prompts or more,
    where at least half of the rows beside it (other texts of its prompts; where those are fewer than ten, all other
    short rows of the file) hold such a text too. A phrase that pleases whatever is asked stands beside real answers.
    """
    text, asked = np.unique(np.column_stack([same, prompt]), axis=0).T
    several = np.bincount(text, minlength=int(same.max()) + 1) >= least
    short = words < SHORT
    repeated = several[same] & short
    size, held = np.bincount(prompt), np.bincount(prompt, weights=repeated)
    own = np.bincount(same)
    mine = np.bincount(same, weights=repeated)
    beside = np.bincount(text, weights=size[asked], minlength=len(own)) - own
    alike = np.bincount(text, weights=held[asked], minlength=len(own)) - mine
    few = beside < BESIDE
    beside = np.where(few, short.sum() - own, beside)
    alike = np.where(few, repeated.sum() - mine, alike)
    return np.asarray(repeated & ((beside >= BESIDE) & (2 * alike >= beside))[same])


def above_median(score: Values, prompt: Codes) -> Values:
    """1 where a row scores above the middle of its prompt's rows, else 0 [N]; NaN unscored.

    Above the middle of the file, where the prompt holds one scored row: there is no other to compare with.
    """
    known = np.flatnonzero(~np.isnan(score))
    if not len(known):
        return np.full(len(score), np.nan)
    order = known[np.lexsort((score[known], prompt[known]))]
    codes, start, size = np.unique(prompt[order], return_index=True, return_counts=True)
    low, high = score[order[start + (size - 1) // 2]], score[order[start + size // 2]]
    middle = np.where(size > 1, (low + high) / 2, np.median(score[known]))
    above = np.full(len(score), np.nan)
    above[known] = score[known] > middle[np.searchsorted(codes, prompt[known])]
    return above


def _right(text: ConstantAnswer, same: Codes, gold: Values, prompt: Codes) -> bool:
    """Whether labels say that this text is right more often than not."""
    mine = (same == text.code) & ~np.isnan(gold)
    good = clustered.proportion(gold[mine], prompt[mine], text.accepted.level)
    return good.low is not None and good.low > 0.5


def _mostly_good(text: ConstantAnswer, same: Codes, gold: Values) -> bool:
    """Whether more than half of the labelled rows of this text, three or more, are good."""
    mine = gold[(same == text.code) & ~np.isnan(gold)]
    return len(mine) >= 3 and float(mine.mean()) > 0.5


def _winners(
    usable: Mask, same: Codes, accept: Values, prompt: Codes, least: int, level: float, sure: float
) -> list[ConstantAnswer]:
    if not usable.any():
        return []
    y, p = accept[usable], np.unique(prompt[usable], return_inverse=True)[1].astype(np.int64)
    codes, which = np.unique(same[usable], return_inverse=True)
    prompts = np.bincount(np.unique(which * (p.max() + 1) + p) // (p.max() + 1), minlength=len(codes))
    looked_at = np.flatnonzero(prompts >= least)
    if not len(looked_at):
        return []
    rows = _Rows(y, p, np.bincount(p), np.bincount(p, weights=y).astype(np.int64))
    alpha = (1 - sure) / len(looked_at)
    place = np.argsort(which, kind="stable")
    held = np.bincount(which)
    begin = np.cumsum(held) - held
    found = []
    for i in looked_at:
        mine = place[begin[i] : begin[i] + held[i]]
        rest = _beaten(mine, rows, least, alpha)
        e = clustered.proportion(y[mine], p[mine], level)
        if rest is not None and e.low is not None and e.low > rest + WORTH:
            found.append(ConstantAnswer(int(codes[i]), int(prompts[i]), e, rest))
    return sorted(found, key=lambda c: (-c.prompts * c.accepted.value, c.code))


def _beaten(mine: Codes, rows: _Rows, least: int, alpha: float) -> float | None:
    """Acceptance of the rows that these beat; None where they beat none."""
    n, won = len(mine), float(rows.accept[mine].sum())
    others = len(rows.accept) - n
    if not others:
        return None
    asked, count = np.unique(rows.prompt[mine], return_counts=True)
    mixed = count < rows.size[asked]
    if mixed.sum() < least:
        rest = (float(rows.accept.sum()) - won) / others
        return rest if won / n >= rest + WORTH and _apart(mine, rows, alpha) else None
    asked, count = asked[mixed], count[mixed]
    y, p = rows.accept[mine], rows.prompt[mine]
    hits = np.bincount(p, weights=y, minlength=len(rows.size))[asked]
    other = (rows.won[asked] - hits) / (rows.size[asked] - count)
    share, rest = float(hits.sum() / count.sum()), float((count * other).sum() / count.sum())
    if share < rest + WORTH:
        return None
    chance = hits_by_chance(int(hits.sum()), rows.size[asked], rows.won[asked], count)
    return rest if chance <= alpha / 2 else None


def _apart(mine: Codes, rows: _Rows, alpha: float) -> bool:
    """Whether the share of these rows is above that of all others, both intervals considered."""
    a = clustered.proportion(rows.accept[mine], rows.prompt[mine], 1 - alpha)
    others = len(rows.accept) - len(mine)
    rest = (float(rows.accept.sum()) - float(rows.accept[mine].sum())) / others
    if a.low is None or a.low <= rest:
        return False
    other = np.ones(len(rows.accept), dtype=bool)
    other[mine] = False
    b = clustered.proportion(rows.accept[other], rows.prompt[other], 1 - alpha)
    if b.high is None:
        return False
    return a.value - b.value > math.hypot(a.value - a.low, b.high - b.value)
