"""Files that the tools themselves wrote: each is installed, writes a small log offline, and the log is read."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import openloop
from openloop.auditing import audit
from openloop.data.recognise import NamedColumns, recognise
from openloop.data.streaming import blocks
from tests.data.logs.environments import promptfoo, run, source_packages, tool_python, write
from tests.support.small_models import make_model

pytestmark = pytest.mark.integration
ASKED = [f"What is {i} + {i}?" for i in range(6)]


def rows_of(path: Path) -> tuple[list[Mapping[str, Any]], str]:
    """The ordinary rows of a log, and what was said of it; reading it for a run gives the same rows."""
    raw = [row for shard in blocks(path) for row in shard.rows]
    roles = recognise(raw, NamedColumns(), str(path), guess=True)
    assert roles.log is not None, f"{path.name} was not recognised: its columns are {', '.join(raw[0])}"
    return list(roles.rows(raw)), roles.log.sentence


def texts(rows: list[Mapping[str, Any]], column: str) -> list[str]:
    """A column, messages being the text of their last turn."""
    return [row[column] if isinstance(row[column], str) else row[column][-1]["content"] for row in rows]


def audited(path: Path, tmp_path: Path, **options: Any) -> openloop.Audit:
    return audit(path, to_label=tmp_path / "label.jsonl", **options)


def test_inspect_ai(tmp_path: Path) -> None:
    write(tool_python("inspect_ai"), "write_inspect_ai.py", tmp_path)
    (plain,), (packed,) = tmp_path.glob("*.json"), tmp_path.glob("*.eval")
    for path in (plain, packed):
        rows, said = rows_of(path)
        assert said.startswith("inspect_ai log of task sums: one row per sample and epoch; gold = match, ")
        assert texts(rows, "prompt") == ASKED * 2
        assert [row["completion"] for row in rows[:4]] == ["ANSWER: 99", "ANSWER: 2", "ANSWER: 4", "ANSWER: 99"]
        assert [row["gold"] for row in rows[:6]] == [0.0, 1.0, 1.0, 0.0, 1.0, 1.0]
        assert [row["verdict"] for row in rows[:4]] == [1.0, 0.0, 1.0, 0.0]
        assert [row["index"] for row in rows] == [1] * 6 + [2] * 6
        assert {row["model"] for row in rows} == {"mockllm/model"}
        assert audited(path, tmp_path).estimate("verifier.p").value == pytest.approx(1 / 3)
    assert openloop.read(packed).rows == openloop.read(plain).rows


def test_verifiers_results(tmp_path: Path) -> None:
    write(tool_python("verifiers_results"), "write_verifiers_results.py", tmp_path)
    for path in (tmp_path / "results.jsonl", tmp_path / "data_set"):
        rows, said = rows_of(path)
        assert said.startswith("verifiers results: one row per rollout; verdict = reward")
        assert texts(rows, "prompt") == ASKED and texts(rows, "completion") == ["0", "99", "4", "99", "8", "99"]
        assert [row["verdict"] for row in rows] == [1.5, 0.5] * 3
        assert [row["rewards"] for row in rows[:2]] == [{"right": 1.0, "short": 0.5}, {"right": 0.0, "short": 0.5}]
        assert audited(path, tmp_path, gold="right", accept_at=1).estimate("verifier.p").value == 0.5


def test_verifiers_traces(tmp_path: Path) -> None:
    write(tool_python("verifiers_traces"), "write_verifiers_traces.py", tmp_path)
    rows, said = rows_of(tmp_path / "traces.jsonl")
    assert said.startswith("verifiers traces: one row per trace; verdict = the weighted sum of right, short")
    assert texts(rows, "prompt") == ASKED and texts(rows, "completion") == ["0", "99", "4", "99", "8", "99"]
    assert [row["verdict"] for row in rows] == [1.5, 0.5] * 3
    assert rows[0]["model"] == "tiny" and rows[0]["task"]["answer"] == "0"


def test_distilabel(tmp_path: Path) -> None:
    write(tool_python("distilabel"), "write_distilabel.py", tmp_path)
    for path in (tmp_path / "rated.jsonl", tmp_path / "distiset"):
        rows, said = rows_of(path)
        assert said.startswith("distilabel rows: one row per generation; verdict = its rating")
        assert texts(rows, "prompt") == [text for text in ASKED[:3] for _ in range(2)]
        pairs = zip(rows[::2], rows[1::2], strict=True)
        for one, other in ((a, b) if a["completion"] == "the sum" else (b, a) for a, b in pairs):
            assert (one["completion"], one["model"]) == ("the sum", "model-a")
            assert (other["completion"], other["model"]) == ("no idea", "model-b")
        assert [row["verdict"] for row in rows] == [4, 2] * 3
        assert {row["judge_model"] for row in rows} == {"judge-1"}


def test_argilla(tmp_path: Path) -> None:
    write(tool_python("argilla"), "write_argilla.py", tmp_path)
    rows, said = rows_of(tmp_path / "data_set")
    assert "gold = the majority of 2 people's (a tie is unknown) submitted response to correct" in said
    assert [row["gold"] for row in rows] == [None, "yes", None, "yes", "no", "yes"], "drafts do not count"
    assert [row["verdict"] for row in rows] == ["no", "yes", "yes"] * 2
    nested, more = rows_of(tmp_path / "records.json")
    assert "does not say which responses are drafts" in more
    assert [row["gold"] for row in nested] == [None, "yes", None, "yes", None, "yes"]
    assert texts(nested, "prompt") == texts(rows, "prompt") == ASKED


def test_alpaca_eval(tmp_path: Path) -> None:
    write(tool_python("alpaca_eval"), "write_alpaca_eval.py", tmp_path)
    (path,) = tmp_path.rglob("annotations.json")
    rows, said = rows_of(path)
    assert said.startswith("AlpacaEval annotations: one row per pair; verdict = preference")
    assert texts(rows, "prompt") == ASKED
    assert texts(rows, "response_a") == [str(2 * i) for i in range(6)]
    assert texts(rows, "response_b") == ["99"] * 6
    assert {(row["model_a"], row["model_b"]) for row in rows} == {("model-a", "model-b")}
    assert [row["verdict"] for row in rows] == ["A" if row["margin"] > 0 else "B" for row in rows]
    assert {row["verdict"] for row in rows} == {"A", "B"}, "the tool shuffles which answer the judge sees first"


def test_verl_and_rewardbench(tmp_path: Path) -> None:
    (tmp_path / "rewardbench").mkdir()
    write(sys.executable, "write_from_source.py", source_packages(), tmp_path)
    rows, said = rows_of(tmp_path / "verl")
    assert said.startswith("verl rollouts: one row per response; verdict = score; gold = none")
    assert texts(rows, "prompt") == ASKED * 3 and [row["step"] for row in rows] == [1] * 6 + [2] * 6 + [3] * 6
    assert [row["verdict"] for row in rows[:6]] == [1.0, -1.0, -1.0] * 2
    found = audited(tmp_path / "verl", tmp_path, gold="acc", accept_at=0)
    assert found.estimate("verifier.p").value == pytest.approx(7 / 18)
    (scores,) = (tmp_path / "rewardbench" / "results").rglob("*.json")
    for path in (tmp_path / "rewardbench" / "model_outputs.jsonl", scores):
        pairs, said = rows_of(path)
        assert said.startswith("RewardBench scores: one row per pair")
        assert [row["chosen_score"] > row["rejected_score"] for row in pairs] == [False, True, True] * 2
        assert [row["chosen"].rpartition(" ")[2] for row in pairs] == [str(2 * i) for i in range(6)]


@pytest.mark.slow  # npm brings 1.4 GB for it
def test_promptfoo(tmp_path: Path) -> None:
    tests = [{"vars": {"n": i}, "assert": [{"type": "contains", "value": str(2 * i)}]} for i in range(6)]
    config = {"prompts": ["What is {{n}} + {{n}}?"], "providers": ["echo"], "tests": tests}
    (tmp_path / "config.json").write_text(json.dumps(config))
    outputs = [tmp_path / "results.json", tmp_path / "results.jsonl"]
    wanted = [word for path in outputs for word in ("-o", str(path))]
    program = str(promptfoo())
    run(["env", f"PROMPTFOO_CONFIG_DIR={tmp_path}", "PROMPTFOO_FAILED_TEST_EXIT_CODE=0", program, "eval", "-c",
         str(tmp_path / "config.json"), *wanted, "--no-cache", "--no-progress-bar"])  # fmt: skip
    for path in outputs:
        rows, said = rows_of(path)
        assert said.startswith("promptfoo results: one row per test and provider; verdict = success")
        assert texts(rows, "prompt") == texts(rows, "completion") == ASKED, "the provider `echo` repeats the prompt"
        assert [row["verdict"] for row in rows] == [True] + [False] * 5


def test_lm_eval(tmp_path: Path) -> None:
    write(sys.executable, "write_lm_eval.py", tmp_path)
    (sums,) = tmp_path.rglob("samples_sums_*.jsonl")
    rows, said = rows_of(sums)
    assert said.startswith("lm-eval samples of task sums: one row per response; gold = exact_match (filter strict)")
    assert texts(rows, "prompt") == ASKED
    assert [row["gold"] for row in rows] == [1.0, 0.0] * 3
    assert audited(sums, tmp_path).estimate("verifier.p").value == 0.5
    (pick,) = tmp_path.rglob("samples_pick_*.jsonl")
    rows, said = rows_of(pick)
    assert "gold = acc; other metrics: acc_norm" in said
    assert texts(rows, "completion") == [" ninety-nine"] * 6 and [row["gold"] for row in rows] == [0.0] * 6
    both, _ = rows_of(sums.parent)
    assert len(both) == 12, "two tasks together"


def test_trl(tmp_path: Path) -> None:
    make_model(tmp_path / "model")
    write(sys.executable, "write_trl.py", tmp_path / "model", tmp_path / "out")
    rows, said = rows_of(tmp_path / "out" / "completions")
    assert said.startswith("TRL completions: one row per completion; verdict = the sum of short, has_a")
    assert len(rows) == 12 and [row["step"] for row in rows] == [1] * 4 + [2] * 4 + [3] * 4
    assert set(texts(rows, "prompt")) <= {f"What is {i} + {i}?" for i in range(8)}
    for row in rows:
        short, has_a = 1 / (1 + len(row["completion"])), float("a" in row["completion"])
        assert row["rewards"] == {"short": pytest.approx(short), "has_a": has_a}
        assert row["verdict"] == pytest.approx(short + has_a)
