"""Run by Argilla's own Python: records with two people's responses and a suggestion, exported without a server."""

import sys
import uuid

import argilla as rg
from argilla.records._io import GenericIO, JsonIO
from datasets import Dataset

ANN, BEN = uuid.UUID(int=1), uuid.UUID(int=2)


def record(i):
    return rg.Record(
        id=str(i),
        fields={"prompt": f"What is {i} + {i}?", "response": str(2 * i if i % 2 else 99)},
        metadata={"topic": "sums"},
        suggestions=[rg.Suggestion("correct", "yes" if i % 3 else "no", score=0.9, agent="judge-1")],
        responses=[
            rg.Response("correct", "yes" if i % 2 else "no", user_id=ANN, status="submitted"),
            rg.Response("correct", "yes", user_id=BEN, status="submitted" if i < 3 else "draft"),
        ],
    )


folder, records = sys.argv[1], [record(i) for i in range(6)]
JsonIO.to_json(records, f"{folder}/records.json")
Dataset.from_dict(GenericIO.to_dict(records, flatten=True)).save_to_disk(f"{folder}/data_set")
