"""A snapshot in, its `Page` out: decode, lay out, let the markers vote, read the metadata.

This is stage A. Everything that decides about a page by its size does so by counts of bytes,
tags and depth, never by a clock, so the same bytes give the same page everywhere.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from fnmatch import fnmatchcase, translate
from functools import lru_cache, partial
from hashlib import sha256
from importlib.metadata import version
from itertools import chain
from typing import Any
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from archiver.errors import Uncleanable
from archiver.extract import blocks as layout
from archiver.extract import (
    bounds,
    decode,
    fonts,
    language,
    markers,
    metadata,
    plain,
    record,
    scorecard,
    suspect,
)
from archiver.extract import template as templates
from archiver.model import RECORD, Block, Container, Page, Snapshot
from archiver.text import scripts

REVISION = 9  # turn when code here changes what a page holds
ENGINES = (
    "trafilatura",
    "resiliparse",
    "htmldate",
    "lxml",
    "selectolax",
    "pycld2",
    "babel",
    "persiantools",
    "nepali-datetime",
    "numpy",
)

# A larger body is no page that a person reads; trafilatura's own default is 20 MB.
MAX_BYTES = 10 * 1024 * 1024


# Addresses of more characters carry data; looking for names in them would cost their square.
_MAX_LINK = 2000
# What is shorter is seldom running text; `suspect` looks at nothing else.
_RUNNING = 40
_LISTING = re.compile(r"/(?:pre|code|textarea|math|svg)\b")
_COMPONENT = re.compile(r"([^/?#]*)/(themes|plugins)/([^/?#]+)")
_PATH_SIGNS = ("/wp-", "/sites/default/files/", "/media/jui/")
_PATH = re.compile(r"/(wp-content|wp-includes|sites/default/files|media/jui)/")


def extractor_id(recognisers: Mapping[str, Sequence[str]]) -> str:
    """The name of stage A: a digest of its code's revision, engines and CMS fingerprints."""
    recipe = {
        "revision": REVISION,
        "scorecard": scorecard.digest(),
        "languages": language.digest(),
        "engines": {name: version(name) for name in ENGINES},
        "unicode": unicodedata.unidata_version,
        "recognisers": {name: sorted(globs) for name, globs in sorted(recognisers.items())},
    }
    return _digest(recipe)


def _digest(recipe: object) -> str:
    return sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()[:16]


def templated_id(extractor: str, containers: Iterable[Container]) -> str:
    """The name of stage A for the pages of a site with containers; `extractor` without any."""
    acting = list(map(container_recipe, containers))
    return _digest({"extractor": extractor, "containers": acting}) if acting else extractor


def container_recipe(container: Container) -> dict[str, Any]:
    """What of a container decides what a page holds, as plain JSON."""
    return {name: value for name, value in asdict(container).items() if name != "why"}


def _hints(tree: LexborHTMLParser, url: str) -> set[str]:
    """What tells a CMS or theme: its generator, themes, plugins, script hosts, body classes."""
    found = {f"host:{urlsplit(url).hostname or ''}"}
    for node in tree.css("meta[name=generator][content], script[src], link[href]"):
        attributes = node.attributes
        if node.tag == "meta":
            found.add(f"generator:{attributes.get('content')}")
            continue
        link = attributes.get("src") or attributes.get("href") or ""
        if link.startswith(("http://", "https://", "//")):
            found.add(f"asset-host:{link.split('/')[2]}")
        if len(link) > _MAX_LINK or link.startswith("data:"):
            continue
        if "/themes/" in link or "/plugins/" in link:
            for above, kind, name in _COMPONENT.findall(link):
                found.add(f"{kind.removesuffix('s')}:{name}")
                found.add(f"{kind.removesuffix('s')}:{above}/{name}")
        if any(map(link.__contains__, _PATH_SIGNS)):
            found.update(f"path:{path}" for path in _PATH.findall(link))
    body = tree.body
    for token in ((body.attributes.get("class") if body is not None else None) or "").split():
        found.add(f"class:{token}")
    return found


@lru_cache(maxsize=8)  # those of one set of rule packs
def _any_of(globs: tuple[str, ...]) -> re.Pattern[str]:
    """What matches a hint that any of the globs fits; most hints fit none of a hundred."""
    return re.compile("|".join(map(translate, globs)) or "(?!)")


