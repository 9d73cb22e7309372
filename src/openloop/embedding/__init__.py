"""Embedding: what makes vectors of texts, so that rows can be compared. Nothing else in openloop does."""

from openloop.embedding.hashed import hashed
from openloop.embedding.named import embedder_of

__all__ = ["embedder_of", "hashed"]
