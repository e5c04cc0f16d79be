"""The search index on both databases: finds all spellings, keeps in step, forgets what is erased."""

from __future__ import annotations

from contextlib import suppress

import pytest
from sqlalchemy import Connection, Engine, delete, insert, select, text, update

from archiver.archive import search, store, versions
from archiver.archive import tables as t
from archiver.archive.engine import read, write
from archiver.archive.packing import digest
from archiver.archive.search import Filters
from archiver.text import search as form
from archiver.text.query import MAX_WORDS, parse
from tests.spellings import WORDS

from .guards import guard
from .values import CLEANER, HOUR, NOW, SITE, add_snapshot, document, fetched, fill

NO = Filters()


def shelf(c: Connection, texts: list[str], *, site: str = SITE, language: str = "hi") -> list[int]:
    """Store documents of pages of their own, in few statements; the pages' ids."""
    store.put_site(c, site, {"sources": []}, NOW)
    store.put_cleaner(c, CLEANER, {}, NOW)
    body = digest(b"")
    c.execute(
        store.insert_into(c.dialect.name, t.body).on_conflict_do_nothing(),
        {"digest": body, "length": 0},
    )
    first = (c.execute(select(t.target.c.id).order_by(t.target.c.id.desc())).scalar() or 0) + 1
    numbers = list(range(first, first + len(texts)))
    page = {"site": site, "kind": "page", "found_at": NOW, "stated_date": "", "stated_title": "",
            "failures": 0, "state": "active", "fetches": 1}  # fmt: skip
    snapshot = {"body": body, "fetched_at": NOW, "content_type": ""}
    names = [digest(one.encode()) for one in texts]
    made = store.document_values(0, document()) | {
        "language": language,
        "title": None,
        "published": None,
    }
    c.execute(
        insert(t.target), [{"id": at, "url": f"https://{site}/{at}", **page} for at in numbers]
    )
    c.execute(
        insert(t.snapshot), [{"id": at, "target": at, "url": "", **snapshot} for at in numbers]
    )
    put = store.insert_into(c.dialect.name, t.text).on_conflict_do_nothing()
    c.execute(put, [{"digest": name, "text": one} for name, one in zip(names, texts, strict=True)])
    rows = [
        made | {"id": at, "snapshot": at, "text": name, "at": NOW}
        for at, name in zip(numbers, names, strict=True)
    ]
    c.execute(insert(t.document), rows)
    c.execute(
        update(t.target)
        .where(t.target.c.id.in_(numbers))
        .values(document=t.target.c.id, snapshot=t.target.c.id)
    )
    return numbers


def index(engine: Engine) -> int:
    """Bring the index in step; how many pages were not."""
    with write(engine) as c:
        stale = search.stale(c)
        search.put(c, stale)
    with read(engine) as c:
        assert search.stale(c) == []
    return len(stale)


def found(engine: Engine, query: str, filters: Filters = NO, limit: int = 1000) -> list[int]:
    with read(engine) as c:
        asked = parse(query)
        best = [one.target for one in search.find(c, asked, filters, limit)]
        assert search.count(c, asked, filters) >= len(best)
        return best


@pytest.mark.parametrize("every", [4, pytest.param(1, marks=pytest.mark.large)])
def test_every_spelling_finds_every_spelling_and_no_other_word(archive: Engine, every: int) -> None:
    """Every so-manieth of more than two hundred words of eleven scripts, a page for each spelling and each other word."""
    some = WORDS[::every]
    filler = "{} — Agência 17।"
    owners = [(at, one) for at, word in enumerate(some) for one in word.spellings]
    others = [one for word in some for one in word.others]
    with write(archive) as c:
        pages = shelf(c, [filler.format(one) for one in (*(one for _, one in owners), *others)])
    index(archive)
    of: dict[int, set[int]] = {}
    for (at, _), page in zip(owners, pages, strict=False):
        of.setdefault(at, set()).add(page)
    wrong = []
    with read(archive) as c:
        for at, spelling in owners:
            best = search.find(c, parse(spelling), NO, len(pages))
            if {one.target for one in best} != of[at]:
                wrong.append((spelling, [one.text for one in best]))
    assert wrong == []


def test_words_phrases_prefixes_and_minus(archive: Engine) -> None:
    with write(archive) as c:
        one, two, three, four = shelf(
            c,
            ["नई दिल्ली में क़िताब", "दिल्ली नई किताबें", "किताब और कुतुब", "कुतुब-मीनार दिल्ली"],
        )
    index(archive)
    assert set(found(archive, "दिल्ली")) == {one, two, four}
    assert set(found(archive, "नई दिल्ली")) == {one, two}
    assert found(archive, '"नई दिल्ली"') == [one]
    assert set(found(archive, "किताब*")) == {one, two, three}
    assert set(found(archive, "किताब")) == {one, three}
    assert found(archive, "किताब -कुतुब") == [one]
    assert found(archive, '-"नई दिल्ली" किताब*  -कुतुब') == [two]
    assert found(archive, "कुतुब-मी*") == [four]
    assert found(archive, "कुतु") == []