def _systems(hints: set[str], recognisers: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The names of the systems that a glob fits a hint of; a glob begins with a hint's kind."""
    any_fits = _any_of(tuple(chain.from_iterable(recognisers.values()))).match
    by_kind: dict[str, list[str]] = {}
    for hint in filter(any_fits, hints):
        by_kind.setdefault(hint.partition(":")[0], []).append(hint)
    return tuple(
        sorted(
            name
            for name, globs in recognisers.items()
            if any(
                fnmatchcase(hint, glob)
                for glob in globs
                for hint in by_kind.get(glob.partition(":")[0], ())
            )
        )
    )


def _templated(
    snapshot: Snapshot,
    text: str,
    recognisers: Mapping[str, Sequence[str]],
    tree: LexborHTMLParser,
    found: templates.Found,
) -> Page | None:
    """The page by what was learned of its site, or nothing where it does not fit.

    Either way the tree is no longer the page's.
    """
    systems = _systems(_hints(tree, snapshot.url), recognisers)
    script = scripts.main(language.sample(found.shown))
    told = metadata.read(tree, text, snapshot.url, snapshot.fetched_at, script)
    blocks = templates.lay_out(tree, found)  # changes the tree, so it comes last
    if blocks is None:
        return None
    return Page(
        url=snapshot.url,
        media_type="text/html",
        blocks=blocks,
        asked=(templates.MARKER,),
        metadata=told,
        systems=systems,
        flags=(templates.MARKER,),
    )


def _html(
    snapshot: Snapshot,
    read: decode.Decoded,
    recognisers: Mapping[str, Sequence[str]],
    containers: Sequence[Container],
) -> Page:
    text = read.text
    parsed = bounds.parse(text, read.utf8)
    if parsed is None:
        return Page(
            url=snapshot.url,
            media_type="text/html",
            blocks=tuple(bounds.flatten(text)),
            flags=("flattened",),
        )
    tree = parsed.tree
    found = templates.found(tree, containers, snapshot.fetched_at) if containers else None
    if found is not None:
        fitted = _templated(snapshot, text, recognisers, tree, found)
        if fitted is not None:
            return fitted
        tree = (bounds.parse(text, read.utf8) or parsed).tree
    laid_out = layout.lay_out(tree)
    blocks = laid_out.blocks
    shown = [block.text for block in blocks if not block.hidden and block.linked == 0]
    script = scripts.main(language.sample(shown))
    page = Page(
        url=snapshot.url,
        media_type="text/html",
        blocks=tuple(blocks),
        metadata=metadata.read(tree, text, snapshot.url, snapshot.fetched_at, script),
        systems=_systems(_hints(tree, snapshot.url), recognisers),
    )
    if not blocks or not bounds.votable(text, parsed.tags, laid_out.widest):
        return replace(page, flags=("no-vote",))
    return _weighed(page, text, tree, laid_out.elements)


def _weighed(page: Page, text: str, tree: LexborHTMLParser, elements: layout.Elements) -> Page:
    """The page with its markers' votes and a score for each block."""
    asked = markers.to_ask(text, tree, page.blocks)
    weighed = scorecard.shipped().weigh(page, asked, elements)
    named: dict[int, tuple[str, ...]] = {}
    for name, vote in weighed.votes.items():
        for at in vote.chosen:
            named[at] = (*named.get(at, ()), name)
    blocks = tuple(
        Block(
            block.path,
            block.text,
            block.linked,
            block.bold,
            block.hidden,
            named.get(at, ()),
            score,
            block.spans,
        )
        for at, (block, score) in enumerate(zip(page.blocks, weighed.scores, strict=True))
    )
    unplaced = max(vote.unplaced for vote in weighed.votes.values())
    flags = (f"unplaced:{unplaced}",) if unplaced else ()
    return replace(page, blocks=blocks, asked=tuple(weighed.votes), flags=flags)


def _plain(snapshot: Snapshot, read: decode.Decoded) -> Page:
    lines = plain.blocks(read.text)
    return Page(
        url=snapshot.url,
        media_type="text/plain",
        blocks=tuple(lines),
        metadata=plain.metadata(lines),
    )


def _evidence(blocks: Sequence[Block]) -> list[str]:
    """The lines that the language is told by: those likely the article, else all seen."""
    likely = [block.text for block in blocks if block.score > 0]
    return likely or [block.text for block in blocks if not block.hidden]


def _running(blocks: Sequence[Block]) -> Iterator[str]:
    """The lines that are long enough for running text, listings of programs left out."""
    for block in blocks:
        if len(block.text) >= _RUNNING and not block.hidden and not _LISTING.search(block.path):
            yield block.text


def extract(
    snapshot: Snapshot,
    recognisers: Mapping[str, Sequence[str]],
    containers: Sequence[Container] = (),
) -> Page:
    """Lay a snapshot out. `recognisers` maps a CMS pack's name to globs over the page's hints.

    `containers` are those of the page's site; the first that the page fits decides.
    Raises Uncleanable for what is no page: binary bytes, an empty or over-large body, a body
    with nothing to see. A record is neither decoded nor weighed, see `record`.
    """
    if snapshot.content_type == RECORD:
        return record.page(snapshot)
    if len(snapshot.body) > MAX_BYTES:
        size = f"{len(snapshot.body) / 1e6:.0f} MB"
        raise Uncleanable(
            "extract", f"the page is {size}, the limit {MAX_BYTES / 1e6:.0f} MB", "leave it out"
        )
    decode.refuse_binary(snapshot.body, snapshot.content_type)
    read = decode.read(snapshot.body, snapshot.content_type)
    is_html = decode.media_type(read.text, snapshot.content_type) == "text/html"
    lay_out = partial(_html, recognisers=recognisers, containers=containers) if is_html else _plain
    page = lay_out(snapshot, read)
    fault = suspect.fault(_running(page.blocks), read.text)
    flags: tuple[str, ...] = ()
    if is_html and fault.startswith("legacy-font"):
        text, drawn_by = fonts.converted(read.text)
        if drawn_by:
            page = lay_out(snapshot, replace(read, text=text, utf8=b""))
            fault = suspect.fault(_running(page.blocks), text)
            flags = tuple(f"converted:{font}" for font in drawn_by)
    if not page.blocks:
        raise Uncleanable("extract", "the page shows no text", "it may need a browser to render it")
    told = language.identify(
        language.sample(_evidence(page.blocks)), page.metadata.declared_language
    )
    flags = (*page.flags, *flags)
    if read.damaged:
        flags = (*flags, f"undecodable:{read.damaged}")
    if read.suspect or fault:
        flags = (*flags, (read.suspect or fault).partition(":")[0])
    if fault:  # letters of a font, or of no charset at all, are not kept as if they were language
        told = replace(told, language=language.UNKNOWN, confidence=0.0)
    return replace(
        page,
        fetched_at=snapshot.fetched_at,
        language=told.language,
        script=told.script,
        confidence=round(told.confidence, 4),
        charset=read.charset,
        flags=flags,
    )
