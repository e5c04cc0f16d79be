"""What each host of a loopback farm of news sites sees of a polite scrape.

    python -m benchmarks.farm --hosts 200 --pages 50 --pause 0.5

Every host has an address of its own, a robots.txt, a feed, a sitemap and pages. It logs when each
request began and ended. Prints how often a host saw two requests at once or one inside its pause,
whether a robots.txt that changed in mid-run was obeyed, pages a second beside those of bare httpx
under the same politeness, memory on the way, and what a second run with everything due transfers.
Exits with 1 if a host was wronged. Needs the package installed, and no network.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import pairwise
from multiprocessing.connection import Connection
from pathlib import Path

import httpx

from archiver.archive import engine as archive
from archiver.model import Found
from archiver.work import adding
from archiver.work.polite import ROBOTS_PAUSES

# By its own clock a server may see a pause this much shorter, in seconds.
TOLERANCE = 0.005
# Every so many hosts one changes its robots.txt when it has been asked for half of its pages.
CHANGING = 10
FORBIDDEN = "/secret/"
WORDS = """river bridge council market school harvest monsoon village minister railway hospital
teacher festival budget court winter election library fishermen engineers""".split()


@dataclass(frozen=True, slots=True)
class Request:
    """One request as its host saw it; times are seconds on the farm's clock."""

    host: str
    path: str
    begun: float
    ended: float
    status: int
    sent: int  # bytes of body


def address(number: int) -> str:
    """The address of a host.

    >>> address(0), address(300)
    ('127.1.0.1', '127.1.1.51')
    """
    return f"127.1.{number // 250}.{number % 250 + 1}"


def page(host: str, path: str) -> bytes:
    """A page of some twenty paragraphs, the same each time."""
    chance = random.Random(f"{host}{path}")  # noqa: S311 - words, not secrets
    paragraphs = "".join(
        f"<p>The {' '.join(chance.choices(WORDS, k=40))} were seen in {chance.randint(1, 28)} May,"
        " the people of the town say.</p>\n"
        for _ in range(20)
    )
    menu = "".join(f'<li><a href="/{word}">{word}</a></li>' for word in WORDS)
    title = " ".join(chance.choices(WORDS, k=6))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>'
        f"<body><nav><ul>{menu}</ul></nav><article><h1>{title}</h1>\n{paragraphs}</article>"
        "</body></html>"
    ).encode()


