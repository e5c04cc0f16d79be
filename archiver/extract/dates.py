"""When a page was published and changed: its statements in, ISO 8601 with the source out.

JSON-LD is asked first, then ``<meta>``, microdata and ``<time>``, the lines beside the headline,
the URL; htmldate searches where all of them are silent. A day that cannot be is no statement.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache, partial

from selectolax.lexbor import LexborHTMLParser, LexborNode

from archiver.extract import elements
from archiver.extract.nearby import Line, Nearby
from archiver.extract.statements import Statements
from archiver.text import dates, normal
from archiver.text.prose import ascii_digits

# Of publication and of change.
Dates = tuple[str | None, str | None]

_PUBLISHED = (
    "article:published_time",
    "datepublished",
    "og:article:published_time",
    "og:published_time",
    "article:published",
    "article.published",
    "publish-date",
    "publish_date",
    "publishdate",
    "published_at",
    "publication_date",
    "publication-date",
    "pubdate",
    "parsely-pub-date",
    "sailthru.date",
    "cxenseparse:recs:publishtime",
    "cxenseparse:publishtime",
    "article_date_original",
    "dc.date.issued",
    "dcterms.issued",
    "citation_publication_date",
    "citation_online_date",
    "citation_date",
)
# When a page was made, or a date of no stated kind: what readers are shown goes first.
_CREATED = ("dc.date.created", "dcterms.created", "dc.created", "dc.date", "dcterms.date", "date")
_MODIFIED = (
    "article:modified_time",
    "datemodified",
    "og:article:modified_time",
    "og:updated_time",
    "og:modified_time",
    "article:modified",
    "lastmod",
    "last-modified",
    "last_modified",
    "dc.date.modified",
    "dcterms.modified",
    "dc.modified",
    "revision_date",
)
# "Updated", as date lines say it; the phrases of the chrome tables.
_CHANGED = re.compile(
    "updated|modified|aktualisiert|letztes update|stand:|actualizad[oa]|modificad[oa]|modificación"
    "|actualización|mise? à jour|modifiée|atualizad[oa]|actualizaç|atualizaç|обновлен|обновлено"
    "|güncelle|diperbarui|更新|업데이트|अपडेट|अद्यावधिक|আপডেট|হালনাগাদ|আপডেইট|અપડેટ|ਅਪਡੇਟ|புதுப்பிக்க"
    "|అప్డేట్|ನವೀಕರ|അപ്ഡേറ്റ്|اپ ڈیٹ|اپڈیٹ|تحدیث|به ?روز"
)
# What stands about a date on its line: label, place, author. More is a sentence.
_MAX_BESIDE = 40
_ITEMS = ("datepublished", "datecreated", "dateposted")
_DATE_CLASSES = (
    '[class*="date" i],[class*="time" i],[class*="publi" i],[class*="datum" i],[class*="fecha" i],'
    '[id*="date" i],[id*="time" i]'
)
_MOST_ELEMENTS = 30
_TIME_CLASSES = re.compile(r"(?:entry-date|publish|pubdate|posted|created)", re.IGNORECASE)
_IN_URL = re.compile(
    r"(?<!\d)((?:19|20)\d\d)([/_-]?)(0?[1-9]|1[0-2])\2(0?[1-9]|[12]\d|3[01])(?!\d)"
)
# 29-10-2021: only where the first cannot be a month.
_DAY_FIRST = re.compile(r"(?<![\d-])(1[3-9]|2\d|3[01])[-_.](0\d|1[0-2])[-_.](20\d\d)(?!\d)")
_CODE = re.compile(r"(</?(?:script|style|svg)\b[^<>]*>)", re.IGNORECASE)
# With the options of htmldate's own parser.
_PARSER = elements.parser(
    collect_ids=False, default_doctype=False, encoding="utf-8", remove_pis=True
)
_ARCHIVED = re.compile(r"/web/\d{14}[a-z_]*/")  # the Wayback Machine's own time


def moment(stated: str, fetched_at: datetime, language: str = "en") -> str | None:
    """A stated date as ISO 8601, with a zone only where it has one; None if it is no date.

    Nothing before 1990 and nothing after the day that follows `fetched_at` is believed.
    """
    stated = stated.strip()[: dates.MAX_LENGTH]
    found = _iso(stated)
    if found is None or not dates.believable(found, fetched_at):
        # Not ISO, or in the figures of another calendar, as some sites in Iran and Thailand have.
        line = dates.find(normal.nfc(stated), language)
        found = line[0] if line else None
    return found if found and dates.believable(found, fetched_at) else None


def _iso(stated: str) -> str | None:
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", stated):
            return datetime.fromisoformat(stated).date().isoformat()
        if not re.match(r"\d{4}-", stated):
            return parsedate_to_datetime(stated).isoformat()
        return datetime.fromisoformat(stated).isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _said(
    page: Statements, now: datetime, field: str, names: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """What JSON-LD and the metas say, in the order of trust."""
    if found := moment(page.text(field), now, page.language):
        yield found, "json-ld"
    for name in names:
        for content in page.metas.get(name, ())[:1]:
            if found := moment(content, now, page.language):
                yield found, "meta"


def _marked(page: Statements, now: datetime, items: Sequence[str]) -> str | None:
    """What the first element of microdata says."""
    for name in items:
        for node in page.items.get(name, ())[:1]:
            attributes = node.attributes
            told = attributes.get("datetime") or attributes.get("content")
            told = told or normal.collapse(node.text(deep=True, separator=" "))
            if found := moment(told, now, page.language):
                return found
    return None


def _timed(page: Statements, now: datetime) -> str | None:
    """The first ``<time>`` that is marked as the article's, by its class or its place."""
    for node in page.times[:_MOST_ELEMENTS]:
        attributes = node.attributes
        told = attributes.get("datetime")
        if not told:
            continue
        marked = "pubdate" in attributes or _TIME_CLASSES.search(attributes.get("class") or "")
        if marked or _inside_article(node):
            return moment(told, now, page.language)
    return None


