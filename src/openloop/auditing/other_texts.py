"""What audited rows are compared with: an evaluation set, real data; in a file, or as a run recorded them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from openloop.auditing.file_input import FilesInput
from openloop.auditing.inputs import OtherTexts, Role
from openloop.auditing.row_reader import RowReader
from openloop.data.content import text_of
from openloop.data.recognise import NamedColumns, recognise, recognise_pairs
from openloop.data.recognise.log_columns import log_of
from openloop.errors import DataError, InputError
from openloop.run.store import Step, Store


def in_file(path: Path) -> OtherTexts:
    """Those of a file."""
    return OtherTexts(str(path), lambda: texts_of(path), lambda: _reader(path).rows())


def real_rows_in(path: Path) -> OtherTexts:
    """Those of a file; of pairs the chosen responses. Raises InputError for pairs whose columns name none as such."""
    source = FilesInput([path])
    block = next((block for block in source.blocks() if block), [])
    ordinary = [] if log_of(block, NamedColumns(), source.name) else block
    refused = InputError(
        f"--real {path}: two responses a row, and none is named chosen. Allowed: rows with one completion, or pairs "
        "with the columns chosen and rejected. Rename the response to compare with `chosen`, the other `rejected`."
    )
    try:
        pairs = recognise_pairs(ordinary, NamedColumns(), source.name)
    except DataError:  # which says how to name a preference, and here none can be named
        raise refused from None
    if pairs is None:
        return in_file(path)
    if not pairs.chosen:
        raise refused
    named = NamedColumns(completion=pairs.first)
    return OtherTexts(
        f"{path} ({pairs.first})",
        lambda: list(_reader(path, named).texts()),
        lambda: _reader(path, named).rows(),
    )


def recorded_texts(store: Store, steps: Sequence[Step], role: Role) -> OtherTexts | None:
    """What a run recorded of its real rows, or of its evaluation rows, for the arms and seeds of some steps."""
    chains = {(step.arm, step.seed) for step in steps}
    stages = dict.fromkeys(
        placed.fingerprint
        for placed in store.journal.steps()
        if placed.kind == "reference" and (placed.step.arm, placed.step.seed) in chains
    )
    records = {fingerprint: store.finished_stage(fingerprint).record for fingerprint in stages}
    mine = {fingerprint: record["name"] for fingerprint, record in records.items() if record["role"] == role}
    if not mine:
        return None

    def read() -> list[tuple[str, str]]:
        table = store.table(mine)
        texts = (table.column(name).to_pylist() for name in ("prompt", "completion"))
        return [(text_of(prompt), text_of(completion)) for prompt, completion in zip(*texts, strict=True)]

    return OtherTexts(f"{', '.join(mine.values())} (as the run recorded it)", read)


def texts_of(path: Path) -> list[tuple[str, str]]:
    """Prompts and completions of a file, its columns detected as those of the audited one. Raises DataError."""
    return list(_reader(path).texts())


def _reader(path: Path, named: NamedColumns | None = None) -> RowReader:
    source = FilesInput([path])
    first = next((block for block in source.blocks() if block), None)
    if first is None:
        raise DataError(f"{path}: zero rows. Allowed: at least one.")
    roles = recognise(first, named or NamedColumns(), source.name, guess=True, ask=False)
    if not (roles.texts.has_prompt or roles.texts.has_completion):
        raise DataError(f"{path}: no column of texts among {', '.join(map(str, first[0]))}. Rename one to `prompt`.")
    return RowReader(source, roles)
