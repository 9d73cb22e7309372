"""Verdicts on what could not be scored, each with its reason."""

from __future__ import annotations

from typing import Any

from openloop.records import Outcome, Verdict


def abstained(reason: str, detail: str = "") -> Verdict:
    """There is nothing to judge."""
    return Verdict(None, Outcome.ABSTAINED, reason, detail=detail)


def error(reason: str, detail: str = "") -> Verdict:
    """The row cannot be judged."""
    return Verdict(None, Outcome.ERROR, reason, detail=detail[:500])


def raised(exception: BaseException) -> Verdict:
    """The signal raised an exception."""
    return error(f"{type(exception).__name__}: {exception}")


def miscounted(got: int, wanted: int) -> Verdict:
    """The signal returned more or fewer verdicts than there are candidates."""
    return error(f"returned {got} verdicts for {wanted} candidates")


def timed_out(seconds: float | None) -> Verdict:
    """The call took longer than it may."""
    return Verdict(None, Outcome.TIMEOUT, "time", detail="" if seconds is None else f"more than {seconds:g} s")


def as_number(value: Any) -> float:
    """A float. Numbers of any library count; text that looks like one does not. Raises TypeError."""
    if isinstance(value, str | bytes):
        raise TypeError(f"{value!r:.40} is text")
    return float(value)
