"""Write candidates to a file, to two (one of them held out), or to a folder for a data-set hub; whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import compress
from pathlib import Path
from typing import TypedDict

from openloop.errors import InputError
from openloop.export.base import Format, Rows, Written
from openloop.export.containers import ending_of
from openloop.export.formats import require_format
from openloop.export.split import held_out
from openloop.filesystem import written_whole
from openloop.records import Candidate

CARD = "README.md"
"""The card of a hub's folder."""
HUB_FILE = "data/{split}-00000-of-00001.parquet"


class HowToWrite(TypedDict, total=False):
    """Options of :func:`write` that whoever exports passes on."""

    plain: bool
    holdout: float
    hub: bool
    overwrite: bool


@dataclass(frozen=True, slots=True)
class Export:
    """What was written."""

    path: Path
    """The file, or the folder for a hub."""
    to: str
    given: int
    """Candidates."""
    rows: int
    """Rows in the file or files: as many as candidates, except for pairs."""
    said: tuple[str, ...] = ()
    splits: Mapping[str, int] = field(default_factory=dict)
    """Rows of ``train`` and, where rows are held out, of ``test``."""
    files: tuple[Path, ...] = ()


def write(
    records: Iterable[Candidate],
    path: str | Path,
    *,
    to: str = "trl",
    accepted: Sequence[bool | None] | None = None,
    pairs_per_prompt: int = 1,
    plain: bool = False,
    holdout: float = 0.0,
    hub: bool = False,
    overwrite: bool = False,
) -> Export:
    """Write candidates in a format of :data:`FORMATS`: as JSON lines (``.jsonl``, ``.jsonl.gz``) or ``.parquet``.

    ``accepted`` (shape [N], None where unscored) and ``pairs_per_prompt`` (at most so many pairs an accepted row)
    belong to ``dpo``. In ``trl`` and ``dpo`` text becomes messages, to which a trainer applies the model's chat
    template; ``plain`` leaves it. ``holdout`` is the share of the prompts whose rows go to a file of their own
    (``NAME.holdout.jsonl``). With ``hub``, ``path`` is a folder: Parquet files by split, as a data-set hub reads them.
    The same candidates give the same bytes. Raises InputError, before a file is touched, for an unknown format, an
    existing file, no candidates, or rows that the format cannot hold.
    """
    path, form = Path(path), require_format(to)
    _check(form, accepted, plain)
    if not hub:
        _check_name(path, form)
    candidates = list(records)
    if not candidates:
        raise InputError(f"{path}: there are no candidates to export. Check what the selection kept.")
    aside = held_out(candidates, holdout)
    sides = {"train": [not mine for mine in aside], **({"test": aside} if holdout else {})}
    files = {split: path / HUB_FILE.format(split=split) if hub else _file(path, split) for split in sides}
    for place in [*files.values(), *([path / CARD] if hub else [])]:
        _require_free(place, overwrite)
    written: dict[str, Written] = {}
    with ExitStack() as stack:
        for split, mine in sides.items():
            flags = None if accepted is None else list(compress(_fitting(accepted, candidates), mine))
            rows = Rows(list(compress(candidates, mine)), flags, pairs_per_prompt, plain)
            temporary = stack.enter_context(written_whole(files[split]))
            written[split] = form.write(rows, temporary, ending_of(files[split]) or "")
    if hub and not holdout:
        (path / HUB_FILE.format(split="test")).unlink(missing_ok=True)  # of an earlier export
    splits = {split: made.rows for split, made in written.items()}
    said = [f"{split}: {line}" if holdout else line for split, made in written.items() for line in made.said]
    if holdout:
        said.append(f"{splits['test']:,} rows are held out, by prompt: {files['test']}")
    return Export(path, to, len(candidates), sum(splits.values()), tuple(said), splits, tuple(files.values()))


def _file(path: Path, split: str) -> Path:
    ending = ending_of(path) or ""
    return path if split == "train" else path.with_name(f"{path.name.removesuffix(ending)}.holdout{ending}")


def _check(form: Format, accepted: Sequence[bool | None] | None, plain: bool) -> None:
    if form.pairs and accepted is None:
        raise InputError(
            f"to={form.name!r} needs accepted=, one flag for each candidate: True, False, or None where unscored."
        )
    if not form.pairs and accepted is not None:
        raise InputError(
            f"to={form.name!r} does not use accepted=, which belongs to formats of pairs. Pass only what was kept."
        )
    if plain and not form.has_plain:
        raise InputError(f"plain (--plain) belongs to trl and dpo; to={form.name!r} has one form only. Leave it out.")


def _check_name(path: Path, form: Format) -> None:
    if ending_of(path) not in form.endings:
        allowed = ", ".join(form.endings)
        raise InputError(f"{path}: the name does not fit to={form.name!r}. Allowed: a name that ends in {allowed}.")


def _require_free(path: Path, overwrite: bool) -> None:
    if path.is_dir():
        raise InputError(f"{path}: a folder, not a file. Choose another name.")
    if path.exists() and not overwrite:
        raise InputError(f"{path}: the file exists. Choose another name, or pass overwrite=True (--overwrite).")


def _fitting(accepted: Sequence[bool | None], candidates: Sequence[Candidate]) -> Sequence[bool | None]:
    if len(accepted) != len(candidates):
        raise InputError(
            f"accepted: {len(accepted)} flags for {len(candidates)} candidates. Allowed: one each, in order."
        )
    return accepted
