"""What servers, pages, disks and users do wrong costs one item, and never what is stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from archiver.archive import engine as archive
from archiver.archive import hosts, queries, store
from archiver.archive import tables as t
from archiver.archive.packing import squeeze
from archiver.archive.selection import Selection
from archiver.errors import BadInput
from archiver.export import FORMATS
from archiver.model import Found
from archiver.work import views
from archiver.work.cleaning import Cleaner
from archiver.work.explain import explain
from archiver.work.export import export
from archiver.work.ingest import ingest
from archiver.work.reclean import Report, reclean
from archiver.work.scrape import scrape
from tests.conftest import archive_with
from tests.work.serving import (
    CLOSING,
    SETTINGS,
    STORY,
    Failing,
    Server,
    add,
    clock,
    exits,
    failures,
    html,
    imported,
    ruled,
    serving,
    texts,
)

# What came cut


def test_a_cut_answer_takes_nothing_away(engine: Engine, server: Server) -> None:
    """The whole text stands, its ETag is asked with, and the page is asked for again soon."""
    whole, longer = html(STORY, STORY + " One."), html(STORY, STORY + " Two.", STORY + " Three.")
    server.answers["/a"] = (200, {"ETag": '"one"'}, whole)
    add(engine, server, Found(url="/a"))
    scrape(engine, SETTINGS, Cleaner(None), clock=clock)
    before = texts(engine)
    server.answers["/a"] = (200, {"ETag": '"two"'}, html(STORY))
    server.cut.add("/a")
    counts = scrape(engine, SETTINGS, Cleaner(None), again=True, clock=clock)
    assert (counts["truncated"], counts["failed"], counts["documents"]) == (1, 1, 1)
    assert texts(engine) == before
    assert failures(engine)[0][0] == "fetch"
    with archive.read(engine) as c:
        assert queries.counts(c)["snapshot"] == queries.counts(c)["document"] == 2
        (due,) = queries.due(c, clock() + timedelta(seconds=SETTINGS.feed_interval))
    assert (due.etag, due.failures, due.fetches) == ('"one"', 1, 1)
    assert reclean(engine, Cleaner(None), clock=clock).counts()["documents"] == 0
    assert texts(engine) == before
    # What came cut comes whole: the same bytes are no new snapshot, and stand now.
    server.cut.clear()
    scrape(engine, SETTINGS, Cleaner(None), again=True, clock=clock)
    assert texts(engine) != before
    server.answers["/a"] = (200, {"ETag": '"three"'}, longer)
    scrape(engine, SETTINGS, Cleaner(None), again=True, clock=clock)
    assert "Three." in texts(engine)[f"{server.url}/a"]


def test_a_page_above_the_limit_is_cut(engine: Engine, server: Server) -> None:
    """More than `max_bytes` is a failure that is tried again; with nothing better it stands."""
    server.answers["/a"] = (200, {"ETag": '"one"'}, html(STORY, STORY, *["More of it."] * 500))
    add(engine, server, Found(url="/a"))
    counts = scrape(engine, replace(SETTINGS, max_bytes=2000), Cleaner(None), clock=clock)
    assert counts["truncated"] == counts["failed"] == 1
    with archive.read(engine) as c:
        (due,) = queries.due(c, clock(), again=True)
    assert (due.etag, due.failures, due.fetches) == (None, 1, 0)
    assert STORY in texts(engine)[f"{server.url}/a"]


def test_a_304_stands_for_what_came_whole(engine: Engine, server: Server) -> None:
    """A cut answer between a page and its 304 is not what the 304 means."""
    server.answers["/a"] = (200, {"ETag": '"one"'}, html(STORY))
    add(engine, server, Found(url="/a"))
    scrape(engine, SETTINGS, Cleaner(None), clock=clock)
    server.cut.add("/a")
    server.answers["/a"] = (200, {"ETag": '"two"'}, html(STORY)[:90])
    scrape(engine, SETTINGS, Cleaner(None), again=True, clock=clock)
    server.answers["/a"] = (200, {"ETag": '"one"'}, html(STORY))
    scrape(engine, SETTINGS, Cleaner(None), again=True, clock=clock)
    with archive.read(engine) as c:
        fetched = c.execute(
            select(t.fetch.c.outcome, t.fetch.c.snapshot).order_by(t.fetch.c.id)
        ).all()
    assert [outcome for outcome, _ in fetched] == ["ok", "truncated", "not_modified"]
    assert fetched[0].snapshot == fetched[2].snapshot


def test_a_feed_that_does_not_read_is_asked_for_unconditionally(
    engine: Engine, server: Server
) -> None:
    """The ETag of a broken feed is not kept, so that the mended one comes."""
    server.answers["/feed"] = (200, {"ETag": '"broken"'}, b"<html>Maintenance</html>")
    add(engine, server, Found(url="/feed", kind="feed"))
    counts = scrape(engine, SETTINGS, Cleaner(None), clock=clock)
    assert counts["failed"] == 1
    with archive.read(engine) as c:
        (due,) = queries.due(c, clock(), again=True)
    assert due.etag is None


# Pages and bytes that break


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (RecursionError("too\ndeep"), "RecursionError: too deep"),
        (LookupError("no codec"), "LookupError: no codec"),
        (BadInput("no URL"), "BadInput: no URL"),
    ],
)
def test_whatever_one_page_raises_is_its_failure(
    engine: Engine, tmp_path: Path, fault: Exception, reason: str
) -> None:
    """Laid out or cleaned, in import and re-clean: a row, the rest goes on, no second try."""
    cleaner = Failing(fault, page="/a", document="/b")
    imported_ = {"a": html(STORY), "b": html(STORY, "b"), "c": html(STORY, "c")}
    (tmp_path / "in").mkdir()
    for name, body in imported_.items():
        (tmp_path / "in" / f"{name}.html").write_bytes(body)
        url = f'url = "https://news.example/{name}"\n'
        (tmp_path / "in" / f"{name}.toml").write_text(url, "utf-8")
    counts = ingest(engine, cleaner, [tmp_path / "in"], clock=clock)
    assert (counts["documents"], counts["failed"]) == (1, 2)
    assert failures(engine) == [("extract", reason), ("clean", reason)]
    assert reclean(engine, cleaner, clock=clock).counts() == Report().counts()
    for of in ("extractor", "rules"):  # both ways through a re-clean
        again = Failing(fault, page="/a", document="/b")
        if of == "extractor":
            again.extractor = "another"
        else:
            again.packs = ruled(tmp_path / "rules", "c").packs
        dry = reclean(engine, again, dry_run=True, clock=clock).counts()
        wet = reclean(engine, again, clock=clock).counts()
        assert dry == wet
        assert (wet["documents"], wet["failed"]) == (1, 2 if of == "extractor" else 1)
        assert reclean(engine, again, clock=clock).counts() == Report().counts()
    assert exits(engine)[-1] == ("reclean", 0)


def test_what_the_machine_lacked_is_tried_again(engine: Engine, tmp_path: Path) -> None:
    """No memory, or no file, is no fault of the page: the next re-clean makes its document."""
    for name in ("a", "b"):
        (tmp_path / f"{name}.html").write_bytes(html(STORY, name))
        (tmp_path / f"{name}.toml").write_text(f'url = "https://news.example/{name}"\n', "utf-8")
    counts = ingest(
        engine, Failing(MemoryError(), page="/a", document="/b"), [tmp_path], clock=clock
    )
    assert counts["failed"] == 2
    assert reclean(engine, Cleaner(None), clock=clock).counts()["documents"] == 2


def test_bytes_that_are_gone_cost_one_page(engine: Engine, tmp_path: Path) -> None:
    """A snapshot without its bytes is named and counted; the others are laid out."""
    imported(engine, tmp_path / "in", a=html(STORY), b=html(STORY, "b"))
    first = select(t.snapshot.c.body).where(t.snapshot.c.id == 1).scalar_subquery()
    with archive.write(engine) as c:
        c.execute(t.body_store.delete().where(t.body_store.c.digest == first))
        c.execute(t.page.delete())
    counts = reclean(engine, Cleaner(None), clock=clock).counts()
    assert counts["failed"] == 1
    with archive.read(engine) as c:
        assert queries.load_page(c, 2, Cleaner(None).extractor) is not None
    assert failures(engine)[-1][0] == "archive"


def test_damaged_bytes_cost_one_page(engine: Engine, tmp_path: Path) -> None:
    """A body that does not read is named and counted; restored, it is cleaned."""
    imported(engine, tmp_path / "in", a=html(STORY), b=html(STORY, "b"))
    first = select(t.snapshot.c.body).where(t.snapshot.c.id == 1).scalar_subquery()
    with archive.write(engine) as c:
        good = c.execute(
            select(t.body_store.c.data).where(t.body_store.c.digest == first)
        ).scalar_one()
        c.execute(t.body_store.update().where(t.body_store.c.digest == first).values(data=b"x"))
    cleaner = Cleaner(None)
    cleaner.extractor = "another"
    told: list[str] = []

    def tell(message: str, *, passing: bool = False, **about: str | int) -> None:
        if not passing:
            told.append(message)

    dry = reclean(engine, cleaner, dry_run=True, clock=clock, tell=tell).counts()
    wet = reclean(engine, cleaner, clock=clock, tell=tell).counts()
    assert dry == wet
    assert (wet["documents"], wet["failed"]) == (1, 1)
    assert all("snapshot 1" in line for line in told)
    assert len(told) == 2
    assert [stage for stage, _ in failures(engine)] == ["archive"]
    with archive.write(engine) as c:
        c.execute(t.body_store.update().where(t.body_store.c.digest == first).values(data=good))
    assert reclean(engine, cleaner, clock=clock).counts()["documents"] == 1


@pytest.mark.parametrize("data", [b"x", squeeze(b"{}")], ids=["damaged", "other-version"])
def test_a_layout_that_does_not_read_is_made_again(
    engine: Engine, tmp_path: Path, data: bytes
) -> None:
    """It is a cache: damaged, or of another version, it is made again from the bytes."""
    imported(engine, tmp_path / "in", a=html(STORY, "Closing."), b=html(STORY, "Closing.", "b"))
    with archive.write(engine) as c:
        c.execute(t.page.update().where(t.page.c.snapshot == 1).values(data=data))
    cleaner = ruled(tmp_path / "rules", "Closing.")
    dry = reclean(engine, cleaner, dry_run=True, clock=clock).counts()
    wet = reclean(engine, cleaner, clock=clock).counts()
    assert dry == wet
    assert (wet["documents"], wet["changed"], wet["failed"]) == (2, 2, 0)
    assert not any("Closing" in text for text in texts(engine).values())
    with archive.read(engine) as c:
        assert queries.load_page(c, 1, cleaner.extractor) is not None
    back = reclean(engine, Cleaner(None), clock=clock).counts()
    assert (back["changed"], back["failed"]) == (2, 0)


# Reports


def test_a_report_backwards_mirrors_the_one_forwards(engine: Engine, tmp_path: Path) -> None:
    """With two versions of a page and one that a rule empties, both count current documents."""
    imported(engine, tmp_path / "in", a=html(STORY, CLOSING), b=html(CLOSING))
    imported(engine, tmp_path / "in", a=html(STORY, "More.", CLOSING))
    cleaner = ruled(tmp_path / "rules", CLOSING)
    forth = reclean(engine, cleaner, clock=clock)
    dry = reclean(engine, Cleaner(None), dry_run=True, clock=clock)
    back = reclean(engine, Cleaner(None), clock=clock)
    assert dry.counts() == back.counts()
    (there,), (again,) = forth.sites.values(), back.sites.values()
    assert (there.documents, there.changed) == (again.documents, again.changed) == (2, 2)
    assert (there.removed_chars, there.restored_chars) == (again.restored_chars, 0)
    assert sum(there.removed.values()) == sum(again.restored.values())
    assert not there.restored
    assert "" not in {line for _, line in again.restored}
    assert "" not in {line for _, line in again.removed}
    with archive.read(engine) as c:
        assert queries.counts(c)["document"] == 6  # the older version has been cleaned as well


# Looking


def test_explain_uses_the_layout_that_the_document_was_made_of(
    engine: Engine, tmp_path: Path
) -> None:
    """Marks are laid on no other layout; where it is gone, that is said."""
    imported(engine, tmp_path / "in", a=html(STORY, "Closing."))
    with archive.write(engine) as c:  # as an extractor of tomorrow would lay it out
        page = queries.load_page(c, 1, Cleaner(None).extractor)
        assert page is not None
        other = replace(page, blocks=tuple(reversed(page.blocks)))
        store.store_page(c, 1, "news.example", "tomorrow", other)
    shown = list(explain(engine, Cleaner(None), "1"))
    later = Cleaner(None)
    later.extractor = "tomorrow"
    assert list(explain(engine, later, "1")) == shown
    with archive.write(engine) as c:
        c.execute(t.page.delete().where(t.page.c.extractor != "tomorrow"))
    with pytest.raises(BadInput, match="archiver reclean"):
        list(explain(engine, later, "1"))
    assert list(explain(engine, Cleaner(None), "1")) == shown


def test_a_page_is_found_by_any_spelling_of_its_url(engine: Engine, tmp_path: Path) -> None:
    """As a browser's address bar has it; files without a URL by their own."""
    imported(engine, tmp_path / "in", a=html(STORY))
    (tmp_path / "b.txt").write_text(STORY, "utf-8")
    ingest(engine, Cleaner(None), [tmp_path / "b.txt"], clock=clock)
    for spelling in ("HTTPS://News.Example:443/a?utm_source=x#top", "https://news.example/%61"):
        assert "url: https://news.example/a" in list(views.one(engine, spelling, as_json=False))
    assert list(views.one(engine, (tmp_path / "b.txt").as_uri(), as_json=False))
    for nothing in ("9" * 30, "9" * 5000, "18446744073709551616", "https://news.example/none", ""):
        with pytest.raises(BadInput, match="not in this archive"):
            list(views.one(engine, nothing, as_json=False))


