"""A snapshot in, its `Page` out: decode, lay out, let the markers vote, read the metadata.

This is stage A. Everything that decides about a page by its size does so by counts of bytes,
tags and depth, never by a clock, so the same bytes give the same page everywhere.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from hashlib import sha256
from importlib.metadata import version
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from archiver.errors import Uncleanable
from archiver.extract import blocks as layout
from archiver.extract import decode, language, metadata, plain
from archiver.extract.markers import trafilatura
from archiver.model import Block, Page, Snapshot
from archiver.text import scripts

REVISION = 4  # turn when code here changes what a page holds
_ENGINES = (
    "trafilatura",
    "htmldate",
    "lxml",
    "selectolax",
    "pycld2",
    "charset-normalizer",
    "beautifulsoup4",
    "babel",
)

# A larger body is no page that a person reads; trafilatura's own default is 20 MB.
MAX_BYTES = 10 * 1024 * 1024
# lexbor's time grows with the square of the depth (100,000 levels: 20 s; 5,000: 0.05 s), and
# no reader's page is a tenth as deep. Deeper ones are flattened instead of parsed.
MAX_DEPTH = 5000
# trafilatura walks the tree in Python, many times over. Above this many tags (the largest of
# 800 benchmark pages has 25,000) the blocks must do without its vote.
MAX_TAGS = 100_000

# Formatting elements that a parser opens again on its own; a page that forgets a few of them
# has some thousands, and half a million cost it a second.
MAX_REOPENED = 500_000
_FORMATTING = frozenset("b big code em font i s small strike strong tt u".split())
_SAME_AT_ONCE = 3
# Fewer tags than these nest and reopen too little to matter.
_FEW_TAGS = 1000

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)[^<>]*?(/?)>")
_UNCLOSED = frozenset(
    "area base br col embed hr img input link meta param source track wbr p li td th tr dt dd "
    "option thead tbody tfoot".split()
)
_DROPPED = re.compile(
    r"<!--.*?(?:-->|$)|<(script|style|template|noscript|svg)\b.*?(?:</\1\s*>|$)",
    re.IGNORECASE | re.DOTALL,
)


def extractor_id(recognisers: Mapping[str, Sequence[str]]) -> str:
    """The name of stage A: a digest of its code's revision, engines and CMS fingerprints."""
    recipe = {
        "revision": REVISION,
        "engines": {name: version(name) for name in _ENGINES},
        "unicode": unicodedata.unidata_version,
        "recognisers": {name: sorted(globs) for name, globs in sorted(recognisers.items())},
    }
    return sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()[:16]


class _Reopened:
    """Formatting elements that are open, and how many more of them a parser will make.

    It opens those that were not closed again in every element that follows, up to three of one
    spelling (WHATWG, "reconstruct the active formatting elements"), so the tree of 100 KB can
    have millions of nodes.
    """

    def __init__(self) -> None:
        self.open: dict[str, list[str]] = {}
        self.spelt: Counter[str] = Counter()
        self.at_once = 0
        self.made = 0

    def see(self, tag: str, name: str, *, closing: bool) -> None:
        if name not in _FORMATTING:
            self.made += 0 if closing else self.at_once
        elif not closing:
            self.open.setdefault(name, []).append(tag)
            self.spelt[tag] += 1
            self.at_once += self.spelt[tag] <= _SAME_AT_ONCE
        elif self.open.get(name):
            last = self.open[name].pop()
            self.at_once -= self.spelt[last] <= _SAME_AT_ONCE
            self.spelt[last] -= 1


def _too_deep(text: str) -> bool:
    """Whether a parser's tree would be too deep or too wide, by counting tags, not by parsing."""
    if text.count("<") <= _FEW_TAGS:
        return False
    depth = 0
    reopened = _Reopened()
    for tag in _TAG.finditer(text):
        closing, name = bool(tag[1]), tag[2].lower()
        reopened.see(tag[0], name, closing=closing)
        if name not in _UNCLOSED and not tag[3]:
            depth = max(0, depth - 1) if closing else depth + 1
        if depth > MAX_DEPTH or reopened.made > MAX_REOPENED:
            return True
    return False


def _flatten(text: str) -> list[Block]:
    """Blocks of a page that is too deep to parse: what stands between its tags."""
    shown = re.sub(r"<[^<>]*>", "\n", _DROPPED.sub("\n", text))
    tree = LexborHTMLParser("<pre>\n" + shown.replace("<", "&lt;") + "</pre>")  # for entities
    return layout.blocks(tree)


