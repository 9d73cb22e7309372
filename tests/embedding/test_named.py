"""An embedder by its name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from openloop.contracts import Embedder
from openloop.embedding import embedder_of, hashed
from openloop.errors import InputError
from tests.support.small_embedders import small_embedder
from tests.support.user_files import write_code


def test_names_of_hashed_vectors() -> None:
    assert embedder_of(None) == embedder_of("hashed") == hashed()
    assert embedder_of("hashed-128") == embedder_of({"use": "hashed", "dims": 128}) == hashed(128)
    assert embedder_of({"use": "hashed-128"}) == hashed(128)
    mine = hashed(64)
    assert isinstance(mine, Embedder) and embedder_of(mine) is mine


def test_an_address_with_the_model_behind_it() -> None:
    short: Any = embedder_of("https://api.example.org/v1#embed-small")
    assert (short.url, short.model) == ("https://api.example.org/v1", "embed-small")
    options = {"use": "endpoint", "url": "https://api.example.org/v1", "model": "embed-small", "dims": 256}
    assert embedder_of(options).revision != short.revision
    with pytest.raises(InputError, match=r"does not say which model is asked; write http://host/v1#MODEL"):
        embedder_of("http://host/v1")


def test_a_folder_relative_to_the_recipe(tmp_path: Path) -> None:
    small_embedder(tmp_path / "small")
    by_name, by_options = (
        embedder_of("small", tmp_path),
        embedder_of({"use": "sentence_transformer", "path": "small"}, tmp_path),
    )
    assert by_name.revision == by_options.revision == embedder_of(str(tmp_path / "small")).revision


def test_your_own_in_a_file(tmp_path: Path) -> None:
    write_code(
        tmp_path / "mine.py",
        """
        import numpy as np
        class Mine:
            name, revision = "mine", "1"
            def embed(self, texts):
                return np.ones((len(texts), 1), dtype=np.float32)
        mine = Mine()
        other = 3
        """,
    )
    assert embedder_of("mine.py:mine", tmp_path).name == "mine"
    assert embedder_of({"use": "mine.py:Mine"}, tmp_path).name == "mine"
    with pytest.raises(InputError, match=r"'mine\.py:other' is nothing that makes vectors"):
        embedder_of("mine.py:other", tmp_path)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("word2vec", r"'word2vec' is nothing that makes vectors\. Allowed: hashed, .*ORG/NAME.*#MODEL"),
        ("", "'' is nothing that makes vectors"),
        (3, "3 is nothing that makes vectors"),
        ("hashed-8", "dims must be a whole number from 16"),
        ("hashed-x", "'hashed-x' is nothing"),
        ({"use": "hashed", "width": 3}, "'hashed' has no option 'width': allowed: dims"),
        ({"dims": 3}, "does not say what to use"),
        ({"use": "endpoint", "url": "host", "model": "m"}, "url must start with http"),
        ({"use": "endpoint", "url": "http://host"}, "'endpoint' cannot be made"),
        ({"use": "openai", "model": "x"}, "'openai' is not a name that openloop ships"),
        ({"use": "embedder_of", "spec": "x"}, "nothing that makes vectors"),
    ],
)
def test_what_is_no_embedder_is_one_sentence(spec: Any, said: str) -> None:
    with pytest.raises(InputError, match=said) as refused:
        embedder_of(spec)
    assert "\n" not in str(refused.value)
