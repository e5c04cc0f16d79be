"""The command line as a user types it: output, exit codes, and one clear line for every fault."""

from __future__ import annotations

import base64
import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from archiver.work.sample_sites import SampleSite, samples_folder, serve
from tests.command_line import Forked, archiver, started, told
from tests.folders import folder_with

PAGE = samples_folder() / "foxiz.example" / "ghat-pul"


folder = folder_with()


def a_demo(place: Path) -> None:
    done = archiver("demo", folder=place)
    told(done, 0)
    (place / "said").write_bytes(done.stdout)


demo = folder_with(a_demo)


@pytest.fixture
def sites() -> Iterator[list[SampleSite]]:
    with serve(samples_folder()) as served:
        yield served


def test_help_names_every_command(tmp_path: Path) -> None:
    """`--help` is enough to find a command, and each command has help of its own."""
    done = started("--help", folder=tmp_path)
    assert told(done, 0) == ""
    shown = done.stdout.decode()
    commands = (
        "add clean demo explain export fetch import init reclean robots rules scrape show".split()
    )
    for command in commands:
        assert f"\n  {command} " in shown
    assert "130" in shown  # the exit codes


def test_clean_prints_the_text(tmp_path: Path) -> None:
    """The default output is the text and nothing else."""
    done = archiver("clean", str(PAGE / "page.html"), folder=tmp_path)
    assert told(done, 0) == ""
    assert done.stdout.decode().strip() == (PAGE / "text.txt").read_text("utf-8").strip()


def test_clean_json_has_every_promised_key(tmp_path: Path) -> None:
    """`--json` gives one object with the keys that the guide promises."""
    done = archiver("clean", "--json", str(PAGE / "page.html"), folder=tmp_path)
    record = json.loads(done.stdout)
    promised = (
        "title authors published section description dateline language script text captions removed"
    )
    assert set(promised.split()) <= set(record)
    assert all(set(one) == {"text", "kind", "rule"} for one in record["removed"])
    assert all(set(one) == {"text", "credit"} for one in record["captions"])
    assert any(one["kind"] == "not_main" for one in record["removed"])


def test_clean_reads_standard_input_and_looks_at_the_bytes(tmp_path: Path) -> None:
    """Without a name the bytes tell HTML from plain text; `--type` overrules."""
    html = b"<html><body><p>One sentence about a bridge that was repaired in May.</p></body></html>"
    assert archiver("clean", folder=tmp_path, stdin=html).stdout.decode().startswith("One sentence")
    text = "पहला वाक्य यहाँ है।".encode()
    assert (
        archiver("clean", "-", folder=tmp_path, stdin=text).stdout.decode().strip() == text.decode()
    )
    raw = archiver("clean", "--type", "text", folder=tmp_path, stdin=html).stdout.decode()
    assert raw.startswith("<html>")


def test_the_filter_answers_every_line_in_order(tmp_path: Path) -> None:
    """A line that fails has an error with its id; the others are cleaned; the exit code is 1."""
    page = base64.b64encode((PAGE / "page.html").read_bytes()).decode()
    lines = [
        json.dumps({"id": 1, "url": "https://foxiz.example/a", "html_b64": page}),
        "{no json",
        json.dumps({"id": "two", "html_b64": f"{page[:99]}!{page[99:]}"}),
        json.dumps({"id": 3}),
        json.dumps({"id": 4, "html_b64": base64.b64encode(b"%PDF-1.4").decode()}),
        json.dumps({"id": 5, "text": "Headline\n\nA sentence about the weather. " * 3}),
        json.dumps([1]),
    ]
    done = archiver("clean", "--jsonl", folder=tmp_path, stdin="\n".join(lines).encode())
    assert told(done, 1) == ""
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert [record["id"] for record in records] == [1, None, "two", 3, 4, 5, None]
    assert ["error" in record for record in records] == [False, True, True, True, True, False, True]
    assert records[2]["error"].startswith("html_b64 is no base64: ")
    promised = "id title authors published modified tags image licence language script text structure removed"
    assert set(promised.split()) <= set(records[0])


BAD_FILES = {
    "empty.html": (b"", "empty"),
    "paper.html": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "PDF"),
    "picture.html": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "PNG"),
    "noise.html": (bytes(range(256)) * 40, "no text"),
    "large.html": (b"<p>a</p>" * 4_000_000, "MB"),
    "nothing.html": (b"<html><body><script>x()</script></body></html>", "no text"),
}


@pytest.mark.parametrize("name", sorted(BAD_FILES))
def test_a_file_that_is_no_page_is_named_with_its_fault(tmp_path: Path, name: str) -> None:
    """Exit code 1, one line, no traceback, nothing on standard output."""
    body, fault = BAD_FILES[name]
    (tmp_path / name).write_bytes(body)
    done = archiver("clean", name, folder=tmp_path)
    said = told(done, 1)
    assert name in said
    assert fault in said
    assert said.count("\n") == 1
    assert done.stdout == b""


