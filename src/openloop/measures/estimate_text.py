"""The text of an estimate, written once: ``0.867 [0.801, 0.933]``.

    estimate_text(accuracy)                  # 0.867 [0.801, 0.933]
    estimate_text(bad_after, percent(1))     # 8.7% [4.1%, 15.0%]
    estimate_text(gain, signed(3))           # +0.278 [+0.240, +0.316]

How a number is spelled is a function of the number: :func:`fixed`, :func:`signed`, :func:`percent`, :func:`points`,
:func:`short`, :func:`significant` or :func:`compact`. All of them write NaN as ``undefined``.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from openloop.records import Estimate

NumberText = Callable[[float], str]
"""How a number is spelled."""
UNDEFINED = "undefined"


def fixed(digits: int = 3) -> NumberText:
    """``0.867``: so many digits after the point."""
    return _formatted(f".{digits}f")


def signed(digits: int = 3) -> NumberText:
    """``+0.278``: a difference, its sign always shown."""
    return _formatted(f"+.{digits}f")


def percent(digits: int = 1) -> NumberText:
    """``86.7%``: a share."""
    return _formatted(f".{digits}%")


def points(digits: int = 1) -> NumberText:
    """``27.8``: a share or a difference of shares in percentage points; the unit is left to the sentence."""
    spell = fixed(digits)
    return lambda value: spell(100 * value)


def short(digits: int = 3) -> NumberText:
    """``.867``: a share in a narrow column, without the zero before the point."""
    spell = fixed(digits)
    return lambda value: spell(value).removeprefix("0")


def significant(digits: int = 6) -> NumberText:
    """``0.818182``, ``1.2e-05``: so many significant digits, trailing zeros left out."""
    return _formatted(f".{digits}g")


def compact(value: float) -> str:
    """``0.867``, ``12``, ``1,204``: three digits after the point, none from 10 on or for whole numbers beyond ±1."""
    whole = abs(value) >= 10 or (abs(value) > 1 and value == int(value))
    return UNDEFINED if math.isnan(value) else f"{value:,.0f}" if whole else f"{value:.3f}"


def interval_text(
    low: float | None, high: float | None, number: NumberText | None = None, *, open_ends: tuple[str, str] | None = None
) -> str:
    """``[0.801, 0.933]``; empty where a bound is missing.

    With ``open_ends`` (what to write for a missing low and a missing high) an interval with one bound is written too,
    such as ``[?, 0.933]``.
    """
    spell = number or fixed()
    if (low is None and high is None) or (open_ends is None and (low is None or high is None)):
        return ""
    below, above = open_ends or ("", "")
    return f"[{below if low is None else spell(low)}, {above if high is None else spell(high)}]"


def estimate_text(
    estimate: Estimate,
    number: NumberText | None = None,
    *,
    open_ends: tuple[str, str] | None = None,
    say_why: bool = False,
) -> str:
    """``0.867 [0.801, 0.933]``, or the value alone where there is no interval.

    ``open_ends`` as in :func:`interval_text`. With ``say_why``, a value without an interval is followed by the reason
    that its method gives: ``0.867 (no interval: one prompt)``.
    """
    spell = number or fixed()
    value = spell(estimate.value)
    interval = interval_text(estimate.low, estimate.high, spell, open_ends=open_ends)
    if interval:
        return f"{value} {interval}"
    return f"{value} ({estimate.method or 'no interval'})" if say_why else value


def _formatted(form: str) -> NumberText:
    return lambda value: UNDEFINED if math.isnan(value) else format(value, form)
