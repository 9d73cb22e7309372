"""Sampling over HTTP: share of the server's ceiling, client CPU a request, and the resume of a finished run.

A local server answers after 20 ms, 64 requests at a time, in a process of its own. Limits: 90 % of its ceiling of 3,200
requests a second, .5 ms CPU a request with storing included, resume of the finished run within 2 s. Beside it, in the
same run, a bare aiohttp client that stores nothing.

python benchmarks/endpoint.py [requests]
"""

import subprocess
import sys
import tempfile

from measure import cost, verdict

LATENCY, SLOTS = 0.02, 64
SERVER = f"""
import sys, time
from openloop.testing import FaultyServer
with FaultyServer(latency={LATENCY}, slots={SLOTS}) as server:
    print(server.url, flush=True)
    sys.stdin.read()
"""
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
IDLE = "import openloop; from openloop import models; openloop.Run; import aiohttp, pyarrow, sqlite3"

n = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
with tempfile.TemporaryDirectory() as folder:
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    url = server.stdout.readline().strip()
    idle = cost("-c", IDLE)
    mine = cost("-c", OPENLOOP, f"{folder}/run", url, n)
    again = cost("-c", OPENLOOP, f"{folder}/run", url, n)
    bare = cost("-c", BARE, url, n)
    server.stdin.close()
    server.wait()
ceiling = SLOTS / LATENCY
rate, other = n / (mine.wall - idle.wall), n / (bare.wall - idle.wall)
print(
    f"{n:,} requests: {mine.wall:.1f} s, {rate:,.0f}/s; bare aiohttp {other:,.0f}/s; ceiling {ceiling:,.0f}/s"
)
verdict("share of the server's ceiling", rate / ceiling, 0.9, at_least=True)
print(f"openloop / bare aiohttp, requests per second: {rate / other:.2f}")
verdict("client CPU a request, storing included", 1000 * (mine.cpu - idle.cpu) / n, 0.5, " ms")
print(f"bare aiohttp, CPU a request: {1000 * (bare.cpu - idle.cpu) / n:.3f} ms")
verdict("resume of the finished run", again.wall, 2, " s")
print(f"largest resident memory: {mine.peak:,.0f} MiB")
