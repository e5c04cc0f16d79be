"""Two versions of one page compared: what changed in bytes, blocks, kept text and chrome.

A URL and the names of two versions in, a `Comparison` out. A version is a snapshot with the
document that one cleaner made of it; where that is not stored, and today's rules are the cleaner,
it is made on the fly. Nothing is written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Literal

from sqlalchemy import Connection, Engine

from archiver.archive import engine as archive
from archiver.archive import queries, versions
from archiver.clean import cut
from archiver.errors import BadInput, Damaged
from archiver.model import Document, Mark, Page
from archiver.text import diff, normal
from archiver.work import history
from archiver.work.cleaning import Cleaner

TODAY = "today"  # the name of the cleaner in force now, in place of an id
Op = Literal["same", "gone", "added", "changed", "moved", "rule"]
Names = tuple[int, str]  # a snapshot's id; a cleaner's, or TODAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One side. `stored` is False for a document made on the fly.

    `page` is None where its layout is no longer known; `blocks` has, for each paragraph of the
    text, the number of its block.
    """

    snapshot: versions.SnapshotRow
    document: Document
    stored: bool
    page: Page | None
    blocks: tuple[int, ...]
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reason:
    """A rule, the kind of chrome that it marks, and the stretch that it took."""

    rule: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line that differs. Without `old` it is new, without `new` it is gone.

    `took` is why the new side has not (all of) it, `had_taken` why the old side had not. Paths are
    those of blocks.
    """

    op: Op
    old: str | None = None
    new: str | None = None
    old_path: str | None = None
    new_path: str | None = None
    took: tuple[Reason, ...] = ()
    had_taken: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """What differs at one level; `known` is False where a layout is gone that would tell."""

    changes: tuple[Change, ...] = ()
    same: int = 0
    coarse: bool = False
    known: bool = True

    def counts(self) -> dict[str, int]:
        """How many lines of each kind."""
        return {"same": self.same, **Counter(change.op for change in self.changes)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two versions and what differs between them."""

    url: str
    old: Version
    new: Version
    blocks: Level
    text: Level
    chrome: Level
    metadata: dict[str, tuple[object, object]] = field(default_factory=dict)

    def verdict(self) -> str:
        """The deepest level that changed, in words."""
        if self.text.changes:
            return "the kept text changed"
        if self.chrome.changes:
            return "only chrome changed; the kept text is the same"
        if not self.chrome.known:
            return "the kept text is the same; what else changed is not known"
        if self.blocks.changes:
            return "only what is hidden, or the order of blocks, changed"
        if self.old.snapshot.digest != self.new.snapshot.digest:
            return "only bytes changed that no reader sees"
        return "nothing changed"


# Which versions


def compare(
    engine: Engine,
    cleaner: Cleaner,
    what: str,
    a: str = "",
    b: str = "",
    *,
    snapshot: int | None = None,
    under: str = "",
) -> Comparison | None:
    """Compare two versions of a page; None where it has only one.

    `a` and `b` are two snapshots, compared under one cleaner (`under`), or two cleaners, compared
    on one snapshot (`snapshot`). Left out, they are the newest that differ. Raises BadInput for
    names that the page does not have and for what cannot be made again, Damaged, Uncleanable.
    """
    with archive.read(engine) as c:
        found = history.read(c, what)
        chosen = _choose(c, found, a, b, snapshot, under)
        if chosen is None:
            return None
        old, new = (_version(c, cleaner, found, names) for names in chosen)
    return compared(found.page.url, old, new)


