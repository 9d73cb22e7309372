"""Preference training through TRL, beside what is computed by hand."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from openloop import training
from openloop.errors import ContractError, InputError
from openloop.records import Message, Pair
from openloop.testing import check_trainer
from openloop.training.preference_rows import token_pairs
from openloop.training.settings import settings
from tests.support.small_models import CHATML, make_model
from tests.training.small_trainings import losses, small, trained

torch = pytest.importorskip("torch")
pytest.importorskip("trl")
TINY = 1e-12
PAIRS = [Pair("1+1=", "2", "11"), Pair("say it", "it", "no, never")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("dpo"))


def likelihood(model: Any, before: tuple[int, ...], said: tuple[int, ...]) -> float:
    """Log-probability of tokens after others, from logits."""
    with torch.inference_mode():
        logits = model._network.model(torch.tensor([[*before, *said]])).logits[0].double()
    steps = torch.log_softmax(logits, -1)[len(before) - 1 : -1]
    return float(steps.gather(-1, torch.tensor(said)[:, None]).sum())


def by_hand(policy: Any, reference: Any, beta: float) -> float:
    """Rafailov et al. 2023, eq. 7, mean over pairs."""
    found = []
    for pair in token_pairs(policy, PAIRS, settings("dpo", {}, lr=1.0, lr_lora=1.0)).pairs:
        margins = [
            likelihood(policy, pair.prompt, said) - likelihood(reference, pair.prompt, said)
            for said in (pair.chosen, pair.rejected)
        ]
        found.append(-math.log(1 / (1 + math.exp(-beta * (margins[0] - margins[1])))))
    return sum(found) / len(found)


@pytest.mark.parametrize("chat", [False, True, "plain"])
def test_the_first_loss_is_that_of_a_model_that_equals_its_reference(folder: Path, tmp_path: Path, chat: Any) -> None:
    made = trained(training.dpo(steps=1), small(folder, chat=chat), PAIRS, tmp_path)
    assert losses(made) == [pytest.approx(math.log(2))]


@pytest.mark.parametrize("lora", [0, 2])
def test_the_loss_after_a_step_is_that_of_the_model_it_made(folder: Path, tmp_path: Path, lora: int) -> None:
    """The second step sees what one step has made, and the model as it began as its reference."""
    model = small(folder, chat=True)
    options: Any = {"lr": 1e-2, "warmup": 0.0, "schedule": "constant", "beta": 0.3, "lora": lora}
    trained(training.dpo(steps=1, **options), model, PAIRS, tmp_path / "one")
    two = trained(training.dpo(steps=2, **options), model, PAIRS, tmp_path / "two")
    after_one = model.load(tmp_path / "one" / "weights")
    asked = by_hand(after_one, model, 0.3)
    assert losses(two)[1] == pytest.approx(asked, rel=1e-3)
    assert asked < 0.9 * math.log(2)


def test_pairs_the_other_way_round_teach_the_opposite(folder: Path, tmp_path: Path) -> None:
    model = small(folder)
    turned = [Pair(pair.prompt, pair.rejected, pair.chosen) for pair in PAIRS]
    gaps = []
    for name, pairs in (("as they are", PAIRS), ("turned", turned)):
        trained(training.dpo(steps=5, lr=1e-3), model, pairs, tmp_path / name)
        after = model.load(tmp_path / name / "weights")
        said = [after.logprobs([pair.prompt] * 2, [pair.chosen, pair.rejected]) for pair in PAIRS]
        gaps.append(sum(chosen - rejected for chosen, rejected in said))
    before = [model.logprobs([pair.prompt] * 2, [pair.chosen, pair.rejected]) for pair in PAIRS]
    assert gaps[0] > sum(chosen - rejected for chosen, rejected in before) > gaps[1]


def test_a_kept_adapter_is_its_own_reference_and_leaves_no_copy(folder: Path, tmp_path: Path) -> None:
    model = small(folder)
    options: Any = {"steps": 2, "lora": 2, "adapter": "keep", "lr": 1e-2, "warmup": 0.0}
    trained(training.dpo(**options), model, PAIRS, tmp_path / "first")
    first = model.load(tmp_path / "first" / "weights")
    further = trained(training.dpo(**options), first, PAIRS, tmp_path / "further")
    assert losses(further)[0] == pytest.approx(math.log(2))
    assert not [path for path in (tmp_path / "further" / "weights").iterdir() if path.is_dir()]
    assert model.load(tmp_path / "further" / "weights").revision == further.revision != first.revision


@pytest.mark.parametrize("options", [{}, {"lora": 2, "adapter": "keep"}])
def test_it_keeps_the_contract(folder: Path, options: dict[str, Any]) -> None:
    check_trainer(training.dpo(steps=3, batch=1, checkpoint_steps=1, **options), small(folder), PAIRS)


def test_what_a_template_writes_after_the_end_is_in_no_likelihood(tmp_path: Path) -> None:
    model = small(make_model(tmp_path / "model", template=CHATML))
    asked, turn = [Message(role="user", content="a")], Message(role="assistant", content="bc")
    pair = Pair(asked, [turn], [Message(role="assistant", content="d")])
    (made,) = token_pairs(model, [pair], settings("dpo", {}, lr=1.0, lr_lora=1.0)).pairs
    assert model.tokenizer().decode(list(made.chosen)) == "bc<|im_end|>"
    assert model.tokenizer().decode(list(made.rejected)) == "d<|im_end|>"
    with pytest.raises(InputError, match="several turns"):
        token_pairs(model, [Pair(asked, [turn, asked[0], turn], [turn])], settings("dpo", {}, lr=1.0, lr_lora=1.0))


def test_a_collator_that_compares_other_tokens_is_refused(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from trl.trainer.dpo_trainer import DataCollatorForPreference

    honest = DataCollatorForPreference.torch_call

    def keeps_prompt(self: Any, examples: Any) -> Any:
        batch = honest(self, examples)
        return {**batch, "completion_mask": batch["attention_mask"]}

    monkeypatch.setattr(DataCollatorForPreference, "torch_call", keeps_prompt)
    with pytest.raises(ContractError, match="does not hold the tokens"):
        trained(training.dpo(steps=1), small(folder), PAIRS, tmp_path)


def test_pairs_that_are_too_long_or_alike(folder: Path) -> None:
    model = small(folder)
    pairs = [*PAIRS, Pair("1+1=", "2", "2" * 40), Pair("a", "b" * 40 + "c", "b" * 40 + "d")]
    with pytest.raises(InputError, match=r"2 of 4 pairs have a row longer than 20 tokens \(the longest has 45\)"):
        token_pairs(model, pairs, settings("dpo", {"max_length": 20}, lr=1.0, lr_lora=1.0))
    for what, left in (("drop", 2), ("truncate", 3)):  # of the last nothing is left that differs
        made = settings("dpo", {"max_length": 20, "too_long": what}, lr=1.0, lr_lora=1.0)  # type: ignore[typeddict-item]
        assert len(token_pairs(model, pairs, made).pairs) == left
    assert "2 pairs" in training.dpo().check(model, PAIRS)[0]


def test_wrong_options_say_what_to_do() -> None:
    with pytest.raises(InputError, match="did you mean 'sigmoid'"):
        training.dpo(loss="sigmoids")
    with pytest.raises(InputError, match="beta must be above 0"):
        training.dpo(beta=0)
    with pytest.raises(InputError, match="trl.beta cannot be set.*say beta"):
        training.dpo(trl={"beta": 0.2})
