"""Trainers: what makes a model of a model and rows."""

from openloop.training.fit import fit

__all__ = ["fit"]
