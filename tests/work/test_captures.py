"""Captures in and out: what was scraped goes into a WARC and comes back; what others wrote too."""

from __future__ import annotations

import gzip
import io
import json
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import fastwarc.warc
import pytest
from sqlalchemy import ColumnElement, Engine, func, select
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from archiver.archive import engine as archive
from archiver.archive import queries
from archiver.archive import tables as t
from archiver.errors import BadInput
from archiver.model import Found
from archiver.settings import Settings
from archiver.work import adding, captures, reclean
from archiver.work.cleaning import Cleaner
from archiver.work.export import export_warc
from archiver.work.ingest import ingest
from archiver.work.sample_sites import SampleSite
from archiver.work.scrape import scrape
from tests.conftest import Fill, Templates
from tests.warcs import AT, PAGE, Recorder, digest, record, response, revisit

SETTINGS = Settings(pause=0.0, contact="desk@news.example")
CLEANER = Cleaner(None)


def clock() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def fresh(sqlite_template: Path, tmp_path: Path) -> Iterator[Callable[[], Engine]]:
    """Make further empty archives, on SQLite."""
    made: list[Engine] = []

    def make() -> Engine:
        path = tmp_path / f"other{len(made)}.db"
        shutil.copy(sqlite_template, path)
        made.append(archive.connect(f"sqlite:///{path}"))
        return made[-1]

    yield make
    for one in made:
        one.dispose()


@pytest.fixture(scope="session")
def scraping(running_sites: list[SampleSite]) -> Fill:
    """What makes an archive of some sites, each of which was asked twice."""

    def fill(engine: Engine, folder: Path) -> None:
        for site in running_sites[:3]:
            founds = [
                Found(url=site.url + site.source.feed, kind="feed"),
                Found(url=site.url + site.source.sitemap, kind="sitemap"),
            ]
            endpoint = site.url.removeprefix("http://")
            config = {"pause": 0, "allow_private": [endpoint]}
            adding.add(engine, endpoint, founds, config, clock())
        for _ in range(2):
            scrape(engine, SETTINGS, CLEANER, again=True, clock=clock)

    return fill


@pytest.fixture(params=["sqlite", "postgresql"])
def scraped(
    request: pytest.FixtureRequest, templates: Templates, scraping: Fill, tmp_path: Path
) -> Iterator[Engine]:
    """An archive of some sites, each of which was asked twice."""
    with templates.opened(request.param, tmp_path, scraping) as opened:
        yield opened


def all_of(engine: Engine, *columns: ColumnElement[Any]) -> list[tuple[Any, ...]]:
    with archive.read(engine) as c:
        return sorted(tuple(row) for row in c.execute(select(*columns)))


def pages(engine: Engine) -> list[tuple[Any, ...]]:
    """Every page's URL, time, bytes and text, by their digests."""
    rows = (
        select(t.target.c.url, t.snapshot.c.url, t.snapshot.c.fetched_at, t.snapshot.c.body)
        .add_columns(t.document.c.text, t.document.c.cleaner, t.document.c.title)
        .join_from(t.snapshot, t.target, t.target.c.id == t.snapshot.c.target)
        .join(t.document, t.document.c.snapshot == t.snapshot.c.id)
        .order_by(t.target.c.url, t.snapshot.c.body)
    )
    with archive.read(engine) as c:
        return [tuple(row) for row in c.execute(rows)]


def counted(engine: Engine) -> dict[str, int]:
    with archive.read(engine) as c:
        return {name: count for name, count in queries.counts(c).items() if "run" not in name}


def taken(engine: Engine, *paths: Path, **options: Any) -> dict[str, int]:  # noqa: ANN401
    return ingest(engine, CLEANER, paths, settings=SETTINGS, clock=clock, **options)


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    return Recorder(tmp_path / "crawl.warc.gz")


