"""Durable storage of a run."""

from openloop.run.store.journal import Step
from openloop.run.store.store import Observer, StageRow, Store

__all__ = ["Observer", "StageRow", "Step", "Store"]
