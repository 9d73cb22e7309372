"""How near the kept prompts and responses come to the real ones: too near, near enough, off (nomad, §4.3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from openloop.arrays import Codes, Mask
from openloop.auditing.finding_level import direction, finding_level, weight_of
from openloop.auditing.result import Curve, Finding
from openloop.auditing.row_reader import cut
from openloop.auditing.section import SectionInput, SectionResult
from openloop.auditing.text_sample import TextSample
from openloop.measures import clustered
from openloop.measures.near_copies import NearCopies, near_copies
from openloop.measures.normsim import Nearest, normsim
from openloop.measures.similarity_curve import THRESHOLDS, band_of, similarity_curve
from openloop.measures.surface import skeleton
from openloop.measures.text_codes import text_codes
from openloop.records import Estimate

WORTH = 0.05
"""Share of near copies, beyond what real rows are of each other, from which they are a finding."""
LONG = 13
"""Words from which two equal texts are no coincidence, as in the search for evaluation texts."""
SHOWN = 80
"""Characters of a text that a finding shows."""


@dataclass(frozen=True)
class Side:
    """Prompts, or responses, of both samples; n kept ones and m real ones."""

    name: str
    kept: tuple[str, ...]
    real: tuple[str, ...]
    nearest: Nearest
    """Of the kept ones among the real ones."""
    own: Nearest
    """Of the real ones among each other."""
    prompt: Codes | None
    """Shape [n]: clusters."""
    real_prompt: Codes
    copied: Mask
    """Shape [n]: equal to a long real one, of whatever prompt."""
    real_copied: Mask
    rows: Codes
    """Shape [n]: which rows of the kept sample."""
    left_out: str
    """What is not compared, in words."""


def measure(given: SectionInput) -> SectionResult:
    """NormSim with its curve and band for both sides, and the finding about near copies."""
    result = SectionResult()
    kept, real = given.texts.kept, given.texts.real
    if real is None:
        result.unmeasured.append("similarity to real rows: no --real")
        return result
    if not len(kept) or not len(real):
        result.unmeasured.append(f"similarity to real rows: {'no row is kept' if not len(kept) else 'no real rows'}")
        return result
    by_process = given.options.target == "process"
    sides = [side for side in (_prompts(kept, real), _responses(kept, real, by_process)) if side is not None]
    # Prompts and responses are two looks at one question.
    level = 1 - (1 - finding_level(given.options)) / 2
    partial = f"; vectors {kept.embedder.name}{kept.partial}{real.partial}"
    for side in sides:
        _measured(side, partial, given.options.level, result)
        found = [_copies(side, at) for at in (given.options.level, level)]
        result.add("similarity.near_copies", _told(found[0].share, found[0], partial), f"of={side.name}")
        result.add("similarity.near_copies", _told(found[0].own, found[0], partial), f"of=real {side.name}")
        if direction(found[0].excess, found[1].excess, WORTH) > 0:
            result.findings.append(_finding(side, found[0], given, kept, real))
    return result


def _measured(side: Side, partial: str, level: float, result: SectionResult) -> None:
    values = side.nearest.value
    told = f"NormSim to {(~np.isnan(side.own.value)).sum():,} real ones{side.left_out}"
    if not (~np.isnan(values)).any() or not (~np.isnan(side.own.value)).any():
        why = "nothing is left to compare" if len(side.real) > 1 else "one real row has no other to be compared with"
        result.unmeasured.append(f"similarity of {side.name} to real ones: {why}{side.left_out}")
        return
    for name, nearest, prompt in (
        (side.name, values, side.prompt),
        (f"real_{side.name}", side.own.value, side.real_prompt),
    ):
        mean = clustered.mean(nearest, prompt, level)
        result.add(f"similarity.{name}", replace(mean, method=f"{mean.method}: {told}{partial}"))
    band = band_of(side.own.value)
    for where, share in band.shares(values, side.prompt, level).items():
        edges = f"{where} {band.low:.2f} to {band.high:.2f}, between which nine tenths of the real ones are"
        result.add(
            "similarity.band", replace(share, method=f"{share.method}: {edges}{partial}"), f"of={side.name} {where}"
        )
    x = tuple(f"above {t:.2f}" for t in THRESHOLDS)
    for of, nearest, prompt in (("kept", values, side.prompt), ("real", side.own.value, side.real_prompt)):
        title = f"share of {of} {side.name} by their nearest real one (cosine)"
        result.curves.append(Curve(title, x, tuple(similarity_curve(nearest, prompt, level=level))))


def _copies(side: Side, level: float) -> NearCopies:
    return near_copies(
        side.nearest, side.own, side.prompt, side.real_prompt,
        copied=side.copied, own_copied=side.real_copied, level=level,
    )  # fmt: skip


def _told(share: Estimate, found: NearCopies, partial: str) -> Estimate:
    return replace(
        share, method=f"{share.method}: cosine from {found.threshold:.2f}, or a long text that is equal{partial}"
    )


def _finding(side: Side, found: NearCopies, given: SectionInput, kept: TextSample, real: TextSample) -> Finding:
    places = np.flatnonzero(found.hit)
    values = np.where(side.copied, 2.0, side.nearest.value)[places]
    first = places[np.argsort(-values, kind="stable")][0]
    beside = side.nearest.row[first]
    example = f'"{cut(side.kept[first], SHOWN)}"'
    if side.nearest.value[first] >= found.threshold:
        example += f' beside "{cut(side.real[beside], SHOWN)}"'
    text = (
        f"{found.share.value:.0%} of the kept {side.name} nearly repeat one of {real.name} (cosine from "
        f"{found.threshold:.2f}); of the real ones {found.own.value:.0%} nearly repeat another (a finding from "
        f"{WORTH:.0%} more). For example, {example}. A student learns little new from copies, and what was measured on "
        "such real rows no longer tests it: drop them, or sample with more variety."
    )
    rows = (
        ()
        if kept.rows is None
        else tuple(int(p) for p in np.sort(given.arrays.place[kept.rows[side.rows[places]]])[:20])
    )
    return Finding("near-copies-of-real", weight_of(found.excess.value, 0.5, 0.4), text, rows)


def _prompts(kept: TextSample, real: TextSample) -> Side | None:
    """Each different prompt once; equal texts are not compared, since prompts are often taken from the real rows."""
    if not (kept.has_prompts and real.has_prompts):
        return None
    chosen = [_different(sample.prompts) for sample in (kept, real)]
    asked, known = (tuple(s.prompts[row] for row in rows) for s, rows in zip((kept, real), chosen, strict=True))
    mine, theirs = _codes(*([skeleton(text) for text in side] for side in (asked, known)))
    x, y = kept.prompt_vectors[chosen[0]], real.prompt_vectors[chosen[1]]
    return Side(
        "prompts", asked, known, normsim(x, y, mine, theirs), normsim(y, y, theirs, theirs), None, theirs,
        np.zeros(len(mine), dtype=bool), np.zeros(len(theirs), dtype=bool), chosen[0], ", equal texts left out",
    )  # fmt: skip


def _responses(kept: TextSample, real: TextSample, by_process: bool) -> Side | None:
    """Responses to other prompts are compared, on both sides; of the same prompt, long texts that are equal count."""
    if not (kept.has_completions and real.has_completions):
        return None
    texts = [[skeleton(text) for text in sample.completions] for sample in (kept, real)]
    if kept.has_prompts and real.has_prompts:
        mine, theirs = _codes(*([skeleton(text) for text in sample.prompts] for sample in (kept, real)))
        left_out = ", those of the same prompt left out"
    else:
        theirs = np.arange(len(real)) if not real.has_prompts else real.prompt
        mine, left_out = np.full(len(kept), -1), ""
    x, y = kept.completion_vectors, real.completion_vectors
    often = Counter(texts[1])
    long = [
        np.array([len(text) >= 6 * LONG or len(text.split()) >= LONG for text in side], dtype=bool) for side in texts
    ]
    copied = np.array([text in often for text in texts[0]], dtype=bool) & long[0]
    real_copied = np.array([often[text] > 1 for text in texts[1]], dtype=bool) & long[1]
    return Side(
        "responses", tuple(kept.completions), tuple(real.completions),
        normsim(x, y, mine, theirs), normsim(y, y, theirs, theirs),
        kept.prompt if by_process else None, real.prompt, copied, real_copied, np.arange(len(kept)), left_out,
    )  # fmt: skip


def _different(texts: Sequence[str]) -> Codes:
    """Places of the first row of each different text, in order."""
    first: dict[str, int] = {}
    for place, text in enumerate(texts):
        first.setdefault(skeleton(text), place)
    return np.array(list(first.values()), dtype=np.int64)


def _codes(mine: Sequence[str], theirs: Sequence[str]) -> tuple[Codes, Codes]:
    """Equal codes for equal texts."""
    codes = text_codes([*mine, *theirs])
    return codes[: len(mine)], codes[len(mine) :]
