"""When a re-clean must stop: the limits of the settings and what is counted so far in, words out.

Pure. What a rule takes by mistake is not lost, since every version of a document is kept; but an
archive whose current texts have gone is found out late.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from archiver.settings import Settings
from archiver.work.report import Report, SiteChange

# Documents, of a site or of all, without which a share of their text says little. A single page
# may well lose a half, and of ten that are alike three may before a guard of 20 per cent trips.
# Smaller sites are watched together, as all sites are.
_ENOUGH = 10
_Z = 1.96  # of a 95 % interval


@dataclass(frozen=True, slots=True)
class Guards:
    """Limits: of a site's text in per cent, and of documents in all."""

    lost: float
    emptied: int

    @classmethod
    def of(cls, settings: Settings) -> Guards:
        """Those that the settings have."""
        return cls(settings.reclean_max_lost, settings.reclean_max_emptied)

    def tripped(self, report: Report, totals: Mapping[str, int] | None = None) -> str:
        """Say which guard is tripped, by which site and rule; empty where none is.

        With `totals`, stale pages by site, the report is of a sample of them: documents count as
        emptied that at least will be, by Wilson's interval.
        """
        for site, change in sorted(report.sites.items()):
            if change.compared >= _ENOUGH and self._loses(change):
                return self._says(site, change)
        whole = SiteChange()
        for change in report.sites.values():
            whole.add(change)
        if whole.compared >= _ENOUGH and self._loses(whole):
            return self._says("all sites together", whole)
        emptied = {
            site: least(change.emptied, report.sampled[site], (totals or {}).get(site, 0))
            for site, change in report.sites.items()
        }
        if sum(emptied.values()) > self.emptied:
            worst = max(sorted(emptied), key=lambda site: emptied[site])
            return (
                f"at least {sum(emptied.values())} documents would be empty (the setting "
                f"reclean_max_emptied allows {self.emptied}), most of them of {worst}"
                f"{_by(report.sites[worst])}"
            )
        return ""

    def _loses(self, change: SiteChange) -> bool:
        return change.lost * 100 > self.lost * change.before

    def _says(self, site: str, change: SiteChange) -> str:
        share = 100 * change.lost / change.before
        return (
            f"{site}: {share:.0f} % of the text would go (the setting reclean_max_lost allows "
            f"{self.lost:g} %){_by(change)}"
        )


def unjudged(report: Report) -> list[str]:
    """Sites of a sample too small for the guard of shares, where all their pages may be enough."""
    return sorted(
        site
        for site, change in report.sites.items()
        if change.compared < _ENOUGH <= report.totals[site] and report.is_sample
    )


def _by(change: SiteChange) -> str:
    """The rule that takes most."""
    taken = {rule: one.removed_chars for rule, one in change.rules.items() if one.removed_chars}
    if not taken:
        return ""
    worst = max(sorted(taken), key=lambda rule: taken[rule])
    named = f"the rule {worst!r}" if worst else "no rule, but another choice of the article,"
    return f"; {named} takes {taken[worst]} of {sum(taken.values())} characters"


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927, J. Am. Stat. Assoc. 22, 209).

    >>> [round(one, 3) for one in wilson(1, 10)]
    [0.018, 0.404]
    """
    if not of:
        return 0.0, 1.0
    share, z = hits / of, _Z * _Z
    middle = (share + z / (2 * of)) / (1 + z / of)
    half = _Z * math.sqrt(share * (1 - share) / of + z / (4 * of * of)) / (1 + z / of)
    return max(0.0, middle - half), min(1.0, middle + half)


def least(hits: int, of: int, total: int) -> int:
    """How many of `total` there are at least, seen `hits` among `of` of them."""
    if total <= of:
        return hits
    return max(hits, math.floor(wilson(hits, of)[0] * total))
