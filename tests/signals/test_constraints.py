"""Verifiable instructions: what each follows, and that the benchmark's own grades come out."""

from __future__ import annotations

import gzip
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from openloop import signals
from openloop.records import Candidate, Outcome, Verdict
from openloop.signals.instructions import FOLLOWED
from openloop.testing import check_signal

pytest.importorskip("langdetect")
pytest.importorskip("nupunkt")

# Instruction, arguments, texts that follow it, texts that do not.
CASES: list[tuple[str, dict[str, Any], list[str], list[str]]] = [
    ("keywords:existence", {"keywords": ["sea", "sky"]}, ["Sky and SEA"], ["sky only"]),
    ("keywords:existence", {"keywords": ["(a+)+$"]}, ["so: (a+)+$"], ["a" * 5_000]),
    (
        "keywords:frequency",
        {"keyword": "be", "frequency": 2, "relation": "at least"},
        ["to be or not to be"],
        ["be"],
    ),
    ("keywords:frequency", {"keyword": "be", "frequency": 2, "relation": "less than"}, ["be"], ["be be"]),
    ("keywords:forbidden_words", {"forbidden_words": ["he"]}, ["she said"], ["He said"]),
    (
        "keywords:letter_frequency",
        {"letter": "!", "let_frequency": 2, "let_relation": "at least"},
        ["a! b!"],
        ["!"],
    ),
    (
        "language:response_language",
        {"language": "de"},
        ["Das ist ein ganz gewöhnlicher deutscher Satz."],
        ["This is plainly an English sentence, and long."],
    ),
    (
        "length_constraints:number_sentences",
        {"num_sentences": 2, "relation": "at least"},
        ["It is. So there."],
        ["It is e.g. one."],
    ),
    (
        "length_constraints:number_paragraphs",
        {"num_paragraphs": 2},
        ["a\n***\nb", "***\na\n***\nb\n***"],
        ["a", "a *** *** b", "a\n***\nb\n***\nc"],
    ),
    (
        "length_constraints:number_words",
        {"num_words": 3, "relation": "less than"},
        ["two words"],
        ["now three words"],
    ),
    (
        "length_constraints:nth_paragraph_first_word",
        {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "then"},
        ["First.\n\n'Then, it ended."],
        ["First.\n\nIt ended then.", "Then", ""],
    ),
    ("detectable_content:number_placeholders", {"num_placeholders": 2}, ["[name] of [town]"], ["[name]"]),
    ("detectable_content:postscript", {"postscript_marker": "P.S."}, ["Bye.\nP.S. write"], ["Bye. PS write"]),
    ("detectable_content:postscript", {"postscript_marker": "P.P.S"}, ["Bye.\nP.P.S write"], ["P.S. write"]),
    (
        "detectable_format:number_bullet_lists",
        {"num_bullets": 2},
        ["* a\n- b"],
        ["* a", "* a\n* b\n* c", "**a**"],
    ),
    ("detectable_format:constrained_response", {}, ["Well. My answer is no."], ["No."]),
    (
        "detectable_format:number_highlighted_sections",
        {"num_highlights": 2},
        ["*a* and *b*"],
        ["*a* and * *"],
    ),
    (
        "detectable_format:multiple_sections",
        {"section_spliter": "Day", "num_sections": 2},
        ["Day 1 x Day 2 y"],
        ["Day one"],
    ),
    ("detectable_format:json_format", {}, ['```json\n{"a": 1}\n```', "[1]"], ["{a: 1}", "[" * 100_000]),
    ("detectable_format:title", {}, ["<<Sea>>\ntext"], ["<Sea>", "<< >>"]),
    ("combination:repeat_prompt", {"prompt_to_repeat": "Say hi"}, ["say hi. hi"], ["hi"]),
    ("combination:two_responses", {}, ["a\n******\nb"], ["a\n******\na", "a", "a ****** b ****** c"]),
    ("startend:end_checker", {"end_phrase": "The end."}, ['"so. the end."'], ["The end. Or not"]),
    ("startend:quotation", {}, ['"all of it"'], ['"some" of it', '"']),
    ("punctuation:no_comma", {}, ["none"], ["one, two"]),
    (
        "change_case:english_capital",
        {},
        ["THIS IS AN ENGLISH SENTENCE AND ALL OF IT IS LOUD"],
        ["This is not"],
    ),
    (
        "change_case:english_lowercase",
        {},
        ["this is an english sentence and all of it is quiet"],
        ["This is not"],
    ),
    (
        "change_case:capital_word_frequency",
        {"capital_frequency": 2, "capital_relation": "at least"},
        ["NASA and ESA"],
        ["NASA and Esa"],
    ),
]


def score(said: str, *asked: tuple[str, Any], **options: Any) -> Verdict:
    row = {"instruction_id_list": [name for name, _ in asked], "kwargs": [given for _, given in asked]}
    (verdict,) = signals.constraints(**options).score([Candidate("c", "p", "q", said, row=row)])
    return verdict


