"""A signal proves itself on cases whose verdict is known."""

from __future__ import annotations

import pytest

from openloop.errors import ProbeError
from openloop.signals.probes import failing_probes, require_probes
from tests.support.toy_signals import made


def test_probes_are_proved_or_named() -> None:
    cases = {"accepts": [("2+2=", "4")], "rejects": [("2+2=", "5"), ("2+2=", "")]}
    assert "passes its 3 probes" in require_probes(made(lambda c: c.completion == "4", name="sum", **cases))
    with pytest.raises(ProbeError, match="'lax' fails 2 of its probes: must reject '5'"):
        require_probes(made(lambda c: True, name="lax", **cases))
    with pytest.raises(ProbeError, match=r"must accept '4'.*ZeroDivisionError"):
        require_probes(made(lambda c: 1 / 0, name="broken", **cases))
    assert "nothing is proved about it" in require_probes(made(lambda c: True))


def test_failing_probes_can_be_listed() -> None:
    lax = made(lambda c: True, accepts=[("2+2=", "4")], rejects=[("2+2=", "5")])
    assert len(failing_probes(lax)) == 1 and failing_probes(lax)[0].startswith("must reject '5'")
    assert failing_probes(made(lambda c: True)) == []
