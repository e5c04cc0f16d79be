"""The keys of the index are those that pywb looks up."""

from __future__ import annotations

import pytest

from archiver.export.cdxj import surt

# What the Internet Archive's package surt 0.3.1 makes of them.
KEYS = [
    ("http://www.example.com/", "com,example)/"),
    ("http://example.com", "com,example)/"),
    ("https://Example.com:443/a/b/?z=1&a=2#x", "com,example)/a/b?a=2&z=1"),
    ("http://example.com:8080/X", "com,example:8080)/x"),
    ("http://example.com/a//b/", "com,example)/a/b"),
    ("http://example.com/%E0%A4%96?q=%20a", "com,example)/%e0%a4%96?q=%20a"),
    ("http://example.com/खबर", "com,example)/%e0%a4%96%e0%a4%ac%e0%a4%b0"),
    ("http://example.com/a?", "com,example)/a"),
    ("http://www2.example.co.in/News/Story.html?x=1", "in,co,example)/news/story.html?x=1"),
    ("http://127.0.0.1:8000/a", "1,0,0,127:8000)/a"),
    ("http://example.com/a%25b%2fc%7E", "com,example)/a%25b/c~"),
]


@pytest.mark.parametrize(("url", "key"), KEYS)
def test_a_key_is_the_one_that_is_looked_up(url: str, key: str) -> None:
    assert surt(url) == key


def test_a_session_is_no_part_of_the_key() -> None:
    """Captures of one page under two sessions stand side by side."""
    session = "PHPSESSID=0123456789abcdef0123456789abcdef"
    assert surt(f"http://example.com/a?{session}&x=1") == surt("http://example.com/a?x=1")