def test_no_phrase_goes_from_the_title_into_the_text(archive: Engine) -> None:
    with write(archive) as c:
        (page,) = shelf(c, ["मीनार ऊँची है"])
        c.execute(update(t.document).values(title="कुतुब"))
    index(archive)
    assert found(archive, "कुतुब मीनार") == [page]
    assert found(archive, '"कुतुब मीनार"') == []


def test_the_title_counts_more(archive: Engine) -> None:
    with write(archive) as c:
        _, titled = shelf(c, ["बाढ़ आई और लोग चले गए", "पानी आया और लोग चले गए"])
        c.execute(update(t.document).where(t.document.c.id == titled).values(title="बाढ़ का पानी"))
    index(archive)
    assert found(archive, "बाढ़")[0] == titled
    assert found(archive, "बाढ़", limit=1) == [titled]


def test_a_page_with_more_of_a_word_comes_first(archive: Engine) -> None:
    with write(archive) as c:
        once, often, _ = shelf(c, ["नदी " + "शहर " * 20, "नदी नदी नदी " + "शहर " * 18, "शहर"])
    index(archive)
    assert found(archive, "नदी") == [often, once]


def test_filters(archive: Engine) -> None:
    with write(archive) as c:
        (hindi,) = shelf(c, ["वर्षा metro"])
        (latin,) = shelf(c, ["varsha metro"], language="hi-Latn", site="other.example")
        (english,) = shelf(c, ["rain metro"], language="en", site="other.example")
        dated = update(t.document).where(t.document.c.id == english)
        c.execute(dated.values(published="2020-05-01T00:00:00+05:30"))
    index(archive)
    assert set(found(archive, "metro", Filters(languages=["hi"]))) == {hindi, latin}
    assert found(archive, "metro", Filters(languages=["hi-Latn"])) == [latin]
    assert found(archive, "metro", Filters(sites=[SITE])) == [hindi]
    assert set(found(archive, "metro", Filters(since=NOW - HOUR))) == {hindi, latin}
    assert found(archive, "metro", Filters(since=NOW + HOUR)) == []
    assert english in found(archive, "metro", Filters(since=NOW.replace(year=2020, month=5, day=1)))
    assert found(archive, "metro", Filters(languages=["h%"])) == []


TYPED = [
        "' OR 1=1 --", "\"'\" a", "a\\", "a\\' b", "title:a", "a NEAR(b)", "{a b}:c", "a ^b", "a:*", "a & !b | <-> c",
        "a\x00b", "\ud800a", "; DROP TABLE target", "%s %(x)s :x {x}", "é́́́́", "a" * 10_000, "क" * 10_000, "ﷺ ½ ①",
        " ".join(["w*"] * MAX_WORDS), "a -b -c -d*",
]  # fmt: skip


def test_whatever_is_typed_is_a_query_or_refused(archive: Engine) -> None:
    with write(archive) as c:
        shelf(c, ["a b c or 1 w é"])
    index(archive)
    for said in TYPED:
        with suppress(ValueError):
            found(archive, said)


def test_whatever_a_page_says_is_indexed(archive: Engine) -> None:
    odd = "a'b\\c \"d\" :1A,2 'x':1 \ufffd &|!() é " + "z" * 9000 + " " + "अ" * 9000 + " end"
    with write(archive) as c:
        (page,) = shelf(c, [odd])
    index(archive)
    for word in ("b", "c", "d", "x", "é", "end", "z" * 9000, "अ" * 300):
        assert found(archive, word) == [page], word


def test_a_text_beyond_what_postgresql_indexes_is_no_failure(archive: Engine) -> None:
    """What stands first is found; SQLite finds all of it."""
    with write(archive) as c:
        (page,) = shelf(c, [" ".join(f"w{at:x}" for at in range(150_000))])
    index(archive)
    assert found(archive, "w1") == [page]
    assert found(archive, '"w8 w9"') == [page]
    assert found(archive, "w249ef") == ([page] if archive.dialect.name == "sqlite" else [])


def test_a_word_that_never_ends(archive: Engine) -> None:
    with write(archive) as c:
        (page,) = shelf(c, ["the " * 40_000 + "end of it"])
    index(archive)
    assert found(archive, "the end") == [page]


# In step


def test_a_new_document_takes_the_old_one_s_place(archive: Engine) -> None:
    with write(archive) as c:
        target, snapshot, _ = fill(c)
    assert index(archive) == 1
    assert found(archive, "ঢাকায়") == [target]
    with write(archive) as c:
        store.put_cleaner(c, "cleaner-2", {}, NOW)
        store.store_document(c, snapshot, document("চট্টগ্রামে ঝড়", "cleaner-2"), None, NOW)
    assert found(archive, "ঢাকায়") == []  # not in step: left out, never shown wrong
    assert index(archive) == 1
    assert found(archive, "চট্টগ্রামে") == [target]
    assert found(archive, "ঢাকায়") == [target]  # the title has it still
    with write(archive) as c:
        c.execute(update(t.document).values(title="x"))


