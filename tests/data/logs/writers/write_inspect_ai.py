"""Run by inspect_ai's own Python: an evaluation by a mock model, logged as .json and as .eval."""

import sys

from inspect_ai import Task, eval
from inspect_ai.dataset import Sample
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from inspect_ai.scorer import match, model_graded_qa
from inspect_ai.solver import generate


def saying(*texts):
    """A model that says these texts, one after the other. With their usage, since counting tokens would download."""
    outputs = [ModelOutput.from_content("mockllm/model", text) for text in texts]
    for output in outputs:
        output.usage = ModelUsage(input_tokens=5, output_tokens=3, total_tokens=8)
    return get_model("mockllm/model", custom_outputs=outputs)


def main(folder):
    data = [Sample(id=f"q{i}", input=f"What is {i} + {i}?", target=str(2 * i)) for i in range(6)]
    for kind in ("json", "eval"):
        judge = saying(*["GRADE: C", "GRADE: I"] * 6)
        task = Task(dataset=data, solver=generate(), scorer=[match(), model_graded_qa(model=judge)], name="sums")
        said = [f"ANSWER: {2 * i if i % 3 else 99}" for i in range(6)]
        eval(task, model=saying(*said, *said), epochs=2, log_dir=folder, log_format=kind, display="none",
             max_connections=1, max_samples=1)  # fmt: skip


main(sys.argv[1])
