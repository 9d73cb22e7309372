"""Where work runs."""

from openloop.run.engine.base import Died, Executor, Worksite, call, each
from openloop.run.engine.local import LocalExecutor, local
from openloop.run.engine.workers import Place

__all__ = ["Died", "Executor", "LocalExecutor", "Place", "Worksite", "call", "each", "local"]
