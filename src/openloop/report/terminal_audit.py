"""Everything that an audit found, for a terminal: what ``--all`` prints. :mod:`.first_screen` has the rest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from openloop.auditing.result import Audit, Curve, Decision, NamedEstimate
from openloop.measures.estimate_text import compact, interval_text
from openloop.records import Estimate
from openloop.report.first_screen import COLOURS
from openloop.report.plain_text import plain

_NO_SHARES = (
    *("labels.", "judge.within_sd", "verifier.ratio", "information.", "openness.", "shortcut."),
    *("pairs.strength", "pairs.gold_strength", "pairs.length_log_odds", "pairs.length_bias", "pairs.position_bias"),
    "pairs.accuracy_difference",
)
"""Estimates that are not shares: printed without a line from 0 to 1."""
AXIS = 28
NAME, NUMBERS, METHOD = 28, 46, 12
"""Columns that the name of an estimate may take, that its numbers take, and that its method needs."""
_WORST = "worst rows that the verifier accepted"


def show_audit(audit: Audit) -> RenderableType:
    """The whole report, under ``--all``."""
    blocks: list[RenderableType] = [
        _text(audit.sentence, f"bold {COLOURS[audit.decision]}"),
        *_selection(audit),
    ]
    for title, body in (
        (_WORST if any(row["verdict"] is not None for row in audit.worst) else "worst rows", _worst(audit)),
        ("findings", _findings(audit)),
        ("estimates", EstimateTable(audit.estimates) if audit.estimates else None),
        *((curve.title, _curve(curve)) for curve in audit.curves),
        ("not measured", _list(audit.unmeasured)),
        ("what was read", _list(audit.said)),
        ("what was written", _list([*audit.wrote, *audit.wrote_to_generate])),
    ):
        if body is not None:
            blocks += ["", _text(title, "bold"), Padding(body, (0, 0, 0, 2))]
    process = "the process behind this file (rows of one prompt are one cluster)"
    about = process if audit.target == "process" else "this file"
    blocks += [
        "",
        _text(
            f"{audit.level:.0%} intervals, about {about}. p: share of bad rows; φ, ψ: shares of the good and of the "
            "bad rows that are kept; p★ = 1/(1+ψ/φ); p′: share of bad rows among those kept.",
            "dim",
        ),
    ]
    return Group(*blocks)


def _text(text: str, style: str = "") -> Text:
    return Text(plain(text), style)


def _selection(audit: Audit) -> list[RenderableType]:
    """The line of a recipe that keeps these rows."""
    if audit.selection is None or audit.decision is not Decision.SELECT_FIRST:
        return []
    return [_text(f"  {audit.selection.recipe}", "bold")]


def _worst(audit: Audit) -> RenderableType | None:
    if not audit.worst:
        return None
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for row in audit.worst:
        verdict = "" if row["verdict"] is None else f" · verdict {row['verdict']:.3g}"
        table.add_row("", _text(f"{row['where']}{verdict} · {row['why']}", "bold"))
        for name in ("prompt", "completion"):
            if row[name]:
                table.add_row(name, _text(_brief(row[name])))
    return table


def _findings(audit: Audit) -> RenderableType:
    if not audit.findings:
        return _text("none")
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right")
    table.add_column(overflow="fold")
    for finding in audit.findings:
        text = _text(finding.id, "bold")
        if finding.blocking:
            text.append("  blocks training", "red")
        table.add_row(f"{finding.weight:.2f}", text)
        table.add_row("", _text(finding.text))
    return table


@dataclass(frozen=True)
class EstimateTable:
    """All estimates; where there is little room the drawing and then the method are left out, and it is said."""

    estimates: Sequence[NamedEstimate]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        name = min(NAME, max(cell_len(plain(_name(line))) for line in self.estimates))
        room = options.max_width - name - 2 - NUMBERS
        drawn, with_method = room >= AXIS + 2 + METHOD, room >= METHOD
        table = Table(box=None, pad_edge=False, header_style="dim")
        table.add_column("", overflow="fold", max_width=name)
        for heading in ("0" + " " * (AXIS - 2) + "1",) if drawn else ():
            table.add_column(heading, no_wrap=True)
        for heading in ("value", "interval", "n", "unscored"):
            table.add_column(heading, justify="left" if heading == "interval" else "right", no_wrap=True)
        if with_method:
            table.add_column("method", style="dim", overflow="fold")
        for line in self.estimates:
            e = line.estimate
            plot = ["" if line.name.startswith(_NO_SHARES) else whisker(e)] if drawn else []
            method = [_text(e.method, "dim")] if with_method else []
            unscored = f"{e.n_unscored:,}" if e.n_unscored else ""
            table.add_row(_text(_name(line)), *plot, compact(e.value), _interval(e), f"{e.n:,}", unscored, *method)
        yield table
        if not with_method:
            yield _text("left out for lack of room: how each was estimated (--json has it)", "dim")


def _curve(curve: Curve) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    top = (
        max((e.high if e.high is not None else e.value) for e in curve.y if not math.isnan(e.value)) if curve.y else 1.0
    )
    scale = (
        next(s for s in (0.05, 0.1, 0.25, 0.5, 1.0) if top <= s or (s == 1.0 and top <= 1))
        if top <= 1
        else math.ceil(top)
    )
    for x, estimate in zip(curve.x, curve.y, strict=True):
        table.add_row(_text(x), whisker(estimate, scale), f"{compact(estimate.value)} {_interval(estimate)}")
    table.add_row("", _text("0" + " " * (AXIS - 1 - len(f"{scale:g}")) + f"{scale:g}", "dim"), "")
    return table


def whisker(estimate: Estimate, scale: float = 1.0) -> str:
    """A point and its interval on a line from 0 to ``scale``: ``····├──●──┤·····``."""
    if math.isnan(estimate.value) or not 0 <= estimate.value <= scale * 1.0001:
        return "·" * AXIS

    def at(value: float) -> int:
        return min(AXIS - 1, max(0, round(value / scale * (AXIS - 1))))

    cells = ["·"] * AXIS
    if estimate.low is not None and estimate.high is not None:
        low, high = at(estimate.low), at(estimate.high)
        cells[low : high + 1] = ["─"] * (high - low + 1)
        cells[low], cells[high] = "├", "┤"
    cells[at(estimate.value)] = "●"
    return "".join(cells)


def _list(texts: Sequence[str]) -> RenderableType | None:
    if not texts:
        return None
    table = Table.grid(padding=(0, 1))
    table.add_column()
    table.add_column(overflow="fold")
    for text in texts:
        table.add_row("–", _text(text))
    return table


def _name(line: NamedEstimate) -> str:
    return line.name if not line.stratum else f"{line.name} | {line.stratum}"


def _interval(e: Estimate) -> str:
    return interval_text(e.low, e.high, compact, open_ends=("?", "?"))


def _brief(text: str) -> str:
    """A text on few lines: blanks collapsed, so that a long row does not fill the screen."""
    flat = " ".join(text.split())
    return flat if len(flat) <= 280 else f"{flat[:200]} … {flat[-70:]}"
