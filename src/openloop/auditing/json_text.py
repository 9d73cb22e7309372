"""JSON that the audit writes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any


def json_text(value: Any, indent: int | None = None, default: Callable[[Any], Any] | None = None) -> str:
    """One value as readable JSON that UTF-8 can hold; ``indent`` and ``default`` as in ``json.dumps``.

    Half a surrogate pair, which JSON may hold as an escape, stays an escape.
    """
    text = json.dumps(value, ensure_ascii=False, indent=indent, default=default)
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
