"""How an archive does: `health`, `status` and `runs`."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from archiver.archive import alarms as on_record
from archiver.archive import engine as archive
from archiver.archive import runs as run_rows
from archiver.archive.alarms import Alarm
from archiver.archive.runs import Run
from archiver.cli.shared import (
    NUMBER,
    STREAM,
    Reporter,
    file_type,
    json_option,
    now,
    opened,
    written,
)
from archiver.errors import BadInput
from archiver.settings import Settings
from archiver.text.terminal import safe, safe_json
from archiver.work import metrics, notices, watch
from archiver.work import status as state
from archiver.work.status_page import html as page_of

EXIT_ALARM = 3
_FEED = 200  # alarms of the Atom feed
_DAYS = 7  # of the chart on a terminal


def _moment(at: datetime | None) -> str | None:
    return None if at is None else f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _json(values: dict[str, Any]) -> str:
    plain = {k: _moment(v) if isinstance(v, datetime) else v for k, v in values.items()}
    return safe_json(json.dumps(plain, ensure_ascii=False))


def _show(alarm: Alarm) -> None:
    where = alarm.site or "the whole archive"
    click.echo(safe(f"{where}: {alarm.detail['summary']}, since {alarm.day} (alarm {alarm.id})"))
    for one in alarm.detail["symptoms"][1:]:
        click.echo(safe(f"  {one['site']}: {one['said']}"))
    for when in ("before", "now"):
        for page in alarm.detail["evidence"][when]:
            click.echo(safe(f"  {when}: {page['url']}  {page['begins'][:60]}"))


@click.command()
@json_option
@click.option("--all", "ended", is_flag=True, help="Also alarms that have closed.")
@click.option("--recount", is_flag=True, help="Count all days anew, as after an erasure.")
@click.option("--prometheus", type=file_type, help="Write figures for the node exporter: X.prom.")
@click.option("--atom", type=file_type, help="Write the alarms as an Atom feed.")
@click.pass_obj
def health(
    chosen: Settings,
    *,
    as_json: bool,
    ended: bool,
    recount: bool,
    prometheus: Path | None,
    atom: Path | None,
) -> None:
    """Count what has come, judge the days that are over, and list open alarms.

    Tells the webhook and the mailbox of the settings. A FILE of `-` is standard output, in place
    of the list. Exit codes: 0 no alarm is open; 3 one is.
    """
    streams = (prometheus == STREAM) + (atom == STREAM)
    if streams + (as_json and streams > 0) > 1:
        raise click.UsageError("one of --prometheus, --atom and --json goes to standard output")
    at = now()
    with opened(chosen) as engine:
        with Reporter() as tell:
            if recount:
                watch.recount(engine, tell)
            watch.tend(engine, at, tell)
            notices.send(engine, chosen, at, tell)
        with archive.read(engine) as c:
            found = on_record.alarms(c)
        if prometheus:
            _write(prometheus, metrics.text(state.status(engine, at)))
        if atom:
            _write(atom, notices.atom(found[:_FEED], at))
    still = [alarm for alarm in found if alarm.closed is None]
    for alarm in [] if streams else found if ended else still:
        if as_json:
            click.echo(_json(asdict(alarm)))
        else:
            _show(alarm)
            if alarm.closed is not None:
                click.echo(f"  closed on {alarm.closed_day}: {alarm.closed_detail['why']}")
    if not still:
        click.echo("no alarm is open", err=True)
        return
    click.echo(f"{len(still)} {'alarms are' if len(still) > 1 else 'alarm is'} open", err=True)
    sys.exit(EXIT_ALARM)


def _write(path: Path, text: str) -> None:
    with written(path) as out:
        out.write(text)


@click.command()
@json_option
@click.option("--html", type=file_type, help="Write one page with charts to this file.")
@click.pass_obj
def status(chosen: Settings, *, as_json: bool, html: Path | None) -> None:
    """Show what the archive holds and how it does, in one screen.

    Figures are of the daily counts, which `health` and `schedule run` bring up to date.
    """
    with opened(chosen) as engine:
        found = state.status(engine, now())
    if html:
        _write(html, "".join(page_of(found)))
    elif as_json:
        click.echo(_json(_plain(found)))
    else:
        for line in _lines(found):
            click.echo(safe(line))


def _plain(found: state.Status) -> dict[str, Any]:
    return {
        **{name: getattr(found, name) for name in ("at", "size", "pages", "due", "days")},
        "languages": dict(found.languages),
        "sites": {
            host: {
                "enabled": one.enabled,
                "new": one.counts["new"],
                "last": one.last,
                "removed": one.removed,
                "failed": one.failed,
                **{name: one.share(name) for name in ("empty", "untitled", "undated")},
            }
            for host, one in sorted(found.sites.items())
        },
        "alarms": [alarm.id for alarm in found.alarms],
        "counted": found.counted,
        "judged": found.judged,
    }


def _lines(found: state.Status) -> list[str]:
    enabled = sum(one.enabled for one in found.sites.values())
    days = ", ".join(f"{day[5:]} {n:,}" for day, n in list(found.days.items())[-_DAYS:])
    all_ = f"{found.pages:,} pages, {enabled} of {len(found.sites)} sites enabled"
    lines = [
        f"{all_}, {state.size(found.size)}, {found.due:,} due now",
        f"new by day: {days}",
    ]
    if found.languages:
        most = found.languages.most_common(_DAYS)
        lines.append("languages: " + ", ".join(f"{name} {n:,}" for name, n in most))
    if not found.counted:
        lines.append("not all is counted yet; run: archiver health")
    lines.extend(
        f"ALARM {alarm.site or 'the whole archive'}: {alarm.detail['summary']}"
        for alarm in found.alarms[:10]
    )
    busiest = sorted(found.sites.items(), key=lambda one: (-one[1].counts["new"], one[0]))[:15]
    if busiest:
        lines.append(f"{'site':32} {'new':>7} {'empty':>7} {'removed':>8} {'failed':>7}  last new")
    for host, one in busiest:
        lines.append(
            f"{host:32} {one.counts['new']:7,} {state.percent(one.share('empty')):>7}"
            f" {state.percent(one.removed):>8} {state.percent(one.failed):>7}  {one.last or '-'}"
        )
    if len(found.sites) > len(busiest):
        lines.append(f"and {len(found.sites) - len(busiest)} more: --json, --html")
    lines += [f"run {run.id}: {run.verb}, {_moment(run.at)}, {run.state}" for run in found.runs]
    return lines


@click.command()
@click.argument("run", type=NUMBER, required=False)
@json_option
@click.option("--verb", default="", help="Only runs of this command.")
@click.option("--limit", default=20, show_default=True, type=NUMBER, help="So many.")
@click.pass_obj
def runs(chosen: Settings, *, run: int | None, as_json: bool, verb: str, limit: int) -> None:
    """List runs, the newest first, or show one: what was asked, when, how it ended.

    A run without an end that has written nothing for three hours is shown as killed.
    """
    with opened(chosen) as engine, archive.read(engine) as c:
        found = run_rows.runs(c, now(), run=run, verb=verb, most=limit)
    if run is not None and not found:
        raise BadInput(f"there is no run {run}; archiver runs lists them")
    for one in found:
        if as_json:
            click.echo(_json({**asdict(one), "state": one.state}))
        elif run is not None:
            click.echo("\n".join(map(safe, _at_length(one))))
        else:
            counts = _counted(one.counts)
            click.echo(
                "\t".join(
                    map(safe, (str(one.id), _moment(one.at) or "", one.verb, one.state, counts))
                )
            )


def _counted(counts: dict[str, Any] | None) -> str:
    return ", ".join(f"{value} {name}" for name, value in (counts or {}).items() if value)


def _at_length(one: Run) -> list[str]:
    return [
        f"run {one.id}: {one.verb}, {one.state}",
        f"version {one.version}",
        f"begun {_moment(one.at)}",
        f"ended {_moment(one.ended) or '-'}",
        f"asked {json.dumps(one.asked, ensure_ascii=False)}",
        *(f"{name} {value}" for name, value in (one.counts or {}).items()),
    ]