def test_what_was_scraped_comes_back_from_its_warc(
    scraped: Engine, fresh: Callable[[], Engine], tmp_path: Path
) -> None:
    """URLs, times, bytes and documents are the same in an archive that imports the WARC."""
    source = scraped
    for suffix in (".warc.gz", ".warc.zst", ".warc"):
        path = tmp_path / f"out{suffix}"
        count, lost = export_warc(source, SETTINGS, path, now=clock())
        assert lost == 0
        other = fresh()
        counts = taken(other, path)
        assert "failed" not in counts
        assert counts["documents"] == len(pages(scraped)) > 0
        assert pages(other) == pages(scraped)
        if source is scraped:
            assert count == len(all_of(scraped, t.fetch.c.id))
        source = other  # what was imported goes out as well, and comes back


def test_a_warc_of_ours_opens_in_the_tools_of_others(scraped: Engine, tmp_path: Path) -> None:
    """The readers of warcio and FastWARC see the same records, and every digest is right."""
    path = tmp_path / "out.warc.gz"
    export_warc(scraped, SETTINGS, path, index=True, now=clock())
    with path.open("rb") as file:
        theirs = [
            (record.rec_type, record.rec_headers.get_header("WARC-Target-URI"),
             record.content_stream().read())
            for record in ArchiveIterator(file, check_digests="raise")
        ]  # fmt: skip
    fast = [
        (record.headers["WARC-Type"], record.headers.get("WARC-Target-URI"), record.reader.read())
        for record in fastwarc.warc.ArchiveIterator(str(path), verify_digests=True)
    ]
    assert theirs == fast
    assert {kind for kind, _, _ in theirs} == {"warcinfo", "response", "revisit"}
    arguments = type("Arguments", (), {"inputs": [str(path)], "verbose": True})()
    assert not Checker(arguments).process_all()
    sent = {sha256(body).hexdigest() for kind, _, body in theirs if kind == "response"}
    assert sent == {digest for (digest,) in all_of(scraped, t.snapshot.c.body)}


def test_the_index_leads_to_every_record(scraped: Engine, tmp_path: Path) -> None:
    """Lines are sorted, and what stands at their offset is the capture that they name."""
    path = tmp_path / "out.warc.gz"
    count, _ = export_warc(scraped, SETTINGS, path, index=True, now=clock())
    lines = (tmp_path / "out.cdxj").read_bytes().splitlines()
    assert lines == sorted(lines)
    assert len(lines) == count
    whole = path.read_bytes()
    for line in lines:
        _, stamp, told = line.decode().split(" ", 2)
        entry = json.loads(told)
        start = int(entry["offset"])
        packed = whole[start : start + int(entry["length"])]
        (record,) = ArchiveIterator(io.BytesIO(packed))
        assert record.rec_headers.get_header("WARC-Target-URI") == entry["url"]
        assert record.rec_headers.get_header("WARC-Payload-Digest") == entry["digest"]
        at = record.rec_headers.get_header("WARC-Date")
        assert stamp == "".join(letter for letter in at[:19] if letter.isdigit())
        assert entry["filename"] == "out.warc.gz"
        assert (entry["mime"] == "warc/revisit") == (record.rec_type == "revisit")


def test_a_second_import_adds_nothing(engine: Engine, recorder: Recorder) -> None:
    """Pages, redirects, revisits, refusals and broken records are all known again."""
    url = "http://news.example/rain"
    other = PAGE.replace("Rain", "Sun").encode()
    recorder.put(response("http://news.example/r", b"", "301 Moved", ("Location", "/rain")))
    recorder.put(response(url))
    recorder.put(response(url, other, at=AT + timedelta(hours=1)))
    recorder.put(revisit(url, AT + timedelta(hours=2), (url, AT)))
    closed = ("X-Robots-Tag", "noarchive")
    recorder.put(response("http://news.example/closed", other, "200 OK", closed))
    wrong = "sha1:" + "A" * 32
    recorder.put(response("http://news.example/odd", WARC_Payload_Digest=wrong))
    first = taken(engine, recorder.saved())
    assert [first[name] for name in ("snapshots", "documents", "unchanged", "refused")] == [
        *(2, 2, 1, 1)
    ]
    assert first["failed"] == 1
    before = counted(engine)
    second = taken(engine, recorder.saved())
    assert counted(engine) == before
    assert second["known"] == 4
    assert second["failed"] == 1


