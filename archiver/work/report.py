"""What a re-clean did, or would do, counted by site and by rule; effects in, sums out.

Sums do not depend on the order of documents. What is kept of single lines and pages is bounded.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter
from dataclasses import dataclass, field

from archiver.archive.packing import digest
from archiver.work.effect import Effect, Piece, of_rules

# Different lines of a site that are counted one by one; past them the rarest of each are given up.
LINES = 20_000
EXAMPLES = 5  # pages of a site that are shown
_Z = 1.96  # of a 95 % interval


@dataclass(slots=True)
class RuleChange:
    """What one rule takes that it did not take, and gives back; documents in which it does."""

    documents: int = 0
    removed_lines: int = 0
    removed_chars: int = 0
    restored_lines: int = 0
    restored_chars: int = 0

    def add(self, other: RuleChange) -> None:
        """Add what it does elsewhere."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(frozen=True, slots=True, order=True)
class Example:
    """A page that is shown; in the order of `place`, a digest of its snapshot's id."""

    place: str
    url: str
    before: int
    after: int
    sample: tuple[Piece, ...] = field(compare=False)


@dataclass(slots=True)
class SiteChange:
    """What a re-clean does to the corpus of one site; characters and lines are of kept text.

    Only documents that become their page's current one count. Earlier versions of a page are
    cleaned as well and change nothing that `corpus` shows.
    """

    documents: int = 0
    changed: int = 0
    new: int = 0  # documents of pages that had none
    emptied: int = 0
    shrunk: int = 0  # by more than `effect.SHRUNK`, the emptied ones among them
    before: int = 0  # characters of the documents that there were
    removed_chars: int = 0
    restored_chars: int = 0
    squares: int = 0  # of each document's removed characters, for the interval of their sum
    languages: Counter[tuple[str, str]] = field(default_factory=Counter)
    rules: dict[str, RuleChange] = field(default_factory=dict)
    removed: Counter[tuple[str, str]] = field(default_factory=Counter)  # (rule, line)
    restored: Counter[tuple[str, str]] = field(default_factory=Counter)
    given_up: int = 0  # lines that are in the sums, but not in the two above
    examples: list[Example] = field(default_factory=list)
    worst: list[Example] = field(default_factory=list)  # of the emptied and the shrunk

    @property
    def compared(self) -> int:
        """Documents of pages that had one."""
        return self.documents - self.new

    @property
    def lost(self) -> int:
        """Characters that go and do not come back."""
        return max(0, self.removed_chars - self.restored_chars)

    def take(self, snapshot: int, url: str, change: Effect) -> None:
        """Add a document that changes."""
        self.changed += 1
        self.emptied += change.emptied
        self.shrunk += change.shrunk
        chars = sum(length for _, _, length in change.removed)
        self.removed_chars += chars
        self.squares += chars * chars
        self.restored_chars += sum(length for _, _, length in change.restored)
        if change.languages:
            self.languages[change.languages] += 1
        removed, restored = of_rules(change.removed), of_rules(change.restored)
        for rule in removed.keys() | restored.keys():
            mine, other = removed.get(rule, (0, 0)), restored.get(rule, (0, 0))
            self.rules.setdefault(rule, RuleChange()).add(RuleChange(1, *mine, *other))
        for counted, pieces in ((self.removed, change.removed), (self.restored, change.restored)):
            for rule, line, _ in pieces:
                counted[rule, line] += 1
            if len(counted) > LINES:
                self.given_up += _bound(counted)
        example = Example(
            digest(str(snapshot).encode()), url, change.before, change.after, change.sample
        )
        _keep(self.examples, example)
        if change.shrunk:
            _keep(self.worst, example)

    def add(self, other: SiteChange) -> None:
        """Add the sums of another site, without its lines and pages."""
        for name in (
            *("documents", "changed", "new", "emptied", "shrunk", "before", "removed_chars"),
            *("restored_chars", "squares", "given_up"),
        ):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.languages.update(other.languages)
        for rule, change in other.rules.items():
            self.rules.setdefault(rule, RuleChange()).add(change)


def _bound(counted: Counter[tuple[str, str]]) -> int:
    """Give up the rarer half of the lines; how many that were."""
    kept = heapq.nsmallest(LINES // 2, counted.items(), key=lambda one: (-one[1], one[0]))
    total = counted.total()
    counted.clear()
    counted.update(dict(kept))
    return total - counted.total()


def _keep(kept: list[Example], one: Example) -> None:
    """Keep the first ones by digest, whatever order they come in."""
    kept.append(one)
    kept.sort()
    del kept[EXAMPLES:]


@dataclass(slots=True)
class Report:
    """What a re-clean did, or would do, by site; `failed` pages have a row that says why.

    `totals` are the pages that were to be cleaned, by site. Of a sample the sums are of the
    `sampled` ones. `seconds` is how long it took.
    """

    sites: dict[str, SiteChange] = field(default_factory=dict)
    failed: int = 0
    totals: Counter[str] = field(default_factory=Counter)
    sampled: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    dry: bool = False
    is_sample: bool = False
    tripped: str = ""  # what a guard says of it

    def counts(self) -> dict[str, int]:
        """The totals, as the run's end keeps them."""
        changes = self.sites.values()
        return {
            "documents": sum(change.documents for change in changes),
            "changed": sum(change.changed for change in changes),
            "new": sum(change.new for change in changes),
            "emptied": sum(change.emptied for change in changes),
            "removed_chars": sum(change.removed_chars for change in changes),
            "restored_chars": sum(change.restored_chars for change in changes),
            "failed": self.failed,
        }


def total(summed: int, squares: int, of: int, all_: int) -> tuple[float, float, float]:
    """Estimate a sum over `all_` pages from a random sample of `of`: the sum, 95 % from, to.

    The normal interval of the expansion estimator, with the correction for a finite population
    (Cochran, Sampling Techniques, 1977, 2.5). It is too narrow where few pages make up the sum.

    >>> total(10, 10, 100, 1000)
    (100.0, 43.93..., 156.06...)
    """
    if not of:
        return 0.0, 0.0, 0.0
    mean = summed / of
    variance = max(0.0, squares - of * mean * mean) / (of - 1) if of > 1 else 0.0
    half = _Z * all_ * math.sqrt(variance / of * (1 - of / all_)) if all_ else 0.0
    return mean * all_, max(0.0, mean * all_ - half), mean * all_ + half