def _choose(
    c: Connection, found: history.History, a: str, b: str, snapshot: int | None, under: str
) -> tuple[Names, Names] | None:
    if found.page.kind != "page":
        raise BadInput(f"{found.page.url}: is a {found.page.kind}; only pages are compared")
    if not found.snapshots:
        raise BadInput(f"{found.page.url}: has no snapshot; nothing was fetched yet")
    if snapshot is not None and snapshot not in _ids(found):
        raise BadInput(f"--snapshot {snapshot}: {_unknown(found)}")
    if under:
        _check_cleaner(c, found, under)
    named = [name for name in (a, b) if name]
    kinds = {_kind(c, found, name) for name in named}
    if len(kinds) > 1:
        raise BadInput(f"{a} {b}: give two snapshots, or two cleaners, not one of each")
    if kinds == {"cleaner"}:
        if under:
            raise BadInput("--cleaner is for two snapshots; name them, or leave it out")
        return _two_cleaners(found, named, snapshot)
    if snapshot is not None:
        raise BadInput("--snapshot is for two cleaners; name one or both, or leave it out")
    if named or under:
        return _two_snapshots(found, [int(name) for name in named], under)
    return _newest(found)


def _ids(found: history.History) -> list[int]:
    return [row.id for row in found.snapshots]


def _unknown(found: history.History) -> str:
    return f"no snapshot or cleaner of {found.page.url}; `archiver history` lists them"


def _check_cleaner(c: Connection, found: history.History, name: str) -> None:
    if name != TODAY and queries.recipe(c, name) is None:
        raise BadInput(f"{name}: {_unknown(found)}, and {TODAY!r} is the one in force")


def _kind(c: Connection, found: history.History, name: str) -> str:
    if name in map(str, _ids(found)):
        return "snapshot"
    _check_cleaner(c, found, name)
    return "cleaner"


def _newest(found: history.History) -> tuple[Names, Names] | None:
    """The current document and the newest that differs from it, of its snapshot or its cleaner."""
    new = next((row for row in found.documents if row.current), None)
    if new is None:
        return _two_snapshots(found, [], "")
    others = [
        row
        for row in reversed(found.documents)
        if not row.current and (row.snapshot == new.snapshot or row.cleaner == new.cleaner)
    ]
    differing = [row for row in others if row.text != new.text]
    for old in (*differing, *others):
        return (old.snapshot, old.cleaner), (new.snapshot, new.cleaner)
    return _two_snapshots(found, [], "")


def _two_snapshots(
    found: history.History, named: Sequence[int], under: str
) -> tuple[Names, Names] | None:
    """Two snapshots under a cleaner that has cleaned both, or else under today's.

    One that is not named is the current one, or else the newest; the older comes first then.
    """
    shown = [found.page.snapshot] if found.page.snapshot else []
    rest = [one for one in (*shown, *reversed(_ids(found))) if one not in named]
    pair = list(dict.fromkeys((*named, *rest)))[:2]
    if len(pair) < 2:  # noqa: PLR2004 - two sides
        return None
    old, new = named if len(named) > 1 else sorted(pair)
    made = {(row.snapshot, row.cleaner) for row in found.documents}
    current = [row.cleaner for row in found.documents if row.current]
    newest = [row.cleaner for row in reversed(found.documents)]
    both = [name for name in (*current, *newest) if (old, name) in made and (new, name) in made]
    name = under or next(iter(both), TODAY)
    return (old, name), (new, name)


def _two_cleaners(
    found: history.History, named: Sequence[str], snapshot: int | None
) -> tuple[Names, Names]:
    """Two cleaners on the newest snapshot that both have cleaned, or else on the current one.

    The second, where it is not named, is the one in force for the page, or else today's.
    """
    shown = snapshot or found.page.snapshot or found.snapshots[-1].id
    current = [row.cleaner for row in found.documents if row.current]
    old, new = (*named, *(one for one in (*current, TODAY) if one not in named))[:2]
    if snapshot is None:
        by = {
            name: {row.snapshot for row in found.documents if row.cleaner == name}
            for name in (old, new)
        }
        shown = max(by[old] & by[new], default=shown)
    return (shown, old), (shown, new)


# What each of them is


def _version(c: Connection, cleaner: Cleaner, found: history.History, names: Names) -> Version:
    snapshot, name = names
    row = next(one for one in found.snapshots if one.id == snapshot)
    kept = None if name == TODAY else queries.document_of(c, snapshot=snapshot, cleaner=name)
    if kept is None:
        return _made(c, cleaner, found.page, row, name)
    page = _layout(c, cleaner, snapshot, queries.recipe(c, name)["extractor"])
    return _laid(row, kept.document, page, stored=True)


