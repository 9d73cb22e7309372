"""Durable storage of a run."""

from openloop.run.store.journal import Placed, Step
from openloop.run.store.kinds import PartName, StageKind
from openloop.run.store.storage import Storage
from openloop.run.store.store import Observer, StageRow, Store

__all__ = ["Observer", "PartName", "Placed", "StageKind", "StageRow", "Step", "Storage", "Store"]
