"""The nouns: frozen values that pass between the rooms. Imports nothing of ours, does nothing.

Every text here is NFC. Offsets are code points of a block's text. What a page has by the hundred
is a named tuple, which is made in a quarter of a frozen dataclass's time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, NamedTuple

Outcome = Literal["ok", "truncated", "error", "refused", "not_modified"]
TargetKind = Literal["page", "feed", "sitemap", "section"]
Headers = tuple[tuple[str, str], ...]
# The media type of a body that is a document which somebody else cleaned, as `archiver import`
# stores rows of a corpus; and the system of its page, for which no rules act.
RECORD: Final = "application/vnd.archiver.document+json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A URL that a feed, a sitemap or a user names, with the date that it states, if any."""

    url: str
    kind: TargetKind = "page"
    date: str = ""  # as stated there; evidence, never parsed into a published date
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What came of one URL: an answer, a refusal or an error, with its whole story.

    `wire_bytes` counts what came over the wire, `requests` every request that was sent for this
    URL (redirects and retries, not robots.txt). `body` is decompressed, no character decoded;
    it is empty unless `outcome` is ``ok`` or ``truncated``.
    """

    requested_url: str
    final_url: str
    outcome: Outcome
    reason: str  # empty for ok; one line that names the fault otherwise
    started_at: datetime
    status: int | None = None
    headers: Headers = ()
    body: bytes = b""
    redirects: tuple[tuple[int, str], ...] = ()  # (status, URL that it led to)
    robots: str = ""  # the verdict in a few words: "allowed", "disallowed by ...", "not asked"
    signals: tuple[tuple[str, str], ...] = ()  # opt-outs: ("x-robots-tag", "noarchive")
    milliseconds: int = 0
    wire_bytes: int = 0
    requests: int = 0
    retry_after: float | None = None  # seconds, where the server stated them


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The bytes that a server sent, no character decoded. Nothing changes it."""

    url: str  # the final URL
    fetched_at: datetime  # UTC
    body: bytes
    content_type: str = ""  # the header as sent


class Span(NamedTuple):
    """A stretch of a block inside inline elements that bear a class or an id."""

    start: int
    end: int
    path: str  # the steps below the block's own: ``span.credit/em``


