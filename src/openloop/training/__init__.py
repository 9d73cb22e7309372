"""Trainers: what makes a model of a model and rows."""

from openloop.training.fit import fit
from openloop.training.grpo import grpo
from openloop.training.sft import sft

__all__ = ["fit", "grpo", "sft"]