# Wrong use


def test_a_site_that_is_not_there_is_wrong_use(engine: Engine, tmp_path: Path) -> None:
    """Re-clean, scrape and export name the sites that there are, and leave no run behind."""
    imported(engine, tmp_path / "in", a=html(STORY))
    cleaner = Cleaner(None)
    uses: list[Callable[[], object]] = [
        lambda: reclean(engine, cleaner, hosts=["nosuch"], clock=clock),
        lambda: reclean(engine, cleaner, hosts=["nosuch"], dry_run=True, clock=clock),
        lambda: scrape(engine, SETTINGS, cleaner, hosts=["nosuch"], clock=clock),
        lambda: export(engine, "jsonl", tmp_path / "x.jsonl", Selection(sites=("nosuch",))),
    ]
    for use in uses:
        with pytest.raises(BadInput, match=r"'nosuch'; there are news\.example"):
            use()
    assert exits(engine) == [("import", 0)]


def test_an_import_of_nothing_is_wrong_use(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    with pytest.raises(BadInput, match=r"no \.html, .* file below"):
        ingest(engine, Cleaner(None), [tmp_path], clock=clock)


def test_a_site_for_an_import_is_a_host(engine: Engine, tmp_path: Path) -> None:
    """One that is none is refused, and none is made for a page that has its site already."""
    imported(engine, tmp_path / "in", a=html(STORY))
    for bad in ("bad host/", "https://news.example", "a/b", "a@b", "?"):
        with pytest.raises(BadInput, match="is no host"):
            ingest(engine, Cleaner(None), [tmp_path / "in"], site=bad, clock=clock)
    ingest(engine, Cleaner(None), [tmp_path / "in"], site="other.example", clock=clock)
    with archive.read(engine) as c:
        assert [site.host for site in queries.sites(c)] == ["news.example"]


def test_a_limit_is_spent_on_what_may_be_asked(
    engine: Engine, server: Server, tmp_path: Path
) -> None:
    """Older targets of a host that rests, and files, do not stand in the way."""
    (tmp_path / "b.txt").write_text(STORY, "utf-8")
    ingest(engine, Cleaner(None), [tmp_path / "b.txt"], clock=clock)
    with serving() as tired:
        add(engine, tired, *(Found(url=f"/{number}") for number in range(5)))
        add(engine, server, Found(url="/a"), Found(url="/b"))
        with archive.write(engine) as c:
            resting = hosts.Host(origin=tired.url, next_at=clock() + timedelta(hours=1))
            hosts.put(c, resting)
            c.execute(
                t.target.update()
                .where(t.target.c.url.like("file:%"))
                .values(due_at=clock() - timedelta(days=1))
            )
        told: list[str] = []

        def tell(message: str, *, passing: bool = False, **about: str | int) -> None:
            if not passing:
                told.append(message)

        counts = scrape(engine, SETTINGS, Cleaner(None), limit=1, clock=clock, tell=tell)
        assert tired.asked == []
    assert counts["visits"] == 1
    assert [path for path in server.asked if path in {"/a", "/b"}] == ["/a"]
    assert sum("left alone" in line for line in told) == 1


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_an_export_spares_the_archive(tmp_path: Path, sqlite_template: Path, form: str) -> None:
    """Neither by its name, nor by a link, nor as a file that SQLite keeps beside it."""
    path = tmp_path / "archive.db"
    path.write_bytes(sqlite_template.read_bytes())
    (tmp_path / "soft").symlink_to(path)
    (tmp_path / "hard").hardlink_to(path)
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    (tmp_path / "x.part").symlink_to(path)
    before = path.read_bytes()
    opened = archive.connect(f"sqlite:///{path}")
    own = ["archive.db", "soft", "hard", "archive.db-wal", "archive.db-shm", "../x/archive.db", "x"]
    (tmp_path.parent / "x").unlink(missing_ok=True)
    (tmp_path.parent / "x").symlink_to(tmp_path)
    for name in own:
        with pytest.raises(BadInput, match="archive itself"):
            export(opened, form, tmp_path / name)
    with pytest.raises(BadInput, match="is a folder"):
        export(opened, form, tmp_path)
    with pytest.raises(BadInput, match=r"use - to write to a stream|is no folder"):
        export(opened, form, Path("/dev/full"))
    with pytest.raises(BadInput, match="cannot be written"):
        export(opened, form, tmp_path / "circle")
    opened.dispose()
    assert path.read_bytes() == before
    assert Path("/dev/full").is_char_device()


def fill(engine: Engine, folder: Path) -> None:
    """Import one page."""
    imported(engine, folder, a=html(STORY))


of_one_page = archive_with(fill, "sqlite")


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_an_export_through_a_link_leaves_the_link(
    of_one_page: Engine, tmp_path: Path, form: str
) -> None:
    """The file that the link names is replaced."""
    (tmp_path / "far").mkdir()
    name = f"link.{form}"
    (tmp_path / name).symlink_to(tmp_path / "far" / "corpus")
    for _ in range(2):  # once where the link leads nowhere yet
        assert export(of_one_page, form, tmp_path / name) == 1
        assert (tmp_path / name).is_symlink()
        left = {path.name for path in (tmp_path / "far").iterdir()}
        assert left - {"corpus.metadata.json"} == {"corpus"}
