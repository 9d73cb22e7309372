"""The formats that candidates can be written in, by name. A new one: its file, and its line here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from openloop.errors import InputError, nearest
from openloop.export.alpaca import ALPACA
from openloop.export.base import Format
from openloop.export.dpo import DPO
from openloop.export.messages import MESSAGES
from openloop.export.parquet import PARQUET
from openloop.export.sharegpt import SHAREGPT
from openloop.export.trl import TRL

FORMATS: Mapping[str, Format] = MappingProxyType(
    {form.name: form for form in (TRL, MESSAGES, SHAREGPT, ALPACA, DPO, PARQUET)}
)
"""By name."""


def require_format(to: str) -> Format:
    """The format of that name. Raises InputError."""
    if to not in FORMATS:
        raise InputError(f"to={to!r} is not an export format; {nearest(to, FORMATS)}")
    return FORMATS[to]
