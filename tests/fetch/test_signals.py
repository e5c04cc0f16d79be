"""What pages, servers and sites say of the use of their texts: each form by its own specification."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.fetch import signals
from tests.each import each

URL = "https://news.example/news/2025/bridge.html?id=7"


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        ((("X-Robots-Tag", "noindex"),), b"", (("x-robots-tag", "noindex"),)),
        (
            (("TDM-Reservation", "1"), ("tdm-policy", "https://p.example/p.json")),
            b"",
            (("tdm-reservation", "1"), ("tdm-policy", "https://p.example/p.json")),
        ),
        (
            (("Content-Usage", "train-ai=n"), ("Content-Signal", "ai-train=no")),
            b"",
            (("content-usage", "train-ai=n"), ("content-signal", "ai-train=no")),
        ),
        ((), b'<META CONTENT="noai, noimageai" NAME="Robots">', (("meta robots", "noai, noimageai"),)),
        ((), b"<meta name=corpus content=noindex>", (("meta corpus", "noindex"),)),
        ((), b'<meta name="googlebot" content="noindex">', ()),
        (
            (),
            b'<meta name="tdm-reservation" content="1"><meta name="tdm-policy" content="/tdm">',
            (("meta tdm-reservation", "1"), ("meta tdm-policy", "/tdm")),
        ),
        ((), b'<!-- <meta name="robots" content="noindex"> -->', ()),
        (
            (("Link", '<https://a.example/x>; rel="next", <https://a.example/l.xml>; rel="license"; type="application/rsl+xml"'),),
            b"",
            (("link license", "https://a.example/l.xml"),),
        ),
        ((("Link", "<https://a.example/l>;rel=license"),), b"", (("link license", "https://a.example/l"),)),
        ((("Link", '<https://a.example/l>; rel="nolicense"'),), b"", ()),
        (
            (),
            b"<p>x</p>" * 10_000 + b'<a href="https://creativecommons.org/licenses/by/4.0/" rel="noopener license">CC</a>',
            (("html license", "https://creativecommons.org/licenses/by/4.0/"),),
        ),
        ((), b'<a href="/license" rel="nofollow">licence</a>', ()),
        ((("Server", "x"),), b"<p>A sentence about a license.</p>", ()),
    ],
)  # fmt: skip
def test_what_an_answer_says(
    headers: tuple[tuple[str, str], ...], body: bytes, expected: tuple[tuple[str, str], ...]
) -> None:
    assert signals.of_answer(headers, body, "corpus/1.0") == expected


def test_a_page_that_is_built_to_take_long_still_speaks_in_its_head() -> None:
    page = b'<head><meta name="robots" content="noarchive"></head><body>' + b"<div>" * 40_000
    assert signals.of_answer((), page, "archiver") == (("meta robots", "noarchive"),)
    assert "noarchive" in signals.noarchive((), page, "archiver")


def test_what_is_said_is_bounded() -> None:
    """A server may send as many and as long ones as it likes."""
    headers = tuple(("X-Robots-Tag", f"{number} " + "x" * 5000) for number in range(1000))
    told = signals.of_answer(headers, b"", "archiver")
    assert len(told) == signals.MAX_SIGNALS
    assert max(len(value) for _, value in told) == signals.MAX_VALUE


@each(
    ("pattern", "fits"),
    [
        ("", True),
        ("/", True),
        ("/news", True),
        ("/News", False),
        ("/news/2025/bridge.html?id=7$", True),
        ("/news/2025/bridge.html$", False),
        ("/*.html", True),
        ("*.html", True),
        ("/*.html$", False),
        ("/news/*/bridge", True),
        ("*/*/*?id=*$", True),
        ("/%6Eews", True),  # an escape that need not be one
        ("/sport", False),
        ("/news/2025/bridge.html?id=77", False),
        ("$", False),
        ("*$", True),
    ],
)
def test_patterns_fit_as_in_robots_txt(pattern: str, fits: bool) -> None:
    """RFC 9309, 2.2.2 and 2.2.3."""
    assert signals.matches(pattern, URL) is fits


def test_a_pattern_in_letters_fits_the_escaped_path() -> None:
    assert signals.matches("/खबर/", "https://news.example/%e0%a4%96%e0%a4%ac%e0%a4%b0/1")


@given(st.text("/*$ab%2", max_size=30), st.text("/ab", max_size=30))
def test_any_pattern_is_matched_at_once(pattern: str, path: str) -> None:
    """However many stars it has: and a star more at its end changes nothing."""
    url = f"https://news.example/{path}"
    bare = pattern.removesuffix("$")
    assert signals.matches(f"{bare}*", url) == signals.matches(bare, url) or bare.endswith("$")


RULES = [
    {"location": "/news/2025/*.html", "tdm-reservation": 0},
    {"location": "/news", "tdm-reservation": 1, "tdm-policy": "https://p.example/policy.json"},
    {"location": "/broken", "tdm-reservation": 2},
]


@pytest.mark.parametrize(
    ("path", "stated"),
    [
        ("/news/2025/a.html", ("0", "")),
        ("/news/2024/a.html", ("1", "https://p.example/policy.json")),
        ("/sport", ("", "")),
        ("/broken/x", ("", "")),  # a protocol error counts as unset
    ],
)
def test_the_first_rule_of_tdmrep_that_fits_decides(path: str, stated: tuple[str, str]) -> None:
    """W3C TDM Reservation Protocol: "the most specific match is the first in sequence"."""
    assert signals.tdmrep(json.dumps(RULES).encode(), f"https://news.example{path}") == stated


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Not found</html>",
        b"[",
        b"[1, null, []]",
        b'[{"location": 1}]',
        b'"x"',
        b"\xff\xfe",
    ],
)
def test_what_is_no_tdmrep_says_nothing(body: bytes) -> None:
    assert signals.tdmrep(body, URL) == ("", "")


def test_a_lone_rule_of_tdmrep_is_read() -> None:
    rule = b'\xef\xbb\xbf{"location": "/", "tdm-reservation": 1}'
    assert signals.tdmrep(rule, URL) == ("1", "")


AIPREF = b"""User-Agent: *
Allow: /
Disallow: /never/
Content-Usage: train-ai=n
Content-Usage: /ai-ok/ train-ai=y

