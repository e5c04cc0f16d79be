"""The command line as a user types it, for the tests of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def archiver(
    *words: str, folder: Path, stdin: bytes = b"", **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """Run a command in `folder`, as a user does, with nothing of ours in the environment."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ARCHIVER_")}
    return subprocess.run(
        [sys.executable, "-m", "archiver", *words],
        cwd=folder,
        input=stdin,
        capture_output=True,
        check=False,
        timeout=120,
        env={**clean, **environment},
    )


def told(done: subprocess.CompletedProcess[bytes], code: int) -> str:
    """What stood on standard error of a command that must have ended with `code`."""
    said = done.stderr.decode()
    assert done.returncode == code, said
    assert "Traceback" not in said
    return said
