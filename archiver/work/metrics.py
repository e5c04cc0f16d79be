"""Figures for Prometheus: a `Status` in, its text format out; and `/metrics` while a daemon runs.

The server answers on loopback unless the setting names a host: figures tell what is collected.
"""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from sqlalchemy import Engine

from archiver.archive import engine as archive
from archiver.errors import ArchiverError, BadInput, TryLater
from archiver.settings import Settings
from archiver.work import notices, watch
from archiver.work.status import DAYS, SiteSum, Status, status
from archiver.work.telling import Tell

EVERY = 900.0  # seconds between two looks of a daemon
LOOPBACK = "127.0.0.1"
_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def text(found: Status) -> str:
    """The figures of an archive, in Prometheus' text format."""
    sites = sorted(found.sites.items())
    today = f"{found.at:%Y-%m-%d}"

    def of(get: Callable[[SiteSum], float | None]) -> list[tuple[dict[str, str], float]]:
        values = ((host, get(one)) for host, one in sites)
        return [({"site": host}, value) for host, value in values if value is not None]

    # Of the whole archive two may be open for one cause, and a figure told twice is no figure: the
    # node exporter would drop the file.
    open_ones = dict.fromkeys((one.site, one.cause) for one in found.alarms)
    alarms = [({"site": site, "cause": cause}, 1.0) for site, cause in open_ones]
    return notices.metrics(
        [
            ("archiver_pages", "gauge", "Pages that have a text.", [({}, found.pages)]),
            ("archiver_due", "gauge", "Addresses that are due now.", [({}, found.due)]),
            ("archiver_size_bytes", "gauge", "Size of the file.", [({}, found.size)]),
            ("archiver_alarms", "gauge", "Alarms that are open.", [({}, len(found.alarms))]),
            ("archiver_alarm", "gauge", "1 for each site and cause with an open alarm.", alarms),
            ("archiver_new_today", "gauge", "New documents today.", [({}, found.days[today])]),
            (
                "archiver_site_new",
                "gauge",
                f"New documents of {DAYS} days.",
                of(lambda one: one.counts["new"]),
            ),
            (
                "archiver_site_empty_ratio",
                "gauge",
                "Of these without a text.",
                of(lambda one: one.share("empty")),
            ),
            (
                "archiver_site_removed_ratio",
                "gauge",
                "Of their characters removed.",
                of(lambda one: one.removed),
            ),
            (
                "archiver_site_failed_ratio",
                "gauge",
                "Requests that brought nothing.",
                of(lambda one: one.failed),
            ),
            (
                "archiver_looked_timestamp_seconds",
                "gauge",
                "When these were made.",
                [({}, round(found.at.timestamp()))],
            ),
        ]
    )


def place(stated: str) -> tuple[str, int]:
    """Host and port of the setting `metrics`. Raises BadInput.

    >>> place("9464"), place("0.0.0.0:9464")
    (('127.0.0.1', 9464), ('0.0.0.0', 9464))
    """
    host, _, port = stated.rpartition(":")
    if not (port.isascii() and port.isdigit()) or not 0 <= int(port) < 1 << 16:
        raise BadInput(f"metrics = {stated!r} is no port and no host:port")
    return host.strip("[]") or LOOPBACK, int(port)


def _handler(page: Callable[[], str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 10.0  # of a client that says nothing

        def do_GET(self) -> None:
            if self.path.partition("?")[0] != "/metrics":
                self.send_error(404)
                return
            try:
                said = page().encode()
            except ArchiverError:
                self.send_error(503)
                return
            self.send_response(200)
            self.send_header("Content-Type", _TYPE)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 - as it is
            """Say nothing: a line a scrape of the metrics is no news."""

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, where: tuple[str, int], page: Callable[[], str]) -> None:
        if ":" in where[0]:
            self.address_family = socket.AF_INET6
        super().__init__(where, _handler(page))

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as it is
        """Say nothing of a client that has gone: the log has a line an event, and it is none."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


@contextmanager
def served(engine: Engine, stated: str, clock: Callable[[], datetime]) -> Iterator[int]:
    """Answer `/metrics` while the block runs; the port. Raises BadInput where it is taken."""
    where = place(stated)
    try:
        server = _Server(where, lambda: text(status(engine, clock())))
    except OSError as fault:
        raise BadInput(f"metrics = {stated!r}: {fault.strerror or fault}") from fault
    thread = threading.Thread(target=server.serve_forever, name="metrics", daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def look(engine: Engine, chosen: Settings, now: datetime, tell: Tell) -> None:
    """Count, judge and tell, once. A passing fault is told, and the next look does it."""
    try:
        changed = watch.tend(engine, now)
        if changed:
            tell(f"alarms: {changed} opened or closed; run: archiver health")
        notices.send(engine, chosen, now, tell)
    except TryLater as fault:
        tell(f"watching: {fault}")


@contextmanager
def watching(
    engine: Engine, chosen: Settings, clock: Callable[[], datetime], tell: Tell
) -> Iterator[None]:
    """Look every quarter of an hour in a thread of its own, and answer `/metrics` if it is set.

    It has connections of its own and short transactions, so no scrape waits for a webhook.
    """
    over = threading.Event()
    own = archive.connect(engine.url.render_as_string(hide_password=False))

    def go() -> None:
        while not over.wait(EVERY):
            look(own, chosen, clock(), tell)

    thread = threading.Thread(target=go, name="watching", daemon=True)
    try:
        if chosen.metrics:
            with served(own, chosen.metrics, clock):
                thread.start()
                yield
        else:
            thread.start()
            yield
    finally:
        over.set()
        if thread.ident is not None:
            thread.join()
        own.dispose()
