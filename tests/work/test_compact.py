"""Bodies packed anew: less space, the same bytes, whatever happens on the way."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select, update

from archiver.archive import bodies, queries, space, store
from archiver.archive import engine as archive
from archiver.archive import tables as t
from archiver.archive.packing import (
    BASE,
    ENCODING,
    FIRST,
    PACKED,
    digest,
    press,
    squeeze,
    unpress,
    unsqueeze,
)
from archiver.errors import BadInput, Damaged, TryLater
from archiver.work import compact as work
from archiver.work.compact import compact
from tests.archive.values import NOW, SITE, add_site, add_snapshot

FRAME = b"".join(b"<li class='menu item-%d'>Section %d</li>\n" % (n, n * n) for n in range(300))


def clock() -> datetime:
    return datetime.now(UTC)


class Told:
    """What is told of long work, but what passes."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.lines: list[str] = []

    def __call__(self, message: str, *, passing: bool = False, **_: str | int) -> None:
        """Keep a line."""
        if not passing:
            self.lines.append(message)


def page(number: int, version: int = 0) -> bytes:
    """A page of a site: much of every other one, something of its own."""
    own = b" ".join(digest(b"%d.%d" % (number, n)).encode() for n in range(10))
    return FRAME + own + b"<p>version %d</p>" % version


@pytest.fixture
def engine(archive_url: str) -> Iterator[Engine]:
    opened = archive.connect(archive_url)
    yield opened
    opened.dispose()
    bodies.forget()


def fill(engine: Engine, pages: int, versions: int = 1, site: str = SITE) -> dict[int, bytes]:
    """Store pages in some versions; the bytes by snapshot."""
    with archive.write(engine) as c:
        targets = add_site(c, *(f"https://{site}/{n}" for n in range(pages)), site=site)
        made = [page(n, v) for v in range(versions) for n in range(pages)]
        snapshots = [add_snapshot(c, targets[at % pages], body) for at, body in enumerate(made)]
    return dict(zip(snapshots, made, strict=True))


def stored(engine: Engine) -> dict[str, tuple[str, str | None]]:
    with archive.read(engine) as c:
        query = select(t.body_store.c.digest, t.body_store.c.encoding, t.body_store.c.dictionary)
        return {name: (encoding, known) for name, encoding, known in c.execute(query)}


def read(engine: Engine, snapshots: dict[int, bytes]) -> dict[int, bytes]:
    bodies.forget()
    with archive.read(engine) as c:
        return {number: queries.load_snapshot(c, number)[1].body for number in snapshots}


def test_every_body_comes_back_and_takes_less(engine: Engine) -> None:
    snapshots = fill(engine, 12)
    counts = compact(engine, clock=clock)
    assert counts["bodies"] == 12
    assert counts["bytes_after"] < counts["bytes_before"] / 2
    assert read(engine, snapshots) == snapshots
    encodings = sorted(encoding for encoding, _ in stored(engine).values())
    assert encodings == [FIRST] + [BASE] * 3 + [PACKED] * 8
    assert "bodies" not in compact(engine, clock=clock)


def test_chains_are_bounded_however_many_versions_there_are(engine: Engine) -> None:
    snapshots = fill(engine, 3, versions=12)
    compact(engine, clock=clock)
    known = {name: dictionary for name, (_, dictionary) in stored(engine).items()}
    for name in known:
        chain = [name]
        while (at := known[chain[-1]]) is not None:
            chain.append(at)
        assert len(chain) <= bodies.MAX_CHAIN
        with archive.read(engine) as c:
            assert bodies.link(c, name).depth == len(chain)
    assert read(engine, snapshots) == snapshots


def test_an_earlier_version_is_the_dictionary(engine: Engine) -> None:
    snapshots = fill(engine, 6, versions=2)
    compact(engine, clock=clock)
    found = stored(engine)
    for number in range(6):
        assert found[digest(page(number, 1))][1] == digest(page(number, 0))
    assert read(engine, snapshots) == snapshots


