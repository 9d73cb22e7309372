"""nomad, Fig 2: how near the prompts and responses of trained models come to the real ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from openloop.arrays import Codes, Values
from openloop.auditing.other_texts import texts_of
from openloop.embedding import hashed
from openloop.errors import InputError
from openloop.measures.normsim import normsim
from openloop.measures.similarity_curve import THRESHOLDS, band_of, similarity_curve
from openloop.reproduce.base import Claim, Result, claim, gathered, over_runs
from openloop.reproduce.drawing import look
from openloop.reproduce.verdicts import lies, verdict
from openloop.run.engine import Executor

TITLE = "How near generated prompts and responses come to the real ones"
PAPER = "nomad, Fig 2"
WORDS, FOLLOW = 400, 3
"""Words of a language, and how many may follow each."""
REAL, PART, MADE, LONG = 400, 50, 150, 12
"""Real rows, the part that one model is trained on, generated rows, words of a text."""
MODELS = ("masked", f"unmasked, {PART} rows", f"unmasked, all {REAL} rows")
"""What a model's prompts are drawn from: one whose loss leaves prompts out never learned them."""
SIDES = ("prompts", "responses")
COPIES = 0.2
"""Share of rows repeated word for word, of the claim about repeating."""
SMALLER = 40
"""Real rows of the smaller reference."""
COPIED = 0.95
"""The threshold above which a row repeats."""
MOST = 3_000
"""Rows of a given file that are looked at."""


def language(rng: np.random.Generator) -> Codes:
    """Which words may follow each: shape [WORDS, FOLLOW]."""
    return rng.integers(0, WORDS, (WORDS, FOLLOW))


def written(follow: Codes, texts: int, rng: np.random.Generator) -> Codes:
    """Texts as numbers of words: shape [texts, LONG]."""
    found = np.empty((texts, LONG), dtype=np.int64)
    found[:, 0] = rng.integers(0, WORDS, texts)
    for place in range(1, LONG):
        found[:, place] = follow[found[:, place - 1], rng.integers(0, FOLLOW, texts)]
    return found


def imitated(texts: Codes, made: int, rng: np.random.Generator) -> Codes:
    """Texts of a model of word pairs that was trained on ``texts`` [n, LONG]: shape [made, LONG]."""
    first, second = texts[:, :-1].ravel(), texts[:, 1:].ravel()
    found = np.empty((made, LONG), dtype=np.int64)
    for row in found:
        row[0] = rng.choice(texts[:, 0])
        for place in range(1, LONG):
            seen = second[first == row[place - 1]]
            row[place] = rng.choice(seen if len(seen) else second)
    return found


def vectors(texts: Codes, names: Values) -> Values:
    """Counted words, each in a random direction, at length 1: shape [n, 64]."""
    summed: Values = names[texts].sum(1)
    summed /= np.linalg.norm(summed, axis=1, keepdims=True)
    return summed


def world(seed: int) -> dict[str, list[float]]:
    """Shares above each threshold, by ``side, model``; and numbers of the claims about reading them."""
    rng = np.random.default_rng([70, seed])
    names = rng.standard_normal((WORDS, 64))
    tongues = {side: language(rng) for side in SIDES}
    real = {side: written(tongues[side], REAL, rng) for side in SIDES}
    found: dict[str, list[float]] = {}
    for side in SIDES:
        reference = vectors(real[side], names)
        learned = (real["responses"] if side == "prompts" else real[side], real[side][:PART], real[side])
        for model, texts in zip(MODELS, learned, strict=True):
            nearest = normsim(vectors(imitated(texts, MADE, rng), names), reference, where=False).value
            found[f"{side}, {model}"] = _above(nearest)
    reference = vectors(real["prompts"], names)
    own, new = np.arange(REAL), vectors(written(tongues["prompts"], MADE, rng), names)
    mixed = np.r_[reference[: int(COPIES * MADE)], new[int(COPIES * MADE) :]]
    found["repeating"] = [float((normsim(rows, reference).value > COPIED).mean()) for rows in (mixed, new)]
    sizes = (reference[:SMALLER], reference)
    found["means"] = [float(normsim(new, rows).value.mean()) for rows in sizes]
    found["inside"] = []
    for rows in sizes:
        band = band_of(normsim(rows, rows, own[: len(rows)], own[: len(rows)]).value)
        found["inside"].append(band.shares(normsim(new, rows).value, None, 0.95)["inside"].value)
    return found


def run(quick: bool, executor: Executor, data: Sequence[Path] = ()) -> Result:
    """See :data:`TITLE`; ``data``: a file of real rows, and files of generated ones, whose curves are drawn instead."""
    runs = gathered(executor, world, [(seed,) for seed in range(6 if quick else 20)])
    worlds = {key: np.array([one[key] for one in runs]) for key in runs[0]}
    found = claims(worlds)
    lines = {key: worlds[key].mean(0).tolist() for key in worlds if key.partition(",")[0] in SIDES}
    if data:
        lines, given = _of_files(data)
        found = [*found, *given]
    columns: dict[str, list[Any]] = {
        "rows": [key for key in lines for _ in THRESHOLDS],
        "above": list(THRESHOLDS) * len(lines),
        "share": [value for values in lines.values() for value in values],
    }

    def draw(figure: Any) -> None:
        for axes, side in zip(figure.subplots(1, 2, sharey=True), SIDES, strict=True):
            for i, key in enumerate(key for key in lines if key.startswith(f"{side}, ")):
                axes.plot(THRESHOLDS, lines[key], label=key.partition(", ")[2], **look(i))
            axes.set(xlabel="cosine of the nearest real one", title=side)
        figure.axes[0].set(ylabel="share above")
        figure.axes[0].legend()

    what = (
        f"given rows, hashed vectors, at most {MOST:,} of each file"
        if data
        else f"{len(runs)} made-up languages, {REAL} real rows, models of word pairs trained on them"
    )
    caption = (
        f"Share of generated prompts (left) and responses (right) whose nearest real one is above a cosine: {what}. "
        "Where a curve lies depends on the vectors and on how many real rows there are, so that it is read beside "
        "another curve of the same real rows, not by its place."
    )
    return Result(columns, found, caption, draw)


