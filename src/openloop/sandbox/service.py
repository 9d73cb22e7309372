"""A sandbox behind HTTP, where none works here (inside a container, on a cluster's node): a client and its server.

    openloop sandbox --port 8765                          where bubblewrap works
    {use: code, runner: "http://HOST:8765"}               anywhere else

One POST a program; both sides send data in the format of :mod:`.inside.wire`. Where OPENLOOP_SANDBOX_TOKEN is set, the
server asks for it and the client sends it.
"""

from __future__ import annotations

import hmac
import os
import threading
from dataclasses import asdict, dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from openloop.errors import InputError
from openloop.identity import fingerprint
from openloop.sandbox.base import OVERHEAD, Limits, Ran, Runner
from openloop.sandbox.inside import wire

TOKEN = "OPENLOOP_SANDBOX_TOKEN"
WAITING = 300.0
"""Seconds that a program may wait for its turn at the server; its own time has not begun then."""
LARGEST = 2 * wire.MOST
"""Bytes of a request."""


@dataclass(frozen=True)
class Service:
    """Programs are sent to a server that runs them."""

    url: str
    name: str = "service"

    @property
    def fingerprint(self) -> str:
        """Where it runs changes no verdict."""
        return fingerprint(["sandbox service"])

    def missing(self) -> str:
        try:
            status, said = self._ask("GET", "/", b"", 10.0)
        except (OSError, HTTPException) as error:
            return f"{self.url} cannot be reached ({error or type(error).__name__}); start it: openloop sandbox."
        return "" if status == 200 else f"{self.url} refuses ({status}: {said[:200].decode(errors='replace')})."

    def run(self, message: bytes, limits: Limits) -> Ran:
        body = wire.encode([asdict(limits), message])
        try:
            status, said = self._ask("POST", "/run", body, limits.seconds + OVERHEAD + WAITING)
            if status == 200:
                return Ran(*wire.decode(said))
            complaint = f"{status}: {said[:400].decode(errors='replace')}"
        except (OSError, HTTPException, wire.Broken, TypeError) as error:
            complaint = f"{type(error).__name__}: {error}"
        return Ran(b"", 1, f"the sandbox service {self.url}: {complaint}")

    def _ask(self, verb: str, path: str, body: bytes, timeout: float) -> tuple[int, bytes]:
        parts = urlsplit(self.url)
        connect = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        connection = connect(parts.netloc, timeout=timeout)
        token = os.environ.get(TOKEN)
        try:
            connection.request(
                verb,
                parts.path.rstrip("/") + path,
                body,
                {"Authorization": f"Bearer {token}"} if token else {},
            )
            reply = connection.getresponse()
            return reply.status, reply.read(LARGEST)
        finally:
            connection.close()


def server(runner: Runner, host: str, port: int, most: Limits, at_once: int) -> ThreadingHTTPServer:
    """A server that runs programs, so many at once, none with more than ``most``.

    Call ``serve_forever``. Raises InputError where it cannot listen, or would serve strangers without a token.
    """
    if host not in ("127.0.0.1", "::1", "localhost") and not os.environ.get(TOKEN):
        raise InputError(f"sandbox: set {TOKEN} to serve {host}: whoever reaches it may run programs here.")
    if at_once < 1:
        raise InputError(f"sandbox: at least 1 program at once, got {at_once}.")
    turns = threading.Semaphore(at_once)

    class Handler(BaseHTTPRequestHandler):
        timeout = 60.0

        def do_GET(self) -> None:
            if self._allowed():
                self._reply(200, f"openloop sandbox: {runner.name}".encode())

        def do_POST(self) -> None:
            size = self.headers.get("Content-Length", "")
            if not self._allowed():
                return
            if not size.isdigit() or int(size) > LARGEST:
                self._reply(413, b"send a program, with its size, below the largest one allowed")
                return
            try:
                asked, message = wire.decode(self.rfile.read(int(size)))
                limits = Limits(**{name: min(asked[name], held) for name, held in asdict(most).items()})
                message = bytes(message)
            except (wire.Broken, TypeError, KeyError, ValueError) as error:
                self._reply(400, f"no program: {error}".encode())
                return
            with turns:
                ran = runner.run(message, limits)
            self._reply(200, wire.encode([ran.said, ran.status, ran.complaint]))

        def _allowed(self) -> bool:
            token, said = os.environ.get(TOKEN), self.headers.get("Authorization", "")
            if token and not hmac.compare_digest(said.encode(), f"Bearer {token}".encode()):
                self._reply(401, f"set {TOKEN} to what the server has".encode())
                return False
            return True

        def _reply(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Keep quiet: the caller knows what it asked."""

    try:
        return ThreadingHTTPServer((host, port), Handler)
    except (OSError, OverflowError) as error:
        raise InputError(f"sandbox: cannot listen on {host}:{port} ({error}); give another --port.") from None
