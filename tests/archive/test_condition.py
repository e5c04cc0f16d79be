"""Conditions of users: what reads goes through as it was meant, and nothing else goes through."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.archive.condition import MAX_TOKENS, condition
from archiver.errors import BadInput
from tests.each import each

COLUMNS = ("id", "site", "title", "text", "published")


@pytest.mark.parametrize(
    "said",
    [
        "site = 'a.example'",
        "length(text) BETWEEN 2 and 9 or title is not null",
        "title LIKE '50!% off' ESCAPE '!'",
        "id in (1, 2.5, -3) and not (lower(title) = 'x')",
        "case when title is null then 0 else length(title) end > 5",
        "coalesce(\"published\", '') >= '2026' and substr(text, 1, 3) || 'x' <> 'abx'",
    ],
)
def test_what_is_read_is_what_sqlite_reads(said: str) -> None:
    """The same rows as SQLite finds with the condition as it was written."""
    safe, texts = condition(said, COLUMNS)
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE doc (id, site, title, text, published)")
        rows = [
            (1, "a.example", None, "ab", "2026-03-01"),
            (2, "b.example", "50% off", "abcdefghijkl", None),
            (3, "a.example", "x", "abc", "2025"),
        ]
        connection.executemany("INSERT INTO doc VALUES (?, ?, ?, ?, ?)", rows)
        own = connection.execute(f"SELECT id FROM doc WHERE {said}").fetchall()  # noqa: S608
        query = f"SELECT id FROM doc WHERE ({safe})"  # noqa: S608
        ours = connection.execute(query, texts).fetchall()
    assert ours == own


@each(
    ("said", "fault"),
    [
        ("nosuch = 1", "no column 'nosuch'; there are id, site"),
        ("1; DROP TABLE text", "'; DROP TABLE text'"),
        ("id in (select id from text)", "no column 'select'"),
        ("text.text = 'a'", "does not read"),
        ("load_extension('x')", "no function 'load_extension'"),
        ("query_to_xml('drop table text', true, true, '')", "no function"),
        ("id = 1) or (1 = 1", "brackets"),
        ("(id = 1", "brackets"),
        ("id = 1 /* x */", "no column 'x'"),
        ("title = 'open", '"\'open"'),
        ("title = $$a$$", "'$$a$$'"),
        ("title = E'a'", "no column 'E'"),
        ("id::text = '1'", "does not read"),
        (":said_0 = 'a'", "does not read"),
        ("title ~ 'a'", "does not read"),
        ("id = 1x", "'1x'"),
        ("", "one condition"),
        ("1 = 1" + " and 1 = 1" * MAX_TOKENS, "at most"),
        ("id\x00 = 1", "'\\x00 = 1'"),
        ("title() = 1", "no function 'title'"),
    ],
)
def test_what_could_do_more_is_refused_and_named(said: str, fault: str) -> None:
    with pytest.raises(BadInput) as refused:
        condition(said, COLUMNS)
    assert fault in str(refused.value)
    assert str(refused.value).startswith("--where: ")


@given(st.text(max_size=40))
def test_any_text_is_a_value_and_never_syntax(text: str) -> None:
    """A quoted text comes out as a bound value, whatever it holds."""
    safe, texts = condition("title = '" + text.replace("'", "''") + "'", COLUMNS)
    assert safe == "title = :said_0"
    assert len(texts["said_0"]) == len(text)


@given(st.text(alphabet="id()=;'\"-/*:% selctromw\n.", max_size=60))
def test_nothing_reads_another_table(said: str) -> None:
    """Whatever goes through can be run on a table of the columns alone, or does not parse."""
    try:
        safe, texts = condition(said, COLUMNS)
    except BadInput:
        return
    assert not {"SELECT", "FROM", ";", "--"} & set(safe.upper().split(" "))
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE doc (id, site, title, text, published)")
        found = ""
        try:
            connection.execute(f"SELECT id FROM doc WHERE ({safe})", texts)  # noqa: S608
        except sqlite3.OperationalError as fault:
            found = str(fault)
        assert "no such" not in found
