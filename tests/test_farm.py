"""A small farm of hosts, scraped by the command line: no host is wronged, nothing is sent twice."""

from __future__ import annotations

import json

import pytest

from benchmarks import farm


@pytest.mark.large  # the kill test has a farm too
def test_no_host_of_a_farm_is_wronged(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One request at a time, never inside the pause, robots.txt obeyed, then only 304s."""
    monkeypatch.setenv("ARCHIVER_PAUSE", "0.1")  # which the farm sets too, for good
    with pytest.raises(SystemExit) as ended:
        farm.main("--hosts 5 --pages 5 --pause 0.1".split())
    shown = capsys.readouterr().out
    assert ended.value.code == 0, shown
    assert json.loads(shown.splitlines()[-1]) == {"wronged": 0}
    assert "bodies sent 0" in shown
