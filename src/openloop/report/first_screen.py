"""The first screen of an audit on a terminal: at most forty lines where there are eighty columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from openloop.auditing.result import Decision
from openloop.report.audit_summary import AuditSummary, BriefNumber, BriefRow
from openloop.report.fitted_lines import command_lines, lines_taken, wrapped
from openloop.report.plain_text import flat

MOST = 40
"""Lines."""
WIDEST = 100
"""Columns that a text is spread over; more are hard to read."""
SENTENCE, STEP, READ = 3, 2, 2
"""Lines at most, where the screen is full."""
ROOMY = 3
"""Further lines for the sentence and for what was read, where there is room."""
LEAST = 24
"""Columns that a finding's text keeps beside its name."""
LONGEST = 400
"""Characters of a row's text that are looked at."""
COLOURS = {
    Decision.TRAIN: "green",
    Decision.SELECT_FIRST: "yellow",
    Decision.DO_NOT_TRAIN: "red",
    Decision.LABEL_FIRST: "cyan",
}
"""Of a decision."""


@dataclass(frozen=True)
class FirstScreen:
    """A summary that rich draws as wide as there is room."""

    summary: AuditSummary

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in screen_lines(self.summary, options.max_width):
            line.no_wrap, line.overflow = True, "ignore"
            yield line


def screen_lines(summary: AuditSummary, width: int) -> list[Text]:
    """The lines. Findings go first where there are too many, then worst rows: a command is never cut."""
    shown, wide, further = summary, min(width, WIDEST), ROOMY
    while True:
        lines = list(_lines(shown, wide, further))
        if sum(lines_taken(line.plain, width) for line in lines) <= MOST:
            return lines
        if further:
            further -= 1
        elif len(shown.findings) > 1:
            shown = replace(shown, findings=shown.findings[:-1])
        elif shown.worst:
            shown = replace(shown, worst=shown.worst[:-1])
        else:
            return lines


def _lines(summary: AuditSummary, width: int, further: int) -> Iterator[Text]:
    style = f"bold {COLOURS[summary.decision]}"
    yield from (Text(line, style) for line in wrapped(flat(summary.sentence), width, SENTENCE + further))
    yield Text("")
    yield from (Text(line) for line in wrapped(flat(summary.step.text), width, STEP))
    if summary.step.command:
        yield from (Text(f"  {line}", "bold") for line in command_lines(summary.step.command, width - 2))
    if summary.step.recipe:
        yield Text(f"  or in a recipe: {flat(summary.step.recipe)}", "dim")
    yield from _numbers(summary.numbers, f"numbers ({summary.level:.0%} intervals)", width)
    yield from _beside(summary, width)
    if summary.step.to_generate:
        yield from (Text(f"  {line}", "bold") for line in command_lines(summary.step.to_generate, width - 2))
    yield from _findings(summary, width)
    yield from _worst(summary, width)
    yield Text("")
    if summary.read:
        yield from (Text(line, "dim") for line in wrapped(f"read as: {flat(summary.read)}", width, READ + further))
    yield from (Text(line, "dim") for line in wrapped(flat(_more(summary)), width, READ))


def _numbers(numbers: Sequence[BriefNumber], heading: str, width: int) -> Iterator[Text]:
    """A row each under a heading; what they rest on is left out where there is no room."""
    if not numbers:
        return
    yield Text("")
    yield Text(wrapped(heading, width, 1)[0], "bold")
    yield from _rows(numbers, width)


def _rows(numbers: Sequence[BriefNumber], width: int) -> Iterator[Text]:
    if not numbers:
        return
    label = max(len(number.label) for number in numbers)
    value = max(len(number.text) for number in numbers)
    roomy = label + value + max(len(number.of) for number in numbers) + 6 <= width
    for number in numbers:
        if label + value + 4 > width:
            yield Text(wrapped(f"  {number.label}: {number.text}", width, 1)[0])
            continue
        line = Text(f"  {number.label:<{label}}  {number.text:<{value}}".rstrip() if not number.of else "")
        if number.of:
            line.append(f"  {number.label:<{label}}  {number.text:<{value}}")
            line.append(f"  {number.of}" if roomy else "", "dim")
            line.rstrip()
        yield line


def _beside(summary: AuditSummary, width: int) -> Iterator[Text]:
    """What the comparison with other rows showed, and what it could not."""
    if not (summary.row_numbers or summary.not_compared):
        return
    yield Text("")
    yield Text(wrapped(f"the rows beside {flat(summary.compared_with)}", width, 1)[0], "bold")
    yield from _rows(summary.row_numbers, width)
    for text in (summary.not_compared, summary.step.missing):
        if text:
            yield from (Text(f"  {line}") for line in wrapped(flat(text), width - 2, STEP))


def _findings(summary: AuditSummary, width: int) -> Iterator[Text]:
    if not summary.findings:
        return
    shown, of = len(summary.findings), summary.n_findings
    yield Text("")
    yield Text("findings" if shown == of else f"findings, {shown} of {of}", "bold")
    for finding in summary.findings:
        alike = f" (and {finding.alike} more)" if finding.alike else ""
        label = f"{finding.id}{alike}{', blocks training' if finding.blocking else ''}"
        fits = len(label) < width - LEAST
        lines = wrapped(flat(finding.text), width - 4, 2, last=len(label) + 2 if fits else 0)
        for number, line in enumerate(lines):
            text = Text(f"  {'-' if number == 0 else ' '} {line}")
            if number == len(lines) - 1 and fits:
                text.append(f"  {label}", "red" if finding.blocking else "dim")
            yield text


def _worst(summary: AuditSummary, width: int) -> Iterator[Text]:
    if not summary.worst:
        return
    yield Text("")
    yield Text("worst rows that the verifier accepted" if summary.accepted else "worst rows", "bold")
    for row in summary.worst:
        yield _row_head(row, width)
        yield Text(f"    {_ends(row.completion, width - 4) or '(empty)'}")


def _row_head(row: BriefRow, width: int) -> Text:
    where = wrapped(flat(row.where), width - 2, 1)[0]
    head = Text(f"  {where}")
    room = width - head.cell_len - 3
    if row.prompt and room > 12:
        head.append(f" · {wrapped(flat(row.prompt, LONGEST), room, 1)[0]}", "dim")
    return head


def _ends(text: str, width: int) -> str:
    """The beginning of a text and, where it is long, its end: that is where answers stand."""
    whole = flat(text, LONGEST) if len(text) <= LONGEST else flat(text[:LONGEST])
    if len(wrapped(whole, width)) == 1 and len(text) <= LONGEST:
        return whole
    tail = flat(text[-LONGEST:]).split(" ")
    end = ""
    for word in reversed(tail):
        longer = f"{word} {end}".strip()
        if len(wrapped(longer, width // 3)) > 1:
            break
        end = longer
    return f"{wrapped(whole, width - Text(end).cell_len - 1, 1)[0]} {end}".strip()


def _more(summary: AuditSummary) -> str:
    hidden = summary.n_findings - len(summary.findings)
    counts = [
        _count(hidden, "more finding"),
        _count(summary.n_estimates, "estimate"),
        f"{summary.n_unmeasured} not measured" if summary.n_unmeasured else "",
    ]
    return f"{', '.join(filter(None, counts))}: {summary.more}"


def _count(n: int, what: str) -> str:
    return f"{n:,} {what}{'' if n == 1 else 's'}" if n else ""


def rows_of(lines: Sequence[Text]) -> str:
    """The lines as one text."""
    return "\n".join(line.plain.rstrip() for line in lines)
