"""The same sampling as a user of each library would write it: ``python -c PROGRAM URL N FOLDER``.

N questions, one reply each, at most 128 requests in flight, replies kept in FOLDER where the library keeps any.
"""

OPENLOOP = """
import sys, openloop
from openloop import models
run = openloop.Run(sys.argv[3] + "/run")
rows = [{"prompt": f"question {i}"} for i in range(int(sys.argv[2]))]
run.sample(models.endpoint(url=sys.argv[1], model="m", concurrency=128), rows, k=1)
run.close()
"""
OPENAI = """
import asyncio, sys, openai
async def main(url, n):
    places = asyncio.Semaphore(128)
    async with openai.AsyncOpenAI(base_url=url, api_key="none") as client:
        async def one(i):
            async with places:
                said = [{"role": "user", "content": f"question {i}"}]
                return (await client.chat.completions.create(model="m", messages=said)).choices[0].message.content
        await asyncio.gather(*(one(i) for i in range(n)))
asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""
CURATOR = """
import os, sys
os.environ |= {"OPENAI_API_KEY": "none", "CURATOR_DISABLE_RICH_DISPLAY": "1", "TELEMETRY_ENABLED": "0"}
os.environ["CURATOR_CACHE_DIR"] = sys.argv[3]
from bespokelabs import curator
class Ask(curator.LLM):
    def prompt(self, row):
        return row["prompt"]
    def parse(self, row, reply):
        return {"prompt": row["prompt"], "reply": reply}
model = Ask(model_name="m", backend="openai", backend_params={
    "base_url": sys.argv[1], "api_key": "none", "max_requests_per_minute": 10**7, "max_tokens_per_minute": 10**10,
    "max_concurrent_requests": 128})
model([{"prompt": f"question {i}"} for i in range(int(sys.argv[2]))], working_dir=sys.argv[3])
"""
INSPECT = """
import os, sys
os.environ |= {"OPENAI_API_KEY": "none", "OPENAI_BASE_URL": sys.argv[1]}
from inspect_ai import Task, eval
from inspect_ai.dataset import Sample
from inspect_ai.solver import generate
task = Task(dataset=[Sample(input=f"question {i}") for i in range(int(sys.argv[2]))], solver=generate())
eval(task, model="openai/m", model_args={"responses_api": False}, max_connections=128, max_samples=128,
     log_dir=sys.argv[3], display="none")
"""
VERIFIERS = """
import os, sys
os.environ["OPENAI_API_KEY"] = "none"
import verifiers as vf
from datasets import Dataset
from openai import AsyncOpenAI
rows = [{"question": f"question {i}", "answer": "x"} for i in range(int(sys.argv[2]))]
env = vf.SingleTurnEnv(dataset=Dataset.from_list(rows), rubric=vf.Rubric(funcs=[lambda completion: 1.0]))
try:
    client = vf.ClientConfig(api_key_var="OPENAI_API_KEY", api_base_url=sys.argv[1])
except AttributeError:
    client = AsyncOpenAI(base_url=sys.argv[1], api_key="none")
env.evaluate_sync(client, "m", num_examples=len(rows), rollouts_per_example=1, max_concurrent=128)
"""
DISTILABEL = """
import sys
from distilabel.models import OpenAILLM
from distilabel.pipeline import Pipeline
from distilabel.steps import LoadDataFromDicts
from distilabel.steps.tasks import TextGeneration
with Pipeline(cache_dir=sys.argv[3]) as pipeline:
    load = LoadDataFromDicts(data=[{"instruction": f"question {i}"} for i in range(int(sys.argv[2]))], batch_size=128)
    ask = TextGeneration(llm=OpenAILLM(model="m", base_url=sys.argv[1], api_key="none"), input_batch_size=128)
    load >> ask
if __name__ == "__main__":
    pipeline.run(use_cache=False)
"""
DATA_DESIGNER = """
import os, sys
os.environ |= {"KEY": "none", "NEMO_TELEMETRY_ENABLED": "false"}
import data_designer.config as dd
from data_designer.interface import DataDesigner
import pandas as pd
provider = dd.ModelProvider(name="local", endpoint=sys.argv[1], provider_type="openai", api_key="KEY")
numbers = dd.ChatCompletionInferenceParams(max_parallel_requests=128)
model = dd.ModelConfig(alias="m", model="m", provider="local", inference_parameters=numbers, skip_health_check=True)
build = dd.DataDesignerConfigBuilder(model_configs=[model])
rows = pd.DataFrame({"prompt": [f"question {i}" for i in range(int(sys.argv[2]))]})
build.with_seed_dataset(dd.DataFrameSeedSource(df=rows))
build.add_column(dd.LLMTextColumnConfig(name="reply", model_alias="m", prompt="{{ prompt }}"))
DataDesigner(artifact_path=sys.argv[3], model_providers=[provider]).create(build, num_records=int(sys.argv[2]))
"""
