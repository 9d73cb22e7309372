"""``hf://`` paths: their form, and what is said where the Hub is not reached."""

from __future__ import annotations

from pathlib import Path

import pytest

import openloop
from openloop.data.hub_files import is_hub, spelled
from openloop.errors import DataError

pytest.importorskip("huggingface_hub")


def test_a_path_keeps_what_people_wrote() -> None:
    assert is_hub(Path("hf://datasets/a/b")) and not is_hub(Path("datasets/a/b"))
    assert spelled(Path("hf://datasets/a/b@main/x.jsonl")) == "hf://datasets/a/b@main/x.jsonl"


@pytest.mark.parametrize("path", ["hf://datasets/a", "hf://a/b", "hf://models/a/b", "hf://datasets"])
def test_the_form_is_said(path: str) -> None:
    with pytest.raises(DataError, match=r"allowed: hf://datasets/OWNER/NAME, perhaps with @REVISION and /FILE"):
        openloop.read(path)


def test_without_the_hub_one_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    for path in ("hf://datasets/nobody/nothing", "hf://datasets/nobody/nothing/rows.jsonl"):
        with pytest.raises(DataError) as error:
            openloop.read(path)
        assert str(error.value).startswith(f"{path}: it is not in the local cache, and the Hub cannot be reached")
        assert "\n" not in str(error.value)
