"""Dates as they are written in news pages: text in, ISO 8601 out or nothing. Never a guess.

Month names come from Unicode CLDR by way of babel, with a few spellings that newsrooms use and
CLDR does not; digits of every script count. A date without a four-digit year, and an
all-numeric one whose day and month could be exchanged, is no date here.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import cache

from babel.core import UnknownLocaleError
from babel.dates import get_month_names

from archiver.text import normal
from archiver.text.prose import ascii_digits

# Input is cut here: a date line is short, and long input only costs time.
MAX_LENGTH = 200

# No news page is older than the web.
EARLIEST_YEAR = 1990

# Spellings in use beside CLDR's, by language and month.
_VARIANTS: dict[str, dict[str, int]] = {
    "hi": {"सितम्बर": 9, "नवम्बर": 11, "दिसम्बर": 12, "अक्तूबर": 10, "फ़रवरी": 2, "जून": 6},
    "mr": {"सप्टेंबर": 9, "ऑक्टोबर": 10, "नोव्हेंबर": 11, "डिसेंबर": 12},
    "bn": {"জানুয়ারি": 1, "ফেব্রুয়ারি": 2, "আগষ্ট": 8, "সেপ্টেমবর": 9},
    "ur": {"جنوری": 1, "فروری": 2, "اپريل": 4, "مئ": 5},
    "ta": {"ஜனவரி": 1, "பிப்ரவரி": 2, "ஏப்ரல்": 4, "ஆகஸ்ட்": 8, "செப்டம்பர்": 9},
    "en": {"sept": 9},
}

# Time of day, with a zone where one is stated.
_TIME = r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?::\d{2})?\s*(?P<half>[ap]\.?m\.?)?"
_ZONES = {"ist": "+05:30", "gmt": "+00:00", "utc": "+00:00", "pkt": "+05:00"}
_ZONE = r"(?:\s*\(?(?P<zone>ist|gmt|utc|pkt)\)?)?"
# Between a date and a time: spaces, comma, bar, dash, "at".
_AFTER = rf"(?:[\s,|•·-]*(?:at\s+)?{_TIME}{_ZONE})?"
_YEAR = r"(?P<year>(?:19|20)\d\d)"


@cache
def _months(language: str) -> dict[str, int]:
    """Month names of `language` and of English, folded by the match key."""
    found: dict[str, int] = {}
    for tag in ("en", language):
        try:
            for width in ("wide", "abbreviated"):
                for context in ("format", "stand-alone"):
                    for number, name in get_month_names(width, context, tag).items():
                        found.setdefault(normal.key(normal.nfc(name)).rstrip("."), number)
        except (UnknownLocaleError, ValueError):
            pass
        for name, number in _VARIANTS.get(tag, {}).items():
            found[normal.key(normal.nfc(name))] = number
    return {name: number for name, number in found.items() if not name.isdigit()}


@cache
def _patterns(language: str) -> tuple[re.Pattern[str], ...]:
    names = sorted(_months(language), key=lambda name: (-len(name), name))
    month = rf"(?P<month>{'|'.join(map(re.escape, names))})\.?"
    day = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
    return tuple(
        re.compile(rf"(?<!\d){body}{_AFTER}(?!\d)")
        for body in (
            rf"{day}[\s,-]*{month}[\s,-]*{_YEAR}",
            rf"{month}[\s-]*{day}[\s,-]*{_YEAR}",
            rf"{_YEAR}[\s,-]*{month}[\s-]*{day}",  # as Sinhala has it
            rf"{_YEAR}[-/.](?P<number>\d{{1,2}})[-/.]{day}(?:t(?=\d))?",
        )
    )


def find(text: str, language: str = "en") -> tuple[str, tuple[int, int]] | None:
    """The first date in `text`: ISO 8601 and its span in ``normal.key(ascii_digits(text))``.

    >>> find("Jun 23, 2025 - 19:21")
    ('2025-06-23T19:21', (0, 20))
    >>> find("१४ नवंबर २०२५", "hi")[0], find("03/04/2025")
    ('2025-11-14', None)
    """
    line = normal.key(ascii_digits(text[:MAX_LENGTH]))
    best: tuple[str, tuple[int, int]] | None = None
    for pattern in _patterns(language):
        hit = pattern.search(line)
        if hit and (best is None or hit.start() < best[1][0]):
            stated = _iso(hit.groupdict(), language)
            if stated:
                best = (stated, hit.span())
    return best


def _iso(parts: dict[str, str | None], language: str) -> str | None:
    """Put the parts together, or nothing where they are no day of the calendar."""
    name = parts.get("month")
    number = _months(language)[name] if name else int(parts.get("number") or 0)
    year, day = int(parts["year"] or 0), int(parts["day"] or 0)
    longest = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    if not 1 <= number <= 12 or not 1 <= day <= longest[number - 1]:
        return None
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if number == 2 and day == 29 and not leap:
        return None
    stated = f"{year:04}-{number:02}-{day:02}"
    if parts.get("hour") is None:
        return stated
    hour, minute = int(parts["hour"] or 0), int(parts["minute"] or 0)
    half = parts.get("half")
    if half:
        if not 1 <= hour <= 12:
            return stated
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    if hour > 23 or minute > 59:
        return stated
    return f"{stated}T{hour:02}:{minute:02}{_ZONES.get(parts.get('zone') or '', '')}"


# Words that may stand around the date on a line that is only a date line.
_AROUND = re.compile(r"[\s,|:•·.()/-]+")


def believable(stated: str, fetched_at: datetime | None) -> bool:
    """Whether an ISO 8601 date can be a page's: not before 1990, not after the day that follows.

    >>> believable("2031-01-01", datetime(2025, 6, 1)), believable("1970-01-01", None)
    (False, False)
    """
    latest = (fetched_at + timedelta(days=1)).date().isoformat() if fetched_at else "9999"
    return f"{EARLIEST_YEAR}-01-01" <= stated[:10] <= latest


def only_a_date(
    text: str, language: str = "en", labels: frozenset[str] = frozenset()
) -> str | None:
    """The date of a line that says nothing else; `labels` are folded words that may stand there.

    >>> only_a_date("Published: 14 Nov 2025, 9:05 am IST", labels=frozenset({"published"}))
    '2025-11-14T09:05+05:30'
    >>> only_a_date("On 14 Nov 2025 the bridge opened.") is None
    True
    """
    found = find(text, language)
    if found is None or len(text) > MAX_LENGTH or int(found[0][:4]) < EARLIEST_YEAR:
        return None
    line = normal.key(ascii_digits(text))
    start, end = found[1]
    rest = " ".join(part for part in _AROUND.split(line[:start] + " " + line[end:]) if part)
    return found[0] if not rest or rest in labels else None