User-Agent: ExampleBot
Allow: /
Content-Usage: train-ai=y
"""


@pytest.mark.parametrize(
    ("agent", "path", "value"),
    [
        ("archiver", "/test", "train-ai=n"),
        ("archiver", "/ai-ok/test", "train-ai=y"),
        ("examplebot/2.1", "/test", "train-ai=y"),
    ],
)
def test_content_usage_is_taken_by_group_and_path(agent: str, path: str, value: str) -> None:
    """The example of IETF draft-ietf-aipref-attach."""
    told = signals.of_site(AIPREF, b"", b"", f"https://news.example{path}", agent)
    assert told == (("robots.txt content-usage", value),)


def test_of_rules_with_one_path_each_holds() -> None:
    body = b"user-agent: *\ncontent-usage: /a\ttrain-ai=n\nCONTENT-USAGE : /a search=y # why\n"
    told = signals.of_site(body, b"", b"", "https://news.example/a/b", "archiver")
    assert [value for _, value in told] == ["train-ai=n", "search=y"]


def test_content_signals_and_licences_of_robots_txt() -> None:
    """Content signals are a group's (contentsignals.org), licences everybody's (RSL 1.0)."""
    body = b"""# As a condition of accessing this website ...
User-agent: GPTBot
User-agent: CCBot
Content-Signal: search=no, ai-train=no
Disallow: /
License: https://news.example/license.xml

User-agent: *
Sitemap: https://news.example/sitemap.xml
Content-Signal: search=yes, ai-train=no
"""
    ours = signals.of_site(body, b"", b"", URL, "archiver")
    assert ours == (
        ("robots.txt content-signal", "search=yes, ai-train=no"),
        ("robots.txt license", "https://news.example/license.xml"),
    )
    theirs = signals.of_site(body, b"", b"", URL, "CCBot/2.0")
    assert theirs[0] == ("robots.txt content-signal", "search=no, ai-train=no")


@pytest.mark.parametrize(
    ("body", "state"),
    [
        (b"User-Agent: *\nDisallow: /\nDisallow: *\n", "disallowed"),
        (b"User-Agent: *\nDisallow: *.txt\nDisallow: *.pdf\nAllow: *.jpg\n", "disallowed"),
        (b"User-Agent: *\nAllow: *.txt\nDisallow: *.jpg\nDisallow: *.mp3\n", "allowed"),
        (b"User-Agent: *\nAllow: /\n", "allowed"),
        (b"<html><body>Page not found. User-agent: yours</body></html>", ""),
        (b"", ""),
    ],
)
def test_ai_txt_speaks_of_kinds_of_files(body: bytes, state: str) -> None:
    """A page is a text, whatever its path ends in (spawning.ai/ai-txt)."""
    assert signals.ai_txt(body, URL, "archiver") == state
    told = signals.of_site(b"", b"", body, URL, "archiver")
    assert told == ((("ai.txt", state),) if state else ())


@given(st.binary(max_size=300), st.binary(max_size=300), st.binary(max_size=300))
def test_no_file_is_too_broken(robots: bytes, tdmrep: bytes, ai_txt: bytes) -> None:
    told = signals.of_site(robots, tdmrep, ai_txt, URL, "archiver")
    assert all(value for _, value in told)
    assert signals.of_answer((), robots, "archiver") is not None
