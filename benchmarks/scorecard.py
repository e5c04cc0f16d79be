"""Learn the points of `archiver/extract/scorecard.json` from the pages with gold.

Run by hand: ``python -m benchmarks.scorecard --write`` learns from all pages and writes the file;
without ``--write`` it learns four times without a quarter of the sites, cleans the pages of those
with what it learned, rules included, and prints the figures: what to expect of unseen sites.
``--partition WORD`` parts the sites otherwise: what is tried holds for both, or was luck.

The method is boosting with stumps (Friedman 2001, "Greedy function approximation"): a stump asks
one number about one threshold, so their sum is a table of points for each number. A word of a
class name is worth the logarithm of how much more of the articles' than of the other text stands
in elements with that name; words of fewer than `_MIN_SITES` sites say nothing, so that no site is
learned by heart.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from archiver.errors import Uncleanable
from archiver.extract import evidence, naming, scorecard
from archiver.extract.markers.placing import Vote
from archiver.extract.scorecard import FILE, Scorecard
from archiver.model import Block, Page, Snapshot
from archiver.text import normal
from archiver.work.cleaning import Cleaner
from benchmarks import gold

_FOLDS = 4
_MIN_SITES = 6
_MAX_WORTH = 3.0
_DOUBT = 2.0  # pages for and against that every word begins with
_BINS = 48
_CARDS = 4  # drawn apart; one alone varies by .003 in F1 from draw to draw
_ROUNDS = 400
_RATE = 0.2
_SHARE = 0.3  # of the numbers, drawn anew for each stump
_SEEN = 0.5  # of the pages, drawn anew as well
_L2 = 5.0
_SURE = 0.7  # quantile of the weights from which on every block is learned from
_LEAST = 30.0  # weight, in average blocks, that both sides of a threshold have

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A page with what is known of its blocks: 1 article, 0 not, nan unknown."""

    id: str
    set: str
    site: str
    page: Page
    truth: Floats
    weight: Floats


class _Best:
    """The best chain that ends before a place: a Fenwick tree of maxima."""

    def __init__(self, size: int) -> None:
        self.best = [(0.0, -1)] * (size + 2)

    def put(self, place: int, chain: tuple[float, int]) -> None:
        place += 1
        while place < len(self.best):
            self.best[place] = max(self.best[place], chain)
            place += place & -place

    def before(self, place: int) -> tuple[float, int]:
        found = (0.0, -1)
        while place > 0:
            found = max(found, self.best[place])
            place -= place & -place
        return found


_MAX_PLACES = 20
_LONG = 25  # letters; a longer line does not stand in the gold by chance


def in_gold(blocks: Sequence[Block], gold: str) -> Floats:
    """Which blocks are the gold's text: the heaviest chain of blocks that stand in it in order.

    A long block that no chain has counts too where half of its 4-word shingles are the gold's.
    """
    text = normal.skeleton(gold)
    keys = [normal.skeleton(block.text) for block in blocks]
    truth = np.zeros(len(blocks))
    chains: list[tuple[int, int]] = []  # (block, the chain before)
    best = _Best(len(text))
    for at, key in enumerate(keys):
        ends: list[tuple[float, int, int]] = []
        place = text.find(key) if key else -1
        while place >= 0 and len(ends) < _MAX_PLACES:
            weight, before = best.before(place + 1)
            worth = len(key) * (0.6 if blocks[at].hidden else 1.0) + 0.01
            ends.append((weight + worth, before, place + len(key)))
            place = text.find(key, place + 1)
        for weight, before, end in ends:
            chains.append((at, before))
            best.put(end, (weight, len(chains) - 1))
    chain = best.before(len(text) + 1)[1]
    while chain >= 0:
        at, chain = chains[chain]
        truth[at] = 1
    left = Counter(_shingles(gold))
    for at in np.flatnonzero(truth).tolist():
        left.subtract(_shingles(blocks[at].text))
    for at in np.flatnonzero(truth == 0).tolist():
        said = _shingles(blocks[at].text) if len(keys[at]) >= _LONG else []
        if said and 2 * sum(left[one] > 0 for one in said) >= len(said):
            truth[at] = 1
            left.subtract(said)
    return truth


def _shingles(text: str) -> list[tuple[str, ...]]:
    found = text.split()
    return list(zip(*(found[at:] for at in range(4)), strict=False))