def test_it_keeps_the_contract() -> None:
    check_signal(signals.constraints())


def test_every_instruction_has_a_case() -> None:
    assert {name for name, *_ in CASES} == set(FOLLOWED) and len(FOLLOWED) == 25


@pytest.mark.parametrize(("name", "arguments", "follow", "fail"), CASES, ids=[case[0] for case in CASES])
def test_instructions_are_followed_or_not(
    name: str, arguments: dict[str, Any], follow: list[str], fail: list[str]
) -> None:
    assert [score(said, (name, arguments)).value for said in follow] == [1.0] * len(follow)
    assert [score(said, (name, arguments)).value for said in fail] == [0.0] * len(fail)


def test_all_must_be_followed_and_each_is_a_part() -> None:
    verdict = score("one, two", ("punctuation:no_comma", {}), ("en:startend:quotation", None))
    assert verdict.value == 0.0
    assert score("one two", ("punctuation:no_comma", {}), ("punctuation:no_comma", {})).value == 1.0
    assert len(score("a", ("punctuation:no_comma", {}), ("punctuation:no_comma", {})).parts) == 4


def test_read_loosely_a_first_line_may_be_in_the_way() -> None:
    said = "Sure, here it is:\none two"
    assert score(said, ("punctuation:no_comma", {})).value == 0.0
    loose = score(said, ("punctuation:no_comma", {}), loose=True)
    assert (loose.value, dict(loose.parts)) == (
        1.0,
        {"punctuation:no_comma": 0.0, "punctuation:no_comma (loose)": 1.0},
    )


@pytest.mark.parametrize(
    ("name", "arguments", "reason"),
    [
        ("punctuation:no_coma", {}, "unknown_instruction"),
        ("keywords:existence", {}, "arguments"),
        ("punctuation:no_comma", {"why": 1}, "arguments"),
        ("keywords:frequency", {"keyword": "a", "frequency": 2, "relation": "exactly"}, "arguments"),
        ("length_constraints:number_words", {"num_words": "many", "relation": "at least"}, "arguments"),
    ],
)
def test_what_cannot_be_checked_is_an_error_and_never_a_pass(name: str, arguments: Any, reason: str) -> None:
    verdict = score("words", (name, arguments))
    assert (verdict.value, verdict.outcome, verdict.reason) == (None, Outcome.ERROR, reason)


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"instruction_id_list": [], "kwargs": []},
        {"instruction_id_list": "x"},
        {"instruction_id_list": ["punctuation:no_comma"], "kwargs": []},
    ],
)
def test_a_row_without_instructions_is_an_error(row: dict[str, Any]) -> None:
    (verdict,) = signals.constraints().score([Candidate("c", "p", "q", "a", row=row)])
    assert (verdict.outcome, verdict.reason) == (Outcome.ERROR, "no_instructions")


def test_hostile_text_is_text() -> None:
    for said in (
        "\0\0",
        "\ud800",
        "*" * 100_000,
        "[" * 100_000,
        "<<" * 50_000,
        "\n" * 100_000,
        "a" * 1_000_000,
    ):
        for name, arguments, *_ in CASES:
            assert score(said, (name, arguments)).outcome is Outcome.SCORED, name


@pytest.mark.realdata
def test_it_agrees_with_the_benchmarks_grades() -> None:
    """At least 99 % of 14,109 verdicts, strict and loose, and what differs is explained."""
    if "OPENLOOP_DATA" not in os.environ:
        pytest.skip("needs OPENLOOP_DATA")
    folder = Path(os.environ["OPENLOOP_DATA"])
    with gzip.open(folder / "ifeval_input_data.jsonl.gz", "rt") as lines:
        asked = {row["key"]: row for row in map(json.loads, lines)}
    differ, verdicts = Counter[str](), 0
    with gzip.open(folder / "ifeval_responses_graded.jsonl.gz", "rt") as lines:
        for row in map(json.loads, lines):
            question = asked[row["key"]]
            given = list(zip(question["instruction_id_list"], question["kwargs"], strict=True))
            if row["response"] is None:
                continue
            parts = list(score(row["response"], *given).parts.values())
            grades = [g for pair in zip(row["strict_list"], row["loose_list"], strict=True) for g in pair]
            verdicts += len(grades)
            differ.update(given[i // 2][0] for i, g in enumerate(grades) if parts[i] != g)
    assert differ.total() < 0.01 * verdicts and verdicts == 2 * 14_109
    explained = {
        "en:length_constraints:number_sentences",  # another splitter of sentences
        "en:keywords:letter_frequency",  # the graders take a random letter where "!" or "#" was asked for
        "en:change_case:english_capital",  # langdetect guesses anew each time, unless seeded as here
        "en:change_case:english_lowercase",
        "en:language:response_language",
    }
    assert set(differ) <= explained
