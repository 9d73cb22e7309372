"""Parsers: how one completion becomes several rows, and why a part of it becomes none."""

from openloop.parsing.exchange import exchange
from openloop.parsing.items import items

__all__ = ["exchange", "items"]
