"""Pauses between two requests to one origin."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from archiver.fetch.pace import Pace


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        """Begin at a hundred seconds."""
        self.now = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        """Tell the time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.slept.append(seconds)
        self.now += seconds


def paced() -> tuple[Pace, Clock]:
    """Return a pace of five seconds with its clock."""
    clock = Clock()
    return Pace(5.0, clock, clock.sleep), clock


def test_the_first_request_waits_for_nothing() -> None:
    """An origin that was never asked has rested."""
    pace, clock = paced()
    pace.wait("http://a:80")
    assert clock.slept == []


def test_the_pause_counts_from_the_end_of_the_last_request() -> None:
    """A slow answer does not eat up the pause."""
    pace, clock = paced()
    pace.wait("http://a:80")
    clock.now += 60
    pace.done("http://a:80")
    clock.now += 2
    assert pace.left("http://a:80") == 3.0
    pace.wait("http://a:80")
    assert clock.slept == [3.0]


def test_origins_do_not_wait_for_each_other() -> None:
    """Another port is another origin."""
    pace, clock = paced()
    pace.wait("http://a:80")
    pace.done("http://a:80")
    pace.wait("http://a:8080")
    assert clock.slept == []


def test_a_crawl_delay_takes_the_place_of_the_default() -> None:
    """The pause of the call counts, longer or shorter."""
    pace, clock = paced()
    for pause in (30.0, 1.0):
        pace.done("http://a:80")
        pace.wait("http://a:80", pause)
    assert clock.slept == [30.0, 1.0]


def test_retry_after_holds_back_longer_than_the_pause() -> None:
    """What the server asked for is kept, and can be seen before waiting for it."""
    pace, clock = paced()
    pace.done("http://a:80")
    pace.not_before("http://a:80", 120.0)
    pace.not_before("http://a:80", 10.0)
    assert pace.left("http://a:80") == 120.0
    pace.wait("http://a:80")
    assert clock.slept == [120.0]


def test_two_threads_never_ask_one_origin_at_once() -> None:
    """The second thread goes on when the first says that it is done."""
    pace = Pace(0.0)
    inside, most = 0, 0
    lock = threading.Lock()

    def ask(_: int) -> None:
        nonlocal inside, most
        pace.wait("http://a:80")
        with lock:
            inside += 1
            most = max(most, inside)
        with lock:
            inside -= 1
        pace.done("http://a:80")

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(ask, range(200)))
    assert most == 1
