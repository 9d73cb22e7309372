"""JSON as the store writes it."""

from __future__ import annotations

import json


def to_json(value: object) -> str:
    """Compact JSON; what JSON has no word for is written as its text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
