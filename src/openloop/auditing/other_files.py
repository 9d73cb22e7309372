"""Files that audited rows are compared with: an evaluation set, real data."""

from __future__ import annotations

from pathlib import Path

from openloop.auditing.inputs import FilesInput
from openloop.auditing.row_reader import RowReader
from openloop.data.recognise import NamedColumns, recognise
from openloop.errors import DataError


def texts_of(path: Path) -> list[tuple[str, str]]:
    """Prompts and completions of a file, its columns detected as those of the audited one. Raises DataError."""
    source = FilesInput([path])
    first = next((block for block in source.blocks() if block), None)
    if first is None:
        raise DataError(f"{path}: zero rows. Allowed: at least one.")
    roles = recognise(first, NamedColumns(), source.name, guess=True, ask=False)
    if not (roles.texts.has_prompt or roles.texts.has_completion):
        raise DataError(f"{path}: no column of texts among {', '.join(map(str, first[0]))}. Rename one to `prompt`.")
    return list(RowReader(source, roles).texts())
