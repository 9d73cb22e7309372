"""Each tool's log, by rows of ours of the same shape: what becomes of them, what is said, and what is not guessed."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import openloop
from openloop.auditing import audit
from openloop.data.logs import TOOLS, tool_log
from openloop.data.recognise import NamedColumns, recognise, recognise_pairs
from openloop.errors import DataError

Row = Mapping[str, Any]
TRL = {"step": 1, "prompt": "1 + 1", "completion": "2", "right": 1.0, "short": 0.5, "advantage": 0.1}
LM_EVAL = {
    "doc_id": 0,
    "doc": {"q": "1 + 1"},
    "target": "2",
    "arguments": {"gen_args_0": {"arg_0": "1 + 1", "arg_1": {"until": []}}},
    "resps": [["2"]],
    "filtered_resps": ["2"],
    "filter": "strict",
    "metrics": ["exact_match"],
    "exact_match": 1.0,
    "prompt_hash": "x",
}
INSPECT = {
    "id": 1,
    "epoch": 1,
    "input": "1 + 1",
    "target": "2",
    "output": {"model": "m", "choices": [{"message": {"role": "assistant", "content": "2"}}], "completion": "2"},
    "scores": {"match": {"value": "C"}, "model_graded_qa": {"value": "I"}},
}
RESULTS = {
    "example_id": 0,
    "prompt": [{"role": "user", "content": "1 + 1"}],
    "completion": [{"role": "assistant", "content": "2"}],
    "reward": 1.0,
    "metrics": {"right": 1.0},
    "right": 1.0,
}
TRACES = {
    "traces": [
        {
            "nodes": [
                {"message": {"role": "user", "content": "1 + 1"}},
                {"parent": 0, "message": {"role": "assistant", "content": "3"}, "sampled": True},
                {"parent": 0, "message": {"role": "assistant", "content": "2"}, "sampled": True},
            ],
            "rewards": {"right": {"score": 1.0, "weight": 1.0}, "short": {"score": 0.5, "weight": 2.0}},
            "ok": True,
        }
    ]
}
VERL = {"input": "1 + 1", "output": "2", "gts": "2", "score": 1.0, "step": 3, "acc": True}
DISTILABEL = {
    "instruction": "1 + 1",
    "generations": ["2", "3"],
    "generation_models": ["a", "b"],
    "ratings": [5, 1],
    "rationales": ["right", "wrong"],
    "model_name": "judge",
    "distilabel_metadata": {},
}
ARGILLA = {
    "id": "1",
    "fields": {"prompt": "1 + 1", "response": "2"},
    "metadata": {},
    "suggestions": {"good": {"value": "no", "score": 0.3, "agent": "judge"}},
    "responses": {"good": [{"value": "yes", "user_id": "a"}, {"value": "yes", "user_id": "b"}]},
}
ALPACA_EVAL = {
    "instruction": "1 + 1",
    "output_1": "2",
    "output_2": "3",
    "generator_1": "a",
    "generator_2": "b",
    "annotator": "judge",
    "preference": 1.2,
}
REWARDBENCH = {
    "prompt": "1 + 1",
    "text_chosen": "<user>1 + 1<assistant>2",
    "text_rejected": "<user>1 + 1<assistant>3",
    "scores_chosen": [1.5],
    "scores_rejected": [0.5],
    "subset": "sums",
}
PROMPTFOO = {
    "promptIdx": 0,
    "testIdx": 4,
    "success": True,
    "score": 1,
    "prompt": {"raw": "1 + 1", "label": "{{a}} + {{b}}"},
    "provider": {"id": "openai:m", "label": ""},
    "response": {"output": "2"},
    "gradingResult": {"reason": "fine", "componentResults": [{"assertion": {"type": "equals"}}]},
    "vars": {"a": 1},
}
EVERY = {
    "TRL completions": TRL,
    "lm-eval samples": LM_EVAL,
    "inspect_ai log": INSPECT,
    "verifiers results": RESULTS,
    "verifiers traces": TRACES,
    "verl rollouts": VERL,
    "distilabel rows": DISTILABEL,
    "Argilla records": ARGILLA,
    "AlpacaEval annotations": ALPACA_EVAL,
    "RewardBench scores": REWARDBENCH,
    "promptfoo results": PROMPTFOO,
}


def read(*rows: Row, name: str = "rows.jsonl") -> tuple[list[dict[str, Any]], str]:
    """The ordinary rows, and the sentence."""
    log = tool_log(rows, name)
    assert log is not None
    return list(log.rows(rows)), log.said


@pytest.mark.parametrize(("name", "row"), EVERY.items(), ids=[name.split()[0] + str(i) for i, name in enumerate(EVERY)])
def test_each_log_is_one_tools_and_ordinary_rows_are_nobodys(name: str, row: Row) -> None:
    log = tool_log([row, row], "rows.jsonl")
    assert log is not None and log.name == name
    assert sum(find([row], "rows.jsonl") is not None for find in TOOLS) == 1
    before = json.dumps(row)
    list(log.rows([row]))
    assert json.dumps(row) == before, "the rows as they stand are not changed"
    assert tool_log([row, {"prompt": "1 + 1", "completion": "2"}], "rows.jsonl") is None, "every row must be its"


@pytest.mark.parametrize(
    "row",
    [
        {"prompt": "a", "completion": "b", "gold": 1},
        {"instruction": "a", "output": "b", "generator": "m"},
        {"prompt": "a", "chosen": "b", "rejected": "c"},
        {"input": "a", "output": "b", "score": 1.0},
        {"prompt": "a", "completion": "b", "reward": 1.0, "step": 1},
        {"messages": [{"role": "user", "content": "a"}]},
        {},
    ],
)
def test_ordinary_rows_are_read_as_ever(row: Row) -> None:
    assert tool_log([row], "rows.jsonl") is None


def test_rows_that_two_tools_could_have_written_are_read_as_ordinary_rows() -> None:
    assert tool_log([{**VERL, **ALPACA_EVAL}], "rows.jsonl") is None


def test_trl_sums_its_rewards_and_takes_none_for_gold() -> None:
    (row,), said = read(TRL)
    assert row["verdict"] == 1.5 and row["rewards"] == {"right": 1.0, "short": 0.5} and row["step"] == 1
    assert "the sum of right, short" in said and "a reward that was trained on is no gold" in said
    (row, other), said = read({**TRL, "right": None}, TRL)
    assert row["verdict"] is None and other["verdict"] == 1.5, "a reward that left a row out is no zero"
    chat = {**TRL, "prompt": RESULTS["prompt"], "completion": RESULTS["completion"]}
    assert read(chat)[0][0]["completion"] == RESULTS["completion"]
    one = {key: value for key, value in TRL.items() if key != "short"}
    assert read(one)[1].startswith("one row per completion; verdict = right;")


def test_lm_eval_keeps_one_filter_of_each_task() -> None:
    other = {**LM_EVAL, "filter": "flexible", "exact_match": 0.0}
    elsewhere = {**LM_EVAL, "doc": {"text": "1 + 1"}, "filter": "none", "exact_match": 0.0}
    name = "samples_gsm8k_2026-01-02T03-04-05.678.jsonl"
    log = tool_log([LM_EVAL, other, elsewhere], name)
    assert log is not None and log.name == "lm-eval samples of task gsm8k"
    assert "gold = exact_match (filter strict)" in log.said
    assert f"jq -c 'select(.filter==\"flexible\")' {name}" in log.said
    for _ in range(2):  # the rows are read more than once
        rows = list(log.rows([LM_EVAL, other, elsewhere]))
        assert [(row["doc"], row["gold"]) for row in rows] == [({"q": "1 + 1"}, 1.0), ({"text": "1 + 1"}, 0.0)]
    later = tool_log([LM_EVAL], name)
    assert later is not None and len(list(later.rows([LM_EVAL, other, elsewhere, elsewhere]))) == 3


def test_lm_eval_answers_with_the_likeliest_choice() -> None:
    choices = {
        **LM_EVAL,
        "arguments": {f"gen_args_{i}": {"arg_0": "1 + 1 =", "arg_1": f" {i}"} for i in range(3)},
        "resps": [[["-5.5", "False"]], [["-2.5", "True"]], [["-0.5", "False"]]],
        "filter": "none",
        "metrics": ["acc", "acc_norm"],
        "acc": 1.0,
        "acc_norm": 0.0,
    }
    (row,), said = read(choices)
    assert (row["prompt"], row["completion"], row["logprob"], row["gold"]) == ("1 + 1 =", " 2", -0.5, 1.0)
    assert row["metrics"] == {"acc_norm": 0.0} and "filter" not in said
    unlikely = {**choices, "resps": [[["-0.1", "False"]], [["-2.5", "True"]], [["-0.5", "False"]]]}
    assert read(unlikely)[0][0]["completion"] == " 0"


def test_lm_eval_says_when_the_metrics_are_not_named() -> None:
    old = {key: value for key, value in LM_EVAL.items() if key != "metrics"}
    (row,), said = read(old)
    assert "name the metric with --gold" in said and row["exact_match"] == 1.0
    chat = {**LM_EVAL, "arguments": [['[{"role": "user", "content": "1 + 1"}]', {}]], "resps": [["2", "3"]]}
    rows, _ = read(chat)
    assert [row["prompt"] for row in rows] == [RESULTS["prompt"]] * 2, "messages that are written as a text"
    assert [row["completion"] for row in rows] == ["2", "3"], "several responses of one document"


def test_inspect_ai_takes_a_checker_for_gold_and_a_model_for_a_verdict() -> None:
    (row,), said = read(INSPECT)
    assert (row["gold"], row["verdict"], row["completion"], row["index"]) == (1.0, 0.0, "2", 1)
    assert said == "one row per sample and epoch; gold = match, verdict = model_graded_qa"
    graded = {**INSPECT, "scores": {"model_graded_qa": {"value": "C"}}}
    (row,), said = read(graded)
    assert row["gold"] is None and row["verdict"] == 1.0 and "a model's grade is a verdict and no gold" in said
    partly = {**INSPECT, "scores": {"match": {"value": "P"}, "f1": {"value": 0.4}}}
    (row,), said = read(partly)
    assert row["gold"] is None and row["verdict"] == {"match": 0.5, "f1": 0.4}
    failed = {**INSPECT, "output": {"choices": [], "completion": ""}, "scores": {}, "error": {"message": "x"}}
    rows, said = read(INSPECT, failed)
    assert rows[1]["gold"] is None and rows[1]["completion"] is None, "an error is no wrong answer"
    assert "1 samples ended in an error" in said
    assert read({**INSPECT, "scores": {"match": {"value": "N"}}})[0][0]["gold"] == 0.0, "no answer is wrong"


def test_verifiers_reads_the_last_path_and_weighs_rewards() -> None:
    (row,), said = read(TRACES)
    assert row["prompt"] == RESULTS["prompt"] and row["completion"] == [{"role": "assistant", "content": "2"}]
    assert row["verdict"] == 2.0 and "the weighted sum of right, short" in said and "--gold right" in said
    broken = {"traces": [{**TRACES["traces"][0], "ok": False, "rewards": {"right": None}}]}
    assert read(TRACES, broken)[0][1]["verdict"] is None, "a rollout that failed is not scored"
    calls = [{"role": "assistant", "content": None, "tool_calls": [{"name": "add"}]}]
    (row,), _ = read({**RESULTS, "completion": calls})
    assert row["completion"] == [{"role": "assistant", "content": '[{"name": "add"}]'}]
    assert read({**RESULTS, "error": {"error": "Timeout"}})[0][0]["verdict"] is None


def test_verl_says_what_the_reward_function_returned_beside_its_score() -> None:
    (row,), said = read(VERL)
    assert (row["prompt"], row["completion"], row["verdict"], row["step"]) == ("1 + 1", "2", 1.0, 3)
    assert row["reward_extra_info"] == {"acc": True} and "--gold acc" in said
    old = {key: value for key, value in VERL.items() if key not in ("gts", "acc")}
    assert "writes no reference answers" in read(old)[1]


def test_distilabel_gives_each_generation_its_rating_and_its_model() -> None:
    rows, said = read(DISTILABEL)
    assert [(r["completion"], r["verdict"], r["model"], r["judge_model"]) for r in rows] == [
        ("2", 5, "a", "judge"),
        ("3", 1, "b", "judge"),
    ]
    assert "judge_model = model_name" in said
    with pytest.raises(DataError, match="rows.jsonl: a distilabel row holds 2 generations and 1 ratings"):
        read({**DISTILABEL, "ratings": [5]})
    rows, _ = read({**DISTILABEL, "ratings": None})
    assert [row["verdict"] for row in rows] == [None, None]
    plain = {"instruction": "1 + 1", "generation": "2", "model_name": "a", "distilabel_metadata": {}}
    assert read(plain)[0] == [{"prompt": "1 + 1", "completion": "2", "model": "a"}]


def test_argilla_takes_what_most_people_said() -> None:
    (row,), said = read(ARGILLA)
    assert (row["gold"], row["verdict"], row["annotators"]) == ("yes", "no", {"a": "yes", "b": "yes"})
    assert "the majority of 2 people's" in said and "drafts" in said
    split = {"good": [{"value": "yes", "user_id": "a"}, {"value": "no", "user_id": "b"}]}
    assert read({**ARGILLA, "responses": split})[0][0]["gold"] is None, "a tie is unknown"
    two = {
        **ARGILLA,
        "responses": {"good": [{"value": "yes", "user_id": "a"}], "rating": [{"value": 4, "user_id": "a"}]},
    }
    (row,), said = read(two)
    assert row["gold"] is None and row["majority"] == {"good": "yes", "rating": 4}
    assert "several questions are answered (name one: --gold majority.good)" in said


def test_alpaca_eval_prefers_the_lower_number() -> None:
    preferences = (1, 1.2, 1.5, 0, 1.9, 2, None)
    rows, said = read(*({**ALPACA_EVAL, "preference": value} for value in preferences))
    assert [row["verdict"] for row in rows] == ["A", "A", "tie", "tie", "B", "B", None]
    assert [row["margin"] for row in rows] == [0.5, pytest.approx(0.3), 0, 0, pytest.approx(-0.4), -0.5, None]
    pairs = recognise_pairs(rows, NamedColumns(), "annotations.json")
    assert pairs is not None and [column.ref.path for column in pairs.verdicts] == ["verdict"]  # one annotator only
    assert (rows[0]["response_a"], rows[0]["model_b"]) == ("2", "b")
    assert "by judge" in said and "1 of the first 7 rows have no preference" in said


def test_alpaca_eval_has_one_judge_and_a_strength() -> None:
    rows = [{**ALPACA_EVAL, "instruction": f"{i} + 1", "preference": 1 + i % 7 / 7} for i in range(70)]
    said = openloop.audit(rows).said
    assert any(sentence.startswith("verdict = verdict") and "preference" not in sentence for sentence in said), said


def test_rewardbench_gives_pairs_with_scores() -> None:
    (row,), said = read(REWARDBENCH)
    assert row["chosen"] == "<assistant>2" and (row["chosen_score"], row["rejected_score"]) == (1.5, 0.5)
    assert "chosen is better by the benchmark's labels" in said
    chats = [[{"role": "user", "content": "1 + 1"}, {"role": "assistant", "content": said}] for said in "23"]
    (row,), _ = read({**REWARDBENCH, "prompt": None, "text_chosen": chats[0], "text_rejected": chats[1]})
    assert row["prompt"] == chats[0][:1] and row["rejected"] == chats[1][1:]


def test_promptfoo_tells_a_failed_assertion_from_a_failed_provider() -> None:
    (row,), said = read(PROMPTFOO)
    assert (row["completion"], row["verdict"], row["model"], row["test"]) == ("2", True, "openai:m", 4)
    assert "assertions: equals" in said and "--gold verdict" in said
    wrong = {**PROMPTFOO, "success": False, "failureReason": 1}
    failed = {**PROMPTFOO, "success": False, "failureReason": 2, "response": None}
    rows, said = read(wrong, failed)
    assert [row["verdict"] for row in rows] == [False, None] and "the provider failed" in said
    judged = {**PROMPTFOO, "gradingResult": {"componentResults": [{"assertion": {"type": "llm-rubric"}}]}}
    assert "--gold" not in read(judged)[1]
    assert read({**PROMPTFOO, "response": {"output": {"sum": 2}}})[0][0]["completion"] == '{"sum": 2}'


def test_a_column_may_be_named_as_the_tool_does() -> None:
    rows = [{**TRL, "right": float(i % 2), "step": i} for i in range(4)]
    roles = recognise(rows, NamedColumns(gold="right>=1", verdicts=("short",)), "rows", guess=True)
    assert roles.gold is not None and roles.gold.spelled == "rewards.right>=1"
    assert [column.path for column in roles.verdicts] == ["rewards.short"]


def test_a_text_column_that_only_the_file_has_is_read_as_the_file_stands() -> None:
    rows = [{**VERL, "question": "1 + 1"}]
    assert recognise(rows, NamedColumns(), "rows").log is not None
    assert recognise(rows, NamedColumns(prompt="input", completion="output"), "rows").log is None


def test_reading_for_a_run_says_what_was_recognised(tmp_path: Path) -> None:
    path = tmp_path / "3.jsonl"
    path.write_text("".join(json.dumps({**VERL, "output": str(i)}) + "\n" for i in range(3)))
    rows = openloop.read(path)
    assert rows.said[1].startswith("verl rollouts: one row per response; verdict = score")
    assert [(row["prompt"], row["completion"]) for row in rows.rows] == [("1 + 1", str(i)) for i in range(3)]


def test_the_audit_counts_the_rows_of_the_log(tmp_path: Path) -> None:
    rows = [{**LM_EVAL, "doc_id": i, "exact_match": float(i % 4 > 0)} for i in range(40)]
    again = [{**row, "filter": "flexible", "exact_match": 0.0} for row in rows]
    found = audit([*rows, *again], to_label=tmp_path / "label.jsonl")
    assert found.rows == 40 and found.estimate("verifier.p").value == 0.25
    turned = audit([*again, *rows], to_label=tmp_path / "label.jsonl")
    assert turned.rows == 40 and turned.estimate("verifier.p").value == 1.0, "the first filter counts"


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths to every value inside a row."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, held in inside for found in ((*path, key), *places(held, (*path, key)))]


@pytest.mark.parametrize("row", EVERY.values(), ids=[name.replace(" ", "-") for name in EVERY])
def test_a_row_of_another_shape_is_an_error_that_says_so(row: dict[str, Any]) -> None:
    for path in places(row):
        for other in (None, [], {}, "", "x", 3, [None], {"a": None}):
            odd = copy.deepcopy(row)
            inner: Any = odd
            for key in path[:-1]:
                inner = inner[key]
            inner[path[-1]] = other
            rows = [row, row, odd]
            log = tool_log(rows, "rows.jsonl")
            try:
                _ = None if log is None else list(log.rows(rows))
            except DataError as error:
                assert "another shape" in str(error) or "generations and" in str(error)
