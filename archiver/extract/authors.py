"""Who wrote a page: its statements in, names of people out; desks, sites and agencies are none.

JSON-LD is asked first, then ``<meta>``, share cards, elements that are marked up as a byline, and
the lines beside the headline that open like one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from selectolax.lexbor import LexborHTMLParser, LexborNode

from archiver.extract import bylines
from archiver.extract.nearby import Nearby
from archiver.extract.statements import Statements, stated
from archiver.text import normal
from archiver.text.agencies import named, parted
from archiver.text.prose import words

_METAS = (
    "author",
    "article:author",
    "parsely-author",
    "sailthru.author",
    "dc.creator",
    "dcterms.creator",
    "dc.creator.personalname",
    "citation_author",
    "byl",
    "rnews:author",
    "article:author_name",
    "cxenseparse:author",
)
_MAX_NAME = 80
_LONGEST = 400  # of a byline with the names of several authors and their roles
_MAX_WORDS = 6  # a longer part is a role or a sentence about the author
_ADDRESS = re.compile(r"[<(\[]?\S+@\S+|https?:\S+|www\.\S+|@\w+")
_BRACKETS = re.compile(r"\s*[(\[（][^)\]）]*[)\]）]?\s*$")
_NUMBERS = re.compile(r"\d{2}")  # of any script: a date, a telephone, an account
# Where pages mark an author up, the most telling first.
_ELEMENTS = (
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
    'article a[href*="/autor/"]',
)
_ANY_ELEMENT = ",".join(_ELEMENTS)
_NO_NAME = frozenset({"meta", "link", "script", "style", "input"})


def names(value: object) -> Iterator[str]:
    """Names in a JSON-LD value: a string, an object, or a list of them; not split yet."""
    if isinstance(value, list):
        for inner in value[:20]:
            yield from names(inner)
    elif isinstance(value, dict):
        yield from names(value.get("name"))
    elif isinstance(value, str):
        yield stated(value)


def _parts(name: str) -> list[str]:
    """One statement as the names in it, without what introduces or follows them.

    >>> _parts("By Ruth Pellow, A. Khan and Sita Rai (ANI)")
    ['Ruth Pellow', 'A. Khan', 'Sita Rai']
    """
    name = bylines.BY.sub("", _ADDRESS.sub(" ", name[:_LONGEST]))
    name = re.sub(r"\s+기자$", "", name)  # Korean: reporter
    found = []
    for part in bylines.BETWEEN.split(name):
        for one in bylines.BETWEEN_NAMES.split(part):
            shown = bylines.BY.sub("", _BRACKETS.sub("", one)).strip(" -–—|:,.*\"'“”»→")
            shown += "." if one.rstrip().endswith(f"{shown}.") and shown[-2:-1] in " ." else ""
            if shown and not bylines.BY.fullmatch(f"{shown}: "):
                found.append(normal.collapse(shown))
    return found


def _is_somebody(name: str, page: Statements) -> bool:
    if len(name) > _MAX_NAME or len(words(name)) > _MAX_WORDS or _NUMBERS.search(name):
        return False
    key = normal.key(name)
    return not (key in bylines.NOBODY or key.endswith(bylines.DESKS) or page.is_site(name))


def people(said: Iterable[str], page: Statements) -> tuple[str, ...]:
    """The people that statements name, each once."""
    found: dict[str, str] = {}
    for statement in said:
        for name in _parts(statement):
            if _is_somebody(name, page):
                found.setdefault(normal.key(name), name)
    # An agency signs where no person does.
    persons = [name for name in found.values() if named(name) is None]
    return tuple(persons or found.values())


def agencies(said: Iterable[str]) -> tuple[str, ...]:
    """The news agencies that statements name, each once, by the names that they go by.

    >>> agencies(["By Sita Rai (ANI)", "dpa/AFP", "Reuters Staff", "Uni Post"])
    ('dpa', 'AFP', 'Reuters')
    """
    parts = (part for one in said for name in _parts(one) for part in parted(name))
    return tuple(dict.fromkeys(filter(None, map(named, parts))))


def _of_kind(page: Statements, *, organisations: bool) -> list[str]:
    """The authors of the JSON-LD that are organisations, or those that are not."""
    authors = page.article.get("author")
    found: list[str] = []
    for author in authors if isinstance(authors, list) else [authors]:
        kind = author.get("@type") if isinstance(author, Mapping) else ""
        if ("Organization" in str(kind)) == organisations:
            found.extend(names(author))
    return found


def _is_written_as_a_name(name: str) -> bool:
    """Whether the words of a name open with capitals, where letters have them; a label's do not."""
    parts = name.split()
    if len(parts) == 1:
        return True
    return all(part[:1].upper() == part[:1] or part.lower() in bylines.PARTICLES for part in parts)


