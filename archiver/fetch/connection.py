"""One request and its answer over one connection, HTTP/1.1 or HTTP/2; and connections kept.

In come a stream of bytes and requests; out come answers, and whether the connection may serve
another. It is httpx's way to the network. The protocols are httpcore's, with h11 and h2 below it;
what is decided here is how much framing an answer may have and which connection is used again.
Never opens a connection to an address that was not checked, never asks for two things at once.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import h2.events
import h2.exceptions
import httpcore
import httpx

from archiver.fetch.wire import Flood, Late, Stream, Wire, connect

# Bytes of an answer that carry no body may be as many as its head may have, and as the body: a
# fair server frames some kilobytes by some bytes. Bounds chunk extensions, trailers, interim
# answers, and HTTP/2's pings, settings, empty frames and padding, whatever they are called.
MAX_FRAMING = 64 * 1024
# Seconds that a connection lies idle before it is closed: past the usual pause between two
# requests, and below the 60 s and more after which most servers close it themselves.
MAX_IDLE = 25.0
# Connections kept, of all origins; a system gives a process 1,024 files or more.
MAX_KEPT = 500
# The body of an answer that is no page (a redirect, a 404) is read to its end where that costs
# no more than this, in bytes and seconds; otherwise a new connection is cheaper.
SHORT_BODY = 64 * 1024
SHORT_WAIT = 0.5

# RFC 9112, 6.3: an answer with two of them may end at two places.
_FRAMING = frozenset({b"content-length", b"transfer-encoding"})

_STATUSES = range(200, 1000)  # of an answer that is no interim one; RFC 9110, 15

FAULTS = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
)


class Stale(Exception):
    """A kept connection was lost before it answered: ask again on a new one."""


@contextmanager
def _told_as_one() -> Iterator[None]:
    """Give what h2 and httpcore raise for a peer's nonsense as httpcore's own error."""
    try:
        yield
    except (h2.exceptions.H2Error, httpcore.ConnectionNotAvailable, ValueError) as fault:
        raise httpcore.RemoteProtocolError(str(fault) or type(fault).__name__) from fault


class _Http2(httpcore.HTTP2Connection):
    """Does not take an answer that states no status for a 200, as httpcore 1.0 does."""

    def _receive_stream_event(
        self, request: httpcore.Request, stream_id: int
    ) -> h2.events.ResponseReceived | h2.events.DataReceived | h2.events.StreamEnded:
        event = super()._receive_stream_event(request, stream_id)
        if isinstance(event, h2.events.ResponseReceived) and not any(
            name == b":status" for name, _ in event.headers or ()
        ):
            raise httpcore.RemoteProtocolError("an answer without a status (RFC 9113, 8.3.2)")
        return event


class Connection:
    """A connection to one origin, asked for one thing at a time."""

    def __init__(self, origin: httpcore.Origin, stream: Stream) -> None:
        """Take the origin and a stream to it, on which the protocol is agreed."""
        self.stream = stream
        self.idle_since = 0.0  # on time.monotonic
        self.served = 0  # answers that began
        self._doubtful = False
        kind = _Http2 if stream.protocol == "h2" else httpcore.HTTP11Connection
        self._http: httpcore.HTTP2Connection | httpcore.HTTP11Connection = kind(origin, stream)

    def ask(self, request: httpcore.Request) -> httpcore.Response:
        """Send `request` and read the head of its answer."""
        wire = self.stream.wire
        before = wire.read
        wire.requests += 1
        try:
            with _told_as_one():
                response = self._http.handle_request(request)
            if response.status not in _STATUSES:  # HTTP/2 might say anything
                raise httpcore.RemoteProtocolError(f"status {response.status}")
        except FAULTS as fault:
            lost = not isinstance(fault, httpcore.TimeoutException)
            # A server that closes an idle HTTP/2 connection says so, and by that sends bytes.
            unanswered = wire.read == before or isinstance(self._http, httpcore.HTTP2Connection)
            if self.served and lost and unanswered:
                raise Stale from fault
            raise
        self.served += 1
        framed = [name for name, _ in response.headers if name.lower() in _FRAMING]
        self._doubtful = len(framed) > 1
        return response

    def pieces(self, response: httpcore.Response) -> Iterator[bytes]:
        """Yield the body, coded as it came; raises Flood where the framing outgrows it."""
        wire = self.stream.wire
        wire.allow(MAX_FRAMING)
        with _told_as_one():
            for piece in response.iter_stream():
                wire.limit += 2 * len(piece)
                yield piece
            response.close()  # httpcore's: the connection stays

    def sound(self) -> bool:
        """Whether the last answer is over, there is no doubt where, and nothing came after it."""
        over = self._http.is_idle() and self._http.is_available()
        if not over or self._doubtful or self.stream.pending:
            return False
        if isinstance(self._http, httpcore.HTTP2Connection):
            return True
        # httpcore would take what came after an answer for the beginning of the next one.
        return self._http._h11_state.trailing_data == (b"", False)  # noqa: SLF001

    def close(self) -> None:
        """Close it."""
        self.stream.close()


Origin = tuple[bytes, bytes, int]  # scheme, host, port


class Kept:
    """Idle connections, one an origin at most; of too many, the one idle for longest goes.

    A kept connection serves a URL only where the address that it was made to is among those that
    this very URL's host was resolved to, all of them allowed. So a name that has come to mean a
    forbidden address is refused before anyone looks here, and a name that has moved is followed.
    """

    def __init__(self, most: int = MAX_KEPT, idle: float = MAX_IDLE) -> None:
        """Take how many connections are kept, and for how many seconds."""
        self._most = most
        self._idle = idle
        self._open: OrderedDict[Origin, Connection] = OrderedDict()  # the longest idle first
        self._lock = threading.Lock()

    def take(self, origin: Origin, checked: list[str]) -> Connection | None:
        """Give the connection to `origin`, if it is as good as new; it is the caller's then."""
        with self._lock:
            found = self._open.pop(origin, None)
        if found is None:
            return None
        fresh = time.monotonic() - found.idle_since <= self._idle
        if fresh and found.stream.peer in checked and found.sound():
            return found
        found.close()
        return None

    def put(self, origin: Origin, connection: Connection) -> None:
        """Keep a connection until it is taken, or idle for too long, or others need its place."""
        now = connection.idle_since = time.monotonic()
        with self._lock:
            leaving = [self._open.pop(origin, None)]
            self._open[origin] = connection
            while self._open:
                oldest = next(iter(self._open))
                expired = now - self._open[oldest].idle_since > self._idle
                if not expired and len(self._open) <= self._most:
                    break
                leaving.append(self._open.pop(oldest))
        for each in leaving:
            if each is not None:
                each.close()

    def close(self) -> None:
        """Close them all."""
        with self._lock:
            leaving = list(self._open.values())
            self._open.clear()
        for each in leaving:
            each.close()

    def __len__(self) -> int:
        """How many there are."""
        return len(self._open)


