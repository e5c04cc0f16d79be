"""Releases: pinned for good, exported the same for ever, and honest about what was erased."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import pytest
import zstandard
from sqlalchemy import Engine, select

from archiver.archive import engine as archive
from archiver.archive import releases
from archiver.archive import tables as t
from archiver.archive.packing import digest
from archiver.archive.selection import ALL, Selection
from archiver.errors import BadInput, Damaged, TryLater
from archiver.work import cleaners, release
from archiver.work.cleaning import Cleaner
from archiver.work.erase import Asked, erase, plan
from archiver.work.export import How
from archiver.work.ingest import ingest
from archiver.work.verify import verify
from tests.archive.values import NOW
from tests.work.test_selecting import put
from tests.work.versions_of import FIRST, OPENED, RULE, URL, body, clean_again, with_rule

DAY = timedelta(days=1)
HOSTILE = "=1+1 | <script>alert(1)</script>\n---\n# [x](javascript:y) `z` \u202e"


def clock() -> datetime:
    return NOW


def create(engine: Engine, name: str, asked: Selection = ALL) -> releases.Release:
    return release.create(engine, name, asked, "archiver", clock=clock)


def written(
    engine: Engine, name: str, place: Path, form: str = "jsonl.zst", how: How | None = None
) -> dict[str, bytes]:
    """The files of an exported release by their names."""
    release.export(engine, name, form, place, how or How(), Counter())
    files = [path for path in place.rglob("*") if path.is_file()]
    return {path.relative_to(place).as_posix(): path.read_bytes() for path in files}


def rows(packed: bytes) -> list[dict[str, Any]]:
    read = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(packed)).read()
    return [json.loads(line) for line in read.decode().splitlines()]


def table(packed: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(packed.decode(), newline="")))


def test_a_release_is_the_same_after_whatever_comes(engine: Engine, tmp_path: Path) -> None:
    """Two re-cleans with other rules, a new version, a new page; then one erasure, which is named."""
    shipped = Cleaner(None)
    pages = {URL: FIRST, "https://news.example/2025/ferry/": f"{FIRST} The ferry rests until May."}

    def read(url: str, first: str, day: int) -> None:
        file = tmp_path / "page.html"
        file.write_bytes(body(first))
        when = NOW + day * DAY
        ingest(engine, shipped, [file], url=url, fetched_at=when, clock=lambda: when)

    for url, first in pages.items():
        read(url, first, 0)
    made = create(engine, "first")
    how = How(extra=("structure", "tags"), provenance=True)
    before = written(engine, "first", tmp_path / "a", how=how)
    ours = with_rule(tmp_path)
    clean_again(engine, ours, 2)
    (tmp_path / "rules" / "mine.toml").write_text(RULE.replace("mine.club", "mine.other"), "utf-8")
    clean_again(engine, Cleaner(tmp_path / "rules"), 3)
    read(URL, OPENED, 4)
    read("https://news.example/2025/tram/", f"{OPENED} The tram goes as well.", 4)
    create(engine, "second")
    cleaners.prune(
        engine,
        cleaners.plan(engine, Cleaner(tmp_path / "rules"), (), all_old=True),
        clock=clock,
    )
    assert written(engine, "first", tmp_path / "b", how=how) == before
    assert release.verify(engine, "first").faults == []
    changed = [json.loads(line) for line in release.diff(engine, "first", "second", pages=True, as_json=True)]  # fmt: skip
    assert [(one["kind"], one["url"]) for one in changed] == [
        ("changed", URL),
        ("changed", "https://news.example/2025/ferry/"),
        ("added", "https://news.example/2025/tram/"),
    ]

    found = plan(engine, Asked(urls=("https://news.example/2025/ferry/",)))
    assert found.releases == {"first", "second"}
    erase(engine, found, "privacy", clock=clock)
    after = written(engine, "first", tmp_path / "c", how=how)
    kept = rows(before["data/corpus.jsonl.zst"])[:1]
    assert rows(after["data/corpus.jsonl.zst"]) == kept
    (gone,) = table(after["REMOVALS.csv"])
    assert (gone["id"], gone["reason"]) == ("2", "privacy")
    assert gone["text_sha256"] == table(before["SOURCES.csv"])[1]["text_sha256"]
    assert table(after["SOURCES.csv"]) == table(before["SOURCES.csv"])[:1]
    checked = release.verify(engine, "first")
    assert (checked.rows, [one.document for one in checked.erased], checked.faults) == (1, [2], [])
    assert releases.whole([row["seal"] for row in table(before["SOURCES.csv"])]) == made.digest
    assert written(engine, "first", tmp_path / "d", how=how) == after
    assert not any(b"ferry" in packed for packed in after.values())


@pytest.mark.parametrize("form", ["parquet", "csv", "sqlite", "tei", "markdown"])
def test_every_format_is_the_same_twice(engine: Engine, tmp_path: Path, form: str) -> None:
    for number in range(3):
        put(engine, f"https://news.example/{number}", published=f"2026-0{number + 1}-01")
    create(engine, "r")
    first = written(engine, "r", tmp_path / "a", form)
    put(engine, "https://news.example/0", at=NOW + DAY, text="Another text. " * 30)
    assert written(engine, "r", tmp_path / "b", form) == first
    told = json.loads(first["manifest.json"])
    listed = {one["path"]: (one["bytes"], one["sha256"]) for one in told["files"]}
    assert listed == {
        name: (len(packed), sha256(packed).hexdigest())
        for name, packed in first.items()
        if name != "manifest.json"
    }
    assert {"README.md", "SOURCES.csv", "REMOVALS.csv", "charts/by-month.svg"} <= set(listed)
    assert any(name.startswith("data/") for name in listed)


def test_another_program_can_check_the_rows(engine: Engine, tmp_path: Path) -> None:
    """The seal as the card tells how to make it, without this program's code."""
    put(engine, "https://news.example/1", published="2026-01-01")
    put(engine, "https://news.example/2", title=None, tags=())
    made = create(engine, "r")
    extra = ("modified", "tags", "image", "licence", "structure")
    files = written(engine, "r", tmp_path / "a", how=How(extra=extra))
    names = json.loads(files["manifest.json"])["sealed_columns"]
    seals = []
    for row in rows(files["data/corpus.jsonl.zst"]):
        at = datetime.fromisoformat(row["fetched_at"])
        row["fetched_at"] = at.isoformat(timespec="microseconds")
        values = {name: row[name] for name in names if row[name] is not None}
        told = json.dumps(values, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        seals.append(sha256(told.encode()).hexdigest())
    assert seals == [row["seal"] for row in table(files["SOURCES.csv"])]
    whole = sha256("".join(f"{seal}\n" for seal in seals).encode()).hexdigest()
    assert whole == made.digest == json.loads(files["manifest.json"])["rows_sha256"]


def test_hostile_words_are_harmless_in_the_card(engine: Engine, tmp_path: Path) -> None:
    signals = (("meta robots", HOSTILE),)
    put(engine, "https://news.example/1", licence=HOSTILE, title=HOSTILE, signals=signals)
    create(engine, "r")
    create(engine, "s", Selection(where="title like '%<script>%'"))
    for name in ("r", "s"):
        files = written(engine, name, tmp_path / name)
        card = files["README.md"].decode()
        assert "<script>" not in card
        assert "\u202e" not in card
        assert re.search(r"(?<!\\)\]\(javascript", card) is None
        assert card.count("\n---\n") == 1
        head = card.partition("\n---\n")[0]
        assert 'language:\n- "bn"' in head
        assert "license: other" in head
        for chart in ("by-month", "by-language", "by-site", "kept"):
            assert b"<script" not in files[f"charts/{chart}.svg"]
        # No field of a spreadsheet begins a formula.
        for packed in (files["SOURCES.csv"], files["REMOVALS.csv"]):
            for row in csv.reader(io.StringIO(packed.decode(), newline="")):
                assert not any(re.match(r"[=+@\-\t\r]", field) for field in row)


def test_names_that_are_none_and_names_that_are_taken(engine: Engine, tmp_path: Path) -> None:
    put(engine, "https://news.example/1")
    for name in ("", "../x", "a b", "-x", ".x", "x" * 81, "ঢাকা", "a\n"):
        with pytest.raises(BadInput, match="cannot name a release"):
            create(engine, name)
    create(engine, "r.1-a_b")
    with pytest.raises(BadInput, match="already"):
        create(engine, "r.1-a_b")
    with pytest.raises(BadInput, match=r"no release is called 'x'; there are r\.1-a_b"):
        release.verify(engine, "x")
    with pytest.raises(BadInput, match="no document; left out: 1 by length"):
        create(engine, "empty", Selection(max_chars=1))
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").touch()
    with pytest.raises(BadInput, match="not empty"):
        written(engine, "r.1-a_b", tmp_path / "full")
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["mine.txt"]
    assert [line.split()[0] for line in release.listed(engine, as_json=False)] == ["r.1-a_b"]


def test_the_order_of_releases_is_not_the_clock_s(engine: Engine) -> None:
    put(engine, "https://news.example/1")
    moments = [NOW, NOW - DAY, NOW + DAY, NOW - 2 * DAY]
    for number, moment in enumerate(moments):
        made = release.create(engine, f"r{number}", ALL, "archiver", clock=partial(max, [moment]))
        assert made.before == (f"r{number - 1}" if number else None)
    with archive.read(engine) as c:
        assert [one.name for one in releases.every(c)] == ["r0", "r1", "r2", "r3"]


def test_a_release_tells_of_any_change(engine: Engine) -> None:
    """What nothing may do is seen: another text, another title, a row that is gone, another pin."""
    for number in range(4):
        put(engine, f"https://news.example/{number}")
    create(engine, "r")
    assert release.verify(engine, "r").faults == []
    with archive.write(engine) as c:
        own = select(t.document.c.text).where(t.document.c.id == 1).scalar_subquery()
        c.execute(t.text.update().where(t.text.c.digest == own).values(text="nothing"))
        c.execute(t.document.update().where(t.document.c.id == 2).values(title="other"))
        c.execute(t.target.update().where(t.target.c.document == 3).values(document=None))
        c.execute(t.document.delete().where(t.document.c.id == 3))
    said = release.verify(engine, "r").faults
    assert [re.sub(r", http\S+:", ":", fault) for fault in said] == [
        "gone       document 3, and no erasure says why; run: archiver verify",
        "document 1: its text has changed",
        "document 2: its row has changed",
    ]
    with archive.write(engine) as c:
        c.execute(t.release_item.delete().where(t.release_item.c.document == 4))
    assert "do not give its digest" in release.verify(engine, "r").faults[0]
    with pytest.raises(Damaged, match="does not match its digest"):
        create(engine, "s")


def test_what_went_while_a_release_was_made_ends_it(engine: Engine) -> None:
    put(engine, "https://news.example/1")
    with archive.read(engine) as c:
        pins = releases.pin(c, [1], lambda _: None)
    pins = replace(pins, texts=bytearray.fromhex(digest(b"another")))
    with pytest.raises(TryLater, match="went while"), archive.write(engine) as c:
        releases.store(c, "r", {}, None, {}, pins, NOW)
    with archive.read(engine) as c:
        assert releases.load(c, "r") is None
        assert c.execute(select(t.release_item)).all() == []


def test_what_a_release_pins_no_pruning_takes(engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_bytes(body(FIRST))
    ingest(engine, Cleaner(None), [file], url=URL, fetched_at=NOW, clock=clock)
    create(engine, "r")
    newer = with_rule(tmp_path)
    clean_again(engine, newer, 2)
    found = cleaners.plan(engine, newer, (), all_old=True)
    assert cleaners.prune(engine, found, clock=clock).get("documents", 0) == 0
    assert release.verify(engine, "r").rows == 1
    assert verify(engine, newer).faults == []


def test_a_selection_and_what_it_left_out_stay_on_record(engine: Engine) -> None:
    put(engine, "https://a.example/1")
    put(engine, "https://b.example/1")
    create(engine, "r", Selection(sites=("a.example",), where="chars > 1"))
    told = json.loads("".join(release.shown(engine, "r", as_json=True)))
    assert told["query"] == {"sites": ["a.example"], "where": "chars > 1"}
    assert told["counts"] == {"documents": 1, "left_out": {"site": 1}}
    lines = list(release.shown(engine, "r", as_json=False))
    assert "left out   1 by site" in lines
    with archive.read(engine) as c:
        verb, asked = c.execute(select(t.run.c.verb, t.run.c.asked).order_by(t.run.c.id.desc())).first()  # type: ignore[misc]  # fmt: skip
    assert (verb, orjson.loads(orjson.dumps(asked))["name"]) == ("release", "r")


def test_an_export_of_a_release_writes_nothing_into_the_archive(
    engine: Engine, tmp_path: Path
) -> None:
    put(engine, "https://a.example/1")
    create(engine, "r")
    with archive.read(engine) as c:
        before = c.execute(select(t.run.c.id)).all()
    written(engine, "r", tmp_path / "a")
    with archive.read(engine) as c:
        assert c.execute(select(t.run.c.id)).all() == before
