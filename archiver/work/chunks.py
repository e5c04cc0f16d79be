"""Some snapshots cleaned: ids in, small values out that the one writer stores. Never writes.

A job for `pool.Workers`: bodies, layouts and texts are read here, where they are worked on. What
goes back is packed layouts and documents, and what each change comes to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy import Connection, Engine

from archiver.archive import batches, packing, queries, staleness, store
from archiver.archive import engine as archive
from archiver.clean.reach import Reach
from archiver.errors import Damaged, TryLater, Uncleanable
from archiver.model import Document, Page, Rule
from archiver.work.cleaning import Cleaner
from archiver.work.effect import Effect, effect
from archiver.work.making import Made, clean, make

# What there is of a snapshot: its layout, its bytes alone, or the very document, which is to be
# the current one again.
Kind = Literal["cached", "stored", "made"]
Key = tuple[str, str, tuple[str, ...]]  # site, language, systems: what selects a recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What came of one snapshot, ready to be counted and stored.

    Of `new`, `same`, `again` and `failure` one is there. `key` is there where `name`, the
    cleaner's, is. `page` has no blocks.
    """

    snapshot: int
    standing: staleness.Standing | None = None
    key: Key | None = None
    name: str = ""
    page: Page | None = None
    layout: batches.Layout | None = None  # where stage A ran
    new: batches.New | None = None
    same: batches.Same | None = None
    again: bool = False
    failure: Uncleanable | Damaged | TryLater | None = None
    before: int | None = None  # characters of the document that there was
    effect: Effect | None = None  # where the text changes
    told: tuple[str, ...] = ()  # damage that was met on the way, and went round
    unreadable: str = ""  # damage of the document that there was: nothing to compare with


_reaches: dict[tuple[str, str], Reach | None] = {}
_MANY = 64  # of these are remembered, by the ids of two cleaners; ids are digests


def _reach(c: Connection, cleaner: Cleaner, old: str, key: Key) -> Reach | None:
    """What differs between a recipe of before and the one in force; None where more than rules."""
    new = cleaner.name(*key)
    if (old, new) not in _reaches:
        if len(_reaches) >= _MANY:
            _reaches.clear()
        _reaches[old, new] = _compared(queries.recipe(c, old), cleaner.recipe(*key))
    return _reaches[old, new]


def _compared(before: Any, now: dict[str, Any]) -> Reach | None:  # noqa: ANN401 - any JSON value
    if not isinstance(before, dict) or not isinstance(before.get("rules"), list):
        return None
    if {**before, "rules": ()} != {**now, "rules": ()}:
        return None
    return Reach(_rules(before), _rules(now))


def _rules(recipe: dict[str, Any]) -> list[Rule]:
    return [
        Rule(
            **{**act, "phrases": tuple(act["phrases"]), "selectors": tuple(act["selectors"])},
            why="",
        )
        for act in recipe["rules"]
    ]


