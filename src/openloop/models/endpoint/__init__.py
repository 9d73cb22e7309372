"""A model behind the OpenAI HTTP API."""

from openloop.models.endpoint.endpoint import Endpoint, endpoint

__all__ = ["Endpoint", "endpoint"]
