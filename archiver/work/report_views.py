"""What people are shown of a re-clean: a `Report` in, lines for a terminal or a JSON object out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archiver.export import jsonl
from archiver.text.terminal import safe, safe_json
from archiver.work.effect import SHRUNK, Piece
from archiver.work.guards import unjudged, wilson
from archiver.work.report import Example, Report, RuleChange, SiteChange, total
from archiver.work.views import shorten

_TOP = 5  # lines, and rules, shown of each site
_RED, _GREEN, _DIM, _PLAIN = "\x1b[31m", "\x1b[32m", "\x1b[2m", "\x1b[0m"
_COLOURS = {"-": _RED, "+": _GREEN, " ": _DIM}


def ranked(rules: dict[str, RuleChange]) -> list[tuple[str, RuleChange]]:
    """Rules by the characters that they take or give back, most first."""
    return sorted(
        rules.items(), key=lambda one: (-one[1].removed_chars - one[1].restored_chars, one[0])
    )


def top(change: SiteChange, sign: str) -> list[tuple[str, str, int]]:
    """The lines that go ("-") or come back ("+"), most frequent first: (rule, line, times)."""
    counted = change.removed if sign == "-" else change.restored
    order = sorted(counted.items(), key=lambda one: (-one[1], one[0]))
    return [(rule, line, times) for (rule, line), times in order]


def seconds(report: Report) -> float:
    """What a run over all pages would take, at the speed of this one.

    Writing comes on top of that; with 3,000 varied pages it added a third.
    """
    looked = report.sampled.total() + report.failed
    return 4 / 3 * report.seconds * report.totals.total() / looked if looked else 0.0


def as_minutes(duration: float) -> str:
    """A time as people say it."""
    if duration < 90:  # noqa: PLR2004 - a minute and a half
        return f"{duration:.0f} s"
    return f"{duration / 60:.0f} min" if duration < 5400 else f"{duration / 3600:.1f} h"  # noqa: PLR2004


def estimates(report: Report, site: str) -> dict[str, tuple[float, float, float]]:
    """For all pages of a sampled site: documents changed and emptied, characters that go.

    Each as (estimate, 95 % from, to): shares by Wilson, characters by the normal interval.
    """
    change, looked, there = report.sites[site], report.sampled[site], report.totals[site]
    found = {}
    for name in ("changed", "emptied"):
        hits = getattr(change, name)
        low, high = wilson(hits, looked) if looked < there else (hits / there, hits / there)
        found[name] = hits / looked * there, low * there, high * there
    found["removed_chars"] = total(change.removed_chars, change.squares, looked, there)
    return found


def _interval(name: str, three: tuple[float, float, float]) -> str:
    middle, low, high = three
    return f"{name} {middle:.0f} ({low:.0f} to {high:.0f})"


def lines(report: Report) -> Iterator[str]:
    """Tell it site by site, with colours for who can see them."""
    if not report.sites and not report.failed:
        yield "nothing to do: every page is clean under the rules in force"
        return
    if report.is_sample:
        yield (
            f"a sample of {report.sampled.total()} of {report.totals.total()} pages; the figures "
            "are of the sample, those in brackets of all, with 95 % intervals (shares: Wilson; "
            "characters: normal)"
        )
    for site, change in sorted(report.sites.items()):
        yield from _site(report, site, change)
    if report.failed:
        yield f"{report.failed} pages failed; the table `failure` says why"
    if report.dry:
        yield f"a run over {report.totals.total()} pages takes about {as_minutes(seconds(report))}"
    if few := unjudged(report):
        yield (
            f"the sample has too few pages of {len(few)} of {len(report.sites)} sites for the "
            "guard of lost text, which a run may trip there: take a larger sample"
        )
    if report.tripped:
        yield f"a run would be stopped: {safe(report.tripped)}"


def _site(report: Report, site: str, change: SiteChange) -> Iterator[str]:
    yield (
        f"{site}: {change.documents} documents, {change.changed} changed, {change.new} new, "
        f"{change.emptied} emptied, -{change.removed_chars} +{change.restored_chars} characters"
    )
    if report.is_sample:
        told = (_interval(name, three) for name, three in estimates(report, site).items())
        yield f"  [{', '.join(told)}]"
    for (old, new), times in sorted(change.languages.items()):
        yield f"  language {safe(old)} → {safe(new)}: {times} documents"
    order = ranked(change.rules)
    if order:
        yield f"  {'rule':<40} {'documents':>9} {'lines':>13} {'characters':>19}"
    for rule, one in order[:_TOP]:
        taken = f"-{one.removed_lines} +{one.restored_lines}"
        chars = f"-{one.removed_chars} +{one.restored_chars}"
        named = safe(rule) or "(what is the article)"
        yield f"  {named:<40} {one.documents:>9} {taken:>13} {chars:>19}"
    for sign in ("-", "+"):
        for rule, line, times in top(change, sign)[:_TOP]:
            said = f"{times} × {safe(shorten(line, 100))}"
            yield f"  {_coloured(sign, said)}" + (f"  [{safe(rule)}]" if rule else "")
    for page in change.worst:
        lost = "is empty then" if not page.after else f"loses more than {100 * SHRUNK:.0f} %"
        yield f"  {safe(page.url)} {lost}: {page.before} → {page.after} characters"
    for page in change.examples[:1]:
        yield f"  for example {safe(page.url)}"
        yield from (f"    {_coloured(sign, safe(text))}" for sign, _, text in page.sample)


def _coloured(sign: str, text: str) -> str:
    return f"{_COLOURS[sign]}{sign} {text}{_PLAIN}"


def _example(one: Example) -> dict[str, Any]:
    return {
        "url": one.url,
        "before": one.before,
        "after": one.after,
        "diff": [_piece(piece) for piece in one.sample],
    }


def _piece(piece: Piece) -> dict[str, str]:
    sign, rule, text = piece
    return {"op": sign, "rule": rule, "text": text}


_SUMS = (
    *("documents", "changed", "new", "emptied", "shrunk", "removed_chars", "restored_chars"),
    *("before", "given_up"),
)


def _as_json(report: Report, site: str, change: SiteChange) -> dict[str, Any]:
    found: dict[str, Any] = {name: getattr(change, name) for name in _SUMS}
    found["pages"] = report.totals[site]
    found["languages"] = [
        {"from": old, "to": new, "documents": times}
        for (old, new), times in sorted(change.languages.items())
    ]
    found["rules"] = {
        rule: {name: getattr(one, name) for name in RuleChange.__slots__}
        for rule, one in ranked(change.rules)
    }
    for name, sign in (("removed", "-"), ("restored", "+")):
        found[name] = [
            {"rule": rule, "line": line, "times": times} for rule, line, times in top(change, sign)
        ]
    found["shrunk_most"] = [_example(one) for one in change.worst]
    found["examples"] = [_example(one) for one in change.examples]
    if report.is_sample:
        found["sampled"] = report.sampled[site]
        found["estimates"] = {
            name: {"estimate": middle, "low": low, "high": high}
            for name, (middle, low, high) in estimates(report, site).items()
        }
    return found


def record(report: Report) -> dict[str, Any]:
    """All of it as one JSON object; what a run takes is estimated for a dry one alone."""
    found: dict[str, Any] = {
        **report.counts(),
        "shrunk": sum(change.shrunk for change in report.sites.values()),
        "pages": report.totals.total(),
        "sampled": report.sampled.total() if report.is_sample else None,
        "guard": report.tripped or None,
        "unguarded": unjudged(report),
        "sites": {
            site: _as_json(report, site, change) for site, change in sorted(report.sites.items())
        },
    }
    if report.dry:
        found["estimated_seconds"] = round(seconds(report), 1)
    return found


def json_line(report: Report) -> str:
    """The same on one line."""
    return safe_json(jsonl.line(record(report)).decode().removesuffix("\n"))
