"""Labels of people."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from openloop import signals
from openloop.errors import DataError
from tests.support.signals import candidates


def test_labels_of_people(tmp_path: Path) -> None:
    labels = [("a", "true"), ("b", "bad"), ("c", None), ("d", "1"), ("d", "0"), ("a", "yes")]
    path = tmp_path / "labels.jsonl"
    path.write_text("".join(json.dumps({"prompt": "q", "completion": c, "gold": g}) + "\n" for c, g in labels))
    found = signals.human("labels.jsonl", base=tmp_path).score(candidates(*"abcde", prompt="q"))
    assert [v.value for v in found] == [1.0, 0.0, None, None, None]
    assert [v.reason for v in found[2:]] == ["not_labelled", "labels_differ", "not_labelled"]
    path.write_text(json.dumps({"prompt": "q", "completion": "a", "gold": "maybe"}) + "\n")
    with pytest.raises(DataError, match="row 1: the label 'maybe'"):
        signals.human(str(path)).score(candidates("a"))
