"""How audited completions were drawn, as a run recorded it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest

from openloop import models
from openloop.auditing.recorded_sampling import RecordedSampling
from openloop.records import Sampling
from openloop.run.record import ModelRecord


@pytest.mark.parametrize(
    ("model", "of_model"),
    [
        (models.endpoint(url="http://127.0.0.1:9/v1", model="m", logprobs=True), True),
        (models.categorical(), False),
        (models.function(lambda prompt, seed: "4", name="four"), False),
    ],
)
def test_an_endpoint_reports_the_models_log_probabilities_and_others_the_samplers(model: Any, of_model: bool) -> None:
    record = {"sampling": asdict(Sampling(temperature=0.7, top_p=0.9)), "model": asdict(ModelRecord.of(model))}
    assert RecordedSampling.read(record) == RecordedSampling(0.7, 0.9, of_model)
