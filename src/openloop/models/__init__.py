"""Models: what samples candidates. None of them imports torch before it is asked to sample or train."""

from openloop.models.categorical import categorical
from openloop.models.endpoint import endpoint
from openloop.models.function import function
from openloop.models.oracle import oracle
from openloop.models.simulated import simulated
from openloop.models.tiny import tiny
from openloop.models.transformers import transformers

__all__ = ["categorical", "endpoint", "function", "oracle", "simulated", "tiny", "transformers"]
