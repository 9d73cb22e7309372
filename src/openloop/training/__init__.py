"""Trainers: what makes a model of a model and rows."""

from openloop.training.command import command
from openloop.training.dpo import dpo
from openloop.training.fit import fit
from openloop.training.grpo import grpo
from openloop.training.sft import sft

__all__ = ["command", "dpo", "fit", "grpo", "sft"]
