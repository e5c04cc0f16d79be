"""What a request costs: our client in threads beside bare httpx, in threads and in asyncio.

    python -m benchmarks.fetching --hosts 200 --pages 10 --pause 1

A loopback farm (127.x.y.z, one port, in a process of its own) serves a gzipped page. Every way
asks the same hosts under the same politeness: one request at a time a host, `pause` seconds
between an answer and the next request. Each way runs in a process of its own.
Prints, for each, pages a second and their ratio to the best of bare httpx, CPU of the client a
page, what its memory grew by, and the connections that the farm saw. Ends with 1 where a page was
missed or a host was asked before its pause was over.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import multiprocessing
import multiprocessing.connection
import resource
import ssl
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

import httpx

from archiver.fetch.http import Client
from archiver.settings import Settings

PAGE_BYTES = 60_000
SLACK = 0.02  # seconds: the farm's clock starts a little after the client's
Pipe = multiprocessing.connection.Connection
Way = Callable[[list[str], int, float], int]


def page() -> bytes:
    """Make a page of about 60 KB, of which gzip leaves 15 KB or so."""
    body, number = "<!doctype html><title>t</title>", 0
    while len(body) < PAGE_BYTES:
        number += 1
        word = hex(number * 2654435761 % 2**64)
        body += f"<p>A sentence about a bridge that was repaired in May, and {word}.</p>\n"
    return body.encode()


@dataclass(slots=True)
class Seen:
    """What the farm saw of one host: connections, and seconds from an answer to a request."""

    connections: int = 0
    answered: float = float("-inf")
    gaps: list[float] = field(default_factory=list)


class Farm(asyncio.Protocol):
    """One connection to one host: answers every GET."""

    def __init__(self, answer: bytes, seen: Seen) -> None:
        """Take the answer, and where to note what was asked."""
        self.answer = answer
        self.seen = seen
        self.head = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count it."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.seen.connections += 1

    def data_received(self, data: bytes) -> None:
        """Answer where the head is whole."""
        self.head += data
        if b"\r\n\r\n" in self.head:
            closes = b"connection: close" in self.head.lower()
            self.head = b""
            self.seen.gaps.append(time.monotonic() - self.seen.answered)
            self.transport.write(self.answer)
            self.seen.answered = time.monotonic()
            if closes:
                self.transport.close()


def farm(hosts: int, pipe: Pipe) -> None:
    """Serve `hosts` addresses, tell their URLs, and what was seen once anything is sent."""
    packed = gzip.compress(page())
    head = (
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Encoding: gzip\r\n"
        f"Content-Length: {len(packed)}\r\n\r\n"
    )
    seen = [Seen() for _ in range(hosts)]

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        port, urls = 0, []
        for number, one in enumerate(seen):
            at = f"127.1.{number // 250}.{number % 250 + 1}"
            server = await loop.create_server(partial(Farm, head.encode() + packed, one), at, port)
            port = server.sockets[0].getsockname()[1]
            urls.append(f"http://{at}:{port}")
        pipe.send(urls)
        await loop.run_in_executor(None, pipe.recv)

    asyncio.run(serve())
    shortest = min(min(one.gaps[1:], default=float("inf")) for one in seen)
    pipe.send((sum(one.connections for one in seen), shortest))


def in_threads(get: Callable[[str], bool], urls: list[str], pages: int, pause: float) -> int:
    """Ask each host for its pages in a thread of its own; how many came."""
    came: list[int] = []

    def host(url: str) -> None:
        good = 0
        for number in range(pages):
            if number:
                time.sleep(pause)
            good += get(f"{url}/{number}")
        came.append(good)

    threads = [threading.Thread(target=host, args=(url,)) for url in urls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(came)


def ours(urls: list[str], pages: int, pause: float) -> int:
    """Our client, shared by a thread a host."""
    client = Client(Settings(), frozenset(url.removeprefix("http://") for url in urls))

    def get(url: str) -> bool:
        return client.get(url, now=datetime.now(UTC)).outcome == "ok"

    return in_threads(get, urls, pages, pause)


def bare_threads(urls: list[str], pages: int, pause: float) -> int:
    """Bare httpx in a thread a host, each with a small pool of its own, which suits it best."""
    trust = ssl.create_default_context()
    clients = {url: httpx.Client(verify=trust, trust_env=False) for url in urls}

    def get(url: str) -> bool:
        return len(clients[url.rpartition("/")[0]].get(url).content) >= PAGE_BYTES

    return in_threads(get, urls, pages, pause)


def bare_asyncio(urls: list[str], pages: int, pause: float) -> int:
    """Bare httpx in a task a host."""
    trust = ssl.create_default_context()

    async def host(url: str) -> int:
        good = 0
        async with httpx.AsyncClient(verify=trust, trust_env=False) as client:
            for number in range(pages):
                if number:
                    await asyncio.sleep(pause)
                good += len((await client.get(f"{url}/{number}")).content) >= PAGE_BYTES
        return good

    async def run() -> int:
        return sum(await asyncio.gather(*map(host, urls)))

    return asyncio.run(run())


WAYS: dict[str, Way] = {
    "ours, threads": ours,
    "httpx, threads": bare_threads,
    "httpx, asyncio": bare_asyncio,
}


@dataclass(frozen=True, slots=True)
class Cost:
    """What one way came to: pages, seconds, CPU seconds and MiB of the client."""

    came: int
    seconds: float
    cpu: float
    mib: float


def _spent() -> tuple[float, float]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def measured(name: str, urls: list[str], pages: int, pause: float, pipe: Pipe) -> None:
    """Run one way and tell its cost."""
    cpu, mib = _spent()
    begun = time.monotonic()
    came = WAYS[name](urls, pages, pause)
    seconds = time.monotonic() - begun
    cpu_after, mib_after = _spent()
    pipe.send(Cost(came, seconds, cpu_after - cpu, mib_after - mib))


def run(name: str, hosts: int, pages: int, pause: float) -> tuple[Cost, int, float]:
    """Measure one way against a new farm: its cost, connections, and the shortest pause."""
    spawn = multiprocessing.get_context("spawn")
    pipe, theirs = spawn.Pipe()
    serving = spawn.Process(target=farm, args=(hosts, theirs))
    serving.start()
    urls = pipe.recv()
    told, tells = spawn.Pipe()
    asking = spawn.Process(target=measured, args=(name, urls, pages, pause, tells))
    asking.start()
    cost: Cost = told.recv()
    pipe.send("stop")
    connections, shortest = pipe.recv()
    asking.join()
    serving.join()
    return cost, connections, shortest


def main() -> int:
    """Measure every way and print what it costs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, default=200)
    parser.add_argument("--pages", type=int, default=10, help="of each host")
    parser.add_argument("--pause", type=float, default=1.0, help="seconds")
    given = parser.parse_args()
    ran = {name: run(name, given.hosts, given.pages, given.pause) for name in WAYS}
    wanted = given.hosts * given.pages
    rates = {name: cost.came / cost.seconds for name, (cost, _, _) in ran.items()}
    best = max(rate for name, rate in rates.items() if name.startswith("httpx"))
    print(f"{given.hosts} hosts, {given.pages} pages each, {given.pause:g} s pause")
    good = True
    for name, (cost, connections, shortest) in ran.items():
        print(
            f"{name:15} {rates[name]:7.1f} pages/s ({rates[name] / best:4.2f} of bare httpx)"
            f"  {cost.cpu / cost.came * 1000:5.2f} ms CPU a page  {cost.mib:6.1f} MiB"
            f"  {connections} connections  {wanted - cost.came} missed"
        )
        good &= cost.came == wanted and shortest >= given.pause - SLACK
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
