"""One try of one request over HTTP: what the server answered, or that it did not."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of any status."""

    status: int
    body: bytes
    retry_after: str | None = None
    """The header of that name."""


class NoReply(Exception):
    """The server did not answer: its text says why."""


class NoConnection(NoReply):
    """There was nobody to answer: nothing listens there, or nobody knows the name."""


class Transport(Protocol):
    """Sends requests from one event loop. A seam: tests put a server of their own in its place."""

    async def open(self) -> None: ...

    async def post(self, body: Mapping[str, Any]) -> Reply:
        """Send one request. Raises NoReply."""
        ...

    async def close(self) -> None: ...


@dataclass
class Http:
    """Posts JSON to ``url``; the key in ``headers`` is struck out of what comes back."""

    url: str
    headers: Mapping[str, str]
    timeout: float
    """Seconds for one request."""

    async def open(self) -> None:
        """Ready for as many connections as are asked for."""
        import aiohttp

        connector = aiohttp.TCPConnector(limit=0, ttl_dns_cache=300)
        timeout = aiohttp.ClientTimeout(total=self.timeout)
        self._secret = self.headers.get("Authorization", "").removeprefix("Bearer ").encode()
        self._session: Any = aiohttp.ClientSession(connector=connector, timeout=timeout, headers=dict(self.headers))

    async def post(self, body: Mapping[str, Any]) -> Reply:
        """See :class:`Transport`."""
        import aiohttp

        try:
            async with self._session.post(self.url, json=body) as response:
                raw = await response.read()
                wait = response.headers.get("Retry-After")
        except TimeoutError:
            raise NoReply(f"no reply within {self.timeout:g} s") from None
        except aiohttp.ClientConnectorDNSError:
            raise NoConnection(f"the host name {urlsplit(self.url).hostname} is not known") from None
        except aiohttp.ClientConnectorError as error:
            why = "connection refused" if error.errno == errno.ECONNREFUSED else f"no connection: {error.strerror}"
            raise NoConnection(why) from None
        except (aiohttp.ClientError, OSError) as error:
            raise NoReply(f"connection: {type(error).__name__}") from None
        if self._secret:
            raw = raw.replace(self._secret, b"***")  # servers have been known to repeat it
        return Reply(response.status, raw, wait)

    async def close(self) -> None:
        """End all connections."""
        await self._session.close()


def posting_to(url: str, path: str, key_env: str, timeout: float) -> Http:
    """Posts to a path of an API, with the key that the environment variable ``key_env`` holds, where there is one."""
    key = os.environ.get(key_env, "")
    return Http(f"{url.rstrip('/')}/{path}", {"Authorization": f"Bearer {key}"} if key else {}, timeout)
