"""The main job on both databases: scrape, scrape again, re-clean, export."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from archiver.archive import engine as archive
from archiver.archive import hosts, queries, staleness
from archiver.archive import tables as t
from archiver.errors import BadInput
from archiver.export.markdown import markdown
from archiver.model import Found
from archiver.settings import Settings
from archiver.work import adding
from archiver.work.cleaning import Cleaner
from archiver.work.export import How, export
from archiver.work.ingest import ingest
from archiver.work.polite import Visitor
from archiver.work.reclean import reclean
from archiver.work.sample_sites import SampleSite, samples_folder
from archiver.work.scrape import scrape
from tests.conftest import Fill, Templates
from tests.corpus import corpus

SETTINGS = Settings(pause=0.0)
CLEANER = Cleaner(None)
RULE = """
languages = ["bn", "hi"]

[[rule]]
id = "test.closing"
kind = "line"
why = "the site speaks of itself"
phrases = [{lines}]
"""


def clock() -> datetime:
    return datetime.now(UTC)


def add_all(engine: Engine, sites: list[SampleSite]) -> None:
    for site in sites:
        founds = [
            Found(url=site.url + site.source.feed, kind="feed"),
            Found(url=site.url + site.source.sitemap, kind="sitemap"),
        ]
        endpoint = site.url.removeprefix("http://")
        adding.add(engine, endpoint, founds, {"pause": 0, "allow_private": [endpoint]}, clock())


@pytest.fixture(scope="session")
def scraping(running_sites: list[SampleSite]) -> Fill:
    """What makes an archive of all that the sites have."""

    def fill(engine: Engine, folder: Path) -> None:
        add_all(engine, running_sites)
        scrape(engine, SETTINGS, CLEANER, clock=clock)

    return fill


@pytest.fixture(params=["sqlite", "postgresql"])
def scraped(
    request: pytest.FixtureRequest,
    templates: Templates,
    scraping: Fill,
    running_sites: list[SampleSite],
    tmp_path: Path,
) -> Iterator[Engine]:
    """An archive of all that the sites have; their logs begin after it."""
    with templates.opened(request.param, tmp_path, scraping) as opened:
        for site in running_sites:
            site.log.clear()
        yield opened


def rows(engine: Engine) -> dict[str, int]:
    with archive.read(engine) as c:
        return queries.counts(c)


def test_every_sample_page_is_stored_and_cleaned(engine: Engine, sites: list[SampleSite]) -> None:
    """A scrape of feeds and sitemaps ends with a document of every page they name."""
    add_all(engine, sites)
    counts = scrape(engine, SETTINGS, CLEANER, clock=clock)
    pages = sum(len(site.source.pages) for site in sites)
    assert counts["documents"] == pages
    assert "failed" not in counts
    for site in sites:
        assert sum(path == "/robots.txt" for _, path, _ in site.log) == 1
    with archive.read(engine) as c:
        for row in corpus(c):
            site = next(one for one in sites if one.url.endswith(row.site))
            page = next(p for p in site.source.pages.values() if row.url.endswith(p.path))
            assert row.language == site.source.language
            assert row.text == (page.folder / "text.txt").read_text("utf-8").strip()
        ends = c.execute(select(t.run_end.c.exit_code)).scalars().all()
    assert ends == [0]


def test_a_second_scrape_asks_conditionally_and_stores_nothing(
    scraped: Engine, running_sites: list[SampleSite]
) -> None:
    """With every target due again the servers answer 304, and no body or document is new."""
    before = rows(scraped)
    counts = scrape(scraped, SETTINGS, CLEANER, again=True, clock=clock)
    after = rows(scraped)
    for table in ("target", "body", "body_store", "snapshot", "page", "document", "text"):
        assert after[table] == before[table], table
    answers = [(path, status) for site in running_sites for _, path, status in site.log]
    assert {status for path, status in answers if path != "/robots.txt"} == {304}
    assert counts["not_modified"] == before["target"]


def test_robots_is_asked_once_a_day_across_runs(
    scraped: Engine, running_sites: list[SampleSite]
) -> None:
    """The answer for robots.txt is kept in the archive, and asked for again when it is old."""
    scrape(scraped, SETTINGS, CLEANER, again=True, clock=clock)
    for site in running_sites:
        assert site.log
        assert not any(path == "/robots.txt" for _, path, _ in site.log)
    later = timedelta(hours=25)
    scrape(scraped, SETTINGS, CLEANER, again=True, clock=lambda: clock() + later)
    for site in running_sites:
        assert sum(path == "/robots.txt" for _, path, _ in site.log) == 1


def test_a_changed_rule_recleans_only_its_languages_and_keeps_the_old_version(
    scraped: Engine, running_sites: list[SampleSite], tmp_path: Path
) -> None:
    """Dry run and run agree; the old document stays; a second re-clean does nothing."""
    lines = [site.source.demo_chrome for site in running_sites if site.source.demo_chrome]
    (tmp_path / "mine.toml").write_text(
        RULE.format(lines=", ".join(json.dumps(line, ensure_ascii=False) for line in lines)),
        "utf-8",
    )
    before = rows(scraped)
    cleaner = Cleaner(tmp_path)
    dry = reclean(scraped, cleaner, dry_run=True, clock=clock)
    assert rows(scraped) == before
    wet = reclean(scraped, cleaner, clock=clock)
    assert dry.counts() == wet.counts()
    affected = sum(
        len(site.source.pages) for site in running_sites if site.source.language in {"bn", "hi"}
    )
    assert wet.counts()["documents"] == affected
    assert wet.counts()["changed"] == len(lines)
    removed = {line for change in wet.sites.values() for _, line in change.removed}
    assert removed == set(lines)
    after = rows(scraped)
    assert after["document"] == before["document"] + affected
    assert after["text"] == before["text"] + len(lines)
    with archive.read(scraped) as c:
        assert not any(line in row.text for row in corpus(c) for line in lines)
    again = reclean(scraped, cleaner, clock=clock)
    assert again.counts()["documents"] == 0
    assert rows(scraped)["document"] == after["document"]
    # Back to the shipped rules: nothing is made anew, the old versions are current again.
    back = reclean(scraped, CLEANER, clock=clock)
    assert back.counts()["changed"] == len(lines)
    assert rows(scraped)["document"] == after["document"]
    with archive.read(scraped) as c:
        assert sum(line in row.text for row in corpus(c) for line in lines) == len(lines)


def test_an_edited_page_is_a_new_snapshot_and_document(
    engine: Engine, sites: list[SampleSite], tmp_path: Path
) -> None:
    """Imported twice with other bytes, a URL has two snapshots, and the newer one is current."""
    url = "https://news.example/a"
    page = tmp_path / "a.html"
    for number, story in enumerate(("first", "second")):
        page.write_text(
            f"<html><body><article><h1>Story</h1><p>This is the {story} version of a story about "
            "a bridge that was repaired.</p></article></body></html>",
            "utf-8",
        )
        moment = datetime(2025, 11, 1 + number, tzinfo=UTC)
        ingest(engine, CLEANER, [page], url=url, fetched_at=moment, clock=clock)
    with archive.read(engine) as c:
        (row,) = corpus(c)
        target = queries.find_target(c, url)
        assert target is not None
        assert queries.counts(c)["snapshot"] == 2
    assert "second version" in row.text
    assert row.fetched_at == datetime(2025, 11, 2, tzinfo=UTC)


def test_what_cannot_be_fetched_or_read_is_a_row(engine: Engine, sites: list[SampleSite]) -> None:
    """A dead feed, a page that is none and an unreachable site are failures with a reason."""
    site = sites[0]
    endpoint = site.url.removeprefix("http://")
    config = {"pause": 0, "allow_private": [endpoint, "127.0.0.1:1"]}
    founds = [
        Found(url=site.url + "/nothing/", kind="page"),
        Found(url=site.url + "/robots.txt", kind="feed"),
        Found(url="http://127.0.0.1:1/feed", kind="feed"),
    ]
    adding.add(engine, endpoint, founds, config, clock())
    counts = scrape(engine, SETTINGS, CLEANER, clock=clock)
    assert counts["failed"] == 3
    with archive.read(engine) as c:
        told = c.execute(
            select(t.target.c.url, t.failure.c.stage, t.failure.c.reason).join(
                t.target, t.target.c.id == t.failure.c.target
            )
        ).all()
        due = {one.url for one in queries.due(c, clock() + timedelta(days=8))}
    reasons = {url: (stage, reason) for url, stage, reason in told}
    assert reasons[site.url + "/nothing/"] == ("fetch", "HTTP 404")
    assert reasons[site.url + "/robots.txt"][0] == "discover"
    assert "no answer" in reasons["http://127.0.0.1:1/feed"][1]
    assert due >= {found.url for found in founds}  # all are tried again
    # What was to be asked later is not asked at once.
    assert scrape(engine, SETTINGS, CLEANER, clock=clock).get("visits") is None


def test_disallowed_pages_are_refused(engine: Engine, sites: list[SampleSite]) -> None:
    """A URL that robots.txt disallows is not asked for, and that is on record."""
    site = next(one for one in sites if "Disallow: /wp-admin/" in one.source.robots)
    endpoint = site.url.removeprefix("http://")
    config = {"pause": 0, "allow_private": [endpoint]}
    adding.add(engine, endpoint, [Found(url=site.url + "/wp-admin/x")], config, clock())
    counts = scrape(engine, SETTINGS, CLEANER, clock=clock)
    assert counts["refused"] == 1
    assert [path for _, path, _ in site.log] == ["/robots.txt"]


def test_limit_ends_a_scrape_and_the_next_goes_on(engine: Engine, sites: list[SampleSite]) -> None:
    """With a limit of five, five targets are asked for; without one the rest follow."""
    add_all(engine, sites[:2])
    first = scrape(engine, SETTINGS, CLEANER, limit=5, clock=clock)
    assert first["visits"] == 5
    second = scrape(engine, SETTINGS, CLEANER, clock=clock)
    assert first["visits"] + second["visits"] == rows(engine)["target"]


def test_the_pause_is_kept(engine: Engine, sites: list[SampleSite]) -> None:
    """Between two requests to one origin the pause passes, across runs too."""
    site = sites[0]
    endpoint = site.url.removeprefix("http://")
    config = {"pause": 0.1, "allow_private": [endpoint]}
    founds = [
        Found(url=site.url + site.source.feed, kind="feed"),
        Found(url=site.url + site.source.sitemap, kind="sitemap"),
    ]
    adding.add(engine, endpoint, founds, config, clock())
    scrape(engine, SETTINGS, CLEANER, limit=1, clock=clock)
    scrape(engine, SETTINGS, CLEANER, clock=clock)
    with archive.read(engine) as c:
        times = list(c.execute(select(t.fetch.c.at).order_by(t.fetch.c.id)).scalars())
    gaps = [(later - sooner).total_seconds() for sooner, later in pairwise(times)]
    assert len(gaps) >= 2
    assert min(gaps) >= 0.08  # the clock of the rows is read a moment after the request


def test_a_killed_run_is_caught_up(scraped: Engine, running_sites: list[SampleSite]) -> None:
    """Bytes that were stored but not cleaned are cleaned by the next scrape."""
    with archive.write(scraped) as c:  # as a kill between the two transactions leaves it
        c.execute(t.target.update().values(document=None, snapshot=None))
        for table in (t.document, t.page, t.rule_count):
            c.execute(table.delete())
    scrape(scraped, SETTINGS, CLEANER, clock=clock)
    with archive.read(scraped) as c:
        assert len(corpus(c)) == sum(len(site.source.pages) for site in running_sites)


def test_exports_hold_every_document(
    scraped: Engine, running_sites: list[SampleSite], tmp_path: Path
) -> None:
    """JSON Lines and SQLite hold the same texts; no temporary file stays."""
    with archive.read(scraped) as c:
        found = corpus(c)
    texts = {row.id: row.text for row in found}
    assert all(
        len(row.structure.split()) == len(row.text.split("\n\n")) for row in found if row.text
    )
    folder = tmp_path / "out"
    folder.mkdir()
    lines, database = folder / "c.jsonl", folder / "c.sqlite"
    how = How(extra=["structure"])
    assert export(scraped, "jsonl", lines, how=how) == len(texts)
    assert export(scraped, "sqlite", database, how=how) == len(texts)
    read = [json.loads(line) for line in lines.read_text("utf-8").splitlines()]
    assert {row["id"]: row["text"] for row in read} == texts
    with closing(sqlite3.connect(database)) as copy:
        assert dict(copy.execute("SELECT id, text FROM corpus").fetchall()) == texts
        codes = dict(copy.execute("SELECT id, structure FROM corpus").fetchall())
    assert {row["id"]: row["structure"] for row in read} == {
        name: said.split() for name, said in codes.items()
    }
    assert sorted(path.name for path in folder.iterdir()) == [
        "c.jsonl",
        "c.metadata.json",
        "c.sqlite",
    ]
    with pytest.raises(BadInput, match="no format"):
        export(scraped, "xml", folder / "c.xml")


@pytest.mark.parametrize("form", ["jsonl", "sqlite"])
def test_an_export_can_have_its_texts_as_markdown(
    scraped: Engine, running_sites: list[SampleSite], tmp_path: Path, form: str
) -> None:
    """The texts alone: every other column is that of the plain export."""
    with archive.read(scraped) as c:
        plain = {row.id: row for row in corpus(c)}
    path = tmp_path / "c"
    assert export(scraped, form, path, how=How(extra=["structure"], markdown=True)) == len(plain)
    if form == "jsonl":
        read = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        told = {row["id"]: (row["text"], row["structure"]) for row in read}
    else:
        with closing(sqlite3.connect(path)) as copy:
            found = copy.execute("SELECT id, text, structure FROM corpus").fetchall()
        told = {name: (text, codes.split()) for name, text, codes in found}
    assert told == {
        row.id: (markdown(row.text, row.structure.split()), row.structure.split())
        for row in plain.values()
    }
    assert any(text != plain[name].text for name, (text, _) in told.items())


def test_importing_twice_changes_nothing(engine: Engine) -> None:
    """Folders of files are stored once; side files give URL and time."""
    folders = sorted(samples_folder().glob("*.example"))[:2]
    first = ingest(engine, CLEANER, folders, site="s.example", clock=clock)
    before = rows(engine)
    ingest(engine, CLEANER, folders, site="s.example", clock=clock)
    after = rows(engine)
    assert first["documents"] == first["snapshots"] > 0
    for table in ("target", "body", "snapshot", "document", "text", "failure"):
        assert after[table] == before[table], table


def test_an_imported_file_without_url_is_not_asked_for(engine: Engine, tmp_path: Path) -> None:
    """`scrape --again` leaves alone what has no address in the network."""
    (tmp_path / "b.txt").write_text("A heading\n\n" + "A sentence about a bridge. " * 5, "utf-8")
    ingest(engine, CLEANER, [tmp_path / "b.txt"], clock=clock)
    assert scrape(engine, SETTINGS, CLEANER, again=True, clock=clock) == {}


def test_an_imported_page_that_is_none_is_a_failure_row(engine: Engine, tmp_path: Path) -> None:
    """A PDF named .html fails alone; the page beside it is stored."""
    (tmp_path / "a.html").write_bytes(b"%PDF-1.7 \x00\x01")
    (tmp_path / "b.txt").write_text("A heading\n\n" + "A sentence about a bridge. " * 5, "utf-8")
    counts = ingest(engine, CLEANER, [tmp_path], clock=clock)
    assert (counts["failed"], counts["documents"]) == (1, 1)
    with archive.read(engine) as c:
        (reason,) = c.execute(select(t.failure.c.reason)).scalars()
        # It is on record under the extractor, so that a re-clean does not try it again.
        assert staleness.unextracted(c, CLEANER.extractor, after=0, limit=9) == []
    assert "PDF" in reason


def test_discovery_asks_the_home_page(sites: list[SampleSite]) -> None:
    """A site named without sources has those that its home page and robots.txt name."""
    site = sites[0]
    visitor = Visitor(SETTINGS, [site.url.removeprefix("http://")])
    if "Sitemap:" in site.source.robots:
        found = adding.discover(visitor, site.url + "/", clock())
        assert any(one.kind == "sitemap" for one in found)
    else:
        with pytest.raises(BadInput, match="--feed"):
            adding.discover(visitor, site.url + "/", clock())


def test_hosts_are_told_apart_by_scheme_name_and_port(
    scraped: Engine, running_sites: list[SampleSite]
) -> None:
    """Each sample site has its own row of politeness, though all are on one address."""
    with archive.read(scraped) as c:
        origins = set(c.execute(select(t.host.c.origin)).scalars())
        count = c.execute(select(func.count()).select_from(t.host)).scalar()
    assert origins == {site.url for site in running_sites}
    assert count == len(running_sites)


def test_a_visitor_without_contact_stays_on_this_machine() -> None:
    """Before the first fetch outside loopback a contact is required."""
    got = Visitor(SETTINGS).visit("http://192.0.2.1/", clock())
    assert got.outcome == "refused"
    public = replace(SETTINGS, contact="")
    told = Visitor(public).visit("http://8.8.8.8/", clock())
    assert told.outcome == "refused"
    assert "contact" in told.reason


def test_a_host_that_says_later_is_left_alone(engine: Engine) -> None:
    """When a host may be asked next is kept, and read again by the next run."""
    moment = clock() + timedelta(seconds=90)
    with archive.write(engine) as c:
        hosts.put(c, hosts.Host(origin="http://127.0.0.1:9", next_at=moment))
    with archive.read(engine) as c:
        kept = hosts.get(c, "http://127.0.0.1:9")
    assert kept is not None
    assert kept.next_at == moment
