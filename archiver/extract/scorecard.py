"""What the evidence about a block is worth, in points for and against: a page in, scores out.

An additive scorecard: every number about a block falls into a bin, every bin has its points, and
their sum is the logarithm of the odds that the block is the article. So each decision can be told
by its largest terms. The points were learned from pages with gold by `benchmarks/scorecard.py`
and lie in `scorecard.json` beside this file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from archiver.extract.blocks import Elements
from archiver.extract.evidence import Column, Evidence
from archiver.extract.markers.placing import Vote
from archiver.extract.naming import tokens
from archiver.model import Page

# Above this doubt, after a marker has spoken, the next one is asked: resiliparse on a sixth of 808
# pages, trafilatura on a twentieth. On sites that the scorecard had not seen that gives the
# figures (within .004, .012 on one set) of asking both about every page.
DOUBT = {"json-ld": 0.2, "resiliparse": 0.35, "trafilatura": 1.0}
# Pages of more blocks, a twelfth of those 808, are decided by what they show of themselves: there
# the others take more than half of the time that they take in all, and on sites that the scorecard
# had not seen their votes gained nothing in the mean of the sets that decide, and as little with
# a bound of 300 or 500.
MOST_BLOCKS = 400

FILE = Path(__file__).with_name("scorecard.json")


class Card:
    """Points of each bin of each number; a bin ends below the next edge."""

    def __init__(self, base: float, numbers: Mapping[str, Mapping[str, list[float]]]) -> None:
        """Take the edges and the points of each number, one point more than edges."""
        self.base = base
        self.numbers = numbers
        # A row a number, those of many edges first: so all are held against the first edge at
        # once, and the few that have them against the further ones.
        ranked = sorted(numbers, key=lambda name: -len(numbers[name]["edges"]))
        most = max((len(one["edges"]) for one in numbers.values()), default=0)
        self._ranked = ranked
        self._places = np.array([ranked.index(name) for name in numbers], dtype=np.intp)
        with_more = [sum(len(numbers[name]["edges"]) > at for name in ranked) for at in range(most)]
        self._edges = [
            np.array([[numbers[name]["edges"][at]] for name in ranked[:count]])
            for at, count in enumerate(with_more)
        ]
        self._points = np.zeros((len(numbers), most + 1))
        self._starts = np.arange(len(numbers))[:, None] * (most + 1)
        for at, name in enumerate(ranked):
            points = numbers[name]["points"]
            self._points[at, : len(points)] = points

    def _rows(self, numbers: Mapping[str, Column]) -> Column:
        """The points of all blocks, a row a number."""
        told = np.stack([numbers[name] for name in self._ranked])
        bins = np.zeros(told.shape, dtype=np.uint8)
        for edges in self._edges:
            bins[: len(edges)] += told[: len(edges)] >= edges
        return self._points.take(bins + self._starts).take(self._places, axis=0)

    def terms(self, numbers: Mapping[str, Column]) -> dict[str, Column]:
        """The points of each block by the name of the number that they are for."""
        return dict(zip(self.numbers, self._rows(numbers), strict=True)) if self.numbers else {}

    def total(self, numbers: Mapping[str, Column], count: int) -> Column:
        """Base and points of each of `count` blocks, added up in their order."""
        if not self.numbers:
            return np.full(count, self.base)
        total: Column = np.add.reduce(self._rows(numbers), axis=0, initial=self.base)
        return total


@dataclass(frozen=True, slots=True)
class Weighed:
    """The score of each block, rounded, and the vote of each marker that was asked."""

    scores: list[float]
    votes: dict[str, Vote]


class Scorecard:
    """What names of elements are worth, and a card for each stage of the cascade of markers."""

    def __init__(self, table: dict[str, Any]) -> None:
        """Read the table that `scorecard.json` has."""
        self.words: dict[str, float] = table["words"]
        self.cards = {
            name: Card(card["base"], card["numbers"]) for name, card in table["cards"].items()
        }
        self._worths: dict[str, float] = {}

    def worth(self, step: str) -> float:
        """What the words of one step of a path are worth together."""
        found = self._worths.get(step)
        if found is None:
            known = tokens(step) & self.words.keys()
            found = sum([self.words[word] for word in sorted(known)], start=0.0) if known else 0.0
            if len(self._worths) < 1 << 16:
                self._worths[step] = found
        return found

    def scores(self, evidence: Evidence, stage: str) -> Column:
        """The score of each block: above 0 it is more likely the article than not.

        `stage` is the last marker that was asked.
        """
        return self.cards[stage].total(evidence.numbers, len(evidence.lengths))

    def weigh(
        self,
        page: Page,
        ask: Mapping[str, Callable[[], Vote]],
        elements: Elements | None = None,
    ) -> Weighed:
        """Ask one marker after the other, in their order, until little is in doubt.

        Of a page of more than `MOST_BLOCKS` only the first is asked.

        `elements` are those of the page's blocks, where they are known besides their paths.
        """
        evidence = Evidence(page, self.worth, elements)
        votes: dict[str, Vote] = {}
        for marker, vote in ask.items():
            votes[marker] = vote()
            evidence.vote(marker, votes[marker].chosen)
            scores = self.scores(evidence, marker)
            if len(page.blocks) > MOST_BLOCKS or doubt(page, scores) <= DOUBT[marker]:
                break
        return Weighed(scores.round(2).tolist(), votes)

    def terms(self, page: Page) -> dict[str, Column]:
        """The points of each block of a page that was weighed, by the number that they are for."""
        evidence = Evidence(page, self.worth)
        for marker in page.asked:
            chosen = {at for at, block in enumerate(page.blocks) if marker in block.votes}
            evidence.vote(marker, chosen)
        card = self.cards[page.asked[-1]]
        base = np.full(len(page.blocks), card.base)
        return {"base": base, **card.terms(evidence.numbers)}


def doubt(page: Page, scores: Column) -> float:
    """The letters that are expected to be chosen wrongly, as a share of those of the article."""
    letters = np.array([0 if block.hidden else len(block.text) for block in page.blocks])
    chance = 1 / (1 + np.exp(-scores))
    wrong = float((letters * np.minimum(chance, 1 - chance)).sum())
    return min(wrong / max(float((letters * chance).sum()), 1.0), 1.0)


@cache
def shipped() -> Scorecard:
    """The scorecard of this version."""
    return Scorecard(json.loads(FILE.read_text("utf-8")))


@cache
def digest() -> str:
    """The name of the shipped scorecard in a cleaner's recipe."""
    return sha256(FILE.read_bytes()).hexdigest()[:16]
