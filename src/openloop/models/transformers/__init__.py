"""Models of the Hugging Face transformers library."""

from openloop.models.transformers.model import TransformersModel, transformers

__all__ = ["TransformersModel", "transformers"]
