"""What is unusual about a site's day: its daily counts in, symptoms out. Pure.

A site is compared with itself: with the `WINDOW` days before, less those of earlier alarms of the
same cause, and only with days on which it was asked. No site is judged before it has `LEAST_DAYS`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date
from functools import partial

from archiver.archive.watching import FAULTS
from archiver.work.unusual import ALPHA, Rhythm, Usual, at_least, at_most, rhythm, usual

WINDOW = 56  # days that the usual is learned from: eight of each weekday
LEAST_DAYS = 21  # three of each weekday
GAP = 7  # days before the judged one that are not learned from: what creeps in is not usual yet
SPANS = (1, 2, 4, 7, 14, 28)  # days that a count is summed over; small sites need the long ones
DECAY = 14  # days that are held against those of four weeks before, for what wanes slowly
LOADED = WINDOW + SPANS[-1] + GAP  # days that a judgement looks at

_FEW = 0.25  # of the expected: more is no silence, however significant (holidays bring 0.3 to 0.6)
_WANED = 0.55
_BACK = 0.5  # of the expected: the figure has returned
_EXPECTED = 5.0  # documents before a return is believed
_MORE = 0.25  # of share that must be added to the usual one
_FAULTS_MORE = 0.4  # the same of faults: on some days a third of all requests fails, and no more
_RULES_MORE = 0.4  # the same of a rule: there are a hundred of them
_GONE_MORE = 0.15  # less than so much added: the figure has returned
LONGEST = 14  # days that a share is taken of, at a small site
_TRIALS = 10  # documents or requests of which a share is taken
_ENOUGH = (_TRIALS, 2 * _TRIALS)  # the second for what half of a small site's pages have
_LEARNED = 50  # of them in the days before
_LANGUAGE, _SOURCE = 0.1, 0.2  # shares of a site's documents that make one judged alone
_NEW_LAYOUT = 3  # days in which a layout is new
_NO_LAYOUT = 14  # days at the beginning, in which nearly all are
_LATER = 1.15  # how much less a sum's days are independent, each

FETCHING, SILENCE, CONTENT = "fetching", "silence", "content"
ROBOTS = "robots"  # the figure of an alarm that `forbidden` opens and closes


@dataclass(slots=True)
class Day:
    """A day of a site: its counts by name, and its new documents by language."""

    counts: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)

    def requests(self, what: str) -> int:
        """How many requests of pages or sources it had."""
        return sum(self.counts[f"{what}:{fault}"] for fault in ("ok", *FAULTS))

    def cleaner(self) -> str:
        """The cleaner of most of its documents."""
        found = {name: n for name, n in self.counts.items() if name.startswith("cleaner:")}
        return min(found, key=lambda name: (-found[name], name), default="")


Days = Mapping[int, Day]  # by ordinal


@dataclass(frozen=True, slots=True, kw_only=True)
class Symptom:
    """A figure that is not as usual. `value` and `usual` are counts, or shares of `of`."""

    cause: str
    figure: str
    value: float
    usual: float
    of: int = 0
    days: int = 1
    chance: float = 0.0


def asked(day: Day) -> bool:
    """Whether a site was asked for anything that day."""
    return bool(day.requests("page") + day.requests("source"))


def merged(rows: Iterable[tuple[str, str, str, str, int]]) -> dict[str, dict[int, Day]]:
    """Days by site and ordinal, of rows of `daily` that are sorted by site and day."""
    found: dict[str, dict[int, Day]] = {}
    last, one = ("", ""), Day()
    for site, day, language, name, value in rows:
        if (site, day) != last:
            last = site, day
            one = found.setdefault(site, {})[date.fromisoformat(day).toordinal()] = Day()
        one.counts[name] += value
        if name == "new":
            one.languages[language] += value
    return found


# Counts


def _new(day: Day) -> int:
    return day.counts["new"]


def _counted(name: str, day: Day) -> int:
    return day.counts[name]


def _in_language(language: str, day: Day) -> int:
    return day.languages[language]


def _series(learned: Sequence[Day]) -> Iterator[tuple[str, Callable[[Day], int]]]:
    """The counts of a site that may fall silent: all documents, a language, a source."""
    yield "new", _new
    languages: Counter[str] = Counter()
    sources: Counter[str] = Counter()
    for day in learned:
        languages.update(day.languages)
        sources.update({n: c for n, c in day.counts.items() if n.startswith("found:")})
    large = [one for one, n in languages.items() if n >= _LANGUAGE * languages.total()]
    if len(large) > 1:
        for language in sorted(large):
            yield f"language:{language}", partial(_in_language, language)
    several = [one for one, n in sources.items() if n >= _SOURCE * sources.total()]
    if len(several) > 1:
        for source in sorted(several):
            yield source, partial(_counted, source)


def _learn(days: Days, since: int, until: int) -> dict[int, Day]:
    """The days from one to before another on which the site was asked."""
    return {at: days[at] for at in range(since, until) if at in days and asked(days[at])}


def _rhythm(learned: Mapping[int, Day], count: Callable[[Day], int]) -> Rhythm:
    return rhythm([(date.fromordinal(at).weekday(), count(day)) for at, day in learned.items()])


def _sum(
    days: Days, day: int, span: int, known: Rhythm, count: Callable[[Day], int]
) -> tuple[int, float, float]:
    """What came in a span that ends with `day`, what was expected, and its dispersion."""
    there = [at for at in range(day - span + 1, day + 1) if at in days and asked(days[at])]
    expected = sum(known.means[date.fromordinal(at).weekday()] for at in there)
    scatter = 1 + (known.dispersion - 1) * _LATER ** min(span - 1, 6)
    return sum(count(days[at]) for at in there), expected, scatter


def _silent(days: Days, day: int, learned: Mapping[int, Day]) -> Iterator[Symptom]:
    for name, count in _series(list(learned.values())):
        known = _rhythm(learned, count)
        for span in SPANS:
            came, expected, scatter = _sum(days, day, span, known, count)
            if came > _FEW * expected:
                continue
            chance = at_most(came, expected, scatter)
            if chance < ALPHA / len(SPANS):
                yield Symptom(
                    cause=SILENCE, figure=name, value=came, usual=expected, days=span, chance=chance
                )
                break


def _waned(days: Days, day: int, learned: Mapping[int, Day]) -> Iterator[Symptom]:
    """Fewer than four weeks before, where no single day is too few."""
    known = _rhythm(learned, _new)
    came, expected, scatter = _sum(days, day, DECAY, known, _new)
    if came <= _WANED * expected:
        chance = at_most(came, expected, scatter)
        if chance < ALPHA:
            yield Symptom(
                cause=SILENCE, figure="new", value=came, usual=expected, days=DECAY, chance=chance
            )


# Shares

Share = Callable[[int], tuple[int, int]]  # of a day: how many, of how many


def _quantile(learned: Iterable[Day], name: str, part: float) -> int:
    """The bucket below which less than a part of the documents are."""
    total: Counter[int] = Counter()
    for day in learned:
        for key, n in day.counts.items():
            if key.startswith(name):
                total[int(key[len(name) :])] += n
    left = part * total.total()
    for number in sorted(total):
        left -= total[number]
        if left < 0:
            return number
    return 0


def _outside(days: Days, name: str, low: int | None, high: int | None) -> Share:
    def share(at: int) -> tuple[int, int]:
        some = of = 0
        for key, n in days[at].counts.items():
            if key.startswith(name):
                number = int(key[len(name) :])
                of += n
                below = low is not None and number < low
                some += n * (below or (high is not None and number > high))
        return some, of

    return share


def _of(days: Days, name: str, of: Callable[[Day], int]) -> Share:
    return lambda at: (days[at].counts[name], of(days[at]))


def _requests(what: str, day: Day) -> int:
    return day.requests(what)


def _without(days: Days, name: str, at: int) -> tuple[int, int]:
    return _new(days[at]) - days[at].counts[name], _new(days[at])


def _firsts(days: Days) -> dict[str, int]:
    """The first day of each layout."""
    firsts: dict[str, int] = {}
    for at in sorted(days):
        for name in days[at].counts:
            if name.startswith("layout:"):
                firsts.setdefault(name, at)
    return firsts


def _layouts(days: Days) -> Share:
    firsts = _firsts(days)

    def share(at: int) -> tuple[int, int]:
        found = {n: c for n, c in days[at].counts.items() if n.startswith("layout:")}
        new = sum(c for name, c in found.items() if firsts[name] > at - _NEW_LAYOUT)
        return new, sum(found.values())

    return share


def _shares(days: Days, learned: Mapping[int, Day]) -> Iterator[tuple[str, str, Share]]:
    """Each share that is judged: its cause, its name, and what it is on a day."""
    for what in ("page", "source"):
        for fault in FAULTS:
            name = f"{what}:{fault}"
            yield FETCHING, name, _of(days, name, partial(_requests, what))
    for name in ("empty", "repeated", "untitled", "undated"):
        yield CONTENT, name, _of(days, name, _new)
    total = sum((day.languages for day in learned.values()), Counter[str]())
    usual_ones = {one for one, n in total.items() if 2 * n >= _LANGUAGE * total.total()}
    yield (
        CONTENT,
        "language",
        lambda at: (
            sum(n for one, n in days[at].languages.items() if one not in usual_ones),
            _new(days[at]),
        ),
    )
    yield CONTENT, "layout", _layouts(days)


def _of_cleaner(days: Days, learned: Mapping[int, Day]) -> Iterator[tuple[str, str, Share]]:
    """The shares that another cleaner changes as well, and so are only held against its own."""
    values = list(learned.values())
    yield CONTENT, "short", _outside(days, "length:", _quantile(values, "length:", 0.1), None)
    yield CONTENT, "long", _outside(days, "length:", None, _quantile(values, "length:", 0.9))
    yield CONTENT, "cut", _outside(days, "share:", None, _quantile(values, "share:", 0.9))
    yield CONTENT, "uncut", _outside(days, "share:", _quantile(values, "share:", 0.1), None)


def _rules(days: Days, learned: Mapping[int, Day]) -> Iterator[tuple[str, Share]]:
    names = {name for day in learned.values() for name in day.counts if name.startswith("rule:")}
    for name in sorted(names):
        yield name, _of(days, name, _new)
        yield f"no {name}", partial(_without, days, name)


def _recent(days: Days, day: int, share: Share, enough: int = _TRIALS) -> tuple[int, int, int]:
    """How many of how many in the fewest days that have enough, and how many days; 0 of 0."""
    some = of = 0
    for span in range(1, LONGEST + 1):
        at = day - span + 1
        if at in days:
            more, among = share(at)
            some, of = some + more, of + among
        if of >= enough:
            return some, of, span
    return 0, 0, 0


def _known(learned: Iterable[int], share: Share) -> Usual | None:
    found = [share(at) for at in learned]
    return usual(found) if sum(of for _, of in found) >= _LEARNED else None


def _odd(
    cause: str,
    name: str,
    share: Share,
    days: Days,
    day: int,
    learned: Iterable[int],
    alpha: float = ALPHA,
    more: float = _MORE,
) -> Iterator[Symptom]:
    for enough in _ENOUGH:
        some, of, span = _recent(days, day, share, enough)
        known = _known(learned, share) if of and some >= more * of else None
        if known is None or some / of < known.share + more:
            continue
        chance = at_least(some, of, known.share, known.rho)
        if chance < alpha / len(_ENOUGH):
            yield Symptom(
                cause=cause,
                figure=name,
                value=some / of,
                usual=known.share,
                of=of,
                days=span,
                chance=chance,
            )
            return


def _judged(days: Days, learned: dict[int, Day], day: int) -> Iterator[Symptom]:
    laid = {at for at in learned if at >= min(days) + _NO_LAYOUT}
    for cause, name, share in _shares(days, learned):
        from_days = laid if name == "layout" else learned.keys()
        more = _FAULTS_MORE if cause == FETCHING else _MORE
        yield from _odd(cause, name, share, days, day, from_days, more=more)
    same = _same_cleaner(days, learned, day)
    for cause, name, share in _of_cleaner(days, same):
        yield from _odd(cause, name, share, days, day, same.keys())
    rules = list(_rules(days, same))
    for name, share in rules:
        alpha = ALPHA / len(rules)
        yield from _odd(CONTENT, name, share, days, day, same.keys(), alpha, _RULES_MORE)


def _same_cleaner(days: Days, learned: Mapping[int, Day], day: int) -> dict[int, Day]:
    """The days that were cleaned as the last one was: what another cleaner did is no news."""
    mine = next(
        (days[at].cleaner() for at in range(day, day - GAP, -1) if at in days and _new(days[at])),
        "",
    )
    return {at: one for at, one in learned.items() if one.cleaner() == mine}


# A site's day


def symptoms(days: Days, day: int, skip: AbstractSet[int] = frozenset()) -> list[Symptom]:
    """What is unusual about a site as of a day that is over; `skip` is not learned from.

    None where it is too young. A site that was not asked at all is `unasked`'s to tell.
    """
    if day not in days or not asked(days[day]):
        return []
    known = {at: one for at, one in days.items() if at not in skip}
    learned = _learn(known, day - GAP - WINDOW, day - GAP)
    if len(learned) < LEAST_DAYS:
        return []
    found = list(_judged(days, learned, day))
    quiet = list(_silent(days, day, learned))
    before = _learn(known, day - 2 * SPANS[-1], day - SPANS[-1])
    if not quiet and len(before) >= LEAST_DAYS:
        quiet = list(_waned(days, day, before))
    return found + quiet


def unasked(days: Days, day: int) -> Symptom | None:
    """No request for two days, of a site that was asked on nine of ten days of four weeks."""
    before = len(_learn(days, day - 1 - SPANS[-1], day - 1))
    if _learn(days, day - 1, day + 1) or before < 0.9 * SPANS[-1]:
        return None
    return Symptom(cause=FETCHING, figure="requests", value=0, usual=before / SPANS[-1], days=2)


def returned(days: Days, day: int, opened: int, figure: str) -> bool:
    """Whether a figure of an alarm is again what it was before the alarm opened."""
    if figure == ROBOTS or day not in days or not asked(days[day]):
        return False
    learned = _learn(days, opened - GAP - WINDOW, opened - GAP)
    if figure == "requests" or not learned:
        return True
    counts = dict(_series(list(learned.values())))
    if figure in counts:
        return _flows(days, day, _rhythm(learned, counts[figure]), counts[figure])
    return _share_is_back(days, day, learned, figure)


def _flows(days: Days, day: int, known: Rhythm, count: Callable[[Day], int]) -> bool:
    for span in range(1, SPANS[-1] + 1):
        came, expected, _ = _sum(days, day, span, known, count)
        if expected >= _EXPECTED:
            return came >= _BACK * expected
    return False


def _share_is_back(days: Days, day: int, learned: dict[int, Day], figure: str) -> bool:
    same = _same_cleaner(days, learned, day)
    shares = {name: share for _, name, share in _shares(days, learned)}
    shares |= {name: share for _, name, share in _of_cleaner(days, same)}
    shares |= dict(_rules(days, same))
    usual_one = _known(learned.keys(), shares[figure]) if figure in shares else None
    if usual_one is None:
        return True
    some, of, _ = _recent(days, day, shares[figure])
    return bool(of) and some / of < usual_one.share + _GONE_MORE


# In words

_WORDS = {
    "requests": "it was not asked for anything",
    ROBOTS: "robots.txt has come to forbid what was fetched",
    "page:blocked": "pages are refused to us (401, 403, 429)",
    "page:robots": "robots.txt forbids pages that it allowed",
    "page:network": "pages cannot be reached",
    "page:server": "the server fails (5xx)",
    "page:missing": "pages are not there (404, 410)",
    "page:refused": "pages are nothing that is kept (another media type, an opt-out)",
    "repeated": "pages show a text that another page had: consent, a wall, or an error page",
    "empty": "pages have no text",
    "language": "texts are in other languages",
    "layout": "texts stand in places where none stood: a new layout",
    "short": "texts are short: a paywall or teasers",
    "long": "texts are long: chrome may be kept",
    "cut": "more is removed than usual",
    "uncut": "less is removed than usual",
    "untitled": "pages have no title",
    "undated": "pages have no date",
    "new": "few new pages, or none",
}


def said(figure: str) -> str:
    """A figure in words.

    >>> said("no rule:bn.share"), said("language:hi")
    ('the rule bn.share fires seldom', 'few new pages in hi, or none')
    """
    if figure in _WORDS:
        return _WORDS[figure]
    kind, _, name = figure.partition(":")
    how = _WORDS.get(f"page:{name}", name).replace("pages", "they")
    return {
        "source": f"feeds and sitemaps: {how}",
        "language": f"few new pages in {name}, or none",
        "found": f"source {name} names few new pages, or none",
        "rule": f"the rule {name} fires often",
        "no rule": f"the rule {name} fires seldom",
    }.get(kind, figure)


def foremost(found: Iterable[Symptom]) -> list[Symptom]:
    """In the order in which they explain each other, the explaining one first."""
    order = list(_WORDS)
    return sorted(
        found,
        key=lambda one: (
            order.index(one.figure) if one.figure in order else len(order),
            one.chance,
            one.figure,
        ),
    )
