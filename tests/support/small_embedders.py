"""A tiny model of the sentence-transformers library with random weights, in a folder of its own."""

from __future__ import annotations

import json
import string
from pathlib import Path

import pytest

WIDTH = 32
MOST_TOKENS = 64


def small_embedder(folder: Path, seed: int = 0) -> Path:
    """A BERT of two layers whose tokens are characters, mean pooling. Skips where the library is not installed."""
    pytest.importorskip("sentence_transformers", reason="sentence-transformers is not installed (the extra `embed`)")
    import torch
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder.mkdir(parents=True, exist_ok=True)
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *string.ascii_lowercase, *string.digits, *string.punctuation]
    vocabulary = folder / "vocab.txt"
    vocabulary.write_text("\n".join([*words, *(f"##{one}" for one in string.ascii_lowercase + string.digits)]) + "\n")
    BertTokenizerFast(vocab_file=str(vocabulary), model_max_length=MOST_TOKENS).save_pretrained(folder)
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(vocabulary.read_text().splitlines()),
        hidden_size=WIDTH,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=MOST_TOKENS,
    )
    BertModel(config).save_pretrained(folder)
    kinds = [("", "Transformer"), ("1_Pooling", "Pooling")]
    modules = [
        {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for i, (path, kind) in enumerate(kinds)
    ]
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "sentence_bert_config.json").write_text(
        json.dumps({"max_seq_length": MOST_TOKENS, "do_lower_case": False})
    )
    (folder / "1_Pooling").mkdir(exist_ok=True)
    (folder / "1_Pooling" / "config.json").write_text(
        json.dumps({"word_embedding_dimension": WIDTH, "pooling_mode_mean_tokens": True})
    )
    return folder
