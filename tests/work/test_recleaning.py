"""Re-cleaning over several processes, its guards, its samples, its reports."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from archiver.archive import engine as archive
from archiver.archive import tables as t
from archiver.archive.packing import seal
from archiver.archive.staleness import Chosen
from archiver.errors import BadInput, Guarded
from archiver.work import reclean as reclean_module
from archiver.work import report_page, report_views
from archiver.work.cleaning import Cleaner
from archiver.work.guards import Guards
from archiver.work.ingest import ingest
from archiver.work.reclean import reclean
from archiver.work.report import Report, SiteChange
from tests.conftest import Templates, archive_with

NOW = datetime(2025, 11, 20, 8, tzinfo=UTC)
GUARDS = Guards(lost=20.0, emptied=5)
STORY = "A sentence about the bridge that was repaired in May, and about the men who did it."
OTHER = "Another sentence tells what the council said when it met in the town on Thursday."
CHROME = "All rights of this text are with the house"


def clock() -> datetime:
    return NOW


def rule(folder: Path, kind: str, phrase: str) -> Cleaner:
    folder.mkdir(exist_ok=True)
    (folder / "mine.toml").write_text(
        f'[[rule]]\nid = "test.mine"\nkind = "{kind}"\nwhy = "for the test"\n'
        f"phrases = ['{phrase}']\n",
        "utf-8",
    )
    return Cleaner(folder)


def pages(folder: Path, count: int) -> None:
    """Pages of three sites; every third ends with the line of chrome, every ninth is hostile."""
    folder.mkdir()
    for number in range(count):
        closing = f"<p>{CHROME}</p>" if number % 3 == 0 else ""
        named = (
            "&lt;script&gt;alert(1)&lt;/script&gt; said so on the bridge."
            if number % 9 == 0
            else ""
        )
        (folder / f"{number}.html").write_text(
            f"<html><body><article><h1>Story {number}</h1><p>{STORY} {number}</p>"
            f"<p>{OTHER} {named}</p><p>{STORY} Once more, {number}.</p>{closing}</article></body></html>",
            "utf-8",
        )
        (folder / f"{number}.toml").write_text(
            f'url = "https://{"abc"[number % 3]}.example/{number}"\nfetched_at = {NOW.isoformat()}\n',
            "utf-8",
        )


def fill(engine: Engine, folder: Path) -> None:
    pages(folder, 45)
    ingest(engine, Cleaner(None), [folder], clock=clock)


engine = archive_with(fill)


def state(engine: Engine) -> dict[str, list[str]]:
    """All that a re-clean may write, without ids, runs and seals (which hold both)."""
    left_out = {"id", "run", "seal", "document"}
    found = {}
    with archive.read(engine) as c:
        for table in (t.document, t.text, t.failure, t.rule_count, t.page, t.target, t.cleaner):
            columns = [column for column in table.c if column.name not in left_out]
            found[table.name] = sorted(map(repr, c.execute(select(*columns)).all()))
        current = select(t.target.c.url, t.document.c.cleaner, t.document.c.text).join(
            t.document, t.document.c.id == t.target.c.document
        )
        found["current"] = sorted(map(repr, c.execute(current).all()))
    return found


def told(report: Report) -> dict[str, Any]:
    """A report as JSON without what a clock says."""
    found = report_views.record(report)
    found.pop("estimated_seconds", None)
    return found


# Processes, and whether guards look on
FEW = ((0, None), (0, GUARDS), (2, GUARDS))
MORE = ((0, None), (1, GUARDS), (4, None))


@pytest.mark.parametrize(
    "ways", [FEW, pytest.param(MORE, marks=pytest.mark.large)], ids=["few", "more"]
)
@pytest.mark.parametrize("stage", ["rules", "both"])
def test_the_number_of_processes_changes_nothing(
    tmp_path: Path,
    templates: Templates,
    monkeypatch: pytest.MonkeyPatch,
    stage: str,
    ways: Sequence[tuple[int, Guards | None]],
) -> None:
    """With none and some, guarded or not: equal archives, equal reports."""
    for name in ("cached", "stored", "made"):
        monkeypatch.setitem(reclean_module._JOB, name, 4)  # so that there are many jobs
    cleaner = rule(tmp_path / "rules", "line", CHROME)
    ends: list[tuple[dict[str, list[str]], dict[str, Any]]] = []
    for jobs, guards in ways:
        with templates.opened("sqlite", tmp_path, fill) as engine:
            if stage == "both":
                with archive.write(engine) as c:
                    c.execute(t.page.delete())
            dry = reclean(engine, cleaner, dry_run=True, jobs=jobs, guards=guards, clock=clock)
            wet = reclean(engine, cleaner, jobs=jobs, guards=guards, clock=clock)
            assert told(dry) == told(wet)
            ends.append((state(engine), told(wet)))
    assert all(end == ends[0] for end in ends)
    assert ends[0][1]["changed"] == 15


@pytest.mark.large
def test_the_number_of_processes_changes_nothing_on_postgresql(
    tmp_path: Path, templates: Templates, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As above, with what a server does otherwise: snapshots, locks, casts."""
    monkeypatch.setitem(reclean_module._JOB, "cached", 4)
    cleaner = rule(tmp_path / "rules", "line", CHROME)
    ends: list[tuple[dict[str, list[str]], dict[str, Any]]] = []
    for jobs in (0, 2):
        with templates.opened("postgresql", tmp_path, fill) as engine:
            dry = reclean(engine, cleaner, dry_run=True, clock=clock)
            wet = reclean(engine, cleaner, jobs=jobs, guards=GUARDS, clock=clock)
            assert told(dry) == told(wet)
            ends.append((state(engine), told(wet)))
    assert ends[0] == ends[1]
    assert ends[0][1]["changed"] == 15


