"""Evaluations: named estimates of one model on one test, and models compared item by item."""

from openloop.evaluation.comparison import Comparison, compare
from openloop.evaluation.harness import Harness, harness
from openloop.evaluation.items import ItemResults, paired_difference
from openloop.evaluation.ratings import rating_shares

__all__ = ["Comparison", "Harness", "ItemResults", "compare", "harness", "paired_difference", "rating_shares"]
