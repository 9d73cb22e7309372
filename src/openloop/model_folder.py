"""A folder that holds a model of the Hugging Face kind: what names its content, and how it comes from the hub."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from openloop import filesystem
from openloop.errors import InputError
from openloop.identity import fingerprint

CONTENT = (".safetensors", ".bin", ".json", ".jinja", ".model", ".txt")
"""Endings of the files that decide what a model computes."""
OTHER_FORMATS = ["onnx/*", "openvino/*"]
"""Copies of the weights that are not read."""
NO_CONTENT = ("openloop.json",)
"""What a run leaves beside them."""


def content_hash(folder: Path, must_hold: str = "config.json", who: str = "transformers") -> str:
    """Of the files that decide what a model computes: names and bytes, read once as long as they stay as they are.

    Raises InputError, in the name of ``who``, for a folder without ``must_hold``.
    """
    files = sorted(p for p in folder.rglob("*") if p.suffix in CONTENT and p.is_file() and p.name not in NO_CONTENT)
    if not any(p.name == must_hold for p in files):
        raise InputError(f"{who}: {folder} holds no {must_hold}, so it is not a model.")
    return fingerprint([[str(p.relative_to(folder)), _digest(p, *_stamp(p))] for p in files])


def _stamp(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns


@lru_cache(maxsize=4096)
def _digest(path: Path, size: int, changed: int) -> str:
    del size, changed  # which only tell whether it has to be read again
    return filesystem.sha256(path)


def from_hub(name: str, at: str | None, who: str = "transformers") -> Path:
    """The folder of a model of the Hugging Face hub, fetched if need be. Raises InputError, in the name of ``who``."""
    from huggingface_hub import constants, snapshot_download
    from huggingface_hub.errors import (
        HfHubHTTPError,
        HFValidationError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    wanted = [f"*{ending}" for ending in CONTENT]
    try:
        return Path(snapshot_download(name, revision=at, allow_patterns=wanted, ignore_patterns=OTHER_FORMATS))
    except (HFValidationError, ValueError):
        why = "it is no name of a model on the hub, which reads ORG/NAME. Correct it."
    except RevisionNotFoundError:
        why = f"the model of this name on the hub has no revision {at!r}. Correct `at`."
    except RepositoryNotFoundError:
        why = "the hub has no such model, or shows it only to those who may see it (`hf auth login`)."
    except (LocalEntryNotFoundError, HfHubHTTPError, OSError) as error:
        closed = "HF_HUB_OFFLINE is set" if constants.HF_HUB_OFFLINE else f"it cannot be reached: {_first(error)}"
        why = (
            f"the hub's cache here does not hold a model of this name, nor can the hub be asked ({closed}). Fetch it "
            f"where there is a network (`hf download {name}`), or give a folder that holds it."
        )
    raise InputError(f"{who}: {name!r} is not a folder, and {why}")


def _first(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:120]