def by_segments(blocks: Sequence[Block], wanted: Sequence[str], others: Sequence[str]) -> Floats:
    """What segments that must and must not be in the text say of the blocks; nan for most."""
    truth = np.full(len(blocks), np.nan)
    inside = [key for key in map(normal.skeleton, wanted) if key]
    outside = [key for key in map(normal.skeleton, others) if key]
    for at, block in enumerate(blocks):
        key = normal.skeleton(block.text)
        if any(one in key or (len(key) > _LONG and key in one) for one in inside):
            truth[at] = 1
        elif any(one in key for one in outside):
            truth[at] = 0
    return truth


# The gold of these is another extractor's output, or knows a few segments of a page only.
_HALF = ("mozilla", "newspaper4k", "trafilatura")


def weights(page: Page, truth: Floats, name: str) -> Floats:
    """What each block counts: by its length, every article the same, headlines and captions not.

    Sets differ in whether headlines and captions belong to a text; rules decide about them.
    """
    weight = np.array([len(block.text) for block in page.blocks]) ** 0.7
    weight[np.isnan(truth)] = 0
    weight = np.minimum(weight / (float(weight[truth == 1].sum()) or 1.0), 1.0)
    title = normal.key(page.metadata.title or "")
    for at, block in enumerate(page.blocks):
        caption = truth[at] == 1 and "figcaption" in block.path
        if caption or (title and normal.key(block.text) == title):
            weight[at] = 0
    total = float(weight.sum())
    weight *= min(1.0, 4 / total) if total else 0.0
    return weight * (0.5 if name in _HALF else 1.0)


def words(examples: Sequence[Example]) -> dict[str, float]:
    """What each word of an id or class is worth."""
    inside: dict[str, float] = defaultdict(float)
    outside: dict[str, float] = defaultdict(float)
    sites: dict[str, set[str]] = defaultdict(set)
    for example in examples:
        lengths = np.array([len(block.text) for block in example.page.blocks], dtype=float)
        article = float(lengths[example.truth == 1].sum()) or 1.0
        rest = float(lengths[example.truth == 0].sum()) or 1.0
        for at, block in enumerate(example.page.blocks):
            if math.isnan(example.truth[at]):
                continue
            for step in block.path.split("/")[3:]:
                for word in naming.tokens(step):
                    sites[word].add(example.site)
                    if example.truth[at]:
                        inside[word] += lengths[at] / article
                    else:
                        outside[word] += lengths[at] / rest
    found = {}
    for word in sorted(sites):
        if len(sites[word]) >= _MIN_SITES:
            worth = math.log((inside[word] + _DOUBT) / (outside[word] + _DOUBT))
            worth = round(max(-_MAX_WORTH, min(_MAX_WORTH, worth)), 2)
            if worth:
                found[word] = worth
    return found


def _edges(column: Floats) -> Floats:
    """At most `_BINS` bins of about the same number of blocks, narrower ones at the ends."""
    values = np.unique(column)
    if len(values) > _BINS:
        at = np.concatenate([[0.005, 0.01], np.linspace(0, 1, _BINS - 3)[1:-1], [0.99, 0.995]])
        values = np.unique(np.quantile(column, at))
    edges: Floats = np.round(values[values > column.min()], 5)
    return edges


def _thinned(weight: Floats) -> Floats:
    """The weights with most of the light blocks left out, the others of them the heavier.

    Blocks above a quantile of `_SURE` all stay; half as much to learn from learns as much.
    """
    sure = float(np.quantile(weight, _SURE))
    chance = np.minimum(weight / sure, 1)
    drawn = np.random.default_rng(0).random(len(weight)) < chance
    found: Floats = np.where(drawn, weight / np.maximum(chance, 1e-9), 0)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Blocks:
    """What a card is learned from: for each number the bin of every block, and what is known."""

    binned: Mapping[str, NDArray[np.uint8]]
    allowed: Mapping[str, NDArray[np.bool_]]  # thresholds with enough blocks on both sides
    truth: Floats
    weight: Floats
    pages: NDArray[np.int64]


