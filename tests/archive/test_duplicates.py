"""The index of duplicates follows the documents, and says the same however they came."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, update

from archiver.archive import bands, clusters, copies, duplicates
from archiver.archive import tables as t
from archiver.archive.engine import read, write
from archiver.archive.packing import digest
from archiver.archive.search import Filters
from archiver.archive.store import ALIAS
from archiver.text import minhash

from .guards import INDEXES
from .test_search import shelf

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Engine

NO = Filters()
WORDS = [f"शब्द{number}" for number in range(3000)]


def story(seed: int, count: int = 80) -> str:
    return " ".join(random.Random(seed).choices(WORDS, k=count))  # noqa: S311


def copy(text: str, share: float, seed: int) -> str:
    chance = random.Random(seed)  # noqa: S311
    words = (chance.choice(WORDS) if chance.random() < share else one for one in text.split())
    return " ".join(words)


def follow(c: Connection, *, at_once: int = 7) -> None:
    """Bring the index in step in small pieces."""
    targets = duplicates.stale(c)
    for start in range(0, len(targets), at_once):
        duplicates.put(c, duplicates.prepare(c, targets[start : start + at_once]))
    while clusters.settle(c, at_once):
        pass
    assert duplicates.stale(c) == []


def groups(c: Connection) -> set[tuple[int, ...]]:
    """The clusters of more than one page, each with its representative first."""
    found = copies.clusters(c, NO, None, 1000)
    return {tuple(one.target for one in cluster.members) for cluster in found}


def outcome(c: Connection) -> list[tuple[object, ...]]:
    """All that the view says."""
    return sorted(tuple(row) for row in c.execute(select(t.duplicate)))


def rename(c: Connection, target: int, text: str) -> None:
    """Give a page another current document."""
    name = digest(text.encode())
    if c.execute(select(t.text.c.digest).where(t.text.c.digest == name)).first() is None:
        c.execute(t.text.insert().values(digest=name, text=text))
    old = c.execute(select(t.document).where(t.document.c.id == target)).mappings().one()
    number = int(c.execute(select(func.max(t.document.c.id))).scalar_one()) + 1
    c.execute(t.cleaner.insert().values(id=str(number), at=old["at"], recipe={}))
    new = dict(old) | {"id": number, "cleaner": str(number), "text": name}
    c.execute(t.document.insert().values(**new))
    c.execute(update(t.target).where(t.target.c.id == target).values(document=number))


def date(c: Connection, dates: dict[int, str | None]) -> None:
    for number, published in dates.items():
        own = update(t.document).where(t.document.c.id == number)
        c.execute(own.values(published=published))


def test_texts_that_differ_in_spelling_and_signs_are_exact_duplicates(archive: Engine) -> None:
    with write(archive) as c:
        shelf(c, ["फ़िल्म देखी।", "फिल्म  देखी", "फूल देखा", "…", "!"])
        follow(c)
        assert groups(c) == {(1, 2)}
        assert outcome(c) == [(2, 1, "exact", 1.0)]
        (found,) = copies.clusters(c, NO, None, 10)
        assert found.kind == "exact"


def test_a_copy_is_found_and_another_story_is_not(archive: Engine) -> None:
    text = story(1)
    with write(archive) as c:
        shelf(c, [text, story(2), copy(text, 0.1, 1), text])
        follow(c)
        assert groups(c) == {(1, 3, 4)}
        told = {row[0]: row[1:3] for row in outcome(c)}
        assert told == {3: (1, "near"), 4: (1, "exact")}
        similarity = minhash.likeness(text.split(), copy(text, 0.1, 1).split())
        assert [row[3] for row in outcome(c)] == [pytest.approx(similarity), 1.0]


def test_short_texts_are_compared_word_for_word_only(archive: Engine) -> None:
    words = story(1, minhash.FEWEST - 1)
    with write(archive) as c:
        shelf(c, [words, words.replace(words.split()[0], "और"), words])
        follow(c)
        assert groups(c) == {(1, 3)}


def test_the_representative_is_the_first_by_date_then_by_sight_then_by_number(
    archive: Engine,
) -> None:
    text = story(1)
    with write(archive) as c:
        shelf(c, [copy(text, 0.1, seed) for seed in range(5)])
        date(c, {2: "2026-02-03T10:00:00+05:30", 3: "2026-02-03T04:00:00+00:00", 4: "soon"})
        follow(c)
        assert groups(c) == {(3, 2, 1, 4, 5)}
        for number, published in ((5, "2026-02-03"), (1, "2026-02-03T00:00:00")):
            rename(c, number, story(9))
            rename(c, number, copy(text, 0.1, number - 1))
            newest = c.execute(select(t.target.c.document).where(t.target.c.id == number)).scalar()
            date(c, {int(newest or 0): published})
        follow(c)
        assert groups(c) == {(1, 5, 3, 2, 4)}


def test_what_a_page_does_not_say_any_more_leaves(archive: Engine) -> None:
    text = story(1)
    with write(archive) as c:
        shelf(c, [text, copy(text, 0.1, 1), copy(text, 0.2, 2), text])
        follow(c)
        assert groups(c) == {(1, 2, 3, 4)}
        rename(c, 1, story(2))
        rename(c, 4, story(3))
        follow(c)
        assert groups(c) == {(2, 3)}
        c.execute(update(t.target).where(t.target.c.id == 2).values(state=ALIAS))
        follow(c)
        assert groups(c) == set()
        c.execute(update(t.target).values(document=None))
        follow(c)
        assert not sum(rows(c).values())


def rows(c: Connection) -> dict[str, int]:
    own = INDEXES - {"search_document"}
    return {
        name: int(c.execute(select(func.count()).select_from(t.metadata.tables[name])).scalar_one())
        for name in own
    }


def test_what_is_forgotten_leaves_nothing_and_the_others_are_asked_again(archive: Engine) -> None:
    text = story(1)
    with write(archive) as c:
        shelf(c, [text, copy(text, 0.1, 1), copy(text, 0.1, 2)])
        follow(c)
        duplicates.forget(c, [1])
        assert rows(c)["wording_band"] == 2 * minhash.BANDS
        assert outcome(c) == []
        c.execute(update(t.target).where(t.target.c.id == 1).values(document=None))
        follow(c)
        assert groups(c) == {(2, 3)}
        duplicates.forget(c, [2, 3])
        assert not sum(rows(c).values())


def test_keys_move_to_where_they_stay_and_are_found_and_forgotten_in_both_places(
    archive: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bands, "TURN", 4)
    text = story(1)
    moved = select(func.count()).select_from(t.wording_band)
    moved = moved.where(t.wording_band.c.key < bands.FRESH)
    with write(archive) as c:
        shelf(c, [text, *map(story, range(2, 4 * bands.SLICES))])
        follow(c)
        others = 4 * bands.SLICES - 1
        assert rows(c)["wording_band"] == others * minhash.BANDS
        assert 0 < c.execute(moved).scalar_one() < others * minhash.BANDS
        shelf(c, [copy(text, 0.1, seed) for seed in range(3)])
        follow(c)
        assert groups(c) == {(1, others + 1, others + 2, others + 3)}
        rename(c, 1, story(2))
        follow(c)
        assert groups(c) == {(1, 2), (others + 1, others + 2, others + 3)}
        duplicates.forget(c, range(1, others + 5))
        assert rows(c)["wording_band"] == 0


@pytest.mark.parametrize(
    ("first", "last", "slices"), [(1, 3, 0), (1, 4, 1), (4, 11, 2), (1, 99, 3)]
)
def test_every_slice_has_its_turn(
    archive: Engine, monkeypatch: pytest.MonkeyPatch, first: int, last: int, slices: int
) -> None:
    """However many wordings come at once: after four the first slice, after eight the next."""
    monkeypatch.setattr(bands, "TURN", 4)
    monkeypatch.setattr(bands, "SLICES", 3)
    monkeypatch.setattr(bands, "_WIDTH", 32 << minhash.BAND_BITS)
    with write(archive) as c:
        signature = minhash.signature(story(1).split()) or b""
        bands.enter(c, [((5, 1), signature), ((4, 2), signature)])
        before = bands.firsts(c, minhash.keys(signature))
        assert set(before) == set(minhash.keys(signature))
        assert set(map(tuple, before.values())) == {((4, 2), (5, 1))}
        bands.move(c, first, last)
        fresh = select(func.count()).select_from(t.wording_band)
        fresh = fresh.where(t.wording_band.c.key >= bands.FRESH)
        assert c.execute(fresh).scalar_one() == 2 * (minhash.BANDS - 32 * slices)
        assert bands.firsts(c, minhash.keys(signature)) == before
        bands.leave(c, [((5, 1), signature)])
        left = bands.firsts(c, minhash.keys(signature))
        assert set(map(tuple, left.values())) == {((4, 2),)}


def test_what_is_like_nothing_is_settled_as_it_comes(archive: Engine) -> None:
    text = story(1)
    with write(archive) as c:
        shelf(c, [text, copy(text, 0.1, 1), story(2), "एक दो"])
        duplicates.put(c, duplicates.prepare(c, duplicates.stale(c)))
        assert clusters.unsettled(c) == 2
        assert clusters.settle(c, 10) == 2
        assert clusters.settle(c, 10) == 0


def test_a_document_that_changed_since_it_was_prepared_is_still_stale(archive: Engine) -> None:
    with write(archive) as c:
        shelf(c, ["एक दो", "एक दो"])
        entries = duplicates.prepare(c, [1, 2])
        rename(c, 2, "तीन")
        duplicates.put(c, entries)
        assert duplicates.stale(c) == [2]
        follow(c)
        assert groups(c) == set()


def test_a_damaged_text_is_told_and_is_like_no_other(archive: Engine) -> None:
    with write(archive) as c:
        shelf(c, ["एक दो", "तीन चार"])
        c.execute(update(t.text).where(t.text.c.text == "तीन चार").values(text="एक  दो"))
        entries = duplicates.prepare(c, duplicates.stale(c))
        assert duplicates.put(c, entries) == 1
        follow(c)
        assert groups(c) == set()


def test_another_version_of_the_form_is_noticed(archive: Engine) -> None:
    with write(archive) as c:
        shelf(c, ["एक दो"])
        follow(c)
        assert not duplicates.other_form(c)
        c.execute(update(t.duplicate_document).values(form="earlier"))
        assert duplicates.other_form(c)
        duplicates.clear(c)
        assert not sum(rows(c).values())


def test_a_chain_ends_where_nothing_joins_it_to_its_first(archive: Engine) -> None:
    """Each text takes up two thirds of the one before."""
    words = story(1, 400).split()
    with write(archive) as c:
        shelf(c, [" ".join(words[at : at + 90]) for at in range(0, 270, 30)])
        follow(c)
        found = groups(c)
    assert len(found) > 1
    for group in found:
        first = words[30 * (group[0] - 1) :][:90]
        for one in group:
            other = words[30 * (one - 1) :][:90]
            assert minhash.likeness(first, other) >= clusters.RELATED


def crowd(seed: int) -> list[str]:
    """Copies of copies, chains, repeats, and more texts of one form than a key is asked for."""
    chance = random.Random(seed)  # noqa: S311
    texts = [story(seed * 100 + number, 40) for number in range(3)]
    for number in range(30):
        texts.append(copy(chance.choice(texts[:6]), chance.choice((0.05, 0.2, 0.35)), number))
    form = story(seed * 100 + 99, 40)
    texts += [copy(form, chance.choice((0.1, 0.45)), number) for number in range(30)]
    texts += chance.choices(texts, k=10)
    return texts


def afresh(c: Connection) -> list[tuple[object, ...]]:
    """What the view says of an index made at once."""
    duplicates.clear(c)
    follow(c, at_once=1000)
    return outcome(c)


@pytest.mark.parametrize(
    "seed", [0, 1, *(pytest.param(n, marks=pytest.mark.large) for n in (2, 3))]
)
def test_the_order_in_which_documents_come_and_go_does_not_matter(
    archive: Engine, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bands, "TURN", (500, 1, 3, 10)[seed])  # keys move between their places
    chance = random.Random(seed)  # noqa: S311
    texts = crowd(seed)
    numbers = list(range(1, len(texts) + 1))
    with write(archive) as c:
        shelf(c, texts)
        date(c, {number: f"2026-01-{chance.randint(1, 28):02}" for number in numbers[::2]})
        hidden = dict(c.execute(select(t.target.c.id, t.target.c.document)).all())
        c.execute(update(t.target).values(document=None))
        for step in range(6):
            show(c, hidden, chance.sample(numbers, 15))
            if step % 3 == 2:
                c.execute(
                    update(t.target)
                    .where(t.target.c.id.in_(chance.sample(numbers, 10)))
                    .values(document=None)
                )
            follow(c, at_once=chance.choice((2, 7, 50)))
        mine = outcome(c)
        assert mine == afresh(c)
    assert len(mine) > 5


def show(c: Connection, documents: dict[int, int], targets: Sequence[int]) -> None:
    for number in targets:
        own = update(t.target).where(t.target.c.id == number)
        c.execute(own.values(document=documents[number]))


def test_a_key_that_many_have_is_asked_for_its_first(
    archive: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    likeness = minhash.likeness

    def counted(one: Sequence[str], other: Sequence[str]) -> float:
        asked.append(1)
        return likeness(one, other)

    monkeypatch.setattr(minhash, "likeness", counted)
    form = story(1)
    with write(archive) as c:
        shelf(c, [copy(form, 0.1, number) for number in range(120)])
        follow(c, at_once=50)
        assert len(groups(c)) == 1
    assert len(asked) <= 120 * (clusters.COMPARED + 1)


def test_filters_and_kinds(archive: Engine) -> None:
    text, other = story(1), story(2)
    with write(archive) as c:
        shelf(c, [text, copy(text, 0.1, 1)], site="a.example")
        shelf(c, [other, other], site="b.example", language="bn")
        shelf(c, [text], site="c.example", language="hi-Latn")
        date(c, dict.fromkeys((1, 2), "2026-05-01"))
        follow(c)

        def sizes(filters: Filters = NO, kind: copies.Kind | None = None) -> list[int]:
            return [len(one.members) for one in copies.clusters(c, filters, kind, 10)]

        assert sizes() == [3, 2]
        assert sizes(kind="exact") == [2]
        assert sizes(kind="near") == [3]
        assert sizes(Filters(sites=["c.example"])) == [3]
        assert sizes(Filters(languages=["bn"])) == [2]
        assert [len(one.members) for one in copies.clusters(c, NO, None, 1)] == [3]
        (first, _) = copies.clusters(c, NO, None, 10)
        assert first.sites == ["a.example", "c.example"]
        assert copies.summary(c, NO, None) == copies.Summary(
            clusters=2, pages=5, exact=2, near=1, across_sites=1
        )


def test_reading_needs_no_index(archive: Engine) -> None:
    with read(archive) as c:
        assert copies.clusters(c, NO, None, 10) == []
        assert copies.summary(c, NO, None) == copies.Summary(
            clusters=0, pages=0, exact=0, near=0, across_sites=0
        )
