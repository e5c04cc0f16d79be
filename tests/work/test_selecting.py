"""Selections, on both databases: what is meant, in one order, and what is left out for what."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from archiver.archive import engine as archive
from archiver.archive import hosts, queries, store
from archiver.archive.selection import ALL, Selection, as_json
from archiver.errors import BadInput
from archiver.model import Fetched, Found
from archiver.work import selecting
from archiver.work.telling import silent
from tests.archive.values import NOW, document

DAY = timedelta(days=1)
RAIN = "The river rose in the night and the bridge was closed. " * 12


def put(
    engine: Engine,
    url: str,
    *,
    at: datetime = NOW,
    text: str = "",
    signals: tuple[tuple[str, str], ...] = (),
    made_at: datetime | None = None,
    cleaner: str = "cleaner-1",
    body: bytes = b"",
    **metadata: Any,  # noqa: ANN401 - of any field
) -> int:
    """Store a page with a document; the document's number."""
    host = url.split("/")[2]
    language, script = metadata.pop("language", "bn"), metadata.pop("script", "Beng")
    made = document(text or f"{url} {RAIN}", cleaner)
    # Nothing but what a test states.
    facts = {"agencies": (), "published": None, **metadata}
    made = replace(made, metadata=replace(made.metadata, **facts), language=language, script=script)
    fetched = Fetched(
        requested_url=url,
        final_url=url,
        outcome="ok",
        reason="",
        started_at=at,
        status=200,
        body=body or f"{url} {at}".encode(),
        signals=signals,
    )
    with archive.write(engine) as c:
        if queries.site(c, host) is None:
            store.put_site(c, host, {}, NOW)
        store.put_cleaner(c, cleaner, {}, NOW)
        run = store.start_run(c, "import", {}, NOW)
        store.add_targets(c, host, [Found(url=url)], None, NOW)
        target = queries.find_target(c, url)
        assert target is not None
        snapshot = store.store_fetch(c, run, target, fetched, at).snapshot
        assert snapshot is not None
        return store.store_document(c, snapshot, made, run, made_at or at)


def chosen(engine: Engine, asked: Selection) -> tuple[list[int], dict[str, int]]:
    """What a selection comes to, asked twice: it must say the same."""
    found = []
    for _ in range(2):
        changes: Counter[str] = Counter()
        source = selecting.source(engine, asked, changes, "archiver", silent)
        with archive.read(engine) as c:
            found.append((list(source(c)), dict(changes)))
    assert found[0] == found[1]
    numbers, changes_ = found[0]
    return numbers, {name.removeprefix(selecting.LEFT_OUT): n for name, n in changes_.items()}


def test_each_condition_leaves_out_what_it_says(engine: Engine) -> None:
    one = put(engine, "https://a.example/1", language="hi", script="Deva", published="2026-01-05")
    two = put(
        engine,
        "https://a.example/2",
        language="hi-Latn",
        script="Latn",
        published="2026-01-31T23:00:00-05:00",
        at=NOW + DAY,
    )
    three = put(engine, "https://b.example/3", text="short", agencies=("PTI",))
    cases: list[tuple[dict[str, Any], list[int], dict[str, int]]] = [
        ({}, [one, two, three], {}),
        ({"sites": ("a.example",)}, [one, two], {"site": 1}),
        ({"languages": ("hi",)}, [one, two], {"language": 1}),
        ({"scripts": ("Deva", "Beng")}, [one, three], {"script": 1}),
        (
            {"published_since": datetime(2026, 2, 1, tzinfo=UTC)},
            [two],
            {"published": 1, "no date of publication": 1},
        ),
        (
            {"published_until": datetime(2026, 2, 1, 4, tzinfo=UTC)},
            [one],
            {"published": 1, "no date of publication": 1},
        ),
        ({"fetched_since": NOW + DAY}, [two], {"fetched": 2}),
        ({"fetched_until": NOW + DAY}, [one, three], {"fetched": 1}),
        ({"min_chars": 6}, [one, two], {"length": 1}),
        ({"max_chars": 5}, [three], {"length": 2}),
        ({"wire": "none"}, [one, two], {"wire copy": 1}),
        ({"wire": "only"}, [three], {"no wire copy": 2}),
        ({"query": "bridge"}, [one, two], {"query": 1}),
        ({"signals": ("words >= 5", "digits<0.5")}, [one, two], {"signal words": 1}),
        # There is no list of romanised Hindi's stop words: that bars nothing.
        ({"signals": ("stop_words >= 1",)}, [two], {"signal stop_words": 2}),
        ({"where": "chars > 5 and language like '%Latn'"}, [two], {"condition": 2}),
        ({"where": "agencies like '%PTI%'"}, [three], {"condition": 2}),
        ({"where": "fetched_at >= '2026-03-02' or published is null"}, [two, three], {"condition": 1}),
        ({"sites": ("a.example",), "min_chars": 6, "scripts": ("Latn",)}, [two], {"site": 1, "script": 1}),
    ]  # fmt: skip
    for values, numbers, left_out in cases:
        assert chosen(engine, Selection(**values)) == (numbers, left_out), values


