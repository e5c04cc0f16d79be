"""What an HTML page says of itself: JSON-LD first, then meta, microdata and ``<time>``, headings.

Only statements that a publisher makes for machines, and the headline that readers see. What
only stands in visible lines (a date line, a byline) is found by rules, later.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from htmldate import find_date
from selectolax.lexbor import LexborHTMLParser

from archiver.model import Metadata
from archiver.text import dates, normal, scripts
from archiver.text.prose import words

_ARTICLES = re.compile(r"(?:Article|BlogPosting|Report|LiveBlogPosting|OpinionPiece)$")
_PUBLISHED = (
    "article:published_time",
    "datepublished",
    "og:article:published_time",
    "og:published_time",
    "publish-date",
    "publish_date",
    "publishdate",
    "pubdate",
    "parsely-pub-date",
    "sailthru.date",
    "dc.date.issued",
    "dcterms.created",
    "dc.date",
    "date",
)
_AUTHOR_JUNK = re.compile(
    r"@|https?:|www\.|^(?:admin|administrator|editor|author|null|none|undefined|\W*|\d+)$",
    re.IGNORECASE,
)
_MAX_NAME = 80
# "By", as bylines and share cards open in the languages of the larger news sites.
_BY = re.compile(
    r"^\s*(?:(?:written|posted|reported|published|view all posts|all posts) )?by[\s:]+"
    r"|^\s*(?:(?:verfasst|geschrieben|erstellt) )?von[\s:]+|^\s*(?:(?:écrit|publié) )?par[\s:]+"
    r"|^\s*(?:(?:escrito|publicado) )?por[\s:]+"
    r"|^\s*(?:authors?|aut(?:or|eur)e?s?(?:en|in)?)\s*:\s*",
    re.IGNORECASE,
)
# Where pages mark an author up, the most telling first: microformats (hCard), then the class
# names that content systems share, then a link to the author's page.
_AUTHOR_ELEMENTS = (
    '[rel~="author"]',
    '[itemprop="author"] [itemprop="name"]',
    '[itemprop="author"]',
    ".author.vcard .fn",
    ".author .fn",
    ".author-name",
    ".post-author-name",
    ".entry-author-name",
    ".byline-name",
    ".byline a",
    ".author a",
    ".article-author",
    ".post-author",
    ".entry-author",
    ".author",
    ".byline",
    'article a[href*="/author/"]',
)
_AUTHOR_SPLIT = re.compile(r"\s*[,;|]\s*|\s+(?:and|&|और|এবং|اور)\s+")
# Between a headline and the site's name in <title>.
_TITLE_SEPARATOR = re.compile(r"\s+[|–—-]\s+|\s*\|\s*|\s+[»:·]\s+")


def _text(value: object) -> str:
    """A stated string as we keep strings: entities resolved, NFC, one space, no tags."""
    if not isinstance(value, str):
        return ""
    return normal.collapse(re.sub(r"<[^>]*>", " ", html.unescape(value)))


def _nodes(value: object, depth: int = 0) -> Iterator[dict[str, Any]]:
    """Every object of a JSON-LD value, parents first."""
    if depth > 8:  # noqa: PLR2004 - deeper than any vocabulary nests an article
        return
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            if isinstance(inner, (dict, list)):
                yield from _nodes(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value[:200]:
            yield from _nodes(inner, depth + 1)


def _linked_data(tree: LexborHTMLParser) -> dict[str, Any]:
    """The first article of the page's JSON-LD that has a headline, or an empty object.

    An author that it names by reference (``{"@id": ...}``) is replaced by what is said of it.
    """
    found: dict[str, Any] = {}
    named: dict[str, Any] = {}
    for node in _linked_nodes(tree):
        if isinstance(node.get("@id"), str) and node.get("name"):
            named.setdefault(node["@id"], node)
        kinds = node.get("@type")
        for kind in kinds if isinstance(kinds, list) else [kinds]:
            if isinstance(kind, str) and _ARTICLES.search(kind):
                better = node.get("headline") and not found.get("headline")
                found = node if better or not found else found
    stated = found.get("author")
    authors = stated if isinstance(stated, list) else [stated]
    known = [
        named.get(str(author.get("@id")), author)
        if isinstance(author, dict) and not author.get("name")
        else author
        for author in authors
    ]
    return {**found, "author": known}


def _linked_nodes(tree: LexborHTMLParser) -> Iterator[dict[str, Any]]:
    """Every object of the page's JSON-LD that reads, scripts in page order."""
    for script in tree.css('script[type*="ld+json"]'):
        raw = (script.text(deep=True) or "").strip().removesuffix(";")
        raw = re.sub(r"[\x00-\x1f]", " ", raw)
        raw = re.sub(r"^\s*(?:<!--|/\*.*?\*/)?\s*|\s*(?:-->)?\s*$", "", raw)
        try:
            value = json.loads(raw, strict=False)
        except (ValueError, RecursionError):
            continue
        yield from _nodes(value)