def _inside_article(node: LexborNode) -> bool:
    at = node.parent
    while at is not None:
        if at.tag == "article":
            return True
        at = at.parent
    return False


def _dated(line: Line, page: Statements, now: datetime) -> tuple[str, bool] | None:
    """The date of a line, and whether it is that of a change; None for a line that says more."""
    if not line.moment and not _may_be_dated(line.text):
        return None
    before = normal.key(line.text)
    shown = dates.find(line.text, page.language)
    found = moment(line.moment, now, page.language) if line.moment else None
    if shown:
        start, end = shown[1]
        folded = normal.key(ascii_digits(line.text))
        before = folded[:start]
        if len(before) + len(folded) - end > _MAX_BESIDE:
            return None
        found = found or (shown[0] if dates.believable(shown[0], now) else None)
    if not found:
        return None
    classes = (line.element.attributes.get("class") or "").lower()
    changed = bool(_CHANGED.search(before)) or (
        "updated" in classes.split() and "publ" not in classes and "entry-date" not in classes
    )
    return found, changed


def _may_be_dated(text: str) -> bool:
    return sum(map(str.isdigit, text)) >= 5 or "年" in text  # noqa: PLR2004 - a day and a year


def _beside(beside: Nearby, page: Statements, now: datetime) -> Dates:
    """The dates of publication and of change that the lines beside the headline state."""
    published: tuple[int, str] | None = None
    modified: tuple[int, str] | None = None
    for line in beside():
        told = _dated(line, page, now)
        if told is None:
            continue
        found, changed = told
        if changed:
            if modified is None or line.distance < modified[0]:
                modified = line.distance, found
        elif published is None or line.distance < published[0]:
            published = line.distance, found
    return (published[1] if published else None), (modified[1] if modified else None)


def _classed(tree: LexborHTMLParser, page: Statements, now: datetime) -> Dates:
    """The dates in the first elements whose class or id calls them dates."""
    published = modified = None
    for node in tree.css(_DATE_CLASSES)[:_MOST_ELEMENTS]:
        text = normal.collapse(node.text(deep=True, separator=" ")[: 2 * dates.MAX_LENGTH])
        told = _dated(Line(text, "", 0, node), page, now) if len(text) <= dates.MAX_LENGTH else None
        if told and told[1]:
            modified = modified or told[0]
        elif told:
            published = told[0]
            break
    return published, modified


def in_url(url: str, fetched_at: datetime) -> str | None:
    """The day that a URL's path names, in so many figures.

    >>> in_url("https://news.example/2025/11/12/bridge/", datetime(2025, 12, 1))
    '2025-11-12'
    """
    path = _ARCHIVED.sub("/", url).partition("://")[2].partition("/")[2].partition("?")[0]
    path = _DAY_FIRST.sub(r"\3-\2-\1", path)
    for year, by, month, day in _IN_URL.findall(path):
        if not by and len(month + day) != 4:  # noqa: PLR2004 - 20251112 has no separators
            continue
        try:
            found = date(int(year), int(month), int(day)).isoformat()
        except ValueError:
            continue
        if dates.believable(found, fetched_at):
            return found
    return None


def _without_code(text: str) -> str:
    """A page without its scripts and styles, which hold no date that is not asked for before."""
    pieces = _CODE.split(text)
    shown, inside = [], False
    for piece in pieces:
        if _CODE.fullmatch(piece):
            inside = not piece.startswith("</")
        elif not inside:
            shown.append(piece)
    return "".join(shown)


