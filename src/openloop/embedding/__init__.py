"""Embedding: what makes vectors of texts, so that rows can be compared. Nothing else in openloop does."""

from openloop.embedding.endpoint import endpoint
from openloop.embedding.hashed import hashed
from openloop.embedding.named import embedder_of
from openloop.embedding.sentence_transformer import sentence_transformer

__all__ = ["embedder_of", "endpoint", "hashed", "sentence_transformer"]