def _shown(nodes: Iterable[LexborNode], page: Statements) -> tuple[str, ...]:
    """The authors in the text of the first element that has any."""
    for node in nodes:
        if node.tag in _NO_NAME:
            continue
        text = normal.collapse(node.text(deep=True, separator=" "))[:_LONGEST]
        found = tuple(name for name in people([text], page) if _is_written_as_a_name(name))
        if found:
            return found
    return ()


def _signed(page: Statements) -> tuple[str, ...]:
    """The authors of ``rel=author`` and of microdata."""
    persons = page.items.get("author", ())
    named = [name for person in persons[:5] for name in person.css("[itemprop~=name]")[:1]]
    plain = [person for person in persons[:5] if len(person.css("[itemprop]")) < 2]  # noqa: PLR2004
    return _shown(page.signed[:3], page) or _shown(named, page) or _shown(plain, page)


def _marked(tree: LexborHTMLParser, page: Statements) -> tuple[str, ...]:
    """The authors of the first element that is marked up as theirs, anywhere on the page."""
    if tree.css_first(_ANY_ELEMENT) is None:
        return ()
    for selector in _ELEMENTS:
        found = _shown(tree.css(selector)[:3], page)
        if found:
            return found
    return ()


def _is_byline(node: LexborNode) -> bool:
    """Whether an element, or one just around it, is marked as an author's."""
    at: LexborNode | None = node
    for _ in range(3):
        if at is None or at.tag in {"body", "article", "main"}:
            return False
        attributes = at.attributes
        if bylines.CLASSES.search(attributes.get("class") or ""):
            return True
        if at.tag == "a" and bylines.PATHS.search(attributes.get("href") or ""):
            return True
        at = at.parent
    return False


def _beside(beside: Nearby, page: Statements) -> tuple[str, ...]:
    """The authors of the first line beside the headline that is marked or opens as a byline."""
    for line in beside():
        if len(line.text) > _MAX_NAME or line.moment:
            continue
        marked = _is_byline(line.element)
        if marked or bylines.BY.match(line.text):
            named = people([line.text], page)
            found = tuple(
                one
                for one in named
                if _is_written_as_a_name(one) and (marked or not one[0].islower())
            )
            if found:
                return found
    return ()


def find(
    tree: LexborHTMLParser, page: Statements, beside: Nearby
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The authors and the agencies that the page names."""
    persons, others = _of_kind(page, organisations=False), _of_kind(page, organisations=True)
    metas = [content for name in _METAS for content in page.metas.get(name, ())]
    card = page.meta("twitter:label1")
    cards = [page.meta("twitter:data1")] if card and bylines.BY.match(card + " ") else []
    found = people(persons, page)
    for name in _METAS:
        found = found or people(page.metas.get(name, ()), page)
    found = found or people(cards, page) or _signed(page)
    found = found or _beside(beside, page) or _marked(tree, page)
    found = found or people(others, page)
    return found, agencies((*persons, *others, *metas, *found))
