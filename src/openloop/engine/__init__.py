"""Where work runs."""

from openloop.engine.engine import Engine, can_travel, require_workers
from openloop.engine.workers import Died

__all__ = ["Died", "Engine", "can_travel", "require_workers"]
