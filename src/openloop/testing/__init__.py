"""The contracts as suites that anybody's models, embedders, signals, selectors, ... can be run against.

    from openloop.testing import check_signal
    def test_my_signal(): check_signal(my_signal)

Each raises AssertionError with the rule that was broken. ``canonical`` compares two runs; ``FaultyServer`` is
an endpoint that fails on purpose.
"""

from openloop.testing.canonical import canonical
from openloop.testing.embedders import check_embedder
from openloop.testing.faulty_server import FaultyServer
from openloop.testing.makers import check_maker
from openloop.testing.models import check_model
from openloop.testing.parsers import check_parser
from openloop.testing.selectors import check_selector
from openloop.testing.signals import check_signal
from openloop.testing.trainers import check_trainer

__all__ = [
    "FaultyServer",
    "canonical",
    "check_embedder",
    "check_maker",
    "check_model",
    "check_parser",
    "check_selector",
    "check_signal",
    "check_trainer",
]
