"""URLs: joined as browsers do, one key a page."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from archiver.errors import BadInput
from archiver.fetch import urls
from tests.each import each
from tests.fetch.cases_urls import DIFFER, RESOLVE, SAME

TEXT = st.text(st.characters(codec="utf-8"), max_size=30)


@pytest.mark.parametrize(
    ("base", "ref", "meant"),
    [
        ("https://a.example/b/c?d", "e", "https://a.example/b/e"),
        ("https://a.example/b/c?d", "?e", "https://a.example/b/c?e"),
        ("https://a.example/b/c", "//x.example/y", "https://x.example/y"),
        ("https://a.example/b/c", " /d\n", "https://a.example/d"),
        ("https://a.example/b/c", "\\d\\e", "https://a.example/d/e"),
        ("https://a.example/b/c", "../../../d", "https://a.example/d"),
        ("https://a.example/", "http:g", "http://g/"),
        (
            "https://a.example/",
            "/समाचार",
            "https://a.example/%E0%A4%B8%E0%A4%AE%E0%A4%BE%E0%A4%9A%E0%A4%BE%E0%A4%B0",
        ),
        ("https://a.example/", "https://समाचार.भारत/", "https://xn--61b3bh3a5ab.xn--h2brj9c/"),
        ("http://a.example/", "http://2130706433/", "http://127.0.0.1/"),
        ("http://a.example/", "http://0x7f.1/", "http://127.0.0.1/"),
    ],
)
def test_references_are_joined_as_browsers_join_them(base: str, ref: str, meant: str) -> None:
    """Backslashes, blanks, numbers for hosts and names in any script are read as WHATWG says."""
    assert urls.join(base, ref) == meant


@pytest.mark.parametrize(
    "ref",
    [
        "javascript:alert(1)",
        "mailto:a@b.example",
        "file:///etc/passwd",
        "http://",
        "http://[1::",
        "data:,x",
    ],
)
def test_what_is_no_web_page_is_bad_input(ref: str) -> None:
    """Other schemes and broken hosts raise an error that names the URL."""
    with pytest.raises(BadInput, match="URL"):
        urls.join("https://a.example/", ref)


@each(("base", "ref", "meant"), RESOLVE)
def test_references_are_resolved_as_the_url_standard_says(
    base: str, ref: str, meant: str | None
) -> None:
    """Every state of its parser; what it fails at, and other schemes, are bad input."""
    if meant is None:
        with pytest.raises(BadInput):
            urls.join(base, ref)
    else:
        assert urls.join(base, ref) == meant


@each(("one", "other"), SAME)
def test_spellings_of_one_page_have_one_key_that_is_its_own(one: str, other: str) -> None:
    """And the key of the key is the key."""
    assert urls.canonical(one) == urls.canonical(other) == urls.canonical(urls.canonical(one))


@each(("one", "other"), DIFFER)
def test_addresses_that_a_server_tells_apart_have_two_keys(one: str, other: str) -> None:
    """A page lost is worse than one fetched twice."""
    assert urls.canonical(one) != urls.canonical(other)


@pytest.mark.parametrize("read", [urls.canonical, urls.origin, urls.site, urls.split])
@pytest.mark.parametrize(
    "url", ["https://u:p@a.example/", "https://u@a.example/", "ftp://a.example/", "", "/a"]
)
def test_credentials_other_schemes_and_relative_urls_are_bad_input(read: object, url: str) -> None:
    """Every question about a URL refuses what could not be asked for."""
    assert callable(read)
    with pytest.raises(BadInput):
        read(url)


@each(
    ("one", "other"),
    [
        ("https://A.Example:443/a", "https://a.example/a"),
        ("https://a.example", "https://a.example/"),
        ("https://a.example./a", "https://a.example/a"),
        ("https://a.example/a#b", "https://a.example/a"),
        ("https://a.example/%7eb%2dc", "https://a.example/~b-c"),
        ("https://a.example/%e0%a4%96", "https://a.example/ख"),
        ("https://a.example/a/./b/../c", "https://a.example/a/c"),
        ("https://a.example/a?utm_source=x&b=1&fbclid=y", "https://a.example/a?b=1"),
        ("https://a.example/a?UTM_Medium=x", "https://a.example/a"),
        ("https://a.example/a?", "https://a.example/a"),
        ("https://a.example/a?b=1&", "https://a.example/a?b=1"),
        ("https://a.example/a?q=x+y", "https://a.example/a?q=x%20y"),
        ("https://a.example/a|b", "https://a.example/a%7Cb"),
        ("https://a.example/100%", "https://a.example/100%25"),
        ("https://xn--61b3bh3a5ab.xn--h2brj9c/", "https://समाचार.भारत/"),
    ],
)
def test_two_spellings_of_a_page_have_one_key(one: str, other: str) -> None:
    """Case of the host, escapes, fragment, default port and trackers do not matter."""
    assert urls.canonical(one) == urls.canonical(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.example/a", "http://a.example/a"),
        ("https://a.example/a", "https://www.a.example/a"),
        ("https://a.example/a", "https://a.example/A"),
        ("https://a.example/a", "https://a.example/a/"),
        ("https://a.example/a%2Fb", "https://a.example/a/b"),
        ("https://a.example/a?b=1&c=2", "https://a.example/a?c=2&b=1"),
        ("https://a.example/a?b", "https://a.example/a?b="),
        ("https://a.example/a?b=x%26c", "https://a.example/a?b=x&c"),
        ("https://a.example/a?b=x%2By", "https://a.example/a?b=x+y"),
        ("https://a.example/a%2541", "https://a.example/aA"),
        ("https://a.example:8443/a", "https://a.example/a"),
        ("https://a.example/a?id=1", "https://a.example/a?id=2"),
        ("https://a.example/a?ref=home", "https://a.example/a"),
    ],
)
def test_two_pages_have_two_keys(one: str, other: str) -> None:
    """What a server may tell apart stays apart."""
    assert urls.canonical(one) != urls.canonical(other)


@example(path="%4%31", query="%%32%35=&utm_", host="a.example")
@example(path="/.%2e/%2E", query="+&&=%", host="a.example..")
@example(path="", query="", host="1.2.3.4.")
@given(
    path=TEXT,
    query=TEXT,
    host=st.sampled_from(["a.example", "A.example.", "[::1]", "127.1", "खबर.भारत", ".", "a:80"]),
)
def test_the_key_of_a_key_is_itself(path: str, query: str, host: str) -> None:
    """Canonical is idempotent, and its result is a URL that can be asked for."""
    try:
        key = urls.canonical(f"http://{host}/{path}?{query}")
    except BadInput:
        return
    assert urls.canonical(key) == key
    assert urls.split(key).href == key
    assert key.isascii()


@given(TEXT)
def test_any_spelling_of_a_path_by_escapes_has_one_key(path: str) -> None:
    """Raw, escaped once in capitals or in small letters: the same page."""
    path = path.replace("\\", "/").replace("%", "").replace("?", "").replace("#", "")
    path = "".join(letter for letter in path if letter not in "\t\r\n./")
    capitals = quote(path, safe="!$&'()*+,;=:@")
    small = re.sub("%..", lambda hit: hit[0].lower(), capitals)
    keys = {urls.canonical(f"http://a.example/x{each}y") for each in (path, capitals, small)}
    assert len(keys) == 1


@given(TEXT, TEXT)
def test_join_gives_a_web_url_or_bad_input(base: str, ref: str) -> None:
    """Nothing that is written into a page can raise anything else."""
    try:
        joined = urls.join(f"http://a.example/{base}", ref)
    except BadInput:
        return
    assert joined.startswith(("http://", "https://"))


def test_one_host_has_one_origin_a_port() -> None:
    """The port is always written, so that :443 and none are one host to pause for."""
    assert urls.origin("https://A.example/x") == urls.origin("https://a.example:443/y")
    assert urls.origin("https://a.example./x") == urls.origin("https://a.example/y")
    assert urls.origin("http://a.example.:8080/") == "http://a.example:8080"
    assert urls.origin("http://a.example:8080/") == "http://a.example:8080"
    assert urls.origin("http://[::1]/") == "http://[::1]:80"