def test_thirty_thousand_nested_tags_are_flattened(tmp_path: Path) -> None:
    """A page that is too deep to parse is flattened, and says so."""
    (tmp_path / "deep.html").write_bytes(b"<div>" * 30_000 + b"One word." + b"</div>" * 30_000)
    done = archiver("clean", "--json", "deep.html", folder=tmp_path)
    told(done, 0)
    record = json.loads(done.stdout)
    assert record["text"] == "One word."
    assert "flattened" in record["flags"]


def test_the_wrong_charset_is_flagged_not_fatal(tmp_path: Path) -> None:
    """A page that declares another charset than it has is read as what it is."""
    head = '<html><head><meta charset="iso-8859-1"></head><body><p>'
    text = "बारिश के कारण नदी का जलस्तर बढ़ गया है और लोग सतर्क हैं।"
    (tmp_path / "a.html").write_bytes((head + text + "</p></body></html>").encode())
    done = archiver("clean", "a.html", folder=tmp_path)
    assert text in done.stdout.decode()


def test_a_broken_rule_file_is_named_with_rule_and_fault(tmp_path: Path) -> None:
    """Nothing is cleaned under rules that do not read; exit code 2."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "mine.toml").write_text(
        '[[rule]]\nid = "mine.bad"\nkind = "text"\nwhy = "x"\nphrases = ["a"]\n', "utf-8"
    )
    said = told(archiver("clean", str(PAGE / "page.html"), folder=tmp_path), 2)
    assert "rules/mine.toml" in said
    assert "mine.bad" in said
    assert "no kind 'text'" in said


def test_a_bad_settings_file_is_named(tmp_path: Path) -> None:
    """An unknown setting and a wrong value are wrong use, with what there is to choose."""
    (tmp_path / "archiver.toml").write_text("pauses = 3\n", "utf-8")
    assert "no setting is called 'pauses'" in told(archiver("show", folder=tmp_path), 2)
    (tmp_path / "archiver.toml").write_text('pause = "long"\n', "utf-8")
    assert "pause" in told(archiver("show", folder=tmp_path), 2)
    (tmp_path / "archiver.toml").unlink()
    said = told(archiver("show", folder=tmp_path, ARCHIVER_PAUSE="x"), 2)
    assert "ARCHIVER_PAUSE" in said


def test_a_missing_or_foreign_archive_is_wrong_use(tmp_path: Path) -> None:
    """No archive, a file that is none and another program's database: exit code 2, what to do."""
    assert "archiver init" in told(archiver("show", folder=tmp_path), 2)
    assert not (tmp_path / "archive.db").exists()
    (tmp_path / "notes.db").write_text("these are notes", "utf-8")
    assert "notes.db" in told(archiver("--database", "notes.db", "show", folder=tmp_path), 2)
    with closing(sqlite3.connect(tmp_path / "other.db")) as other, other:
        other.execute("CREATE TABLE recipe (id INTEGER)")
    for command in ("show", "init", "scrape"):
        said = told(archiver("--database", "other.db", command, folder=tmp_path), 2)
        assert "other.db" in said
    assert "mysql" in told(archiver("--database", "mysql://h/d", "show", folder=tmp_path), 2)


def test_an_archive_of_a_newer_schema_is_refused(folder: Path) -> None:
    """A database that a later program made is not touched."""
    with closing(sqlite3.connect(folder / "archive.db")) as newer, newer:
        newer.execute("UPDATE alembic_version SET version_num = '9999'")
    for command in ("init", "show", "scrape", "reclean"):
        assert "newer" in told(archiver(command, folder=folder), 2)


def test_unreachable_and_forbidden_urls_end_with_one(tmp_path: Path) -> None:
    """`fetch` says outcome and reason, and stores nothing."""
    done = archiver("fetch", "--json", "http://127.0.0.1:9/", folder=tmp_path)
    told(done, 1)
    record = json.loads(done.stdout)
    promised = """outcome reason status final_url bytes requests redirects signals milliseconds
        wire_bytes retry_after"""
    assert set(record) == set(promised.split())
    assert record["outcome"] == "refused"
    private = ("--allow-private", "127.0.0.1:1")
    done = archiver("fetch", "--json", "http://127.0.0.1:1/", *private, folder=tmp_path)
    assert json.loads(done.stdout)["outcome"] == "error"
    said = json.loads(archiver("fetch", "--json", "ftp://x/", folder=tmp_path).stdout)
    assert said["outcome"] == "refused"
    assert list(tmp_path.iterdir()) == []


