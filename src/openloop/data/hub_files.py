"""Data sets of the Hugging Face Hub: ``hf://datasets/OWNER/NAME[@REVISION][/FILE]``."""

from __future__ import annotations

from functools import cache
from pathlib import Path, PurePosixPath

from openloop.data.decode import SUFFIXES, kind_suffix
from openloop.errors import DataError, require_installed

_FORM = "hf://datasets/OWNER/NAME, perhaps with @REVISION and /FILE"


def is_hub(path: Path) -> bool:
    """Whether a path names a data set of the Hub. ``Path`` makes one slash of two."""
    return path.parts[:1] == ("hf:",)


@cache
def hub_files(path: Path) -> tuple[Path, ...]:
    """Local copies of the data files that the path names, downloaded where they are not yet.

    Raises DataError where the Hub cannot be reached, the data set is not there, or several splits are.
    """
    repository, revision, inside = _parts(path)
    require_installed(f"Reading {spelled(path)}", "huggingface-hub", "hub")
    from huggingface_hub import HfApi, hf_hub_download

    names = [] if inside is None else [inside]
    try:
        if not names or kind_suffix(names[0]) not in SUFFIXES:
            held = HfApi().list_repo_files(repository, repo_type="dataset", revision=revision)
            names = _chosen(path, [name for name in held if kind_suffix(name) in SUFFIXES], inside)
        return tuple(Path(hf_hub_download(repository, name, repo_type="dataset", revision=revision)) for name in names)
    except DataError:
        raise
    except Exception as error:  # what says that the network is away differs from client to client
        raise _refused(path, error) from None


def spelled(path: Path) -> str:
    """The path as people write it."""
    return "hf://" + "/".join(path.parts[1:])


def _parts(path: Path) -> tuple[str, str | None, str | None]:
    parts = path.parts[1:]
    if len(parts) < 3 or parts[0] != "datasets":
        raise DataError(f"{spelled(path)}: allowed: {_FORM}, such as hf://datasets/openai/gsm8k/main.")
    name, _, revision = parts[2].partition("@")
    return f"{parts[1]}/{name}", revision or None, "/".join(parts[3:]) or None


def _chosen(path: Path, names: list[str], inside: str | None) -> list[str]:
    """The data files in the folder that is named; those of one folder and one split."""
    found = sorted(name for name in names if inside is None or name.startswith(f"{inside}/"))
    found = [name for name in found if PurePosixPath(name).name not in ("dataset_infos.json", "dataset_info.json")]
    if not found:
        raise DataError(
            f"{spelled(path)}: no data files there. Allowed: {', '.join(sorted(SUFFIXES))}. The data set holds: "
            f"{', '.join(names[:8]) or 'none of these'}."
        )
    groups = {(str(PurePosixPath(name).parent), PurePosixPath(name).name.split("-")[0]) for name in found}
    if len(groups) > 1:
        base = "/".join(path.parts[1:4])
        shown = " ".join(f"hf://{base}/{name}" for name in found[:6]) + (" ..." if len(found) > 6 else "")
        raise DataError(f"{spelled(path)}: several files or splits. Name one: {shown}")
    return found


def _refused(path: Path, error: Exception) -> DataError:
    kind = type(error).__name__
    if "NotFound" in kind and "Local" not in kind:
        what = "the Hub has no such data set, revision or file, or it is private (then set HF_TOKEN)"
    elif "Gated" in kind:
        what = "the data set is gated: ask for access on its page, then set HF_TOKEN"
    else:
        what = "it is not in the local cache, and the Hub cannot be reached (offline, or HF_HUB_OFFLINE is set)"
    return DataError(f"{spelled(path)}: {what}. Or download the file and name it instead.")