def test_a_document_that_no_rule_reaches_is_as_if_cleaned(engine: Engine, tmp_path: Path) -> None:
    """Its row, its seal, its text, its counts: those of an archive that cleans every page."""
    ours, theirs = (
        rule(tmp_path / "rules", "line", CHROME),
        rule(tmp_path / "rules", "line", CHROME),
    )
    reclean(engine, ours, clock=clock)
    carried = state(engine)
    with archive.read(engine) as c:
        for row in c.execute(select(t.document)).mappings():
            values = {str(name): value for name, value in row.items()}
            assert values.pop("seal") == seal({**values, "id": None})
    with archive.write(engine) as c:
        c.execute(t.target.update().values(document=None, snapshot=None))
        c.execute(t.document.delete())
        c.execute(t.rule_count.delete())
    ingested = Cleaner(None)
    for cleaner in (ingested, theirs):  # nothing to be the same as: each is cleaned
        reclean(engine, cleaner, clock=clock)
        with archive.write(engine) as c:
            c.execute(t.document.update().values(structure=None)) if cleaner is ingested else None
    cleaned = state(engine)
    for table in ("text", "rule_count", "current"):
        assert carried[table] == cleaned[table], table
    mine = ours.name("a.example", "en", ())
    assert [row for row in carried["document"] if mine in row] == [
        row for row in cleaned["document"] if mine in row
    ]


def test_a_bad_rule_is_stopped_before_anything_is_written(engine: Engine, tmp_path: Path) -> None:
    """It takes every paragraph with a common word; the message names guard, site, rule, way on."""
    bad = rule(tmp_path / "rules", "sentence", "the")
    before = state(engine)
    with pytest.raises(Guarded) as caught:
        reclean(engine, bad, guards=GUARDS, clock=clock)
    said = str(caught.value)
    for word in ("reclean_max_lost", "a.example", "'test.mine'", "Nothing was written", "--force"):
        assert word in said
    assert state(engine) == before
    assert caught.value.exit_code == 3
    with archive.read(engine) as c:
        assert list(c.execute(select(t.run_end.c.exit_code)).scalars())[-1] == 3
    dry = reclean(engine, bad, guards=GUARDS, dry_run=True, clock=clock)
    assert "reclean_max_lost" in dry.tripped
    assert reclean(engine, bad, clock=clock).counts()["changed"] == 45


def test_emptied_documents_trip_their_own_guard(engine: Engine, tmp_path: Path) -> None:
    rule(tmp_path / "rules", "sentence", "the")
    mine = tmp_path / "rules" / "mine.toml"
    mine.write_text(
        mine.read_text("utf-8").replace("phrases = ['the']", "pattern = '[a-z0-9]+'"), "utf-8"
    )
    bad = Cleaner(tmp_path / "rules")
    with pytest.raises(Guarded, match="reclean_max_emptied"):
        reclean(engine, bad, guards=Guards(lost=100.0, emptied=5), clock=clock)


