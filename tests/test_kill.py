"""A killed run loses nothing: the benchmark's trial, a few kills of it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO

import pytest

from benchmarks import kill
from tests.command_line import Forked

TRIALS = "scrape reclean compact export erase release release-export farm".split()


def test_killed_commands_end_like_undisturbed_ones(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """SIGKILL at random moments, then a run to the end: equal archives, and no host wronged."""
    with ExitStack() as stack:
        none = stack.enter_context(Path(os.devnull).open("r+b"))

        def begin(database: Path, words: Sequence[str], said: IO[bytes]) -> Forked:
            streams = [none.fileno(), none.fileno(), said.fileno()]
            stated = {name: os.environ[name] for name in os.environ if name.startswith("ARCHIVER_")}
            words = ["--database", str(database), *words]
            return Forked(words, database.parent, streams, environment=stated)

        monkeypatch.setattr(kill, "begin", begin)
        monkeypatch.setattr(kill, "STARTING", 0.0)
        monkeypatch.setenv("ARCHIVER_DEADLINE", "2")  # what was under way rests for so long
        small = "--kills 3 --sites 3 --copies 1 --hosts 3 --pages 8".split()
        with pytest.raises(SystemExit) as ended:
            kill.main(small)
    shown = capsys.readouterr().out
    assert ended.value.code == 0, shown
    for trial in TRIALS:
        assert f"{trial.replace('-', ' ')}: 3 kills while at work" in shown
