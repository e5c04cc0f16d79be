"""What learned rules remove: made-up sites whose every line is known, before learning and after.

    python -m benchmarks.learning
    python -m benchmarks.learning --family development --stories 60

Each site has one change of layout in its history. Its pages go into an archive in a temporary
folder and are cleaned, learned from and cleaned again by the functions that the commands call.
Printed, by family: of the lines that go, how many are chrome (precision), and of the chrome, how
much goes (recall); for the cleaner alone and with the learned rules, and what these added; for
pages of the old layout and of the new. `--lines` shows what of the story went, and what of the
chrome is left.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, select

from archiver.archive import engine as archive
from archiver.archive import queries, store
from archiver.archive import tables as t
from archiver.model import Fetched, Found
from archiver.text import normal
from archiver.work.cleaning import Cleaner
from archiver.work.learning import Learned, accept, learn
from archiver.work.reclean import reclean
from benchmarks.learning_sites import FAMILIES, LANGUAGES, Made, Site

LAYOUTS = ("old layout", "new layout")
NOW = datetime(2026, 6, 1, tzinfo=UTC)


@dataclass(slots=True)
class Score:
    """Lines of pages, by what they are and what became of them."""

    chrome: int = 0
    story: int = 0
    chrome_gone: int = 0
    story_gone: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)

    def add(self, made: Made, text: str) -> None:
        """Add a page and the text that was kept of it."""
        paragraphs = Counter(text.split("\n\n"))
        for line in made.story:
            self.story += 1
            if not paragraphs[normal.collapse(line)]:
                self.story_gone += 1
                self.lost[line] += 1
        for line in made.chrome:
            self.chrome += 1
            if paragraphs[normal.collapse(line)]:
                self.left[line] += 1
            else:
                self.chrome_gone += 1

    def told(self) -> str:
        """The figures."""
        gone = self.chrome_gone + self.story_gone
        precision = self.chrome_gone / gone if gone else 1.0
        recall = self.chrome_gone / self.chrome if self.chrome else 1.0
        return (
            f"precision {precision:.4f}  recall {recall:.4f}  "
            f"({self.chrome - self.chrome_gone} of {self.chrome} lines of chrome left, "
            f"{self.story_gone} of {self.story} of stories gone)"
        )


def store_pages(engine: Engine, host: str, pages: Sequence[Made]) -> None:
    """Put pages into an archive as fetches, in the order that they come in."""
    with archive.write(engine) as c:
        run = store.start_run(c, "import", {}, NOW)
        store.put_site(c, host, {}, NOW)
        for made in pages:
            store.add_targets(c, host, [Found(url=made.url)], None, NOW)
            target = queries.find_target(c, made.url)
            fetched = Fetched(
                requested_url=made.url,
                final_url=made.url,
                outcome="ok",
                reason="",
                started_at=made.at,
                headers=(("content-type", "text/html; charset=utf-8"),),
                body=made.body,
            )
            store.store_fetch(c, run, target, fetched, made.at)


def texts(engine: Engine, cleaner: Cleaner) -> Iterator[tuple[str, datetime, str]]:
    """URL, time and text of every snapshot, as this cleaner has cleaned it."""
    with archive.read(engine) as c:
        rows = c.execute(select(t.snapshot.c.id, t.snapshot.c.url, t.snapshot.c.fetched_at)).all()
        for snapshot, url, at in rows:
            page = queries.load_page(c, snapshot, cleaner.extractor)
            assert page is not None
            name = cleaner.name(_host(url), page.language, page.systems)
            document = queries.document_of(c, snapshot=snapshot, cleaner=name)
            assert document is not None
            yield url, at, document.document.text


def _host(url: str) -> str:
    return url.split("/")[2]


@dataclass(slots=True)
class Result:
    """The scores of a site: of the cleaner alone and with what was learned, by layout."""

    alone: tuple[Score, Score] = field(default_factory=lambda: (Score(), Score()))
    learned: tuple[Score, Score] = field(default_factory=lambda: (Score(), Score()))


def score(engine: Engine, cleaner: Cleaner, pages: Sequence[Made], into: Sequence[Score]) -> None:
    """Hold what the cleaner keeps against what is known of the lines."""
    known = {(made.url, made.at): made for made in pages}
    for url, at, text in texts(engine, cleaner):
        made = known[url, at]
        into[made.layout].add(made, text)


def run(site: Site, folder: Path, result: Result) -> Learned:
    """Store, clean, learn, accept, clean again."""
    database = f"sqlite:///{folder / 'archive.db'}"
    archive.upgrade(database)
    engine = archive.connect(database)
    pages = site.pages()
    store_pages(engine, site.host, pages)
    rules = folder / "rules"
    cleaner = Cleaner(rules)
    reclean(engine, cleaner, clock=lambda: NOW)
    score(engine, cleaner, pages, result.alone)
    (learned,) = learn(engine, cleaner, [site.host])
    accept(learned, rules)
    again = Cleaner(rules)
    reclean(engine, again, clock=lambda: NOW)
    score(engine, again, pages, result.learned)
    engine.dispose()
    return learned


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--family", action="append", choices=FAMILIES)
    parser.add_argument("--stories", type=int, default=60, help="of each site")
    parser.add_argument("--seeds", type=int, default=1, help="sites of each family and language")
    parser.add_argument("--lines", action="store_true", help="show lines lost and left")
    parser.add_argument("--rules", action="store_true", help="show the rule files")
    asked = parser.parse_args()
    for family in asked.family or FAMILIES:
        total = Result()
        for language in LANGUAGES:
            for seed in range(asked.seeds):
                site = Site(family, language, seed, asked.stories)
                with tempfile.TemporaryDirectory() as place:
                    learned = run(site, Path(place), total)
                print(learned.told)
                if asked.rules:
                    print(learned.text)
        for when, before, after in zip(LAYOUTS, total.alone, total.learned, strict=True):
            chrome = after.chrome_gone - before.chrome_gone
            story = sum((after.lost - before.lost).values())
            print(f"{family:12} added    {when}  {chrome} lines of chrome, {story} of stories")
        for which, scores in (("alone", total.alone), ("learned", total.learned)):
            for when, one in zip(LAYOUTS, scores, strict=True):
                print(f"{family:12} {which:8} {when}  {one.told()}")
                if asked.lines:
                    print("   lost:", one.lost.most_common(12))
                    print("   left:", one.left.most_common(25))


if __name__ == "__main__":
    main()
