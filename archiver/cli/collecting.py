"""Pages in: `scrape`, `fetch` and `robots`."""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import click

from archiver.archive import engine as archive
from archiver.archive import hosts, queries
from archiver.cli.shared import (
    EXIT_FAILED,
    NUMBER,
    Reporter,
    cleaner_of,
    end_run,
    now,
    opened,
    private_option,
    sites_folder,
    sites_option,
)
from archiver.errors import WrongArchive
from archiver.fetch import urls
from archiver.settings import Settings
from archiver.text.terminal import safe, safe_json
from archiver.work import sites
from archiver.work.adding import SiteFacts, contacts
from archiver.work.plan import plan, verdict
from archiver.work.polite import Visitor
from archiver.work.scrape import scrape as scrape_due
from archiver.work.turns import recall

# Processes that clean. Fetching takes the rest, and more than four only wait for its one writer.
MAX_JOBS = 4


@click.command()
@sites_option
@click.option("--again", is_flag=True, help="Make every target due now.")
@click.option("--limit", type=NUMBER, help="Ask for so many URLs at the most.")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
    help="Only pages of this day (UTC) or later, as a feed or sitemap dates them, or else as they"
    " were first seen. Feeds, sections and sitemaps are asked for in any case.",
)
@click.option("--dry-run", is_flag=True, help="List what is due and why; ask and write nothing.")
@click.pass_obj
def scrape(
    chosen: Settings,
    hosts: tuple[str, ...],
    again: bool,
    limit: int | None,
    since: datetime | None,
    dry_run: bool,
) -> None:
    """Fetch what is due, politely, and clean it.

    Ends when nothing is due that may be asked. SIGINT (Ctrl-C) and SIGTERM end it in order: what is
    under way is stored, the exit code is 130, and the next scrape goes on. Sites that were left
    alone are listed at the end.
    """
    day = since and since.replace(tzinfo=UTC)
    with opened(chosen) as engine:
        if dry_run:
            found = plan(
                engine, chosen, hosts=hosts, again=again, limit=limit, since=day, now=now()
            )
            for one in found:
                line = [one.kind, one.why, f"{one.pause:g} s", one.url]
                if one.not_before:
                    line.append(f"not before {one.not_before:%Y-%m-%dT%H:%M:%SZ}")
                    line[-1] += f" ({one.resting})" if one.resting else ""
                click.echo("\t".join(map(safe, line)))
            return
        with Reporter() as tell:
            sites.take(engine, sites_folder(chosen), now()).tell(tell)
            counts = scrape_due(
                engine,
                chosen,
                cleaner_of(chosen),
                hosts=hosts,
                again=again,
                limit=limit,
                since=day,
                jobs=min(os.cpu_count() or 1, MAX_JOBS),
                clock=now,
                tell=tell,
            )
    end_run(counts)


def _print(told: dict[str, Any], *, as_json: bool) -> None:
    """Print one object, or a line a field."""
    if as_json:
        click.echo(safe_json(json.dumps(told, ensure_ascii=False)))
        return
    for name, value in told.items():
        if not isinstance(value, list):
            click.echo(safe(f"{name}: {'' if value is None else value}"))
            continue
        for one in value:
            shown = " ".join(map(str, one)) if isinstance(one, tuple) else one
            click.echo(safe(f"{name}: {shown}"))


@click.command()
@click.argument("url")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@private_option
@click.pass_obj
def fetch(chosen: Settings, url: str, as_json: bool, private: tuple[str, ...]) -> None:
    """Fetch one URL under all policies, and store nothing."""
    got = Visitor(chosen, private).visit(url, now())
    told = {
        "outcome": got.outcome,
        "reason": got.reason,
        "status": got.status,
        "final_url": got.final_url,
        "bytes": len(got.body),
        "requests": got.requests,
        "redirects": list(got.redirects),
        "signals": list(got.signals),
        "milliseconds": got.milliseconds,
        "wire_bytes": got.wire_bytes,
        "retry_after": got.retry_after,
    }
    _print(told, as_json=as_json)
    sys.exit(0 if got.outcome in {"ok", "truncated", "not_modified"} else EXIT_FAILED)


@click.command("robots")
@click.argument("url")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@private_option
@click.pass_obj
def robots_(chosen: Settings, url: str, as_json: bool, private: tuple[str, ...]) -> None:
    """Explain what robots.txt says of a URL: the verdict, the line that decides, the delay.

    The answer that the archive has is taken while it holds, else the site is asked.
    """
    url = urls.canonical(url)
    origin, host, facts = urls.origin(url), None, None
    with suppress(WrongArchive), opened(chosen) as engine, archive.read(engine) as c:
        host = hosts.get(c, origin)
        site = queries.site(c, urls.site(url))
        facts = SiteFacts.of(site) if site else None
    own = contacts([facts] if facts else [])
    visitor = Visitor(chosen, (*private, *(facts.private if facts else ())), contacts=own)
    if host is not None:
        recall(visitor, host)
    if facts is not None and facts.pause is not None:
        visitor.set_pause(origin, facts.pause)
    told = verdict(chosen, visitor, url, now())
    if host is not None and host.next_at is not None and host.next_at > now():
        told |= {"not_before": host.next_at.isoformat(timespec="seconds"), "resting": host.resting}
    _print(told, as_json=as_json)
