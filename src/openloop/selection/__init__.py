"""Selectors: what is kept, over a whole pool at once, and why each other row is not."""

from openloop.selection.chain import chain
from openloop.selection.everything import everything
from openloop.selection.limit import limit
from openloop.selection.random import random
from openloop.selection.threshold import threshold
from openloop.selection.top import top
from openloop.selection.where import where

__all__ = ["chain", "everything", "limit", "random", "threshold", "top", "where"]
