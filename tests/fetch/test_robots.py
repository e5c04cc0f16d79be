"""robots.txt, read as RFC 9309 says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.fetch import robots
from tests.each import each
from tests.fetch.cases_robots import CASES, DELAYS, SITEMAPS, Case

SITE = "https://news.example"


def may(text: str, path: str, agent: str = "archiver") -> bool:
    """Whether `text` lets `agent` have `path`."""
    return robots.allowed(text.encode(), agent, SITE + path)


@each("case", CASES)
def test_robots_txt_is_read_as_rfc_9309_says(case: Case) -> None:
    """Section by section, and the faults that many files have."""
    assert robots.allowed(case.body, case.agent, SITE + case.path) is case.allowed


@each(("what", "text", "agent", "seconds"), DELAYS)
def test_a_delay_is_a_number_said_to_us(
    what: str, text: str, agent: str, seconds: float | None
) -> None:
    """Of the group that is obeyed, and of no other."""
    assert robots.crawl_delay(text.encode(), agent) == seconds


@pytest.mark.parametrize(("what", "text", "named"), SITEMAPS)
def test_sitemaps_are_named_to_all(what: str, text: str, named: list[str]) -> None:
    """Wherever the line stands, and as it stands there."""
    assert robots.sitemaps(text.encode()) == named


def test_words_without_a_version_obey_both_readings() -> None:
    """Whether the first word is the token or there is none: what either forbids is forbidden."""
    text = "User-agent: *\nDisallow: /a\nUser-agent: news\nDisallow: /b\n"
    assert [may(text, path, agent="news bot") for path in ("/a", "/b", "/c")] == [
        False,
        False,
        True,
    ]


def test_the_longest_match_decides_and_allow_wins_a_tie() -> None:
    """RFC 9309, 2.2.2."""
    text = "User-agent: *\nDisallow: /a\nAllow: /a/b\nDisallow: /c\nAllow: /c\n"
    assert not may(text, "/a/x")
    assert may(text, "/a/b/x")
    assert may(text, "/c")


def test_a_group_of_our_own_shuts_out_the_group_for_all() -> None:
    """The group that names the product token is obeyed alone, whatever its case or version."""
    text = "User-agent: *\nDisallow: /\n\nUser-agent: Archiver/2.0 (news)\nDisallow: /x\n"
    assert may(text, "/a")
    assert not may(text, "/x")
    assert not may(text, "/a", agent="other")


def test_groups_that_name_us_twice_are_one() -> None:
    """RFC 9309, 2.2.1: the rules of all matching groups are combined."""
    text = "User-agent: archiver\nDisallow: /a\nUser-agent: b\nUser-agent: ARCHIVER\nDisallow: /c\n"
    assert [may(text, path) for path in ("/a", "/c", "/d")] == [False, False, True]


def test_a_sitemap_line_ends_no_group() -> None:
    """RFC 9309, 2.2.4: other records do not interfere."""
    assert not may("User-agent: *\nSitemap: https://news.example/s.xml\nDisallow: /a\n", "/a")


def test_stars_and_a_closing_dollar_are_patterns() -> None:
    """RFC 9309, 2.2.3."""
    text = "User-agent: *\nDisallow: /*.pdf$\nDisallow: /p/*/print\n"
    assert [may(text, path) for path in ("/a.pdf", "/a.pdf?x", "/p/1/print/2", "/p/print")] == [
        False,
        True,
        False,
        True,
    ]


def test_escaped_and_raw_paths_are_one() -> None:
    """Hindi written as UTF-8 or as escapes means the same path."""
    for rule in ("/खेल", "/%E0%A4%96%E0%A5%87%E0%A4%B2", "/%e0%a4%96%e0%a5%87%e0%a4%b2"):
        text = f"User-agent: *\nDisallow: {rule}\n"
        assert not may(text, "/%E0%A4%96%E0%A5%87%E0%A4%B2/1")
        assert may(text, "/%E0%A4%96%E0%A5%87")


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b"\xef\xbb", b"\xef", b""])
def test_a_byte_order_mark_hides_no_rule(mark: bytes) -> None:
    """Not even one that was cut."""
    body = mark + b"User-agent: *\nDisallow: /\n"
    assert not robots.allowed(body, "archiver", SITE + "/a")


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_every_line_end_counts_and_no_other_does(end: str) -> None:
    """A line separator within a path is a part of it."""
    assert not may(f"User-agent: *{end}Disallow: /a{end}", "/a")
    assert may(f"User-agent: *{end}# x\u2028Disallow: /a{end}", "/a")


def test_nothing_forbids_its_own_file() -> None:
    """/robots.txt may always be asked for."""
    assert may("User-agent: *\nDisallow: /\n", "/robots.txt")


def test_what_stands_behind_500_kib_is_not_read() -> None:
    """And the rule that the cut falls into is dropped whole, for half of it would forbid more."""
    filler = "# x\n" * ((robots.MAX_BYTES - 40) // 4)
    cut = f"User-agent: *\nDisallow: /a\n{filler}Disallow: /{'b' * 100}\nDisallow: /c\n"
    assert [may(cut, path) for path in ("/a", "/b", "/bb", "/c")] == [False, True, True, True]


@pytest.mark.parametrize(
    ("status", "leave"),
    [
        (200, True),
        (204, True),
        (301, True),
        (401, True),
        (403, True),
        (404, True),
        (410, True),
        (429, False),
        (500, False),
        (503, False),
        (None, False),
    ],
)
def test_the_status_stands_for_a_file_that_is_not_there(status: int | None, *, leave: bool) -> None:
    """4xx allows all but 429; 5xx and silence forbid all."""
    in_force = robots.from_answer(status, b"")
    assert robots.allowed(in_force, "archiver", SITE + "/a") is leave


def test_a_file_that_forbids_all_is_told_from_one_that_cannot_be_had() -> None:
    """The first is a policy, the second a fault that may pass."""
    assert robots.from_answer(200, b"User-agent: *\nDisallow: /\n") != robots.DISALLOW_ALL
    assert robots.from_answer(None, b"") == robots.DISALLOW_ALL


def test_a_body_counts_only_where_the_answer_is_good() -> None:
    """The error page of a 404 is no robots.txt."""
    forbids = b"User-agent: *\nDisallow: /\n"
    assert robots.from_answer(200, forbids) == forbids
    assert robots.from_answer(404, forbids) == robots.ALLOW_ALL


def test_crawl_delay_and_sitemaps_are_told_as_they_stand() -> None:
    """A delay that is no number is none."""
    body = b"Sitemap: https://news.example/s.xml\nUser-agent: *\nCrawl-delay: 2.5\n"
    assert robots.crawl_delay(body, "archiver") == 2.5
    assert robots.sitemaps(body) == ["https://news.example/s.xml"]
    assert robots.crawl_delay(b"User-agent: *\nCrawl-delay: soon\n", "archiver") is None
    assert robots.crawl_delay(b"", "archiver") is None


@given(st.binary(max_size=2000), st.text(max_size=20))
def test_any_bytes_are_a_robots_txt(body: bytes, path: str) -> None:
    """No file can raise an error."""
    assert robots.allowed(body, "archiver", f"{SITE}/{path}") in {True, False}
    robots.crawl_delay(body, "archiver")
    robots.sitemaps(body)
