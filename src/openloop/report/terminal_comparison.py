"""Audits beside each other on a terminal: one column for each file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from openloop.auditing.comparison import AuditComparison, ComparedAudit, Difference, all_numbers
from openloop.auditing.key_numbers import BAD_NOW
from openloop.measures.estimate_text import interval_text, signed
from openloop.report.audit_summary import number_text
from openloop.report.first_screen import COLOURS, WIDEST
from openloop.report.fitted_lines import wrapped
from openloop.report.plain_text import flat

LABEL, COLUMN, GAP = 18, 20, 2
"""Columns of a terminal."""
LETTERS = "ABCDEF"


@dataclass(frozen=True)
class ComparisonScreen:
    """A comparison that rich draws as wide as there is room; files that do not fit get a further table."""

    comparison: AuditComparison

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = min(options.max_width, WIDEST + COLUMN)
        files = list(zip(LETTERS, self.comparison.files, strict=False))
        for letter, file in files:
            yield Text(f"{letter}: {flat(file.name)}")
        yield Text("")
        for _, file in files[1:]:
            yield from (Text(line, "bold") for line in wrapped(flat(_sentence(file)), width, 3))
        first, others = files[0], files[1:]
        room = max(1, (width - LABEL - GAP) // (COLUMN + GAP) - 1)
        for start in range(0, len(others), room):
            yield Text("")
            yield _table([first, *others[start : start + room]])
        yield Text("")
        for line in _lines(files, self.comparison.level):
            yield from (Text(part, "dim") for part in wrapped(flat(line), width, 4))


def _sentence(file: ComparedAudit) -> str:
    if not any(one.name == BAD_NOW and one.low is not None for one in file.differences):
        return file.verdict
    shared = max(one.shared for one in file.differences)
    how = f"paired by {shared:,} prompts in both" if shared else "independent samples"
    return f"{file.verdict.rstrip('.')}; {how}."


def _table(files: Sequence[tuple[str, ComparedAudit]]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="bold")
    table.add_column("", width=LABEL, overflow="fold")
    for letter, _ in files:
        table.add_column(letter, width=COLUMN, overflow="fold")
    table.add_row("decision", *(Text(file.audit.decision.value, COLOURS[file.audit.decision]) for _, file in files))
    for name, label in _labels(files).items():
        table.add_row(label, *(_cell(name, file) for _, file in files))
    return table


def _labels(files: Sequence[tuple[str, ComparedAudit]]) -> dict[str, str]:
    """Of every number that some file has, in order."""
    found: dict[str, str] = {}
    for _, file in files:
        found |= {number.name: number.label for number in all_numbers(file.audit) if number.name not in found}
        found |= {one.name: one.label for one in file.differences}
    return found


def _cell(name: str, file: ComparedAudit) -> Text:
    """A number, its interval below, and below that how far it is from the first file's."""
    number = next((one for one in all_numbers(file.audit) if one.name == name), None)
    if number is None:
        return Text("-", "dim")
    value, _, interval = number_text(number).partition(" [")
    text = Text("\n".join([value, *([f"[{interval}"] if interval else [])]))
    change = next((one for one in file.differences if one.name == name), None)
    if change is not None and change.value is not None:
        text.append(f"\n{_change(change)}", "bold" if _told(change) else "dim")
    return text


def _change(change: Difference) -> str:
    """``-24.8 [-29.0, -20.3]`` in percentage points."""
    spell = signed(1)
    assert change.value is not None
    low, high = (None if bound is None else 100 * bound for bound in (change.low, change.high))
    return f"{spell(100 * change.value)} {interval_text(low, high, spell)}".strip()


def _told(change: Difference) -> bool:
    return change.low is not None and change.high is not None and not change.low <= 0 <= change.high


def _lines(files: Sequence[tuple[str, ComparedAudit]], level: float) -> Iterator[str]:
    first = files[0][0]
    for letter, file in files[1:]:
        if file.only_here:
            yield f"findings only in {letter}: {', '.join(file.only_here)}"
        if file.not_here:
            yield f"findings in {first} and not in {letter}: {', '.join(file.not_here)}"
        if file.read_otherwise:
            yield f"{letter} was read otherwise than {first}: {'; '.join(file.read_otherwise)}"
    several = " together" if len(files) > 2 else ""
    yield f"Differences from {first} in percentage points, {level:.0%} intervals{several}."
    yield "Each was audited by itself; audit one alone for its next step. --together reads files as one data set."
