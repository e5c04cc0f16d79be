"""What a command wrote, forced to the disk and said, in its order: read from strace's log.

A command goes in, its acknowledgements come out, each with what was wrong with it. An
acknowledgement is a line on standard output or error, or the end of the process with 0. When it is
made, nothing that was written to the archive's log may wait for an fsync, and no transaction that
writes may be open.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_CALLS = "pwrite64,write,writev,fdatasync,fsync,fcntl,exit_group"
# "-f": of all threads; "-y": with the file's path behind its number.
_CALL = re.compile(r"(?P<name>\w+)\((?P<fd>\d+)?(?:<(?P<path>[^>]*)>)?(?P<more>.*)")
_SYNCS = {"fdatasync", "fsync"}
_RESUMED = re.compile(r"<\.\.\. (?P<name>\w+) resumed>")
# Of the wal-index, the byte that a writer locks (sqlite.org/walformat.html, section 2.3.1).
_WRITER = "l_start=120,"


def command(log: Path) -> tuple[str, ...]:
    """What to put before a command, so that its calls are written to `log`."""
    return ("strace", "-f", "-y", "-s", "60", "-e", f"trace={_CALLS}", "-o", str(log))


@dataclass(slots=True)
class _State:
    """What is known of the files while the log is read."""

    dirty: Counter[str] = field(default_factory=Counter)  # writes that no fsync has followed
    syncing: dict[str, tuple[str, int]] = field(default_factory=dict)  # by thread, with the count
    writers: set[str] = field(default_factory=set)  # threads that took the writer's lock

    def take(self, who: str, name: str, path: str, more: str) -> None:
        """Note a call of a thread on a file."""
        if name == "pwrite64" and path.endswith("-wal"):
            self.dirty[path] += 1
        elif name in _SYNCS and "unfinished" in more:
            self.syncing[who] = (path, self.dirty[path])
        elif name in _SYNCS:
            self.dirty[path] = 0
        elif name == "fcntl" and path.endswith("-shm") and _WRITER in more and "= 0" in more:
            (self.writers.discard if "F_UNLCK" in more else self.writers.add)(who)

    def resumed(self, who: str, name: str) -> None:
        """Note the end of a call that another thread's calls stood within."""
        if name in _SYNCS and who in self.syncing:
            path, count = self.syncing.pop(who)
            self.dirty[path] -= count

    def fault(self) -> str:
        """Why nothing may be acknowledged now; empty where it may."""
        waiting = sum(self.dirty.values())
        if waiting > 0:
            return f"{waiting} writes had not been forced to the disk"
        return "a transaction was open" if self.writers else ""


def acknowledged(log: Path) -> Iterator[tuple[str, str]]:
    """Each acknowledgement, and what was wrong with it: empty where it may be made."""
    state = _State()
    for line in log.read_text("utf-8", "replace").splitlines():
        who, _, rest = line.partition(" ")
        rest = rest.strip()
        if resumed := _RESUMED.match(rest):
            state.resumed(who, resumed["name"])
        elif call := _CALL.match(rest):
            name, number, more = call["name"], call["fd"], call["more"]
            if name == "exit_group" and number == "0":
                yield "end", state.fault()
            elif name in {"write", "writev"} and number in {"1", "2"}:
                yield more.partition('"')[2].partition('"')[0], state.fault()
            else:
                state.take(who, name, call["path"] or "", more)
