"""Fig 2 of nomad: verdicts follow the numbers, and given files are drawn too."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from openloop.errors import InputError
from openloop.reproduce.make import reproduce
from openloop.reproduce.similarity_curves import MODELS, SIDES, claims, run, world
from openloop.run.engine import local


def test_verdicts_follow_the_curves() -> None:
    runs = [world(seed) for seed in range(20)]
    worlds = {key: np.array([one[key] for one in runs]) for key in runs[0]}
    found = [one.verdict for one in claims(worlds)]
    assert found == ["reproduced", "false", "reproduced", "reproduced", "false", "reproduced"]
    turned = {
        **worlds,
        **{f"{side}, {a}": worlds[f"{side}, {b}"] for side in SIDES for a, b in zip(MODELS, MODELS[::-1], strict=True)},
        "repeating": worlds["repeating"][:, ::-1],
        "means": worlds["means"][:, ::-1],
        "inside": worlds["inside"] * [0, 1],
    }
    other = [one.verdict for one in claims(turned)]
    assert other == ["false", other[1], "false", "false", "reproduced", "false"]


def rows(path: Path, texts: list[str]) -> Path:
    path.write_text("".join(json.dumps({"prompt": t, "completion": f"{t} again"}) + "\n" for t in texts))
    return path


def test_given_files_are_drawn_and_judged(tmp_path: Path) -> None:
    def text(n: int, letters: str) -> str:
        return " ".join("".join(np.random.default_rng([n, k]).choice(list(letters), 4)) for k in range(6))

    real = rows(tmp_path / "real.jsonl", [text(n, "abcd") for n in range(200)])
    like = rows(tmp_path / "like.jsonl", [text(n, "abcd") for n in range(300, 600)])
    off = rows(tmp_path / "off.jsonl", [text(n, "vwxyz") for n in range(100)])
    executor = local(1)
    try:
        found = run(True, executor, [real, like, off])
    finally:
        executor.close()
    given = {one.says: one.verdict for one in found.claims[6:]}
    assert given["off.jsonl: prompts lie among the real ones"] == "false"
    assert given["like.jsonl: prompts lie among the real ones"] == "reproduced"
    assert len(set(found.data["rows"])) == 6
    with pytest.raises(InputError, match="--data REAL --data GENERATED"):
        run(True, local(1), [real])


def test_a_figure_that_is_drawn_of_no_given_rows_says_which_are(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="plurality is drawn of no given rows.*dependence, similarity-curves"):
        reproduce("plurality", tmp_path, quick=True, data=[tmp_path / "rows.jsonl"])