@pytest.mark.parametrize(
    "stops", [(0, 2, 4), pytest.param((1, 3, 5), marks=pytest.mark.large)], ids=repr
)
def test_an_import_that_is_killed_and_run_again_ends_like_one_that_is_not(
    fresh: Callable[[], Engine],
    recorder: Recorder,
    monkeypatch: pytest.MonkeyPatch,
    stops: tuple[int, ...],
) -> None:
    """Wherever between storing a batch and cleaning it the import stops."""
    recorder.put(response("https://news.example/short", b"", "302 Found", ("Location", "/p0")))
    for number in range(6):
        url, body = f"https://news.example/p{number}", PAGE.replace("Rain", str(number)).encode()
        recorder.put(response(url, body))
        recorder.put(response(url, body, at=AT + timedelta(days=1)))
    path = recorder.saved()
    monkeypatch.setattr(captures, "BATCH", 3)
    straight = fresh()
    taken(straight, path)
    make = reclean.make
    for stop in stops:
        engine, left = fresh(), [stop]

        def killing(*named: Any, left: list[int] = left) -> object:  # noqa: ANN401
            if not left[0]:
                raise KeyboardInterrupt
            left[0] -= 1
            return make(*named)

        with monkeypatch.context() as patch:
            patch.setattr(reclean, "make", killing)
            with pytest.raises(KeyboardInterrupt):
                taken(engine, path)
        taken(engine, path)
        assert pages(engine) == pages(straight)
        assert counted(engine) == counted(straight)


def test_the_import_keeps_what_the_warc_says(engine: Engine, recorder: Recorder) -> None:
    """Status, headers, redirects and the time of a capture are on record as they stand there."""
    recorder.put(response("http://news.example/a", b"", "301 Moved", ("Location", "/b")))
    recorder.put(response("http://news.example/b", b"", "302 Found", ("Location", "/rain")))
    signal = ("Content-Signal", "ai-train=no")
    recorder.put(response("http://news.example/rain", PAGE.encode(), "200 OK", signal))
    taken(engine, recorder.saved())
    with archive.read(engine) as c:
        row = c.execute(select(t.fetch)).mappings().one()
        target = queries.find_target(c, "http://news.example/rain")
        assert target == queries.find_target(c, "http://news.example/a") == row["target"]
    assert row["requested_url"] == "http://news.example/a"
    assert row["final_url"] == "http://news.example/rain"
    assert row["redirects"] == [[301, "http://news.example/b"], [302, "http://news.example/rain"]]
    assert row["status"] == 200
    assert row["at"] == AT
    assert list(signal) in row["headers"]
    assert row["signals"] == [["content-signal", "ai-train=no"]]


def test_a_page_that_another_url_sent_before_is_a_page_of_its_own(
    engine: Engine, recorder: Recorder
) -> None:
    """A revisit of another URL's capture shares its bytes, and is cleaned."""
    first, copy = "https://news.example/rain", "https://news.example/copy"
    recorder.put(response(first))
    recorder.put(revisit(copy, AT + timedelta(days=1), (first, AT)))
    counts = taken(engine, recorder.saved())
    assert counts["documents"] == 2
    assert len(all_of(engine, t.body.c.digest)) == 1
    assert [row[0] for row in pages(engine)] == [copy, first]


def test_a_revisit_may_name_the_payload_alone(engine: Engine, recorder: Recorder) -> None:
    """The digest of an earlier record of the file tells which capture is meant."""
    url, payload = "https://news.example/rain", digest(PAGE.encode())
    recorder.put(response(url))
    recorder.put(record("revisit", b"", url, AT + timedelta(days=1), WARC_Payload_Digest=payload))
    counts = taken(engine, recorder.saved())
    assert counts["unchanged"] == 1
    assert all_of(engine, t.fetch.c.outcome) == [("not_modified",), ("ok",)]
    assert len({snapshot for (snapshot,) in all_of(engine, t.fetch.c.snapshot)}) == 1


