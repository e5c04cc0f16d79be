"""Planted near-duplicates: how many are found, how many are wrong, what a document costs.

    python -m benchmarks.duplicates [--documents 100000] [--templates 10000]

Ten languages in equal parts. Bases are real texts (pages with gold, joined sentences) as far as
`../shared` has them, and texts made of a language's words as often as it uses them; each has four
copies, with 5, 10, 20 and 30 % of the words exchanged for others of the language, another headline,
another agency line, and in every second one a paragraph dropped. All else are made texts, unrelated
ones. They come in an order by chance, copies in the same tenth of all as their base. A copy is
found if it is in one cluster with its base; a pair within a cluster is right if both are of one
base. Times are of the processor, of the update alone.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate, combinations
from pathlib import Path

import click
from sqlalchemy import Engine, insert, select, update

from archiver.archive import engine as archive
from archiver.archive import tables as t
from archiver.archive.packing import digest
from archiver.text import minhash, search
from archiver.text.words import words_and_gaps
from archiver.work import duplicates

SHARED = Path("../shared")
LANGUAGES = "en hi bn ta te mr gu pa ur fa".split()
LEVELS = (0.05, 0.10, 0.20, 0.30)
BASES = 200  # of a language
_TENTHS = 10
STARTS = ("(Reuters) - ", "(AP) - ", "ANI: ", "PTI, ", "IANS. ")
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Made:
    """A text, the base that it is of, and how much of it is exchanged; no base: it is alone."""

    text: str
    language: str
    base: int | None
    level: float = 0.0
    real: bool = False


def real_texts() -> dict[str, list[str]]:
    """Texts by language, none of them like another."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(SHARED.glob("bench/extraction/dev/*/gold.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            found[row["lang"]].append(row.get("text") or "")
    for path in sorted(SHARED.glob("pages/dev/*.gold.json")):
        row = json.loads(path.read_text(encoding="utf-8"))
        found[row["language"]].append(row["text"])
    for line in (SHARED / "language/dev.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["length"] == "long":
            found[row["language"]].append(row["text"])
    kept: dict[str, list[str]] = {}
    for language in LANGUAGES:
        own: list[tuple[str, list[str]]] = []
        for text in found[language][: 2 * BASES]:
            words = search.forms(text)
            if len(words) >= 60 and all(minhash.likeness(words, one[1]) < 0.3 for one in own):  # noqa: PLR2004
                own.append((text, words))
        kept[language] = [text for text, _ in own[: BASES // 2]]
    return kept


def vocabularies() -> dict[str, tuple[list[str], list[int]]]:
    """The words of each language and how often they are used."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for line in (SHARED / "language/dev.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        counts[row["language"]].update(word for word, is_ in words_and_gaps(row["text"]) if is_)
    return {name: (list(count), list(count.values())) for name, count in counts.items()}


class Maker:
    """Makes texts of one language."""

    def __init__(
        self, language: str, words: Sequence[str], counts: Sequence[int], seed: int
    ) -> None:
        """Take its words and how often each is used."""
        self.language = language
        self._words, self._counts = words, list(accumulate(counts))
        self.random = random.Random(f"{language} {seed}")  # noqa: S311

    def some(self, count: int) -> list[str]:
        """So many words, each as often as the language uses it."""
        return self.random.choices(self._words, cum_weights=self._counts, k=count)

    def text(self) -> str:
        """Five to eight paragraphs of three sentences."""
        sentences = [" ".join(self.some(self.random.randint(7, 16))) + "." for _ in range(24)]
        count = self.random.randint(5, 8)
        return "\n\n".join(" ".join(sentences[3 * at : 3 * at + 3]) for at in range(count))

    def copy(self, text: str, level: float) -> str:
        """The text under another agency's line, with a part of its words exchanged."""
        paragraphs = [one for one in text.split("\n\n") if one.strip()]
        if len(paragraphs) >= 5 and self.random.random() < 0.5:  # noqa: PLR2004
            del paragraphs[self.random.randrange(1, len(paragraphs))]
        changed = "".join(
            self.some(1)[0] if is_word and self.random.random() < level else piece
            for piece, is_word in words_and_gaps("\n\n".join(paragraphs))
        )
        return f"{self.some(1)[0]}, {self.random.choice(STARTS)}{changed}"


def made(documents: int, seed: int) -> Iterator[Made]:
    """So many texts in an order by chance, but copies in the same tenth as their base.

    So a tenth brings as many copies as any other, and costs more only if the archive's size does.
    """
    real, vocabulary = real_texts(), vocabularies()
    each = documents // len(LANGUAGES)
    families: list[list[Made]] = []
    alone: list[Made] = []
    for number, language in enumerate(LANGUAGES):
        maker = Maker(language, *vocabulary[language], seed)
        bases = real[language]
        count = min(BASES, each // 10)
        for at in range(count):
            base = bases[at] if at < len(bases) else maker.text()
            name, is_real = number * BASES + at, at < len(bases)
            family = [Made(maker.copy(base, one), language, name, one, is_real) for one in LEVELS]
            families.append([Made(base, language, name, real=is_real), *family])
        alone += [Made(maker.text(), language, None) for _ in range(each - 5 * count)]
    yield from in_order(families, alone, random.Random(seed))  # noqa: S311


def in_order(
    families: list[list[Made]], alone: list[Made], chance: random.Random
) -> Iterator[Made]:
    """Tenths of as many families each, all that a tenth has in an order by chance."""
    chance.shuffle(families)
    chance.shuffle(alone)
    for at in range(_TENTHS):
        texts = [one for family in families[at::_TENTHS] for one in family] + alone[at::_TENTHS]
        chance.shuffle(texts)
        yield from texts


def templates(documents: int, seed: int) -> Iterator[Made]:
    """Weather reports of one form: a tenth of the words differ."""
    maker = Maker("en", *vocabularies()["en"], seed)
    form = maker.text()
    for _ in range(documents):
        yield Made(maker.copy(form, 0.1), "en", 0)


def store(engine: Engine, texts: Sequence[Made], start: int) -> None:  # long: a row a table
    """Put the texts in as current documents of pages of their own; ids count from `start`."""
    numbers = range(start + 1, start + 1 + len(texts))
    at = [NOW + timedelta(seconds=number) for number in numbers]
    rows = list(zip(numbers, at, texts, strict=True))
    with archive.write(engine) as c:
        if not start:
            c.execute(insert(t.site_config).values(site="s", digest="d", at=NOW, config={}))
            c.execute(insert(t.site).values(host="s", config="d", added_at=NOW))
            c.execute(insert(t.cleaner).values(id="c", at=NOW, recipe={}))
            c.execute(insert(t.body).values(digest="b", length=0))
        c.execute(
            insert(t.target),
            [
                {
                    "id": n,
                    "url": f"http://s/{n}",
                    "site": "s",
                    "kind": "page",
                    "found_at": when,
                    "stated_date": "",
                    "stated_title": "",
                    "failures": 0,
                    "state": "active",
                    "fetches": 1,
                }
                for n, when, _ in rows
            ],
        )
        c.execute(
            insert(t.snapshot),
            [
                {
                    "id": n,
                    "target": n,
                    "body": "b",
                    "url": f"http://s/{n}",
                    "fetched_at": when,
                    "content_type": "text/html",
                }
                for n, when, _ in rows
            ],
        )
        there = {digest(one.text.encode()): one.text for one in texts}
        known = set(
            c.execute(
                select(t.text.c.digest).where(t.text.c.digest.in_(list(there)[:30000]))
            ).scalars()
        )
        c.execute(
            insert(t.text),
            [{"digest": name, "text": one} for name, one in there.items() if name not in known],
        )
        c.execute(
            insert(t.document),
            [
                {
                    "id": n,
                    "snapshot": n,
                    "cleaner": "c",
                    "language": one.language,
                    "script": "",
                    "authors": [],
                    "published_source": "",
                    "captions": [],
                    "text": digest(one.text.encode()),
                    "marks": b"",
                    "flags": [],
                    "kept_chars": len(one.text),
                    "removed_chars": 0,
                    "at": when,
                }
                for n, when, one in rows
            ],
        )
        c.execute(update(t.target).where(t.target.c.id > start).values(document=t.target.c.id))


def timed(engine: Engine) -> tuple[float, int]:
    """Bring the index in step; processor seconds and documents."""
    began = time.process_time()
    count = duplicates.update(engine, lambda *_, **__: None)
    return time.process_time() - began, count


def size(engine: Engine) -> int:
    """The bytes of the archive's pages."""
    with archive.read(engine) as c:
        count, each = (
            c.exec_driver_sql(f"PRAGMA page_{what}").scalar() for what in ("count", "size")
        )
    return int(count or 0) * int(each or 0)


def clusters(engine: Engine) -> dict[int, int]:
    """The cluster of each document."""
    own, wording = t.duplicate_document, t.wording
    query = select(own.c.document, wording.c.centre).join(wording, wording.c.id == own.c.wording)
    with archive.read(engine) as c:
        return dict(c.execute(query).all())


def scores(texts: Sequence[Made], cluster: dict[int, int]) -> None:
    """Print recall by language and level, and precision."""
    base_of = {
        one.base: at for at, one in enumerate(texts, 1) if one.base is not None and not one.level
    }
    found: dict[tuple[str, float], list[bool]] = defaultdict(list)
    by_kind: dict[tuple[bool, float], list[bool]] = defaultdict(list)
    for at, one in enumerate(texts, 1):
        if one.level and one.base is not None:
            hit = cluster[at] == cluster[base_of[one.base]]
            found[one.language, one.level].append(hit)
            by_kind[one.real, one.level].append(hit)
    members: dict[int, list[Made]] = defaultdict(list)
    for at, name in cluster.items():
        members[name].append(texts[at - 1])
    right: Counter[tuple[str, bool]] = Counter()
    for group in members.values():
        for mine, its in combinations(group, 2):
            right[mine.language, mine.base is not None and mine.base == its.base] += 1
    print("language  recall at 5 %, 10 %, 20 %, 30 % exchanged   precision of pairs (right, wrong)")
    for language in LANGUAGES:
        recall = "  ".join(f"{_mean(found[language, one]):.3f}" for one in LEVELS)
        good, bad = right[language, True], right[language, False]
        print(f"{language:8}  {recall}   {good / max(1, good + bad):.4f} ({good}, {bad})")
    for real, kind in ((True, "real"), (False, "made")):
        recall = "  ".join(f"{_mean(by_kind[real, one]):.3f}" for one in LEVELS)
        print(f"{kind:8}  {recall}   ({len(by_kind[real, LEVELS[0]])} bases)")


def _mean(hits: Sequence[bool]) -> float:
    return sum(hits) / max(1, len(hits))


@click.command()
@click.option("--documents", default=100_000)
@click.option("--templates", "of_a_form", default=10_000)
@click.option("--seed", default=1)
def main(documents: int, of_a_form: int, seed: int) -> None:
    """Fill archives, bring their indexes in step, print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/archive.db"
        archive.upgrade(url)
        engine = archive.connect(url)
        texts = list(made(documents, seed))
        start = kept = 0
        for share in (0.1, 0.5, 1.0):
            end = int(documents * share)
            for at in range(start, end, 5000):
                store(engine, texts[at : min(at + 5000, end)], at)
            before = size(engine)
            seconds, count = timed(engine)
            kept += size(engine) - before
            print(
                f"{start} to {end} documents: {1000 * seconds / count:.2f} ms a document",
                flush=True,
            )
            start = end
        print(f"{kept / documents / 1000:.2f} kB of index a document")
        scores(texts, clusters(engine))
        engine.dispose()
        url = f"sqlite:///{folder}/templates.db"
        archive.upgrade(url)
        engine = archive.connect(url)
        alike = list(templates(of_a_form, seed))
        for start in range(0, of_a_form, max(1, of_a_form // 4)):
            store(engine, alike[start : start + of_a_form // 4], start)
            seconds, count = timed(engine)
            print(f"of one form, from {start}: {1000 * seconds / count:.2f} ms a document")
        print(
            f"{len(set(clusters(engine).values()))} clusters of {of_a_form} documents of one form"
        )
        engine.dispose()


if __name__ == "__main__":
    sys.exit(main())
