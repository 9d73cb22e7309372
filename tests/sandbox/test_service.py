"""A sandbox behind HTTP: the same verdicts, and a service that fails costs rows and never passes them."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from openloop import signals
from openloop.errors import InputError
from openloop.identity import fingerprint
from openloop.records import Candidate, Outcome
from openloop.sandbox.base import Limits
from openloop.sandbox.bubblewrap import Bubblewrap
from openloop.sandbox.service import LARGEST, TOKEN, Service, server

WHY_NOT = Bubblewrap().missing()
pytestmark = [pytest.mark.integration, pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)]
TESTS = "assert f(20) == 41\nassert f(1) == 3\n"


def rows(*programs: str) -> list[Candidate]:
    row = {"test": TESTS, "entry_point": "f"}
    return [Candidate(f"c{i}", "p", "", said, row=row) for i, said in enumerate(programs)]


@pytest.fixture
def url() -> Iterator[str]:
    serving = server(Bubblewrap(), "127.0.0.1", 0, Limits(seconds=20.0, cpu=2, memory=256), 2)
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{serving.server_port}"
    serving.shutdown()
    serving.server_close()


def test_the_verdicts_are_those_of_the_machine_behind_it(url: str) -> None:
    programs = rows(
        "def f(x):\n    return 2 * x + 1\n",
        "def f(x):\n    return 2 * x\n",
        "import os\nos._exit(0)\n",
        "def f(x):\n    while True: pass\n",
        "import numpy\n",
    )
    found = signals.code(runner=url, seconds=30.0).score(programs)  # the server's limit is the smaller one
    assert [v.value for v in found] == [1.0, 0.0, 0.0, None, None]
    assert [v.outcome for v in found[3:]] == [Outcome.TIMEOUT, Outcome.ERROR]


def test_where_it_runs_is_no_part_of_the_signals_identity(url: str) -> None:
    assert fingerprint(Service("http://a:1")) == fingerprint(Service(url))


def test_a_service_that_is_not_there_is_refused_before_anything_is_spent() -> None:
    with pytest.raises(InputError, match=r"cannot be reached .* openloop sandbox"):
        signals.code(runner="http://127.0.0.1:9")


def test_strangers_need_the_token(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN, "secret")
    assert Service(url).missing() == ""  # server and client read the same one here
    connection = http.client.HTTPConnection(url.removeprefix("http://"))
    connection.request("POST", "/run", b"", {"Authorization": "Bearer other"})
    assert connection.getresponse().status == 401
    monkeypatch.delenv(TOKEN)
    with pytest.raises(InputError, match="another --port"):
        server(Bubblewrap(), "127.0.0.1", 99_999, Limits(), 1)
    with pytest.raises(InputError, match=TOKEN):
        server(Bubblewrap(), "0.0.0.0", 0, Limits(), 1)


@pytest.mark.parametrize(
    ("body", "size", "status"),
    [
        (b"no data", None, 400),
        (b"l1:N", None, 400),
        (b"l2:d0:b0:", None, 400),
        (b"", f"{LARGEST + 1}", 413),
        (b"", "-1", 413),
    ],
)
def test_what_is_no_program_is_refused(url: str, body: bytes, size: str | None, status: int) -> None:
    connection = http.client.HTTPConnection(url.removeprefix("http://"))
    connection.putrequest("POST", "/run")
    connection.putheader("Content-Length", size or f"{len(body)}")
    connection.endheaders(body)
    assert connection.getresponse().status == status


@pytest.mark.parametrize("reply", [b"", b"no data", b"l3:b2:okN", b"l1:N", b'{"passed": true}', b"l3:b0:i1:0s0:"])
def test_a_hostile_service_passes_nothing(reply: bytes) -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say(b"hello")

        def do_POST(self) -> None:
            self._say(reply)

        def _say(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    serving = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    signal = signals.code(runner=f"http://127.0.0.1:{serving.server_port}")
    (verdict,) = signal.score(rows("def f(x):\n    return 2 * x + 1\n"))
    serving.shutdown()
    assert verdict.value != 1.0, json.dumps(verdict.detail)
