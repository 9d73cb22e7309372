"""Evaluations: named estimates of one model on one test, and models compared item by item."""

from openloop.evaluation.items import Items, estimated, paired_difference

__all__ = ["Items", "estimated", "paired_difference"]
