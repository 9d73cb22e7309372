"""Whether one text follows from another, by a network in a folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from openloop.errors import InputError
from openloop.measures.meaning_clusters import by_entailment
from openloop.models.transformers.entailment import entailment

pytest.importorskip("transformers")


def network(folder: Path, labels: list[str], says: int) -> Path:
    """A tiny classifier that gives every pair of texts the same label."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    words = {"[UNK]": 0, "[PAD]": 1, "red": 2, "car": 3}
    tokens = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
    tokens.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(
        tokenizer_object=tokens, unk_token="[UNK]", pad_token="[PAD]", model_max_length=16
    ).save_pretrained(folder)
    config = BertConfig(
        vocab_size=4,
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=1,
        intermediate_size=8,
        max_position_embeddings=16,
        id2label=dict(enumerate(labels)),
        label2id={name: code for code, name in enumerate(labels)},
    )
    made = BertForSequenceClassification(config)
    with torch.no_grad():
        made.classifier.bias[says] = 99.0
    made.save_pretrained(folder)
    return folder


def test_the_label_decides_wherever_it_stands(tmp_path: Path) -> None:
    labels = ["CONTRADICTION", "NEUTRAL", "ENTAILMENT"]
    yes = entailment(network(tmp_path / "yes", labels, 2))
    no = entailment(network(tmp_path / "no", labels, 0))
    assert yes("red car", "red") is True and no("red car", "red") is False
    texts, prompt = ["red car", "red", "car " * 50], np.zeros(3, dtype=np.int64)
    assert len(set(by_entailment(texts, prompt, yes))) == 1
    assert len(set(by_entailment(texts, prompt, no))) == 3


def test_networks_for_something_else_are_refused(tmp_path: Path) -> None:
    other = entailment(network(tmp_path / "other", ["positive", "not_entailment"], 0))
    with pytest.raises(InputError, match="no label `entailment` among positive, not_entailment"):
        other("red", "car")
    with pytest.raises(InputError, match=r"no config\.json"):
        entailment(tmp_path)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(InputError, match="cannot be loaded"):
        entailment(tmp_path)("red", "car")
