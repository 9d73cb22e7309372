"""Sampling over HTTP: share of the server's ceiling, client CPU a request, and the resume of a finished run.

A local server (quick_server.py) answers after 20 ms, 64 requests at a time, in a process of its own. Limits: 90 % of
its nominal ceiling of 3,200 requests a second, .5 ms CPU a request with storing included, resume of the finished run
within 2 s. Beside it, in the same run, bare clients that store nothing and try nothing again: aiohttp, openai, httpx.

python benchmarks/endpoint.py [requests]
"""

import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from measure import cost, verdict

LATENCY, SLOTS = 0.02, 64
OPENLOOP = """
import sys, openloop
from openloop import models
run = openloop.Run(sys.argv[1])
rows = [{"prompt": f"question {i}"} for i in range(int(sys.argv[3]))]
run.sample(models.endpoint(url=sys.argv[2], model="m", concurrency=128), rows, k=1)
run.close()
"""
BARE = f"""
import asyncio, sys, aiohttp
async def main(url, n):
    places = asyncio.Semaphore({SLOTS + SLOTS // 4})
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        async def one(i):
            body = {{"model": "m", "messages": [{{"role": "user", "content": f"question {{i}}"}}], "seed": i}}
            async with places, session.post(url + "/chat/completions", json=body) as response:
                return (await response.json())["choices"][0]["message"]["content"]
        await asyncio.gather(*(one(i) for i in range(n)))
asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""
OPENAI = f"""
import asyncio, sys, openai
async def main(url, n):
    places = asyncio.Semaphore({SLOTS + SLOTS // 4})
    async with openai.AsyncOpenAI(base_url=url, api_key="none", max_retries=0) as client:
        async def one(i):
            async with places:
                said = [{{"role": "user", "content": f"question {{i}}"}}]
                reply = await client.chat.completions.create(model="m", messages=said, seed=i)
                return reply.choices[0].message.content
        await asyncio.gather(*(one(i) for i in range(n)))
asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""
HTTPX = f"""
import asyncio, sys, httpx
async def main(url, n):
    places = asyncio.Semaphore({SLOTS + SLOTS // 4})
    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=None)) as client:
        async def one(i):
            body = {{"model": "m", "messages": [{{"role": "user", "content": f"question {{i}}"}}], "seed": i}}
            async with places:
                reply = await client.post(url + "/chat/completions", json=body)
                return reply.json()["choices"][0]["message"]["content"]
        await asyncio.gather(*(one(i) for i in range(n)))
asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""
STARTS = {
    "openloop": "import openloop, sqlite3, aiohttp, pyarrow.parquet; from openloop import models; openloop.Run; "
    "import pyarrow; pyarrow.array([0])",
    "bare aiohttp": "import asyncio, aiohttp",
    "openai": "import asyncio, openai",
    "httpx": "import asyncio, httpx",
}
"""What each imports before it can send anything; taken off its time."""


def rate(name, spent, n):
    """Requests a second, and CPU milliseconds a request, of what a process took beyond its imports."""
    start = cost("-c", STARTS[name])
    return n / (spent.wall - start.wall), 1000 * (spent.cpu - start.cpu) / n


n = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
fewer = n // 5
"""Of the slow ones."""
with tempfile.TemporaryDirectory() as folder:
    words = [sys.executable, Path(__file__).with_name("quick_server.py"), str(LATENCY), str(SLOTS)]
    server = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    url = server.stdout.readline().strip()
    mine = cost("-c", OPENLOOP, f"{folder}/run", url, n)
    again = cost("-c", OPENLOOP, f"{folder}/run", url, n)
    bare = cost("-c", BARE, url, n)
    others = {
        name: cost("-c", code, url, fewer)
        for name, code in {"openai": OPENAI, "httpx": HTTPX}.items()
        if find_spec(name)
    }
    server.terminate()
    server.wait()
for name in {"openai", "httpx"} - others.keys():
    print(f"{name} is not installed: left out")
ceiling = SLOTS / LATENCY
speed, cpu = rate("openloop", mine, n)
print(f"{n:,} requests, ceiling of the server {ceiling:,.0f}/s")
print(f"openloop, stored:  {speed:6,.0f}/s  {speed / ceiling:.2f} of the ceiling  {cpu:.3f} ms CPU a request")
for name, spent, requests in [
    ("bare aiohttp", bare, n),
    *((name, spent, fewer) for name, spent in others.items()),
]:
    theirs, ms = rate(name, spent, requests)
    print(
        f"{name + ':':<17}  {theirs:6,.0f}/s  {theirs / ceiling:.2f} of the ceiling  {ms:.3f} ms CPU a request; "
        f"openloop is {speed / theirs:.2f} as fast"
    )
verdict("share of the server's ceiling", speed / ceiling, 0.9, at_least=True)
verdict("client CPU a request, storing included", cpu, 0.5, " ms")
verdict("resume of the finished run", again.wall, 2, " s")
print(f"largest resident memory: {mine.peak:,.0f} MiB")
