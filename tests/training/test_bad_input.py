"""What cannot be trained is refused in one sentence, and what is unusual is trained."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

import openloop
from openloop import models, training
from openloop.errors import InputError
from openloop.records import Example, Message
from openloop.training import memory
from openloop.training.settings import settings
from openloop.training.token_rows import token_rows
from tests.support.small_models import make_model
from tests.training.small_trainings import SUMS, small, trained

pytest.importorskip("trl")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("bad") / "model", max_position_embeddings=200_000)


def test_no_rows_and_one_row(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="zero rows|no rows"):
        run = openloop.Run(tmp_path / "run")
        run.train(small(folder), real=[], using=training.sft())
    made = trained(training.sft(), small(folder), SUMS[:1], tmp_path / "one")
    assert made.metrics["steps"] == 1 and made.facts["rows"] == 1


def test_rows_without_a_completion(folder: Path) -> None:
    with pytest.raises(InputError, match="no row to train on is left of 3: 3 have no completion that the loss counts"):
        training.sft().check(small(folder), [Example("ab", ""), Example("c", ""), Example("d", "")])
    chat = Example([Message(role="user", content="a")], [])
    with pytest.raises(InputError, match="1 have no completion"):
        training.sft().check(small(folder), [chat])


def test_a_completion_of_100_000_tokens_is_read_like_any_other(folder: Path) -> None:
    row = Example("ab", "c" * 100_000)
    made = token_rows(small(folder), [row], "completion", settings("sft", {}, lr=1.0, lr_lora=1.0))
    assert made.learned == 100_001
    with pytest.raises(InputError, match=r"1 of 2 rows are longer than 500 tokens \(the longest has 100,003\)"):
        training.sft(max_length=500).check(small(folder), [row, SUMS[0]])
    assert (
        "1 rows too long (dropped)"
        in training.sft(max_length=500, too_long="drop").check(small(folder), [row, SUMS[0]])[1]
    )


def changed(folder: Path, to: Path, file: str, **keys: Any) -> Path:
    """A copy of a model in which a file of JSON has other keys; None takes one away."""
    shutil.copytree(folder, to)
    held = json.loads((to / file).read_text()) | keys
    (to / file).write_text(json.dumps({key: value for key, value in held.items() if value is not None}))
    return to


def test_a_tokenizer_without_pad_or_eos_token(folder: Path, tmp_path: Path) -> None:
    without = changed(folder, tmp_path / "model", "tokenizer_config.json", eos_token=None, pad_token=None)
    model = small(without)
    assert model.tokenizer().eos_token is None and model.tokenizer().pad_token is None
    for name, trainer in (("sft", training.sft(steps=1)), ("lora", training.sft(steps=1, lora=2))):
        made = trained(trainer, model, SUMS, tmp_path / name)
        assert made.facts["mask"]["example"].endswith("<end>»")  # which the model's own configuration names
    assert model.tokenizer().pad_token is None
    config = json.loads((without / "config.json").read_text())
    (without / "config.json").write_text(json.dumps({**config, "eos_token_id": None}))
    (without / "generation_config.json").unlink()
    with pytest.raises(InputError, match="no end-of-sequence token, so nothing would ever end. Set"):
        training.sft(steps=1).check(small(without), SUMS)


def test_a_hub_name_while_offline(monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(InputError, match=r"'nobody/no-such-model' is not a folder, and") as refused:
        models.transformers("nobody/no-such-model")
    assert len(str(refused.value).splitlines()) == 1


def test_a_model_without_a_tokenizer_or_template(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "bare")
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        (tmp_path / "bare" / name).unlink(missing_ok=True)
    with pytest.raises(InputError, match="cannot be loaded") as refused:
        training.sft().check(small(tmp_path / "bare"))
    assert len(str(refused.value).splitlines()) == 1
    make_model(tmp_path / "plain", chat=False)
    chats = [Example([Message(role="user", content="a")], [Message(role="assistant", content="b")])]
    with pytest.raises(InputError, match="no chat template.*chat='plain'"):
        training.sft().check(small(tmp_path / "plain"), chats)
    training.sft().check(small(tmp_path / "plain", chat="plain"), chats)


def test_an_endpoint_has_nothing_to_train() -> None:
    endpoint = models.endpoint(url="http://localhost:1", model="m")
    for trainer in (training.sft(lora=16), training.dpo()):
        with pytest.raises(InputError, match=r"cannot train .* has no network in a folder .*an endpoint never has"):
            trainer.check(endpoint)


def test_cuda_that_is_not_there(folder: Path) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a GPU here")
    with pytest.raises(InputError, match="'cuda' was asked for, but torch finds no GPU here"):
        models.transformers(str(folder), device="cuda")


def test_what_cannot_fit_by_estimate_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [Example("a", "b" * 10_000)] * 40
    trainer = training.sft(batch=32)
    needed = trainer.estimate(small(folder), rows).memory_bytes
    monkeypatch.setattr(memory, "free_bytes", lambda device: needed + 1)
    trainer.check(small(folder), rows)
    monkeypatch.setattr(memory, "free_bytes", lambda device: needed - 1)
    with pytest.raises(InputError, match=r"needs about \d+\.\d GiB, and \d+\.\d GiB are free on cpu. Lower batch"):
        trainer.check(small(folder), rows)
    training.sft(batch=1).check(small(folder), rows)
    monkeypatch.setattr(memory, "free_bytes", lambda device: None)
    trainer.check(small(folder), rows)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"epochs": 1, "steps": 3}, "epochs and steps both say how long"),
        ({"lora": -1}, "lora at least 0"),
        ({"lr": 0}, "lr must be above 0"),
        ({"batch": 0}, "batch must be above 0"),
        ({"batch": 1.5}, "batch must be a whole number, got 1.5"),
        ({"steps": 1e9}, "steps must be a whole number"),
        ({"lora": True}, "lora must be a whole number, got True"),
        ({"adapter": "keep"}, "adapter='keep' needs an adapter"),
        ({"schedule": "steep"}, "schedule must be one of linear, cosine, constant"),
        ({"too_long": "cut"}, "too_long must be one of refuse, truncate, drop"),
        ({"epoch": 1}, "no option 'epoch'; did you mean 'epochs'"),
        ({"loss": "prompt"}, "loss must be one of completion, assistant, all"),
    ],
)
def test_options_that_cannot_be(options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        training.sft(**options)


def test_options_of_trls_that_it_does_not_have_or_take(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="trl.optimizer is not an option of TRL's SFTConfig; did you mean 'optim'"):
        trained(training.sft(steps=1, trl={"optimizer": "sgd"}), small(folder), SUMS, tmp_path / "a")
    for trainer in (training.sft(trl={"opti": 1}), training.dpo(trl={"opti": 1})):
        with pytest.raises(InputError, match=r"trl.opti is not an option of TRL's (SFT|DPO)Config"):
            trainer.check(small(folder))  # before anything is spent
    with pytest.raises(InputError, match=r"lora_targets='nothing': .*nothing"):
        training.sft(lora=4, lora_targets="nothing").check(small(folder), SUMS)
    with pytest.raises(InputError, match="TRL refuses these options: .*no_such"):
        trained(training.sft(steps=1, trl={"optim": "no_such"}), small(folder), SUMS, tmp_path / "b")
    trained(training.sft(steps=1, trl={"optim": "sgd"}), small(folder), SUMS, tmp_path / "c")
