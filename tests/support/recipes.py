"""Recipes that many tests run, and the examples that are checked in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tests.support.rows import sums, write_rows

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"

THRESHOLD = {"use": "threshold", "accept": True}

LEAST: dict[str, Any] = {"model": "simulated", "real": "rows.jsonl", "test": "rows.jsonl"}
"""As little as a recipe can say."""

SMALL: dict[str, Any] = {
    "name": "small",
    "model": {"use": "simulated", "error": 0.4, "spread": 0.2},
    "real": "rows.jsonl",
    "test": "rows.jsonl",
    "prompts": {"path": "rows.jsonl", "batch": 60},
    "rounds": 2,
    "seeds": [0, 1],
    "sampling": {"k": 2},
    "train_rows": 80,
    "workers": 0,
    "arms": {
        "closed": {},
        "verified": {"signals": {"check": {"use": "simulated", "phi": 0.9, "psi": 0.2}}, "select": THRESHOLD},
    },
}
"""Two arms, two seeds and two rounds on the simulated model; runs in a second."""

TINY: dict[str, Any] = {
    "model": {"use": "tiny", "d_model": 16, "layers": 1, "heads": 2, "context": 12},
    "real": {"path": "rows.jsonl", "completion": "answer"},
    "generator": {"fit": {"steps": 150, "lr": 0.01}},
    "fit": {"steps": 150, "lr": 0.003},
    "sampling": {"max_tokens": 4},
    "evaluate": "exact:answer",
    "seeds": [0],
    "train_rows": 40,
    "arms": {"closed": {}, "oracle": {"sampler": "oracle"}},
}
"""What to change in :data:`SMALL` to train real weights."""


def write_recipe(folder: Path, name: str = "recipe.yaml", **changes: Any) -> Path:
    """The small recipe and its rows; ``changes`` replace its keys."""
    write_rows(folder / "rows.jsonl", sums(12, 10))
    path = folder / name
    path.write_text(yaml.safe_dump(SMALL | changes, sort_keys=False))
    return path


def verified_by(signal: str | dict[str, Any], name: str = "mine") -> dict[str, Any]:
    """An arm that keeps what one signal accepts."""
    return {"signals": {name: signal}, "select": THRESHOLD}
