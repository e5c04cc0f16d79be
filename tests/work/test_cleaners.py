"""`archiver cleaner`: recipes listed and compared, old ones pruned beside other work."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from archiver.archive import engine as archive
from archiver.archive import queries, store, versions
from archiver.archive import tables as t
from archiver.errors import BadInput, TryLater
from archiver.work import cleaners
from archiver.work.cleaning import Cleaner
from archiver.work.ingest import ingest
from tests.archive.test_versions import check_whole, kept, release
from tests.conftest import archive_with
from tests.work.versions_of import FIRST, NOW, RULE, body, clean_again, filled, ids, with_rule

twice = archive_with(filled)
with_writers = archive_with(filled, "postgresql")  # SQLite has one at a time


def clock() -> datetime:
    return NOW + timedelta(days=9)


def test_the_list_says_what_there_is_of_each_cleaner(twice: Engine, tmp_path: Path) -> None:
    cleaner = with_rule(tmp_path)
    _, (old, new) = ids(twice)
    rows = [json.loads(line) for line in cleaners.listing(cleaners.listed(twice, cleaner), as_json=True)]  # fmt: skip
    told = {row["id"]: (row["documents"], row["current"], row["in_force"], row["packs"]) for row in rows}  # fmt: skip
    assert told == {old: (2, 0, False, ["base", "en"]), new: (2, 1, True, ["base", "en", "mine"])}
    assert rows[1]["rules"] == rows[0]["rules"] + 1
    lines = list(cleaners.listing(cleaners.listed(twice, cleaner), as_json=False))
    assert [line.split()[0] for line in lines] == ["cleaner", old, new]
    before = [one.in_force for one in cleaners.listed(twice, Cleaner(None))]
    assert before == [True, False]


def test_without_the_cache_what_todays_rules_can_make_is_in_force(
    twice: Engine, tmp_path: Path
) -> None:
    cleaner = with_rule(tmp_path)
    with archive.write(twice) as c:
        c.execute(t.page.delete())
    # The old recipe is what the shipped packs alone make: some page may still select it.
    assert [one.in_force for one in cleaners.listed(twice, cleaner)] == [True, True]
    changed = tmp_path / "rules" / "mine.toml"
    changed.write_text(changed.read_text("utf-8").replace("old mill", "new mill"), "utf-8")
    later = Cleaner(tmp_path / "rules")
    assert [one.in_force for one in cleaners.listed(twice, later)] == [True, False]


def test_two_recipes_differ_in_their_rules(twice: Engine, tmp_path: Path) -> None:
    cleaner = with_rule(tmp_path)
    _, (old, new) = ids(twice)
    ((sign, line),) = cleaners.differing(twice, cleaner, old, new, as_json=False)
    assert (sign, line.split()[1]) == ("+", "mine.club")
    ((_, packed),) = cleaners.differing(twice, cleaner, new, old, as_json=True)
    assert (json.loads(packed)["op"], json.loads(packed)["rule"]) == ("gone", "mine.club")
    assert list(cleaners.differing(twice, cleaner, old, old, as_json=False)) == []


def test_a_recipe_is_shown_with_its_engines_and_rules(twice: Engine, tmp_path: Path) -> None:
    cleaner = with_rule(tmp_path)
    _, (_, new) = ids(twice)
    lines = list(cleaners.shown(twice, cleaner, new, as_json=False))
    assert "in_force: True" in lines
    assert any(line.startswith("engines: ") and "trafilatura " in line for line in lines)
    assert any(line.startswith("mine.club  line  self_promotion  ") for line in lines)
    (packed,) = cleaners.shown(twice, cleaner, new, as_json=True)
    assert json.loads(packed)["recipe"]["rules"]
    with pytest.raises(BadInput, match="no cleaner of this archive"):
        list(cleaners.shown(twice, cleaner, "nosuch", as_json=False))


def test_pruning_does_what_it_said_and_a_second_one_does_nothing(
    twice: Engine, tmp_path: Path
) -> None:
    cleaner = with_rule(tmp_path)
    (first, second), (old, new) = ids(twice)
    plan = cleaners.plan(twice, cleaner, [], all_old=True)
    assert (plan.old.names, list(plan.going)) == ((old,), [old])
    counts = cleaners.prune(twice, plan, clock=clock)
    assert counts == {"documents": plan.going[old][0], "texts": plan.texts} == {"documents": 2, "texts": 2}  # fmt: skip
    with archive.read(twice) as c:
        check_whole(c)
        assert kept(c) == [(first, new), (second, new)]
        told = c.execute(select(t.run.c.verb, t.run_end.c.counts).join(t.run_end)).all()[-1]
        before = queries.counts(c)
    assert tuple(told) == ("prune", counts)
    again = cleaners.plan(twice, cleaner, [], all_old=True)
    assert (again.going, again.texts) == ({}, 0)
    with archive.read(twice) as c:
        assert queries.counts(c) == before


@pytest.mark.parametrize("place", [0, 1])
def test_what_is_in_force_or_pinned_is_refused_by_name(
    twice: Engine, tmp_path: Path, place: int
) -> None:
    cleaner = with_rule(tmp_path)
    _, names = ids(twice)
    with archive.write(twice) as c:
        release(c, "spring", cleaner=names[0])
    with pytest.raises(BadInput, match=["releases spring", "in force"][place]):
        cleaners.plan(twice, cleaner, [names[place]], all_old=False)
    assert cleaners.plan(twice, cleaner, [], all_old=True).old == versions.Old((), {})
    for wrong in ([], ["nosuch"]):
        with pytest.raises(BadInput):
            cleaners.plan(twice, cleaner, wrong, all_old=False)


def test_what_is_in_force_elsewhere_goes_where_it_is_not(engine: Engine, tmp_path: Path) -> None:
    """A site has rules of its own since: what it had under those of all goes, the others' stays."""
    for site in ("a.example", "b.example"):
        (tmp_path / f"{site}.html").write_bytes(body(f"{FIRST} It was told by {site}."))
        ingest(engine, Cleaner(None), [tmp_path / f"{site}.html"], site=site, clock=clock)
    _, (old,) = ids(engine)
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "b.toml").write_text(f'sites = ["b.example"]\n{RULE}', "utf-8")
    cleaner = Cleaner(rules)
    for plan in (
        cleaners.plan(engine, cleaner, [], all_old=True),
        cleaners.plan(engine, Cleaner(None), [], all_old=True),
    ):
        assert plan.going == {}  # they are the only documents that there are
    with pytest.raises(BadInput, match="in force"):
        cleaners.plan(engine, Cleaner(None), [old], all_old=False)
    clean_again(engine, cleaner, 20)
    _, (_, new) = ids(engine)
    plan = cleaners.plan(engine, cleaner, [old], all_old=False)
    assert plan == cleaners.plan(engine, cleaner, [], all_old=True)
    assert {name: count for name, (count, _) in plan.going.items()} == {old: 1}
    assert cleaners.prune(engine, plan, clock=clock) == {"documents": 1, "texts": 1}
    with archive.read(engine) as c:
        check_whole(c)
        assert kept(c) == [(1, old), (2, new)]
    assert [one.in_force for one in cleaners.listed(engine, cleaner)] == [True, True]
    assert cleaners.plan(engine, cleaner, [], all_old=True).going == {}


