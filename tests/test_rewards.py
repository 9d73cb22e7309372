"""Labels of people, references, and rewards of trainers as signals and back."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from openloop import signals
from openloop.errors import DataError, InputError
from openloop.records import Candidate, Outcome
from openloop.signals.base import checked
from openloop.testing import check_signal
from tests.small_models import make_model


def rows(*texts: str) -> list[Candidate]:
    return [
        Candidate(f"c{i}", "p", "q", text, row={"answer": "5", "length": i}) for i, text in enumerate(texts)
    ]


def shortness(prompts: list[str], completions: list[str], length: list[int], **_: Any) -> list[float | None]:
    return [None if text == "?" else 1 / (1 + n) for text, n in zip(completions, length, strict=True)]


async def slowly(completions: list[str], **_: Any) -> list[float]:
    await asyncio.sleep(0.01)
    return [float(bool(text)) for text in completions]


def test_a_reward_function_is_a_signal() -> None:
    found = checked(signals.from_reward(shortness), rows("a", "b", "?"))
    assert [v.value for v in found] == [1.0, 0.5, None] and found[2].outcome is Outcome.ABSTAINED
    assert [v.value for v in checked(signals.from_reward(slowly), rows("a", ""))] == [1.0, 0.0]
    check_signal(signals.from_reward(slowly, range=(-1, 1), accept_at=0.5, name="slow"))


def test_what_a_reward_does_wrong_is_an_error_of_its_rows() -> None:
    def few(completions: list[str], **_: Any) -> list[float]:
        return [1.0]

    def words(completions: list[str], **_: Any) -> list[str]:
        return ["good"] * len(completions)

    def high(completions: list[str], **_: Any) -> list[float]:
        return [7.0] * len(completions)

    for reward in (few, words, high):
        found = checked(signals.from_reward(reward), rows("a", "b"))
        assert all(v.value is None and v.outcome is Outcome.ERROR for v in found) or reward is few
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
    again = checked(signals.from_reward(reward), rows("5", "6"))
    assert [v.value for v in again] == [1.0, 0.0]
    chat = reward(prompts=[[{"role": "user", "content": "q"}]], completions=[[{"role": "assistant", "content": "5"}]],
                  answer=["5"])  # fmt: skip
    assert chat == [1.0]


def test_a_trainer_takes_it(tmp_path: Path) -> None:
    trl, datasets = pytest.importorskip("trl"), pytest.importorskip("datasets")
    folder = make_model(tmp_path / "small")
    seen = tmp_path / "seen.jsonl"
    both = signals.combine(signals.exact(), signals.format(pattern=".*"))
    data = datasets.Dataset.from_list([{"prompt": f"{i} + {i} =", "answer": str(2 * i)} for i in range(8)])
    config = trl.GRPOConfig(output_dir=str(tmp_path / "out"), max_steps=1, per_device_train_batch_size=4,
                            num_generations=4, max_completion_length=4, use_cpu=True, bf16=False, report_to=[],
                            save_strategy="no")  # fmt: skip
    from transformers import AutoTokenizer

    trainer = trl.GRPOTrainer(model=str(folder), reward_funcs=[signals.as_reward(both, record=seen)], args=config,
                              train_dataset=data, processing_class=AutoTokenizer.from_pretrained(folder))  # fmt: skip
    trainer.train()
    recorded = [json.loads(line) for line in seen.read_text().splitlines()]
    assert len(recorded) >= 4 and {row["outcome"] for row in recorded} == {"scored"}


def test_labels_of_people(tmp_path: Path) -> None:
    labels = [("a", "true"), ("b", "bad"), ("c", None), ("d", "1"), ("d", "0"), ("a", "yes")]
    path = tmp_path / "labels.jsonl"
    path.write_text(
        "".join(json.dumps({"prompt": "q", "completion": c, "gold": g}) + "\n" for c, g in labels)
    )
    found = signals.human("labels.jsonl", base=tmp_path).score(rows("a", "b", "c", "d", "e"))
    assert [v.value for v in found] == [1.0, 0.0, None, None, None]
    assert [v.reason for v in found[2:]] == ["not_labelled", "labels_differ", "not_labelled"]
    path.write_text(json.dumps({"prompt": "q", "completion": "a", "gold": "maybe"}) + "\n")
    with pytest.raises(DataError, match="row 1: the label 'maybe'"):
        signals.human(str(path)).score(rows("a"))


def test_a_reference_is_shared_in_part() -> None:
    pytest.importorskip("rouge_score")
    check_signal(signals.reference("answer"))
    gold = {"reference": "the bridge was closed on monday"}
    texts = ("the bridge was closed on monday", "on monday the bridge was closed", "cats", "")
    pool = [Candidate(f"{i}", "p", "q", text, row=gold) for i, text in enumerate(texts)]
    one, two, three, four = signals.reference().score(pool)
    assert (one.value, three.value, four.value) == (1.0, 0.0, 0.0) and one.parts == {
        "precision": 1.0,
        "recall": 1.0,
    }
    assert two.value == pytest.approx(4 / 6)  # "the bridge was closed" is the longest common run of six words
    assert signals.reference(metric="rouge1").score(pool)[1].value == pytest.approx(1.0)
    for options, says in (({"metric": "rouge3"}, "no metric"), ({"accept_at": 2.0}, "accept_at must be")):
        with pytest.raises(InputError, match=says):
            signals.reference(**options)  # type: ignore[arg-type]
