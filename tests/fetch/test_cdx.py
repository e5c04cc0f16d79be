"""Lists of captures and of URLs as the servers and tools that make them write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.fetch import cdx
from archiver.model import Found

WAYBACK = b"""\
example,news)/ 20240101000000 http://news.example:80/ text/html 200 AAAA 4000
example,news)/a 20240229081500 https://news.example/a?utm_source=x text/html 200 BBBB 5000
example,news)/a 20240301081500 https://news.example/a text/html 200 CCCC 5000
example,news)/logo.png 20240229081501 https://news.example/logo.png image/png 200 DDDD 900
example,news)/old 20240229081502 https://news.example/old text/html 301 EEEE 300
example,news)/a 20240302081500 https://news.example/b warc/revisit - FFFF 500

com%2Cexample%29%2F+20150101000000%21
"""
JSON = b"""\
[["urlkey","timestamp","original","mimetype","statuscode","digest","length"],
["example,news)/", "20240101000000", "http://news.example/", "text/html", "200", "AAAA", "4000"],
["example,news)/x", "20240101000000", "http://news.example/x", "text/css", "200", "AAAA", "4000"],
["example,news)/a", "20240229081500", "https://news.example/a", "text/html", "200", "B", "5"],
[],
["com%2Cexample%29%2F+20150101000000%21"]]
"""
FIELDS = b"""\
[["original","timestamp"],
["https://news.example/a","20240229081500"]]
"""
CDXJ = b"""\
!OpenWayback-CDXJ-1.0
example,news)/a 20240229081500 {"url": "https://news.example/a", "mime": "text/html", \
"mime-detected": "text/html", "status": "200", "digest": "B", "length": "5", "offset": "7"}
example,news)/r 20240229081500 {"url": "https://news.example/r", "mime": "unk", "status": "404"}
"""
INDEX = b"""\
{"urlkey": "example,news)/a", "timestamp": "20240229081500", "url": "https://news.example/a", \
"mime": "text/html", "status": "200"}
"""
LOCAL = b"""\
 CDX N b a m s k r M S V g
example,news)/a 20240229081500 https://news.example/a text/html 200 SHA - - 500 0 a.warc.gz
dns:news.example 20240229081500 dns:news.example text/dns - SHA - - 50 600 a.warc.gz
"""
OTHER_ORDER = b"""\
 CDX a b m s
https://news.example/a 20240229081500 text/html 200
https://news.example/b 20240229081500 image/png 200
"""
PLAIN = "﻿# pages\nhttps://news.example/a\r\n\n https://news.example/ख़बर \n".encode()
A = ("https://news.example/a", "captured 2024-02-29T08:15:00Z")
HOME = ("http://news.example/", "captured 2024-01-01T00:00:00Z")

FORMS = {
    "wayback": (WAYBACK, [HOME, A, ("https://news.example/b", "captured 2024-03-02T08:15:00Z")]),
    "wayback json": (JSON, [HOME, A]),
    "wayback json on one line": (JSON.replace(b"\n", b" "), [HOME, A]),
    "wayback json of two columns": (FIELDS, [A]),
    "wayback of two columns": (b"20240229081500 https://news.example/a\n", [A]),
    "common crawl file": (CDXJ, [A]),
    "common crawl server": (INDEX, [A]),
    "local": (LOCAL, [A]),
    "another order": (OTHER_ORDER, [A]),
    "urls": (
        PLAIN,
        [(A[0], ""), ("https://news.example/%E0%A4%96%E0%A4%BC%E0%A4%AC%E0%A4%B0", "")],
    ),
    "one form after another": (b"https://news.example/c\n" + CDXJ, [(A[0][:-1] + "c", ""), A]),
}


@pytest.mark.parametrize("name", FORMS)
def test_every_form_is_told_from_the_others(name: str) -> None:
    """Pages that were there come out, each with the time of its first capture."""
    data, expected = FORMS[name]
    founds = [one for one in cdx.parse(data.splitlines(keepends=True)) if isinstance(one, Found)]
    assert [(one.url, one.date) for one in founds] == expected
    assert not any(isinstance(one, cdx.Wrong) for one in cdx.parse(data.splitlines()))


@pytest.mark.parametrize(
    "line",
    [
        b"news.example/a",
        b"ftp://news.example/a",
        b"https://user:word@news.example/",
        b"<html><body>Not a list</body></html>",
        b'{"url": ',
        b"[1, 2]",
        b'"a string"',
        b"example,news)/a 20240229081500 {broken",
        b"\xff\xfe\x00",
        b"http://n/a b",
        b"http://n/a 2024",
    ],
)
def test_a_line_that_is_none_is_named_and_the_next_is_read(line: bytes) -> None:
    lines = [b"https://news.example/\n", line, b"https://news.example/b\n"]
    first, wrong, last = cdx.parse(lines)
    assert isinstance(wrong, cdx.Wrong)
    assert wrong.line == 2
    assert [first, last] == [
        Found(url="https://news.example/"),
        Found(url="https://news.example/b"),
    ]


def test_a_wrong_row_of_a_list_on_one_line_costs_itself_alone() -> None:
    rows = b'[["original","timestamp"],["nothing","x"],["https://news.example/a","20240229081500"]]'
    found, wrong = cdx.parse([rows])
    assert isinstance(found, Found)
    assert isinstance(wrong, cdx.Wrong)


def test_what_is_null_is_unknown() -> None:
    rows = [
        b'a 20240229081500 {"url": "https://news.example/a", "mime": null, "status": null}',
        b'["a", "20240229081500", "https://news.example/b", null, null]',
    ]
    assert [one.url for one in cdx.parse(rows) if isinstance(one, Found)] == [
        "https://news.example/a",
        "https://news.example/b",
    ]


def test_bytes_that_are_no_utf_8_are_escaped() -> None:
    """An old server's URL is asked for as it stood."""
    (found,) = cdx.parse([b"http://news.example/caf\xe9"])
    assert found == Found(url="http://news.example/caf%E9")


@given(st.lists(st.binary(max_size=60), max_size=5))
def test_whatever_the_bytes_targets_come_or_wrong_lines(lines: list[bytes]) -> None:
    for one in cdx.parse(lines):
        if isinstance(one, Found):
            assert one.url.startswith(("http://", "https://"))
        else:
            assert 1 <= one.line <= len(lines)


SHAPES = st.sampled_from([b'{"url": %s}', b"[%s]", b"[[%s], %s]", b'a 2024 {"url": %s}', b"[[%s"])
VALUES = st.sampled_from([b"null", b"1", b"[]", b"{}", b'"http://a/"', b'["timestamp"]', b"[[1]]"])


@given(SHAPES, VALUES)
def test_json_of_another_shape_is_a_wrong_line_at_worst(shape: bytes, value: bytes) -> None:
    for one in cdx.parse([shape.replace(b"%s", value)]):
        assert isinstance(one, cdx.Wrong) or one.url == "http://a/"
