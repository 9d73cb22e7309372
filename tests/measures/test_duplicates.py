"""Copies and near copies: known answers, odd texts, any order of rows."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from openloop.errors import DataError
from openloop.measures.duplicates import PERMUTATIONS, exact, key, near, repeats, signature

FOLDER = os.environ.get("OPENLOOP_DATA")

WORDS = [f"word{i}" for i in range(400)]


def texts(n: int, length: int, rng: np.random.Generator) -> list[list[str]]:
    return [[WORDS[i] for i in rng.integers(0, 400, length)] for _ in range(n)]


def test_near_duplicates_are_found_and_others_are_not() -> None:
    rng = np.random.default_rng(0)
    base = texts(60, 80, rng)
    close = [[*words[:-2], "new", "end"] for words in base[:20]]
    half = [words[:40] + other[:40] for words, other in zip(base[20:40], texts(20, 80, rng), strict=True)]
    signatures = np.array([signature(" ".join(words)) for words in [*base, *close, *half]], dtype=np.uint32)
    codes = near(signatures)
    assert (codes[:20] == codes[60:80]).all()
    assert len(np.unique(codes)) == 80
    order = rng.permutation(len(codes))
    shuffled = near(signatures[order])
    pairs = {(a, b) for a in range(100) for b in range(100) if codes[order][a] == codes[order][b]}
    assert pairs == {(a, b) for a in range(100) for b in range(100) if shuffled[a] == shuffled[b]}


def test_short_texts_are_never_near() -> None:
    signatures = np.array([signature(t) for t in ("", "", "yes", "yes", "a b c d e f g")], dtype=np.uint32)
    assert len(np.unique(near(signatures))) == 5
    with pytest.raises(DataError):
        near(np.zeros((3, 5), dtype=np.uint32))
    assert repeats(np.array([3, 3, 1, 3])).tolist() == [False, True, False, True]


def sketches(some: list[str]) -> np.ndarray:
    return np.array([signature(text) for text in some], dtype=np.uint32).reshape(-1, PERMUTATIONS)


def groups(codes: np.ndarray) -> set[frozenset[int]]:
    return {frozenset(np.flatnonzero(codes == code).tolist()) for code in np.unique(codes)}


def test_no_rows_and_one_row() -> None:
    assert len(near(sketches([]))) == 0 and near(sketches(["a b c d e f g h"])).tolist() == [0]
    assert len(exact(np.array([], dtype=np.uint64))) == 0
    with pytest.raises(DataError, match="threshold"):
        near(sketches([]), 0.0)


def test_exact_copies_whatever_blanks_and_case() -> None:
    some = ["Yes", " yes\n", "no", "", " ", "a  b", "A b", "ab"]
    codes = exact(np.array([key(text) for text in some], dtype=np.uint64))
    assert groups(codes) == {
        frozenset(g) for g in ({0, 1}, {2}, {3}, {4}, {5, 6}, {7})
    }  # an empty row is a copy of none


def test_copies_are_near_copies() -> None:
    codes = near(sketches(["one two three four five six seven eight"] * 3 + ["x y z u v w q r s"]))
    assert groups(codes) == {frozenset({0, 1, 2}), frozenset({3})}


def test_any_order_of_rows_gives_the_same_clusters() -> None:
    """Many texts share a band without being near: which pairs are checked must not go by where they stand."""
    rng = np.random.default_rng(0)
    base = rng.integers(1, 2**32, (40, PERMUTATIONS), dtype=np.uint32)
    rows = np.repeat(base, 12, axis=0)
    for row in rows:
        changed = rng.permutation(PERMUTATIONS)[: rng.integers(0, 16)]
        row[changed] = rng.integers(1, 2**32, len(changed))
    rows[:, :4] = 7  # one band for all
    found = groups(near(rows))
    for _ in range(5):
        order = rng.permutation(len(rows))
        shuffled = np.empty(len(rows), dtype=np.int64)
        shuffled[order] = near(rows[order])
        assert groups(shuffled) == found
    assert all(len({i // 12 for i in group}) == 1 for group in found)


def test_the_first_of_a_band_does_not_hide_two_near_texts() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        alike = rng.integers(1, 2**32, PERMUTATIONS, dtype=np.uint32)
        other, near_by = rng.integers(1, 2**32, PERMUTATIONS, dtype=np.uint32), alike.copy()
        other[:4] = alike[:4]
        near_by[5::5] += 1  # 12 of 64 differ, one in each other band
        assert len(np.unique(near(np.array([other, alike, near_by])))) == 2


@pytest.mark.parametrize(("kept", "near_by"), [(52, True), (51, False)])
def test_the_threshold_is_four_in_five(kept: int, near_by: bool) -> None:
    a = np.arange(1, PERMUTATIONS + 1, dtype=np.uint32)
    b = a.copy()
    b[kept:] += 1000
    assert (len(np.unique(near(np.array([a, b])))) == 1) == near_by


def test_a_script_without_blanks_is_compared_by_characters() -> None:
    rng = np.random.default_rng(0)
    text, other = ("".join(chr(0x4E00 + i) for i in rng.integers(0, 3000, 200)) for _ in range(2))
    codes = near(sketches([text, text[:-4] + "漢字漢字", other]))
    assert codes[0] == codes[1] != codes[2]


def test_a_signature_is_the_same_in_another_process() -> None:
    text = "a text of more than eight words is compared with all the others"
    code = (
        "import sys\nfrom openloop.measures.duplicates import key, signature\n"
        f"sys.stdout.write(str([key({text!r}), *signature({text!r})]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [key(text), *signature(text)]


def test_many_near_copies_are_not_compared_each_with_each() -> None:
    """All pairs of 50,000 signatures would be 640 GB to compare: this would not end."""
    rng = np.random.default_rng(0)
    rows = np.repeat(rng.integers(1, 2**32, (1, PERMUTATIONS), dtype=np.uint32), 50_000, axis=0)
    rows[np.arange(50_000), rng.integers(0, PERMUTATIONS, 50_000)] = np.arange(50_000)
    assert len(np.unique(near(rows))) == 1


@pytest.mark.realdata
@pytest.mark.skipif(FOLDER is None, reason="OPENLOOP_DATA names no folder of data")
def test_alpaca_repeats_no_row() -> None:
    with gzip.open(Path(str(FOLDER)) / "alpaca_5000.jsonl.gz", "rt") as stream:
        rows = [json.loads(line) for line in stream]
    keys = [key("\n".join((row["instruction"], row["input"], row["output"]))) for row in rows]
    assert len(rows) == 5000 and not repeats(exact(np.array(keys, dtype=np.uint64))).any()


def test_half_a_surrogate_pair_is_a_character_like_any_other() -> None:
    words = [f"w{i}" for i in range(12)]
    whole, half = signature(" ".join(words)), signature(" ".join([*words, "\ud83d"]))
    assert len(half) == len(whole) and half != whole
    assert np.mean(np.array(half) == np.array(whole)) > 0.5