def many(engine: Engine, folder: Path, count: int) -> None:
    """Pages of one site under the shipped rules; what half of them keep, two rules keep alike."""
    files = folder / "many"
    files.mkdir()
    for number in range(count):
        (files / f"{number}.html").write_bytes(body(f"{FIRST} It was number {number // 2}."))
    ingest(engine, Cleaner(None), [files], clock=clock)


def test_a_pruning_that_is_killed_goes_on(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(engine, tmp_path, 7)
    cleaner = with_rule(tmp_path)
    clean_again(engine, cleaner, 1)
    monkeypatch.setattr(cleaners, "CHUNK", 3)
    plan = cleaners.plan(engine, cleaner, [], all_old=True)

    def die(message: str, *, passing: bool = False, **about: str | int) -> None:
        raise TryLater("killed")

    with pytest.raises(TryLater):
        cleaners.prune(engine, plan, clock=clock, tell=die)
    with archive.read(engine) as c:
        check_whole(c)
        assert len(kept(c)) == 7 + 4
    assert cleaners.prune(engine, plan, clock=clock)["documents"] == 4
    with archive.read(engine) as c:
        check_whole(c)
        assert len(kept(c)) == 7
        erased = c.execute(select(t.erasure.c.what).order_by(t.erasure.c.id)).scalars().all()
    assert erased == ["3 documents of a cleaner", "3 documents of a cleaner", "1 documents of a cleaner"]  # fmt: skip


def test_pruning_beside_other_writers_breaks_neither(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new documents have the texts of the old ones, which are removed at the same time."""
    count = 12
    many(engine, tmp_path, count)
    first = with_rule(tmp_path)
    clean_again(engine, first, 1)
    rule = tmp_path / "rules" / "mine.toml"
    rule.write_text(rule.read_text("utf-8").replace("mine.club", "mine.readers"), "utf-8")
    second = Cleaner(tmp_path / "rules")
    monkeypatch.setattr(cleaners, "CHUNK", 3)

    def prune() -> int:
        plan = cleaners.plan(engine, second, [], all_old=True)
        return cleaners.prune(engine, plan, clock=clock)["documents"] if plan.going else 0

    gone = 0
    with ThreadPoolExecutor(1) as other:
        writing = other.submit(clean_again, engine, second, 2)
        while not writing.done():
            gone += prune()
        writing.result()
    gone += prune()
    assert gone == 2 * count
    with archive.read(engine) as c:
        check_whole(c)
        assert len(kept(c)) == count
        assert len({cleaner for _, cleaner in kept(c)}) == 1


def test_a_text_that_a_writer_is_about_to_use_is_not_removed(
    with_writers: Engine, tmp_path: Path
) -> None:
    """A writer that found the text there, and has not put its document yet, has not ended."""
    twice = with_writers
    cleaner = with_rule(tmp_path)
    _, (old, _) = ids(twice)
    plan = cleaners.plan(twice, cleaner, [old], all_old=False)
    with archive.read(twice) as c:
        before = queries.document_of(c, snapshot=1, cleaner=old)
    assert before is not None
    document = replace(before.document, cleaner="cleaner-3")
    with ThreadPoolExecutor(1) as other:
        with archive.write(twice) as c:
            store.put_cleaner(c, "cleaner-3", {}, NOW)
            name, words = store.text_of(document)
            c.execute(store.insert_into("postgresql", t.text).values(digest=name, text=words).on_conflict_do_nothing())  # fmt: skip
            pruning = other.submit(cleaners.prune, twice, plan, clock=clock)
            with pytest.raises(TimeoutError):
                pruning.result(timeout=0.5)
            store.store_document(c, 1, document, None, NOW)
        assert pruning.result() == {"documents": 2, "texts": 1}
    with archive.read(twice) as c:
        check_whole(c)
