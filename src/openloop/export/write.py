"""Write candidates to a file, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from openloop.errors import InputError
from openloop.export.base import Format, Rows
from openloop.export.formats import FORMATS, require_format
from openloop.export.json_lines import SUFFIX
from openloop.filesystem import written_whole
from openloop.records import Candidate


@dataclass(frozen=True, slots=True)
class Export:
    """What was written."""

    path: Path
    to: str
    given: int
    """Candidates."""
    rows: int
    """Rows in the file: as many as candidates, except for pairs."""
    said: tuple[str, ...] = ()


def write(
    records: Iterable[Candidate],
    path: str | Path,
    *,
    to: str = "trl",
    accepted: Sequence[bool | None] | None = None,
    pairs_per_prompt: int = 1,
    overwrite: bool = False,
) -> Export:
    """Write candidates in a format of :data:`FORMATS`; a name that ends in ``.gz`` is compressed.

    ``accepted`` (shape [N], None where unscored) and ``pairs_per_prompt`` (at most so many pairs an accepted
    row) belong to ``dpo``. The same candidates give the same bytes. Raises InputError, before the file is
    touched, for an unknown format, an existing file, no candidates, or rows that the format cannot hold.
    """
    path, form = Path(path), require_format(to)
    _check(path, form, accepted, overwrite)
    rows = Rows(list(records), accepted, pairs_per_prompt)
    if not rows.candidates:
        raise InputError(f"{path}: there are no candidates to export. Check what the selection kept.")
    with written_whole(path) as temporary:
        written = form.write(rows, temporary, packed=path.suffix == ".gz")
    return Export(path, to, len(rows.candidates), written.rows, written.said)


def _check(path: Path, form: Format, accepted: Sequence[bool | None] | None, overwrite: bool) -> None:
    if form.pairs and accepted is None:
        raise InputError(
            f"to={form.name!r} needs accepted=, one flag for each candidate: True, False, or None where unscored."
        )
    if not form.pairs and accepted is not None:
        raise InputError(
            f"to={form.name!r} does not use accepted=, which belongs to formats of pairs. Pass only what was kept."
        )
    own = {other.suffix for other in FORMATS.values()} - {SUFFIX}
    if path.suffix != form.suffix and (form.suffix != SUFFIX or path.suffix in own):
        allowed = f"{SUFFIX} or {SUFFIX}.gz" if form.suffix == SUFFIX else form.suffix
        raise InputError(f"{path}: the name does not fit to={form.name!r}. Allowed: {allowed}.")
    if path.suffix in (".zst", ".zstd", ".bz2", ".xz", ".zip"):
        raise InputError(f"{path}: {path.suffix} is not written. Allowed: .jsonl or .jsonl.gz.")
    if path.exists() and not overwrite:
        raise InputError(f"{path}: the file exists. Choose another name, or pass overwrite=True (--overwrite).")
