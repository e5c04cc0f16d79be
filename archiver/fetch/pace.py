"""Pauses: one origin is asked for one thing at a time, and rests in between.

In come origins and seconds; what comes out is time passing. Never decides how long a pause ought
to be, never counts anything but seconds, never remembers beyond its own life.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class _Rest:
    ended: float = float("-inf")  # when the last request was done
    earliest: float = float("-inf")  # what the server asked for, by Retry-After
    busy: bool = False


class Pace:
    """Holds threads back until their origin has rested; `default` seconds, unless they say."""

    def __init__(
        self,
        default: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
        slack: float = 0.0,
    ) -> None:
        """Take the pause in seconds, and the clock and the sleep that tests replace.

        `slack` seconds are added to every pause. A sleep that raises ends the wait, and the origin
        is free for the next.
        """
        self._default = default
        self._slack = slack
        self._clock = clock
        self._sleep = sleep
        self._rests: dict[str, _Rest] = {}
        self._changed = threading.Condition()

    def _left(self, rest: _Rest, pause: float | None) -> float:
        pause = self._default if pause is None else pause
        slack = self._slack if pause else 0.0
        return max(rest.ended + pause + slack, rest.earliest) - self._clock()

    def left(self, origin: str, pause: float | None = None) -> float:
        """Seconds that `wait` would block for now, no request being under way; 0 if none."""
        with self._changed:
            return max(0.0, self._left(self._rests.get(origin, _Rest()), pause))

    def wait(self, origin: str, pause: float | None = None) -> None:
        """Block until `origin` may be asked; it is the caller's then, until `done`."""
        with self._changed:
            rest = self._rests.setdefault(origin, _Rest())
            self._changed.wait_for(lambda: not rest.busy)
            rest.busy = True
        self.rest(origin, pause)

    def rest(self, origin: str, pause: float | None = None) -> None:
        """Wait on, the origin being the caller's: for what `not_before` has added."""
        rest = self._rests[origin]
        try:
            # Asleep outside the lock: other origins go on, and `not_before` may add to the wait.
            while (left := self._left(rest, pause)) > 0:
                self._sleep(left)
        except BaseException:
            self.free(origin)
            raise

    def done(self, origin: str) -> None:
        """Say that the request is over: the pause begins, and the next thread's turn."""
        with self._changed:
            self._rests.setdefault(origin, _Rest()).ended = self._clock()
        self.free(origin)

    def free(self, origin: str) -> None:
        """Give the origin back without having asked it."""
        with self._changed:
            self._rests.setdefault(origin, _Rest()).busy = False
            self._changed.notify_all()

    def not_before(self, origin: str, seconds: float) -> None:
        """Keep `origin` alone for `seconds` from now; `left` tells whether that is worth a wait."""
        with self._changed:
            rest = self._rests.setdefault(origin, _Rest())
            rest.earliest = max(rest.earliest, self._clock() + seconds)
