"""Supervised fine-tuning through TRL, beside what is computed by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from openloop import training
from openloop.errors import InputError
from openloop.records import Example, Message, Prompt, Sampling
from openloop.testing import check_trainer
from openloop.training.settings import settings
from openloop.training.token_rows import Loss, token_rows
from tests.support.small_models import make_model
from tests.training.small_trainings import SUMS, losses, small, steps_told, trained

torch = pytest.importorskip("torch")
pytest.importorskip("trl")
TINY = 1e-12


def turns(*said: str) -> list[Message]:
    return [Message(role=("user", "assistant")[i % 2], content=content) for i, content in enumerate(said)]


ROWS = [
    Example(turns("1+1", "22", "no"), [Message(role="assistant", content="2")]),
    Example(turns("2+2"), [Message(role="assistant", content="four")]),
    Example(turns("say a long thing"), [Message(role="assistant", content="a long thing")]),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("sft"))


def cross_entropy(model: Any, loss: Loss) -> float:
    """Mean over all learned tokens of :data:`ROWS`, from logits of one row at a time."""
    total, count = 0.0, 0
    for row in token_rows(model, ROWS, loss, settings("sft", {}, lr=1.0, lr_lora=1.0)).rows:
        with torch.inference_mode():
            logits = model._network.model(torch.tensor([row.input_ids])).logits[0].double()
        steps = torch.log_softmax(logits, -1)
        for place, label in enumerate(row.labels[1:]):
            if label >= 0:
                total -= float(steps[place, label])
                count += 1
    return total / count


@pytest.mark.parametrize("loss", ["completion", "assistant", "all"])
def test_the_loss_is_the_mean_over_learned_tokens(folder: Path, tmp_path: Path, loss: Loss) -> None:
    model = small(folder)
    by_hand = cross_entropy(model, loss)
    options: list[dict[str, Any]] = [
        {"batch": 3},
        {"batch": 1, "accumulate": 3},
        {"batch": 1, "packing": True, "max_length": 128},
        {"batch": 3, "lora": 2},
        {"batch": 3, "gradient_checkpointing": True},
    ]
    for number, more in enumerate(options if loss == "assistant" else options[:1]):
        made = trained(training.sft(loss=loss, steps=1, lr=TINY, **more), model, ROWS, tmp_path / str(number))
        assert losses(made)[0] == pytest.approx(by_hand, rel=1e-4), more


def test_what_is_learned_is_what_is_masked_in(folder: Path, tmp_path: Path) -> None:
    """The other way round: other masks give other losses."""
    model = small(folder)
    assert len({round(cross_entropy(model, loss), 3) for loss in ("completion", "assistant", "all")}) == 3


@pytest.mark.parametrize("options", [{}, {"lora": 2}, {"lora": 2, "adapter": "keep"}])
def test_it_keeps_the_contract(folder: Path, options: dict[str, Any]) -> None:
    check_trainer(training.sft(steps=3, batch=4, checkpoint_steps=1, **options), small(folder), SUMS)


def test_it_learns(folder: Path, tmp_path: Path) -> None:
    told: list[Any] = []
    made = trained(training.sft(epochs=15, lr=1e-2, batch=10), small(folder), SUMS, tmp_path, report=told.append)
    assert losses(made)[-1] < losses(made)[0] / 3
    assert steps_told(told) == [float(step) for step in range(1, 31)]
    assert told[-1]["of"] == 30 and told[-1]["seconds_left"] == 0 and told[5]["tokens_per_second"] > 0
    assert made.metrics["steps"] == 30 and [entry["step"] for entry in made.curve] == steps_told(told)


# ---- adapters -----------------------------------------------------------------------------------------------


def logits_of(network: Any) -> Any:
    with torch.inference_mode():
        return network(torch.arange(1, 30)[None]).logits


def test_a_merged_adapter_equals_the_adapter(folder: Path, tmp_path: Path) -> None:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    options: dict[str, Any] = {"epochs": 3, "lora": 4, "lr": 1e-2}
    model = small(folder)
    merged = trained(training.sft(**options), model, SUMS, tmp_path / "merged")
    kept = trained(training.sft(**options, adapter="keep"), model, SUMS, tmp_path / "kept")
    assert losses(merged) == losses(kept)
    base = logits_of(AutoModelForCausalLM.from_pretrained(folder))
    beside = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(folder), str(tmp_path / "kept" / "weights"))
    whole = logits_of(AutoModelForCausalLM.from_pretrained(tmp_path / "merged" / "weights"))
    torch.testing.assert_close(logits_of(beside.eval()), whole, rtol=1e-4, atol=1e-4)
    assert (whole - base).abs().max() > 0.1
    assert not (tmp_path / "kept" / "weights" / "config.json").exists()
    loaded = [model.load(tmp_path / name / "weights") for name in ("merged", "kept")]
    asked, said = ["1+1=", "3+3="], ["2", "6"]
    assert loaded[0].logprobs(asked, said) == pytest.approx(loaded[1].logprobs(asked, said), rel=1e-4)
    assert loaded[0].revision != loaded[1].revision


@pytest.mark.parametrize("lora", [0, 4])
def test_activations_computed_twice_change_nothing(folder: Path, tmp_path: Path, lora: int) -> None:
    """Under an adapter too, made here or before: no weight below the first block needs a gradient there."""
    options: Any = {"steps": 3, "lr": 1e-2, "lora": lora, "adapter": "keep" if lora else "merge"}
    plain = small(folder)
    for turn in ("first", "second"):
        held = trained(training.sft(**options), plain, SUMS, tmp_path / turn)
        twice = trained(training.sft(**options, gradient_checkpointing=True), plain, SUMS, tmp_path / f"{turn} twice")
        assert losses(twice) == pytest.approx(losses(held), rel=1e-5) and len(set(losses(held))) == 3
        plain = plain.load(tmp_path / turn / "weights")


def test_a_kept_adapter_is_trained_further_or_merged(folder: Path, tmp_path: Path) -> None:
    model = small(folder)
    lora: Any = {"steps": 6, "lora": 4, "lr": 1e-2}
    trained(training.sft(**lora, adapter="keep"), model, SUMS, tmp_path / "first")
    first = model.load(tmp_path / "first" / "weights")
    before = sum(first.logprobs(["1+1="], ["2"]))
    further = trained(training.sft(**lora, adapter="keep"), first, SUMS, tmp_path / "further")
    again = trainer_loss(first, tmp_path / "look")
    assert losses(further)[0] == pytest.approx(again, rel=0.5)  # it goes on where the first ended
    assert model.load(tmp_path / "further" / "weights").revision == further.revision
    whole = trained(training.sft(steps=1, lr=TINY), first, SUMS, tmp_path / "whole")
    loaded = model.load(tmp_path / "whole" / "weights")
    assert loaded.revision == whole.revision and loaded.adapter is None
    assert sum(loaded.logprobs(["1+1="], ["2"])) == pytest.approx(before, rel=1e-4)
    with pytest.raises(InputError, match="adapter of rank 4 and alpha 8.*Say lora=4"):
        training.sft(lora=8).check(first)
    with pytest.raises(InputError, match="lora_alpha"):
        training.sft(lora=4, lora_alpha=99).check(first)


def trainer_loss(model: Any, base: Path) -> float:
    return losses(trained(training.sft(steps=1, lr=TINY, batch=20), model, SUMS, base))[0]


# ---- how long, and what stays as it was -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "steps", "seen"),
    [
        ({}, 3, 20),  # 8 + 8 + 4 rows
        ({"epochs": 2}, 6, 40),
        ({"epochs": 0.5}, 2, 16),
        ({"steps": 5}, 5, 36),
        ({"accumulate": 2}, 2, 20),  # 16 + 4 rows
        ({"accumulate": 2, "steps": 3}, 3, 36),
        ({"batch": 20, "tokens": 4 * 155}, 4, 80),  # the rows have 155 tokens
        ({"tokens": 2 * 155}, 6, 40),
    ],
)
def test_steps_tokens_and_epochs_say_how_long(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], steps: int, seen: int
) -> None:
    from trl.trainer.sft_trainer import DataCollatorForLanguageModeling

    collated: list[int] = []
    honest = DataCollatorForLanguageModeling.torch_call
    monkeypatch.setattr(
        DataCollatorForLanguageModeling,
        "torch_call",
        lambda self, rows: collated.append(len(rows)) or honest(self, rows),
    )
    made = trained(training.sft(**options), small(folder), SUMS, tmp_path)
    assert made.metrics["steps"] == steps and made.facts["rows_seen"] == seen
    # The mask is read from one batch more, and the library may look one batch ahead.
    assert seen <= sum(collated) - 8 <= seen + 8 * options.get("accumulate", 1)


def test_tokenizer_and_special_tokens_stay_as_they_were(tmp_path: Path) -> None:
    import json

    folder = make_model(tmp_path / "model")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"eos_token_id": 5}))
    (folder / "generation_config.json").unlink()
    model = small(folder)
    before = (folder / "tokenizer.json").read_bytes(), model.tokenizer().pad_token
    made = trained(training.sft(steps=1), model, SUMS, tmp_path / "out")
    after = json.loads((tmp_path / "out" / "weights" / "config.json").read_text())
    assert after["eos_token_id"] == 5 and after.get("pad_token_id") == config.get("pad_token_id")
    assert ((tmp_path / "out" / "weights" / "tokenizer.json").read_bytes(), model.tokenizer().pad_token) == before
    assert not (tmp_path / "out" / "weights" / "generation_config.json").exists()
    ends = model.load(tmp_path / "out" / "weights")._network.end_tokens
    assert ends == (5,) and made.facts["mask"]["example"].endswith("&»")  # token 5


def test_what_is_trained_is_in_float32_whatever_it_is_sampled_in(folder: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file

    small_steps: Any = {"steps": 3, "lr": 1e-5}
    model = small(folder, dtype="bfloat16")
    trained(training.sft(**small_steps), model, SUMS, tmp_path)
    weights = load_file(tmp_path / "weights" / "model.safetensors")
    assert {value.dtype for value in weights.values()} == {torch.float32}
    loaded = model.load(tmp_path / "weights")
    assert loaded._network.model.dtype == torch.bfloat16
    assert loaded.sample([Prompt("p", "1+1=")], 1, Sampling(max_tokens=2))
