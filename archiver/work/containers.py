"""What `archiver rules containers` does: a site's pages in, a rule file with its containers out.

Each page is cleaned the long way, without any container; that is the teacher. A container is
learned from half of a layout's pages and tried on the other half, and the other way round; only
one that reproduces the cleaner there is proposed, learned from all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy import Engine

from archiver.archive import engine as archive
from archiver.archive import queries, sampling
from archiver.archive.packing import digest
from archiver.clean import cut, decide
from archiver.errors import Damaged, Uncleanable
from archiver.extract.page import extract
from archiver.extract.template import MARKER
from archiver.learn import containers
from archiver.learn.container_file import container_file
from archiver.learn.containers import MIN_PAGES, Proposed, Taught
from archiver.model import Container, Document, Page, Snapshot
from archiver.work.adding import named_sites
from archiver.work.cleaning import Cleaner, laid_out
from archiver.work.learning import install
from archiver.work.telling import Tell, silent

# Pages of a site that teach and are tried: the places of an article and what pages have beside it
# are met in some dozens, and each page is laid out three times.
MOST = 200
_AT_ONCE = 50  # in one transaction

# What a container must show on pages that taught it nothing. The cleaner's own errors are several
# times as many, so it may add that much to them.
MIN_F1 = 0.99  # of the letters of its text against the cleaner's, over all pages
MAX_LOST = 0.003  # share of the cleaner's letters
MIN_FITTING = 0.5  # share of the pages; fewer, and it is of little use
MIN_ALIKE = 0.95  # share of the pages whose title, dates, names are the cleaner's
# Of the kinds of marks, those whose words go somewhere else than into nothing.
_TELLING = frozenset(
    "title kicker dateline category_label published_label updated_label description source_label "
    "caption photo_credit byline".split()
)
# Pages whose layout was no layout, or whose letters are none.
_STRANGE = tuple("no-vote flattened legacy-font mojibake replaced unplaced undecodable".split())

Load = Callable[[Taught], Snapshot]


@dataclass(slots=True)
class Trial:
    """How a container did on pages that taught it nothing. Letters are of lines of the text."""

    pages: int = 0
    fitting: int = 0
    both: int = 0
    teacher: int = 0
    own: int = 0
    alike: int = 0  # pages whose metadata are the teacher's

    @property
    def f1(self) -> float:
        """Of letters, over all pages that fit."""
        return 2 * self.both / max(self.teacher + self.own, 1)

    @property
    def lost(self) -> float:
        """The share of the teacher's letters that it has not."""
        return 1 - self.both / max(self.teacher, 1)

    def fault(self) -> str:
        """Why the container is not proposed; empty where it is."""
        if self.fitting < MIN_FITTING * self.pages or not self.fitting:
            return f"only {self.fitting} of {self.pages} pages fit it"
        if self.f1 < MIN_F1:
            return f"its text is not the cleaner's: F1 {self.f1:.4f}"
        if self.lost > MAX_LOST:
            return f"it loses {self.lost:.2%} of the cleaner's text"
        if self.alike < MIN_ALIKE * self.fitting:
            return (
                f"on {self.fitting - self.alike} of {self.fitting} pages it misses a date or name"
            )
        return ""

    def __str__(self) -> str:
        """One line for people."""
        return (
            f"{self.fitting} of {self.pages} pages fit, F1 {self.f1:.4f} to the cleaner, "
            f"{self.lost:.2%} of its text lost"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What was learned of one site. `text` is its rule file, empty where nothing is proposed."""

    site: str
    pages: int  # that could teach, of `of` that there are
    of: int
    containers: tuple[Container, ...]
    told: tuple[str, ...] = field(default=())  # a line a layout: how it did, or why there is none

    @property
    def text(self) -> str:
        """The rule file; empty where nothing is proposed."""
        return container_file(self.site, self.containers) if self.containers else ""


def taught(cleaner: Cleaner, site: str, name: str, source: int, page: Page) -> Taught | None:
    """What a page laid out the long way teaches; nothing where it is a strange one."""
    strange = any(flag.startswith(_STRANGE) for flag in page.flags)
    if strange or page.media_type != "text/html" or page.fetched_at is None or not page.asked:
        return None
    document = cleaner.document(page, site)
    return Taught(
        name=name,
        source=source,
        fetched_at=page.fetched_at,
        blocks=page.blocks,
        main=decide.main_blocks(page),
        kept=frozenset(at for at, _ in cut.kept(page.blocks, document.marks)),
        telling=frozenset(mark.block for mark in document.marks if mark.kind in _TELLING),
    )


def _compare(trial: Trial, teacher: Document, own: Document) -> None:
    before = Counter(teacher.text.split("\n\n"))
    after = Counter(own.text.split("\n\n"))
    trial.both += sum(len(line) * times for line, times in (before & after).items())
    trial.teacher += sum(len(line) * times for line, times in before.items())
    trial.own += sum(len(line) * times for line, times in after.items())
    trial.alike += teacher.metadata == own.metadata and teacher.language == own.language


def _try(
    cleaner: Cleaner,
    site: str,
    container: Container,
    pages: Sequence[Taught],
    load: Load,
    trial: Trial,
) -> None:
    """Hold a container against the cleaner on pages that did not teach it."""
    for page in pages:
        snapshot = load(page)
        own = laid_out(snapshot, cleaner.recognisers, (container,))
        trial.pages += 1
        if MARKER in own.asked:
            trial.fitting += 1
            teacher = extract(snapshot, cleaner.recognisers)
            _compare(trial, cleaner.document(teacher, site), cleaner.document(own, site))


def _halves(pages: Sequence[Taught]) -> tuple[list[Taught], list[Taught]]:
    """The pages parted by their names alone, the same way in any order."""
    order = sorted(pages, key=lambda page: digest(page.name.encode()))
    return order[::2], order[1::2]


def _of_layout(
    cleaner: Cleaner,
    site: str,
    name: str,
    chain: tuple[containers.Step, ...],
    pages: Sequence[Taught],
    load: Load,
) -> tuple[Proposed | None, str]:
    """The container of one layout, if it passes; and how it did."""
    one, other = _halves(pages)
    trials = []
    for quiet in (True, False):
        trial = Trial()
        for teaching, trying in ((one, other), (other, one)):
            proposed = containers.learn(name, chain, teaching)
            if isinstance(proposed, str):
                return None, proposed
            container = proposed.container
            tried = container if quiet else replace(container, quiet=())
            _try(cleaner, site, tried, trying, load, trial)
        trials.append(trial)
        if not trial.fault():
            break
        # Elements that told nothing on one half told something on the other: walk them all.
    trial = trials[-1]
    if fault := trial.fault():
        return None, fault
    final = containers.learn(name, chain, pages)
    if isinstance(final, str):
        return None, final
    container = final.container if quiet else replace(final.container, quiet=())
    why = f"{container.why}; on those that taught it nothing {trial}"
    return replace(final, container=replace(container, why=why)), str(trial)


def containers_of(
    cleaner: Cleaner, site: str, pages: Sequence[Taught], load: Load, fewest: int = MIN_PAGES
) -> tuple[list[Container], list[str]]:
    """The containers of a site's layouts, and a line on each layout that has enough pages."""
    found: list[Container] = []
    told = []
    for number, (chain, mine) in enumerate(containers.layouts(pages, fewest), start=1):
        name = f"container.{site}.{digest(containers.selector(chain).encode())[:8]}"
        proposed, said = _of_layout(cleaner, site, name, chain, mine, load)
        verdict = "proposed" if proposed else "none"
        told.append(f"layout {number}, {len(mine)} pages: {verdict}: {said}")
        if proposed:
            since, until = containers.bounds(proposed.pages, pages)
            found.append(replace(proposed.container, since=since, until=until))
    return found, told


def learn(
    engine: Engine,
    cleaner: Cleaner,
    hosts: Sequence[str] = (),
    *,
    most: int = MOST,
    tell: Tell = silent,
) -> Iterator[Learned]:
    """Learn the containers of each site, of all where none is named. Never writes.

    Containers that are in force change nothing. Raises BadInput for a site that is not in the
    archive. A page that does not read, or cannot be laid out, is left out and told.
    """
    for host in named_sites(engine, hosts):
        yield _site(engine, cleaner, host, most, tell)


def _site(engine: Engine, cleaner: Cleaner, host: str, most: int, tell: Tell) -> Learned:
    with archive.read(engine) as c:
        count, chosen = sampling.pages(c, host, most)
    pages: list[Taught] = []
    for start in range(0, len(chosen), _AT_ONCE):
        some = chosen[start : start + _AT_ONCE]
        with archive.read(engine) as c:
            versions = sampling.versions(c, [target for target, _ in some])
            for target, url in some:
                for version in versions.get(target, ()):
                    try:
                        _, snapshot = queries.load_snapshot(c, version.snapshot)
                        laid_out = cleaner.page(snapshot)
                    except (Damaged, Uncleanable) as fault:
                        tell(f"snapshot {version.snapshot} is left out: {fault}")
                        continue
                    page = taught(cleaner, host, url, version.snapshot, laid_out)
                    if page is not None:
                        pages.append(page)
        tell(f"{host}: page {start + len(some)} of {len(chosen)} read", passing=True)

    def load(page: Taught) -> Snapshot:
        with archive.read(engine) as c:
            return queries.load_snapshot(c, page.source)[1]

    found, told = containers_of(cleaner, host, pages, load)
    return Learned(site=host, pages=len(pages), of=count, containers=tuple(found), told=tuple(told))


def accept(learned: Learned, folder: Path) -> Path | None:
    """Put a site's containers in force: write its file, whole or not at all. None: nothing to do.

    Raises BadInput where there is a file that this did not write, or that was changed since.
    """
    text = learned.text or container_file(learned.site, ())
    name = f"{learned.site}+containers.toml"  # no host has a plus
    return install(folder, name, text, empty=not learned.text)
