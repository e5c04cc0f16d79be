"""Connections to checked addresses only, held to one deadline and to a count of bytes.

In come addresses that were checked and a budget; out goes a transport for httpx. Never resolves a
name, never decides what is allowed, never waits past the deadline, never follows a redirect.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpcore
import httpx

if TYPE_CHECKING:
    import ssl

MAX_ADDRESSES = 4  # of one name are tried; more would not fit into the deadline


class Late(Exception):
    """The deadline of the URL has passed."""


class Flood(Exception):
    """More bytes came than the headers, or the body, may have."""


@dataclass(slots=True)
class Wire:
    """What one URL may still cost, and what it has cost; shared by all its requests."""

    ends: float  # on time.monotonic
    read: int = 0  # bytes so far
    limit: int = 0  # what `read` may reach in this part of the answer
    requests: int = 0

    def left(self) -> float:
        """Seconds left; raises Late when there are none."""
        left = self.ends - time.monotonic()
        if left <= 0:
            raise Late
        return left

    def allow(self, size: int) -> None:
        """Let `size` more bytes come."""
        self.limit = self.read + size


class _Stream(httpcore.NetworkStream):
    """A connection whose every wait ends with the deadline of the URL, and whose bytes count."""

    def __init__(self, inner: httpcore.NetworkStream, wire: Wire) -> None:
        self._inner = inner
        self._wire = wire

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        """Read within what the wire still allows, for as long as the URL still has."""
        room = self._wire.limit - self._wire.read
        if room <= 0:
            raise Flood
        got = self._inner.read(min(max_bytes, room), self._wire.left())
        self._wire.read += len(got)
        return got

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        """Send; the head of a GET is one write and its empty body is none that counts."""
        if buffer:
            self._wire.requests += 1
            self._inner.write(buffer, self._wire.left())

    def close(self) -> None:
        """Close the socket."""
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """Go on under TLS; `server_hostname` is the host of the URL, not the address."""
        try:
            left = self._wire.left()
        except Late:
            self._inner.close()  # httpcore does not know this connection yet
            raise
        wait = left if timeout is None else min(timeout, left)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, wait), self._wire)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401
        """Tell what httpcore asks about the socket."""
        return self._inner.get_extra_info(info)


class Pinned(httpcore.NetworkBackend):
    """Connects to the addresses that were checked, whatever the name may mean by now."""

    def __init__(self, checked: list[str], wire: Wire) -> None:
        """Take the addresses to connect to, in their order, and the budget."""
        self._checked = checked
        self._wire = wire

    def connect_tcp(
        self,
        host: str,  # noqa: ARG002
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first of the checked addresses that answers."""
        last: Exception = httpcore.ConnectError("no address")
        for address in self._checked[:MAX_ADDRESSES]:
            left = self._wire.left()
            wait = left if timeout is None else min(timeout, left)
            try:
                inner = httpcore.SyncBackend().connect_tcp(
                    address, port, wait, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as fault:
                last = fault
            else:
                return _Stream(inner, self._wire)
        raise last


class _Body(httpx.SyncByteStream):
    """What is still to come of an answer; closing it closes the connection."""

    def __init__(self, response: httpcore.Response, connection: httpcore.HTTPConnection) -> None:
        self._response = response
        self._connection = connection

    def __iter__(self) -> Iterator[bytes]:
        yield from self._response.iter_stream()

    def close(self) -> None:
        self._connection.close()


class Transport(httpx.BaseTransport):
    """httpx's way to the network for one URL: each request on a new, pinned connection."""

    def __init__(self, tls: ssl.SSLContext, wire: Wire, checked: list[str]) -> None:
        """Take what trusts the certificates, the URL's budget and the addresses of its host."""
        self._tls = tls
        self._backend = Pinned(checked, wire)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request to what its extensions name as `origin` and `target`.

        Raises httpcore's errors, Late and Flood.
        """
        scheme, host, port = request.extensions["origin"]
        connection = httpcore.HTTPConnection(
            httpcore.Origin(scheme, host, port),
            ssl_context=self._tls,
            network_backend=self._backend,
        )
        url = httpcore.URL(scheme=scheme, host=host, port=port, target=request.extensions["target"])
        response = connection.handle_request(
            httpcore.Request(
                request.method,
                url,
                headers=request.headers.raw,
                extensions={"timeout": request.extensions["timeout"]},
            )
        )
        return httpx.Response(
            response.status, headers=response.headers, stream=_Body(response, connection)
        )
