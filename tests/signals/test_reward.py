"""Rewards of trainers as signals, and signals as rewards."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest

from openloop import signals
from openloop.errors import InputError
from openloop.records import Candidate, Outcome
from openloop.scoring import checked_verdicts
from openloop.testing import check_signal
from tests.support.small_models import make_model


def rows(*texts: str) -> list[Candidate]:
    return [Candidate(f"c{i}", "p", "q", text, row={"answer": "5", "length": i}) for i, text in enumerate(texts)]


def shortness(prompts: list[str], completions: list[str], length: list[int], **_: Any) -> list[float | None]:
    return [None if text == "?" else 1 / (1 + n) for text, n in zip(completions, length, strict=True)]


async def slowly(completions: list[str], **_: Any) -> list[float]:
    await asyncio.sleep(0.01)
    return [float(bool(text)) for text in completions]


def test_a_reward_function_is_a_signal() -> None:
    found = checked_verdicts(signals.from_reward(shortness), rows("a", "b", "?"))
    assert [v.value for v in found] == [1.0, 0.5, None] and found[2].outcome is Outcome.ABSTAINED
    assert [v.value for v in checked_verdicts(signals.from_reward(slowly), rows("a", ""))] == [1.0, 0.0]
    check_signal(signals.from_reward(slowly, range=(-1, 1), accept_at=0.5, name="slow"))


def test_what_a_reward_does_wrong_is_an_error_of_its_rows() -> None:
    def few(completions: list[str], **_: Any) -> list[float]:
        return [1.0]

    def words(completions: list[str], **_: Any) -> list[str]:
        return ["good"] * len(completions)

    def high(completions: list[str], **_: Any) -> list[float]:
        return [7.0] * len(completions)

    assert [v.value for v in checked_verdicts(signals.from_reward(few), rows("a", "b"))] == [1.0, 1.0]  # row by row
    for reward in (words, high):
        found = checked_verdicts(signals.from_reward(reward), rows("a", "b"))
        assert [(v.value, v.outcome) for v in found] == [(None, Outcome.ERROR)] * 2
    with pytest.raises(InputError, match="completion_ids exists only inside a trainer"):
        signals.from_reward(lambda prompts, completions, completion_ids: [])


def test_a_signal_is_a_reward_and_back(tmp_path: Path) -> None:
    signal = signals.exact()
    reward = signals.as_reward(signal, record=tmp_path / "seen.jsonl")
    said = reward(prompts=["q", "q"], completions=["5", "6"], answer=["5", "5"], trainer_state=object())
    assert said == [1.0, 0.0] and reward.__name__ == "exact"
    assert reward(prompts=["q"], completions=["5"], answer=[None]) == [None]
    seen = [json.loads(line) for line in (tmp_path / "seen.jsonl").read_text().splitlines()]
    assert [row["verdict"] for row in seen] == [1.0, 0.0, None] and seen[2]["reason"] == "no_gold"
    again = checked_verdicts(signals.from_reward(reward), rows("5", "6"))
    assert [v.value for v in again] == [1.0, 0.0]
    chat = reward(
        prompts=[[{"role": "user", "content": "q"}]],
        completions=[[{"role": "assistant", "content": "5"}]],
        answer=["5"],
    )
    assert chat == [1.0]


def test_a_reward_that_hangs_on_one_row_scores_the_others() -> None:
    def reward(prompts: Any, completions: Any, **_: Any) -> list[float]:
        if "3" in completions:
            time.sleep(60)
        return [1.0] * len(completions)

    found = checked_verdicts(signals.from_reward(reward, seconds=2.0), rows(*"012345678"))
    assert [v.outcome is Outcome.TIMEOUT for v in found] == [i == 3 for i in range(9)]


def trained(folder: Path, data: list[dict[str, Any]], *rewards: Any) -> Any:
    """One step of the installed GRPO trainer with these rewards."""
    trl, datasets = pytest.importorskip("trl"), pytest.importorskip("datasets")
    from transformers import AutoTokenizer

    model = make_model(folder / "small")
    config = trl.GRPOConfig(
        output_dir=str(folder / "out"),
        max_steps=1,
        per_device_train_batch_size=4,
        num_generations=4,
        max_completion_length=4,
        use_cpu=True,
        bf16=False,
        report_to=[],
        save_strategy="no",
        logging_steps=1,
    )
    trainer = trl.GRPOTrainer(
        model=str(model),
        reward_funcs=list(rewards),
        args=config,
        train_dataset=datasets.Dataset.from_list(data),
        processing_class=AutoTokenizer.from_pretrained(model),
    )
    trainer.train()
    return trainer


@pytest.mark.integration
def test_a_trainer_takes_it(tmp_path: Path) -> None:
    seen = tmp_path / "seen.jsonl"
    both = signals.combine(signals.exact(), signals.format(pattern=".*"))
    data = [{"prompt": f"{i} + {i} =", "answer": str(2 * i)} for i in range(8)]
    trained(tmp_path, data, signals.as_reward(both, record=seen))
    recorded = [json.loads(line) for line in seen.read_text().splitlines()]
    assert len(recorded) >= 4 and {row["outcome"] for row in recorded} == {"scored"}


@pytest.mark.integration
def test_what_none_is_beside_a_second_reward(tmp_path: Path) -> None:
    """The installed trainer adds rewards up as if None were 0: so several signals are combined into one before."""

    def unsure(completions: list[Any], **_: Any) -> list[None]:
        return [None] * len(completions)

    def sure(completions: list[Any], **_: Any) -> list[float]:
        return [1.0] * len(completions)

    def mean_reward(*rewards: Any) -> float:
        log = trained(tmp_path, [{"prompt": f"{i} + {i} ="} for i in range(8)], *rewards).state.log_history
        return float(next(row["reward"] for row in log if "reward" in row))

    assert mean_reward(sure) == 1.0
    assert mean_reward(sure, unsure) == 1.0  # an unknown reward and one of 0 come to the same
    both = signals.combine(signals.from_reward(sure), signals.from_reward(unsure, name="unsure"), how="weighted")
    assert signals.as_reward(both)(prompts=["q"], completions=["a"]) == [None]


def test_a_recipe_may_combine_signals_and_take_a_trainers_reward(tmp_path: Path, openloop: Any) -> None:
    (tmp_path / "rewards.py").write_text(
        "def short(prompts, completions, **columns):\n    return [float(len(c) < 3) for c in completions]\n"
    )
    data = [{"prompt": f"{a} + {b} =", "answer": f"{a + b}"} for a in range(9) for b in range(9)]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in data))
    (tmp_path / "recipe.yaml").write_text(
        "name: both\nmodels: {m: {use: simulated, error: 0.4}}\nsampler: m\nreal: rows.jsonl\nworkers: 2\n"
        "signals:\n  both:\n    use: combine\n    how: all\n"
        "    signals: [exact:answer, {use: from_reward, reward: rewards.py:short}]\n"
        "select: {use: threshold, accept: true}\n"
    )
    said = openloop("run", tmp_path / "recipe.yaml")
    assert said.code == 0, said.err
    rows = openloop("show", tmp_path / "runs" / "both", "--json").json["arms"]["loop"]["rows"][0]
    assert 0 < rows["kept"] < rows["scored"] == 81
    wrong = openloop("validate", tmp_path / "recipe.yaml", "--set", "signals.both.signals=[exat]")
    assert wrong.code == 2 and "did you mean 'exact'" in wrong.err


def test_a_reward_scores_a_file_from_the_command_line(
    tmp_path: Path, openloop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("rewards.py").write_text(
        "async def maybe(prompts, completions, **columns):\n"
        "    return [None if c == '?' else float(c == 'b') for c in completions]\n"
        "def inside(prompts, completions, completion_ids):\n    return completion_ids\n"
    )
    lines = [{"prompt": "q", "completion": c, "good": c == "b"} for c in "ab?b"]
    Path("rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in lines))
    said = openloop("score", "rows.jsonl", "--signal", "from_reward:rewards.py:maybe", "--gold", "good", "--json")
    assert said.code == 0, said.err
    assert (said.json["scored"], said.json["abstained"], said.json["accept_rate"]) == (3, 1, 2 / 3)
    assert said.json["phi"]["value"] == 1.0
    spec = "{use: from_reward, reward: rewards.py:maybe, accept_at: 2, range: [0, 2]}"
    assert openloop("score", "rows.jsonl", "--signal", spec, "--json").json["accept_rate"] == 0.0
    for spec, why in (
        ("from_reward:rewards.py:inside", "only inside a trainer"),
        ("{use: [", "not valid YAML"),
        ("{}", "does not say what to use"),
        ("from_reward:rewards.py:nothing", "has no 'nothing'"),
    ):
        refused = openloop("score", "rows.jsonl", "--signal", spec)
        assert refused.code == 2 and why in refused.err, refused.err
