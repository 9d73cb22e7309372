"""What the kept rows leave out: cells of the real rows that they miss, and how much more there is to see."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from openloop.arrays import Codes
from openloop.auditing.counted_cells import CountedCells
from openloop.auditing.finding_level import finding_level, weight_of
from openloop.auditing.result import Finding
from openloop.auditing.row_cells import cells_of_column, cells_of_texts
from openloop.auditing.section import SectionInput, SectionResult
from openloop.auditing.to_generate import ToGenerate, prompts_to_generate, with_columns
from openloop.measures.estimate_text import estimate_text, percent
from openloop.measures.new_cells import new_cells_by_prompts, new_cells_by_samples
from openloop.measures.surface import FEATURES
from openloop.measures.underfilled_cells import UnderfilledCells, underfilled
from openloop.measures.unseen_mass import unseen_by_prompts
from openloop.measures.word_grams import plain_words

WORTH = 0.05
"""Share of the real rows in missing cells from which it matters."""
NAMED = 3
"""Cells that the finding names."""
SHOWN = 60
"""Characters of an example."""
LONGEST_WORD = 8
"""Characters a word, blank included: a text in a script without blanks is one word, however long it is."""
SHORT = 8
"""Words: completions shorter than this are answers that prompts share, and different answers are cells."""


def measure(given: SectionInput) -> SectionResult:
    """``coverage.*``: unseen cells, and with real rows the missing ones."""
    result = SectionResult()
    if given.cells is not None:
        cells = cells_of_column(given, given.cells)
        result.said += [f"coverage: {text}" for text in cells.said]
        _unseen(cells.kept.cell, cells.kept.prompt, cells.what, given, result)
        if given.real is not None and given.real.rows is None:
            result.unmeasured.append(
                f"missing cells: of {given.real.name} only the texts are known, and no {given.cells}; give the real "
                "rows as a file with --real"
            )
        elif given.real is not None and cells.real is None:
            result.unmeasured.append(f"missing cells: no real row has a value of {given.cells}")
        elif given.real is not None:
            _missing(cells, given, result)
        return result
    _unseen_answers(given, result)
    if given.real is not None:
        found = cells_of_texts(given, 1 - finding_level(given.options))
        if isinstance(found, str):
            result.unmeasured.append(f"missing cells: {found}")
        else:
            _missing(found, given, result)
    return result


def _unseen(cell: Codes, prompt: Codes, what: str, given: SectionInput, result: SectionResult) -> None:
    level = given.options.level
    for name, estimate in (
        ("coverage.unseen", unseen_by_prompts(cell, prompt, level)),
        ("coverage.new_by_prompts", new_cells_by_prompts(cell, prompt, level)),
        ("coverage.new_by_samples", new_cells_by_samples(cell, prompt, level)),
    ):
        result.add(name, replace(estimate, method=f"{what}; {estimate.method}"))


def _unseen_answers(given: SectionInput, result: SectionResult) -> None:
    """Without a column: different answers, where completions are short enough to be such."""
    arrays = given.arrays
    if arrays.same is None or arrays.surface is None or not arrays.kept.any():
        result.unmeasured.append("coverage: no completions, and no --cells COLUMN")
        return
    words = arrays.surface[arrays.kept, FEATURES.index("words")]
    characters = arrays.surface[arrays.kept, FEATURES.index("characters")]
    if float(np.median(words)) >= SHORT or float(np.median(characters)) >= SHORT * LONGEST_WORD:
        result.unmeasured.append(
            "unseen cells: completions are all different texts; name a column of topics, skills or answers (--cells)"
        )
        return
    says = arrays.kept & (arrays.surface[:, 0] > 0)
    _unseen(arrays.same[says], arrays.prompt[says], "different completions", given, result)


def _missing(cells: CountedCells, given: SectionInput, result: SectionResult) -> None:
    """Cells of the real rows that the kept rows miss, and the reverse."""
    assert cells.real is not None
    level = given.options.level
    missing, drifted = underfilled(cells.kept, cells.real, level), underfilled(cells.real, cells.kept, level)
    counted = f"{cells.kept.total:,.0f} kept prompts and {cells.real.total:,.0f} real ones"
    for name, found in (("coverage.missing_cells", missing), ("coverage.drifted_off", drifted)):
        result.add(name, replace(found.share, method=f"{cells.what} ({counted}); {found.share.method}"))
    surely = underfilled(cells.kept, cells.real, finding_level(given.options))
    share = surely.share.value
    result.to_generate = ToGenerate(why_none=f"no cell ({cells.what}) of the real rows is surely missing")
    if not surely.surely.any():
        return
    assert given.real is not None
    result.to_generate = with_columns(prompts_to_generate(cells, surely.surely), given.real)
    if share >= WORTH:
        text = (
            f"Generate next what {estimate_text(missing.share, percent(0))} of the real rows are about and next to no "
            f"kept row is (a finding from {WORTH:.0%}): {_named(cells, surely)}. --to-generate FILE.jsonl writes their "
            "prompts."
        )
        result.findings.append(Finding("missing-cells", weight_of(share, 0.5, 0.6), text))


def _named(cells: CountedCells, found: UnderfilledCells) -> str:
    """Up to three of the missing cells, the largest first, each with an example."""
    assert cells.real is not None
    real, kept = cells.real.rows, cells.kept.rows
    order = sorted(np.flatnonzero(found.surely).tolist(), key=lambda cell: (-real[cell], cells.names[cell]))
    named = [
        f"{cells.names[cell]}, as in {_example(cells, cell)} ({real[cell]:,} real, {kept[cell]:,} kept)"
        for cell in order[:NAMED]
    ]
    more = f"; and {len(order) - NAMED:,} more cells" if len(order) > NAMED else ""
    return "; ".join(named) + more


def _example(cells: CountedCells, cell: int) -> str:
    """The text with most of the words that name the cell; of those the shortest, which says soonest what it is."""
    assert cells.real is not None
    places = cells.real_rows[cells.real.cell == cell]
    texts = [prompt or completion for prompt, completion in (cells.real_texts[place] for place in places)]
    named = set(plain_words(cells.names[cell]))
    best = min(texts, key=lambda text: (-len(named & set(plain_words(text))), len(text), text))
    line = " ".join(best.split())
    return f'"{line}"' if len(line) <= SHOWN else f'"{line[: SHOWN - 1]}…"'