def _metas(tree: LexborHTMLParser) -> dict[str, str]:
    """``<meta>`` by lower-cased name, property or itemprop; the first of each name counts."""
    found: dict[str, str] = {}
    for node in tree.css("meta[content]"):
        attributes = node.attributes
        content = _text(attributes.get("content"))
        for name in ("property", "name", "itemprop"):
            label = (attributes.get(name) or "").strip().lower()
            if label and content:
                found.setdefault(label, content)
    return found


def _names(value: object) -> list[str]:
    """Author names in a JSON-LD value: a string, an object, or a list of them."""
    if isinstance(value, list):
        return [name for inner in value[:20] for name in _names(inner)]
    if isinstance(value, dict):
        return _names(value.get("name"))
    return _AUTHOR_SPLIT.split(_text(value)) if isinstance(value, str) else []


def _authors(stated: list[str], site_name: str | None) -> tuple[str, ...]:
    """Names that can be a person's or a desk's, each once; the site's own is neither."""
    found: dict[str, str] = {}
    site = normal.key(site_name or "")
    for name in stated:
        clean = _BY.sub("", name).strip(" -|:,")
        if normal.key(clean) == site or len(clean) > _MAX_NAME or _AUTHOR_JUNK.search(clean):
            continue
        if clean:
            found.setdefault(normal.key(clean), clean)
    return tuple(found.values())


def _visible_authors(
    tree: LexborHTMLParser, metas: dict[str, str], site_name: str | None
) -> tuple[str, ...]:
    """The authors of the first element that is marked up as theirs, or of a share card."""
    if _BY.match(metas.get("twitter:label1", "") + " "):
        found = _authors(_names(metas.get("twitter:data1")), site_name)
        if found:
            return found
    for selector in _AUTHOR_ELEMENTS:
        for node in tree.css(selector)[:2]:
            found = _authors(_names(node.text(deep=True, separator=" ")), site_name)
            if found:
                return found
    return ()


def moment(stated: str, fetched_at: datetime, language: str = "en") -> str | None:
    """A stated date as ISO 8601, with a zone only where it has one; None if it is no date.

    Nothing before 1990 and nothing after the day that follows `fetched_at` is believed.
    """
    stated = stated.strip()[: dates.MAX_LENGTH]
    found: str | None = None
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", stated):
            found = datetime.fromisoformat(stated).date().isoformat()
        else:
            found = datetime.fromisoformat(stated).isoformat()
    except ValueError:
        try:
            found = parsedate_to_datetime(stated).isoformat()
        except (ValueError, TypeError, IndexError):
            line = dates.find(stated, language)
            found = line[0] if line else None
    return found if found and dates.believable(found, fetched_at) else None


def _published(
    linked: dict[str, Any], metas: dict[str, str], tree: LexborHTMLParser, now: datetime
) -> tuple[str | None, str]:
    stated = linked.get("datePublished")
    if isinstance(stated, str) and (found := moment(stated, now)):
        return found, "json-ld"
    for name in _PUBLISHED:
        if name in metas and (found := moment(metas[name], now)):
            return found, "meta"
    for selector in (
        '[itemprop="datePublished"]',
        "article time[datetime]",
        "time.entry-date[datetime]",
        "time.published[datetime]",
        "time[pubdate]",
        "h1 ~ * time[datetime]",
    ):
        for node in tree.css(selector)[:1]:
            attributes = node.attributes
            stated = attributes.get("datetime") or attributes.get("content") or ""
            if found := moment(stated, now):
                return found, "time"
    return None, ""


def _overlap(left: str, right: str) -> float:
    """Share of the words of the shorter that the other has."""
    one, other = set(words(normal.key(left))), set(words(normal.key(right)))
    return len(one & other) / min(len(one), len(other)) if one and other else 0.0