def test_wrong_use_is_exit_code_two(folder: Path) -> None:
    """Unknown commands, options, files and targets."""
    assert archiver("scrap", folder=folder).returncode == 2
    assert archiver("scrape", "--limit", "0", folder=folder).returncode == 2
    assert "nofile" in told(archiver("clean", "nofile", folder=folder), 2)
    assert "not in this archive" in told(archiver("explain", "7", folder=folder), 2)
    assert "http" in told(archiver("add", "mailto:a@b.example", folder=folder), 2)
    said = told(archiver("export", "--output", "no/such/folder.jsonl", folder=folder), 2)
    assert "no/such/folder.jsonl" in said


def test_the_whole_way_on_the_command_line(tmp_path: Path, sites: list[SampleSite]) -> None:
    """init, add, scrape, show, explain, reclean, export."""
    told(archiver("init", folder=tmp_path), 0)
    site = next(one for one in sites if one.host == "foxiz.example")
    endpoint = site.url.removeprefix("http://")
    added = archiver(
        "add", site.url + "/", "--as", "site", "--feed", site.source.feed, "--sitemap",
        site.source.sitemap, "--pause", "0", "--allow-private", endpoint, folder=tmp_path,
    )  # fmt: skip
    assert "2 new" in told(added, 0)
    assert "2 documents" in told(archiver("scrape", folder=tmp_path), 0)
    assert "nothing was due" in told(archiver("scrape", folder=tmp_path), 0)
    listed = archiver("show", "--json", folder=tmp_path).stdout.splitlines()
    rows = [json.loads(line) for line in listed]
    assert {row["site"] for row in rows} == {endpoint}
    number = next(row["id"] for row in rows if row["url"].endswith("/ghat-pul/"))
    shown = json.loads(archiver("show", "--json", str(number), folder=tmp_path).stdout)
    assert shown["text"] == (PAGE / "text.txt").read_text("utf-8").strip()
    explained = archiver("explain", shown["url"], folder=tmp_path).stdout.decode()
    assert "- Share This Article\n" in explained
    assert "foxiz.share: Foxiz' share bars" in explained
    assert "nothing to do" in archiver("reclean", folder=tmp_path).stdout.decode()
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "mine.toml").write_text(
        '[[rule]]\nid = "mine.line"\nkind = "line"\nwhy = "self-promotion"\n'
        f"phrases = ['{site.source.demo_chrome}']\n",
        "utf-8",
    )
    dry = json.loads(archiver("reclean", "--dry-run", "--json", folder=tmp_path).stdout)
    assert (dry["documents"], dry["changed"]) == (2, 1)
    wet = json.loads(archiver("reclean", "--json", folder=tmp_path).stdout)
    assert dry.pop("estimated_seconds") >= 0
    assert wet == dry
    lines = archiver("export", folder=tmp_path).stdout.splitlines()
    assert len(lines) == 2
    assert site.source.demo_chrome not in "".join(json.loads(line)["text"] for line in lines)


def test_demo_does_the_whole_job_and_can_be_run_again(demo: Path) -> None:
    """The demo ends well twice over, and leaves an archive that the other commands read."""
    again = archiver("demo", folder=demo)
    told(again, 0)
    for shown in ((demo / "said").read_text("utf-8"), again.stdout.decode()):
        for word in ("jannah.example", "Re-cleaned: 2 documents", "corpus.sqlite", "explain"):
            assert word in shown
    database = str(demo / "archiver-demo" / "archive.db")
    listed = archiver("--database", database, "show", folder=demo).stdout.splitlines()
    assert len(listed) == len(list(samples_folder().glob("*/*/page.toml")))
    # The demo's rule lies beside its archive: from anywhere there is nothing more to do.
    recleaned = archiver("--database", database, "reclean", folder=demo).stdout.decode()
    assert "nothing to do" in recleaned


def test_demo_replaces_no_archive_that_it_did_not_make(folder: Path) -> None:
    """A folder with files of somebody else is refused, and nothing in it is touched."""
    before = (folder / "archive.db").read_bytes()
    said = told(archiver("demo", "--folder", ".", folder=folder), 2)
    assert "no demo made" in said
    assert [path.name for path in folder.iterdir()] == ["archive.db"]
    assert (folder / "archive.db").read_bytes() == before


def test_output_to_a_full_disk_is_one_line(folder: Path) -> None:
    """Whatever command writes: exit code 1, the reason, no traceback, also not at the end."""
    told(archiver("import", str(PAGE), "--site", "s.example", folder=folder), 0)
    (folder / "in.jsonl").write_text('{"id": 1, "text": "A sentence about a bridge."}\n', "utf-8")
    page = PAGE / "page.html"
    commands = (f"clean {page}", "clean --jsonl in.jsonl", "export", "show", "explain 1")
    for command in commands:
        with (
            Path("/dev/null").open() as none,
            Path("/dev/full").open("w") as full,
            (folder / "said").open("w") as err,
        ):
            streams = [file.fileno() for file in (none, full, err)]
            code = Forked(command.split(), folder, streams, environment={}).wait()
        said = (folder / "said").read_text("utf-8")
        assert (code, said.count("\n")) == (1, 1), said
        assert "No space left" in said


