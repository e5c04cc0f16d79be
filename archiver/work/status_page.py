"""The state of an archive as one HTML file: a `Status` in, text out. Pure.

No script runs and nothing is fetched, which the policy in its head forbids besides; what sites and
pages say is text in it and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from archiver.text.normal import nfc
from archiver.text.terminal import safe
from archiver.work.charts import bars
from archiver.work.status import DAYS, Status, percent, size

_MOST = 60  # bars of a chart

_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; \
base-uri 'none'; form-action 'none'">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width">
<title>archiver: status</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; margin: 1rem 0 }
td, th { padding: .2rem .8rem; border-bottom: 1px solid #ccc; text-align: right }
td:first-child, th:first-child { text-align: start; overflow-wrap: anywhere }
.alarm { border-inline-start: 4px solid #b00; padding: .2rem 1rem; margin: .5rem 0 }
svg { max-width: 100%; height: auto; display: block; margin: 1rem 0 }
</style>
</head>
<body>
<h1>Archive</h1>
"""


def _told(text: object) -> str:
    return escape(nfc(safe(str(text))))


def _row(cells: Iterable[object], tag: str = "td") -> str:
    inside = "".join(f'<{tag} dir="auto">{_told(cell)}</{tag}>' for cell in cells)
    return f"<tr>{inside}</tr>\n"


def html(found: Status) -> Iterator[str]:
    """The file, in parts."""
    yield _HEAD
    yield (
        f"<p>{found.at:%Y-%m-%d %H:%M} UTC: {found.pages:,} pages of {len(found.sites)} sites, "
        f"{size(found.size)}; {found.due:,} due now.</p>\n"
    )
    if not found.counted:
        yield "<p>Not all is counted yet; <code>archiver health</code> does.</p>\n"
    yield f"<h2>Alarms: {len(found.alarms)} open</h2>\n"
    for alarm in found.alarms:
        where = _told(alarm.site or "the whole archive")
        yield (
            f'<p class="alarm" dir="auto"><b>{where}</b> since {_told(alarm.day)}: '
            f"{_told(alarm.detail['summary'])}</p>\n"
        )
    yield bars("New documents by day", [(day, n, 0) for day, n in found.days.items()])
    ranked = sorted(found.sites.items(), key=lambda one: (-one[1].counts["new"], one[0]))
    shown = ranked[:_MOST]
    yield bars(
        f"New documents by site, {DAYS} days", [(host, s.counts["new"], 0) for host, s in shown]
    )
    yield bars(
        f"New documents by language, {DAYS} days",
        [(name, n, 0) for name, n in found.languages.most_common(_MOST)],
    )
    yield bars(
        "Characters removed, of all on the page",
        [(host, s.counts["removed"], s.counts["kept"]) for host, s in shown if s.counts["new"]],
        shares=True,
    )
    yield f"<h2>Sites, {DAYS} days</h2>\n<table>\n"
    heads = ("site", "new", "last", "empty", "no title", "no date", "removed", "failed", "alarms")
    yield _row(heads, "th")
    for host, one in sorted(found.sites.items()):
        shares = (one.share("empty"), one.share("untitled"), one.share("undated"))
        told = map(percent, (*shares, one.removed, one.failed))
        yield _row((host, one.counts["new"], one.last or "-", *told, one.alarms))
    yield "</table>\n<h2>Runs</h2>\n<table>\n"
    yield _row(("run", "what", "begun", "how it ended"), "th")
    for run in found.runs:
        yield _row((run.id, run.verb, f"{run.at:%Y-%m-%d %H:%M}", run.state))
    yield "</table>\n</body>\n</html>\n"
