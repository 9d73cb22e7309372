"""The audit that shows itself."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import openloop as library
from openloop.auditing import audit as measure
from tests.conftest import Said
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
