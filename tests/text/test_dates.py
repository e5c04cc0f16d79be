"""Dates in news pages: right, or none."""

from __future__ import annotations

import sys
from datetime import date
from subprocess import run

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nepali_datetime import date as bikram_date
from persiantools.jdatetime import JalaliDate

from archiver.text import dates, months
from tests.each import each
from tests.strategies import texts

# Newspapers' spellings, orders and digits, by language.
DATES: dict[str, list[tuple[str, str]]] = {
    "hi": [
        ("14 नवंबर 2025", "2025-11-14"),
        ("१४ नवम्बर २०२५", "2025-11-14"),
        ("2 फ़रवरी 2024", "2024-02-02"),
        ("शुक्रवार, 3 अक्तूबर 2025, 18:40", "2025-10-03T18:40"),
        ("14 Nov 2025", "2025-11-14"),
        ("14 नवंबर, 2025", "2025-11-14"),
        ("शुक्रवार, 14 नवंबर 2025", "2025-11-14"),
        ("नवंबर 14, 2025", "2025-11-14"),
        ("14 Nov 2025 10:15 AM IST", "2025-11-14T10:15+05:30"),
        ("14/11/2025", "2025-11-14"),
        ("03/04/2025", "2025-04-03"),
        ("14-11-2025", "2025-11-14"),
        ("१४.११.२०२५", "2025-11-14"),
        ("3 अक्तूबर 2025", "2025-10-03"),
        ("3 अक्टूबर 2025", "2025-10-03"),
        ("5 फरवरी 2025", "2025-02-05"),
        ("5 फ़रवरी 2025", "2025-02-05"),
    ],
    "bn": [
        ("১৪ নভেম্বর ২০২৫", "2025-11-14"),
        ("১ জানুয়ারি ২০২৪", "2024-01-01"),
        ("১৪ নভেম্বর, ২০২৫ ১০:১৫", "2025-11-14T10:15"),
        ("১৪ই নভেম্বর ২০২৫", "2025-11-14"),
        ("১লা জানুয়ারি ২০২৫", "2025-01-01"),
        ("২১শে ফেব্রুয়ারি, ২০২৫", "2025-02-21"),
        ("শুক্রবার, ১৪ নভেম্বর, ২০২৫ খ্রিস্টাব্দ", "2025-11-14"),
        ("২৯ কার্তিক ১৪৩২, ১৪ নভেম্বর ২০২৫", "2025-11-14"),
        ("নভেম্বর ১৪, ২০২৫", "2025-11-14"),
        ("১৪/১১/২০২৫", "2025-11-14"),
    ],
    "ta": [
        ("௧௪ நவம்பர் ௨௦௨௫", "2025-11-14"),
        ("14 ஆகஸ்ட் 2025", "2025-08-14"),
        ("14 நவம்பர் 2025", "2025-11-14"),
        ("நவம்பர் 14, 2025", "2025-11-14"),
        ("14 நவ. 2025", "2025-11-14"),
        ("வெள்ளி, 14 நவம்பர் 2025", "2025-11-14"),
    ],
    "ur": [
        ("۱۴ نومبر ۲۰۲۵", "2025-11-14"),
        ("14 مئی 2025", "2025-05-14"),
        ("14 نومبر 2025", "2025-11-14"),
        ("14 نومبر، 2025ء", "2025-11-14"),
        ("جمعہ 14 نومبر 2025", "2025-11-14"),
        ("5 ستمبر 2025", "2025-09-05"),
        ("14/11/2025", "2025-11-14"),
    ],
    "mr": [
        ("१४ नोव्हेंबर २०२५", "2025-11-14"),
        ("५ सप्टेंबर २०२५", "2025-09-05"),
        ("14 नोव्हेंबर, 2025", "2025-11-14"),
        ("ऑगस्ट 5, 2025", "2025-08-05"),
    ],
    "gu": [
        ("14 નવેમ્બર 2025", "2025-11-14"),
        ("૧૪ નવેમ્બર, ૨૦૨૫", "2025-11-14"),
        ("5 ઓગસ્ટ 2025", "2025-08-05"),
        ("Nov 14, 2025", "2025-11-14"),
    ],
    "pa": [
        ("14 ਨਵੰਬਰ 2025", "2025-11-14"),
        ("੧੪ ਨਵੰਬਰ ੨੦੨੫", "2025-11-14"),
        ("5 ਫ਼ਰਵਰੀ 2025", "2025-02-05"),
    ],
    "te": [
        ("14 నవంబర్ 2025", "2025-11-14"),
        ("నవంబర్ 14, 2025", "2025-11-14"),
        ("౧౪ నవంబరు ౨౦౨౫", "2025-11-14"),
    ],
    "kn": [
        ("14 ನವೆಂಬರ್ 2025", "2025-11-14"),
        ("ನವೆಂಬರ್ 14, 2025", "2025-11-14"),
        ("೧೪ ನವೆಂಬರ್ ೨೦೨೫", "2025-11-14"),
    ],
    "si": [
        ("2025 නොවැම්බර් 14", "2025-11-14"),
        ("නොවැම්බර් 14, 2025", "2025-11-14"),
        ("14 නොවැම්බර් 2025", "2025-11-14"),
    ],
    "ar": [
        ("14 نوفمبر 2025", "2025-11-14"),
        ("١٤ نوفمبر ٢٠٢٥", "2025-11-14"),
        ("14 تشرين الثاني 2025", "2025-11-14"),
        ("14 نونبر 2025", "2025-11-14"),
        ("الجمعة 14 نوفمبر 2025", "2025-11-14"),
        ("23 جمادى الأولى 1447 هـ - 14 نوفمبر 2025 م", "2025-11-14"),
        ("14/11/2025", "2025-11-14"),
        ("5 آذار 2025", "2025-03-05"),
    ],
    "en": [
        ("Nov 14, 2025 - 09:21", "2025-11-14T09:21"),
        ("November 14th, 2025", "2025-11-14"),
        ("14-Nov-2025", "2025-11-14"),
        ("14 Sept 2025", "2025-09-14"),
        ("2025-11-14", "2025-11-14"),
        ("2025-11-14T09:05", "2025-11-14T09:05"),
        ("2025/11/14", "2025-11-14"),
        ("Jun 23, 2025, 7:21 pm IST", "2025-06-23T19:21+05:30"),
        ("23 June 2025 at 12:05 a.m.", "2025-06-23T00:05"),
        ("29 February 2024", "2024-02-29"),
        ("14 November 2025", "2025-11-14"),
        ("November 14, 2025", "2025-11-14"),
        ("Nov. 14, 2025", "2025-11-14"),
        ("14th November 2025", "2025-11-14"),
        ("Friday, November 14, 2025 10:15 PM", "2025-11-14T22:15"),
        ("2025-11-14T09:05:00+05:30", "2025-11-14T09:05+05:30"),
        ("2025-11-14T09:05:00Z", "2025-11-14T09:05+00:00"),
        ("25/12/2025", "2025-12-25"),
        ("12/25/2025", "2025-12-25"),
        ("05/05/2025", "2025-05-05"),
        ("10:15 AM, 14 Nov 2025", "2025-11-14T10:15"),
        ("14 of November, 2025", "2025-11-14"),
    ],
    "ne": [
        ("14 नोभेम्बर 2025", "2025-11-14"),
        ("२०२५ नोभेम्बर १४", "2025-11-14"),
        ("२८ कार्तिक २०८२", "2025-11-14"),
        ("कार्तिक २८, २०८२ शुक्रबार", "2025-11-14"),
        ("२०८२ कात्तिक २८ गते", "2025-11-14"),
        ("२०८२ कात्तिक २८ गते शुक्रवार", "2025-11-14"),
        ("2082-07-28", "2025-11-14"),
        ("२०८२/०७/२८", "2025-11-14"),
        ("१ वैशाख २०८२", "2025-04-14"),
        ("२०८२ साल कात्तिक २८ गते", "2025-11-14"),
    ],
    "as": [
        ("১৪ নৱেম্বৰ, ২০২৫", "2025-11-14"),
        ("১৪ নবেম্বৰ ২০২৫", "2025-11-14"),
        ("নৱেম্বৰ ১৪, ২০২৫", "2025-11-14"),
    ],
    "or": [
        ("୧୪ ନଭେମ୍ବର ୨୦୨୫", "2025-11-14"),
        ("ନଭେମ୍ବର 14, 2025", "2025-11-14"),
        ("5 ଫେବ୍ରୁଆରୀ 2025", "2025-02-05"),
    ],
    "ml": [
        ("14 നവംബർ 2025", "2025-11-14"),
        ("2025, നവംബർ 14", "2025-11-14"),
        ("14 നവംബര്‍ 2025", "2025-11-14"),
        ("5 ഒക്ടോബര്‍ 2025", "2025-10-05"),
        ("2025 നവംബര്‍ 14", "2025-11-14"),
    ],
    "sd": [
        ("14 نومبر 2025", "2025-11-14"),
        ("2025 نومبر 14", "2025-11-14"),
        ("5 آڪٽوبر 2025", "2025-10-05"),
    ],
    "ps": [
        ("14 نومبر 2025", "2025-11-14"),
        ("د نومبر ۱۴مه ۲۰۲۵", "2025-11-14"),
        ("۲۳ لړم ۱۴۰۴", "2025-11-14"),
        ("د ۱۴۰۴ کال د لړم ۲۳مه", "2025-11-14"),
        ("د ۲۰۲۵ کال د نومبر ۱۴مه", "2025-11-14"),
        ("۲۳ عقرب ۱۴۰۴", "2025-11-14"),
    ],
    "fa": [
        ("۲۳ آبان ۱۴۰۴", "2025-11-14"),
        ("جمعه ۲۳ آبان ۱۴۰۴", "2025-11-14"),
        ("۱۴۰۴/۰۸/۲۳", "2025-11-14"),
        ("1404-8-23", "2025-11-14"),
        ("۲۳ عقرب ۱۴۰۴", "2025-11-14"),
        ("14 نوامبر 2025", "2025-11-14"),
        ("1 فروردین 1404", "2025-03-21"),
        ("۲۳ آبان ۱۴۰۴ - ۱۰:۱۵", "2025-11-14T10:15"),
        ("2025/11/14", "2025-11-14"),
    ],
    "prs": [
        ("۱۴ نومبر ۲۰۲۵", "2025-11-14"),
    ],
    "my": [
        ("၁၄ နိုဝင်ဘာ ၂၀၂၅", "2025-11-14"),
        ("၂၀၂၅ ခုနှစ်၊ နိုဝင်ဘာလ ၁၄ ရက်", "2025-11-14"),
        ("နိုဝင်ဘာ 14, 2025", "2025-11-14"),
        ("14 နိုဝင်ဘာ 2025", "2025-11-14"),
    ],
    "th": [
        ("14 พฤศจิกายน 2568", "2025-11-14"),
        ("14 พ.ย. 2568", "2025-11-14"),
        ("14 พฤศจิกายน 2025", "2025-11-14"),
        ("๑๔ พฤศจิกายน ๒๕๖๘", "2025-11-14"),
        ("14/11/2568", "2025-11-14"),
    ],
    "mai": [
        ("14 नवम्बर 2025", "2025-11-14"),
    ],
    "bho": [
        ("14 नवंबर 2025", "2025-11-14"),
    ],
    "sa": [
        ("14 नवम्बर 2025", "2025-11-14"),
    ],
    "zh": [
        ("2025年11月14日", "2025-11-14"),
    ],
    "ja": [
        ("2025年11月14日", "2025-11-14"),
    ],
    "ko": [
        ("2025년 11월 14일", "2025-11-14"),
        ("2025. 11. 14.", "2025-11-14"),
    ],
    "es": [
        ("14 de noviembre de 2025", "2025-11-14"),
    ],
    "pt": [
        ("14 de novembro de 2025", "2025-11-14"),
    ],
    "fr": [
        ("14 novembre 2025", "2025-11-14"),
        ("1er novembre 2025", "2025-11-01"),
    ],
    "de": [
        ("14. November 2025", "2025-11-14"),
        ("14.11.2025", "2025-11-14"),
        ("14. Nov. 2025", "2025-11-14"),
        ("5. März 2025", "2025-03-05"),
    ],
    "ru": [
        ("14 ноября 2025", "2025-11-14"),
    ],
    "tr": [
        ("14 Kasım 2025", "2025-11-14"),
    ],
    "id": [
        ("14 November 2025", "2025-11-14"),
        ("14 Agustus 2025", "2025-08-14"),
    ],
    "vi": [
        ("14 tháng 11, 2025", "2025-11-14"),
        ("ngày 14 tháng 11 năm 2025", "2025-11-14"),
        ("14/11/2025", "2025-11-14"),
    ],
    "pl": [
        ("14 listopada 2025", "2025-11-14"),
    ],
    "el": [
        ("14 Νοεμβρίου 2025", "2025-11-14"),
    ],
    "uk": [
        ("14 грудня 2025", "2025-12-14"),
    ],
}


