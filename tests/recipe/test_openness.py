"""Outside information is derived from what decides the training rows, and from what the student has already."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from openloop.recipe import parse_recipe
from openloop.recipe.openness import Openness, openness
from openloop.recipe.parts import Parts
from tests.support.recipes import THRESHOLD
from tests.support.rows import sums, write_rows

CHECK = {"check": "exact:answer"}
SELECTED = {"select": THRESHOLD}
STUDENT = {"use": "simulated", "error": 0.4, "seed": 3}
TRAINED = {"generator": {"fit": {}}, "real": {"path": "rows.jsonl", "completion": "answer"}, "prompts": "rows.jsonl"}
"""The student is first trained on the real rows, whose prompts it then answers."""
SERVED = {"use": "endpoint", "url": "http://localhost:1/v1", "model": "qwen"}


@pytest.mark.parametrize(
    ("arm", "outside", "link"),
    [
        ({}, False, "selection without a signal"),
        ({"signals": "likelihood", "select": {"use": "top", "rate": 0.5}}, False, "inside: the model itself"),
        ({"signals": CHECK, "select": {"use": "threshold", "accept": True}}, True, "outside: row.answer"),
        ({"signals": CHECK}, False, "selection without a signal"),  # verdicts that nothing listens to
        (
            {"signals": CHECK, "select": ["everything", {"use": "random", "rate": 0.5}]},
            False,
            "without a signal",
        ),
        (
            {"signals": {"form": "format:boxed", **CHECK}, "select": {**THRESHOLD, "signal": "form"}},
            False,
            "selection (which does not read check)",
        ),
        (
            {"signals": {"form": "format:boxed", **CHECK}, "select": ["duplicates", {**THRESHOLD, "signal": "form"}]},
            False,
            "selection (which does not read check)",
        ),
        (
            {"signals": {"form": "format:boxed", **CHECK}, "select": {**THRESHOLD, "signal": "check"}},
            True,
            "selection (which does not read form)",
        ),
        (
            {
                "signals": {"form": "format:boxed", **CHECK},
                "select": {"use": "balance", "signal": "form", "gold": "check"},
            },
            True,
            "outside: row.answer",
        ),
        ({"sampler": "oracle"}, True, "oracle answers [outside: row.answer]"),
        ({"sampler": {"use": "categorical"}}, True, "outside: model:categorical"),
        ({"mix": "accumulate"}, False, "real rows that it was already trained on"),
    ],
)
def test_what_an_arm_hears(tmp_path: Path, arm: dict[str, Any], outside: bool, link: str) -> None:
    recipe = parse_recipe({"model": "simulated", "test": "t.jsonl", "arms": {"a": arm}}, base=tmp_path)
    found = openness(Parts(recipe, recipe.arm("a")))
    assert found.outside is outside
    assert link in " → ".join(found.chain)


def of(folder: Path, signal: Any = None, **changes: Any) -> Openness:
    """Of an arm that selects by one signal."""
    write_rows(folder / "rows.jsonl", [{**row, "tests": "assert f() == 1"} for row in sums(6, 6)])
    write_rows(folder / "more.jsonl", sums(3, 3))
    (folder / "mine.py").write_text(MINE)
    signals = {} if signal is None else {"signals": {"s": signal}, **SELECTED}
    keys = {"model": STUDENT, "real": "rows.jsonl", "test": "rows.jsonl", **signals, **changes}
    recipe = parse_recipe({key: value for key, value in keys.items() if value is not None}, base=folder)
    return openness(Parts(recipe, recipe.arm("loop")))


MINE = """
from openloop import signal

@signal
def short(completion):
    return len(completion) < 200

@signal
def short_of_candidate(candidate):
    return len(candidate.completion) < 200

@signal
def right(completion, answer):
    return completion == answer

@signal
def adds_up(prompt, completion):
    return completion in prompt

@signal(depends_on={"a Lean kernel"})
def proved(completion):
    return "qed" in completion

@signal(depends_on={"generator"})
def like_itself(prompt, completion):
    return completion in prompt

@signal(kind="judge", depends_on={"rows:rows.jsonl"}, accept_at=0.5)
def reward_model(completion):
    return 1.0

def length(completions, **columns):
    return [float(len(text) < 200) for text in completions]

def graded(completions, answer, **columns):
    return [float(text == gold) for text, gold in zip(completions, answer)]
