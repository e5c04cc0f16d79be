"""The archive looked after: `compact`, `verify` and `doctor`."""

from __future__ import annotations

import json
import os
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import asdict, fields
from pathlib import Path

import click

from archiver.cli.shared import (
    EXIT_FAILED,
    NUMBER,
    Reporter,
    cleaner_of,
    end_run,
    now,
    opened,
    rules_folder,
    sites_option,
)
from archiver.settings import Settings
from archiver.text.terminal import safe
from archiver.work import doctor as examine
from archiver.work.compact import compact as compact_all
from archiver.work.verify import Report
from archiver.work.verify import verify as verify_all


@click.command()
@sites_option
@click.option(
    "--vacuum",
    is_flag=True,
    help="SQLite: write the whole file anew; needs twice its size free, and says so.",
)
@click.pass_obj
def compact(chosen: Settings, hosts: tuple[str, ...], vacuum: bool) -> None:
    """Pack the stored bodies in less space, with pages of the same site as dictionary.

    May be stopped at any time and run again; scraping and re-cleaning go on meanwhile.
    """
    with opened(chosen) as engine, Reporter() as tell:
        counts = compact_all(engine, hosts=hosts, vacuum=vacuum, clock=now, tell=tell)
    end_run(counts)


@click.command()
@click.option(
    "--sample",
    type=NUMBER,
    metavar="N",
    help="Only about N snapshots and what was made of them, spread evenly: for cron.",
)
@click.option("--json", "as_json", is_flag=True, help="The report as one JSON object.")
@click.pass_obj
def verify(chosen: Settings, sample: int | None, as_json: bool) -> None:
    """Hold everything that is stored against its digest; say what is broken, and what to do.

    Changes nothing. Ends with 1 where something is broken.
    """
    with opened(chosen) as engine, Reporter() as tell:
        report = verify_all(engine, cleaner_of(chosen), sample=sample, tell=tell)
    for line in _verified(report, as_json=as_json):
        click.echo(line)
    if report.faults:
        sys.exit(EXIT_FAILED)


def _verified(report: Report, *, as_json: bool) -> Iterator[str]:
    """The report as lines, or as one JSON object."""
    if as_json:
        yield json.dumps(
            {
                "share": report.share,
                "checked": dict(report.checked),
                "faults": [asdict(fault) for fault in report.faults],
            },
            ensure_ascii=False,
            indent=1,
        )
        return
    for fault in report.faults:
        where = f", {fault.url}" if fault.url else ""
        yield safe(f"broken: {fault.what}{where}: {fault.fault}; {fault.remedy}")
    looked = ", ".join(
        f"{count} {name.replace('_', ' ')}" for name, count in sorted(report.checked.items())
    )
    share = "all" if report.share == 1 else f"{report.share:.1%} of all"
    yield f"looked at {share}: {looked}"
    yield f"{len(report.faults)} broken" if report.faults else "nothing is broken"


@click.command()
@click.option("--json", "as_json", is_flag=True, help="The findings as one JSON object.")
@click.pass_context
def doctor(context: click.Context, as_json: bool) -> None:
    """Show settings, versions and the archive's state, and what is wrong with the installation.

    Changes nothing. Ends with 1 where something is wrong.
    """
    chosen: Settings = context.obj
    asked = context.find_root().params
    sources = _sources(asked.get("config"), database=bool(asked.get("database")))
    lines = examine.doctor(chosen, sources, lambda: rules_folder(chosen), now())
    wrong = [line for line in lines if line.advice]
    if as_json:
        found = {"wrong": len(wrong), "found": [asdict(line) for line in lines]}
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        for line in lines:
            source = f"  ({line.source})" if line.source else ""
            click.echo(f"{line.topic:8} {line.name}: {line.value}{source}")
        for line in wrong:
            click.echo(f"wrong: {line.name} ({line.value}): {line.advice}")
        click.echo(f"{len(wrong)} wrong" if wrong else "nothing is wrong")
    if wrong:
        sys.exit(EXIT_FAILED)


def _sources(config: Path | None, *, database: bool) -> dict[str, str]:
    """Where each setting that is no default comes from; the file has been read once before."""
    path = config or Path("archiver.toml")
    table = tomllib.loads(path.read_text("utf-8")) if config or path.exists() else {}
    found = dict.fromkeys(table, str(path))
    for field in fields(Settings):
        variable = f"ARCHIVER_{field.name.upper()}"
        if variable in os.environ:
            found[field.name] = variable
    return {**found, "database": "--database"} if database else found