def test_a_document_that_says_the_same_is_not_indexed_again(archive: Engine) -> None:
    with write(archive) as c:
        target, snapshot, _ = fill(c)
    index(archive)
    with write(archive) as c:
        store.put_cleaner(c, "cleaner-2", {}, NOW)
        made = store.store_document(c, snapshot, document(cleaner="cleaner-2"), None, NOW)
        store.end_run(c, store.start_run(c, "x", {}, NOW), 0, {}, NOW)
    before = words(archive)
    index(archive)
    assert words(archive) == before
    with read(archive) as c:
        assert c.execute(select(t.search_document.c.document)).scalars().all() == [made]
    assert found(archive, "বৃষ্টি") == [target]


def words(engine: Engine) -> list[tuple[object, ...]]:
    """What the database itself has of the words, byte for byte."""
    query = "SELECT id, hex(block) FROM search_words_data ORDER BY id"
    if engine.dialect.name != "sqlite":
        query = "SELECT target, words::text, xmin::text FROM search_words ORDER BY target"
    with read(engine) as c:
        return [tuple(row) for row in c.execute(text(query))]


def test_a_page_that_goes_back_is_found_by_its_first_text_again(archive: Engine) -> None:
    with write(archive) as c:
        target, _, _ = fill(c)
        second = add_snapshot(c, target, b"<p>two")
        store.store_document(c, second, document("নতুন কথা"), None, NOW)
    index(archive)
    assert found(archive, "নতুন") == [target]
    with write(archive) as c:
        run = store.start_run(c, "scrape", {}, NOW)
        store.store_fetch(c, run, target, fetched(b"<p>one"), NOW)
    index(archive)
    assert found(archive, "নতুন") == []
    assert found(archive, "ঢাকায়") == [target]


def test_pages_without_a_document_leave_the_index(archive: Engine) -> None:
    with write(archive) as c:
        one, two = shelf(c, ["पानी", "पानी आग"])
    index(archive)
    with write(archive) as c:
        c.execute(update(t.target).where(t.target.c.id == one).values(document=None, snapshot=None))
    assert index(archive) == 1
    assert found(archive, "पानी") == [two]


def test_only_the_index_is_written_to(archive: Engine) -> None:
    with write(archive) as c:
        shelf(c, ["पानी", "आग"])
        guard(c)
    index(archive)
    with write(archive) as c:
        search.clear(c)
    assert found(archive, "पानी") == []
    assert index(archive) == 2
    assert len(found(archive, "पानी")) == 1


def test_another_form_is_noticed(archive: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    with write(archive) as c:
        shelf(c, ["पानी"])
    index(archive)
    with read(archive) as c:
        assert not search.other_form(c)
        monkeypatch.setattr(form, "FORM", "search-2")
        assert search.other_form(c)


def test_a_damaged_text_is_left_out_and_counted(archive: Engine) -> None:
    with write(archive) as c:
        _, hurt = shelf(c, ["पानी", "आग"])
        c.execute(update(t.text).where(t.text.c.text == "आग").values(text="राख"))
        assert search.put(c, search.stale(c)) == 1
        assert search.stale(c) == []
    assert found(archive, "राख") == []
    with write(archive) as c:  # and what was damaged later can still be taken out
        c.execute(update(t.text).where(t.text.c.text == "पानी").values(text="हवा"))
        c.execute(
            update(t.target).where(t.target.c.id != hurt).values(document=None, snapshot=None)
        )
        search.put(c, search.stale(c))
    index(archive)
    assert found(archive, "पानी") == found(archive, "हवा") == []


# Erased


def test_words_of_what_is_erased_stay_nowhere(archive: Engine) -> None:
    with write(archive) as c:
        kept, gone = shelf(c, ["सब लोग आए", "रहस्यमयीगुप्तशब्द secretword लोग"])
    index(archive)
    with write(archive) as c:
        search.forget(c, [gone])
        search.purge(c)
        c.execute(
            update(t.target).where(t.target.c.id == gone).values(document=None, snapshot=None)
        )
        c.execute(delete(t.document).where(t.document.c.id == gone))
        c.execute(delete(t.text).where(t.text.c.text.contains("secretword")))
    assert index(archive) == 0
    assert found(archive, "लोग") == [kept]
    blob = repr(words(archive))
    for trace in ("secretword", "रहस्यमयी"):
        assert trace not in blob
        assert trace.encode()[4:].hex().upper() not in blob


def test_pruning_takes_words_out_that_were_not_in_step(archive: Engine) -> None:
    with write(archive) as c:
        _, snapshot, _ = fill(c)
    index(archive)
    with write(archive) as c:
        store.put_cleaner(c, "cleaner-2", {}, NOW)
        store.store_document(c, snapshot, document("চট্টগ্রামে ঝড়", "cleaner-2"), None, NOW)
        ids = [row[0] for row in versions.prunable(c, versions.Old((CLEANER,)), after=0, limit=9)]
        assert versions.prune(c, ids, versions.Old((CLEANER,)), NOW).documents == {CLEANER: 1}
    assert index(archive) == 1
    assert len(found(archive, "চট্টগ্রামে")) == 1
