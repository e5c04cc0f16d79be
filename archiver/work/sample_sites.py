"""The sample pages as small sites on loopback, for the demo and for tests.

Comes in: the folder `samples/` (a folder a host, a folder a page). Goes out: running servers on
127.0.0.1 with their addresses and a log of what was asked. It never listens on another address,
never opens a connection itself, never writes to the folder and never prints.

A page's absolute URLs are written ``http://{{site}}/...``; ``{{site}}`` becomes ``host:port``.
"""

from __future__ import annotations

import html
import socketserver
import sys
import tomllib
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import sha256
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import SHUT_RDWR, socket
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from weakref import WeakSet

import archiver
from archiver.errors import BadInput, BadRules

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PLACEHOLDER = "{{site}}"
Asked = tuple[str, str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplePage:
    """One folder of a page: `page.html`, what `page.toml` says of it, and its expectations."""

    folder: Path
    path: str  # of its URL, from the slash on
    title: str
    published: str  # ISO 8601 as the page states it, perhaps without a zone or a time
    fetched_at: datetime
    content_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleSource:
    """One folder of a site: what `site.toml` says of it, and its pages by slug.

    The feed lists `in_feed`, newest first; the news sitemap lists every page. `demo_chrome` is a
    paragraph that no shipped rule removes, or empty.
    """

    host: str
    language: str
    title: str
    feed: str
    sitemap: str
    robots: str
    in_feed: tuple[str, ...]
    only_in_sitemap: tuple[str, ...]
    demo_chrome: str
    pages: Mapping[str, SamplePage]


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleSite:
    """A running site. `url` is its origin, ``http://127.0.0.1:PORT``, without a slash after it.

    `log` holds (method, path, status) of every answered request, in order; list.append is atomic,
    so it may be read at any time.
    """

    host: str
    url: str
    log: list[Asked]
    source: SampleSource


@dataclass(frozen=True, slots=True, kw_only=True)
class _Resource:
    body: bytes
    content_type: str
    modified: datetime

    @property
    def etag(self) -> str:
        return f'"{sha256(self.body).hexdigest()[:32]}"'


def samples_folder() -> Path:
    """Find the folder `samples`: in the installed package, else at the top of the checkout."""
    package = Path(archiver.__file__).parent
    installed = package / "samples"
    return installed if installed.is_dir() else package.parent / "samples"


def read_sources(folder: Path) -> list[SampleSource]:
    """Read every site in `folder`, ordered by host.

    Raises BadInput where there is none, BadRules (file, fault) where a file does not read.
    """
    sources = [_source(file.parent) for file in sorted(folder.glob("*/site.toml"))]
    if not sources:
        message = f"{folder}: no sample sites here; it needs a folder with a site.toml for each"
        raise BadInput(message)
    return sources


@contextmanager
def serve(folder: Path) -> Iterator[list[SampleSite]]:
    """Serve every site in `folder`, each on a port of its own, until the block ends.

    Raises BadInput or BadRules as `read_sources` does, before anything listens.
    """
    sources = read_sources(folder)
    with ExitStack() as stack:
        yield [stack.enter_context(_running(source)) for source in sources]


def _table(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise BadRules(str(file), "", f"cannot be read: {fault}") from fault


def _page(folder: Path) -> SamplePage:
    file = folder / "page.toml"
    table = _table(file)
    if not (folder / "page.html").is_file():
        raise BadRules(str(file), "", "there is no page.html beside it")
    try:
        page = SamplePage(
            folder=folder,
            path=table["url"],
            title=table["title"],
            published=table["published"],
            fetched_at=table["fetched_at"],
            content_type=table["content_type"],
        )
        _moment(page.published)
    except KeyError as missing:
        raise BadRules(str(file), "", f"{missing} is missing") from missing
    except (TypeError, ValueError) as fault:
        raise BadRules(str(file), "", f"published is no ISO 8601 date: {fault}") from fault
    return page


def _source(folder: Path) -> SampleSource:
    file = folder / "site.toml"
    table = _table(file)
    try:
        in_feed = tuple(table["in_feed"])
        only_in_sitemap = tuple(table["only_in_sitemap"])
        return SampleSource(
            host=folder.name,
            language=table["language"],
            title=table["title"],
            feed=table["feed"],
            sitemap=table["sitemap"],
            robots=table["robots"],
            in_feed=in_feed,
            only_in_sitemap=only_in_sitemap,
            demo_chrome=table.get("demo_chrome", ""),
            pages={slug: _page(folder / slug) for slug in (*in_feed, *only_in_sitemap)},
        )
    except KeyError as missing:
        raise BadRules(str(file), "", f"{missing} is missing") from missing


def _moment(published: str) -> datetime:
    """Read a published date as HTTP and RSS need it: in UTC where the page states no zone.

    >>> _moment("2025-11-14").isoformat()
    '2025-11-14T00:00:00+00:00'
    """
    stated = datetime.fromisoformat(published)
    return stated if stated.tzinfo else stated.replace(tzinfo=UTC)


def _feed(source: SampleSource, origin: str) -> str:
    """Write RSS 2.0 of the pages that `in_feed` names, newest first."""
    pages = [source.pages[slug] for slug in source.in_feed]
    pages.sort(key=lambda page: _moment(page.published), reverse=True)
    items = "".join(
        f"<item><title>{html.escape(page.title)}</title>"
        f"<link>{origin}{page.path}</link>"
        f'<guid isPermaLink="true">{origin}{page.path}</guid>'
        f"<pubDate>{format_datetime(_moment(page.published))}</pubDate></item>\n"
        for page in pages
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel>\n'
        f"<title>{html.escape(source.title)}</title><link>{origin}/</link>"
        f"<description>{html.escape(source.title)}</description>"
        f"<language>{source.language}</language>\n{items}</channel></rss>\n"
    )


def _news_sitemap(source: SampleSource, origin: str) -> str:
    """Write a news sitemap of every page (namespace: Google's sitemap-news/0.9)."""
    entries = "".join(
        f"<url><loc>{origin}{page.path}</loc><news:news><news:publication>"
        f"<news:name>{html.escape(source.title)}</news:name>"
        f"<news:language>{source.language}</news:language></news:publication>"
        f"<news:publication_date>{page.published}</news:publication_date>"
        f"<news:title>{html.escape(page.title)}</news:title></news:news></url>\n"
        for page in source.pages.values()
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
        ' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">\n'
        f"{entries}</urlset>\n"
    )


def _home(source: SampleSource) -> str:
    """Write a front page with a link to every page and to the feed."""
    title = html.escape(source.title)
    links = "".join(
        f'<li><a href="{page.path}">{html.escape(page.title)}</a></li>\n'
        for page in source.pages.values()
    )
    return (
        f'<!doctype html>\n<html lang="{source.language}"><head><meta charset="utf-8">'
        f"<title>{title}</title>"
        f'<link rel="alternate" type="application/rss+xml" href="{source.feed}"></head>\n'
        f"<body><h1>{title}</h1>\n<ul>\n{links}</ul></body></html>\n"
    )


def _resources(source: SampleSource, origin: str) -> dict[str, _Resource]:
    """Lay out everything that the site at `origin` serves, by path."""
    latest = max(_moment(page.published) for page in source.pages.values())
    found = [
        ("/", _home(source).encode(), "text/html; charset=utf-8", latest),
        ("/robots.txt", source.robots.encode(), "text/plain; charset=utf-8", latest),
        (source.feed, _feed(source, origin).encode(), "application/rss+xml; charset=utf-8", latest),
        (source.sitemap, _news_sitemap(source, origin).encode(), "application/xml", latest),
    ]
    for page in source.pages.values():
        body = (page.folder / "page.html").read_bytes()
        found.append((page.path, body, page.content_type, _moment(page.published)))
    place, site = PLACEHOLDER.encode(), origin.removeprefix("http://").encode()
    return {
        path: _Resource(
            body=body.replace(place, site), content_type=content_type, modified=modified
        )
        for path, body, content_type, modified in found
    }


def _unchanged(resource: _Resource, none_match: str | None, since: str | None) -> bool:
    """Whether the client's copy still holds (RFC 9110, 13.2.2: If-None-Match goes first)."""
    if none_match is not None:
        tags = {tag.strip().removeprefix("W/") for tag in none_match.split(",")}
        return "*" in tags or resource.etag in tags
    if since is None:
        return False
    try:
        held = parsedate_to_datetime(since)
    except ValueError:
        return False
    return resource.modified <= (held if held.tzinfo else held.replace(tzinfo=UTC))


class _Handler(BaseHTTPRequestHandler):
    """Answers GET from the server's resources and notes every answer in its log."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet for headers and body: no wait of Nagle for a delayed ACK
    server: _Server
    path = ""  # the base class sets none where the request line does not parse

    def do_GET(self) -> None:
        resource = self.server.resources.get(urlsplit(self.path).path)
        if resource is None:
            self._answer(HTTPStatus.NOT_FOUND, b"404: no such page\n", "text/plain; charset=utf-8")
            return
        none_match, since = self.headers["If-None-Match"], self.headers["If-Modified-Since"]
        if _unchanged(resource, none_match, since):
            self._answer(HTTPStatus.NOT_MODIFIED, None, "", resource)
        else:
            self._answer(HTTPStatus.OK, resource.body, resource.content_type, resource)

    def _answer(
        self,
        status: HTTPStatus,
        body: bytes | None,
        content_type: str,
        resource: _Resource | None = None,
    ) -> None:
        self.send_response(status)
        if resource is not None:
            modified = resource.modified.astimezone(UTC)
            self.send_header("ETag", resource.etag)
            self.send_header("Last-Modified", format_datetime(modified, usegmt=True))
        if body is not None:
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:  # noqa: ARG002
        self.server.log.append((self.command or "", self.path, int(code)))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base's name)
        """Stay quiet: the log above is the record."""


class _Server(ThreadingHTTPServer):
    """One site. It knows its connections, so that closing ends them and their threads."""

    daemon_threads = False  # server_close then waits for every handler

    def __init__(self) -> None:
        self.log: list[Asked] = []
        self.resources: dict[str, _Resource] = {}
        self._connections: WeakSet[socket] = WeakSet()
        super().__init__(("127.0.0.1", 0), _Handler)

    def server_bind(self) -> None:
        # HTTPServer asks the resolver for the machine's name here, which can take seconds.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.socket.getsockname()[1]

    def get_request(self) -> tuple[socket, Any]:
        connection, address = super().get_request()
        self._connections.add(connection)
        return connection, address

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002
        """Let a client leave in the middle of an answer; any other fault is ours and is raised."""
        fault = sys.exception()
        if fault is not None and not isinstance(fault, OSError):
            raise fault

    def server_close(self) -> None:
        for connection in self._connections:
            with suppress(OSError):  # closed already
                connection.shutdown(SHUT_RDWR)  # a reader that was kept alive sees the end
        super().server_close()


@contextmanager
def _running(source: SampleSource) -> Iterator[SampleSite]:
    with _Server() as server:
        origin = f"http://127.0.0.1:{server.server_port}"
        server.resources = _resources(source, origin)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield SampleSite(host=source.host, url=origin, log=server.log, source=source)
        finally:
            server.shutdown()
            thread.join()