def _made(
    c: Connection,
    cleaner: Cleaner,
    target: versions.PageRow,
    row: versions.SnapshotRow,
    name: str,
) -> Version:
    """What today's rules make of a snapshot. Raises BadInput where they are not that cleaner."""
    page = _layout(c, cleaner, row.id, cleaner.extractor_of(target.site))
    if page is None:  # never: that extractor is at hand
        raise BadInput(f"snapshot {row.id}: cannot be laid out")
    today = cleaner.name(target.site, page.language, page.systems)
    if name not in (TODAY, today):
        when = versions.pruned_at(c, name)
        pruned = f"; documents of it were pruned, {history.moment(when)}" if when else ""
        raise BadInput(
            f"snapshot {row.id} has no document of cleaner {name}{pruned}. It cannot be made "
            f"again, for today's rules are cleaner {today}; `archiver history` lists what is kept"
        )
    kept = queries.document_of(c, snapshot=row.id, cleaner=today)
    document = kept.document if kept else cleaner.document(page, target.site)
    return _laid(row, document, page, stored=kept is not None)


def _layout(c: Connection, cleaner: Cleaner, snapshot: int, extractor: str) -> Page | None:
    """The cached layout, or one made again; None where only another version could make it."""
    try:
        page = queries.load_page(c, snapshot, extractor)
    except Damaged:  # a cache: it can be made again
        page = None
    if page is None and (site := cleaner.site_of(extractor)) is not None:
        page = cleaner.page(queries.load_snapshot(c, snapshot)[1], site)
    return page


def _laid(
    row: versions.SnapshotRow, document: Document, page: Page | None, *, stored: bool
) -> Version:
    kept = cut.kept(page.blocks, document.marks) if page else []
    paragraphs = tuple(document.text.split("\n\n")) if document.text else ()
    if tuple(text for _, text in kept) != paragraphs:
        page, kept = None, []  # another layout than the one that was cut
    return Version(
        snapshot=row,
        document=document,
        stored=stored,
        page=page,
        blocks=tuple(number for number, _ in kept),
        paragraphs=paragraphs,
    )


# What differs


def compared(url: str, old: Version, new: Version) -> Comparison:
    """Compare two versions at every level."""
    before, after = (
        {**asdict(one.document.metadata), "language": one.document.language} for one in (old, new)
    )
    return Comparison(
        url=url,
        old=old,
        new=new,
        blocks=_blocks(old, new),
        text=_text(old, new),
        chrome=_chrome(old, new),
        metadata={
            name: (value, after[name]) for name, value in before.items() if value != after[name]
        },
    )


def _same_layout(old: Version, new: Version) -> bool:
    return old.page is not None and new.page is not None and old.page.blocks == new.page.blocks


def _blocks(old: Version, new: Version) -> Level:
    if old.page is None or new.page is None:
        return Level(known=False)
    before, after = old.page.blocks, new.page.blocks
    if before == after:
        return Level(same=len(before))
    found = diff.lines([block.text for block in before], [block.text for block in after])
    changes = tuple(
        Change(
            op=line.op,
            old=None if line.old is None else before[line.old].text,
            new=None if line.new is None else after[line.new].text,
            old_path=None if line.old is None else before[line.old].path,
            new_path=None if line.new is None else after[line.new].path,
        )
        for line in found.lines
        if line.op != "same"
    )
    same = sum(line.op == "same" for line in found.lines)
    return Level(changes=changes, same=same, coarse=found.coarse)


def _text(old: Version, new: Version) -> Level:
    found = _by_block(old, new) if _same_layout(old, new) else None
    if found is None:
        found = diff.lines(old.paragraphs, new.paragraphs)
    took, had_taken = _Rules(new, old), _Rules(old, new)
    changes = []
    for line in found.lines:
        if line.op == "same":
            continue
        changes.append(
            Change(
                op=line.op,
                old=None if line.old is None else old.paragraphs[line.old],
                new=None if line.new is None else new.paragraphs[line.new],
                took=took.of(line.old, line.new),
                had_taken=had_taken.of(line.new, line.old),
            )
        )
    return Level(
        changes=tuple(changes),
        same=len(found.lines) - len(changes),
        coarse=found.coarse,
    )