def _boosted(known: _Blocks, base: float, seed: int) -> dict[str, Floats]:
    """The points of each bin of each number; `seed` draws what each stump sees."""
    draw = np.random.default_rng(seed)
    names = list(known.binned)
    points: dict[str, Floats] = {name: np.zeros(len(known.allowed[name]) + 1) for name in names}
    total = np.full(len(known.truth), base)
    for _ in range(_ROUNDS):
        seen = np.flatnonzero((draw.random(known.pages[-1] + 1) < _SEEN)[known.pages])
        chance = 1 / (1 + np.exp(-total[seen]))
        slope = known.weight[seen] * (chance - known.truth[seen])
        curve = known.weight[seen] * chance * (1 - chance)
        best: tuple[float, str, int, float, float] | None = None
        for name in draw.choice(names, max(1, int(len(names) * _SHARE)), replace=False):
            size = len(points[name])
            bins = known.binned[name][seen]
            slopes = np.cumsum(np.bincount(bins, slope, size))
            curves = np.cumsum(np.bincount(bins, curve, size))
            left, right = slopes[:-1], slopes[-1] - slopes[:-1]
            below, above = curves[:-1] + _L2, curves[-1] - curves[:-1] + _L2
            gain = (left**2 / below + right**2 / above) * known.allowed[name]
            at = int(gain.argmax())
            if best is None or gain[at] > best[0]:
                best = (gain[at], str(name), at, left[at] / below[at], right[at] / above[at])
        if best is None or not best[0]:
            break
        _, name, at, low, high = best
        points[name][: at + 1] -= _RATE * low
        points[name][at + 1 :] -= _RATE * high
        total -= _RATE * np.where(known.binned[name] <= at, low, high)
    return points


def boost(
    table: Mapping[str, Floats], truth: Floats, weight: Floats, pages: NDArray[np.int64]
) -> dict[str, Any]:
    """The card of points for these blocks; `pages` numbers the page of each.

    The mean of `_CARDS` cards that were drawn apart: one card again, and steadier than each.
    """
    heavy = _thinned(weight)
    shown = heavy > 0
    truth, weight = truth[shown], heavy[shown] / heavy[shown].mean()
    edges = {name: _edges(column[shown]) for name, column in table.items()}
    edges = {name: found for name, found in edges.items() if len(found)}
    binned = {
        name: np.searchsorted(found, table[name][shown], side="right").astype(np.uint8)
        for name, found in edges.items()
    }
    allowed = {}
    for name, bins in binned.items():
        held = np.cumsum(np.bincount(bins, weight, len(edges[name]) + 1))
        allowed[name] = (held[:-1] >= _LEAST) & (held[-1] - held[:-1] >= _LEAST)
    known = _Blocks(binned=binned, allowed=allowed, truth=truth, weight=weight, pages=pages[shown])
    share = float((weight * truth).sum() / weight.sum())
    base = math.log(share / (1 - share))
    drawn = [_boosted(known, base, seed) for seed in range(1, _CARDS + 1)]
    points = {name: np.mean([one[name] for one in drawn], axis=0) for name in edges}
    return {
        "base": round(base, 3),
        "numbers": {
            name: _merged(edges[name], points[name]) for name in edges if np.ptp(points[name])
        },
    }


def _merged(edges: Floats, points: Floats) -> dict[str, list[float]]:
    """The bins with neighbours of equal points made one."""
    rounded = np.round(points, 3)
    kept = [at for at in range(len(edges)) if rounded[at] != rounded[at + 1]]
    return {
        "edges": [float(edges[at]) for at in kept],
        "points": [float(rounded[at]) for at in kept] + [float(rounded[-1])],
    }


def _votes(page: Page) -> dict[str, frozenset[int]]:
    """The blocks that each marker chose."""
    return {
        name: frozenset(at for at, block in enumerate(page.blocks) if name in block.votes)
        for name in page.asked
    }


def learn(examples: Sequence[Example]) -> dict[str, Any]:
    """The whole table: what words are worth, and a card for each marker that may be the last."""
    known = words(examples)
    worth = Scorecard({"words": known, "cards": {}}).worth
    counted = [evidence.Evidence(one.page, worth) for one in examples]
    shown = [one.weight > 0 for one in examples]
    truth = np.concatenate([one.truth[m] for one, m in zip(examples, shown, strict=True)])
    weight = np.concatenate([one.weight[m] for one, m in zip(examples, shown, strict=True)])
    pages = np.repeat(np.arange(len(shown)), [int(one.sum()) for one in shown])
    cards = {}
    for marker in scorecard.DOUBT:
        for one, numbers in zip(examples, counted, strict=True):
            numbers.vote(marker, _votes(one.page)[marker])
        table = {
            name: np.concatenate(
                [one.numbers[name][m] for one, m in zip(counted, shown, strict=True)]
            )
            for name in counted[0].numbers
        }
        cards[marker] = boost(table, truth, weight, pages)
    return {"words": known, "cards": cards}


