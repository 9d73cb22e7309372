"""Run by distilabel's own Python: two models answer, a judge rates both, the distiset is saved."""

import sys

from distilabel.models.llms import LLM
from distilabel.pipeline import Pipeline
from distilabel.steps import GroupColumns, LoadDataFromDicts
from distilabel.steps.tasks import TextGeneration, UltraFeedback

RATED = "#### Output for Text 1\nRating: 4\nRationale: right\n\n#### Output for Text 2\nRating: 2\nRationale: wrong\n"


class Says(LLM):
    text: str
    name_: str = "says"

    @property
    def model_name(self):
        return self.name_

    def generate(self, inputs: list, num_generations: int = 1) -> list:
        statistics = {"input_tokens": [3] * num_generations, "output_tokens": [2] * num_generations}
        return [{"generations": [self.text] * num_generations, "statistics": statistics} for _ in inputs]


if __name__ == "__main__":
    folder = sys.argv[1]
    with Pipeline(name="sums", cache_dir=f"{folder}/cache") as pipeline:
        load = LoadDataFromDicts(data=[{"instruction": f"What is {i} + {i}?"} for i in range(3)])
        right = TextGeneration(name="right", llm=Says(text="the sum", name_="model-a"))
        wrong = TextGeneration(name="wrong", llm=Says(text="no idea", name_="model-b"))
        both = GroupColumns(columns=["generation", "model_name"], output_columns=["generations", "generation_models"])
        judge = UltraFeedback(name="judge", aspect="overall-rating", llm=Says(text=RATED, name_="judge-1"))
        load >> [right, wrong] >> both >> judge
    found = pipeline.run(use_cache=False)
    found.save_to_disk(f"{folder}/distiset")
    found["default"]["train"].to_json(f"{folder}/rated.jsonl")
