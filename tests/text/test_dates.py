"""Dates in news pages: right, or none."""

from __future__ import annotations

import pytest
from hypothesis import given

from archiver.text import dates
from tests.strategies import texts


@pytest.mark.parametrize(
    ("text", "language", "iso"),
    [
        ("14 नवंबर 2025", "hi", "2025-11-14"),
        ("१४ नवम्बर २०२५", "hi", "2025-11-14"),
        ("2 फ़रवरी 2024", "hi", "2024-02-02"),
        ("शुक्रवार, 3 अक्तूबर 2025, 18:40", "hi", "2025-10-03T18:40"),
        ("১৪ নভেম্বর ২০২৫", "bn", "2025-11-14"),
        ("১ জানুয়ারি ২০২৪", "bn", "2024-01-01"),
        ("௧௪ நவம்பர் ௨௦௨௫", "ta", "2025-11-14"),
        ("14 ஆகஸ்ட் 2025", "ta", "2025-08-14"),
        ("۱۴ نومبر ۲۰۲۵", "ur", "2025-11-14"),
        ("14 مئی 2025", "ur", "2025-05-14"),
        ("१४ नोव्हेंबर २०२५", "mr", "2025-11-14"),
        ("५ सप्टेंबर २०२५", "mr", "2025-09-05"),
        ("14 નવેમ્બર 2025", "gu", "2025-11-14"),
        ("14 ਨਵੰਬਰ 2025", "pa", "2025-11-14"),
        ("14 నవంబర్ 2025", "te", "2025-11-14"),
        ("14 ನವೆಂಬರ್ 2025", "kn", "2025-11-14"),
        ("2025 නොවැම්බර් 14", "si", "2025-11-14"),
        ("14 نوفمبر 2025", "ar", "2025-11-14"),
        ("Nov 14, 2025 - 09:21", "en", "2025-11-14T09:21"),
        ("November 14th, 2025", "en", "2025-11-14"),
        ("14-Nov-2025", "en", "2025-11-14"),
        ("14 Sept 2025", "en", "2025-09-14"),
        ("2025-11-14", "en", "2025-11-14"),
        ("2025-11-14T09:05", "en", "2025-11-14T09:05"),
        ("2025/11/14", "en", "2025-11-14"),
        ("Jun 23, 2025, 7:21 pm IST", "en", "2025-06-23T19:21+05:30"),
        ("23 June 2025 at 12:05 a.m.", "en", "2025-06-23T00:05"),
        ("29 February 2024", "en", "2024-02-29"),
        ("14 Nov 2025", "hi", "2025-11-14"),
    ],
)
def test_a_date_in_any_of_our_languages(text: str, language: str, iso: str) -> None:
    found = dates.find(text, language)
    assert found is not None
    assert found[0] == iso


@pytest.mark.parametrize(
    "text",
    [
        "", "2025", "14 November", "November 2025", "03/04/2025", "3.4.25", "31 February 2025",
        "29 February 2025", "32 May 2025", "0 May 2025", "2025-13-01", "2025-00-10",
        "9876543210", "114 November 2025", "14 November 20255", "version 2025.11.144",
        "14:30", "tomorrow", "two days ago", "₹14,2025", "May be 2025 of them",
    ],
)  # fmt: skip
def test_what_is_no_date_gives_none(text: str) -> None:
    assert dates.find(text) is None


def test_a_wrong_time_leaves_the_day() -> None:
    found = dates.find("14 November 2025, 25:99")
    assert found is not None
    assert found[0] == "2025-11-14"


def test_text_past_the_limit_is_not_looked_at() -> None:
    assert dates.find("x " * 200 + "14 November 2025") is None


def test_the_first_date_counts() -> None:
    found = dates.find("1 May 2025 and 2025-04-30")
    assert found is not None
    assert found[0] == "2025-05-01"


@given(texts)
def test_nothing_that_is_searched_raises(text: str) -> None:
    for language in ("en", "hi", "xx", "", "und"):
        dates.find(text, language)
        dates.only_a_date(text, language)


@pytest.mark.parametrize(
    "line", ["14 November 2025", "  Published: 14 Nov 2025 | 10:15 ", "2025-11-14"]
)
def test_a_line_that_says_nothing_but_the_date(line: str) -> None:
    stated = dates.only_a_date(line, labels=frozenset(["published"]))
    assert stated is not None
    assert stated.startswith("2025-11-14")


@pytest.mark.parametrize(
    "line",
    ["14 November 2025: the bridge opens", "Born 14 November 2025", "14 November 1947", "1 May 2025 2 May 2025"],
)  # fmt: skip
def test_a_line_that_says_more_or_is_older_than_the_web_is_no_date_line(line: str) -> None:
    assert dates.only_a_date(line) is None
