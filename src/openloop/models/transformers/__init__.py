"""Models of the Hugging Face transformers library."""

from openloop.models.transformers.factory import transformers
from openloop.models.transformers.model import TransformersModel

__all__ = ["TransformersModel", "transformers"]
