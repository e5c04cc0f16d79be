"""The cleaner as a whole: snapshot → page → document, with the rules that its recipe names.

The one place that joins `rules`, `extract` and `clean`; it keeps nothing from page to page.
"""

from __future__ import annotations

import gc
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from archiver import rules
from archiver.clean import identity, kinds, selectors
from archiver.clean.document import clean
from archiver.extract.page import extract, extractor_id
from archiver.model import Document, Page, Rule, Snapshot

# New objects before the collector of cycles looks at them (Python's own: 700). A page is laid out
# in some ten thousand objects without a cycle; looking at them again and again took a fifth of
# the time.
_UNCOLLECTED = 50_000

_SUFFIXES = {
    ".html": "text/html",
    ".htm": "text/html",
    ".xhtml": "text/html",
    ".txt": "text/plain",
}


def media_type_of(path: Path) -> str:
    """The media type that a file's name tells; empty where it tells none."""
    return _SUFFIXES.get(path.suffix.lower(), "")


def removed(page: Page, document: Document) -> list[dict[str, str]]:
    """What a reader sees of the page and the text has not: text, kind and rule, in page order."""
    return [
        {
            "text": page.blocks[mark.block].text[mark.start : mark.end],
            "kind": mark.kind,
            "rule": mark.rule,
        }
        for mark in document.marks
        if not page.blocks[mark.block].hidden
    ]


def as_record(page: Page, document: Document) -> dict[str, Any]:
    """A cleaned page as one JSON object; the keys are part of the command line's promise."""
    told = document.metadata
    return {
        "title": told.title,
        "authors": list(told.authors),
        "published": told.published,
        "published_source": told.published_source or None,
        "modified": told.modified,
        "modified_source": told.modified_source or None,
        "section": told.section,
        "tags": list(told.tags),
        "kicker": told.kicker,
        "description": told.description,
        "dateline": told.dateline,
        "agency": told.agency,
        "image": told.image,
        "site_name": told.site_name,
        "canonical_url": told.canonical_url,
        "licence": told.licence,
        "declared_language": told.declared_language,
        "language": document.language,
        "script": document.script,
        "text": document.text,
        "structure": list(document.structure),
        "captions": [
            {"text": caption.text, "credit": caption.credit} for caption in document.captions
        ],
        "removed": removed(page, document),
        "cleaner": document.cleaner,
        "flags": list(document.flags),
    }


def expect_many_objects() -> None:
    """Set Python's collector of cycles for a process that cleans page after page."""
    gc.freeze()
    gc.set_threshold(_UNCOLLECTED, *gc.get_threshold()[1:])


class Cleaner:
    """The rule packs in force and the names that they give: of stage A, and of each recipe."""

    def __init__(self, folder: Path | None) -> None:
        """Read the shipped packs and those of the user's `folder`. Raises BadRules."""
        self.packs = rules.load(folder, kinds.KINDS, selectors.parse)
        self.recognisers = rules.recognisers(self.packs)
        self.extractor = extractor_id(self.recognisers)
        self._named = cache(self._name)
        self._made = cache(self._make)

    def __getstate__(self) -> dict[str, Any]:
        """What a process of its own needs to be the same cleaner: everything but the caches."""
        return {name: value for name, value in vars(self).items() if not name.startswith("_")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Be that cleaner, with empty caches."""
        vars(self).update(state)
        self._named = cache(self._name)
        self._made = cache(self._make)

    def _name(
        self, site: str, language: str, systems: Sequence[str]
    ) -> tuple[str, dict[str, Any], tuple[Rule, ...]]:
        acting = rules.acting(self.packs, site, language, systems)
        return self._made(frozenset(pack.name for pack in acting))

    def _make(self, names: frozenset[str]) -> tuple[str, dict[str, Any], tuple[Rule, ...]]:
        """The same, by the packs that act: most sites share theirs."""
        chosen = (pack.rules for pack in self.packs if pack.name in names)
        acting = tuple(rule for of_pack in chosen for rule in of_pack)
        recipe = identity.recipe(acting, self.extractor)
        return identity.cleaner_id(recipe), recipe, acting

    def name(self, site: str, language: str, systems: tuple[str, ...]) -> str:
        """The id of the cleaner for pages of this site, language and systems."""
        return self._named(site, language, systems)[0]

    def recipe(self, site: str, language: str, systems: tuple[str, ...]) -> dict[str, Any]:
        """The full recipe behind that id."""
        return self._named(site, language, systems)[1]

    def rule(self, id: str) -> Rule | None:  # noqa: A002 - the field's own name
        """A rule by its id, of any pack."""
        return next((rule for pack in self.packs for rule in pack.rules if rule.id == id), None)

    def page(self, snapshot: Snapshot) -> Page:
        """Stage A. Raises Uncleanable."""
        return extract(snapshot, self.recognisers)

    def document(self, page: Page, site: str) -> Document:
        """Stage B."""
        name, _, acting = self._named(site, page.language, page.systems)
        return clean(page, acting, name)