def test_of_duplicates_the_first_stays_or_none(engine: Engine) -> None:
    first = put(engine, "https://a.example/1", text=RAIN, published="2026-01-01")
    put(engine, "https://b.example/2", text=RAIN, published="2026-01-02")
    other = put(engine, "https://a.example/3", text="Nobody else says any of these words today.")
    assert chosen(engine, Selection(duplicates="representative")) == (
        [first, other],
        {"duplicate": 1},
    )
    assert chosen(engine, Selection(duplicates="none")) == ([other], {"duplicate": 2})
    late = put(engine, "https://c.example/4", text=RAIN, published="2025-12-31")
    assert chosen(engine, Selection(duplicates="representative"))[0] == [other, late]


def test_as_of_is_what_was_current_then(engine: Engine) -> None:
    old = put(engine, "https://a.example/1", body=b"A")
    new = put(engine, "https://a.example/1", at=NOW + 2 * DAY, body=b"B", cleaner="cleaner-2")
    again = put(
        engine, "https://a.example/1", made_at=NOW + 3 * DAY, body=b"B", cleaner="cleaner-3",
        at=NOW + 3 * DAY,
    )  # fmt: skip
    late = put(engine, "https://b.example/2", at=NOW + 4 * DAY)
    when = {NOW - DAY: [], NOW: [old], NOW + 2 * DAY: [new], NOW + 3 * DAY: [again]}
    for moment, numbers in when.items():
        assert chosen(engine, Selection(as_of=moment)) == (numbers, {})
    assert chosen(engine, Selection(as_of=NOW + 9 * DAY)) == ([again, late], {})
    assert chosen(engine, ALL) == ([again, late], {})
    assert chosen(engine, Selection(cleaner="cleaner-2")) == ([new], {})


def test_for_training_what_is_reserved_is_left_out(engine: Engine) -> None:
    free = put(engine, "https://a.example/1", signals=(("meta robots", "max-snippet:-1"),))
    put(engine, "https://a.example/2", signals=(("tdm-reservation", "1"),))
    put(engine, "https://b.example/3")
    put(engine, "https://c.example/4")
    with archive.write(engine) as c:
        robots_txt = b"User-agent: GPTBot\nDisallow: /\n"
        hosts.put(
            c, hosts.Host(origin="https://b.example:443", robots_status=200, robots_body=robots_txt)
        )
        # A file that could not be had says nothing.
        hosts.put(
            c, hosts.Host(origin="https://a.example:443", robots_status=503, robots_body=robots_txt)
        )
        hosts.put(c, hosts.Host(origin="https://c.example:443", tdmrep=b'[{"location":"/","tdm-reservation":1}]'))  # fmt: skip
    numbers, left_out = chosen(engine, Selection(purpose="training"))
    assert numbers == [free]
    assert left_out == {
        "reserved, tdm-reservation: 1": 2,
        "reserved, robots.txt: GPTBot is shut out": 1,
    }
    assert len(chosen(engine, ALL)[0]) == 4


def test_a_later_answer_may_reserve_and_an_earlier_one_still_does(engine: Engine) -> None:
    put(engine, "https://a.example/1", body=b"A", signals=(("x-robots-tag", "noai"),))
    put(engine, "https://a.example/1", body=b"A", at=NOW + DAY)
    put(engine, "https://a.example/2", body=b"A")
    put(engine, "https://a.example/2", body=b"B", at=NOW + DAY, signals=(("ai.txt", "disallowed"),))
    with archive.write(engine) as c:  # back to what it was, without a word
        target = queries.find_target(c, "https://a.example/3")
        assert target is None
    assert chosen(engine, Selection(purpose="training")) == (
        [],
        {"reserved, robots: noai": 1, "reserved, ai.txt: disallowed": 1},
    )


@pytest.mark.parametrize(
    ("asked", "fault"),
    [
        (Selection(sites=("nosuch.example",)), "no site is called"),
        (Selection(cleaner="nosuch"), "no cleaner is called"),
        (Selection(query='"open'), "quotation mark"),
        (Selection(query="rain", as_of=NOW), "--query knows the current"),
        (Selection(duplicates="none", cleaner="cleaner-1"), "--duplicates knows the current"),
        (Selection(published_since=NOW, published_until=NOW - DAY), "--published"),
        (Selection(min_chars=9, max_chars=8), "--chars"),
        (Selection(signals=("nosuch > 1",)), "--signal 'nosuch > 1': write one as"),
        (Selection(signals=("digits",)), "there are characters, words"),
        (Selection(where="nosuch > 1"), "no column 'nosuch'"),
        (Selection(where="length(text) >"), "--where: "),
        (Selection(where="(1, 2) = 3"), "--where: "),
    ],
)
def test_what_does_not_read_or_go_together_is_said(
    engine: Engine, asked: Selection, fault: str
) -> None:
    put(engine, "https://a.example/1")
    with pytest.raises(BadInput, match=fault.replace("(", "\\(")):
        chosen(engine, asked)


def test_a_condition_cannot_write(engine: Engine) -> None:
    """What goes through runs in a transaction that reads; the archive is as it was."""
    put(engine, "https://a.example/1")
    with archive.read(engine) as c:
        before = queries.counts(c)
    assert chosen(engine, Selection(where="title = '''; DROP TABLE text; --'"))[0] == []
    with archive.read(engine) as c:
        assert queries.counts(c) == before


def test_a_selection_is_told_in_plain_values() -> None:
    told = as_json(Selection(sites=("a.example",), as_of=NOW, wire="none", where="chars > 1"))
    assert told == {
        "sites": ["a.example"],
        "wire": "none",
        "where": "chars > 1",
        "as_of": NOW.isoformat(),
    }
    assert as_json(ALL) == {}