def _by_block(old: Version, new: Version) -> diff.Lines:
    """Paragraphs of one layout under two cleaners: each stands for its block."""
    before = {number: place for place, number in enumerate(old.blocks)}
    after = {number: place for place, number in enumerate(new.blocks)}
    found = []
    for number in sorted(before.keys() | after.keys()):
        here, there = before.get(number), after.get(number)
        op: diff.Op = "gone" if there is None else "added"
        if here is not None and there is not None:
            op = "same" if old.paragraphs[here] == new.paragraphs[there] else "changed"
        found.append(diff.Line(op, here, there))
    return diff.Lines(tuple(found))


class _Rules:
    """Why one side has not what the other one has: its marks, found by block or by their text."""

    def __init__(self, side: Version, other: Version) -> None:
        self.side = side
        self.other = other
        self.same_layout = _same_layout(side, other)
        self.laid = side.page.blocks if side.page else ()
        self.marks = _by_number(side) if side.page else {}
        self.theirs = _by_number(other) if self.same_layout else {}
        self.by_text: dict[str, Reason] = {}
        for of_block in self.marks.values():
            for mark in of_block:
                reason = self._reason(mark)
                self.by_text.setdefault(normal.skeleton(reason.text), reason)

    def _reason(self, mark: Mark) -> Reason:
        text = self.laid[mark.block].text[mark.start : mark.end]
        return Reason(mark.rule, mark.kind, text)

    def of(self, theirs: int | None, ours: int | None) -> tuple[Reason, ...]:
        """What took a paragraph of the other side, or the part of it that ours has not."""
        if theirs is None or not self.laid:
            return ()
        line = self.other.paragraphs[theirs]
        if self.same_layout:
            number = self.other.blocks[theirs]
            taken = [mark for mark in self.marks.get(number, ()) if self._alone(mark)]
            return tuple(dict.fromkeys(map(self._reason, taken)))
        if ours is not None:
            reasons = map(self._reason, self.marks.get(self.side.blocks[ours], ()))
            return tuple(one for one in dict.fromkeys(reasons) if normal.trim(one.text) in line)
        known = self.by_text.get(normal.skeleton(line))
        return (known,) if known else ()

    def _alone(self, mark: Mark) -> bool:
        """Whether the other side, in the same block, kept something of what this mark took."""
        both = sum(
            max(0, min(mark.end, other.end) - max(mark.start, other.start))
            for other in self.theirs.get(mark.block, ())
        )
        return both < mark.end - mark.start


def _by_number(version: Version) -> dict[int, list[Mark]]:
    found: dict[int, list[Mark]] = {}
    for mark in version.document.marks:
        found.setdefault(mark.block, []).append(mark)
    return found


def _chrome(old: Version, new: Version) -> Level:
    """What a reader sees of the page and the text has not."""
    if old.page is None or new.page is None:
        return Level(known=False)
    before, after = list(_removed(old.page, old.document)), list(_removed(new.page, new.document))
    found = diff.lines([one.text for one, _ in before], [one.text for one, _ in after])
    changes = []
    for line in found.lines:
        here = None if line.old is None else before[line.old]
        there = None if line.new is None else after[line.new]
        op: Op = line.op
        if op == "same":
            if here is None or there is None or here[0] == there[0]:
                continue
            op = "rule"
        changes.append(
            Change(
                op=op,
                old=here[0].text if here else None,
                new=there[0].text if there else None,
                old_path=here[1] if here else None,
                new_path=there[1] if there else None,
                had_taken=(here[0],) if here else (),
                took=(there[0],) if there else (),
            )
        )
    return Level(changes=tuple(changes), same=len(found.lines) - len(changes), coarse=found.coarse)


def _removed(page: Page, document: Document) -> Iterator[tuple[Reason, str]]:
    for mark in document.marks:
        block = page.blocks[mark.block]
        if not block.hidden:
            yield Reason(mark.rule, mark.kind, block.text[mark.start : mark.end]), block.path
