"""A small farm of hosts, scraped by the command line: no host is wronged, nothing is sent twice."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).parent.parent


def test_no_host_of_a_farm_is_wronged() -> None:
    """One request at a time, never inside the pause, robots.txt obeyed, then only 304s."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.farm", "--hosts", "8", "--pages", "5", "--pause", "0.1"],
        capture_output=True,
        text=True,
        check=False,
        cwd=TOP,
        timeout=900,  # it ends in a tenth of that, but not where much else runs
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {"wronged": 0}
    assert "bodies sent 0" in done.stdout
