"""Headers as public data sets and people's own files have them: what each column is taken for.

The values are made here; the names are those of the data set that the case is called after.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from openloop.data.recognise import NamedColumns, column_uses, recognise
from openloop.data.recognise.sentences import sentences

Make = Callable[[int], Any]
N = 40


def words(text: str) -> Make:
    return lambda i: f"{text} number {i}, " + "with some more words than a label would have " * 2


def one_of(*values: Any) -> Make:
    return lambda i: values[i % len(values)]


def turns(first: str = "role", second: str = "content", roles: tuple[str, str] = ("user", "assistant")) -> Make:
    return lambda i: [{first: roles[0], second: f"question {i}?"}, {first: roles[1], second: f"answer {i}."}]


ASK, SAY = words("What is"), words("It is")
YES = one_of(True, True, False)
SCORE: Make = lambda i: i / N  # noqa: E731
STARS: Make = lambda i: i % 5 + 1  # noqa: E731
MODEL = one_of("gpt-4-0613", "meta-llama/Llama-2-7b-chat-hf", "mistral-7b")
TOPIC = one_of("math", "news", "code")

CASES: dict[str, tuple[dict[str, Make], dict[str, str]]] = {
    "OpenMathInstruct-1": (
        {
            "question": ASK,
            "generated_solution": SAY,
            "expected_answer": lambda i: str(i),
            "predicted_answer": lambda i: str(i),
            "error_message": one_of("", "timeout"),
            "is_correct": YES,
            "dataset": one_of("gsm8k", "math"),
        },
        {"question": "prompt", "generated_solution": "completion", "is_correct": "gold", "dataset": "stratum"},
    ),
    "OpenMathInstruct-2": (
        {"problem": ASK, "generated_solution": SAY, "expected_answer": lambda i: str(i), "problem_source": TOPIC},
        {"problem": "prompt", "generated_solution": "completion", "problem_source": "stratum"},
    ),
    "NuminaMath": (
        {"source": TOPIC, "problem": ASK, "solution": SAY, "messages": turns()},
        {"messages": "prompt and completion", "source": "stratum"},
    ),
    "NuminaMath without messages": (
        {"source": TOPIC, "problem": ASK, "solution": SAY},
        {"problem": "prompt", "solution": "completion", "source": "stratum"},
    ),
    "MetaMath": (
        {"type": one_of("MATH_AnsAug", "GSM_FOBAR"), "query": ASK, "original_question": words("Why"), "response": SAY},
        {"query": "prompt", "response": "completion", "type": "stratum", "original_question": "ignored"},
    ),
    "OpenOrca": (
        {"id": lambda i: f"flan.{i}", "system_prompt": words("You are"), "question": ASK, "response": SAY},
        {"question": "prompt", "response": "completion", "id": "ignored", "system_prompt": "ignored"},
    ),
    "HelpSteer2": (
        {"prompt": ASK, "response": SAY, "helpfulness": STARS, "correctness": STARS, "verbosity": one_of(1, 2)},
        {"prompt": "prompt", "response": "completion", "helpfulness": "stratum", "correctness": "score by people"},
    ),
    "UltraFeedback": (
        {
            "source": one_of("evol_instruct", "flan"),
            "instruction": ASK,
            "models": lambda i: ["gpt-4", "bard"],
            "completions": lambda i: [
                {"model": m, "response": f"{m} says {i}", "overall_score": i % 9 + 1.0, "critique": SAY(i)}
                for m in ("gpt-4", "bard")
            ],
        },
        {
            "completions, models": "several completions",
            "instruction": "prompt",
            "response": "completion",
            "overall_score": "verdict",
            "critique": "ignored",
            "source": "stratum",
        },
    ),
    "distilabel": (
        {
            "instruction": ASK,
            "generations": lambda i: [f"one {i}", f"two {i}"],
            "model_names": lambda i: ["gpt-4", "llama-2-7b"],
            "ratings": lambda i: [float(i % 5), 3.0],
            "rationales": lambda i: ["since", "as"],
        },
        {
            "generations, model_names, ratings": "several completions",
            "completion": "completion",
            "model_names": "source model",
            "ratings": "verdict",
            "rationales": "ignored",
        },
    ),
    "Magpie": (
        {
            "uuid": lambda i: f"{i:032x}",
            "model": one_of("meta-llama/Meta-Llama-3-8B"),
            "instruction": ASK,
            "response": SAY,
            "task_category": TOPIC,
            "input_quality": one_of("good", "poor", "excellent"),
            "quality_explanation": words("Because"),
            "llama_guard_2": one_of("safe"),
            "reward_model": one_of("sfairXC/FsfairX"),
            "instruct_reward": lambda i: i / 7 - 2,
            "min_neighbor_distance": lambda i: i / 11,
        },
        {
            "instruction": "prompt",
            "response": "completion",
            "instruct_reward": "verdict",
            "model": "source model",
            "reward_model": "ignored",
            "quality_explanation": "ignored",
            "input_quality": "stratum",
            "uuid": "ignored",
            "min_neighbor_distance": "number",
        },
    ),
    "WildChat": (
        {"conversation_id": lambda i: f"{i}", "model": MODEL, "conversation": turns(), "toxic": YES, "language": TOPIC},
        {"conversation": "prompt and completion", "model": "source model", "toxic": "stratum"},
    ),
    "ShareGPT": (
        {"id": lambda i: f"{i}", "conversations": turns("from", "value", ("human", "gpt"))},
        {"conversations": "prompt and completion", "id": "ignored"},
    ),
    "Tulu": (
        {"id": lambda i: f"{i}", "messages": turns(), "source": one_of("ai2-adapt-dev/oasst1", "ai2-adapt-dev/flan")},
        {"messages": "prompt and completion"},
    ),
    "Alpaca": (
        {"instruction": ASK, "input": one_of("", "2 2"), "output": SAY, "text": words("Below")},
        {"instruction": "prompt", "input": "prompt", "output": "completion", "text": "ignored"},
    ),
    "Alpaca in capitals": (
        {"Instruction": ASK, "Input": one_of("", "2 2"), "Output": SAY},
        {"Instruction": "prompt", "Input": "prompt", "Output": "completion"},
    ),
    "TruthfulQA, one label": (
        {"Question": ASK, "Response": SAY, "true": YES},
        {"Question": "prompt", "Response": "completion", "true": "gold"},
    ),
    "ToxiGen": (
        {"prompt": ASK, "generation": SAY, "generation_method": TOPIC, "roberta_prediction": SCORE},
        {"prompt": "prompt", "generation": "completion", "roberta_prediction": "number"},
    ),
    "SWE-bench results": (
        {"instance_id": lambda i: f"repo-{i}", "model_name_or_path": MODEL, "model_patch": SAY, "resolved": YES},
        {"instance_id": "prompt's id", "resolved": "gold", "model_patch": "ignored", "model_name_or_path": "stratum"},
    ),
    "xP3": ({"inputs": ASK, "targets": SAY}, {"inputs": "prompt", "targets": "completion"}),
    "RewardBench rows": (
        {"prompt": ASK, "response": SAY, "rm_logit": lambda i: i / 5 - 4, "subset": TOPIC},
        {"rm_logit": "verdict", "subset": "stratum"},
    ),
    "numeric scores of people": (
        {"prompt": ASK, "response": SAY, "human_score": STARS, "score": SCORE},
        {"human_score": "score by people", "score": "verdict"},
    ),
    "human_rating alone": (
        {"prompt": ASK, "response": SAY, "human_rating": STARS},
        {"human_rating": "score by people"},
    ),
    "annotator_label": ({"prompt": ASK, "response": SAY, "annotator_label": YES}, {"annotator_label": "gold"}),
    "preference_human in words": (
        {"prompt": ASK, "response": SAY, "preference_human": one_of("good", "bad"), "score": SCORE},
        {"preference_human": "gold", "score": "verdict"},
    ),
    "labels of people in words of their own": (
        {"prompt": ASK, "response": SAY, "human_label": one_of("helpful", "harmful"), "score": SCORE},
        {"human_label": "label by people", "score": "verdict"},
    ),
    "a preference of people by position": (
        {"prompt": ASK, "response": SAY, "preference_human": one_of("A", "B", "tie")},
        {"preference_human": "label by people"},
    ),
    "lists of scores of people": (
        {"prompt": ASK, "response": SAY, "human_scores": lambda i: [4, 5], "judge": SCORE},
        {"human_scores": "ignored", "judge": "verdict"},
    ),
    "what people are like": (
        {"prompt": ASK, "response": SAY, "expert_domain": one_of("law", "medicine"), "worker_id": one_of(1, 2)},
        {"expert_domain": "stratum", "worker_id": "stratum"},
    ),
    "crowd labels": ({"prompt": ASK, "response": SAY, "crowd_label": YES}, {"crowd_label": "gold"}),
    "a rating beside the rater": (
        {"prompt": ASK, "response": SAY, "rating": STARS, "annotator_id": one_of("ann", "bob")},
        {"rating": "score by people", "annotator_id": "stratum"},
    ),
    "a rating of a judge": (
        {"prompt": ASK, "response": SAY, "rating": STARS},
        {"rating": "verdict"},
    ),
    "passed": ({"prompt": ASK, "response": SAY, "passed": YES}, {"passed": "verdict"}),
    "tests_passed beside gold": (
        {"prompt": ASK, "code": SAY, "response": SAY, "tests_passed": YES, "gold": YES},
        {"tests_passed": "verdict", "gold": "gold", "code": "ignored"},
    ),
    "nll": (
        {"prompt": ASK, "response": SAY, "nll": lambda i: i / 3, "score": SCORE},
        {"nll": "confidence", "score": "verdict"},
    ),
    "mean_nll and logprobs": (
        {"prompt": ASK, "response": SAY, "logprobs": lambda i: -i / 3, "mean_nll": lambda i: i / 3},
        {"logprobs": "confidence", "mean_nll": "number"},
    ),
    "explanation": (
        {"prompt": ASK, "response": SAY, "explanation": words("Because"), "score": SCORE},
        {"explanation": "ignored", "score": "verdict"},
    ),
    "rationale": ({"question": ASK, "prediction": SAY, "rationale": words("As")}, {"rationale": "ignored"}),
    "scores as a list": (
        {"prompt": ASK, "response": SAY, "scores": lambda i: [i % 3, i % 4]},
        {"scores": "verdict"},
    ),
    "scores as an object": (
        {"prompt": ASK, "response": SAY, "scores": lambda i: {"gpt4": i % 3, "claude": i % 5}},
        {"scores.claude": "verdict", "scores.gpt4": "further judge"},
    ),
    "a source that is a topic": ({"prompt": ASK, "response": SAY, "source": TOPIC}, {"source": "stratum"}),
    "a source that is a model": ({"prompt": ASK, "response": SAY, "source": MODEL}, {"source": "source model"}),
    "generator": ({"prompt": ASK, "response": SAY, "generator": TOPIC}, {"generator": "source model"}),
    "camelCase": (
        {"userPrompt": TOPIC, "Question": ASK, "modelOutput": SAY, "isCorrect": YES},
        {"Question": "prompt", "modelOutput": "completion", "isCorrect": "gold"},
    ),
    "blanks and capitals": (
        {"Prompt": ASK, "Model Output": SAY, "Is Correct": YES, "Judge Score": SCORE, "Model Name": MODEL},
        {
            "Prompt": "prompt",
            "Model Output": "completion",
            "Is Correct": "gold",
            "Judge Score": "verdict",
            "Model Name": "source model",
        },
    ),
    "hyphens": (
        {"prompt": ASK, "model-output": SAY, "is-correct": YES, "avg-logprob": lambda i: -i / 9},
        {"model-output": "completion", "is-correct": "gold", "avg-logprob": "confidence"},
    ),
    "full width letters": ({"ｐｒｏｍｐｔ": ASK, "response": SAY}, {"ｐｒｏｍｐｔ": "prompt"}),
    "numbers as texts": (
        {"prompt": ASK, "response": SAY, "score": lambda i: f"{i / N:.2f}", "rating": lambda i: f"{i % 5}/5"},
        {"score": "verdict", "rating": "stratum"},
    ),
    "percentages": ({"prompt": ASK, "response": SAY, "score": lambda i: f"{i}%"}, {"score": "verdict"}),
    "decimal commas": ({"prompt": ASK, "response": SAY, "score": lambda i: f"0,{i:02}"}, {"score": "verdict"}),
    "frank": (
        {"article": ASK, "summary": SAY, "reference": words("In short"), "factuality": lambda i: i % 4 / 3},
        {"article": "prompt", "summary": "completion", "reference": "ignored", "factuality": "score by people"},
    ),
    "ifeval": (
        {"model": MODEL, "key": lambda i: i, "response": SAY, "strict_all": YES, "loose_all": YES},
        {"response": "completion", "key": "prompt's id", "model": "source model", "strict_all": "stratum"},
    ),
    "humaneval": (
        {
            "task_id": lambda i: f"HumanEval/{i % 5}",
            "completion": SAY,
            "gold_pass": YES,
            "gold_error": one_of("", "x y"),
            "gen_tests_passed": one_of("00110", "11111"),
        },
        {"task_id": "prompt's id", "gold_pass": "gold", "gen_tests_passed": "verdict"},
    ),
    "only numbers": ({"gold": YES, "verdict": SCORE}, {"gold": "gold", "verdict": "verdict"}),
    "oasst": (
        {"message_id": lambda i: f"m{i}", "text": SAY, "role": one_of("assistant", "prompter"), "lang": TOPIC},
        {"text": "completion", "role": "stratum", "message_id": "ignored"},
    ),
    "preference data": (
        {"prompt": ASK, "chosen": SAY, "rejected": words("No")},
        {"prompt": "prompt"},
    ),
    "samples": (
        {"prompt": ASK, "samples": lambda i: ["a b"] * (1 + i % 3), "rewards": lambda i: [0.5] * (1 + i % 3)},
        {"samples, rewards": "several completions", "rewards": "verdict", "completion": "completion"},
    ),
    "candidates of objects": (
        {"prompt": ASK, "candidates": lambda i: [{"content": f"c{i}", "score": i % 4, "model": "gpt-4"}] * 2},
        {"content": "completion", "score": "verdict", "model": "source model"},
    ),
    "outputs of chats": (
        {"prompt": ASK, "outputs": lambda i: [[{"role": "assistant", "content": f"a{i}"}]] * 2},
        {"outputs": "several completions", "completion": "completion"},
    ),
    "a constant, an empty and a numbering column": (
        {"prompt": ASK, "response": SAY, "split": one_of("train"), "notes": one_of(None), "index": lambda i: i},
        {"split": "ignored", "notes": "ignored", "index": "ignored"},
    ),
    "an extracted answer": (
        {"prompt": ASK, "response": lambda i: f"So the answer is {i}.", "prediction": lambda i: f"{i}"},
        {"response": "completion", "prediction": "ignored"},
    ),
    "a confidence in words": (
        {"prompt": ASK, "response": SAY, "confidence": one_of("high", "low", "none at all")},
        {"confidence": "stratum"},
    ),
    "lists of tags": ({"prompt": ASK, "response": SAY, "tags": lambda i: ["a"]}, {"tags": "ignored"}),
    "an object": ({"prompt": ASK, "response": SAY, "meta": lambda i: {"a": 1}}, {"meta": "ignored"}),
    "approved": ({"prompt": ASK, "response": SAY, "approved": YES}, {"approved": "verdict"}),
    "human": ({"prompt": ASK, "response": SAY, "human": YES, "judge": YES}, {"human": "gold", "judge": "verdict"}),
}


@pytest.mark.parametrize("name", CASES)
def test_what_each_column_is_taken_for(name: str) -> None:
    columns, expected = CASES[name]
    rows = [{column: make(i) for column, make in columns.items()} for i in range(N)]
    roles = recognise(rows, NamedColumns(), "file", guess=True)
    found = {use.column: use for use in column_uses(roles, rows)}
    for column, role in expected.items():
        assert found[column].role in role.split(" or "), (column, found[column], found)


@pytest.mark.parametrize("name", CASES)
def test_every_column_is_accounted_for_and_ignored_ones_are_named(name: str) -> None:
    columns, _ = CASES[name]
    rows = [{column: make(i) for column, make in columns.items()} for i in range(N)]
    roles = recognise(rows, NamedColumns(), "file", guess=True)
    uses = column_uses(roles, rows)
    held = {column for row in roles.rows(rows) for column in row}
    assert held <= {part for use in uses for part in (use.column, use.column.split(".")[0])}
    assert all(use.role and use.why for use in uses)
    said = " ".join(sentences(roles, rows, uses))
    ignored = [use.column for use in uses if use.role == "ignored"]
    assert all(column in said for column in ignored[:6])
    assert not ignored or "--completion" in said


def test_the_reason_is_the_name_the_content_or_the_option() -> None:
    rows = [{"prompt": ASK(i), "response": SAY(i), "label": i % 4 > 0, "score": i / N, "kind": "a"} for i in range(N)]
    roles = recognise(rows, NamedColumns(verdicts=("score",)), "file", guess=True)
    found = {use.column: use for use in column_uses(roles, rows)}
    assert found["prompt"].why == "its name" and found["prompt"].option == "--prompt"
    assert found["label"].why == "its name; good in 30, bad in 10" and found["label"].option == "--gold"
    assert found["score"].why == "named with --judge-column; numbers from 0 to 0.975"
    assert found["kind"].why == "the same in every row"


@pytest.mark.parametrize(
    ("values", "role"),
    [(("math", "news"), "stratum"), (("gpt-4", "llama-2-7b"), "source model")],
)
def test_a_source_is_a_model_only_if_its_values_look_like_models(values: tuple[str, ...], role: str) -> None:
    rows = [{"prompt": ASK(i), "response": SAY(i), "source": values[i % 2]} for i in range(N)]
    for named, expected in ((NamedColumns(), role), (NamedColumns(model="source"), "source model")):
        uses = column_uses(recognise(rows, named, "file", guess=True), rows)
        assert {use.column: use.role for use in uses}["source"] == expected
