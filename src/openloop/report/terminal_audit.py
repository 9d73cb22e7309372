"""An audit as text for a terminal, and for a notebook."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from html import escape

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from openloop.auditing.result import Audit, Curve, Decision, NamedEstimate
from openloop.measures.estimate_text import compact, interval_text
from openloop.records import Estimate

WIDTH = 118
_COLOURS = {
    Decision.TRAIN: "green",
    Decision.SELECT_FIRST: "yellow",
    Decision.DO_NOT_TRAIN: "red",
    Decision.LABEL_FIRST: "cyan",
}
_NO_SHARES = ("labels.", "judge.within_sd", "verifier.ratio", "information.", "openness.", "shortcut.")
"""Estimates that are not shares: printed without a line from 0 to 1."""
AXIS = 28
_WORST = "worst rows that the verifier accepted"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def show_audit(audit: Audit, *, everything: bool = False) -> RenderableType:
    """The whole report; ``everything`` lists the estimates of every stratum too."""
    blocks: list[RenderableType] = [
        _text(audit.sentence, f"bold {_COLOURS[audit.decision]}"),
        *_next_step(audit),
    ]
    for title, body in (
        (_WORST if any(row["verdict"] is not None for row in audit.worst) else "worst rows", _worst(audit)),
        ("findings", _findings(audit)),
        ("estimates", _estimates(audit, everything)),
        *((curve.title, _curve(curve)) for curve in audit.curves),
        ("not measured", _list(audit.unmeasured)),
        ("what was read", _list(audit.said)),
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


def as_text(audit: Audit) -> str:
    """The report without colours."""
    console = Console(width=WIDTH, highlight=False, no_color=True, color_system=None, force_terminal=False)
    with console.capture() as captured:
        console.print(show_audit(audit))
    return captured.get()


def as_html(audit: Audit) -> str:
    """The report for a notebook; texts of the file are escaped."""
    return f"<pre style='line-height:1.25'>{escape(as_text(audit))}</pre>"


def plain(text: str) -> str:
    """Text of a file without control characters, which could steer a terminal."""
    return _CONTROL.sub("�", text)


def _text(text: str, style: str = "") -> Text:
    return Text(plain(text), style)


def _next_step(audit: Audit) -> list[RenderableType]:
    said: list[RenderableType] = []
    if audit.selection is not None and audit.decision is Decision.SELECT_FIRST:
        s = audit.selection
        said.append(_text(f"  {s.recipe}", "bold"))
    if audit.to_label is not None and audit.to_label["n"]:
        n, file = audit.to_label["n"], audit.to_label["file"]
        where = f"wrote {n:,} rows to {file}" if file else f"drew {n:,} rows; --to-label FILE writes them"
        said.append(_text(f"  {where}: fill in `gold`, then run again with --labels {file or 'FILE'}", "bold"))
    return said


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


def _estimates(audit: Audit, everything: bool) -> RenderableType | None:
    lines = [line for line in audit.estimates if everything or not line.stratum]
    if not lines:
        return None
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("", "0" + " " * (AXIS - 2) + "1", "value", "interval", "n", "unscored"):
        table.add_column(heading, justify="right" if heading in ("value", "n", "unscored") else "left", no_wrap=True)
    table.add_column("method", style="dim", overflow="fold")
    for line in lines:
        e = line.estimate
        plot = "" if line.name.startswith(_NO_SHARES) else whisker(e)
        table.add_row(
            _text(_name(line)),
            plot,
            compact(e.value),
            _interval(e),
            f"{e.n:,}",
            f"{e.n_unscored:,}" if e.n_unscored else "",
            _text(e.method, "dim"),
        )
    hidden = len(audit.estimates) - len(lines)
    if not hidden:
        return table
    return Group(table, _text(f"{hidden} more estimates, by stratum, threshold and n: --all or --json", "dim"))


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
