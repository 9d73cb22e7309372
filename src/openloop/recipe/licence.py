"""What the recipe says of licences, and whether it says it of the rows that are there."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from openloop.data.canonical import canonical
from openloop.recipe.parts import Parts

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Licence:
    """As it is recorded, and stated on the card."""

    states: Mapping[str, str]
    """``real``, ``outputs``, ``data``."""
    said: str = ""
    """Why less is known than the recipe states."""


def licence_of(parts: Parts) -> Licence:
    """A licence belongs to content: with ``of`` it holds for the rows of that content, and others have none that is
    known."""
    stated = parts.recipe.licence
    states = {key: value for key, value in stated.items() if key != "of"}
    given = stated.get("of")
    if given is None or parts.real is None:
        return Licence(states)
    mine = content(parts.real.load().rows)
    if given == mine:
        return Licence(states)
    lost = [key for key in ("real", "data") if key in states]
    return Licence(
        states | dict.fromkeys(lost, UNKNOWN),
        f"The recipe states {' and '.join(f'{key}: {states[key]}' for key in lost)} for other real rows (licence.of: "
        f"{given}) than these ({mine}), whose licence is unknown. State it in the recipe: "
        f"licence: {{real: ..., of: {mine}}}.",
    )


def content(rows: Iterable[Mapping[str, Any]]) -> str:
    """Eight hexadecimal digits that name rows by what they hold, in whatever file and order."""
    total = 0
    for row in rows:
        total += int.from_bytes(hashlib.sha256(canonical(row)).digest()[:8])
    return f"{total % 2**32:08x}"
