"""Rows that hold a text of an evaluation set are found; rows that share an answer or a template with it are not."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from openloop.measures.contamination import search
from openloop.measures.known_texts import KnownTexts
from tests.support.leaks import INSTRUCTION, UNRELATED, WAYS, file_of, instructed, integers, planted, words


def how(known: list[tuple[str, str]], *rows: tuple[str, str]) -> list[str]:
    return [leak.how if leak else "" for leak in search(KnownTexts.of(known), rows)]


def test_every_way_has_its_name() -> None:
    rng = np.random.default_rng(0)
    held, other = words(rng, 60).split(), words(rng, 60).split()
    asked = "What is the capital of the country where people speak Romansh?"
    known = [(" ".join(held), "B"), (asked, "Bern"), ("Who wrote Pride and Prejudice?", "Jane Austen"), ("", "")]
    for row, expected in (
        (" ".join(held).upper(), "exact"),
        (f" {asked.lower()}\n", "exact"),
        ("who wrote  PRIDE and prejudice?", "exact"),
        (" ".join(other[:30] + held + other[30:]), "inside"),
        (f'Q: "{asked}" A:', "inside"),
        (" ".join([*held[:-1], "other"]), "near"),
        (" ".join(other[:30] + held[:13] + other[30:]), "13-gram"),
        (" ".join(other[:30] + held[:12] + other[30:]), ""),
        ("Who wrote it?", ""),
        ("", ""),
    ):
        assert how(known, (row, "x")) == [expected], row
        if expected != "exact":
            assert how(known, ("Write a question.", row)) == [expected], row


def test_a_leak_names_the_row_and_its_side() -> None:
    rows = file_of(instructed, 40, 0)
    (prompt,) = search(KnownTexts.of(rows), [(rows[7][0], "B")])
    (answer,) = search(KnownTexts.of(rows), [("Write something.", rows[9][1])])
    assert prompt is not None and (prompt.row, prompt.side) == (7, 0)
    assert answer is not None and (answer.row, answer.side) == (9, 1)


@pytest.mark.parametrize("kind", UNRELATED)
def test_unrelated_files_hold_nothing_of_each_other(kind: str) -> None:
    """Before answers and templates were told apart, 13 to 100 % of the rows of these files were called contaminated."""
    for seed in range(3):
        known, rows = (file_of(UNRELATED[kind], 500, 2 * seed + i) for i in (0, 1))
        found = search(KnownTexts.of(known), rows)
        assert not any(leak is not None and leak.certain for leak in found)
        # Prompts of few words that are equal are found all the same, and called short.
        same = {" ".join(prompt.split()) for prompt, _ in known}
        assert [leak is not None for leak in found] == [prompt in same for prompt, _ in rows]


@pytest.mark.parametrize(
    ("kind", "way"),
    [
        (kind, way)
        for kind in ("integers", "instructed")
        for way in WAYS
        if (kind, way) != ("integers", "the long answer")
    ],
)
@pytest.mark.parametrize("share", [0.01, 0.05])
def test_planted_leaks_are_found_and_nothing_else(kind: str, share: float, way: str) -> None:
    """Precision is 1. Recall is 1, but .83 to 1 where a word is changed: in ten words that is three of eight runs."""
    hits = n = 0
    for seed in range(4):
        known, rows = (file_of(UNRELATED[kind], 500, 100 + 2 * seed + i) for i in (0, 1))
        rows, places = planted(rows, known, way, share, seed)
        found = {i for i, leak in enumerate(search(KnownTexts.of(known), rows)) if leak is not None and leak.certain}
        assert found <= places
        hits, n = hits + len(found), n + len(places)
    assert hits / n >= (0.8 if way == "one word changed" else 1)


def test_a_template_of_either_file_is_no_leak() -> None:
    rng = np.random.default_rng(3)
    template = words(rng, 30)
    few, many = ([(f"{template} {words(rng, 20)}", "B") for _ in range(n)] for n in (3, 500))
    assert not any(how(few, *many)) and not any(how(many, *few))
    # Of one text against three nobody can tell that it is a template.
    assert how(few[:1], *many[:3]) == ["13-gram"] * 3


def test_a_leak_in_many_rows_is_no_template() -> None:
    known = file_of(integers, 10, 0)
    wrapped = [(f"Number {i}: {prompt}", "B") for i in range(50) for prompt, _ in known]
    assert set(how(known, *wrapped)) == {"inside"}
    assert set(how(known, *known * 50)) == {"exact"}


def test_an_instruction_that_is_the_prompt_of_every_row_is_no_leak() -> None:
    rng = np.random.default_rng(0)
    known = [(INSTRUCTION, words(rng, 20)) for _ in range(100)]
    rows = [(INSTRUCTION, words(rng, 20)) for _ in range(100)]
    assert not any(how(known, *rows))
    assert how(known, (INSTRUCTION, known[3][1])) == ["inside"]
    # Ten answers each to thirty problems are no instruction.
    problems = [(prompt, "B") for prompt, _ in file_of(integers, 30, 0) for _ in range(10)]
    assert how(problems, problems[0]) == ["exact"]


CANNED = "I am sorry, but the passage does not hold the information that it would take to answer this question."


@pytest.mark.parametrize(("there", "here"), [(100, 100), (3, 3), (2, 40), (1, 40)])
def test_an_answer_to_many_questions_is_no_leak(there: int, here: int) -> None:
    known, rows = (file_of(integers, 500, seed) for seed in (0, 1))
    known[:there] = [(prompt, CANNED) for prompt, _ in known[:there]]
    rows[:here] = [(prompt, CANNED) for prompt, _ in rows[:here]]
    assert not any(how(known, *rows))
    # Samples of one prompt are no questions of their own.
    assert how([(known[0][0], CANNED)] * 3, *[(rows[0][0], CANNED)] * 40) == ["inside"] * 40
    # A question that is quoted there is a leak all the same.
    quoted = [(prompt, f"{CANNED} {known[7][0]}") for prompt, _ in rows[:100]]
    assert how(known, *quoted) == ["inside"] * 100


def test_the_order_of_the_rows_changes_nothing() -> None:
    known, rows = file_of(instructed, 200, 0), file_of(instructed, 200, 1)
    rows, _ = planted(rows, known, "inside a longer prompt", 0.05, 0)
    order = np.random.default_rng(0).permutation(200)
    found = how(known, *rows)
    assert how(known, *(rows[i] for i in order)) == [found[i] for i in order]
    assert how([known[i] for i in order], *rows) == found


def test_texts_without_blanks_are_compared_by_characters() -> None:
    rng = np.random.default_rng(0)
    text = "".join(chr(0x4E00 + i) for i in rng.integers(0, 3000, 200))
    assert how([(text, "")], ("漢" + text[:-1], "")) == ["near"]


def test_known_texts_find_the_same_in_another_process(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    held, other = words(rng, 40), words(rng, 40)
    run = other + " " + " ".join(held.split()[:13])
    (tmp_path / "known").write_bytes(pickle.dumps(KnownTexts.of([(held, "")])))
    code = (
        "import pickle, sys\nfrom openloop.measures.contamination import search\n"
        f"known = pickle.load(open(sys.argv[1], 'rb'))\nleaks = search(known, [({held!r}, ''), ({run!r}, '')])\n"
        "sys.stdout.write(' '.join(leak.how for leak in leaks))"
    )
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / "known")],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
        assert done.stdout == "exact 13-gram"


def test_nothing_known_and_nothing_to_search() -> None:
    assert how([], ("some words", "more words")) == [""]
    assert how([("", "")], ("", "")) == [""]
    assert how([("some words", "")]) == []
