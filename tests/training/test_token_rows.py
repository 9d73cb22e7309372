"""Which tokens the loss counts, on six layouts, counted by hand: one character is one token."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from openloop import training
from openloop.errors import ContractError, InputError
from openloop.records import Example, Message
from openloop.training.mask import read_mask, require_all
from openloop.training.settings import settings
from openloop.training.token_rows import IGNORED, Loss, TokenRow, token_rows
from tests.support.small_models import CHAT, CHATML, FORGETS_REASONING, WITHOUT_END, make_model
from tests.training.small_trainings import SUMS, small, trained

pytest.importorskip("trl")


def turn(role: str, content: str) -> Message:
    return Message(role=role, content=content)


TEXT = Example("", "abcd")
ANSWERED = Example("ab", "cd")
MESSAGES = Example([turn("user", "ab")], [turn("assistant", "cd")])
TURNS = Example([turn("user", "ab"), turn("assistant", "cd"), turn("user", "e")], [turn("assistant", "fgh")])
TOOL = Example(
    [turn("user", "ab"), turn("assistant", "cd"), turn("tool", "5"), turn("user", "e")], [turn("assistant", "fgh")]
)
REASONED = Example(
    [turn("user", "ab"), turn("assistant", "<think>r</think>cd"), turn("user", "e")],
    [turn("assistant", "<think>s</think>fgh")],
)
# <user>ab<end><assistant>cd<end><user>e<end><assistant>fgh<end>: 4 + 1 + 3 + 3 + 1 + 4 tokens
COUNTED: list[tuple[str, Any, Example, Loss, int, int]] = [
    ("chat", False, TEXT, "all", 5, 4),
    ("chat", False, ANSWERED, "completion", 5, 3),
    ("chat", False, ANSWERED, "assistant", 5, 3),
    ("chat", False, ANSWERED, "all", 5, 4),
    ("chat", False, MESSAGES, "completion", 8, 3),
    ("chat", True, ANSWERED, "completion", 8, 3),
    ("chat", False, TURNS, "completion", 16, 4),
    ("chat", False, TURNS, "assistant", 16, 7),
    ("chat", False, TURNS, "all", 16, 15),
    ("chat", False, TOOL, "completion", 24, 4),
    ("chat", False, TOOL, "assistant", 24, 7),
    ("chat", False, TOOL, "all", 24, 23),
    ("chat", False, REASONED, "completion", 48, 20),
    ("chat", False, REASONED, "assistant", 48, 39),
    ("forgets reasoning", False, REASONED, "completion", 32, 20),
    # <|im_start|>user\nab<|im_end|>\n is 10 tokens, <|im_start|>assistant\n 11, cd<|im_end|>\n 4
    ("chatml", False, MESSAGES, "completion", 25, 3),
    ("chatml", False, TURNS, "completion", 50, 4),
    ("chatml", False, TURNS, "assistant", 50, 7),
    ("chatml", False, TURNS, "all", 50, 49),
    # user: ab\n is 9 tokens, "assistant: " 11, cd\n 3, user: e\n 8, fgh\n<end> 5
    ("without end", False, TURNS, "completion", 47, 5),
    ("without end", False, TURNS, "assistant", 47, 8),
    # "User: ab" is 8 tokens, " Assistant:" 11, " cd<end>" 4, "User: e" 7, " fgh<end>" 5
    ("chat", "plain", ANSWERED, "completion", 23, 4),
    ("chat", "plain", TURNS, "completion", 46, 5),
    ("chat", "plain", TURNS, "assistant", 46, 9),
    ("chat", "plain", TURNS, "all", 46, 45),
]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    made = {"chat": CHAT, "chatml": CHATML, "without end": WITHOUT_END, "forgets reasoning": FORGETS_REASONING}
    base = tmp_path_factory.mktemp("masks")
    return {name: make_model(base / name.replace(" ", "-"), template=template) for name, template in made.items()}


@pytest.mark.parametrize(("template", "chat", "row", "loss", "tokens", "learned"), COUNTED)
def test_the_loss_counts_what_was_asked_for(
    folders: dict[str, Path], template: str, chat: Any, row: Example, loss: Loss, tokens: int, learned: int
) -> None:
    made = token_rows(small(folders[template], chat=chat), [row], loss, settings("sft", {}, lr=1.0, lr_lora=1.0))
    assert (made.tokens, made.learned) == (tokens, learned)


@pytest.mark.parametrize("loss", ["completion", "assistant", "all"])
@pytest.mark.parametrize("packing", [False, True])
def test_the_mask_of_a_real_batch_is_recorded(
    folders: dict[str, Path], tmp_path: Path, loss: Loss, packing: bool
) -> None:
    rows = [TURNS, TOOL, MESSAGES]
    asked = token_rows(small(folders["chatml"]), rows, loss, settings("sft", {}, lr=1.0, lr_lora=1.0))
    made = trained(
        training.sft(loss=loss, steps=1, packing=packing, max_length=128), small(folders["chatml"]), rows, tmp_path
    )
    mask = made.facts["mask"]
    assert (mask["batch_tokens"], mask["batch_tokens_in_loss"]) == (asked.tokens, asked.learned)
    assert made.facts["tokens_in_loss"] == asked.learned
    if loss == "completion" and not packing:
        assert mask["example"].endswith("<|im_start|>assistant\n«fgh<|im_end|>»\n")
        assert mask["example"].count("«") == 1


def test_two_rows_of_equal_tokens_may_be_masked_differently(folders: dict[str, Path], tmp_path: Path) -> None:
    rows = [Example("ab", "cd"), Example("abc", "d")]
    made = trained(training.sft(steps=1), small(folders["chat"]), rows, tmp_path)
    assert made.facts["tokens_in_loss"] == 3 + 2


class Batch(dict[str, Any]):
    """A collated batch of two rows, the second padded."""

    def __init__(self, labels: list[list[int]]) -> None:
        import torch

        super().__init__(
            input_ids=torch.tensor([[5, 6, 7], [8, 9, 0]]),
            attention_mask=torch.tensor([[1, 1, 1], [1, 1, 0]]),
            labels=torch.tensor(labels),
        )


class Letters:
    @staticmethod
    def decode(tokens: list[int]) -> str:
        return "".join(chr(92 + token) for token in tokens)


ASKED = [TokenRow([5, 6, 7], [IGNORED, 6, 7]), TokenRow([8, 9], [IGNORED, 9])]


def test_a_mask_that_was_not_asked_for_is_refused() -> None:
    found = read_mask(Batch([[IGNORED, 6, 7], [IGNORED, 9, IGNORED]]), ASKED, Letters)
    assert found == {"batch_tokens": 5, "batch_tokens_in_loss": 3, "example": "a«bc»"}
    with pytest.raises(ContractError, match=r"has 1 of 3 tokens in the loss"):
        read_mask(Batch([[IGNORED, IGNORED, 7], [IGNORED, 9, IGNORED]]), ASKED, Letters)
    with pytest.raises(ContractError, match="Nothing was trained"):  # the prompt is learned
        read_mask(Batch([[5, 6, 7], [8, 9, IGNORED]]), [ASKED[0], TokenRow([8, 9], [IGNORED, IGNORED])], Letters)


def test_rows_that_a_library_leaves_out_are_missed() -> None:
    from datasets import Dataset

    columns = {"input_ids": [row.input_ids for row in ASKED], "labels": [row.labels for row in ASKED]}
    require_all(Dataset.from_dict(columns), ASKED)
    with pytest.raises(ContractError, match="prepared 2 of 3 tokens"):
        require_all(Dataset.from_dict({name: column[:1] for name, column in columns.items()}), ASKED)


@pytest.mark.parametrize(
    "options",
    [
        {"completion_only_loss": False},
        {"assistant_only_loss": True},
        {"max_length": 5},
        {"padding_free": True},
        {"packing": True},
        {"dataset_kwargs": {"skip_prepare_dataset": True}},
        {"max_steps": 3},
        {"learning_rate": 1.0},
        {"output_dir": "elsewhere"},
        {"save_only_model": True},
        {"shuffle_dataset": True},
    ],
)
def test_options_of_trls_that_would_be_ignored_or_change_the_mask_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=rf"trl.{next(iter(options))} cannot be set.*(say|leave it out)"):
        training.sft(trl=options)


def test_a_collator_that_masks_otherwise_is_refused(
    folders: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from trl.trainer.sft_trainer import DataCollatorForLanguageModeling

    honest = DataCollatorForLanguageModeling.torch_call

    def learns_all(self: Any, examples: Any) -> Any:
        batch = honest(self, examples)
        return {**batch, "labels": batch["input_ids"].clone()}

    monkeypatch.setattr(DataCollatorForLanguageModeling, "torch_call", learns_all)
    with pytest.raises(ContractError, match="asked for"):
        trained(training.sft(steps=1), small(folders["chat"]), SUMS, tmp_path)
    trained(training.sft(steps=1, loss="all"), small(folders["chat"]), SUMS, tmp_path / "all")


def test_rows_that_are_too_long_are_refused_cut_or_dropped(folders: dict[str, Path]) -> None:
    model = small(folders["chat"])
    rows = [Example("ab", "cd"), Example("ab", "c" * 20), Example("a" * 20, "b")]
    made = settings("sft", {"max_length": 10}, lr=1.0, lr_lora=1.0)
    with pytest.raises(InputError, match=r"2 of 3 rows are longer than 10 tokens \(the longest has 23\)"):
        token_rows(model, rows, "completion", made)
    dropped = token_rows(model, rows, "completion", replace(made, too_long="drop"))
    assert (len(dropped.rows), dropped.too_long, dropped.without) == (1, 2, 0)
    cut = token_rows(model, rows, "completion", replace(made, too_long="truncate"))
    # The last row has nothing left that is learned.
    assert ([len(row.input_ids) for row in cut.rows], cut.too_long, cut.without) == ([5, 10], 2, 1)


def test_rows_that_teach_nothing_are_counted_and_left_out(folders: dict[str, Path]) -> None:
    model, made = small(folders["chat"]), settings("sft", {}, lr=1.0, lr_lora=1.0)
    found = token_rows(model, [Example("ab", ""), Example("ab", "cd")], "completion", made)
    assert (len(found.rows), found.without) == (1, 1)
    with pytest.raises(InputError, match="2 have no completion"):
        token_rows(model, [Example("ab", "")] * 2, "completion", made)
    with pytest.raises(InputError, match="none of the 1 rows has one.*loss='all'"):
        token_rows(model, [TEXT], "completion", made)
