"""A server of chat completions that does as little as it can: so many places, so long for an answer. Prints its URL.

For measuring a client on few cores, where a server that hashes, checks and routes would itself be what is measured.
A GET of any path tells how many requests it has answered, and how many of them differ (by their last message).

python benchmarks/quick_server.py SECONDS PLACES
"""

import asyncio
import json
import sys
from collections import deque

SECONDS, PLACES = float(sys.argv[1]), int(sys.argv[2])
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
LENGTH = b"content-length:"
waiting = deque()
working = answered = 0
asked = set()
"""Last messages of what was answered, as hashes."""


class Connection(asyncio.Protocol):
    """One request after the other; each body is as long as its header says."""

    def connection_made(self, transport):
        self.transport, self.held = transport, b""

    def data_received(self, data):
        self.held += data
        while (end := self.held.find(b"\r\n\r\n")) >= 0:
            if self.held.startswith(b"GET"):
                self.held = self.held[end + 4 :]
                reply(self.transport, {"answered": answered, "distinct": len(asked)})
                continue
            head = self.held[:end].lower()
            length = int(head[head.index(LENGTH) + len(LENGTH) :].split(b"\r\n", 1)[0])
            if len(self.held) < end + 4 + length:
                return
            body, self.held = self.held[end + 4 : end + 4 + length], self.held[end + 4 + length :]
            arrive(self.transport, body)


def arrive(transport, body):
    """Work on it, or let it wait for a place."""
    global working
    if working == PLACES:
        waiting.append((transport, body))
        return
    working += 1
    asyncio.get_running_loop().call_later(SECONDS, answer, transport, body)


def answer(transport, body):
    """Reply, and give the place to who waits."""
    global working, answered
    if waiting:
        asyncio.get_running_loop().call_later(SECONDS, answer, *waiting.popleft())
    else:
        working -= 1
    if transport.is_closing():  # who asked is gone
        return
    said = (json.loads(body)["messages"] or [{"content": ""}])[-1]["content"]  # Curator first asks for nothing
    answered += 1
    asked.add(hash(str(said)))
    message = {"role": "assistant", "content": f"answer to {said}"}
    usage = {"prompt_tokens": 12, "completion_tokens": 2, "total_tokens": 14}
    made = {"choices": [{"index": 0, "finish_reason": "stop", "message": message}], "usage": usage}
    # What the openai package looks for besides.
    reply(transport, made | {"id": "x", "object": "chat.completion", "created": 0, "model": "m"})


def reply(transport, value):
    text = json.dumps(value).encode()
    transport.write(HEAD % len(text) + text)


async def serve():
    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", 0, backlog=4096)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    await server.serve_forever()


asyncio.run(serve())
