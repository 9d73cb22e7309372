"""How different the completions are from each other, at sizes that sets have in common."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from openloop.arrays import Mask
from openloop.auditing.finding_level import direction, finding_level, weight_of
from openloop.auditing.result import Finding
from openloop.auditing.section import SectionInput, SectionResult
from openloop.auditing.text_sample import TextSample
from openloop.measures import clustered
from openloop.measures.compression import compression_ratio
from openloop.measures.distinct_n import distinct_n, size_to_compare
from openloop.measures.estimate_text import estimate_text, percent
from openloop.measures.self_repetition import RUN, others_to_compare, self_repetition
from openloop.measures.surface import FEATURES
from openloop.measures.vendi import vendi2, vendi2_ratio
from openloop.measures.word_grams import coded_words
from openloop.records import Estimate

NARROW = 0.5
"""Of the real rows' effective number of different completions: half. AlpacaEval's models, compared on the same prompts
with a model of much shorter answers, come out at .56 to .81, so that less than half is more than a difference of
style."""
SHORTEST = 40
"""Characters: shorter beginnings are too alike to compare by."""
ALIKE = 0.5
"""Share of the completions that begin with the same words. Of 60 models and data sets of free text the commonest
beginning had .07 or less."""
WORDS = 8
"""Shorter completions are answers that may well be the same."""
REAL = "rows=real"
"""Stratum of the numbers of the real rows."""


def measure(given: SectionInput) -> SectionResult:
    """``diversity.*``: of the kept rows, and of the real ones at the same size where they are given."""
    result = SectionResult()
    kept, real = given.texts.kept, given.texts.real
    if not kept.has_completions:
        result.unmeasured.append("diversity: no kept row has a completion")
        return result
    beside = real if real is not None and real.has_completions else None
    sides = {"": kept} | ({} if beside is None else {REAL: beside})
    _repetition(given, sides, result)
    for stratum, sample in sides.items():
        result.add(
            "diversity.vendi2",
            _also(vendi2(sample.completion_vectors, sample.prompt, given.options.level), sample),
            stratum,
        )
    if beside is not None:
        _against_real(given, kept, beside, result)
    if not result.findings:
        _begin_alike(given, result)
    return result


def _repetition(given: SectionInput, sides: dict[str, TextSample], result: SectionResult) -> None:
    """Distinct-n, self-repetition and compression: of words, each at a size that both sides reach."""
    level = given.options.level
    words = {stratum: coded_words(sample.completions, sample.prompt) for stratum, sample in sides.items()}
    for n in (1, 2, 3):
        grams = {stratum: coded.grams(n) for stratum, coded in words.items()}
        at = size_to_compare(*(found for found in grams.values() if found.total))
        for stratum, found in grams.items():
            result.add(f"diversity.distinct_{n}", _also(distinct_n(found, level, at), sides[stratum]), stratum)
    runs = {stratum: coded.grams(RUN) for stratum, coded in words.items()}
    others = others_to_compare(*(found for found in runs.values() if found.total))
    for stratum, found in runs.items():
        estimate = self_repetition(found, level, others)
        result.add("diversity.self_repetition", _also(estimate, sides[stratum]), stratum)
    for stratum, sample in sides.items():
        # Samples are in an order of their content, so that equal seeds give equal blocks for equal rows.
        ratio = compression_ratio(sample.completions, sample.prompt, np.random.default_rng(len(sample)), level)
        result.add("diversity.compression", _also(ratio, sample), stratum)


def _against_real(given: SectionInput, kept: TextSample, real: TextSample, result: SectionResult) -> None:
    """The finding, on beginnings of equal length: long texts share more words than short ones, whatever they say."""
    cut = int(min(np.median([len(text) for text in sample.completions]) for sample in (kept, real)))
    if cut < SHORTEST:
        result.unmeasured.append(
            f"diversity against the real rows: completions are short (median {cut} characters, of {SHORTEST} or more)"
        )
        return
    mine, theirs = (sample.embedder.embed([text[:cut] for text in sample.completions]) for sample in (kept, real))
    shown, surely = (
        vendi2_ratio(mine, kept.prompt, theirs, real.prompt, level)
        for level in (given.options.level, finding_level(given.options))
    )
    shown = _also(shown, kept, f"; the first {cut:,} characters of each, so that length does not count")
    result.add("diversity.against_real", shown)
    if math.isfinite(shown.value) and direction(shown, surely, 1 - NARROW, none=1.0) < 0:
        text = (
            f"Kept completions say fewer different things than the real ones: {estimate_text(shown, percent(0))} of "
            f"their effective number (order-2 Vendi, first {cut:,} characters of each; a finding below "
            f"{NARROW:.0%}){_commonest(given)}. Ask more different prompts, sample at a higher temperature, or drop "
            "rows that repeat others."
        )
        result.findings.append(Finding("narrow", weight_of(1 - shown.value, 1.0, 0.5), text))


def _commonest(given: SectionInput) -> str:
    """How the most completions begin, where it is worth a word."""
    found = _opening(given)
    if found is None or found[0].value < 0.05:
        return ""
    share, rows = found
    return f"; {share.value:.0%} begin {_quoted(given, rows)}"


def _begin_alike(given: SectionInput, result: SectionResult) -> None:
    """Without real rows to compare with: most of the completions begin with the same words."""
    found = _opening(given)
    if found is None:
        return
    shown, rows = found
    result.add("diversity.same_opening", shown)
    arrays = given.arrays
    long = _long(given)
    surely = clustered.proportion(rows[long], arrays.prompt[long], finding_level(given.options))
    if direction(shown, surely, 0.0, none=ALIKE) > 0:
        text = (
            f"{estimate_text(shown, percent(0))} of the kept completions of {WORDS} words or more begin with the same "
            f"words, {_quoted(given, rows)} (a finding from {ALIKE:.0%}). A model trained on them will begin so too: "
            "fine where the format asks for it; else ask in other ways or cut the beginning."
        )
        effect = shown.value - ALIKE
        result.findings.append(Finding("narrow", weight_of(effect, 1 - ALIKE, 0.3), text, arrays.places(rows)))


def _opening(given: SectionInput) -> tuple[Estimate, Mask] | None:
    """The share of long kept completions that begin as most do, and those rows, shape [N]."""
    arrays, long = given.arrays, _long(given)
    if arrays.opening is None or not long.any():
        return None
    codes, many = np.unique(arrays.opening[long], return_counts=True)
    rows = long & (arrays.opening == codes[int(many.argmax())])
    share = clustered.proportion(rows[long], arrays.prompt[long], given.options.level)
    method = f"kept completions of {WORDS} words or more that begin with the commonest four words; {share.method}"
    return replace(share, method=method), rows


def _long(given: SectionInput) -> Mask:
    arrays = given.arrays
    if arrays.surface is None:
        return np.zeros(len(arrays), dtype=bool)
    return arrays.kept & (arrays.surface[:, FEATURES.index("words")] >= WORDS)


def _quoted(given: SectionInput, rows: Mask) -> str:
    """The words, as the first of the rows has them."""
    place = int(given.arrays.place[np.flatnonzero(rows)[0]])
    _, completion = given.reader.texts_at(np.array([place]))[place]
    return f'"{" ".join(completion.split()[:4])}"'


def _also(estimate: Estimate, sample: TextSample, note: str = "") -> Estimate:
    """Of so many rows, whatever was counted in them; with what else the method has to say."""
    return replace(estimate, n=len(sample) - estimate.n_unscored, method=f"{estimate.method}{note}{sample.partial}")
