"""When: `schedule run`, the daemon and its form for cron, and `schedule show`."""

from __future__ import annotations

import json
import os
from contextlib import nullcontext
from dataclasses import asdict

import click

from archiver.cli.shared import (
    Reporter,
    end_run,
    json_option,
    now,
    opened,
    rules_folder,
    sites_folder,
)
from archiver.settings import Settings
from archiver.text.terminal import safe, safe_json
from archiver.work import agenda, metrics, schedule

# Processes that clean, as `scrape` has them: more than four only wait for the one writer.
MAX_JOBS = 4


@click.group("schedule")
def schedule_() -> None:
    """Fetch what is due when it is due, for years; say what is due when, and why."""


@schedule_.command()
@click.option(
    "--once",
    is_flag=True,
    help="Fetch what is due now and end: for cron and systemd timers. Exit codes as of `scrape`.",
)
@click.pass_obj
def run(chosen: Settings, *, once: bool) -> None:
    """Fetch and clean what is due, when it is due, until SIGTERM or SIGINT say stop.

    On a terminal it tells how far it is; elsewhere it writes a JSON object a line: `at`, `message`,
    and where they are known `run`, `site` and `url`.

    Site files and rules that have changed are read before each round of requests, and at SIGHUP.
    Where another `schedule run` works on this archive it says so and ends with 0. A passing fault
    is waited for: a full disk, a database that restarts. Ended by a signal it stores what is under
    way and ends with 0.
    """
    with (
        opened(chosen) as engine,
        Reporter(as_json=True) as tell,
        schedule.listening() as wait,
        nullcontext() if once else metrics.watching(engine, chosen, now, tell),
    ):
        counts = schedule.keep_going(
            engine,
            chosen,
            sites_folder=sites_folder(chosen),
            rules_folder=rules_folder(chosen),
            jobs=min(os.cpu_count() or 1, MAX_JOBS),
            once=once,
            clock=now,
            wait=wait,
            tell=tell,
        )
        if counts is None:
            tell("another `archiver schedule run` works on this archive; nothing to do")
        elif once:
            end_run(counts, tell)


@schedule_.command()
@json_option
@click.pass_obj
def show(chosen: Settings, *, as_json: bool) -> None:
    """List what is due, when, and why: each source, and the pages of each site.

    A line each, with tabs between: when (UTC), site, kind, the URL or how many pages of how many
    are due now, why. Site files that were changed since the last round are not in it yet.
    """
    at = now()
    with opened(chosen) as engine:
        for one in agenda.items(engine, at):
            when = f"{one.at:%Y-%m-%dT%H:%M:%SZ}"
            if as_json:
                click.echo(safe_json(json.dumps({**asdict(one), "at": when}, ensure_ascii=False)))
                continue
            said = "now" if one.at <= at else when
            what = one.url or f"{one.due} of {one.count}"
            click.echo("\t".join(map(safe, (said, one.site, one.what, what, one.why))))
