"""JSON as the store writes it."""

from __future__ import annotations

import json
import os


def to_json(value: object) -> str:
    """Compact JSON; paths are written as text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=os.fspath)
