"""A killed run loses nothing: the benchmark's trial, a few kills of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).parent.parent


def test_killed_commands_end_like_undisturbed_ones() -> None:
    """SIGKILL at random moments, then a run to the end: equal archives, and no host wronged."""
    small = ["--kills", "3", "--copies", "2", "--hosts", "4", "--pages", "8"]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.kill", *small],
        capture_output=True,
        text=True,
        check=False,
        cwd=TOP,
        env={**os.environ, "ARCHIVER_DEADLINE": "2"},  # what was under way rests for so long
        timeout=900,  # it ends in a tenth of that, but not where much else runs
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "scrape: 3 kills while at work" in done.stdout
    assert "reclean: 3 kills while at work" in done.stdout
    assert "compact: 3 kills while at work" in done.stdout
    assert "export: 3 kills while at work" in done.stdout
    assert "erase: 3 kills while at work" in done.stdout
    assert "release: 3 kills while at work" in done.stdout
    assert "release export: 3 kills while at work" in done.stdout
    assert "farm: 3 kills while at work" in done.stdout
