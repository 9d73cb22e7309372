"""Rows that repeat: within the file, from an evaluation set, from real data."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from openloop.auditing.facts import Facts
from openloop.auditing.inputs import Files
from openloop.auditing.options import Options
from openloop.auditing.result import Finding, Part
from openloop.auditing.roles import Asked, recognise
from openloop.auditing.walk import Walk
from openloop.errors import DataError
from openloop.measures import auc
from openloop.measures.contamination import Index
from openloop.measures.duplicates import near, repeats
from openloop.measures.surface import FEATURES, surface
from openloop.records import Estimate

MANY = 0.05
"""Share of the kept rows from which duplicates are a finding."""


@dataclass(frozen=True)
class Copies:
    """What was found, and the rows that must not be trained on."""

    part: Part
    unfit: NDArray[np.bool_]


def measure(facts: Facts, options: Options, walk: Walk, eval_set: Path | None, real: Path | None) -> Copies:
    """Duplicates always; contamination and likeness to real data where the files are given."""
    part = Part()
    unfit = np.zeros(len(facts), dtype=bool)
    _within(facts, options, part)
    if eval_set is None:
        part.unmeasured.append("contamination: no --eval-set")
    else:
        index = Index.of(text for pair in _rows_of(eval_set) for text in pair)
        unfit = _contaminated(facts, options, walk, index, eval_set, part)
    if real is not None:
        _like_real(facts, options, walk, real, part)
    return Copies(part, unfit)


def _within(facts: Facts, options: Options, part: Part) -> None:
    kept = facts.kept
    if facts.signatures is None or not kept.any():
        return
    exact = repeats(facts.key[kept].astype(np.int64))
    part.add(
        "duplicates.exact",
        _count(exact, options, "kept rows whose prompt and completion repeat an earlier row"),
    )
    clusters = near(facts.signatures[kept])
    close = repeats(clusters) | exact
    part.add(
        "duplicates.near",
        _count(close, options, "kept rows whose completion nearly repeats an earlier one (MinHash, .8)"),
    )
    share = float(close.mean())
    if share >= MANY:
        largest = int(np.bincount(clusters).max())
        text = (
            f"{share:.1%} of the kept repeat others closely ({float(exact.mean()):.1%} exactly, with their prompt); "
            f"the largest group has {largest:,} rows. They weigh as often as they stand there."
        )
        places = tuple(int(p) for p in np.sort(facts.place[kept][close])[:20])
        part.findings.append(Finding("duplicates", round(min(0.6, 0.2 + share / 2), 2), text, places))


def _contaminated(
    facts: Facts, options: Options, walk: Walk, index: Index, path: Path, part: Part
) -> NDArray[np.bool_]:
    how = [index.found(prompt) or index.found(completion) for prompt, completion in walk.texts()]
    hit = np.array([bool(found) for found in how])[facts.place]
    mine = hit & facts.kept
    part.add("contamination.rows", _count(mine[facts.kept], options, f"kept rows that hold a text of {path}"))
    if mine.any():
        kinds = Counter(how[place] for place in facts.place[mine])
        said = ", ".join(f"{n:,} {kind}" for kind, n in kinds.most_common())
        text = f"{int(mine.sum()):,} kept rows ({float(mine[facts.kept].mean()):.2%}) hold texts of {path}: {said}."
        places = tuple(int(p) for p in np.sort(facts.place[mine])[:20])
        part.findings.append(Finding("contamination", 0.9, text, places, blocking=True))
    return np.asarray(hit)


def _like_real(facts: Facts, options: Options, walk: Walk, path: Path, part: Part) -> None:
    if facts.surface is None:
        part.unmeasured.append("likeness to real data: no completion column")
        return
    rows = [completion or prompt for prompt, completion in _rows_of(path)]
    index = Index.of(rows)
    copied = np.array([bool(index.found(completion)) for _, completion in walk.texts()])[facts.place]
    part.add(
        "real.copied",
        _count(copied[facts.kept], options, f"kept rows whose completion holds a text of {path}"),
    )
    theirs = np.array([surface(text) for text in rows])
    mine = facts.surface[facts.kept].astype(np.float64)
    which = np.r_[np.ones(len(mine)), np.zeros(len(theirs))]
    for d, name in enumerate(FEATURES):
        e = auc.pooled(np.r_[mine[:, d], theirs[:, d]], which, None, options.level)
        part.add("real.above", e, f"feature={name}")
        if name == "characters" and _apart(e):
            more = "longer" if e.value > 0.5 else "shorter"
            text = (
                f"Kept completions are {more} than the real ones: the chance that one is above is {e.value:.2f} "
                f"(median {np.median(mine[:, d]):,.0f} against "
                f"{np.median(theirs[:, d]):,.0f} characters)."
            )
            part.findings.append(Finding("unlike-real", 0.25, text))


def _apart(e: Estimate) -> bool:
    """Whether two samples are told apart; completely separated ones, of 40 rows together or more, have no interval."""
    if e.low is None or e.high is None:
        return e.n >= 40 and e.value in (0.0, 1.0)
    return e.low > 0.6 or e.high < 0.4


def _rows_of(path: Path) -> list[tuple[str, str]]:
    """Prompts and completions of another file, its columns recognised in the same way."""
    source = Files([path])
    first = next((block for block in source.blocks() if block), None)
    if first is None:
        raise DataError(f"{path}: zero rows. Allowed: at least one.")
    roles = recognise(first, Asked(), source.name)
    if not (roles.prompt or roles.completion or roles.conversation):
        raise DataError(
            f"{path}: no column of texts is recognised among {', '.join(map(str, first[0]))}. Rename one to `prompt`."
        )
    return list(Walk(source, roles).texts())


def _count(hit: NDArray[np.bool_], options: Options, method: str) -> Estimate:
    """A share counted in this file: exact, so without an interval."""
    return Estimate(
        float(hit.mean()) if len(hit) else 0.0, None, None, options.level, len(hit), 0, f"counted: {method}"
    )
