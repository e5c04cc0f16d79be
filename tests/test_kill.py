"""A killed run loses nothing: the benchmark's trial, a few kills of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

BENCHMARK = Path(__file__).parent.parent / "benchmarks" / "kill.py"


def test_killed_scrape_and_reclean_end_like_undisturbed_ones(tmp_path: Path) -> None:
    """SIGKILL at random moments, then a run to the end: equal archives, and no host wronged."""
    small = ["--kills", "3", "--copies", "3", "--hosts", "6", "--pages", "12"]
    done = subprocess.run(
        [sys.executable, str(BENCHMARK), *small],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "scrape: 3 kills while at work" in done.stdout
    assert "reclean: 3 kills while at work" in done.stdout
    assert "farm: 3 kills while at work" in done.stdout
