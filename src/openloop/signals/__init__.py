"""Signals: what judges candidates. Each is one file with its own probes."""

from openloop.signals.base import FunctionSignal, signal
from openloop.signals.exact import exact
from openloop.signals.likelihood import likelihood
from openloop.signals.simulated import simulated

__all__ = ["FunctionSignal", "exact", "likelihood", "signal", "simulated"]
