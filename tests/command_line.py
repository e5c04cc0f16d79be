"""The command line as a user types it, for the tests of it."""

from __future__ import annotations

import atexit
import gc
import json
import os
import signal
import subprocess
import sys
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

TIMEOUT = 120
_TOP = Path(__file__).parent.parent
_FORK = "from tests.command_line import serve; serve()"


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


def archiver(
    *words: str, folder: Path, stdin: bytes = b"", **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """`started`, but for the start: a fork of a process that has imported the program.

    Folder, environment, streams, exit and exit code are a process's own, as they are there. What
    a start costs, imports and rules read, is paid once instead of some hundred times.
    """
    with TemporaryDirectory() as place:
        streams = [Path(place, name) for name in ("stdin", "stdout", "stderr")]
        streams[0].write_bytes(stdin)
        asked = {
            "words": words,
            "folder": str(folder),
            "environment": _environment(environment),
            "streams": [str(stream) for stream in streams],
        }
        server = _server()
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write(json.dumps(asked).encode() + b"\n")
        server.stdin.flush()
        code = int(server.stdout.readline())
        return subprocess.CompletedProcess(
            words, code, streams[1].read_bytes(), streams[2].read_bytes()
        )


@cache
def _server() -> subprocess.Popen[bytes]:
    """The process that forks; it ends with this one."""
    server = subprocess.Popen(
        [sys.executable, "-c", _FORK], cwd=_TOP, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    atexit.register(server.communicate)  # closes its input, and waits
    return server


def serve() -> None:
    """Read a line a command, have a fork run it, answer with its exit code."""
    from archiver import cli  # noqa: PLC0415 - not for those who only ask
    from archiver.work.cleaning import Cleaner  # noqa: PLC0415

    assert all(cli.cli.commands.values())  # all of them imported
    for name in ("alembic.command", "archiver.work.explain", "archiver.work.ingest", "trafilatura"):
        import_module(name)
    Cleaner(None)
    gc.freeze()
    for line in sys.stdin.buffer:
        child = os.fork()
        if not child:
            _become(**json.loads(line))
            cli.main()
            return
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _become(words: list[str], folder: str, environment: dict[str, str], streams: list[str]) -> None:
    """Be a process that has just been started."""
    signal.alarm(TIMEOUT)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    for number, stream in enumerate(streams):
        opened = os.open(stream, os.O_RDWR | os.O_CREAT)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115
    sys.argv = ["archiver", *words]


def told(done: subprocess.CompletedProcess[bytes], code: int) -> str:
    """What stood on standard error of a command that must have ended with `code`."""
    said = done.stderr.decode()
    assert done.returncode == code, said
    assert "Traceback" not in said
    return said
