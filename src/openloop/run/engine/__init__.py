"""Where work runs."""

from openloop.run.engine.engine import Engine, can_travel, require_workers
from openloop.run.engine.workers import Died

__all__ = ["Died", "Engine", "can_travel", "require_workers"]