def paths(pages: int) -> list[str]:
    """The pages of a host; of those in the last half some will be forbidden."""
    later = range(pages // 2, pages, 3)
    return [f"{FORBIDDEN if at in later else '/news/'}{at}" for at in range(pages)]


class _Server:
    """All hosts, in one process; `pages` each."""

    def __init__(self, pages: int) -> None:
        self.pages = pages
        self.log: list[Request] = []
        self.counts: dict[str, int] = defaultdict(int)
        self.changed: dict[str, float] = {}

    def resource(self, host: str, port: int, path: str) -> tuple[bytes, str] | None:
        """Body and media type of a path."""
        base = f"http://{host}:{port}"
        number = (int(host.split(".")[2])) * 250 + int(host.split(".")[3]) - 1
        if path == "/robots.txt":
            rule = FORBIDDEN if host in self.changed else "/none/"
            return f"User-agent: *\nDisallow: {rule}\n".encode(), "text/plain"
        if path == "/feed":
            items = "".join(
                f"<item><title>{one}</title><link>{base}{one}</link></item>"
                for one in paths(self.pages)[: self.pages // 2]
            )
            feed = f'<rss version="2.0"><channel><title>x</title>{items}</channel></rss>'
            return feed.encode(), "application/rss+xml"
        if path == "/sitemap.xml":
            listed = "".join(f"<url><loc>{base}{one}</loc></url>" for one in paths(self.pages))
            xmlns = "http://www.sitemaps.org/schemas/sitemap/0.9"
            return f'<urlset xmlns="{xmlns}">{listed}</urlset>'.encode(), "application/xml"
        if path in paths(self.pages):
            self.counts[host] += 1
            if number % CHANGING == 0 and self.counts[host] >= self.pages // 2:
                self.changed.setdefault(host, time.monotonic())
            return page(host, path), "text/html; charset=utf-8"
        return None

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection, and note each."""
        host, port = writer.get_extra_info("sockname")[:2]
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                begun = time.monotonic()
                lines = head.decode("latin-1").split("\r\n")
                path = lines[0].split(" ")[1]
                headers = {
                    name.lower(): value for name, _, value in (one.partition(": ") for one in lines)
                }
                found = self.resource(host, port, path)
                body, kind = found or (b"not here", "text/plain")
                etag = f'"{sha256(body).hexdigest()[:16]}"'
                status = 200 if found else 404
                if found and headers.get("if-none-match") == etag:
                    status, body = 304, b""
                await asyncio.sleep(0.01)  # a server far away, so that two at once would be seen
                # No-cache of everything, as many servers say: pages are asked about with ETags,
                # robots.txt as often as the pause allows.
                writer.write(
                    f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nETag: {etag}\r\n"
                    "Cache-Control: no-cache\r\n"
                    f"Content-Length: {len(body)}\r\n\r\n".encode()
                    + body
                )
                await writer.drain()
                self.log.append(Request(host, path, begun, time.monotonic(), status, len(body)))
        writer.close()


def _run(pipe: Connection, pages: int) -> None:
    """Serve until the pipe closes; on a word, hand out the log."""
    server = _Server(pages)
    listening = socket.create_server(("0.0.0.0", 0), backlog=1024)  # noqa: S104 - all of 127/8

    async def serve() -> None:
        running = await asyncio.start_server(server.answer, sock=listening)
        loop = asyncio.get_running_loop()
        done = asyncio.Event()

        def told() -> None:
            try:
                pipe.recv()
                pipe.send(([asdict(one) for one in server.log], dict(server.changed)))
            except (EOFError, OSError):
                loop.remove_reader(pipe.fileno())
                done.set()

        loop.add_reader(pipe.fileno(), told)
        pipe.send(listening.getsockname()[1])
        async with running:
            await done.wait()

    asyncio.run(serve())


@dataclass(frozen=True, slots=True)
class Farm:
    """A running farm: the endpoints of its hosts, and the way to its log."""

    hosts: list[str]
    port: int
    pages: int
    pipe: Connection

    def log(self) -> tuple[list[Request], dict[str, float]]:
        """All requests so far, and when which host changed its robots.txt."""
        self.pipe.send("log")
        rows, changed = self.pipe.recv()
        return [Request(**row) for row in rows], changed


@contextmanager
def running(hosts: int, pages: int) -> Iterator[Farm]:
    """Run a farm in a process of its own."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_run, args=(theirs, pages), daemon=True)
    process.start()
    theirs.close()
    try:
        yield Farm([address(number) for number in range(hosts)], ours.recv(), pages, ours)
    finally:
        ours.close()
        process.join(5)
        process.kill()


def prepare(database: Path, farm: Farm, pause: float) -> None:
    """Make an archive with every host's feed and sitemap as sources."""
    url = f"sqlite:///{database}"
    archive.upgrade(url)
    engine = archive.connect(url)
    for host in farm.hosts:
        endpoint = f"{host}:{farm.port}"
        founds = [
            Found(url=f"http://{endpoint}/feed", kind="feed"),
            Found(url=f"http://{endpoint}/sitemap.xml", kind="sitemap"),
        ]
        config = {"pause": pause, "allow_private": [endpoint]}
        adding.add(engine, endpoint, founds, config, datetime.now(UTC))
    engine.dispose()


def command(database: Path, *words: str) -> list[str]:
    """Return a command line on an archive, as a user types it."""
    return [sys.executable, "-m", "archiver", "--database", str(database), *words]


def too_soon(log: Iterable[Request], pause: float) -> tuple[int, int]:
    """Count requests that began while another was under way, and those inside the pause."""
    by_host: dict[str, list[Request]] = defaultdict(list)
    for one in log:
        by_host[one.host].append(one)
    at_once = inside = 0
    for requests in by_host.values():
        for before, after in pairwise(sorted(requests, key=lambda one: one.begun)):
            gap = after.begun - before.ended
            at_once += gap < 0
            inside += 0 <= gap < pause - TOLERANCE
    return at_once, inside


def disobeyed(log: Iterable[Request], changed: dict[str, float], pause: float) -> int:
    """Count requests for what a changed robots.txt forbids, `pause` seconds after its change."""
    known = {host: at + pause for host, at in changed.items()}
    return sum(
        one.path.startswith(FORBIDDEN) and one.begun > known.get(one.host, float("inf"))
        for one in log
    )


def twice(log: Iterable[Request]) -> list[Request]:
    """The pages that were sent, whole, more than once."""
    seen: set[tuple[str, str]] = set()
    again = []
    for one in sorted(log, key=lambda one: one.begun):
        if one.status == 200 and one.path.startswith(("/news/", FORBIDDEN)):  # noqa: PLR2004
            if (one.host, one.path) in seen:
                again.append(one)
            seen.add((one.host, one.path))
    return again


def _resident(process: int) -> float:
    """Resident memory of a process in MB, 0 where it has gone."""
    with suppress(OSError, IndexError):
        pages = int(Path(f"/proc/{process}/statm").read_text("ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    return 0.0


def scrape(database: Path, *words: str) -> tuple[float, list[float], str]:
    """Scrape by the command line; seconds, memory of the process by the second, what it said."""
    memory: list[float] = []
    begun = time.monotonic()
    with subprocess.Popen(  # noqa: S603
        command(database, "scrape", *words), stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        said: list[str] = []
        reader = threading.Thread(target=lambda: said.extend(process.stderr or ()))
        reader.start()
        while process.poll() is None:
            memory.append(_resident(process.pid))
            time.sleep(0.5)
        reader.join()
    summary = [line for line in said if " visits" in line]
    return time.monotonic() - begun, memory, summary[-1].strip() if summary else "".join(said)


def bare(farm: Farm, pause: float, at_once: int) -> float:
    """Fetch the same URLs with httpx alone, one request a host and its pause; seconds."""
    listed = ["/robots.txt", "/feed", "/sitemap.xml", *paths(farm.pages)]

    async def host(client: httpx.AsyncClient, slots: asyncio.Semaphore, name: str) -> None:
        for path in listed:
            async with slots:
                answer = await client.get(f"http://{name}:{farm.port}{path}")
                answer.raise_for_status()
            await asyncio.sleep(pause)

    async def everything() -> None:
        slots = asyncio.Semaphore(at_once)
        limits = httpx.Limits(max_connections=at_once)
        async with httpx.AsyncClient(limits=limits, timeout=60) as client:
            await asyncio.gather(*(host(client, slots, name) for name in farm.hosts))

    begun = time.monotonic()
    asyncio.run(everything())
    return time.monotonic() - begun


def _third(memory: Sequence[float], part: int) -> float:
    size = max(1, len(memory) // 3)
    return max(memory[part * size : (part + 1) * size], default=0.0)


def main(words: Sequence[str] | None = None) -> None:
    """Read the options, run the farm, print what it saw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--hosts", type=int, default=200)
    parser.add_argument("--pages", type=int, default=50, help="of each host")
    parser.add_argument("--pause", type=float, default=0.5, help="seconds")
    parser.add_argument("--bare", action="store_true", help="time bare httpx as well")
    options = parser.parse_args(words)
    pause, wronged = options.pause, 0
    os.environ |= {"ARCHIVER_PAUSE": str(pause)}
    with tempfile.TemporaryDirectory() as folder, running(options.hosts, options.pages) as farm:
        database = Path(folder, "archive.db")
        prepare(database, farm, pause)
        seconds, memory, said = scrape(database)
        log, changed = farm.log()
        at_once, inside = too_soon(log, pause)
        against = disobeyed(log, changed, (ROBOTS_PAUSES + 3) * pause)
        wronged += at_once + inside + against + len(twice(log))
        pages = sum(one.status == 200 and one.path != "/robots.txt" for one in log)  # noqa: PLR2004
        print(f"first run: {said}")
        fetching = max(one.ended for one in log) - min(one.begun for one in log)
        print(
            f"  {len(log)} requests, {pages} answers in {fetching:.1f} s, {pages / fetching:.1f}/s"
        )
        print(f"  {seconds:.1f} s from start to end, with all pages cleaned")
        print(f"  two at once {at_once}, inside the pause {inside}, twice {len(twice(log))}")
        print(f"  robots.txt changed at {len(changed)} hosts; disobeyed {against}")
        print("  memory, MB: " + ", ".join(f"{_third(memory, part):.0f}" for part in range(3)))
        seconds_again, _, said = scrape(database, "--again")
        log_again = farm.log()[0][len(log) :]
        whole = [one for one in log_again if one.status == 200 and one.path != "/robots.txt"]  # noqa: PLR2004
        at_once, inside = too_soon(log_again, pause)
        wronged += at_once + inside + len(whole)
        print(f"second run, everything due: {said}")
        unchanged = sum(one.status == 304 for one in log_again)  # noqa: PLR2004
        print(f"  {len(log_again)} requests in {seconds_again:.1f} s, {unchanged} of them 304")
        print(f"  two at once {at_once}, inside the pause {inside}, bodies sent {len(whole)}")
        if options.bare:
            alone = bare(farm, pause, 64)
            count = options.hosts * (options.pages + 2)
            print(f"bare httpx: {count} answers in {alone:.1f} s: {count / alone:.1f}/s")
            print(f"  ours has {pages / fetching / (count / alone):.2f} of that")
    print(json.dumps({"wronged": wronged}))
    sys.exit(1 if wronged else 0)


if __name__ == "__main__":
    main()