def _hints(tree: LexborHTMLParser, url: str) -> set[str]:
    """What tells a CMS or theme: its generator, themes, plugins, script hosts, body classes."""
    found = {f"host:{urlsplit(url).hostname or ''}"}
    for node in tree.css("meta[name=generator][content]"):
        found.add(f"generator:{node.attributes.get('content')}")
    for node in tree.css("script[src], link[href]"):
        attributes = node.attributes
        link = attributes.get("src") or attributes.get("href") or ""
        if link.startswith(("http:", "https:", "//")):
            found.add(f"asset-host:{link.split('/')[2]}")
        for above, kind, name in re.findall(r"([^/?#]*)/(themes|plugins)/([^/?#]+)", link):
            found.add(f"{kind.removesuffix('s')}:{name}")
            found.add(f"{kind.removesuffix('s')}:{above}/{name}")
        for path in re.findall(r"/(wp-content|wp-includes|sites/default/files|media/jui)/", link):
            found.add(f"path:{path}")
    body = tree.body
    for token in ((body.attributes.get("class") if body is not None else None) or "").split():
        found.add(f"class:{token}")
    return found


def _html(snapshot: Snapshot, text: str, recognisers: Mapping[str, Sequence[str]]) -> Page:
    flags: list[str] = []
    if _too_deep(text):
        return Page(
            url=snapshot.url,
            media_type="text/html",
            blocks=tuple(_flatten(text)),
            flags=("flattened",),
        )
    tree = LexborHTMLParser(text)
    laid_out = layout.blocks(tree)
    if text.count("<") <= MAX_TAGS:
        vote = trafilatura.vote(text, laid_out)
        if vote.unplaced:
            flags.append(f"unplaced:{vote.unplaced}")
        if not vote.chosen:
            flags.append("no-vote")
        laid_out = [
            replace(block, votes=("trafilatura",)) if at in vote.chosen else block
            for at, block in enumerate(laid_out)
        ]
    else:
        flags.append("no-vote")
    script = scripts.main(language.sample(_evidence(laid_out)))
    hints = _hints(tree, snapshot.url)
    systems = sorted(
        name
        for name, globs in recognisers.items()
        if any(fnmatchcase(hint, glob) for hint in hints for glob in globs)
    )
    return Page(
        url=snapshot.url,
        media_type="text/html",
        blocks=tuple(laid_out),
        metadata=metadata.read(tree, text, snapshot.url, snapshot.fetched_at, script),
        systems=tuple(systems),
        flags=tuple(flags),
    )


def _plain(snapshot: Snapshot, text: str) -> Page:
    lines = plain.blocks(text)
    return Page(
        url=snapshot.url,
        media_type="text/plain",
        blocks=tuple(lines),
        metadata=plain.metadata(lines),
    )


def _evidence(blocks: Sequence[Block]) -> list[str]:
    """The lines that the language is told by: those voted for, else all that are seen."""
    voted = [block.text for block in blocks if block.votes]
    return voted or [block.text for block in blocks if not block.hidden]


def extract(snapshot: Snapshot, recognisers: Mapping[str, Sequence[str]]) -> Page:
    """Lay a snapshot out. `recognisers` maps a CMS pack's name to globs over the page's hints.

    Raises Uncleanable for what is no page: binary bytes, an empty or over-large body, a body
    with nothing to see.
    """
    if len(snapshot.body) > MAX_BYTES:
        size = f"{len(snapshot.body) / 1e6:.0f} MB"
        raise Uncleanable(
            "extract", f"the page is {size}, the limit {MAX_BYTES / 1e6:.0f} MB", "leave it out"
        )
    decode.refuse_binary(snapshot.body)
    read = decode.decode(snapshot.body, snapshot.content_type)
    if decode.media_type(read.text, snapshot.content_type) == "text/html":
        page = _html(snapshot, read.text, recognisers)
    else:
        page = _plain(snapshot, read.text)
    if not page.blocks:
        raise Uncleanable("extract", "the page shows no text", "it may need a browser to render it")
    told, script = language.detect(
        language.sample(_evidence(page.blocks)), page.metadata.declared_language
    )
    flags = page.flags
    if read.damaged:
        flags = (*flags, f"undecodable:{read.damaged}")
    return replace(
        page,
        fetched_at=snapshot.fetched_at,
        language=told,
        script=script,
        charset=read.charset,
        flags=flags,
    )
