"""The command line as a user types it, for the tests of it."""

from __future__ import annotations

import atexit
import gc
import json
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from multiprocessing import forkserver
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, NoReturn, Self

TIMEOUT = 120
_TOP = Path(__file__).parent.parent
_FORK = "from tests.command_line import serve; serve({})"
_WARM = "tests.warm"
_LOCK = threading.Lock()  # two may ask at once


def _environment(stated: dict[str, str]) -> dict[str, str]:
    """The one of this process without what is ours, and with what is stated."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ARCHIVER_")}
    return {**clean, **stated}


def started(
    *words: str, folder: Path, stdin: bytes = b"", **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """Start Python on a command in `folder`, as a user does, with nothing of ours around it."""
    return subprocess.run(
        [sys.executable, "-m", "archiver", *words],
        cwd=folder,
        input=stdin,
        capture_output=True,
        check=False,
        timeout=TIMEOUT,
        env=_environment(environment),
    )


class Forked:
    """A command in a fork of a process that has imported the program.

    Folder, environment, streams, exit, signals and exit code are a process's own, as they are
    after `started`. What a start costs, imports and rules read, is paid once instead of some
    hundred times. Streams are descriptors.
    """

    def __init__(
        self,
        words: Sequence[str],
        folder: Path,
        streams: Sequence[int],
        *,
        environment: dict[str, str],
        most: int | None = None,
    ) -> None:
        """Start it. Where `most` is given, its files may grow to so many bytes."""
        self.returncode: int | None = None
        self._answer, theirs = socket.socketpair()
        asked = {
            "words": words,
            "folder": str(folder),
            "environment": _environment(environment),
            "most": most,
        }
        with theirs:
            message = json.dumps(asked).encode()
            head = len(message).to_bytes(4, "big")
            with _LOCK:
                server = _server()
                socket.send_fds(server, [head], [*streams, theirs.fileno()])
                server.sendall(message)
        self.pid = self._number()

    def _number(self) -> int:
        return int.from_bytes(self._answer.recv(4), "big", signed=True)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; its exit code. Raises subprocess.TimeoutExpired after so many seconds."""
        if self.returncode is None:
            if not select.select([self._answer], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("archiver", timeout or 0)
            with self._answer:
                self.returncode = self._number()
        return self.returncode

    def ended(self) -> bool:
        """Whether it has."""
        return self.returncode is not None or bool(select.select([self._answer], [], [], 0)[0])

    def send_signal(self, number: int) -> None:
        """Send it a signal, where it has not ended."""
        if not self.ended():
            os.kill(self.pid, number)

    def __enter__(self) -> Self:
        """Give the command."""
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for its end."""
        self.wait()


def archiver(
    *words: str, folder: Path, stdin: bytes = b"", most: int | None = None, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """`started`, but for the start, which is a fork's; with `most`, files grow to so many bytes."""
    with TemporaryFile() as given, TemporaryFile() as out, TemporaryFile() as err:
        given.write(stdin)
        given.seek(0)
        streams = [file.fileno() for file in (given, out, err)]
        code = Forked(words, folder, streams, environment=environment, most=most).wait()
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(words, code, out.read(), err.read())


@cache
def _server() -> socket.socket:
    """The way to the process that forks; it ends with this one."""
    ours, theirs = socket.socketpair()
    with theirs:
        words = [sys.executable, "-c", _FORK.format(theirs.fileno())]
        server = subprocess.Popen(words, cwd=_TOP, pass_fds=[theirs.fileno()], env=_environment({}))

    def end() -> None:
        ours.close()
        server.wait()

    atexit.register(end)
    return ours


def serve(number: int) -> None:
    """Take commands from the socket of a descriptor, have a fork run each."""
    from archiver import cli  # noqa: PLC0415 - not for those who only ask
    from archiver.work import pool  # noqa: PLC0415

    assert all(cli.cli.commands.values())  # all of them imported
    for name in (
        "alembic.command",
        "archiver.work.explain",
        "archiver.work.ingest",
        "trafilatura",
    ):
        import_module(name)
    import_module(_WARM).commands()
    workers: Any = forkserver._forkserver
    workers.set_forkserver_preload([*pool.PRELOAD, _WARM])
    workers.ensure_running()
    workers.ensure_running = lambda: None  # a command's own, its pool is told
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who watch
    with socket.socket(fileno=number) as asking:
        while True:
            head, streams, _, _ = socket.recv_fds(asking, 4, 4)
            if not head:
                return
            size = int.from_bytes(head, "big")
            message = b""
            while len(message) < size:
                message += asking.recv(size - len(message))
            if not os.fork():
                _watch(json.loads(message), streams, cli.main)
            for one in streams:
                os.close(one)


def _watch(asked: dict[str, Any], streams: list[int], main: Callable[[], NoReturn]) -> None:
    """Fork the command, tell its number and then its exit code."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with socket.socket(fileno=streams.pop()) as answer:
        child = os.fork()
        if not child:
            answer.close()
            _become(**asked, streams=streams)
            main()  # it ends the process, unless by a traceback, which Python tells
        answer.sendall(child.to_bytes(4, "big", signed=True))
        _, status = os.waitpid(child, 0)
        answer.sendall(os.waitstatus_to_exitcode(status).to_bytes(4, "big", signed=True))
    os._exit(0)


def _become(
    words: list[str],
    folder: str,
    environment: dict[str, str],
    most: int | None,
    streams: list[int],
) -> None:
    """Be a process that has just been started."""
    signal.alarm(TIMEOUT)
    if most is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115
    sys.argv = ["archiver", *words]


def told(done: subprocess.CompletedProcess[bytes], code: int) -> str:
    """What stood on standard error of a command that must have ended with `code`."""
    said = done.stderr.decode()
    assert done.returncode == code, said
    assert "Traceback" not in said
    return said