def claims(worlds: Mapping[str, Values]) -> list[Claim]:
    """Of the numbers of :func:`world`, each [worlds, ...]."""
    area = {key: values.mean(1) for key, values in worlds.items()}
    masked, part, whole = ({side: area[f"{side}, {model}"] for side in SIDES} for model in MODELS)
    gap = {side: over_runs(whole[side] - masked[side]) for side in SIDES}
    narrower = over_runs((whole["prompts"] - masked["prompts"]) - (whole["responses"] - masked["responses"]))
    more = over_runs(whole["prompts"] - part["prompts"])
    repeating = over_runs(worlds["repeating"][:, 0] - worlds["repeating"][:, 1])
    rises = over_runs(worlds["means"][:, 1] - worlds["means"][:, 0])
    inside = over_runs(worlds["inside"][:, 1] - worlds["inside"][:, 0])
    area_of = "mean share above a threshold"
    return [
        claim(
            PAPER,
            "prompts of a model trained without them are less like the real ones",
            f"{area_of}, unmasked less masked",
            gap["prompts"],
            verdict(lies(gap["prompts"], low=0.0)),
            f"{len(part['prompts'])} languages",
        ),
        claim(
            PAPER,
            "of unmasked models the one trained on all rows comes nearest",
            f"{area_of}, trained on all rows less on {PART}",
            more,
            verdict(lies(more, low=0.0)),
            "prompts of models of word pairs: with few rows such a model knows one way to go on, and repeats them",
        ),
        claim(
            PAPER,
            "responses differ less between the two ways of training than prompts do",
            "gap of prompts less gap of responses",
            narrower,
            verdict(lies(narrower, low=0.0)),
            f"gap of responses {gap['responses'].value:.3f}: both ways learn them",
        ),
        claim(
            PAPER,
            "a similarity close to 1 is repetition",
            f"share above {COPIED} with {COPIES:.0%} of copies, less without",
            repeating,
            verdict(lies(repeating, COPIES - 0.02, COPIES + 0.02)),
            "copies word for word, other rows new",
        ),
        claim(
            "ours, of nomad",
            "a similarity may be read without saying how many real rows there are",
            f"mean NormSim of the same new rows to {REAL} less to {SMALLER} real rows",
            rises,
            verdict(lies(rises, high=0.01)),
            "a larger reference has a nearer row for any",
        ),
        claim(
            "ours, of nomad",
            "the share inside the band of the real rows' own similarity may be",
            f"share inside with {REAL} less with {SMALLER} real rows",
            inside,
            verdict(lies(inside, -0.1, 0.1)),
            "quantiles .05 and .95 of each real row among the others",
        ),
    ]


def _above(nearest: Values) -> list[float]:
    return [float((nearest > t).mean()) for t in THRESHOLDS]


def _of_files(data: Sequence[Path]) -> tuple[dict[str, list[float]], list[Claim]]:
    """Curves of the files after the first, and of the first among itself; whether each lies as near as its rows do."""
    if len(data) < 2:
        raise InputError("reproduce: similarity-curves needs --data REAL --data GENERATED [--data ...], got one file.")
    rows = [texts_of(path) for path in data]
    lines: dict[str, list[float]] = {}
    found: list[Claim] = []
    for number, side in enumerate(SIDES):
        texts = [list(dict.fromkeys(row[number] for row in some if row[number].strip()))[:MOST] for some in rows]
        if not all(texts):
            continue
        real, *made = (hashed().embed(some) for some in texts)
        codes = np.arange(len(real))
        own = normsim(real, real, codes, codes).value
        lines[f"{side}, {data[0].name}"] = _above(own)
        known = {text: code for code, text in enumerate(texts[0])}
        for path, some, side_vectors in zip(data[1:], texts[1:], made, strict=True):
            mine = np.array([known.get(text, -1) for text in some])
            nearest = normsim(side_vectors, real, mine, codes).value
            lines[f"{side}, {path.name}"] = _above(nearest)
            share = band_of(own).shares(nearest, None, 0.95)["inside"]
            curve = similarity_curve(nearest, None, (float(np.nanmedian(own)),))[0]
            found.append(
                claim("ours, on given rows", f"{path.name}: {side} lie among the real ones", "share inside their band",
                      share, verdict(lies(share, low=0.8)),
                      f"of real ones .9 are; nearer than the median real one: {curve.value:.0%}")
            )  # fmt: skip
    if not lines:
        raise InputError(
            "reproduce: --data: the files have neither prompts nor completions in common. Name such columns."
        )
    return lines, found
