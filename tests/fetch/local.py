"""A loopback server whose every answer is written out by the test, byte for byte."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archiver.fetch.http import Client
from archiver.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Local:
    """The server's address and what it was asked, one whole request head each."""

    port: int
    asked: list[str] = field(default_factory=list)

    @property
    def endpoint(self) -> str:
        """Host and port, as `allow_private` wants them."""
        return f"127.0.0.1:{self.port}"

    def url(self, path: str = "/") -> str:
        """Return the URL of `path`."""
        return f"http://{self.endpoint}{path}"

    def client(self, **changed: float) -> Client:
        """Return a client that may ask this server and no other on this machine."""
        values = {"deadline": 5.0, "max_bytes": 100_000} | changed
        return Client(Settings(**values), frozenset({self.endpoint}))  # type: ignore[arg-type]


def reply(body: bytes = b"", status: str = "200 OK", *headers: str) -> bytes:
    """Write an honest answer; a Content-Type among `headers` replaces text/html."""
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    if not any(header.lower().startswith("content-type") for header in headers):
        head.append("Content-Type: text/html")
    return ("\r\n".join(head) + "\r\n\r\n").encode() + body


def _serve(connection: socket.socket, local: Local, answers: dict[str, list[bytes]]) -> None:
    with connection, suppress(OSError):
        connection.settimeout(10)
        head = b""
        while b"\r\n\r\n" not in head:
            got = connection.recv(65536)
            if not got:
                return
            head += got
        local.asked.append(head.decode("latin-1"))
        path = head.split(b" ")[1].decode()
        waiting = answers.get(path, [reply(b"none", "404 Not Found")])
        # The last answer stays; an empty one is a connection that closes without a word.
        connection.sendall(waiting.pop(0) if len(waiting) > 1 else waiting[0])


@contextmanager
def served(answers: dict[str, bytes | list[bytes]]) -> Iterator[Local]:
    """Serve `answers` by path; of a list one after the other, the last one for good."""
    queues = {path: each if isinstance(each, list) else [each] for path, each in answers.items()}
    with socket.create_server(("127.0.0.1", 0)) as listener:
        local = Local(listener.getsockname()[1])

        def accept() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    threading.Thread(
                        target=_serve, args=(connection, local, queues), daemon=True
                    ).start()

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield local
        finally:
            # Closing alone would leave `accept` waiting.
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