def _without_site(title: str, site_name: str | None) -> str:
    """A ``<title>`` without the site's name behind the last separator."""
    cuts = list(_TITLE_SEPARATOR.finditer(title))
    if not cuts:
        return title
    if site_name:
        for cut in cuts:
            if _overlap(title[cut.end() :], site_name) > 0.5:  # noqa: PLR2004
                return title[: cut.start()]
    last = cuts[-1]
    head, tail = title[: last.start()], title[last.end() :]
    return head if len(head) > len(tail) else title


def _title(
    linked: dict[str, Any], metas: dict[str, str], tree: LexborHTMLParser, script: str
) -> str | None:
    """The headline that readers see, checked against what the page states for machines.

    Sites in Indic scripts print a second headline in English for search engines: where one heading
    is in the text's `script` and another is not, the one that is counts.
    """
    document = tree.css_first("title")
    site_name = metas.get("og:site_name")
    stated = [
        _text(linked.get("headline")),
        metas.get("og:title", ""),
        metas.get("twitter:title", ""),
        _text(document.text(deep=True)) if document is not None else "",
    ]
    stated = [title for title in stated if title]
    headings = [normal.collapse(node.text(deep=True, separator=" ")) for node in tree.css("h1")]
    headings = [heading for heading in headings if heading]
    native = [heading for heading in headings if scripts.main(heading) == script]
    if native and len(native) < len(headings):
        headings = native
        stated = [title for title in stated if scripts.main(title) == script] or native[:1]
    best, agreement = "", 0.0
    for heading in headings:
        # A site's name is a heading on many pages: it shares one word with every <title>.
        found = max(
            (_overlap(heading, title) for title in stated if len(heading) * 2 >= len(title) / 2),
            default=0.0,
        )
        if found > agreement:
            best, agreement = heading, found
    if best and agreement >= 0.6:  # noqa: PLR2004 - most words, so a reworded SEO title fits
        return best
    title = _without_site(stated[0], site_name) if stated else ""
    # A page that states only its site's name has its headline in the one heading, and it is the
    # longer of the two; where the heading is the site's name it is the shorter.
    if len(headings) == 1 and len(words(headings[0])) > len(words(title)):
        return headings[0]
    return title or None


def _searched(text: str, url: str, now: datetime) -> str | None:
    """The day that htmldate finds in a page's markup or URL, without its guesses from prose.

    It reads a day and a month that it does not know (Indic ones) as the first of January: that
    day is believed only where the page or the URL has it in so many digits.
    """
    latest = (now + timedelta(days=1)).strftime("%Y-%m-%d")
    try:
        found = find_date(
            text,
            extensive_search=False,
            original_date=True,
            url=url or None,
            min_date=f"{dates.EARLIEST_YEAR}-01-01",
            max_date=latest,
        )
    except Exception:  # noqa: BLE001 - a library's fault over a page's markup costs the date only
        return None
    if found and found.endswith("-01-01"):
        year = found[:4]
        spelled = (found, f"{year}/01/01", f"{year}0101", f"01.01.{year}", f"1.1.{year}")
        return found if any(day in text or day in url for day in spelled) else None
    return found


def read(
    tree: LexborHTMLParser, text: str, url: str, fetched_at: datetime, script: str = scripts.UNKNOWN
) -> Metadata:
    """The statements of a page, parsed and as text; None where no trusted source has a field.

    `script` is that of the article (ISO 15924).
    """
    linked, metas = _linked_data(tree), _metas(tree)
    published, source = _published(linked, metas, tree, fetched_at)
    if published is None and (published := _searched(text, url, fetched_at)):
        source = "htmldate"
    site_name = metas.get("og:site_name")
    root = tree.root
    language = (root.attributes.get("lang") if root is not None else None) or ""
    canonical = tree.css_first('link[rel~="canonical"][href]')
    section = linked.get("articleSection") or metas.get("article:section")
    if isinstance(section, list):
        section = section[0] if section else None
    authors = _authors(_names(linked.get("author")), site_name)
    if not authors:
        authors = _authors(_names(metas.get("author") or metas.get("article:author")), site_name)
    if not authors:
        authors = _visible_authors(tree, metas, site_name)
    description = (
        _text(linked.get("description")) or metas.get("og:description") or metas.get("description")
    )
    return Metadata(
        title=_title(linked, metas, tree, script),
        authors=authors,
        published=published,
        published_source=source,
        section=_text(section) or None,
        description=description or None,
        site_name=site_name,
        canonical_url=canonical.attributes.get("href") if canonical is not None else None,
        declared_language=language.strip()
        or metas.get("og:locale")
        or _text(linked.get("inLanguage"))
        or None,
    )
