"""What `archiver rules learn` does: a site's history in, a rule file for it out.

Counts are over the layouts, and what the cleaner keeps is asked of the cleaner without the site's
learned rules: so learned rules that are in force change nothing, and a second run over the same
archive proposes the very same file. A rule of the user's own that takes a line is the cleaner's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Connection, Engine

from archiver import rules
from archiver.archive import engine as archive
from archiver.archive import queries, sampling
from archiver.clean import kinds, selectors
from archiver.clean.cut import kept
from archiver.errors import BadInput, Damaged, Uncleanable
from archiver.export.whole import whole
from archiver.learn import toml
from archiver.learn.counts import Counts
from archiver.learn.lines import Seen
from archiver.learn.propose import MIN_LAYOUT, Finding, findings, name_of
from archiver.learn.survey import Layout, Survey
from archiver.model import Page
from archiver.work.adding import named_sites
from archiver.work.cleaning import Cleaner
from archiver.work.telling import Tell, silent

# Pages of a site that are looked at, each twice: some hundred tell what most pages have, and a
# layout of a hundredth of the pages still has thirty.
MOST = 3000
_AT_ONCE = 100  # in one transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What was learned of one site. `text` is its rule file, empty where there is nothing for it.

    `pages` are those that were looked at, of `of` that there are.
    """

    site: str
    pages: int
    of: int
    layouts: tuple[Layout, ...]
    findings: tuple[Finding, ...]
    text: str

    @property
    def rules(self) -> int:
        """How many rules are proposed."""
        return sum(one.verdict == "proposed" for one in self.findings)

    @property
    def told(self) -> str:
        """One line for people."""
        if not any(layout.pages >= MIN_LAYOUT for layout in self.layouts):
            return (
                f"{self.site}: too few pages to learn from: {self.of}; a layout needs {MIN_LAYOUT}"
            )
        seen = f"{self.pages} of {self.of} pages" if self.pages < self.of else f"{self.of} pages"
        return f"{self.site}: {self.rules} rules from {seen} in {len(self.layouts)} layouts"


def pack_name(site: str) -> str:
    """The name of the pack that a site's learned rules are."""
    return f"user/{rules.LEARNED}/{site}"


def without(cleaner: Cleaner, site: str) -> Cleaner:
    """The cleaner as it is but for what was learned of a site."""
    found = copy(cleaner)
    found.packs = tuple(pack for pack in cleaner.packs if pack.name != pack_name(site))
    return found


def learn(
    engine: Engine,
    cleaner: Cleaner,
    hosts: Sequence[str] = (),
    *,
    most: int = MOST,
    tell: Tell = silent,
) -> Iterator[Learned]:
    """Learn of each site, of all where none is named. Never writes.

    Raises BadInput for a site that is not in the archive. A page that does not read, or cannot be
    laid out, is left out and told.
    """
    for host in named_sites(engine, hosts):
        yield _site(engine, without(cleaner, host), host, most, tell)


def _site(engine: Engine, cleaner: Cleaner, host: str, most: int, tell: Tell) -> Learned:
    with archive.read(engine) as c:
        count, chosen = sampling.pages(c, host, most)
    survey = Survey()
    for number, history in enumerate(_histories(engine, cleaner, chosen, tell), start=1):
        survey.add(history)
        tell(f"{host}: page {number} of {len(chosen)} surveyed", passing=True)
    layouts = survey.layouts()
    counts = Counts(survey, layouts)
    if any(layout.pages >= MIN_LAYOUT for layout in layouts.found):
        again = _histories(engine, cleaner, chosen, silent)
        for number, history in enumerate(again, start=1):
            counts.add([_cleaned(cleaner, host, seen) for seen in history])
            tell(f"{host}: page {number} of {len(chosen)} counted", passing=True)
    found = findings(counts)
    proposed = any(one.verdict == "proposed" for one in found)
    return Learned(
        site=host,
        pages=survey.pages,
        of=count,
        layouts=layouts.found,
        findings=tuple(found),
        text=toml.rule_file(host, layouts.found, found) if proposed else "",
    )


def _histories(
    engine: Engine, cleaner: Cleaner, chosen: Sequence[tuple[int, str]], tell: Tell
) -> Iterator[list[Seen]]:
    """The first and the last layout of each page, of pages that have any."""
    for start in range(0, len(chosen), _AT_ONCE):
        some = chosen[start : start + _AT_ONCE]
        with archive.read(engine) as c:
            versions = sampling.versions(c, [target for target, _ in some])
            histories = [
                [
                    Seen(url=url, page=page)
                    for version in versions.get(target, ())
                    if (page := _page(c, cleaner, version.snapshot, tell)) is not None
                ]
                for target, url in some
            ]
        yield from filter(None, histories)


