"""A loopback HTTP server that serves while a test runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import BaseServer
from threading import Thread

# It looks so often for the end, in seconds: the usual half is more than most tests last.
POLL = 0.01


@contextmanager
def in_thread(server: BaseServer) -> Iterator[None]:
    """Serve in a thread until the block ends, and close the server."""
    with server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": POLL})
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
