"""A decoder-only character transformer small enough to train on one CPU core in seconds."""

from openloop.models.tiny.model import TinyTransformer, tiny

__all__ = ["TinyTransformer", "tiny"]