class Block(NamedTuple):
    """One run of visible text between block edges or line breaks; white space collapsed, NFC.

    `path` names the elements from ``html`` down to the block, ids and classes with them:
    ``/html/body/div[2]#page.site/article/p[3]``. For plain text it is ``/line[7]``.
    """

    path: str
    text: str
    linked: int = 0  # code points inside <a href>
    bold: int = 0  # code points inside <b>, <strong>
    hidden: bool = False  # not shown to a reader: hidden, display:none, aria-hidden
    votes: tuple[str, ...] = ()  # markers that call it main text
    score: float = 0.0  # log odds, by all evidence together, that it is; 0 where none was weighed
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What a page says of itself. None and empty mean that no trusted source says it."""

    title: str | None = None
    authors: tuple[str, ...] = ()
    published: str | None = None  # ISO 8601, with a zone only where one was stated
    # json-ld, meta, time, text, url, htmldate; the last is the weakest. row: as it was imported
    published_source: str = ""
    modified: str | None = None  # as `published`
    modified_source: str = ""
    section: str | None = None
    tags: tuple[str, ...] = ()
    kicker: str | None = None
    description: str | None = None
    dateline: str | None = None
    agencies: tuple[str, ...] = ()  # that sent the story, the surest first
    image: str | None = None  # its URL
    site_name: str | None = None
    canonical_url: str | None = None  # as stated, not resolved
    licence: str | None = None  # a URL or a name, as stated
    declared_language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A snapshot laid out: its blocks with evidence. What stage A makes and the archive caches."""

    url: str
    media_type: Literal["text/html", "text/plain", "application/vnd.archiver.document+json"]
    blocks: tuple[Block, ...]
    asked: tuple[str, ...] = ()  # markers that spoke, whatever they chose
    fetched_at: datetime | None = None  # what relative and doubtful dates are reckoned from
    metadata: Metadata = field(default_factory=Metadata)
    language: str = "und"  # BCP 47
    script: str = "Zyyy"  # ISO 15924
    confidence: float = 0.0  # that it is the language, between 0 and 1; 0 where it was stated
    charset: str = "utf-8"
    systems: tuple[str, ...] = ()  # CMS packs recognised, sorted
    flags: tuple[str, ...] = ()  # what went other than usual: "no-vote", "unplaced:12", ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One fact about chrome, with its evidence. `kind` names a function of `clean/kinds.py`."""

    id: str
    kind: str
    label: str  # the kind of chrome: read_also, share, ... ; the `kind` of its marks
    why: str
    phrases: tuple[str, ...] = ()  # literals, `{}` stands for a run of text
    pattern: str = ""  # a regular expression over the match key
    selectors: tuple[str, ...] = ()  # for kind "container"
    needs_context: bool = False
    strips: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()
    # It acts on pages fetched from `since` on and before `until`: ISO 8601 in UTC, to the
    # microsecond, so that they sort; empty leaves the end open.
    since: str = ""
    until: str = ""

    def __hash__(self) -> int:
        """Ids are unique; all fields of some hundred rules would be hashed page after page."""
        return hash(self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """Where the article stands on a site's pages of one layout, as learned from many of them.

    Places are signs of elements (`text/paths.py`) below the container, as ``div.text/p``. In
    `text` and `chrome` a place may end in ``:linked``, ``:label`` or ``:hidden`` (a line that is
    mostly link, that is short and no sentence, that no reader sees), in `chrome` also in ``/*``
    (all that stands in it). In `quiet` the level comes first, ``2/aside.rail``: so many elements
    of the selector, from 0 for the body, stand around it.
    """

    id: str
    why: str
    selector: str  # ``body > div#page > article``, each the child of the one before
    text: tuple[str, ...]  # what is the article, and
    chrome: tuple[str, ...]  # what is not, inside the container
    letters: tuple[int, int]  # of the article: the fewest and the most that a page had
    outside: int  # letters of long lines outside it, and in `quiet`: the most that a page had
    quiet: tuple[str, ...] = ()  # elements that tell nothing: each is laid out as one line
    # Letters that are no link, the most that a page had: in all outside it, and in the places of
    # `chrome`, where there were any.
    beside: int = 0
    unlinked: tuple[tuple[str, int], ...] = ()
    since: str = ""  # as a rule's
    until: str = ""

    def __hash__(self) -> int:
        """Ids are unique."""
        return hash(self.id)


class Mark(NamedTuple):
    """A stretch of one block that is not body text, with the rule that says so."""

    block: int
    start: int
    end: int
    rule: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Caption:
    """A picture's caption and its credit, either may be empty."""

    text: str
    credit: str = ""


class Share(NamedTuple):
    """A language's share of a text's letters, between 0 and 1."""

    language: str  # BCP 47
    script: str  # ISO 15924
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What one cleaner made of one snapshot. `text` is paragraphs joined by a blank line.

    `structure` has a code for each of them (``p``, ``h2``, ``li``, ...; `clean/structure.py` lists
    them); it is empty where that was not asked for yet.
    """

    cleaner: str
    metadata: Metadata
    language: str
    script: str
    # Of the language; None where it was not asked for yet, or an imported row states it.
    confidence: float | None = None
    languages: tuple[Share, ...] = ()  # of the paragraphs, most letters first; empty likewise
    text: str
    structure: tuple[str, ...] = ()
    captions: tuple[Caption, ...] = ()
    marks: tuple[Mark, ...] = ()  # sorted, disjoint; with the kept text they are every block
    flags: tuple[str, ...] = ()
