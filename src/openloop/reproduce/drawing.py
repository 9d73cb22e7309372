"""Pictures that read on light, on dark and in grey: middle tones, own dashes and markers, no background."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openloop.reproduce.base import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK = "#757575"
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#b05a94", "#8f7a00", "#4f8fc0")
MARKERS = "osD^vP"
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)))
STYLE: dict[str, Any] = {
    "font.size": 9,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "text.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "savefig.transparent": True,
    "lines.linewidth": 1.4,
    "lines.markersize": 4,
    "axes.titlesize": 9,
    "svg.hashsalt": "openloop",
    "svg.fonttype": "none",
}


def look(i: int) -> dict[str, Any]:
    """Colour and dashes of line i."""
    return {"color": COLOURS[i % len(COLOURS)], "linestyle": DASHES[i % len(DASHES)]}


def dots(i: int) -> dict[str, Any]:
    """Colour and marker of points i, without a line."""
    return {"color": COLOURS[i % len(COLOURS)], "marker": MARKERS[i % len(MARKERS)], "linestyle": "none"}


def band(axes: Axes, x: Sequence[float], low: Sequence[float], high: Sequence[float], i: int) -> None:
    """An interval around line i."""
    axes.fill_between(x, low, high, color=COLOURS[i % len(COLOURS)], alpha=0.18, linewidth=0)


def write_pictures(folder: Path, title: str, result: Result) -> None:
    """figure.svg and figure.png, the caption under the axes."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib.figure import Figure

    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(8.2, 4.6))
        lines = textwrap.wrap(result.caption, 128)
        bottom = (0.16 * len(lines) + 0.1) / 4.6
        figure.set_layout_engine("constrained", rect=(0, bottom, 1, 1 - bottom))
        figure.suptitle(title, fontsize=11, x=0.01, ha="left")
        result.draw(figure)
        figure.text(0.01, 0.01, "\n".join(lines), fontsize=8, va="bottom")
        figure.savefig(folder / "figure.svg", metadata={"Date": None})
        figure.savefig(folder / "figure.png", dpi=150)