def _searched(text: str, url: str, now: datetime) -> str | None:
    """The day that htmldate finds in a page's markup or URL, without its guesses from prose.

    It reads a day and a month that it does not know (Indic ones) as the first of January: that
    day is believed only where the page or the URL has it in so many digits.
    """
    # Most pages state their day: those need not wait for the library to be imported.
    from htmldate import find_date  # noqa: PLC0415
    from htmldate.utils import is_dubious_html, repair_faulty_html  # noqa: PLC0415

    latest = (now + timedelta(days=1)).strftime("%Y-%m-%d")
    html = _without_code(text)
    try:
        tree = elements.tree(html, _PARSER, is_dubious_html, repair_faulty_html)
        found = find_date(
            # A text without a blank may be taken for an address to download.
            (html if " " in html else f"{html} ") if tree is None else tree,
            extensive_search=False,
            original_date=True,
            url=url or None,
            min_date=f"{dates.EARLIEST_YEAR}-01-01",
            max_date=latest,
        )
    except Exception:  # noqa: BLE001 - a library's fault over a page's markup costs the date only
        return None
    if found == now.strftime("%Y-%m-%d"):
        return None  # most likely today's date, as mastheads print it
    if found and found.endswith("-01-01"):
        year = found[:4]
        spelled = (found, f"{year}/01/01", f"{year}0101", f"01.01.{year}", f"1.1.{year}")
        return found if any(day in text or day in url for day in spelled) else None
    return found


def _in_utc(found: str) -> bool:
    return found.endswith(("+00:00", "Z")) and "T" in found


def _local(found: str, printed: Sequence[str | None]) -> str | None:
    """The day beside that of a moment in UTC, where the site itself prints it as the day.

    A page of 9 p.m. in New York is of the next day in UTC: what readers see, and what the site
    puts into its URLs, is the day on which it was published there. A line with a time says the
    same moment as the machine's, which stays.

    >>> _local("2025-05-04T03:37:37+00:00", ["2025-05-03"])
    '2025-05-03'
    """
    told = date.fromisoformat(found[:10])
    for day in printed:
        if day and "T" not in day and abs((date.fromisoformat(day) - told).days) == 1:
            return day
    return None


def _precise(found: str | None, said: Iterator[tuple[str, str]]) -> str | None:
    """A day with the time that another statement for machines has for it."""
    if found is None or "T" in found:
        return found
    return next((other for other, _ in said if other.startswith(f"{found}T")), found)


def _publications(
    tree: LexborHTMLParser, page: Statements, text: str, beside: Callable[[], Dates], now: datetime
) -> Iterator[tuple[str | None, str]]:
    """What the page says of its publication, with the sources, in the order of trust."""
    yield from _said(page, now, "datePublished", _PUBLISHED)
    yield _marked(page, now, _ITEMS), "time"
    yield beside()[0], "text"
    yield from _said(page, now, "dateCreated", _CREATED)
    yield _timed(page, now), "time"
    yield in_url(page.url, now), "url"
    yield _classed(tree, page, now)[0], "text"
    yield _searched(text, page.url, now), "htmldate"


def _changes(
    page: Statements, beside: Callable[[], Dates], now: datetime
) -> Iterator[tuple[str | None, str]]:
    """What the page says of its last change, likewise."""
    yield from _said(page, now, "dateModified", _MODIFIED)
    yield _marked(page, now, ("datemodified",)), "time"
    yield beside()[1], "text"


def _first(said: Iterator[tuple[str | None, str]]) -> tuple[str | None, str]:
    return next(((found, source) for found, source in said if found), (None, ""))


def find(
    tree: LexborHTMLParser,
    page: Statements,
    text: str,
    lines: Nearby,
    fetched_at: datetime,
) -> tuple[str | None, str, str | None, str]:
    """``(published, its source, modified, its source)``; None with an empty source for none.

    `text` is the page's HTML, for htmldate alone; `lines` are those beside the headline.
    """
    beside = cache(partial(_beside, lines, page, fetched_at))
    published, source = _first(_publications(tree, page, text, beside, fetched_at))
    if published and _in_utc(published):
        printed = (beside()[0], in_url(page.url, fetched_at))
        if local := _local(published, printed):
            published, source = local, "text" if local == printed[0] else "url"
    if source == "json-ld":
        published = _precise(published, _said(page, fetched_at, "", _PUBLISHED))
    modified, modified_source = _first(_changes(page, beside, fetched_at))
    if modified and published and modified[:10] < published[:10]:
        modified, modified_source = None, ""
    return published, source, modified, modified_source
