"""A loopback site whose answers stand in a table, and what an archive holds of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from sqlalchemy import Engine, select

from archiver.archive import engine as archive
from archiver.archive import tables as t
from archiver.model import Document, Found, Page, Snapshot
from archiver.settings import Settings
from archiver.work import adding
from archiver.work.cleaning import Cleaner
from archiver.work.ingest import ingest
from tests.corpus import corpus
from tests.serving import in_thread

SETTINGS = Settings(pause=0.0)
STORY = "A sentence about a bridge that was repaired in May, and about the men who did it."
CLOSING = "The road over the hill stays closed until the end of May, the council says."
RULE = '[[rule]]\nid = "test.line"\nkind = "line"\nwhy = "for the test"\nphrases = ["{line}"]\n'


def clock() -> datetime:
    return datetime.now(UTC)


def html(*paragraphs: str, head: str = "") -> bytes:
    inside = "".join(f"<p>{one}</p>" for one in paragraphs)
    page = f"<html><head>{head}</head><body><article><h1>Story</h1>{inside}</article></body></html>"
    return page.encode()


def canonical(path: str) -> str:
    """The element by which a page names itself."""
    return f'<link rel="canonical" href="{path}">'


class Server(ThreadingHTTPServer):
    """Answers from a table: path to (status, headers, body); `cut` paths break off."""

    answers: dict[str, tuple[int, dict[str, str], bytes]]
    cut: set[str]
    asked: list[str]
    agents: set[str]

    @property
    def endpoint(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.server_address[1]}"

    @property
    def url(self) -> str:
        """The origin."""
        return f"http://{self.endpoint}"


class Handler(BaseHTTPRequestHandler):
    """Reads the table."""

    server: Server

    def do_GET(self) -> None:
        """Answer one request."""
        self.server.asked.append(self.path)
        self.server.agents.add(self.headers["User-Agent"])
        status, headers, body = self.server.answers.get(self.path, (404, {}, b""))
        if "ETag" in headers and self.headers["If-None-Match"] == headers["ETag"]:
            status, body = 304, b""
        self.send_response(status)
        for name, value in {"Content-Type": "text/html", **headers}.items():
            self.send_header(name, value)
        more = 1000 if self.path in self.server.cut and status == 200 else 0
        self.send_header("Content-Length", str(len(body) + more))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as inherited
        """Stay quiet."""


@contextmanager
def serving() -> Iterator[Server]:
    running = Server(("127.0.0.1", 0), Handler)
    running.answers, running.cut, running.asked, running.agents = {}, set(), [], set()
    with in_thread(running):
        yield running


def add(engine: Engine, server: Server, *founds: Found) -> adding.Added:
    own = [replace(one, url=server.url + one.url) for one in founds]
    config = {"pause": 0, "allow_private": [server.endpoint]}
    return adding.add(engine, server.endpoint, own, config, clock())


def texts(engine: Engine) -> dict[str, str]:
    with archive.read(engine) as c:
        return {row.url: row.text for row in corpus(c)}


def exits(engine: Engine) -> list[tuple[str, int]]:
    query = select(t.run.c.verb, t.run_end.c.exit_code).join(t.run_end).order_by(t.run.c.id)
    with archive.read(engine) as c:
        return [(verb, code) for verb, code in c.execute(query)]


def failures(engine: Engine) -> list[tuple[str, str]]:
    query = select(t.failure.c.stage, t.failure.c.reason).order_by(t.failure.c.id)
    with archive.read(engine) as c:
        return [(stage, reason) for stage, reason in c.execute(query)]


def imported(engine: Engine, folder: Path, **pages: bytes) -> None:
    """Import pages under their names as URLs of one site."""
    folder.mkdir(exist_ok=True)
    for name, body in pages.items():
        (folder / f"{name}.html").write_bytes(body)
        (folder / f"{name}.toml").write_text(f'url = "https://news.example/{name}"\n', "utf-8")
    ingest(engine, Cleaner(None), [folder], clock=clock)


def ruled(folder: Path, line: str) -> Cleaner:
    folder.mkdir(exist_ok=True)
    (folder / "mine.toml").write_text(RULE.format(line=line), "utf-8")
    return Cleaner(folder)


class Failing(Cleaner):
    """Raises for one URL where it is laid out, for another where it is cleaned."""

    def __init__(self, fault: BaseException, page: str = "", document: str = "") -> None:
        """Take what to raise, and the ends of the URLs."""
        super().__init__(None)
        self.fault, self.in_page, self.in_document = fault, page, document

    def page(self, snapshot: Snapshot, site: str = "") -> Page:
        """Stage A, or the fault."""
        if self.in_page and snapshot.url.endswith(self.in_page):
            raise self.fault
        return super().page(snapshot, site)

    def document(self, page: Page, site: str) -> Document:
        """Stage B, or the fault."""
        if self.in_document and page.url.endswith(self.in_document):
            raise self.fault
        return super().document(page, site)


def pages(server: Server) -> list[str]:
    """Paths that were asked for, but what belongs to politeness."""
    beside = {"/robots.txt", "/ai.txt", "/.well-known/tdmrep.json"}
    return [path for path in server.asked if path not in beside]


def sitemap(*entries: str, root: str = "urlset") -> bytes:
    """A sitemap, or an index of such, of these entries."""
    return f"<{root}>{''.join(entries)}</{root}>".encode()


def url(loc: str, lastmod: str = "", tag: str = "url") -> str:
    """An entry of a sitemap, or of an index of such."""
    return f"<{tag}><loc>{loc}</loc><lastmod>{lastmod}</lastmod></{tag}>"
