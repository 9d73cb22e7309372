"""What every refusal looks like."""

from __future__ import annotations

from typing import Any


def refused(said: Any, *texts: str) -> None:
    """One message on stderr, nothing on stdout, exit code 2."""
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("openloop: ")
    for text in texts:
        assert text in said.err