@each(
    ("language", "text", "iso"),
    [(language, *known) for language, listed in DATES.items() for known in listed],
)
def test_a_date_in_any_of_our_languages(language: str, text: str, iso: str) -> None:
    found = dates.find(text, language)
    assert found is not None
    assert found[0] == iso


@each(
    "text",
    [
        "",
        "2025",
        "14 November",
        "November 2025",
        "03/04/2025",
        "3.4.25",
        "31 February 2025",
        "29 February 2025",
        "32 May 2025",
        "0 May 2025",
        "2025-13-01",
        "2025-00-10",
        "9876543210",
        "114 November 2025",
        "14 November 20255",
        "version 2025.11.144",
        "14:30",
        "tomorrow",
        "two days ago",
        "₹14,2025",
        "May be 2025 of them",
        "२०२५",
        "24/7",
        "10:15 AM",
        "+91 98765 43210",
        "022-2025-1114",
        "3-2",
        "Score 3-2-2025-1",
        "Rs 1,20,250",
        "v2025.11.14",
        "version 14.11.2025",
        "2025.11.144",
        "ISBN 978-93-2025-11-1",
        "ISBN 978-3-16-148410-0",
        "2024-25",
        "2023-2024",
        "192.168.20.25",
        "14 Nov 1947",
        "2082-07-28",
        "Since 2025, May 14 workers left",
        "1/2025",
        "10.1000/2025.11.14.1",
        "Section 144 of 2025",
    ],
)
def test_what_is_no_date_gives_none(text: str) -> None:
    """Years, scores, prices, telephone numbers, versions, times, and days before the web."""
    assert dates.find(text) is None


