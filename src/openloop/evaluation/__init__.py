"""Evaluations: named estimates of one model on one test, with what every item gave, so that models are compared in pairs."""

from openloop.evaluation.items import Items, estimated, paired_difference

__all__ = ["Items", "estimated", "paired_difference"]