class _Chunk:
    """Snapshots of one job, with what is read of all of them at once."""

    def __init__(self, c: Connection, cleaner: Cleaner, snapshots: Sequence[int]) -> None:
        self.c = c
        self.cleaner = cleaner
        self.extractors: dict[str, str | None] = {}
        self.standings = staleness.standings(c, snapshots)
        self.bases = staleness.bases(c, snapshots)
        of_sites = cleaner.extractors
        if of_sites:
            here = {standing.site for standing in self.standings.values()}
            of_sites = {site: name for site, name in of_sites.items() if site in here}
        self.cached = staleness.layouts(c, snapshots, cleaner.extractor, of_sites=of_sites)

    def key(self, snapshot: int) -> Key:
        cached = self.cached[snapshot]
        return cached.site, cached.language, cached.systems

    def same(self, snapshot: int) -> Done | None:
        """The document that there is, where no changed rule can touch it. Raises Damaged."""
        base, key = self.bases.get(snapshot), self.key(snapshot)
        if base is None or not base.full or any(f.startswith("unplaced:") for f in base.flags):
            return None
        reach = _reach(self.c, self.cleaner, base.cleaner, key)
        if reach is None or reach.everywhere:
            return None
        counts = staleness.rules_in(base.marks, f"document {base.id}")
        if reach.document(counts.keys()):
            return None
        if reach.words:
            data, what = self.cached[snapshot].data, f"page of snapshot {snapshot}"
            words = packing.page_words(data, what)
            paths = packing.page_paths(data, what) if reach.names else []
            if words is None or paths is None or reach.page(words, paths):
                return None
        name = self.cleaner.name(*key)
        return Done(
            snapshot=snapshot,
            standing=self.standings[snapshot],
            key=key,
            name=name,
            same=batches.Same(
                site=key[0],
                target=self.standings[snapshot].target,
                snapshot=snapshot,
                cleaner=name,
                base=base.id,
                counts=counts,
            ),
            before=base.chars,
        )

    def from_cache(self, snapshot: int) -> Done:
        """Stage B, or neither; both where the layout does not read."""
        what = f"page of snapshot {snapshot}"
        if snapshot not in self.cached:  # it is a cache, and may be dropped at any moment
            return self.done(make(self.c, self.cleaner, snapshot))
        try:
            same = self.same(snapshot)
        except Damaged:
            same = None  # whatever it was is found again below
        if same is not None:
            return same
        try:
            page = packing.unpack_page(self.cached[snapshot].data, what)
        except Damaged as fault:
            again = f"snapshot {snapshot}: {fault}; it is laid out again from the stored bytes"
            return replace(self.done(make(self.c, self.cleaner, snapshot)), told=(again,))
        if page is None:
            return self.done(make(self.c, self.cleaner, snapshot))
        return self.done(
            clean(self.cleaner, snapshot, self.cached[snapshot].site, page, fresh=False)
        )

    def done(self, made: Made) -> Done:
        """A snapshot that was cleaned, packed; and how its document changes."""
        snapshot, page, document = made.snapshot, made.page, made.document
        site = made.site or self.standings[snapshot].site
        found = Done(snapshot=snapshot, standing=self.standings[snapshot], failure=made.failure)
        if page is None:
            return found
        key = site, page.language, page.systems
        layout = None
        if made.fresh:
            layout = batches.Layout(
                snapshot=snapshot,
                site=site,
                language=page.language,
                systems=page.systems,
                data=packing.pack_page(page),
            )
        found = replace(
            found,
            key=key,
            name=self.cleaner.name(*key),
            page=replace(page, blocks=()),
            layout=layout,
        )
        if document is None:
            return found
        values = store.document_values(snapshot, document)
        new = batches.New(
            site=site,
            target=self.standings[snapshot].target,
            values=values,
            text=store.text_of(document)[1],
            counts=staleness.count_marks(document.marks),
        )
        return self._compared(replace(found, new=new), page, document, values["text"])

    def _compared(self, found: Done, page: Page | None, document: Document, text: str) -> Done:
        base = self.bases.get(found.snapshot)
        if base is None:
            return found
        found = replace(found, before=base.chars)
        if base.text == text and base.language == document.language:
            return found
        try:
            stored = queries.document_of(self.c, snapshot=found.snapshot, cleaner=base.cleaner)
        except Damaged as fault:
            return replace(found, unreadable=str(fault))
        if stored is None:
            return found
        before = stored.document
        mine = self.cleaner.extractor_of(self.standings[found.snapshot].site)
        alike = self._extractor(base.cleaner) == mine
        return replace(found, effect=effect(before, document, page if alike else None, page))

    def _extractor(self, cleaner: str) -> str | None:
        """The extractor of a cleaner's recipe, which is read once: it is long."""
        if cleaner not in self.extractors:
            recipe = queries.recipe(self.c, cleaner)
            self.extractors[cleaner] = recipe.get("extractor") if isinstance(recipe, dict) else None
        return self.extractors[cleaner]

    def again(self, snapshot: int) -> Done:
        """A document that is there, to be the current one again."""
        key = self.key(snapshot)
        found = Done(
            snapshot=snapshot,
            standing=self.standings[snapshot],
            key=key,
            name=self.cleaner.name(*key),
            again=True,
        )
        try:
            stored = queries.document_of(self.c, snapshot=snapshot, cleaner=found.name)
        except Damaged as fault:
            return replace(found, unreadable=str(fault))
        if stored is None:
            return found
        page = None
        base = self.bases.get(snapshot)
        name = packing.digest(stored.document.text.encode())
        if base is not None and base.text != name:
            try:
                page = queries.load_page(self.c, snapshot, self.cleaner.extractor_of(key[0]))
            except Damaged:
                page = None  # the rules' names only
        return self._compared(found, page, stored.document, name)


def work(engine: Engine, cleaner: Cleaner, snapshots: Sequence[int], kind: Kind) -> list[Done]:
    """Clean some snapshots, in their order. A job for `pool.Workers`."""
    with archive.read(engine) as c:
        chunk = _Chunk(c, cleaner, snapshots)
        each = {
            "cached": chunk.from_cache,
            "stored": lambda snapshot: chunk.done(make(c, cleaner, snapshot)),
            "made": chunk.again,
        }[kind]
        return [each(snapshot) for snapshot in snapshots]
