"""Every format loads with `datasets` and trains with TRL, and the loss is on what it should be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import openloop
from openloop import models, selection, signals
from tests.support.small_models import make_model

datasets = pytest.importorskip("datasets")
trl = pytest.importorskip("trl")
pytestmark = pytest.mark.integration

TEXT = [{"prompt": f"What is {i} + {i}?", "answer": str(2 * i)} for i in range(24)]
CHAT = [{"prompt": [{"role": "user", "content": row["prompt"]}], "answer": row["answer"]} for row in TEXT]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("student"))


def exported(tmp_path: Path, rows: list[dict[str, Any]], to: str) -> Path:
    run = openloop.Run(tmp_path / "run")
    pool = run.sample(models.simulated(error=0.4), rows, k=4)
    kept = run.select(pool, run.score(pool, signals.exact()), selection.threshold(accept=True))
    path = run.export(kept, to)
    run.close()
    return path


def trainer(kind: str, path: Path, folder: Path, tmp_path: Path) -> Any:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    rows = datasets.load_dataset(
        "parquet" if path.suffix == ".parquet" else "json",
        data_files=str(path),
        split="train",
        cache_dir=str(tmp_path / "cache"),
    )
    common: dict[str, Any] = {
        "output_dir": str(tmp_path / "out"),
        "max_steps": 2,
        "per_device_train_batch_size": 4,
        "use_cpu": True,
        "bf16": False,
        "report_to": [],
        "save_strategy": "no",
        "logging_steps": 1,
        "max_length": 128,
    }
    config, maker = (trl.DPOConfig, trl.DPOTrainer) if kind == "dpo" else (trl.SFTConfig, trl.SFTTrainer)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder)
    return maker(model=model, args=config(**common), train_dataset=rows, processing_class=tokenizer)


def learned(sft: Any) -> list[str]:
    """What the loss of a real batch is on, row by row."""
    batch = next(iter(sft.get_train_dataloader()))
    tokens = [[int(t) for t in row if t >= 0] for row in batch["labels"]]
    return [sft.processing_class.decode(row) for row in tokens]


@pytest.mark.parametrize("rows", [TEXT, CHAT], ids=["text", "chat"])
def test_two_steps_of_supervised_training_learn_the_completions_alone(
    rows: list[dict[str, Any]], folder: Path, tmp_path: Path
) -> None:
    sft = trainer("sft", exported(tmp_path, rows, "trl"), folder, tmp_path)
    answers = {row["answer"] for row in rows}
    assert {text.replace("<end>", "").strip() for text in learned(sft)} <= answers
    done = sft.train()
    assert done.global_step == 2 and done.training_loss > 0


@pytest.mark.parametrize("to", ["messages", "parquet"])
def test_the_other_formats_load_and_train(to: str, folder: Path, tmp_path: Path) -> None:
    path = exported(tmp_path, CHAT if to == "messages" else TEXT, to)
    assert trainer("sft", path, folder, tmp_path).train().global_step == 2


def test_pairs_train_by_preference(folder: Path, tmp_path: Path) -> None:
    assert trainer("dpo", exported(tmp_path, TEXT, "dpo"), folder, tmp_path).train().global_step == 2


@pytest.mark.parametrize("to", ["sharegpt", "alpaca"])
def test_formats_of_other_trainers_load(to: str, tmp_path: Path) -> None:
    path = exported(tmp_path, TEXT, to)
    rows = datasets.load_dataset("json", data_files=str(path), split="train", cache_dir=str(tmp_path / "cache"))
    columns = {"sharegpt": {"conversations"}, "alpaca": {"instruction", "input", "output"}}[to]
    assert set(rows.column_names) == columns and len(rows) > 20
