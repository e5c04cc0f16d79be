"""The cleaner as a whole: snapshot → page → document, with the rules that its recipe names.

The one place that joins `rules`, `extract` and `clean`; it keeps nothing from page to page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from functools import cache
from pathlib import Path
from typing import Any

from archiver import rules
from archiver.clean import decide, identity, kinds, selectors
from archiver.clean.document import clean
from archiver.extract import template
from archiver.extract.language import shares
from archiver.extract.page import container_recipe, extract, extractor_id, templated_id
from archiver.model import RECORD, Container, Document, Metadata, Page, Rule, Snapshot
from archiver.text.language_codes import iso639_3

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
    pairs = ((mark, page.blocks[mark.block]) for mark in document.marks)
    return [
        {"text": block.text[mark.start : mark.end], "kind": mark.kind, "rule": mark.rule}
        for mark, block in pairs
        if not block.hidden
    ]


def _told(metadata: Metadata, name: str) -> object:
    """A field as JSON has it: where no source is trusted, none is named."""
    value = getattr(metadata, name)
    if isinstance(value, tuple):
        return list(value)
    return value or None if name.endswith("_source") else value


def as_record(page: Page, document: Document) -> dict[str, Any]:
    """A cleaned page as one JSON object; the keys are part of the command line's promise."""
    return {
        **{field.name: _told(document.metadata, field.name) for field in fields(Metadata)},
        "agency": next(iter(document.metadata.agencies), None),  # as releases before had it
        "language": document.language,
        "script": document.script,
        "iso639_3": iso639_3(document.language),
        "confidence": document.confidence,
        "languages": [share._asdict() for share in document.languages],
        "text": document.text,
        "structure": list(document.structure),
        "captions": [
            {"text": caption.text, "credit": caption.credit} for caption in document.captions
        ],
        "removed": removed(page, document),
        "cleaner": document.cleaner,
        "flags": list(document.flags),
    }


def laid_out(
    snapshot: Snapshot, recognisers: Mapping[str, Sequence[str]], containers: Sequence[Container]
) -> Page:
    """Stage A with the containers of the page's site. Raises Uncleanable.

    The long way where stage B would keep a block that many lines were made into.
    """
    page = extract(snapshot, recognisers, containers)
    if template.MARKER in page.asked and template.welded(page, decide.main_blocks(page)):
        return extract(snapshot, recognisers)
    return page


class Cleaner:
    """The rule packs in force and the names that they give: of stage A, and of each recipe."""

    def __init__(self, folder: Path | None) -> None:
        """Read the shipped packs and those of the user's `folder`. Raises BadRules."""
        self.packs = rules.load(folder, kinds.NEEDS_WORDS, selectors.parse)
        self.recognisers = rules.recognisers(self.packs)
        self.containers = rules.containers(self.packs)
        self.extractor = extractor_id(self.recognisers)
        # Of the sites with containers, whose pages go stale with them; all others have the one.
        self.extractors = {
            site: templated_id(self.extractor, of) for site, of in self.containers.items()
        }
        self._named = cache(self._name)
        self._made = cache(self._make)

    def extractor_of(self, site: str) -> str:
        """The name of stage A for the pages of a site."""
        return self.extractors.get(site, self.extractor)

    def site_of(self, extractor: str) -> str | None:
        """The site whose pages an extractor lays out, empty for all without one of their own.

        None for that of another version, or of other containers.
        """
        if extractor == self.extractor:
            return ""
        return next((site for site, name in self.extractors.items() if name == extractor), None)

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
        if RECORD in systems:  # no rule acts on what others cleaned, and none makes it stale
            return self._made(frozenset(), "")
        acting = rules.acting(self.packs, site, language, systems)
        with_containers = site if site in self.containers else ""
        return self._made(frozenset(pack.name for pack in acting), with_containers)

    def _make(
        self, names: frozenset[str], site: str
    ) -> tuple[str, dict[str, Any], tuple[Rule, ...]]:
        """The same, by the packs that act, most sites share theirs; and the site, if it matters."""
        chosen = (pack.rules for pack in self.packs if pack.name in names)
        acting = tuple(rule for of_pack in chosen for rule in of_pack)
        recipe = self.recipe_with(acting, site)
        return identity.cleaner_id(recipe), recipe, acting

    def recipe_with(self, acting: Sequence[Rule], site: str) -> dict[str, Any]:
        """The recipe of these rules; with the containers of the site, if it has any."""
        held = [container_recipe(one) for one in self.containers.get(site, ())]
        found = identity.recipe(acting, self.extractor_of(site))
        return {**found, "containers": held} if held else found

    def name(self, site: str, language: str, systems: tuple[str, ...]) -> str:
        """The id of the cleaner for pages of this site, language and systems."""
        return self._named(site, language, systems)[0]

    def recipe(self, site: str, language: str, systems: tuple[str, ...]) -> dict[str, Any]:
        """The full recipe behind that id."""
        return self._named(site, language, systems)[1]

    def rule(self, id: str) -> Rule | None:  # noqa: A002 - the field's own name
        """A rule by its id, of any pack."""
        return next((rule for pack in self.packs for rule in pack.rules if rule.id == id), None)

    def page(self, snapshot: Snapshot, site: str = "") -> Page:
        """Stage A of a page of `site`; without it, the long way. Raises Uncleanable."""
        return laid_out(snapshot, self.recognisers, self.containers.get(site, ()))

    def document(self, page: Page, site: str) -> Document:
        """Stage B."""
        name, _, acting = self._named(site, page.language, page.systems)
        document = clean(page, acting, name)
        told = shares(document.text.split("\n\n"), document.language, document.script)
        return replace(document, languages=told)
