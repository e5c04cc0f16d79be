"""Whether a count or a share is unusual for its site, from the days before. Pure.

Counts: the level is the mean of counts cut off at median + 3 scaled deviations (Rousseeuw and
Croux 1993 for the 1.4826), times a factor of the weekday that is shrunk to 1; days scatter more
than a Poisson's, so the tail is a negative binomial's with the variance that the days had (as in
Farrington et al. 1996, J. R. Statist. Soc. A 159, and Noufal et al. 2013, who use it to watch
counts of infections; theirs looks for excess, this one for lack). Shares: a beta-binomial whose
correlation within a day is Williams' moment estimator (1982, Applied Statistics 31), so that what
goes up and down with the day does not pass for news. Both ask for an effect besides: at a large
site everything is significant.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

# Of each test, were the model right. Some 35 tests a site and day, all rules together being two:
# 0.01 false alarms a site and month, which leaves room for days that follow no model.
ALPHA = 1e-5
_SHRINK = 4.0  # days of an even week that each weekday is mixed with
_LEAST_RHO = 0.02  # of correlation within a day: less is not known from eight weeks
_MOST_TRIALS = 400  # of a day: more would be believed too much, and take long
_MAD = 1.4826


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What a site brings on a day of each weekday (Monday first), and how its days scatter."""

    means: tuple[float, ...]
    dispersion: float  # variance over mean, 1 or more


def rhythm(days: Sequence[tuple[int, float]]) -> Rhythm:
    """Learn it from (weekday, count) of some weeks.

    >>> learned = rhythm([(day % 7, 0 if day % 7 == 6 else 10) for day in range(56)])
    >>> [round(mean, 1) for mean in learned.means]
    [9.5, 9.5, 9.5, 9.5, 9.5, 9.5, 2.9]
    """
    values = [count for _, count in days]
    centre = statistics.median(values)
    deviation = _MAD * statistics.median([abs(value - centre) for value in values])
    most = centre + 3 * deviation + 3
    cut = [(weekday, min(value, most)) for weekday, value in days]
    level = sum(value for _, value in cut) / len(cut)
    means = []
    for weekday in range(7):
        own = [value for day, value in cut if day == weekday]
        means.append((sum(own) + _SHRINK * level) / (len(own) + _SHRINK))
    squares = [(value - means[day]) ** 2 / means[day] for day, value in cut if means[day] > 0]
    freedom = max(1, len(squares) - 7)
    return Rhythm(tuple(means), max(1.0, sum(squares) / freedom))


def at_most(count: float, mean: float, dispersion: float) -> float:
    """The chance of so few or fewer: negative binomial of this mean and variance over mean.

    >>> round(at_most(0, 3.0, 1.0), 4), round(at_most(0, 3.0, 2.0), 3)
    (0.0498, 0.125)
    """
    if mean <= 0:
        return 1.0
    if dispersion <= 1.0 + 1e-6:
        logs = [k * math.log(mean) - mean - math.lgamma(k + 1) for k in range(int(count) + 1)]
    else:
        size = mean / (dispersion - 1)
        failed = math.log(1 / dispersion) * size
        grown = math.log(1 - 1 / dispersion)
        logs = [
            math.lgamma(k + size) - math.lgamma(size) - math.lgamma(k + 1) + failed + k * grown
            for k in range(int(count) + 1)
        ]
    return min(1.0, sum(map(math.exp, logs)))


@dataclass(frozen=True, slots=True)
class Usual:
    """A site's usual share, and how much a day's documents go together."""

    share: float
    rho: float


def usual(days: Sequence[tuple[int, int]]) -> Usual:
    """Learn it from (how many, of how many) of some days.

    >>> usual([(1, 10)] * 28)
    Usual(share=0.10142..., rho=0.02)
    """
    some, of = sum(k for k, _ in days), sum(n for _, n in days)
    share = (some + 0.5) / (of + 1)
    spread = share * (1 - share)
    squares = sum((k - n * share) ** 2 / (n * spread) for k, n in days if n)
    trials = sum(n - 1 for _, n in days if n)
    rho = (squares - (len(days) - 1)) / trials if trials else 0.0
    return Usual(share, min(0.9, max(_LEAST_RHO, rho)))


@lru_cache(maxsize=1 << 14)
def at_least(some: int, of: int, share: float, rho: float) -> float:
    """The chance of so many or more of `of`: beta-binomial.

    >>> round(at_least(1, 1, 0.25, 0.1), 3), at_least(10, 10, 0.05, 0.02) < 1e-9
    (0.25, True)
    """
    if of > _MOST_TRIALS:
        some, of = some * _MOST_TRIALS // of, _MOST_TRIALS
    a, b = share * (1 - rho) / rho, (1 - share) * (1 - rho) / rho
    whole = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    logs = (
        math.lgamma(of + 1)
        - math.lgamma(k + 1)
        - math.lgamma(of - k + 1)
        + math.lgamma(k + a)
        + math.lgamma(of - k + b)
        - math.lgamma(of + a + b)
        + whole
        for k in range(some, of + 1)
    )
    return min(1.0, sum(map(math.exp, logs)))