class Body(httpx.SyncByteStream):
    """What is still to come of an answer; closing it closes the connection unless it is kept."""

    def __init__(
        self, response: httpcore.Response, connection: Connection, keep: Callable[[], None]
    ) -> None:
        """Take the answer, its connection, and what puts that where it is kept."""
        self._pieces = connection.pieces(response)
        self._connection = connection
        self._keep = keep
        self._kept = False

    def __iter__(self) -> Iterator[bytes]:
        """Yield it as it came, in its content coding."""
        return self._pieces

    def keep(self) -> None:
        """Let the connection serve again, where the answer ends soon and as it should.

        To be called where what came so far is no reason against it.
        """
        wire = self._connection.stream.wire
        ends, begun = wire.ends, wire.read
        wire.ends = min(ends, time.monotonic() + SHORT_WAIT)
        try:
            while next(self._pieces, None) is not None:
                if wire.read - begun > SHORT_BODY:
                    return
            self._kept = self._connection.sound()
        except (Late, Flood, *FAULTS):
            return
        finally:
            wire.ends = ends
        if self._kept:
            self._keep()

    def close(self) -> None:
        """Close the connection, unless it serves again."""
        if not self._kept:
            self._connection.close()


class Transport(httpx.BaseTransport):
    """httpx's way to the network for one URL, over connections kept by all."""

    def __init__(
        self,
        tls: ssl.SSLContext,
        kept: Kept,
        wire: Wire,
        checked: list[str],
        connect_timeout: float,
    ) -> None:
        """Take what trusts the certificates, the URL's budget and the addresses of its host."""
        self._tls = tls
        self._kept = kept
        self._wire = wire
        self._checked = checked
        self._wait = connect_timeout

    def _connection(self, origin: Origin) -> Connection:
        """Give a kept connection, or a new one."""
        if found := self._kept.take(origin, self._checked):
            found.stream.wire = self._wire
            return found
        at = httpcore.Origin(*origin)
        return Connection(at, connect(at, self._checked, self._wire, self._wait, self._tls))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request to what its extensions name as `origin` and `target`.

        The answer's extension `body` is its `Body`. Raises Stale, Late, Flood and httpcore's
        errors.
        """
        origin: Origin = request.extensions["origin"]
        scheme, host, port = origin
        url = httpcore.URL(scheme=scheme, host=host, port=port, target=request.extensions["target"])
        connection = self._connection(origin)
        try:
            response = connection.ask(
                httpcore.Request(request.method, url, headers=request.headers.raw)
            )
        except BaseException:
            connection.close()
            raise
        body = Body(response, connection, lambda: self._kept.put(origin, connection))
        return httpx.Response(
            response.status,
            headers=response.headers,
            stream=body,
            extensions={"body": body},
        )
