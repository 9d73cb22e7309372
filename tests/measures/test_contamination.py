"""Texts that hold those of an evaluation set."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np

from openloop.measures.contamination import Index

WORDS = [f"word{i}" for i in range(400)]


def texts(n: int, length: int, rng: np.random.Generator) -> list[list[str]]:
    return [[WORDS[i] for i in rng.integers(0, 400, length)] for _ in range(n)]


def test_an_index_finds_exact_near_and_run() -> None:
    rng = np.random.default_rng(0)
    held, other = texts(1, 60, rng)[0], texts(1, 60, rng)[0]
    index = Index.of([" ".join(held), "What is  the capital of France?", ""])
    assert index.found(" ".join(held).upper()) == "exact"
    assert index.found("what is the CAPITAL of France?") == "exact"
    assert index.found(" ".join([*held[:-1], "other"])) == "near"
    assert index.found(" ".join(other[:30] + held[:13] + other[30:])) == "13-gram"
    assert index.found(" ".join(other[:30] + held[:12] + other[30:])) == ""
    assert index.found("") == ""


def test_an_index_finds_the_same_in_another_process(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    held, other = (" ".join(words) for words in texts(2, 40, rng))
    run = other + " " + " ".join(held.split()[:13])
    (tmp_path / "index").write_bytes(pickle.dumps(Index.of([held])))
    code = (
        "import pickle, sys\nindex = pickle.load(open(sys.argv[1], 'rb'))\n"
        f"sys.stdout.write(index.found({held!r}) + ' ' + index.found({run!r}))"
    )
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / "index")],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
        assert done.stdout == "exact 13-gram"
