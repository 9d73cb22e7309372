"""Models: what samples candidates. Named here, imported when asked for, so that none brings torch along."""

from typing import Any

__all__ = ["categorical", "oracle", "simulated", "tiny"]


def __getattr__(name: str) -> Any:
    match name:
        case "simulated":
            from openloop.models.simulated import simulated

            return simulated
        case "categorical":
            from openloop.models.categorical import categorical

            return categorical
        case "oracle":
            from openloop.models.oracle import oracle

            return oracle
        case "tiny":
            from openloop.models.tiny import tiny

            return tiny
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
