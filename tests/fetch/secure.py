"""Loopback servers that a test scripts connection by connection: plain, TLS, and HTTP/2 over TLS."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import h2.config
import h2.connection
import h2.events
import trustme

from archiver.fetch.http import Client, Resolver, resolve
from archiver.fetch.wire import tls_context
from archiver.settings import Settings

CA = trustme.CA()
PATIENCE = 10.0  # seconds that a server waits for a client


@dataclass
class Talk:
    """One server: what it was asked and over how many connections."""

    port: int
    scheme: str
    asked: list[str] = field(default_factory=list)  # heads, or paths over HTTP/2
    connections: int = 0

    @property
    def endpoint(self) -> str:
        """Host and port, as `allow_private` wants them."""
        return f"127.0.0.1:{self.port}"

    def url(self, path: str = "/") -> str:
        """Return the URL of `path`."""
        return f"{self.scheme}://{self.endpoint}{path}"

    def client(self, resolve: Resolver = resolve, **changed: float) -> Client:
        """Return a client that may ask this server, under its own names too, and trusts `CA`."""
        values = {"deadline": 5.0, "max_bytes": 100_000} | changed
        client = Client(
            Settings(**values),  # type: ignore[arg-type]
            lambda endpoint: endpoint.endswith(f":{self.port}"),
            resolve,
        )
        client.tls = trusting()
        return client


@cache
def trusting() -> ssl.SSLContext:
    """Make a client's context that trusts `CA`; the one of all clients must not."""
    context = tls_context.__wrapped__()
    CA.configure_trust(context)
    return context


@cache
def tls(cert: trustme.LeafCert | None = None, *protocols: str) -> ssl.SSLContext:
    """Make a server's context: an honest certificate for 127.0.0.1 unless another is given."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    (cert or CA.issue_cert("127.0.0.1", "localhost")).configure_cert(context)
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return context


class Line:
    """One connection of a plain or TLS server, as its script sees it. `number` counts from 1."""

    def __init__(self, sock: socket.socket, talk: Talk, number: int) -> None:
        """Take the accepted socket."""
        self.sock = sock
        self.talk = talk
        self.number = number

    def request(self) -> str:
        """Read one whole head; nothing where the client has gone."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            got = self.sock.recv(65536)
            if not got:
                return ""
            head += got
        text = head.decode("latin-1")
        self.talk.asked.append(text)
        return text

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.sock.sendall(data)

    def leave(self) -> None:
        """Hang up as an honest server does, after which what was sent still arrives."""
        self.sock.shutdown(socket.SHUT_WR)
        while self.sock.recv(65536):
            pass

    def reset(self) -> None:
        """Close without a farewell."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        self.sock.close()


class Peer(Line):
    """One connection of an HTTP/2 server. `state` is h2's; `send` sends any bytes beside it."""

    def __init__(self, sock: socket.socket, talk: Talk, number: int) -> None:
        """Begin the connection."""
        super().__init__(sock, talk, number)
        # Tests send what h2 would not let an honest server send.
        config = h2.config.H2Configuration(
            client_side=False, validate_outbound_headers=False, normalize_outbound_headers=False
        )
        self.state = h2.connection.H2Connection(config)
        self.state.initiate_connection()
        self.flush()

    def flush(self) -> None:
        """Send what h2 has to say."""
        self.sock.sendall(self.state.data_to_send())

    def stream(self) -> int:
        """Wait for the next request; its stream, or 0 where the client has gone."""
        while True:
            got = self.sock.recv(65536)
            if not got:
                return 0
            found = 0
            for event in self.state.receive_data(got):
                if isinstance(event, h2.events.RequestReceived):
                    assert event.stream_id is not None
                    sent = dict(event.headers or [])
                    self.talk.asked.append(sent[b":path"].decode())
                    found = event.stream_id
            self.flush()
            if found:
                return found

    def answer(
        self, stream: int, body: bytes = b"", *headers: tuple[str, str], status: str = "200"
    ) -> None:
        """Answer with `body`, within the window that the client gives at once."""
        self.state.send_headers(stream, [(":status", status), *headers])
        for at in range(0, len(body), 16384):
            self.state.send_data(stream, body[at : at + 16384])
        self.state.end_stream(stream)
        self.flush()


@contextmanager
def talking(
    script: Callable[[Any], None],
    context: ssl.SSLContext | None = None,
    kind: type[Line] = Line,
) -> Iterator[Talk]:
    """Serve each connection by `script`, in a thread of its own, until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        talk = Talk(listener.getsockname()[1], "https" if context else "http")
        threads: list[threading.Thread] = []

        def serve(sock: socket.socket, number: int) -> None:
            # A client that hangs up, or will not shake hands, ends its own connection only.
            with suppress(OSError), sock:
                sock.settimeout(PATIENCE)
                secured = context.wrap_socket(sock, server_side=True) if context else sock
                with secured:
                    line = kind(secured, talk, number)
                    script(line)
                    line.leave()

        def accept() -> None:
            with suppress(OSError):
                while True:
                    sock, _ = listener.accept()
                    talk.connections += 1
                    thread = threading.Thread(
                        target=serve, args=(sock, talk.connections), daemon=True
                    )
                    threads.append(thread)
                    thread.start()

        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        try:
            yield talk
        finally:
            with suppress(OSError):  # closing alone would leave `accept` waiting
                listener.shutdown(socket.SHUT_RDWR)
            accepting.join()


def talking_h2(script: Callable[[Peer], None]) -> Any:  # noqa: ANN401 - a context manager of Talk
    """Serve HTTP/2 over TLS by `script`."""
    return talking(script, tls(None, "h2"), Peer)
