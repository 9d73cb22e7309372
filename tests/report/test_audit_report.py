"""The audit that shows itself."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from xml.etree import ElementTree as xml

import openloop as library
from openloop.auditing import audit as measure
from tests.conftest import Said
from tests.support.simulated_rows import HOSTILE
from tests.support.worlds import World

Cli = Callable[..., Said]


def test_it_prints_in_a_notebook_and_escapes_hostile_text() -> None:
    rows = [
        {
            "prompt": "<script>alert(1)</script>",
            "completion": f"[bold]{i}[/bold] \x1b[31m",
            "gold": False,
            "verdict": True,
        }
        for i in range(30)
    ]
    found = library.audit(rows)
    assert "<script>" not in found._repr_html_() and "[bold]" in repr(found)
    assert "\x1b" not in repr(found)


def test_the_report_is_the_audit_and_shows_itself() -> None:
    rows = World(0.2, 0.9, 0.05, 300, 2).rows()
    plain, shown = measure(rows), library.audit(rows)
    assert shown.to_json() == plain.to_json()
    assert repr(shown).startswith("TRAIN: ") and not repr(plain).startswith("TRAIN: ")
    assert not hasattr(plain, "_repr_html_")


def test_the_signature_is_that_of_the_audit() -> None:
    assert inspect.signature(library.audit) == inspect.signature(measure)
    assert library.audit.__doc__ == measure.__doc__


def test_a_notebook_gets_tables_and_every_text_escaped() -> None:
    rows = World(0.4, 0.8, 0.3, 60, 3, 0.3).rows()
    for i, row in enumerate(rows):
        row["completion"] = f"{HOSTILE[i % len(HOSTILE)]} {i}"
        row["<b>column</b>"] = ["<img src=x onerror=alert(1)>", "b", "c"][i % 3]
    html = library.audit(rows)._repr_html_()
    tree = xml.fromstring(html)  # well-formed: nothing of the rows opens or closes anything
    allowed = {"p", "b", "pre", "table", "thead", "tbody", "tr", "th", "td", "small", "div"}
    assert {part.tag for part in tree.iter()} <= allowed
    assert len(tree.findall("table")) >= 2
    assert len(html) < 20_000
