"""Signals: what judges candidates. Each is one file with its own probes; a function becomes one by
``@openloop.signal``.
"""

from openloop.signals.code import code
from openloop.signals.exact import exact
from openloop.signals.likelihood import likelihood
from openloop.signals.simulated import simulated

__all__ = ["code", "exact", "likelihood", "simulated"]
