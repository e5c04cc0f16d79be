"""What an HTML page says of itself: its tree in, `Metadata` out.

Only statements that a publisher makes for machines, the headline that readers see, and the lines
beside it. What stands elsewhere in visible lines is found by rules, later.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser

from archiver.extract import authors, dates, title
from archiver.extract.nearby import nearby
from archiver.extract.statements import Statements, gather, stated
from archiver.model import Metadata
from archiver.text import normal, scripts

_TAG_METAS = ("article:tag", "parsely-tags", "sailthru.tags", "news_keywords", "keywords")
_TAG_SPLIT = re.compile(r"\s*[,;،؛、|]\s*")
_MAX_TAGS, _MAX_TAG = 50, 100
_MAX_URL = 2048


def _url(value: object, base: str) -> str | None:
    """An address of the web, resolved against the page's; None for anything else."""
    while isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("url") or value.get("contentUrl") or value.get("@id")
        value = value[0] if isinstance(value, list) and value else value
    told = stated(value).replace(" ", "%20")
    try:
        found = urljoin(base, told) if told.strip("/") and base else told
    except ValueError:
        return None
    return (
        found
        if re.match(r"(?:https?:)?//[^\s/]|/[^\s/]", found) and len(found) <= _MAX_URL
        else None
    )


def _first(*values: str | None) -> str | None:
    return next((value for value in values if value), None)


def _tag_lists(page: Statements) -> Iterator[list[str]]:
    keywords = page.article.get("keywords")
    yield [stated(one) for one in (keywords if isinstance(keywords, list) else [keywords])]
    for name in _TAG_METAS:
        yield list(page.metas.get(name, ()))


def _tags(page: Statements) -> tuple[str, ...]:
    """The tags of the first source that has any, each once."""
    for said in _tag_lists(page):
        found: dict[str, str] = {}
        for tag in (part.strip(" #") for one in said for part in _TAG_SPLIT.split(one)):
            if tag and len(tag) <= _MAX_TAG:
                found.setdefault(normal.key(tag), tag)
        if found:
            return tuple(found.values())[:_MAX_TAGS]
    return ()


def _licence(page: Statements) -> str | None:
    value = page.article.get("license")
    if isinstance(value, dict):
        value = value.get("url") or value.get("@id") or value.get("name")
    return _first(
        stated(value),
        page.links.get("license"),
        page.meta("dcterms.license", "dc.rights.license", "license", "dcterms.rights"),
    )


def read(
    tree: LexborHTMLParser, text: str, url: str, fetched_at: datetime, script: str = scripts.UNKNOWN
) -> Metadata:
    """The statements of a page, parsed and as text; None where no trusted source has a field.

    `script` is that of the article (ISO 15924).
    """
    page = gather(tree, url, script)
    headline, heading = title.find(page)
    beside = nearby(heading)
    names, agencies = authors.find(tree, page, beside)
    published, source, modified, modified_source = dates.find(tree, page, text, beside, fetched_at)
    items = page.items
    shown = items.get("image", ())[:1]
    images = [node.attributes.get("src") or node.attributes.get("href") for node in shown]
    return Metadata(
        title=headline,
        authors=names,
        published=published,
        published_source=source,
        modified=modified,
        modified_source=modified_source,
        section=_first(
            page.text("articleSection"),
            page.meta("article:section", "parsely-section", "articlesection", "section"),
        ),
        tags=_tags(page),
        description=_first(
            page.text("description"),
            page.meta("og:description", "description", "twitter:description", "dc.description"),
        ),
        agencies=agencies,
        image=_url(page.article.get("image"), url)
        or _url(page.meta("og:image", "og:image:url", "og:image:secure_url"), url)
        or _url(page.meta("twitter:image", "twitter:image:src", "image"), url)
        or _url(images, url),
        site_name=_first(*page.site_names, page.meta("dc.publisher")),
        canonical_url=page.links.get("canonical") or None,
        licence=_licence(page),
        declared_language=page.declared_language or None,
    )
