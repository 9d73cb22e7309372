"""Durable storage of a run."""

from openloop.store.journal import Step
from openloop.store.store import Observer, StageRow, Store

__all__ = ["Observer", "StageRow", "Step", "Store"]
