"""Dates as they are written in news pages: text in, ISO 8601 out or nothing. Never a guess.

Digits of every script count, and the month names of `months`. A date without a four-digit year,
one whose day and month could be exchanged where the language does not say which is which, and
one of a calendar that is not converted here, is no date.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cache

from archiver.text import calendars, normal
from archiver.text.months import NUMERIC, Calendar, base, months, order, weekdays
from archiver.text.prose import ascii_digits, is_word_character

# Input is cut here: a date line is short, and long input only costs time.
MAX_LENGTH = 200

EARLIEST_YEAR = calendars.EARLIEST_YEAR

# Time of day, with a zone where one is stated. Half-day words are Latin ones and those that
# South-Asian pages print in their own letters.
_AM = "a\\.?m\\.?|एएम|पूर्वाह्न|এএম|পূর্বাহ্ণ|પૂર્વાહ્ન"
_PM = "p\\.?m\\.?|पीएम|अपराह्न|পিএম|অপরাহ্ণ|અપરાહ્ન"
_TIME = (
    r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?![\d%])(?::\d{2}(?:\.\d+)?)?"
    rf"(?:\s*(?:(?P<am>{_AM})|(?P<pm>{_PM}))(?![a-z]))?"
)
_ZONES = {"ist": "+05:30", "gmt": "+00:00", "utc": "+00:00", "z": "+00:00", "pkt": "+05:00"}
_ZONES |= {"npt": "+05:45"}
_ZONE = (
    r"(?:\s*\(?(?:(?:gmt|utc)?(?P<offset>[+-]\d{2}:?\d{2})(?!\d)"
    r"|(?P<zone>ist|gmt|utc|pkt|npt|z)(?![a-z])))?"
)
# Between a date and a time: spaces, comma, bar, dash, "at", ISO's T.
_BETWEEN = r"[\s,،၊|•·-]*(?:(?:at|um|à|à|as|às|kl\.?|को)\s+)?"
_AFTER = re.compile(rf"(?:t(?=\d)|{_BETWEEN}){_TIME}{_ZONE}")
_BEFORE = re.compile(rf"(?<![\d:.]){_TIME}{_ZONE}{_BETWEEN}(?:on\s+)?$")

# What stands between the parts of a date, as keys; "y" after a year, "m" after a month's name,
# "d" after a day's number.
_D = (
    r"(?:st|nd|rd|th|er|ème|º|ª|\.|शे|वीं|ई|শে|ই|লা|রা|ঠা|এ|நாள்|ஆம்|ம்|ನೇ|న|മ|ام|مه|م|ء|"
    r"गते|日|일|ရက်(?:နေ့)?)?"
)
_SEP = r"[\s,،၊.·-]{0,3}"
_DM = rf"{_D}{_SEP}(?:(?:of|de|del|ב|ngày|तारीख|তারিখ)\s*)?"
_MY = rf"\.?{_SEP}(?:(?:de|del|năm|सन|سال|عام|سنة|ई\.?)\s+)?"
_YEAR = r"(?P<year>\d{4})(?!\d)"
_DAY = r"(?P<day>\d{1,2})(?!\d)"
_YM = r"(?:年|년|\s*(?:साल|सालको|को|ခုနှစ်))?[\s.၊-]{0,3}(?:(?:کال\s+)?د\s+)?"
_MD = r"(?:လ)?\.?[\s၊-]{0,2}"
_FIGURES = r"(?<![^\s(\[|:,،>\"'-])(?<!\d-)(?<!version )(?<!ver )"
_NO_MORE = r"(?!\d|[-/.]\d)"
_END = rf"(?:{_NO_MORE}|(?=t\d))"
_BY = r"(?P<by>[-/.]|\. )"
_IN_FIGURES = tuple(
    re.compile(body)
    for body in (
        rf"{_FIGURES}(?P<year>\d{{4}}){_BY}(?P<two>\d{{1,2}})(?P=by)(?P<three>\d{{1,2}}){_END}",
        rf"{_FIGURES}(?P<one>\d{{1,2}}){_BY}(?P<two>\d{{1,2}})(?P=by)(?P<year>\d{{4}}){_END}",
        r"(?<!\d)(?P<year>\d{4})\s?[年년]\s?(?P<two>\d{1,2})\s?[月월]\s?(?P<three>\d{1,2})\s?[日일]",
    )
)
_A_YEAR = re.compile(r"\d{4}")


@cache
def _patterns(language: str) -> tuple[re.Pattern[str], ...]:
    names = sorted(months(language), key=lambda name: (-len(name), name))
    month = rf"(?P<month>{'|'.join(map(re.escape, names))})"
    # "Since 2025, May 14 ..." is a sentence in English; elsewhere a year may come first.
    comma = "" if language == "en" else "[,،]?"
    return tuple(
        re.compile(body)
        for body in (
            rf"(?<!\d){_DAY}{_DM}{month}{_MY}{_YEAR}",
            rf"{month}{_MD}{_SEP}{_DAY}{_D}{_SEP}{_YEAR}",
            rf"(?<!\d){_YEAR}{comma}{_YM}{month}{_MD}{_DAY}{_D}",
        )
    )


def _fitting(line: str, language: str) -> Iterator[re.Pattern[str]]:
    """The patterns that may find a date in a line; those with names are slow, to build as well."""
    if any(name in line for name in months(language)):
        yield from _patterns(language)
    yield from _IN_FIGURES


def find(text: str, language: str = "en") -> tuple[str, tuple[int, int]] | None:
    """The first date in `text`: ISO 8601 and its span in ``normal.key(ascii_digits(text))``.

    `language` is BCP 47; its month names and English ones are known, and its order of figures.
    The day is Gregorian, from 1990 to 2045; a zone is there only where one is stated.

    >>> find("Jun 23, 2025 - 19:21")
    ('2025-06-23T19:21', (0, 20))
    >>> find("१४ नवंबर २०२५", "hi")[0], find("03/04/2025"), find("03/04/2025", "hi")[0]
    ('2025-11-14', None, '2025-04-03')
    """
    line = normal.key(ascii_digits(text[:MAX_LENGTH]))
    if _A_YEAR.search(line) is None:
        return None
    tag, language = language, base(language)
    best: tuple[date, tuple[int, int]] | None = None
    for pattern in _fitting(line, language):
        for day, (start, end) in _days(pattern, line, tag):
            if best is None or (start, -end) < (best[1][0], -best[1][1]):
                best = day, (start, end)
            break
    return _with_time(line, *best) if best else None


def _days(
    pattern: re.Pattern[str], line: str, language: str
) -> Iterator[tuple[date, tuple[int, int]]]:
    """Days of the calendar that the pattern finds, in their order."""
    tag, language = language, base(language)
    for hit in pattern.finditer(line):
        parts = hit.groupdict()
        name = parts.get("month")
        if name:
            # A name is not the end of a longer word.
            if hit.start("month") == hit.start() and hit.start():
                before = line[hit.start() - 1]
                if is_word_character(before) and not before.isdigit():
                    continue
            month = months(language)[name]
            day = calendars.gregorian(
                month.calendar, int(parts["year"]), month.number, int(parts["day"]), language
            )
        else:
            day = _in_figures(parts, tag)
        if day:
            yield day, hit.span()


def _in_figures(parts: dict[str, str | None], language: str) -> date | None:
    """The day of a date in figures: ``year two three``, or ``one two year``."""
    year, two = int(parts["year"] or 0), int(parts["two"] or 0)
    calendar: Calendar = "gregorian"
    tag, language = language, base(language)
    if not EARLIEST_YEAR <= year <= calendars.LATEST_YEAR:
        calendar = NUMERIC.get(language, "gregorian")
    if "three" in parts:
        return calendars.gregorian(calendar, year, two, int(parts["three"] or 0), language)
    one = int(parts["one"] or 0)
    either = order(tag) in ("", "ymd") and calendar == "gregorian"
    if either and one <= 12 and two <= 12 and one != two:
        return None
    month_first = order(tag) == "mdy" or (either and two > 12)
    day, month = (two, one) if month_first else (one, two)
    return calendars.gregorian(calendar, year, month, day, language)


def _with_time(line: str, day: date, span: tuple[int, int]) -> tuple[str, tuple[int, int]]:
    """The day with the time that stands behind it, or before it, and the span of both."""
    start, end = span
    hit = _AFTER.match(line, end)
    if hit:
        end = hit.end()
    elif hit := _BEFORE.search(line, 0, start):
        start = hit.start()
    stated = day.isoformat()
    if hit is None:
        return stated, span
    hour, minute = int(hit["hour"]), int(hit["minute"])
    if hit["am"] or hit["pm"]:
        if not 1 <= hour <= 12:
            return stated, (start, end)
        hour = hour % 12 + (12 if hit["pm"] else 0)
    if hour > 23 or minute > 59:
        return stated, (start, end)
    zone = _ZONES.get(hit["zone"] or "", "")
    if hit["offset"]:
        zone = f"{hit['offset'][:3]}:{hit['offset'][-2:]}"
    return f"{stated}T{hour:02}:{minute:02}{zone}", (start, end)


def believable(stated: str, fetched_at: datetime | None) -> bool:
    """Whether an ISO 8601 date can be a page's: not before 1990, not after the day that follows.

    >>> believable("2031-01-01", datetime(2025, 6, 1)), believable("1970-01-01", None)
    (False, False)
    """
    latest = (fetched_at + timedelta(days=1)).date().isoformat() if fetched_at else "9999"
    return f"{EARLIEST_YEAR}-01-01" <= stated[:10] <= latest


# What may stand around the date on a line that is only a date line.
_AROUND = re.compile(r"[\s,،၊|:•·.()/-]+")
# Marks of the Christian era: Hindi, Bengali, Urdu, Sindhi, Arabic.
_ERA = frozenset({"ई", "খ্রি", "খ্রিস্টাব্দ", "ء", "ع", "م", "ad", "ce"})


def only_a_date(
    text: str, language: str = "en", labels: frozenset[str] = frozenset()
) -> str | None:
    """The date of a line that says nothing else; `labels` are folded words that may stand there.

    >>> only_a_date("Published: 14 Nov 2025, 9:05 am IST", labels=frozenset({"published"}))
    '2025-11-14T09:05+05:30'
    >>> only_a_date("On 14 Nov 2025 the bridge opened.") is None
    True
    """
    found = with_rest(text, language)
    return found[0] if found and (not found[1] or found[1] in labels) else None


def with_rest(text: str, language: str = "en") -> tuple[str, str] | None:
    """The date of a short line, and as a key what else it says but the day of the week.

    >>> with_rest("Published on Friday, 14 Nov 2025")
    ('2025-11-14', 'published on')
    """
    found = find(text, language) if len(text) <= MAX_LENGTH else None
    if found is None:
        return None
    line = normal.key(ascii_digits(text))
    start, end = found[1]
    extra = weekdays(language)
    parts = (part for part in _AROUND.split(line[:start] + " " + line[end:]) if part)
    return found[0], " ".join(part for part in parts if part not in extra and part not in _ERA)