@each(
    ("text", "language"),
    [
        ("२९ कार्तिक २०८२", "hi"),
        ("২৯ কার্তিক ১৪৩২", "bn"),
        ("23 جمادى الأولى 1447", "ar"),
        ("1447/05/23", "ar"),
        ("۲۳ جمادی الاول ۱۴۴۷", "fa"),
        ("23 कार्तिक 1947", "hi"),
        ("शक 1947 कार्तिक 23", "mr"),
        ("२३ आबान", "ne"),
        ("1447-05-23", "ur"),
        ("23 ربیع الاول 1447", "ur"),
        ("2082/07/28", "hi"),
        ("14 ኅዳር 2018", "am"),
        ("令和7年11月14日", "ja"),
        ("民國114年11月14日", "zh"),
        ("৩১ ফেব্রুয়ারি ২০২৫", "bn"),
        ("32 नवंबर 2025", "hi"),
        ("02/30/2025", "hi"),
        ("03/04/2025", "or"),
        ("1404/08/23", "ar"),
        ("2569 නොවැම්බර් 14", "si"),
        ("दोपहर 12 बजे 2025 लोग", "hi"),
        ("कक्षा 10 मार्च", "hi"),
    ],
)
def test_a_date_of_a_calendar_that_is_not_converted_gives_none(text: str, language: str) -> None:
    """Bangla, lunar Hijri, Saka, Vikram Samvat outside Nepal, Ethiopic, eras; no day; in doubt."""
    assert dates.find(text, language) is None


