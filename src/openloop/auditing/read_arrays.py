"""One pass over the rows of an input, which become arrays."""

from __future__ import annotations

from collections.abc import Sequence

from openloop.auditing.array_builder import ArrayBuilder
from openloop.auditing.inputs import AuditInput, Row
from openloop.auditing.pair_rows import read_pairs
from openloop.auditing.row_arrays import RowArrays
from openloop.auditing.row_reader import RowReader
from openloop.data.recognise import ColumnRoles, NamedColumns, recognise, recognise_pairs, sentences
from openloop.errors import DataError, InputError


def read_arrays(
    source: AuditInput, named: NamedColumns, accept_at: float | None = None, *, lower_is_better: bool = False
) -> tuple[RowArrays, RowReader]:
    """Read all rows. Raises DataError for what cannot be read, naming the row."""
    if accept_at is None and source.accept_at is not None:
        if lower_is_better:
            raise InputError("--lower-is-better: the signals of a run accept high values, and say from which on.")
        accept_at = source.accept_at
    builder: ArrayBuilder | None = None
    for block in source.blocks():
        if not block:
            continue
        if builder is None:
            pairs = recognise_pairs(block, named, source.name, turned=lower_is_better)
            if pairs is not None:
                arrays, held, rows, roles = read_pairs(source, pairs, accept_at)
                return arrays, RowReader(rows, roles, held)
            roles = recognise(block, named, source.name, guess=True)
            builder = ArrayBuilder(source, roles, [*_said(roles, block, source.name), *source.notes])
        builder.add(roles.rows(block))
    if builder is None or not builder.prompt:
        raise DataError(f"{source.name}: zero rows. Allowed: at least one. Check what should have written them.")
    return builder.arrays(accept_at, lower_is_better=lower_is_better), RowReader(source, roles)


def _said(roles: ColumnRoles, sample: Sequence[Row], name: str) -> list[str]:
    if not (roles.texts.has_prompt or roles.texts.has_completion or roles.gold or roles.verdicts):
        columns = ", ".join(map(str, {column: None for row in sample for column in row}))
        raise DataError(
            f"{name}: nothing to audit among the columns {columns or '(none)'}: no text, no gold, no verdict. "
            "Name them with --prompt, --completion, --gold, --judge-column."
        )
    return list(sentences(roles, sample))
