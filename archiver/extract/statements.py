"""What a page states for machines, gathered in one pass: its tree in, plain values out.

JSON-LD, ``<meta>``, microdata, ``<time>``, ``<link>`` and headings, as they stand; which of them
is believed is decided in `title`, `authors`, `dates` and `metadata`.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from archiver.text import normal
from archiver.text.months import months
from archiver.text.prose import words
from archiver.text.scripts import UNKNOWN, main

_NEEDED = (
    'meta[content],script[type*="ld+json"],title,h1,h2,h3,time,[itemprop],[rel~="author"],'
    'link[rel~="canonical" i][href],link[rel~="license" i][href],link[rel][href][property],'
    '[property$="datePublished"],[property$="dateCreated"],[property$="dateModified"]'
)
_ARTICLES = re.compile(r"(?:Article|BlogPosting|Report|LiveBlogPosting|OpinionPiece)$")
_CONTROL = re.compile(r"[\x00-\x1f]")
_TAG = re.compile(r"<[^<>]*>")
_DOMAIN = re.compile(
    r"(?:www\.)?[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|info|in|de|fr|uk|tv|news|bd|pk|lk|np)",
    re.IGNORECASE,
)
_SECOND_LEVEL = frozenset("co com org net gov ac or ne edu".split())
# What follows a site's name in the name of its outlet.
_OUTLET = frozenset(
    normal.key(normal.nfc(word))
    for word in (
        "news agency online network media group tv desk website web site سایت خبرگزاری نیوز"
        " न्यूज़ न्यूज समाचार নিউজ অনলাইন"
    ).split()
)
_MAX_SITE_NAME = 60
_MAX_DEPTH = 8  # of JSON-LD; deeper than any vocabulary nests an article
_MAX_LIST = 200
_MOST_HEADINGS, _LONGEST_HEADING = 50, 1000
_MAX_TEXT = 10_000  # of one stated string; longer ones are bodies

# The language that a page is read in where it declares none that fits its letters.
_BY_SCRIPT = {
    "Deva": "hi", "Beng": "bn", "Gujr": "gu", "Guru": "pa", "Orya": "or", "Taml": "ta",
    "Telu": "te", "Knda": "kn", "Mlym": "ml", "Sinh": "si", "Arab": "fa", "Mymr": "my",
    "Thai": "th", "Cyrl": "ru",
    "Grek": "el", "Hebr": "he", "Hani": "zh", "Jpan": "ja", "Hang": "ko",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Statements:
    """Everything that a page states; of a name stated twice the first counts, in page order."""

    url: str
    article: Mapping[str, Any]  # of JSON-LD; authors named by reference replaced by what they are
    site_names: tuple[str, ...]  # how the page calls its site, the most telling first
    site_letters: frozenset[str]  # the same and its domain, squeezed
    metas: Mapping[str, tuple[str, ...]]  # by lower-cased name, property or itemprop
    items: Mapping[str, tuple[LexborNode, ...]]  # microdata by lower-cased itemprop
    times: tuple[LexborNode, ...]
    signed: tuple[LexborNode, ...]  # elements with rel=author
    links: Mapping[str, str]  # href by rel: of canonical and license
    document_title: str
    headings: tuple[tuple[LexborNode, str], ...]  # <h1> that say something
    subheadings: tuple[LexborNode, ...]  # <h2>, <h3>
    declared_language: str
    language: str  # that dates are read in
    script: str

    def meta(self, *names: str) -> str:
        """The first of these metas that the page has, or an empty string."""
        return next((self.metas[name][0] for name in names if name in self.metas), "")

    def text(self, name: str) -> str:
        """What the article of the JSON-LD says under `name`, where that is text."""
        value = self.article.get(name)
        if isinstance(value, list):
            value = value[0] if value else None
        return stated(value)

    def is_site(self, name: str) -> bool:
        """Whether a name is that of the site: as it calls itself, its domain, or any address.

        On a host of blogs the label before the domain is a person's, so it is no site's name.
        """
        if len(name) > _MAX_SITE_NAME:
            return False
        if squeezed(name) in self.site_letters or _DOMAIN.fullmatch(name):
            return True
        parts = words(normal.key(name))
        return any(
            "".join(parts[:at]) in self.site_letters and set(parts[at:]) & _OUTLET
            for at in range(1, len(parts))
        )


def stated(value: object) -> str:
    """A stated string as we keep strings: entities resolved, NFC, one space, no tags.

    >>> stated("It <b>rains</b> &amp; pours")
    'It rains & pours'
    """
    if not isinstance(value, str):
        return ""
    value = value[:_MAX_TEXT]
    if "&" in value:
        value = html.unescape(value)
    return normal.collapse(_TAG.sub(" ", value) if "<" in value else value)


def squeezed(text: str) -> str:
    """Letters, marks and digits of the match key: what two ways to write a name share.

    >>> squeezed("n-tv NACHRICHTEN"), squeezed("Helmholtz Klima") == squeezed("helmholtz-klima")
    ('ntvnachrichten', True)
    """
    return "".join(words(normal.key(text)))


def _nodes(value: object, depth: int = 0) -> Iterator[dict[str, Any]]:
    """Every object of a JSON-LD value, parents first."""
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            if isinstance(inner, (dict, list)):
                yield from _nodes(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value[:_MAX_LIST]:
            yield from _nodes(inner, depth + 1)


def _bare(raw: str) -> str:
    """A script without the comment and CDATA marks that templates of XHTML put about it.

    >>> _bare("/*<![CDATA[*/ {} /*]]>*/"), _bare("<!-- {} -->;")
    ('{}', '{}')
    """
    raw = raw.strip()
    for mark in ("<!--", "//", "/*", "<![CDATA[", "*/"):
        raw = raw.removeprefix(mark).lstrip()
    for mark in (";", "-->", "*/", "]]>", "/*", "//", ";"):
        raw = raw.removesuffix(mark).rstrip()
    return raw


def linked_data(script: LexborNode) -> Iterator[dict[str, Any]]:
    """Every object of one script of JSON-LD, none where it does not read."""
    raw = _bare(_CONTROL.sub(" ", script.text(deep=True) or ""))
    try:
        value = json.loads(raw, strict=False)
    except (ValueError, RecursionError):
        return
    yield from _nodes(value)


def _kinds(node: Mapping[str, Any]) -> list[str]:
    kinds = node.get("@type")
    return [
        kind for kind in (kinds if isinstance(kinds, list) else [kinds]) if isinstance(kind, str)
    ]


def _name(value: object) -> str:
    if isinstance(value, list):
        value = value[0] if value else None
    return stated(value.get("name") if isinstance(value, dict) else value)


def _linked(nodes: Iterable[dict[str, Any]], title: str) -> tuple[dict[str, Any], str]:
    """The article that the page is about and its publisher's name.

    The first article whose headline the page's title has; of none, the first with a headline.
    """
    articles: list[dict[str, Any]] = []
    named: dict[str, dict[str, Any]] = {}
    sites: list[str] = []
    for node in nodes:
        if isinstance(node.get("@id"), str) and node.get("name"):
            named.setdefault(node["@id"], node)
        kinds = _kinds(node)
        if any(_ARTICLES.search(kind) for kind in kinds):
            articles.append(node)
        elif "WebSite" in kinds:
            sites.append(_name(node))
    with_headline = [node for node in articles if stated(node.get("headline"))]
    here = squeezed(title)
    about = [node for node in with_headline if here and squeezed(stated(node["headline"])) in here]
    found = next(iter((*about, *with_headline, *articles)), {})
    authors = found.get("author") or found.get("creator")
    listed = authors if isinstance(authors, list) else [authors]
    known = [
        named.get(str(author.get("@id")), author)
        if isinstance(author, dict) and not author.get("name")
        else author
        for author in listed
    ]
    publisher = found.get("publisher")
    if isinstance(publisher, dict) and not publisher.get("name"):
        publisher = named.get(str(publisher.get("@id")), publisher)
    name = _name(publisher) or next((site for site in sites if site), "")
    return {**found, "author": known}, name


@dataclass(slots=True)
class _Gathered:
    """What the pass over the tree has met."""

    metas: dict[str, tuple[str, ...]] = field(default_factory=dict)
    items: dict[str, tuple[LexborNode, ...]] = field(default_factory=dict)
    times: list[LexborNode] = field(default_factory=list)
    signed: list[LexborNode] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)
    title: str = ""
    headings: list[tuple[LexborNode, str]] = field(default_factory=list)
    subheadings: list[LexborNode] = field(default_factory=list)
    nodes: list[dict[str, Any]] = field(default_factory=list)

    def take(self, node: LexborNode) -> None:
        """Note one element."""
        tag = node.tag
        if tag == "script":
            self.nodes.extend(linked_data(node))
            return
        attributes = node.attributes
        if tag == "meta":
            self._meta(attributes)
        elif tag == "title":
            self.title = self.title or normal.collapse(node.text(deep=True)[:_LONGEST_HEADING])
        elif tag == "h1":
            self._heading(node)
        elif tag in {"h2", "h3"}:
            self.subheadings.append(node)
        elif tag == "link":
            for rel in (attributes.get("rel") or "").lower().split():
                self.links.setdefault(rel, (attributes.get("href") or "").strip())
        elif tag == "time":
            self.times.append(node)
        if tag != "meta":
            self._marked(node, tag, attributes)

    def _marked(
        self, node: LexborNode, tag: str | None, attributes: Mapping[str, str | None]
    ) -> None:
        if tag != "link" and "author" in (attributes.get("rel") or "").lower().split():
            self.signed.append(node)
        # RDFa writes schema:datePublished for the same.
        said = attributes.get("itemprop") or (attributes.get("property") or "").split(":")[-1]
        for name in said.lower().split():
            self.items[name] = (*self.items.get(name, ()), node)[:_MAX_LIST]

    def _heading(self, node: LexborNode) -> None:
        if len(self.headings) < _MOST_HEADINGS:
            text = normal.collapse(node.text(deep=True, separator=" "))
            if 0 < len(text) <= _LONGEST_HEADING:
                self.headings.append((node, text))

    def _meta(self, attributes: Mapping[str, str | None]) -> None:
        content = stated(attributes.get("content"))
        if not content:
            return
        for name in ("property", "name", "itemprop", "http-equiv"):
            label = (attributes.get(name) or "").strip().lower()
            if label:
                self.metas[label] = (*self.metas.get(label, ()), content)[:_MAX_LIST]


@lru_cache(maxsize=1 << 10)
def _language(declared: str, script: str) -> str:
    """The declared language where its months are written in the page's letters."""
    if script == UNKNOWN:
        return declared or "en"
    if declared and any(main(name) == script for name in months(declared)):
        return declared
    return _BY_SCRIPT.get(script, declared or "en")


