"""The one way a row is written when it is hashed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from json.encoder import encode_basestring
from typing import Any

_encode: Callable[[object], str] = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode
_encode_finite: Callable[[object], str] = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
).encode


def canonical(row: Mapping[str, Any]) -> bytes:
    """Canonical JSON of a row. Lone surrogates, which JSON may hold, are passed through."""
    return _encode(row).encode("utf-8", "surrogatepass")


def canonical_text(column: str, text: str) -> bytes:
    """:func:`canonical` of a row whose one column holds a text, at a fifth of the time."""
    return f"{{{encode_basestring(column)}:{encode_basestring(text)}}}".encode("utf-8", "surrogatepass")


def canonical_strict(row: Mapping[str, Any]) -> bytes:
    """As :func:`canonical`; ValueError or TypeError for what JSON cannot hold (NaN, dates, objects)."""
    return _encode_finite(row).encode("utf-8", "surrogatepass")
