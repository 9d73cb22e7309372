"""Evaluations: named estimates of one model on one test, and models compared item by item."""

from openloop.evaluation.comparison import Comparison, compare
from openloop.evaluation.items import ItemResults, estimated, paired_difference

__all__ = ["Comparison", "ItemResults", "compare", "estimated", "paired_difference"]
