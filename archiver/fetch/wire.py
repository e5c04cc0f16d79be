"""Connections to checked addresses only, held to one deadline and to a count of bytes.

In come addresses that were checked and a budget; out comes a stream of bytes, under TLS where that
is asked for. Never resolves a name, never decides what is allowed, never waits past the deadline,
never knows what the bytes mean.
"""

from __future__ import annotations

import ssl
import time
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpcore

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


class Stream(httpcore.NetworkStream):
    """A connection whose every wait ends with the deadline of the URL, and whose bytes count.

    `wire` is the budget of the URL that it serves now; a kept connection is given the next one's.
    """

    def __init__(self, inner: httpcore.NetworkStream, wire: Wire, peer: str) -> None:
        """Take the connection, the budget, and the address that it was made to."""
        self._inner = inner
        self.wire = wire
        self.peer = peer

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        """Read within what the wire still allows, for as long as the URL still has."""
        room = self.wire.limit - self.wire.read
        if room <= 0:
            raise Flood
        got = self._inner.read(min(max_bytes, room), self.wire.left())
        self.wire.read += len(got)
        return got

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        """Send for as long as the URL still has."""
        if buffer:
            self._inner.write(buffer, self.wire.left())

    def close(self) -> None:
        """Close the socket."""
        self._inner.close()

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401
        """Tell what httpcore asks about the socket."""
        return self._inner.get_extra_info(info)

    @property
    def protocol(self) -> str | None:
        """What was agreed on by ALPN: ``h2``, ``http/1.1``, or None."""
        under_tls = self.get_extra_info("ssl_object")
        return None if under_tls is None else under_tls.selected_alpn_protocol()

    @property
    def pending(self) -> bool:
        """Whether bytes, or the end of the connection, wait to be read."""
        under_tls = self.get_extra_info("ssl_object")
        # What TLS has deciphered already is in no socket any more.
        unread = under_tls is not None and under_tls.pending() > 0
        return bool(unread or self.get_extra_info("is_readable"))


@cache
def tls_context() -> ssl.SSLContext:
    """Trust what browsers trust, and offer HTTP/2. One for all clients: it takes 20 ms to load."""
    context = httpcore.default_ssl_context()
    context.set_alpn_protocols(["h2", "http/1.1"])
    return context


def connect(
    origin: httpcore.Origin,
    checked: list[str],
    wire: Wire,
    wait: float,
    tls: ssl.SSLContext,
) -> Stream:
    """Connect to the first of the `checked` addresses that answers within `wait` seconds.

    Under TLS for https, in the name of the URL's host, never of the address. Raises httpcore's
    errors and Late.
    """
    last: Exception = httpcore.ConnectError("no address")
    for address in checked[:MAX_ADDRESSES]:
        try:
            inner = httpcore.SyncBackend().connect_tcp(address, origin.port, min(wait, wire.left()))
        except (httpcore.ConnectError, httpcore.ConnectTimeout) as fault:
            last = fault
            continue
        if origin.scheme == b"https":
            try:
                left = wire.left()
            except Late:
                inner.close()
                raise
            inner = inner.start_tls(tls, origin.host.decode("ascii"), min(wait, left))
        return Stream(inner, wire, address)
    raise last
