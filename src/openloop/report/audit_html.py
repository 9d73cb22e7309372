"""The first screen of an audit for a notebook: tables, and every text of a file escaped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from openloop.data.html_table import html_table
from openloop.report.audit_summary import AuditSummary
from openloop.report.plain_text import flat

LONGEST = 600
"""Characters of a row's text."""
_COLOURS = {"TRAIN": "#1a7f37", "SELECT FIRST": "#9a6700", "DO NOT TRAIN": "#cf222e", "LABEL FIRST": "#0969da"}


def summary_html(summary: AuditSummary) -> str:
    """A fragment of HTML without scripts or styles that reach beyond it."""
    return f"<div>{''.join(_parts(summary))}</div>"


def _parts(summary: AuditSummary) -> Iterator[str]:
    colour = _COLOURS[summary.decision.value]
    yield f'<p><b style="color:{colour}">{_safe(summary.sentence)}</b></p><p>{_safe(summary.step.text)}</p>'
    if summary.step.command:
        yield f"<pre>{_safe(' '.join(summary.step.command))}</pre>"
    numbers = [(number.label, number.text, number.of) for number in summary.numbers]
    yield _table(("number", f"value, {summary.level:.0%} interval", ""), numbers)
    if summary.row_numbers:
        beside = [(number.label, number.text, number.of) for number in summary.row_numbers]
        yield _table((f"the rows beside {summary.compared_with}", f"value, {summary.level:.0%} interval", ""), beside)
    yield from (f"<p>{_safe(text)}</p>" for text in (summary.not_compared, summary.step.missing) if text)
    if summary.step.to_generate:
        yield f"<pre>{_safe(' '.join(summary.step.to_generate))}</pre>"
    findings = [
        (f.text, f"{f.id} (and {f.alike} more)" if f.alike else f.id, "yes" if f.blocking else "")
        for f in summary.findings
    ]
    if findings:
        yield _table((f"finding ({len(findings)} of {summary.n_findings})", "id", "blocks training"), findings)
    worst = [(row.where, row.prompt[:LONGEST], row.completion[:LONGEST]) for row in summary.worst]
    if worst:
        yield _table(("worst row", "prompt", "completion"), worst)
    said = f"read as: {summary.read}. {summary.n_estimates:,} estimates: {summary.more}"
    yield f"<p><small>{_safe(said)}</small></p>"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return html_table([flat(text) for text in heads], [[flat(cell) for cell in row] for row in rows])


def _safe(text: str) -> str:
    return escape(flat(text))