def test_a_run_that_a_guard_stopped_on_the_way_stops_at_once_when_it_is_run_again(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the pages seen before tell nothing; until the rule, the limits or --force change it."""
    for name, value in (("CHUNK", 10), ("_SEEN", 3), ("_SEEN_OF_SITE", 1)):
        monkeypatch.setattr(reclean_module, name, value)
    monkeypatch.setitem(reclean_module._JOB, "cached", 10)
    bad = rule(tmp_path / "rules", "sentence", "the")
    with pytest.raises(Guarded, match="3 pages are written"):
        reclean(engine, bad, guards=GUARDS, clock=clock)
    before = state(engine)
    for _ in range(2):
        with pytest.raises(Guarded) as caught:
            reclean(engine, bad, guards=GUARDS, clock=clock)
        said = str(caught.value)
        for words in ("Nothing was written", "reclean_max_lost", "'test.mine'", "--force"):
            assert words in said
        assert state(engine) == before
    assert reclean(engine, bad, guards=GUARDS, dry_run=True, clock=clock).tripped
    other = Chosen(hosts=("b.example",))
    with pytest.raises(Guarded, match="1 pages are written"):
        reclean(engine, bad, chosen=other, guards=GUARDS, clock=clock)
    loose = Guards(lost=100.0, emptied=50)
    assert reclean(engine, bad, chosen=other, guards=loose, clock=clock).counts()["changed"] == 13
    good = rule(tmp_path / "rules", "line", CHROME)
    assert reclean(engine, good, guards=GUARDS, clock=clock).counts()["changed"] > 0
    bad = rule(tmp_path / "rules", "sentence", "the")
    assert reclean(engine, bad, clock=clock).counts()["documents"] > 0


def test_what_guards_look_at_is_bounded_in_bytes(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However little is held, all pages are done, once, and the report is the same."""
    good = rule(tmp_path / "rules", "line", CHROME)
    dry = reclean(engine, good, dry_run=True, clock=clock)
    monkeypatch.setattr(reclean_module, "_HELD", 1)
    monkeypatch.setitem(reclean_module._JOB, "cached", 4)
    assert told(reclean(engine, good, guards=GUARDS, clock=clock)) == told(dry)
    again = reclean(engine, good, guards=GUARDS, clock=clock)
    assert again.totals.total() == 0


def changed(pages: int, lost: int) -> SiteChange:
    """A site of so many pages of 100 characters each, which lose so many in all."""
    return SiteChange(documents=pages, changed=pages, before=100 * pages, removed_chars=lost)


@pytest.mark.parametrize(
    ("sites", "said"),
    [
        ({"a.example": changed(1, 100)}, ""),
        ({"a.example": changed(9, 900)}, ""),
        ({"a.example": changed(10, 201)}, "a.example: 20 %"),
        ({"a.example": changed(10, 200)}, ""),
        # Sites that are too small for a share of their own are watched together.
        ({f"{one}.example": changed(3, 100) for one in "abcd"}, "all sites together: 33 %"),
        ({f"{one}.example": changed(3, 100) for one in "abc"}, ""),
        ({"a.example": changed(9, 900), "b.example": changed(100, 0)}, ""),
    ],
)
def test_a_share_is_of_ten_documents_at_least(sites: dict[str, SiteChange], said: str) -> None:
    found = GUARDS.tripped(Report(sites=sites))
    assert found.startswith(said) if said else not found


def test_a_good_rule_s_report_names_the_lines_that_it_removes(
    engine: Engine, tmp_path: Path
) -> None:
    """Exactly those, by site and rule; and going back restores them by the same rule."""
    good = rule(tmp_path / "rules", "line", CHROME)
    report = reclean(engine, good, dry_run=True, guards=GUARDS, clock=clock)
    changes = {site: change for site, change in report.sites.items() if change.changed}
    assert list(changes) == ["a.example"]
    assert dict(changes["a.example"].removed) == {("test.mine", CHROME): 15}
    assert not changes["a.example"].restored
    (one,) = changes["a.example"].rules.items()
    assert one[0] == "test.mine"
    assert (one[1].documents, one[1].removed_lines, one[1].removed_chars) == (
        15,
        15,
        15 * len(CHROME),
    )
    assert told(reclean(engine, good, guards=GUARDS, clock=clock)) == told(report)
    back = reclean(engine, Cleaner(None), clock=clock)
    assert dict(back.sites["a.example"].restored) == {("test.mine", CHROME): 15}


def test_a_sample_is_the_same_every_time_and_covers_the_truth(
    engine: Engine, tmp_path: Path
) -> None:
    good = rule(tmp_path / "rules", "line", CHROME)
    runs = [
        reclean(engine, good, dry_run=True, sample=20, jobs=jobs, clock=clock) for jobs in (0, 0)
    ]
    assert told(runs[0]) == told(runs[1])
    assert runs[0].sampled.total() == 20
    assert runs[0].totals.total() == 45
    estimate, low, high = report_views.estimates(runs[0], "a.example")["changed"]
    assert low < 15 <= high
    assert estimate == 15  # all of that site change
    shown = "\n".join(report_views.lines(runs[0]))
    assert "a sample of 20 of 45 pages" in shown


@pytest.mark.parametrize(("sample", "few"), [(6, True), (45, False)])
def test_a_sample_too_small_for_a_guard_says_so(
    engine: Engine, tmp_path: Path, sample: int, *, few: bool
) -> None:
    """A rule that a run would be stopped for trips nothing on six pages of three sites."""
    bad = rule(tmp_path / "rules", "sentence", "the")
    report = reclean(engine, bad, guards=GUARDS, dry_run=True, sample=sample, clock=clock)
    shown = "\n".join(report_views.lines(report))
    assert ("too few pages" in shown) == few
    assert bool(report_views.record(report)["unguarded"]) == few
    assert few or report.tripped


def test_the_html_report_is_inert(engine: Engine, tmp_path: Path) -> None:
    """No script, no link, no image, no handler, whatever the pages say."""
    report = reclean(engine, rule(tmp_path / "rules", "sentence", "the"), dry_run=True, clock=clock)
    page = "".join(report_page.html(report))
    assert "&lt;script&gt;alert(1)" in page
    assert "default-src &#x27;none&#x27;" in page or "default-src 'none'" in page
    body = page.partition("<body>")[2]
    assert set(re.findall(r"<([a-z0-9]+)", body)) <= set(
        "h1 h2 h3 h4 p table tr td th del ins span code".split()
    )
    assert not re.search(r"<[^>]*\s(?:on\w+|src|href|style)\s*=", body)


def test_a_choice_keeps_to_its_pages(engine: Engine, tmp_path: Path) -> None:
    good = rule(tmp_path / "rules", "line", CHROME)

    def pages_of(chosen: Chosen) -> int:
        return reclean(engine, good, chosen=chosen, dry_run=True, clock=clock).totals.total()

    old = Cleaner(None).name("a.example", "en", ())
    assert pages_of(Chosen(hosts=("b.example",))) == 15
    assert pages_of(Chosen(languages=("en",))) == 45
    assert pages_of(Chosen(languages=("hi",))) == 0
    assert pages_of(Chosen(since=NOW)) == 45
    assert pages_of(Chosen(since=NOW.replace(year=2026))) == 0
    assert pages_of(Chosen(cleaner=old)) == 45
    assert pages_of(Chosen(only_failed=True)) == 0
    with pytest.raises(BadInput, match="cleaner list"):
        pages_of(Chosen(cleaner="nosuch"))
    with archive.write(engine) as c:  # as if this page had failed
        c.execute(t.target.update().values(document=None, snapshot=None))
        first = select(t.document.c.snapshot).limit(1).scalar_subquery()
        (snapshot,) = c.execute(select(first)).one()
        c.execute(t.document.delete().where(t.document.c.snapshot == snapshot))
        name = good.name("a.example", "en", ())
        c.execute(
            t.failure.insert().values(
                snapshot=snapshot,
                cleaner=name,
                attempt=1,
                stage="clean",
                reason="r",
                advice="a",
                at=NOW,
            )
        )
    assert pages_of(Chosen(only_failed=True)) == 1


def test_one_json_object_has_everything(engine: Engine, tmp_path: Path) -> None:
    report = reclean(engine, rule(tmp_path / "rules", "line", CHROME), dry_run=True, clock=clock)
    found = json.loads(report_views.json_line(report))
    site = found["sites"]["a.example"]
    assert found["estimated_seconds"] >= 0
    assert site["removed"] == [{"rule": "test.mine", "line": CHROME, "times": 15}]
    assert site["rules"]["test.mine"]["documents"] == 15
    assert len(site["examples"]) == 5
    assert {"op": "-", "rule": "test.mine", "text": CHROME} in site["examples"][0]["diff"]