def _site_names(met: _Gathered, publisher: str) -> tuple[str, ...]:
    said = (_meta(met, "og:site_name"), publisher, _meta(met, "application-name"))
    titles = {_meta(met, "og:title"), met.title}  # some templates name each page
    return tuple(dict.fromkeys(name for name in said if name and name not in titles))


def _site_letters(names: Iterable[str], url: str) -> frozenset[str]:
    """The site's names and its domain as letters."""
    try:
        host = (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        host = ""
    labels = host.split(".")[:-1]
    if len(labels) > 1 and labels[-1] in _SECOND_LEVEL:
        labels.pop()
    letters = {squeezed(name) for name in (*names, host, *labels[-1:])}
    return frozenset(letters - {""})


def _meta(met: _Gathered, name: str) -> str:
    return met.metas.get(name, ("",))[0]


def gather(tree: LexborHTMLParser, url: str, script: str) -> Statements:
    """All statements of a page, in one pass. `script` is that of its text (ISO 15924)."""
    met = _Gathered()
    for node in tree.css(_NEEDED):
        met.take(node)
    root = tree.root
    declared = ((root.attributes.get("lang") if root is not None else None) or "").strip()
    title = f"{_meta(met, 'og:title')} {met.title}"
    article, publisher = _linked(met.nodes, title)
    declared = (
        declared
        or _meta(met, "og:locale")
        or _meta(met, "content-language")
        or stated(article.get("inLanguage"))
    )
    names = _site_names(met, publisher)
    return Statements(
        url=url,
        article=article,
        site_names=names,
        site_letters=_site_letters(names, url),
        metas=met.metas,
        items=met.items,
        times=tuple(met.times),
        signed=tuple(met.signed),
        links=met.links,
        document_title=met.title,
        headings=tuple(met.headings),
        subheadings=tuple(met.subheadings),
        declared_language=declared,
        language=_language(declared, script),
        script=script,
    )
