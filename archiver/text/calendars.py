"""Years of other calendars: a day of one in, the Gregorian day out, or nothing.

Solar Hijri (Iran, Afghanistan) and Bikram Sambat (Nepal) are converted by libraries: both have
tables or rules of leap years that are no arithmetic of a line. The Thai Buddhist era is the
Gregorian year plus 543. Lunar Hijri, the Bangla calendar and the others are not converted: which
day they mean depends on who counts.
"""

from __future__ import annotations

from datetime import date

from nepali_datetime import date as bikram_date
from persiantools.jdatetime import JalaliDate

from archiver.text.months import Calendar

# No news page is older than the web. The last year is where Bikram Sambat's 1990 begins, so that
# a year in figures means one calendar.
EARLIEST_YEAR, LATEST_YEAR = 1990, 2045
_SOLAR = (1368, 1424)
_BIKRAM = (2046, 2100)
_BUDDHIST = 543


def gregorian(calendar: Calendar, year: int, month: int, day: int, language: str) -> date | None:
    """The Gregorian day, from 1990 to 2045; None where it is none, or the year is another's.

    >>> gregorian("solar", 1404, 8, 23, "fa"), gregorian("bikram", 2082, 7, 28, "ne")
    (datetime.date(2025, 11, 14), datetime.date(2025, 11, 14))
    >>> gregorian("gregorian", 2568, 11, 14, "th"), gregorian("gregorian", 1447, 5, 23, "ar")
    (datetime.date(2025, 11, 14), None)
    """
    try:
        if calendar == "solar" and _SOLAR[0] <= year <= _SOLAR[1]:
            found: date = JalaliDate(year, month, day).to_gregorian()
        elif calendar == "bikram" and _BIKRAM[0] <= year <= _BIKRAM[1]:
            found = bikram_date(year, month, day).to_datetime_date()
        elif calendar == "gregorian":
            if language == "th" and year > LATEST_YEAR:
                year -= _BUDDHIST
            found = date(year, month, day)
        else:
            return None
    except (ValueError, KeyError, OverflowError):
        return None
    return found if EARLIEST_YEAR <= found.year <= LATEST_YEAR else None