def test_plain_misuse_is_one_line(folder: Path) -> None:
    """Files that are none and numbers that no archive has."""
    for words in (
        ("clean", "--jsonl", "nofile"),
        ("clean", "--jsonl", "."),
        ("clean", "."),
        ("show", "9" * 26),
        ("explain", "9" * 26),
        ("show", "nothing"),
        ("export", "-o", "."),
        ("export", "-o", "archive.db"),
        ("export", "--format", "sqlite", "-o", "archive.db"),
        ("reclean", "--site", "nosuch"),
        ("import", "."),
    ):
        said = told(archiver(*words, folder=folder), 2)
        assert said.count("\n") == 1, said
    told(archiver("export", "-o", "c.jsonl", folder=folder), 0)


def test_the_filter_hands_ids_back_as_they_came(tmp_path: Path) -> None:
    """A number of any length, half a surrogate pair, a list: an id is not ours to change."""
    ids = ["123456789012345678901234567890", "-18446744073709551616", "9007199254740993", "1.5"]
    ids += [r'"\ud800"', "[1,{}]", "true", "null", '"\u2028"']
    lines = [f'{{"id": {one}, "text": "A sentence about a bridge."}}' for one in ids]
    done = archiver("clean", "--jsonl", folder=tmp_path, stdin="\n".join(lines).encode())
    told(done, 0)
    back = [json.loads(line)["id"] for line in done.stdout.splitlines()]
    assert back == [json.loads(one) for one in ids]
    done = archiver("clean", "--jsonl", folder=tmp_path, stdin=b'{"id": NaN, "text": "A b."}')
    assert "NaN" in json.loads(done.stdout)["error"]


def test_adding_a_known_page_says_that_it_is_due(folder: Path) -> None:
    """An imported page is fetched when somebody adds it."""
    page = ("import", str(PAGE / "page.html"), "--url", "https://news.example/a")
    told(archiver(*page, folder=folder), 0)
    said = told(archiver("add", "https://news.example/a", folder=folder), 0)
    assert "0 new, 1 known and now due again" in said


def test_importing_a_missing_side_file_key_is_named(folder: Path) -> None:
    """A side file that does not read stops the import before anything is stored."""
    (folder / "a.html").write_text("<p>A sentence about a bridge.</p>", "utf-8")
    (folder / "a.toml").write_text("url = \n", "utf-8")
    assert "a.toml" in told(archiver("import", "a.html", folder=folder), 2)
    (folder / "a.toml").write_text('url = "gopher://x"\n', "utf-8")
    assert "gopher" in told(archiver("import", "a.html", folder=folder), 2)
    (folder / "a.toml").write_text('fetched_at = "yesterday"\n', "utf-8")
    assert "yesterday" in told(archiver("import", "a.html", folder=folder), 2)
    assert archiver("show", folder=folder).stdout == b""


def test_output_to_a_closed_pipe_is_quiet(folder: Path) -> None:
    """`archiver export | head -1` ends without a word."""
    told(archiver("import", str(samples_folder()), "--site", "s.example", folder=folder), 0)
    command = f"{sys.executable} -m archiver export | head -c 10 >/dev/null"
    done = subprocess.run(
        ["/bin/sh", "-c", command], cwd=folder, capture_output=True, check=False, timeout=60
    )
    assert "Traceback" not in done.stderr.decode()
    assert "Exception" not in done.stderr.decode()


def test_a_demo_folder_that_is_used_for_other_sites_is_not_replaced(demo: Path) -> None:
    """Whoever went on with the demo's archive keeps what is in it."""
    database = str(demo / "archiver-demo" / "archive.db")
    page = ("https://news.example/a", "--as", "page")
    told(archiver("--database", database, "add", *page, folder=demo), 0)
    assert "news.example" in told(archiver("demo", folder=demo), 2)
    assert b"12" in archiver("--database", database, "show", folder=demo).stdout


def test_a_demo_folder_with_an_archive_that_does_not_read_is_not_replaced(demo: Path) -> None:
    """What is in it cannot be told, so it may be somebody's."""
    database = demo / "archiver-demo" / "archive.db"
    with closing(sqlite3.connect(database)) as newer, newer:
        newer.execute("UPDATE alembic_version SET version_num = '9999'")
    assert "archiver-demo" in told(archiver("demo", folder=demo), 2)
    assert database.is_file()
