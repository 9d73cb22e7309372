"""Items of a rubric that a judge scored several times, as a run recorded them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from openloop.arrays import Codes, Values
from openloop.data.tables import generated
from openloop.measures.clustered import codes
from openloop.run.store import Store

_SCORED = re.compile(r"#(\d+) (.+)", re.DOTALL)


@dataclass(frozen=True)
class ItemScorings:
    """What one signal said of the items of its rubric."""

    signal: str
    items: Sequence[str]
    scorings: Values
    """Shape [N, R, I]: 1 where an item holds, 0 where not, NaN where the scoring is missing."""
    prompt: Codes
    """Shape [N], from 0."""


def item_scorings(store: Store, scored: Mapping[tuple[str, str], str]) -> list[ItemScorings]:
    """By signal, over all its pools. ``scored``: (signal, fingerprint of a pool) → fingerprint of the verdicts."""
    rows: dict[str, list[tuple[str, dict[tuple[int, str], float]]]] = {}
    for (signal, pool), verdicts in scored.items():
        parts = store.table([verdicts], ["parts"]).column("parts").to_pylist()
        found = [_scored_items(json.loads(held) if held else {}) for held in parts]
        if any(found):
            prompts = generated(store.table([pool], ["prompt_id", "finish"])).column("prompt_id").to_pylist()
            rows.setdefault(signal, []).extend(zip(prompts, found, strict=True))
    return [_arrays(signal, held) for signal, held in rows.items()]


def _scored_items(parts: Mapping[str, float]) -> dict[tuple[int, str], float]:
    """(scoring, item) → value; a comparison in two orders has positions there, and no items."""
    named = {name: match for name in parts if (match := _SCORED.fullmatch(name))}
    return {(int(match[1]), match[2]): parts[name] for name, match in named.items() if match[2] in parts}


def _arrays(signal: str, rows: Sequence[tuple[str, dict[tuple[int, str], float]]]) -> ItemScorings:
    items = list(dict.fromkeys(item for _, held in rows for _, item in held))
    most = max(number for _, held in rows for number, _ in held)
    scorings = np.full((len(rows), most, len(items)), np.nan)
    for row, (_, held) in enumerate(rows):
        for (number, item), value in held.items():
            scorings[row, number - 1, items.index(item)] = value
    return ItemScorings(signal, items, scorings, codes(np.asarray([prompt for prompt, _ in rows], dtype=str)))
