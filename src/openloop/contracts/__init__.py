"""What a model, a signal, a selector, ... must offer. Nothing here is inherited: any object that fits will do.

A capability that only some models have is a Protocol of its own, declared by having its methods and checked
where a model enters (:func:`openloop.contracts.models.require_model`). `openloop.testing` holds the public suites
that check an implementation against these contracts.
"""

from openloop.contracts.embedding import Embedder, ReadsInPart, StreamsVectors
from openloop.contracts.making import Maker, Parser
from openloop.contracts.models import (
    Metered,
    Model,
    Pretrained,
    Priced,
    Scorer,
    SingleProcess,
    Sourced,
    Streaming,
    Trains,
)
from openloop.contracts.selection import DeclaresVerdictUse, PoolVerdicts, PoolView, Selector
from openloop.contracts.signals import INSIDE, Asking, Combined, Kind, Scope, Signal
from openloop.contracts.training import (
    AdapterOnly,
    Checks,
    Estimates,
    Learns,
    LearnsFrom,
    OwnProcess,
    Report,
    SamplesItself,
    Trainer,
    TrainingEstimate,
)

__all__ = [
    "INSIDE",
    "AdapterOnly",
    "Asking",
    "Checks",
    "Combined",
    "DeclaresVerdictUse",
    "Embedder",
    "Estimates",
    "Kind",
    "Learns",
    "LearnsFrom",
    "Maker",
    "Metered",
    "Model",
    "OwnProcess",
    "Parser",
    "PoolVerdicts",
    "PoolView",
    "Pretrained",
    "Priced",
    "ReadsInPart",
    "Report",
    "SamplesItself",
    "Scope",
    "Scorer",
    "Selector",
    "Signal",
    "SingleProcess",
    "Sourced",
    "Streaming",
    "StreamsVectors",
    "Trainer",
    "TrainingEstimate",
    "Trains",
]
