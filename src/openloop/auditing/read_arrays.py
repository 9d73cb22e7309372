"""One pass over the rows of an input, which become arrays."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from openloop.auditing.array_builder import ArrayBuilder
from openloop.auditing.file_input import FilesInput
from openloop.auditing.inputs import AuditInput, Row
from openloop.auditing.log_input import LogInput
from openloop.auditing.pair_rows import read_pairs
from openloop.auditing.row_arrays import RowArrays
from openloop.auditing.row_reader import RowReader
from openloop.data.column_ref import look_up
from openloop.data.messages import left_out_said
from openloop.data.recognise import ColumnRoles, NamedColumns, column_uses, recognise, recognise_pairs, sentences
from openloop.data.recognise.log_columns import log_of, named_in
from openloop.data.spread_sample import SpreadSample
from openloop.errors import DataError, InputError


def read_arrays(
    source: AuditInput,
    named: NamedColumns,
    accept_at: float | None = None,
    *,
    lower_is_better: bool = False,
    aggregate: str | None = None,
) -> tuple[RowArrays, RowReader]:
    """Read all rows. Raises DataError for what cannot be read, naming the row."""
    if accept_at is None and source.accept_at is not None:
        if lower_is_better:
            raise InputError("--lower-is-better: the signals of a run accept high values, and say from which on.")
        accept_at = source.accept_at
    builder: ArrayBuilder | None = None
    sample = SpreadSample()
    without = done = calling = 0
    for block in source.blocks():
        if not block:
            continue
        if builder is None:
            log = log_of(block, named, source.name)
            ordinary = block if log is None else list(log.rows(block))
            here = named if log is None else named_in(named, log)
            pairs = recognise_pairs(ordinary, here, source.name, turned=lower_is_better)
            if pairs is not None:
                if aggregate is not None:
                    raise InputError(
                        f"--aggregate {aggregate}: makes one score of the scores of steps, and {source.name} holds "
                        f"pairs of responses. To audit one side as ordinary rows: --completion {pairs.first}."
                    )
                return read_pairs(
                    source if log is None else LogInput(source, log, first_said=[log.sentence]),
                    pairs,
                    accept_at,
                    _path(source),
                )
            roles = recognise(block, named, source.name, guess=True)
            _require_something(roles, block, source.name)
            builder = ArrayBuilder(source, roles, ())
        if roles.melted is not None or roles.log is not None:
            without += _without_completions(roles, block, source, done)
        calls = sum(roles.calls_a_tool(row) for row in block)
        calling += calls
        without -= calls if roles.melted is not None or roles.log is not None else 0
        builder.leaves_out |= bool(calls)
        sample.add(block)
        builder.add(roles.rows(block))
        done += len(block)
    if builder is not None and not builder.prompt and calling:
        raise DataError(f"{source.name}: {left_out_said(calling)}: no row is left.")
    if builder is None or not builder.prompt:
        raise DataError(
            f"{source.name}: {'no completions in any row' if done else 'zero rows'}. Allowed: at least one. Check what "
            "should have written them."
        )
    columns = column_uses(roles, sample.rows, partial=sample.partial)
    builder.said += sentences(roles, sample.rows, columns, _path(source))
    builder.said += [*source.notes, *_said_of_empty(builder, without)]
    if calling:
        builder.said.append(left_out_said(calling))
    if not builder.roles.gold_columns and not builder.texts:
        raise _nothing_to_label(builder, _hint(roles, sample.rows))
    return builder.arrays(accept_at, lower_is_better=lower_is_better, aggregate=aggregate), RowReader(
        source, roles, columns, leaves_out=builder.leaves_out
    )


def _without_completions(roles: ColumnRoles, block: Sequence[Row], source: AuditInput, done: int) -> int:
    """Rows that hold no completion in their list. Raises DataError for lists of different lengths, naming the row."""
    without = 0
    for index, row in enumerate(block):
        try:
            without += not any(True for _ in roles.rows([row]))
        except DataError as error:
            raise DataError(f"{source.name}: {source.where(done + index)}: {error}") from None
    return without


def _said_of_empty(builder: ArrayBuilder, without: int) -> Iterator[str]:
    empty = builder.n - builder.texts if builder.roles.texts.has_completion else 0
    if empty:
        yield f"{empty:,} of {builder.n:,} completions are empty or missing"
    if without:
        yield f"{without:,} rows hold no completion in their list and are left out"


def _path(source: AuditInput) -> str:
    """Of the one file or folder that the rows come from; empty where they come from elsewhere."""
    return str(source.paths[0]) if isinstance(source, FilesInput) and len(source.paths) == 1 else ""


def _nothing_to_label(builder: ArrayBuilder, hint: str) -> DataError:
    texts = builder.roles.texts
    held = ", ".join(texts.uses - set(texts.prompt)) if texts.has_completion else ""
    what = f"all {builder.n:,} completions ({held}) are empty or missing" if held else "no column holds completions"
    path = _path(builder.source)
    listed = f" `openloop read {shlex.quote(path)}` lists the columns." if path else ""
    return DataError(
        f"{builder.source.name}: {what}, and there is no gold: nothing can be decided, and there is nothing to label. "
        f"Name the column of what the model wrote with --completion, or that of the labels with --gold.{listed}{hint}"
    )


def _require_something(roles: ColumnRoles, sample: Sequence[Row], name: str) -> None:
    if not (roles.texts.has_prompt or roles.texts.has_completion or roles.gold or roles.verdicts or roles.annotators):
        columns = ", ".join(map(str, {column: None for row in sample for column in row}))
        raise DataError(
            f"{name}: nothing to audit among the columns {columns or '(none)'}: none is called like a prompt, a "
            "completion, gold or a verdict. Name them with --prompt, --completion, --gold, --judge-column."
            f"{_example(sample, name)}"
            f"{_hint(roles, sample)}"
        )


def _example(sample: Sequence[Row], name: str) -> str:
    """A command to copy that names two columns of texts, where there are two."""
    texts = [path for path in _paths(sample[:100]) if _holds_sentences(path, sample[:100])]
    if len(texts) < 2:
        return ""
    longest = sorted(texts, key=lambda path: -sum(len(str(look_up(row, path))) for row in sample[:100]))[:2]
    texts = [path for path in texts if path in longest]  # in the order of the file: questions come before answers
    words = shlex.join(["openloop", "audit", name, "--prompt", texts[0], "--completion", texts[1]])
    return f" If {texts[0]} is the prompt and {texts[1]} what the model wrote: {words}"


def _paths(sample: Sequence[Row]) -> Iterator[str]:
    """The columns, and what lies in columns of objects: ``input.question``."""
    for column in {str(column): None for row in sample for column in row}:
        inside = {str(key): None for row in sample if isinstance(held := row.get(column), dict) for key in held}
        yield from [f"{column}.{key}" for key in inside] or [column]


def _holds_sentences(path: str, sample: Sequence[Row]) -> bool:
    held = [value for row in sample if isinstance(value := look_up(row, path), str)]
    return len(held) > len(sample) / 2 and sum(" " in value.strip() for value in held) > len(held) / 2


def _hint(roles: ColumnRoles, sample: Sequence[Row]) -> str:
    """How labels of people that the file holds become gold."""
    people = [use for use in column_uses(roles, sample) if use.column in roles.human_scores]
    return "".join(f" {use.column} holds {use.why}; say which of them are good: {use.option}." for use in people)
