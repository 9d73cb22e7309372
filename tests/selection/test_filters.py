"""Selectors that data work cannot do without."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from openloop import selection
from openloop.contracts import Selector
from openloop.errors import InputError
from openloop.records import Candidate, Verdict
from openloop.selection.base import VerdictList
from openloop.selection.pool_view import CandidatePool
from openloop.testing import check_selector


def pool(*texts: str, prompts: list[str] | None = None, finish: str = "stop") -> list[Candidate]:
    named = prompts or [f"p{i}" for i in range(len(texts))]
    return [Candidate(f"c{i}", named[i], named[i], text, finish=finish) for i, text in enumerate(texts)]


def verdicts(*values: float | None) -> dict[str, VerdictList]:
    return {"check": VerdictList("check", 1.0, [Verdict(value) for value in values])}


@pytest.fixture
def bench(tmp_path: Path) -> Path:
    path = tmp_path / "bench.jsonl"
    path.write_text(json.dumps({"prompt": "What is the capital of France?", "completion": "Paris"}) + "\n")
    return path


def test_every_one_keeps_the_contract(bench: Path) -> None:
    for selector in (
        selection.best_of(2),
        selection.per_prompt(2),
        selection.band(low=0.1, high=0.9),
        selection.repetition(),
        selection.coding(),
        selection.incomplete(),
        selection.duplicates(),
        selection.where(column="model", among=["some"]),
        selection.decontaminate(path=str(bench)),
    ):
        check_selector(selector)


def test_best_of_takes_the_top_of_each_prompt() -> None:
    rows = pool("a", "b", "c", "d", "e", prompts=["p", "p", "p", "q", "q"])
    chosen = selection.best_of(1).select(CandidatePool(rows, verdicts(0.2, 0.9, 0.5, None, 0.1)))
    assert chosen.kept == ("c1", "c4")
    assert chosen.dropped["c3"].startswith("unscored") and chosen.dropped["c0"] == "not_best"


def test_ties_of_best_of_favour_no_end() -> None:
    rows = pool(*["x"] * 400, prompts=[f"p{i // 4}" for i in range(400)])
    kept = selection.best_of(1).select(CandidatePool(rows, verdicts(*[1.0] * 400))).kept
    places = [int(i[1:]) % 4 for i in kept]
    assert len(kept) == 100 and all(10 < places.count(place) < 45 for place in range(4))


def test_per_prompt_caps() -> None:
    rows = pool(*"abcde", prompts=["p", "p", "p", "q", "q"])
    chosen = selection.per_prompt(2).select(CandidatePool(rows))
    assert len(chosen.kept) == 4 and list(chosen.dropped.values()) == ["prompt_is_full"]


def test_a_band_drops_what_teaches_nothing() -> None:
    rows = pool(*"abcdefgh", prompts=["never"] * 2 + ["always"] * 2 + ["some"] * 2 + ["unknown"] * 2)
    chosen = selection.band(low=0.1, high=0.9).select(CandidatePool(rows, verdicts(0, 0, 1, 1, 1, 0, None, None)))
    assert chosen.kept == ("c4", "c5")
    assert [chosen.dropped[f"c{i}"] for i in (0, 2, 6)] == [
        "never_solved",
        "always_solved",
        "prompt_unscored",
    ]


@pytest.mark.parametrize(
    ("selector", "text", "reason"),
    [
        (selection.repetition(), "it is very very very very good", "repeated_word"),
        (selection.repetition(), "and so we go on and on we go on and on we go on and on", "repeated_tail"),
        (selection.repetition(), "that is very, very good indeed", None),
        (selection.coding(), "Use a Python loop", "coding:python"),
        (selection.coding(keywords=["loop"]), "Use a Python loop", "coding:loop"),
        (selection.coding(), "Bread needs flour", None),
        (selection.incomplete(), "", "empty"),
        (selection.incomplete(), "here:\n```\nx = 1", "no_end"),
        (selection.incomplete(), "it ends in the", None),
        (selection.incomplete(punctuation=True), "it ends in the", "no_end"),
        (selection.incomplete(punctuation=True), 'He said "done."', None),
    ],
)
def test_a_reason_for_every_drop(selector: Selector, text: str, reason: str | None) -> None:
    assert selector.select(CandidatePool(pool(text))).dropped.get("c0") == reason


def test_what_was_cut_is_incomplete() -> None:
    assert selection.incomplete().select(CandidatePool(pool("whole.", finish="length"))).dropped == {
        "c0": "cut_by_length"
    }


def test_duplicates_keep_the_first() -> None:
    long = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    rows = pool("Yes.", "Yes.", "Yes. ", long, f"{long} end", prompts=["p", "q", "p", "r", "s"])
    chosen = selection.duplicates().select(CandidatePool(rows))
    assert chosen.dropped == {"c2": "duplicate", "c4": "near_duplicate"}
    assert selection.duplicates(near=False).select(CandidatePool(rows)).dropped == {"c2": "duplicate"}


def test_decontaminate_names_how(bench: Path) -> None:
    rows = [
        Candidate("c0", "p", "what is the capital of FRANCE?", "It is Paris."),
        Candidate("c1", "q", "And Spain?", "Madrid"),
    ]
    assert selection.decontaminate(path=str(bench)).select(CandidatePool(rows)).dropped == {"c0": "contaminated:exact"}


def test_where_reads_columns_of_the_row_and_of_the_candidate() -> None:
    rows = [Candidate(f"c{i}", "p", "q", "a", model=f"m{i}", row={"topic": f"t{i}"}) for i in range(2)]
    assert selection.where(column="topic", among=["t1"]).select(CandidatePool(rows)).kept == ("c1",)
    assert selection.where(column="model", among=["m0"]).select(CandidatePool(rows)).dropped == {"c1": "other_model"}
    with pytest.raises(InputError, match="no column 'topik'; did you mean 'topic'"):
        selection.where(column="topik", among=["x"]).select(CandidatePool(rows))


@pytest.mark.parametrize(
    "make",
    [
        lambda: selection.best_of(0),
        lambda: selection.per_prompt(0),
        lambda: selection.band(low=0.9, high=0.1),
        lambda: selection.repetition(words=1),
        lambda: selection.coding(keywords=[]),
        lambda: selection.where(column="x", among=[]),
    ],
)
def test_wrong_options_are_refused(make: object) -> None:
    with pytest.raises(InputError):
        make()  # type: ignore[operator]