def test_what_comes_later_uses_the_base_that_is_there(engine: Engine) -> None:
    fill(engine, 2)
    compact(engine, clock=clock)
    snapshots = fill(engine, 9)
    compact(engine, clock=clock)
    assert sum(encoding in {FIRST, BASE} for encoding, _ in stored(engine).values()) == (
        bodies.BASE_PAGES
    )
    assert read(engine, snapshots) == snapshots


def test_a_new_era_begins_with_a_base_of_its_own(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "ERA", 5)
    snapshots = fill(engine, 20)
    compact(engine, clock=clock)
    found = stored(engine).values()
    assert sum(encoding == FIRST and known is None for encoding, known in found) == 3
    assert read(engine, snapshots) == snapshots


def test_sites_share_nothing(engine: Engine) -> None:
    first, second = fill(engine, 6), fill(engine, 7, versions=2, site="other.example")
    compact(engine, hosts=[SITE], clock=clock)
    found = stored(engine)
    assert all(found[digest(body)][0] != ENCODING for body in first.values())
    compact(engine, clock=clock)
    assert read(engine, {**first, **second}) == {**first, **second}


def test_any_bytes_come_back(engine: Engine) -> None:
    with archive.write(engine) as c:
        odd = [b"", b"x", b"\0" * 3_000_000, bytes(range(256)) * 40, page(1), b"x" * 7]
        targets = add_site(c, *(f"https://{SITE}/{n}" for n in range(len(odd))))
        snapshots = {add_snapshot(c, *pair): pair[1] for pair in zip(targets, odd, strict=True)}
    assert compact(engine, clock=clock)["bodies"] == len(odd)
    assert read(engine, snapshots) == snapshots


def test_a_damaged_body_is_left_as_it_is_and_the_others_are_packed(engine: Engine) -> None:
    snapshots = fill(engine, 5)
    name = digest(page(0))
    with archive.write(engine) as c:
        c.execute(update(t.body_store).where(t.body_store.c.digest == name).values(data=b"x"))
    told = Told()
    counts = compact(engine, clock=clock, tell=told)
    assert (counts["bodies"], counts["failed"]) == (4, 1)
    assert any(f"https://{SITE}/0" in line for line in told.lines)
    assert stored(engine)[name] == (ENCODING, None)
    assert list(read(engine, dict(list(snapshots.items())[1:])).values()) == [
        page(n) for n in range(1, 5)
    ]


def test_an_encoding_that_does_not_read_back_never_takes_the_place(engine: Engine) -> None:
    snapshots = fill(engine, 1)
    (number,) = snapshots
    with archive.read(engine) as c:
        one = bodies.take(c, number)
    assert one is not None

    def wrong() -> None:
        with archive.write(engine) as c:
            bodies.put(c, one, PACKED, None, squeeze(page(0)[:-1] + b"?"))

    with pytest.raises(Damaged, match="packed anew"):
        wrong()
    assert read(engine, snapshots) == snapshots


