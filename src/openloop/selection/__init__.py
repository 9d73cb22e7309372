"""Selectors: what is kept, over a whole pool at once, and why each other row is not."""

from openloop.selection.balance import balance
from openloop.selection.band import band
from openloop.selection.best_of import best_of
from openloop.selection.chain import chain
from openloop.selection.coding import coding
from openloop.selection.coverage import coverage
from openloop.selection.decontaminate import decontaminate
from openloop.selection.diverse import diverse
from openloop.selection.duplicates import duplicates
from openloop.selection.everything import everything
from openloop.selection.incomplete import incomplete
from openloop.selection.limit import limit
from openloop.selection.normsim_band import normsim_band
from openloop.selection.per_prompt import per_prompt
from openloop.selection.random import random
from openloop.selection.repetition import repetition
from openloop.selection.threshold import threshold
from openloop.selection.top import top
from openloop.selection.where import where

__all__ = [
    "balance",
    "band",
    "best_of",
    "chain",
    "coding",
    "coverage",
    "decontaminate",
    "diverse",
    "duplicates",
    "everything",
    "incomplete",
    "limit",
    "normsim_band",
    "per_prompt",
    "random",
    "repetition",
    "threshold",
    "top",
    "where",
]
