"""Where work runs."""

from openloop.run.engine.engine import Engine, require_workers
from openloop.run.engine.workers import Died

__all__ = ["Died", "Engine", "require_workers"]