def test_a_revisit_without_a_block_is_an_unchanged_fetch(
    engine: Engine, recorder: Recorder
) -> None:
    """The type that such a record states is that of a block that is not there."""
    url = "https://news.example/rain"
    recorder.put(response(url))
    recorder.put(
        record("revisit", b"", url, AT + timedelta(days=1), Content_Type="application/http",
               WARC_Payload_Digest=digest(PAGE.encode()))
    )  # fmt: skip
    counts = taken(engine, recorder.saved())
    assert counts["unchanged"] == 1
    assert "skipped_for_their_media_type" not in counts


def test_a_revisit_of_what_is_nowhere_is_a_failure_with_its_place(
    engine: Engine, recorder: Recorder
) -> None:
    url = "https://news.example/rain"
    recorder.put(response("https://news.example/other"))
    html = ("Content-Type", "text/html")
    place = recorder.put(revisit(url, AT, (url, AT - timedelta(days=9)), html))
    counts = taken(engine, recorder.saved())
    assert counts["failed"] == 1
    ((reason,),) = all_of(engine, t.failure.c.reason)
    assert f"crawl.warc.gz, byte {place}:" in reason
    assert "https://news.example/rain at 2024-02-20" in reason


def test_only_captures_of_the_site_are_taken(engine: Engine, recorder: Recorder) -> None:
    recorder.put(response("https://www.news.example/rain"))
    recorder.put(response("https://elsewhere.example/rain"))
    counts = taken(engine, recorder.saved(), site="news.example")
    assert counts["documents"] == 1
    assert counts["skipped_for_their_site"] == 1
    assert [row[0] for row in pages(engine)] == ["https://www.news.example/rain"]


def test_warcs_and_files_of_a_folder_are_imported_together(
    engine: Engine, recorder: Recorder
) -> None:
    folder = recorder.path.parent / "saved"
    (folder / "deep").mkdir(parents=True)
    recorder.put(response())
    recorder.saved().rename(folder / "deep" / "crawl.warc.gz")
    (folder / "page.html").write_text(PAGE.replace("Rain", "Sun"), "utf-8")
    (folder / "notes.gz").write_bytes(gzip.compress(b"no WARC"))
    counts = taken(engine, folder)
    assert counts["files"] == 2
    assert counts["documents"] == 2


def test_a_warc_is_told_neither_url_nor_time(engine: Engine, recorder: Recorder) -> None:
    recorder.put(response())
    with pytest.raises(BadInput, match="says itself"):
        taken(engine, recorder.saved(), url="https://news.example/")
    with pytest.raises(BadInput, match="says itself"):
        taken(engine, recorder.saved(), fetched_at=AT)
    with archive.read(engine) as c:
        assert c.execute(select(func.count()).select_from(t.run)).scalar() == 0


def test_a_file_that_is_no_warc_fails_and_the_next_is_read(
    engine: Engine, recorder: Recorder
) -> None:
    none = recorder.path.with_name("a.warc.gz")
    none.write_bytes(b"<html>")
    recorder.put(response())
    counts = taken(engine, none, recorder.saved())
    assert counts["failed"] == 1
    assert counts["documents"] == 1


def test_since_and_site_choose_what_goes_out(
    engine: Engine, recorder: Recorder, tmp_path: Path
) -> None:
    """A capture whose body an earlier one brought that stays out is whole in the file."""
    later = AT + timedelta(days=2)
    recorder.put(response())
    recorder.put(response(at=later))
    recorder.put(response("https://elsewhere.example/rain", at=later))
    taken(engine, recorder.saved())
    out = tmp_path / "out.warc.gz"
    since = AT + timedelta(days=1)
    count, _ = export_warc(engine, SETTINGS, out, ["news.example"], since, now=clock())
    assert count == 1
    with out.open("rb") as file:
        _, taken_out = [
            (one.rec_type, one.rec_headers.get_header("WARC-Date"), one.content_stream().read())
            for one in ArchiveIterator(file)
        ]
    assert taken_out == ("response", "2024-03-02T08:15:00Z", PAGE.encode())


def test_a_path_that_is_no_name_of_a_warc_is_refused(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="name it so"):
        export_warc(engine, SETTINGS, tmp_path / "out.gz", now=clock())
    assert not list(tmp_path.glob("out*"))