def fold(site: str, partition: str = "") -> int:
    """Which part of the sites a site belongs to; another `partition` parts them otherwise."""
    return int(sha256((partition + site).encode()).hexdigest(), 16) % _FOLDS


def _site(page: gold.Page) -> str:
    """The publisher: a host's last labels. The rendered pages are all of one."""
    host = (urlsplit(page.url).hostname or page.id).split(".")
    short = len(host) >= len("a.co.in".split(".")) and host[-2] in {
        "co",
        "com",
        "org",
        "net",
        "gov",
        "ac",
        "edu",
    }
    site = ".".join(host[-3 if short else -2 :])
    return "bbc" if "bbc" in site or page.set == "southasia/render" else site


def examples(cleaner: Cleaner, pages: Sequence[gold.Page]) -> Iterator[tuple[gold.Page, Example]]:
    """Every page that can be cleaned, with all markers asked."""
    for number, page in enumerate(pages):
        if number % 100 == 0:
            print(f"{number} of {len(pages)} pages read", file=sys.stderr)
        at = datetime(2026, 1, 1, tzinfo=UTC)
        try:
            made = cleaner.page(Snapshot(url=page.url, fetched_at=at, body=page.body()))
        except Uncleanable:
            continue
        told = page.gold
        if told.get("text") is not None:
            truth = in_gold(made.blocks, told["text"])
        else:
            truth = by_segments(made.blocks, told.get("with") or [], told.get("without") or [])
        weight = weights(made, truth, page.set)
        yield (
            page,
            Example(
                id=page.id, set=page.set, site=_site(page), page=made, truth=truth, weight=weight
            ),
        )


def weighed(page: Page, card: Scorecard) -> Page:
    """The page as stage A would make it with this card."""
    votes = _votes(page)
    made = card.weigh(page, {name: partial(Vote, chosen) for name, chosen in votes.items()})
    blocks = tuple(
        block._replace(score=score) for block, score in zip(page.blocks, made.scores, strict=True)
    )
    return replace(page, blocks=blocks, asked=tuple(made.votes))


def check(
    cleaner: Cleaner,
    known: Sequence[tuple[gold.Page, Example]],
    score: gold.Scorer,
    partition: str,
) -> None:
    """Print the figures of each set, every page cleaned by a card that has not seen its site."""
    rows: dict[str, list[gold.Row]] = defaultdict(list)
    for part in range(_FOLDS):
        card = Scorecard(learn([one for _, one in known if fold(one.site, partition) != part]))
        for page, example in known:
            if fold(example.site, partition) == part:
                made = weighed(example.page, card)
                text = cleaner.document(made, urlsplit(page.url).hostname or "").text
                rows[page.set].append(score.row(page, {"text": text}))
        print(f"{part + 1} of {_FOLDS} parts", file=sys.stderr)
    for name in sorted(rows):
        f1, segments = gold.shingle_f1(rows[name]), gold.segment_f1(rows[name])
        told = [f"{one:.3f}" for one in (f1, segments) if one is not None]
        print(name, len(rows[name]), *told)


def main() -> None:
    """Learn, and check or write."""
    pages = [page for page in gold.load(gold.SHARED) if not page.is_plain]
    cleaner = Cleaner(None)
    doubts, most_blocks = dict(scorecard.DOUBT), scorecard.MOST_BLOCKS
    cards = scorecard.shipped().cards
    scorecard.DOUBT.update(dict.fromkeys(doubts, -1.0))  # every marker speaks about every page
    scorecard.MOST_BLOCKS = sys.maxsize
    for marker in doubts:  # a new one has no card yet
        cards.setdefault(marker, scorecard.Card(0.0, {}))
    known = list(examples(cleaner, pages))
    scorecard.DOUBT.update(doubts)
    scorecard.MOST_BLOCKS = most_blocks
    if "--write" not in sys.argv[1:]:
        named = "--partition" in sys.argv[1:-1]
        partition = sys.argv[sys.argv.index("--partition") + 1] if named else ""
        check(cleaner, known, gold.Scorer(gold.SHARED), partition)
        return
    table = learn([example for _, example in known])
    lines = json.dumps(table, ensure_ascii=False, indent=1)
    FILE.write_text(re.sub(r"\[\s+([^\[\]{}]*?)\s+\]", _on_one_line, lines) + "\n", "utf-8")
    print(f"{FILE}: {len(table['words'])} words", file=sys.stderr)


def _on_one_line(found: re.Match[str]) -> str:
    return "[" + re.sub(r"\s+", " ", found[1]) + "]"


if __name__ == "__main__":
    main()