@pytest.mark.parametrize(
    ("tag", "iso"),
    [("en", None), ("en-US", None), ("en-GB", "2025-04-03"), ("en-IN", "2025-04-03"), ("bn-BD", "2025-04-03"),
     ("fa", None), ("und", None), ("", None), ("xx", None), ("or", None)],
)  # fmt: skip
def test_figures_are_read_in_the_order_of_the_language_or_not_at_all(
    tag: str, iso: str | None
) -> None:
    found = dates.find("03/04/2025", tag)
    assert (found and found[0]) == iso


@given(
    st.dates(date(1990, 1, 1), date(2045, 12, 31)),
    st.sampled_from("hi mr ne bn as gu pa or ta te kn ml ur sd ps fa ar my en mai bho sa".split()),
)
def test_a_day_with_any_name_of_its_month_is_read_back(day: date, language: str) -> None:
    for name, month in months.months(language).items():
        if month == ("gregorian", day.month):
            found = dates.find(f"{day.day} {name} {day.year}", language)
            assert found is not None
            assert found[0] == day.isoformat()


@given(st.dates(date(1990, 1, 1), date(2043, 12, 31)))
def test_solar_hijri_and_bikram_sambat_are_led_back_to_the_day(day: date) -> None:
    """What their calendars call a day is read as that day, in words and in figures."""
    solar, bikram = JalaliDate(day), bikram_date.from_datetime_date(day)
    year, month, number = bikram.year, bikram.month, bikram.day
    for language, text in (
        ("fa", f"{solar.day} {solar.strftime('%B', locale='fa')} {solar.year}"),
        ("fa", solar.strftime("%Y/%m/%d")),
        ("ps", solar.strftime("%Y-%m-%d")),
        ("ne", f"{year}-{month:02}-{number:02}"),
    ):
        found = dates.find(text, language)
        assert found is not None
        assert found[0] == day.isoformat()


def test_no_month_of_a_language_has_the_name_of_another() -> None:
    """Also in the families of languages that are read together."""
    for family in months._FAMILIES:
        numbers: dict[str, set[int]] = {}
        for tag in ("en", *family):
            own = (*months._cldr(months._own(tag), "months"), *months._listed([months._SPELLINGS.get(tag, "")]))  # fmt: skip
            for name, number in own:
                numbers.setdefault(name, set()).add(number)
        assert [name for name, each in numbers.items() if len(each) > 1] == []


@each("tag", sorted(months._SPELLINGS))
def test_every_list_of_months_has_twelve(tag: str) -> None:
    assert months._SPELLINGS[tag].count("/") == 11


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


def test_months_do_not_know_what_babel_was_asked_before() -> None:
    """Babel remembers a language as it was first loaded, by us or by any library."""
    program = """
from babel import Locale
[Locale(each).months["format"]["wide"][1] for each in ("en", "hi", "ar")]
from archiver.text import dates
print(dates.find("Jun 23, 2025", "hi"))
"""
    done = run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "('2025-06-23', (0, 12))"