def test_a_stop_anywhere_costs_nothing(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed after any write, the next run goes on; the end is that of an undisturbed run."""
    snapshots = fill(engine, 14, versions=2)
    monkeypatch.setattr(work, "CHUNK", 3)

    class Stop(Exception):
        pass

    real = work._Site.flush
    writes = 0

    def flush(self: work._Site) -> None:
        nonlocal writes
        writes += 1
        if writes % 2:
            raise Stop
        real(self)

    monkeypatch.setattr(work._Site, "flush", flush)
    for _ in range(40):
        try:
            compact(engine, clock=clock)
            break
        except Stop:
            continue
    monkeypatch.setattr(work._Site, "flush", real)
    compact(engine, clock=clock)
    assert read(engine, snapshots) == snapshots
    assert {encoding for encoding, _ in stored(engine).values()} == {FIRST, BASE, PACKED}


def test_every_flipped_bit_of_a_base_without_a_dictionary_is_found() -> None:
    """A brotli stream has no checksum of its own, and bits that change no byte of what it holds."""
    pressed = press(b"<p>The bridge was repaired in May.")
    for bit in range(len(pressed) * 8):
        bad = bytearray(pressed)
        bad[bit // 8] ^= 1 << bit % 8
        with pytest.raises(Damaged, match="this one"):
            unpress(bytes(bad), 100, "this one")
    for bad_length in (pressed[:-1], pressed + b"x", pressed[:4], b""):
        with pytest.raises(Damaged, match="this one"):
            unpress(bytes(bad_length), 100, "this one")


def test_what_unpacks_to_more_than_it_may_is_refused() -> None:
    assert len(unpress(press(bytes(5_000_000)), 5_000_000, "zeros")) == 5_000_000
    with pytest.raises(Damaged, match="zeros"):
        unpress(press(bytes(5_000_000)), 4_999_999, "zeros")


@given(st.binary(max_size=300))
def test_pressed_bytes_come_back(data: bytes) -> None:
    assert unpress(press(data), len(data), "it") == data


@pytest.mark.parametrize("encoding", ["brotli", "", FIRST])
def test_an_encoding_that_is_none_or_another_is_an_error_that_names_the_page(
    engine: Engine, encoding: str
) -> None:
    (snapshot,) = fill(engine, 1)
    with archive.write(engine) as c:
        c.execute(update(t.body_store).values(encoding=encoding))
    with (
        archive.read(engine) as c,
        pytest.raises(Damaged, match=f"snapshot {snapshot}, https://{SITE}/"),
    ):
        queries.load_snapshot(c, snapshot)


def test_a_damaged_dictionary_is_named_with_what_needs_it(engine: Engine) -> None:
    snapshots = fill(engine, 6)
    compact(engine, clock=clock)
    name = digest(page(2))
    with archive.write(engine) as c:
        row = t.body_store.c.digest == name
        frame = bytearray(c.execute(select(t.body_store.c.data).where(row)).scalar_one())
        frame[len(frame) // 2] ^= 4
        c.execute(update(t.body_store).where(row).values(data=bytes(frame)))
    bodies.forget()
    with archive.read(engine) as c:
        for number in list(snapshots)[2:]:
            with pytest.raises(Damaged, match=name):
                queries.load_snapshot(c, number)
        for number in list(snapshots)[:2]:
            assert queries.load_snapshot(c, number)[1].body == snapshots[number]


@pytest.mark.parametrize("circle", [True, False], ids=["circle", "gone"])
def test_a_chain_that_leads_nowhere_is_an_error(engine: Engine, circle: bool) -> None:
    snapshots = fill(engine, 3)
    compact(engine, clock=clock)
    to = digest(page(2)) if circle else "0" * 64
    with archive.write(engine) as c:
        first = t.body_store.c.digest == digest(page(0))
        c.execute(update(t.body_store).where(first).values(dictionary=to))
    bodies.forget()
    with archive.read(engine) as c, pytest.raises(Damaged, match="dictionary"):
        queries.load_snapshot(c, list(snapshots)[2])
    with archive.read(engine) as c:
        assert bodies.link(c, digest(page(2))).depth <= bodies.MAX_CHAIN + 1


def test_a_scrape_meanwhile_is_not_disturbed(engine: Engine) -> None:
    """A body that comes while others are packed is packed by the next run."""
    snapshots = fill(engine, 6)
    late: dict[int, bytes] = {}

    def tell(message: str, *, passing: bool = False, **_: str | int) -> None:
        if passing and not late:
            with archive.write(engine) as c:
                (target,) = add_site(c, f"https://{SITE}/late")
                late[add_snapshot(c, target, page(99))] = page(99)

    assert compact(engine, clock=clock, tell=tell)["bodies"] == 6
    assert compact(engine, clock=clock)["bodies"] == 1
    assert read(engine, {**snapshots, **late}) == {**snapshots, **late}


def bulky(engine: Engine) -> dict[int, bytes]:
    with archive.write(engine) as c:
        shared = b" ".join(digest(b"%d" % n).encode() for n in range(500))  # as long as real pages
        pages = [shared + page(n) for n in range(60)]
        targets = add_site(c, *(f"https://{SITE}/{n}" for n in range(len(pages))))
        return {add_snapshot(c, *pair): pair[1] for pair in zip(targets, pages, strict=True)}


def test_the_file_of_sqlite_shrinks_by_what_is_saved(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/archive.db"
    archive.upgrade(url)
    engine = archive.connect(url)
    snapshots = bulky(engine)
    counts = compact(engine, clock=clock)
    saved = counts["bytes_before"] - counts["bytes_after"]
    assert counts["file_before"] - counts["file_after"] > 0.7 * saved
    assert (tmp_path / "archive.db").stat().st_size == counts["file_after"]
    assert read(engine, snapshots) == snapshots
    engine.dispose()


def test_a_file_without_auto_vacuum_shrinks_by_vacuum(tmp_path: Path) -> None:
    """As archives of earlier versions are."""
    path = tmp_path / "archive.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE gone (a)")
        connection.execute("DROP TABLE gone")
    archive.upgrade(f"sqlite:///{path}")
    engine = archive.connect(f"sqlite:///{path}")
    snapshots = bulky(engine)
    told = Told()
    first = compact(engine, clock=clock, tell=told)
    assert any("--vacuum" in line for line in told.lines)
    second = compact(engine, vacuum=True, clock=clock)
    assert second["file_after"] < first["file_after"] / 2
    assert space.shrink(engine) == 0
    assert read(engine, snapshots) == snapshots
    assert list(tmp_path.glob("*vacuum*")) == []
    engine.dispose()


def test_vacuum_asks_for_the_space_that_it_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path}/archive.db"
    archive.upgrade(url)
    engine = archive.connect(url)
    real = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: real._replace(free=100_000))
    with pytest.raises(TryLater, match="MiB free") as fault:
        space.vacuum(engine)
    assert "\n" not in str(fault.value)
    engine.dispose()


def test_vacuum_is_not_for_postgresql(postgres_url: str) -> None:
    archive.upgrade(postgres_url)
    engine = archive.connect(postgres_url)
    with pytest.raises(BadInput, match="VACUUM FULL"):
        compact(engine, vacuum=True, clock=clock)
    engine.dispose()


@given(st.binary(max_size=300), st.binary(min_size=1, max_size=300), st.sampled_from((3, 9, 19)))
def test_a_frame_with_a_dictionary_comes_back(data: bytes, dictionary: bytes, level: int) -> None:
    if data:
        assert unsqueeze(squeeze(data, level, dictionary), "this", dictionary) == data


def test_a_frame_does_not_read_with_another_dictionary() -> None:
    frame = squeeze(page(1), 9, page(2))
    with pytest.raises(Damaged):
        unsqueeze(frame, "this", page(3))
    with pytest.raises(Damaged):
        unsqueeze(frame, "this")


def test_an_earlier_version_that_is_the_same_bytes_elsewhere_is_no_circle(engine: Engine) -> None:
    """Two targets that swap their bodies."""
    with archive.write(engine) as c:
        one, two = add_site(c, f"https://{SITE}/a", f"https://{SITE}/b")
        pairs = [(one, page(1)), (two, page(2)), (one, page(2)), (two, page(1))]
        snapshots = {add_snapshot(c, *pair): pair[1] for pair in pairs}
    compact(engine, clock=clock)
    assert read(engine, snapshots) == snapshots


def test_a_store_of_a_body_that_is_packed_leaves_it_so(engine: Engine) -> None:
    snapshots = fill(engine, 2)
    compact(engine, clock=clock)
    before = stored(engine)
    with archive.write(engine) as c:
        (target,) = add_site(c, f"https://{SITE}/again")
        again = add_snapshot(c, target, page(1))
        assert store.start_run(c, "x", {}, NOW)
    assert stored(engine) == before
    assert read(engine, {**snapshots, again: page(1)})[again] == page(1)
