"""`archiver sites` and `archiver schedule show` as they are typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command_line import archiver
from tests.work.serving import STORY, Server, html, serving

TOP = Path(__file__).parent.parent
HOME = b'<html><head><link rel="alternate" type="application/rss+xml" href="/feed"></head></html>'


@pytest.fixture
def folder(tmp_path: Path, sqlite_template: Path) -> Path:
    (tmp_path / "archive.db").write_bytes(sqlite_template.read_bytes())
    (tmp_path / "archiver.toml").write_text("pause = 0\n", "utf-8")
    return tmp_path


def typed(folder: Path, *words: str) -> tuple[int, str, str]:
    done = archiver(*words, folder=folder)
    assert b"Traceback" not in done.stderr
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def answers(server: Server) -> None:
    story = html(*[f"{STORY} It is paragraph {number}." for number in range(6)])
    items = (
        "<item><link>/a</link><pubDate>Sun, 01 Mar 2026 08:00:00 GMT</pubDate></item>"
        "<item><link>/gone</link></item><item><link>https://else.example/b</link></item>"
    )
    feed = f'<rss version="2.0"><channel>{items}</channel></rss>'
    server.answers |= {
        "/": (200, {}, HOME),
        "/feed": (200, {}, feed.encode()),
        "/a": (200, {}, story),
    }


def test_a_site_is_made_checked_disabled_enabled_listed(folder: Path) -> None:
    with serving() as server:
        answers(server)
        private = ("--allow-private", server.endpoint)
        code, out, _ = typed(folder, "sites", "new", server.url, "--language", "en", *private)
        assert (code, out) == (0, f"feed\t{server.url}/feed\n")
        code, out, _ = typed(folder, "sites", "check", "--json")
        told = json.loads(out)
        assert code == 0
        assert told["items"] == 2
        assert told["foreign"] == 1
        assert told["newest"] == "2026-03-01T08:00Z"
        assert (told["sampled"], told["articles"], told["languages"]) == (2, 1, ["en"])
        server.answers["/feed"] = (404, {}, b"")
        code, out, _ = typed(folder, "sites", "check")
        assert code == 1
        assert out.endswith("404\n")
        assert typed(folder, "sites", "disable", server.endpoint)[0] == 0
        assert "\tdisabled\tfile\ten\t1\t" in typed(folder, "sites", "list")[1]
        assert typed(folder, "sites", "enable", server.endpoint)[0] == 0
        code, out, _ = typed(folder, "schedule", "show")
        assert (code, out.split("\t")[0], out.split("\t")[-1]) == (0, "now", "new\n")
        code, _, said = typed(folder, "add", server.url, "--pause", "3", "--feed", "/f")
        assert code == 2
        assert "folder of site files" in said


def test_an_archive_without_sites_is_no_fault(folder: Path) -> None:
    for words in (["sites", "list"], ["sites", "check"], ["schedule", "show"]):
        assert typed(folder, *words)[0] == 0
    code, _, said = typed(folder, "schedule", "run", "--once")
    assert (code, [json.loads(line)["message"] for line in said.splitlines()]) == (
        0,
        ["nothing was due"],
    )


def test_an_unknown_site_is_told_and_the_others_go_on(folder: Path) -> None:
    """A starter that names its sections is enabled without a question to anybody."""
    code, out, said = typed(folder, "sites", "enable", "no.example", "www.bbc.com")
    assert code == 1
    assert "no.example" in said
    assert out.startswith("www.bbc.com\tenabled\t")
    assert (folder / "sites" / "www.bbc.com.toml").exists()
    assert typed(folder, "sites", "check", "no.example")[0] == 2


def test_a_site_is_known_without_www_in_capitals_and_by_its_url(folder: Path) -> None:
    """What is done is told under the host that it is."""
    for stated in ("bbc.com", "WWW.BBC.com", "https://www.bbc.com/hindi"):
        code, out, _ = typed(folder, "sites", "enable", stated)
        assert (code, out.split("\t")[:2]) == (0, ["www.bbc.com", "enabled"])
    assert [one.name for one in (folder / "sites").iterdir()] == ["www.bbc.com.toml"]
    assert typed(folder, "sites", "disable", "bbc.com")[0] == 0
    assert "no site is called 'BBC'" in typed(folder, "sites", "disable", "BBC")[2]


def test_a_table_goes_to_standard_output(folder: Path) -> None:
    (folder / "sites").mkdir()
    (folder / "sites" / "a.toml").write_text(
        'home = "https://a.example/"\nname = "क"\nfeeds = ["/f"]\n', "utf-8"
    )
    code, out, _ = typed(folder, "sites", "export", "-")
    assert code == 0
    assert [line.split(",")[:2] for line in out.splitlines()] == [
        ["home", "name"],
        ["https://a.example/", "क"],
    ]
    assert not (folder / "-").exists()


def test_a_table_is_imported_but_for_its_wrong_rows(folder: Path) -> None:
    table = folder / "t.csv"
    table.write_text(
        "home,feeds,pause\nhttps://a.example/,/f,1\nhttps://b.example/,/f,x\n", "utf-8"
    )
    code, _, said = typed(folder, "sites", "import", "t.csv")
    assert code == 1
    assert "t.csv, line 3: pause" in said
    assert [one.name for one in (folder / "sites").iterdir()] == ["a.example.toml"]
    table.write_text("home,feeds,pause\nhttps://a.example/,/f,2\n", "utf-8")
    code, _, said = typed(folder, "sites", "import", "t.csv")
    assert code == 1
    assert "--replace" in said
    assert typed(folder, "sites", "import", "t.csv", "--replace")[0] == 0
    assert typed(folder, "sites", "export", "out.csv")[0] == 0
    assert "https://a.example/f" in (folder / "out.csv").read_text("utf-8")


def test_a_broken_file_is_told_by_every_command_that_needs_it(folder: Path) -> None:
    (folder / "sites").mkdir()
    (folder / "sites" / "x.toml").write_text('home = "https://x.example/"\npauze = 1\n', "utf-8")
    for words, code in ((["sites", "list"], 2), (["sites", "check"], 1)):
        found, _, said = typed(folder, *words)
        assert found == code
        assert "x.toml, line 2: pauze" in said
    code, _, said = typed(folder, "schedule", "run", "--once")
    assert code == 0
    assert "x.toml, line 2: pauze" in said


def test_the_units_say_what_the_program_has() -> None:
    """Their commands exist, and both services shut the same doors."""
    units = TOP / "docs" / "systemd"
    daemon = (units / "archiver.service").read_text("utf-8").splitlines()
    once = (units / "archiver-once.service").read_text("utf-8").splitlines()
    assert "ExecStart=/opt/archiver/bin/archiver schedule run" in daemon
    assert "ExecStart=/opt/archiver/bin/archiver schedule run --once" in once
    start = daemon.index("NoNewPrivileges=true")
    doors = [line for line in daemon[start:] if "=" in line and "WantedBy" not in line]
    assert set(doors) <= set(once)
    assert len(doors) > 15
    cron = (units / "crontab").read_text("utf-8").splitlines()[-1]
    assert cron.startswith("*/10 * * * * archiver cd /var/lib/archiver && ")
    assert "archiver schedule run --once" in cron
    assert "%" not in cron  # cron reads it as the end of the line
