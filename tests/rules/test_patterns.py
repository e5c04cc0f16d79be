"""A user's own expression: refused when its file is read, or quick on every line."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.rules.patterns import MAX_LINE, check_pattern

SLOW = [
    r"(a+)+b",
    r"(a*)*b",
    r"(a|a)*b",
    r"(a|ab)*c",
    r"(a?){40}b",
    r"(?:a{0,9}){0,9}b",
    r"(?:.*,)+x",
    r"(?>a+)+b",
    r"(?=(a+)+b)a",
    r".*a.*b.*c",
    r"a{0,400}a{0,400}a{0,400}b",
    r"(.*)(.*)\1\2b",
]
QUICK = [
    r"^read (?:more|also)\s*:.*$",
    r"\s*read\s*more\s*:\s*.*$",
    r"^আরও পড়ুন\s*:.*$",
    r"[^:]{1,30}: .*",
    r".*a.*b",
    r"(?:ab)+c",
    r"(?i:photo)s?\b.{0,20} by .{0,20}",
    r"(?<!not )\d{1,2}:\d\d(?: [ap]m)?",
    r"a++b",
]


@pytest.mark.parametrize("pattern", SLOW)
def test_an_expression_that_may_take_long_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"repetition|repeated|references"):
        check_pattern(pattern)


@pytest.mark.parametrize("pattern", QUICK)
def test_what_people_write_is_taken(pattern: str) -> None:
    check_pattern(pattern)
    re.search(pattern, "a" * MAX_LINE)


@pytest.mark.parametrize("pattern", ["(", "a{99999999999}", "(?:" * 5000 + ")" * 5000, "*"])
def test_what_does_not_read_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        check_pattern(pattern)


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    several = st.lists(inner, min_size=1, max_size=3)
    group = "(?:{})".format
    return st.one_of(
        several.map("".join),
        several.map("|".join).map(group),
        st.builds(
            "{}{}".format, inner.map(group), st.sampled_from(["*", "+", "?", "{0,9}", "{3}", "*?"])
        ),
    )


@settings(max_examples=100)
@given(st.recursive(st.sampled_from(["a", "b", "ab", "[ab]", ".", "a ?"]), _grown, max_leaves=8))
def test_whatever_is_taken_comes_to_an_end(pattern: str) -> None:
    """On a line of 60 letters what is exponential would not end in our lifetime."""
    try:
        check_pattern(pattern)
    except ValueError:
        return
    re.search(f"(?:{pattern})c", "a" * 60)
    re.search(f"(?:{pattern})c", "ab" * 30)