"""
RUBRIC: dict[str, Any] = {"use": "rubric", "model": "judge"}
OTHER = {"use": "simulated", "error": 0.1}
LIKELY = {"use": "likelihood", "model": {"use": "tiny", "d_model": 8, "layers": 1, "heads": 1, "context": 8, "seed": 5}}
PROPOSED = {"prompts": "rows.jsonl", "sampler": None, "parse": {"use": "items", "columns": ["checks"]}}

CASES: list[tuple[str, Any, dict[str, Any], bool]] = [
    # what looks at the text alone
    ("format", "format:boxed", {}, False),
    ("a user's length", "mine.py:short", {}, False),
    ("a user's length of a candidate", "mine.py:short_of_candidate", {}, False),
    ("a reward of length", {"use": "from_reward", "reward": "mine.py:length"}, {}, False),
    ("a prover that is declared", "mine.py:proved", {}, True),
    # what the model itself says
    ("self-consistency", "consensus", {}, False),
    ("likelihood of the sampler", {"use": "likelihood"}, {}, False),
    ("a function declared to be the generator", "mine.py:like_itself", {}, False),
    # programs
    ("a function of the prompt", "mine.py:adds_up", {}, True),
    # gold and other columns of rows that came from elsewhere
    ("exact, fresh rows", "exact:answer", {}, True),
    ("a function of a column", "mine.py:right", {}, True),
    ("a reward of a column", {"use": "from_reward", "reward": "mine.py:graded"}, {}, True),
    ("simulated", "simulated", {}, True),
    ("constraints", "constraints", {}, True),
    ("human labels", {"use": "human", "path": "labels.jsonl"}, {}, True),
    ("given tests", {"use": "code", "tests": "tests", "runner": "none"}, TRAINED, True),
    # the same rows, after the student was trained on their answers
    ("exact, rows it was trained on", "exact:answer", TRAINED, False),
    ("a function of that column", "mine.py:right", TRAINED, False),
    ("exact, real rows mixed in", "exact:answer", {"mix": {"real": 0.5}}, False),
    ("exact, other prompts", "exact:answer", {**TRAINED, "prompts": "fresh.jsonl"}, True),
    ("exact, some prompts of those", "exact:answer", {**TRAINED, "prompts": "more.jsonl"}, False),
    ("gold and a prover", {"use": "combine", "signals": ["exact:answer", "mine.py:proved"]}, TRAINED, True),
    ("gold and a format", {"use": "combine", "signals": ["exact:answer", "format:boxed"]}, TRAINED, False),
    # judges, by their weights and by what they were trained on
    ("another judge", RUBRIC, {"models": {"judge": OTHER}}, True),
    ("the student under another name", RUBRIC, {"models": {"judge": STUDENT}}, False),
    ("the student, shown the gold", {**RUBRIC, "reference": "answer"}, {"models": {"judge": STUDENT}}, True),
    ("a judge of the student's rows", {**RUBRIC, "trained_on": ["rows.jsonl"]},
     {"models": {"judge": OTHER}, **TRAINED}, False),
    ("a judge of the real rows", {**RUBRIC, "trained_on": ["real"]}, {"models": {"judge": OTHER}, **TRAINED}, False),
    ("a judge of those and others", {**RUBRIC, "trained_on": ["rows.jsonl", "prefs.jsonl"]},
     {"models": {"judge": OTHER}, **TRAINED}, True),
    ("a judge of rows not trained on", {**RUBRIC, "trained_on": ["rows.jsonl"]}, {"models": {"judge": OTHER}}, True),
    ("a reward model of the same rows", "mine.py:reward_model", TRAINED, False),
    ("a reward model of other rows", "mine.py:reward_model", {}, True),
    ("likelihood of another model", LIKELY, {}, True),
    ("likelihood of the student by name", {**LIKELY, "model": LIKELY["model"]}, {"model": LIKELY["model"]}, False),
    # who answers
    ("a teacher", None, {"models": {"t": OTHER}, "sampler": "t"}, True),
    ("the student as its own teacher", None, {"models": {"t": STUDENT}, "sampler": "t"}, False),
    ("the oracle, rows it was trained on", None, {**TRAINED, "sampler": "oracle"}, False),
    # endpoints: one server asked in two ways is one model
    ("an endpoint judges itself", RUBRIC, {"model": SERVED, "models": {"judge": {**SERVED, "system": "Be strict."}}},
     False),
    ("another served model", RUBRIC, {"model": SERVED, "models": {"judge": {**SERVED, "model": "llama"}}}, True),
    ("another state of it", RUBRIC, {"model": SERVED, "models": {"judge": {**SERVED, "revision": "2"}}}, True),
    # columns that the student wrote
    ("tests that it wrote itself", {"use": "code", "tests": "checks", "runner": "none"},
     {"parse": {"use": "items", "columns": ["checks"]}}, False),
    ("tests that a teacher wrote", {"use": "code", "tests": "checks", "runner": "none"},
     {"parse": {"use": "items", "columns": ["checks"]}, "models": {"t": OTHER}, "sampler": "t"}, True),
    ("gold of the prompt, items parsed", "exact:answer", {"parse": {"use": "items", "columns": ["checks"]}}, True),
]  # fmt: skip


@pytest.mark.parametrize(("signal", "changes", "outside"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_the_rule_case_by_case(tmp_path: Path, signal: Any, changes: dict[str, Any], outside: bool) -> None:
    pytest.importorskip("langdetect") if signal == "constraints" else None
    write_rows(tmp_path / "labels.jsonl", [{"prompt": "q", "completion": "a", "label": True}])
    write_rows(tmp_path / "fresh.jsonl", [{"prompt": f"{a}+500=", "answer": f"{a + 500}"} for a in range(5)])
    found = of(tmp_path, signal, **changes)
    assert found.outside is outside, found.chain


def test_the_reason_is_said_in_the_chain(tmp_path: Path) -> None:
    said = {
        "the student's own weights, as simulated": of(tmp_path, RUBRIC, models={"judge": STUDENT}),
        "the text alone": of(tmp_path, "format:boxed"),
        "row.answer, which it was trained on": of(tmp_path, "exact:answer", **TRAINED),
        "rows that it was trained on": of(tmp_path, "mine.py:reward_model", **TRAINED),
    }
    for reason, found in said.items():
        assert f"[inside: {reason}]" in " → ".join(found.chain)


def test_a_judge_that_is_the_sampler_is_inside_where_rows_are_only_made(tmp_path: Path) -> None:
    made = {"model": None, "test": None, "models": {"judge": OTHER, "t": OTHER}, "sampler": "t"}
    found = of(tmp_path, RUBRIC, **made)
    assert found.outside and "simulated answers [outside: model:simulated]" in found.chain[0]
    assert "signal s (judge) [inside: the sampler's own weights, as simulated]" in found.chain