def _page(c: Connection, cleaner: Cleaner, snapshot: int, tell: Tell) -> Page | None:
    """A snapshot's layout, from the cache or made again; None where neither goes.

    That of the long way, whether the site has containers or not: they are learned apart.
    """
    try:
        cached = queries.load_page(c, snapshot, cleaner.extractor)
        if cached is None:
            cached = cleaner.page(queries.load_snapshot(c, snapshot)[1])
    except (Damaged, Uncleanable) as fault:
        tell(f"snapshot {snapshot} is left out: {fault}")
        return None
    return cached if cached.fetched_at is not None else None


def _cleaned(cleaner: Cleaner, host: str, seen: Seen) -> Seen:
    """With the blocks that the cleaner keeps something of."""
    try:
        document = cleaner.document(seen.page, host)
    except Exception:  # noqa: BLE001 - one page's, and on record since it was first cleaned
        return seen
    left = kept(seen.page.blocks, document.marks)
    return Seen(url=seen.url, page=seen.page, kept=frozenset(at for at, _ in left))


def as_record(learned: Learned) -> dict[str, Any]:
    """All that was learned of a site as one JSON object; times are ISO 8601."""
    return {
        "site": learned.site,
        "pages": learned.pages,
        "of": learned.of,
        "layouts": [
            {
                "pages": layout.pages,
                "first": layout.first.isoformat(),
                "last": layout.last.isoformat(),
                "since": layout.since.isoformat() if layout.since else None,
                "until": layout.until.isoformat() if layout.until else None,
            }
            for layout in learned.layouts
        ],
        "findings": [
            {
                **asdict(one),
                "id": name_of(learned.site, one) if one.verdict == "proposed" else None,
                "first": one.first.isoformat(),
                "last": one.last.isoformat(),
            }
            for one in learned.findings
        ],
    }


def table(learned: Learned) -> Iterator[str]:
    """The evidence as lines for people: layouts, then everything that was found, tabs between."""
    for number, layout in enumerate(learned.layouts):
        ends = f"since {layout.since or 'ever'} until {layout.until or 'now'}"
        yield (
            f"layout {number}\t{layout.pages} pages\t"
            f"{layout.first:%Y-%m-%d} to {layout.last:%Y-%m-%d}\t{ends}"
        )
    for one in learned.findings:
        yield "\t".join(
            (
                f"layout {one.layout}",
                one.verdict,
                one.kind,
                one.what,
                f"{one.pages} of {one.of} pages, kept on {one.kept}",
                f"{one.first:%Y-%m-%d} to {one.last:%Y-%m-%d}",
                one.where,
                one.why,
            )
        )


def accept(learned: Learned, folder: Path) -> Path | None:
    """Put a site's rules in force: write its file, whole or not at all. None: nothing to do.

    Raises BadInput where there is a file that this did not write, or that was changed since, and
    BadRules where the text is no rule file.
    """
    text = learned.text or toml.rule_file(learned.site, (), ())
    check(learned.site, text)
    return install(folder, f"{learned.site}.toml", text, empty=not learned.text)


def install(folder: Path, name: str, text: str, *, empty: bool) -> Path | None:
    """Write a learned rule file, whole or not at all. None where it is there, or none is needed.

    An `empty` one only takes the place of another. Raises BadInput as `accept` does.
    """
    file = folder / rules.LEARNED / name
    if file.parent != folder / rules.LEARNED:
        raise BadInput(f"{name!r} names no file; write the site's rules yourself")
    if empty and not file.exists():
        return None
    if file.exists():
        there = _read(file)
        if there == text:
            return None
        if not toml.is_ours(there):
            raise BadInput(
                f"{file}: was edited, or written by another hand, and is left as it is; move it "
                "out of this folder, or delete it, and accept again"
            )
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise BadInput(f"{file.parent}: cannot be made: {fault.strerror}") from fault
    with whole(file) as part:
        part.write_bytes(text.encode())
    return file


def _read(file: Path) -> str:
    try:
        return file.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as fault:
        raise BadInput(f"{file}: cannot be read: {fault}") from fault


def check(site: str, text: str) -> rules.Pack:
    """The pack that a rule file's text is. Raises BadRules where it is none."""
    with TemporaryDirectory() as place:
        trial = Path(place) / "learned.toml"
        trial.write_bytes(text.encode())
        return rules.read_pack(trial, pack_name(site), kinds.NEEDS_WORDS, selectors.parse)
