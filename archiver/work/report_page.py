"""A re-clean's report as one HTML file for a colleague: a `Report` in, text out.

What pages say is text in it and nothing else: every value is escaped, no script runs and nothing
is fetched, which the policy in its head forbids besides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from itertools import chain

from archiver.text.normal import nfc
from archiver.work.effect import SHRUNK
from archiver.work.report import Example, Report, SiteChange
from archiver.work.report_views import as_minutes, estimates, ranked, seconds, top

_LINES = 50  # that change, of each site

_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; \
base-uri 'none'; form-action 'none'">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width">
<title>What a re-clean changes</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; margin: 1rem 0 }
td, th { padding: .2rem .8rem; border-bottom: 1px solid #ccc; text-align: right }
td:first-child, th:first-child, td.text { text-align: start; overflow-wrap: anywhere }
del { background: #fdd; color: #700; text-decoration: none; display: block; padding: .1rem .4rem }
ins { background: #dfd; color: #050; text-decoration: none; display: block; padding: .1rem .4rem }
p.same { color: #666; margin: 0; padding: .1rem .4rem }
.guard { border: 2px solid #b00; padding: .5rem 1rem }
code { overflow-wrap: anywhere }
</style>
</head>
<body>
<h1>What a re-clean changes</h1>
"""


def _told(text: str) -> str:
    r"""Text of a page, a rule or an address as HTML that shows it and does nothing.

    >>> _told("<b onclick='x'>\x00")
    '&lt;b onclick=&#x27;x&#x27;&gt;\ufffd'
    """
    return escape(nfc(text))


def _row(cells: Iterable[object], tag: str = "td") -> str:
    inside = "".join(f'<{tag} dir="auto">{_told(str(cell))}</{tag}>' for cell in cells)
    return f"<tr>{inside}</tr>\n"


def _table(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    yield "<table>\n" + _row(heads, "th")
    yield from map(_row, rows)
    yield "</table>\n"


def _example(one: Example) -> Iterator[str]:
    yield f"<h4><code>{_told(one.url)}</code></h4>\n"
    yield f"<p>{one.before} → {one.after} characters</p>\n"
    tags = {"-": "del", "+": "ins"}
    for sign, rule, text in one.sample:
        named = f" <code>{_told(rule)}</code>" if rule else ""
        if sign in tags:
            said = f'<span dir="auto">{_told(text)}</span>{named}'
            yield f"<{tags[sign]}>{sign} {said}</{tags[sign]}>\n"
        else:
            yield f'<p class="same" dir="auto">{_told(text)}</p>\n'


def _site(report: Report, site: str, change: SiteChange) -> Iterator[str]:
    yield f"<h2>{_told(site)}</h2>\n"
    if report.is_sample:
        yield "<p>For all pages, with 95 % intervals (shares by Wilson, characters normal):</p>\n"
        heads = ("", "estimate", "from", "to")
        three = estimates(report, site).items()
        yield from _table(heads, ((name, *(f"{one:.0f}" for one in of)) for name, of in three))
    if change.rules:
        yield from _table(
            ("rule", "documents", "lines", "characters"),
            (
                (
                    rule or "(what is the article)",
                    one.documents,
                    f"-{one.removed_lines} +{one.restored_lines}",
                    f"-{one.removed_chars} +{one.restored_chars}",
                )
                for rule, one in ranked(change.rules)
            ),
        )
    if change.languages:
        moved = (
            (f"{old} → {new}", times) for (old, new), times in sorted(change.languages.items())
        )
        yield from _table(("language", "documents"), moved)
    for heading, sign in (("Lines that go", "-"), ("Lines that come back", "+")):
        found = top(change, sign)
        if found:
            yield f"<h3>{heading}</h3>\n"
            shown = ((line, rule, times) for rule, line, times in found[:_LINES])
            yield from _table(("line", "rule", "times"), shown)
            if len(found) > _LINES or change.given_up:
                yield "<p>The most frequent ones.</p>\n"
    shrunk = f"Pages that lose more than {100 * SHRUNK:.0f} %"
    for heading, examples in ((shrunk, change.worst), ("For example", change.examples)):
        if examples:
            yield f"<h3>{heading}</h3>\n"
            yield from chain.from_iterable(map(_example, examples))


def html(report: Report) -> Iterator[str]:
    """The file, in parts."""
    yield _HEAD
    if report.tripped:
        yield f'<p class="guard">A guard stops this run: {_told(report.tripped)}</p>\n'
    pages = report.totals.total()
    looked = f"a sample of {report.sampled.total()} of them" if report.is_sample else "all of them"
    yield f"<p>{pages} pages are to be cleaned again; this tells of {looked}. "
    if report.dry:
        yield f"The run takes about {as_minutes(seconds(report))}. "
    yield f"{report.failed} pages failed.</p>\n"
    heads = ("site", "documents", "changed", "new", "emptied", "shrunk", "characters")
    yield from _table(
        heads,
        (
            (
                site,
                *(getattr(change, name) for name in heads[1:-1]),
                f"-{change.removed_chars} +{change.restored_chars}",
            )
            for site, change in sorted(report.sites.items())
        ),
    )
    for site, change in sorted(report.sites.items()):
        if change.changed:
            yield from _site(report, site, change)
    yield "</body>\n</html>\n"
