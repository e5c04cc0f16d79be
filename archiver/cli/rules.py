"""The rules themselves: `rules list`, `test`, `lint` and `new`; from an archive `rules learn`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

import click

from archiver.cli.shared import (
    EXIT_FAILED,
    LANGUAGE,
    Reporter,
    cleaner_of,
    now,
    opened,
    rules_folder,
    sites_option,
)
from archiver.errors import BadInput
from archiver.export.jsonl import line as jsonl_line
from archiver.settings import Settings
from archiver.text.terminal import safe, safe_json
from archiver.work import containers, learning, lint, rules, views

_COLUMNS = "id pack kind label phrases selectors needs_context why".split()
_WIDTH = 60  # of a column on a terminal; a pipe gets everything


@click.group("rules")
def rules_() -> None:
    """List the rules, hold them against their evidence, find bad ones, write and learn new ones."""


@rules_.command("list")
@click.option(
    "--language", type=LANGUAGE, default="", help="Only rules for pages in it: hi, bn, ..."
)
@click.option("--system", default="", help="Only rules for pages of this content system.")
@click.option("--site", default="", metavar="HOST", help="Only rules for pages of this site.")
@click.option("--kind", default="", help="Only rules that work so: line, prefix, container, ...")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def list_(
    chosen: Settings, language: str, system: str, site: str, kind: str, as_json: bool
) -> None:
    """List the rules in force."""
    rows = rules.listing(
        rules.read(rules_folder(chosen)), language=language, system=system, site=site, kind=kind
    )
    if as_json:
        for row in rows:
            sys.stdout.buffer.write(jsonl_line(row))
        return
    cells = [_COLUMNS, *([_cell(row[name]) for name in _COLUMNS] for row in rows)]
    for line in _aligned(cells) if sys.stdout.isatty() else map("\t".join, cells):
        click.echo(line)


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    return " ".join(str(value).split())


def _aligned(cells: Sequence[Sequence[str]]) -> Iterable[str]:
    """The cells in columns, for a reader."""
    shown = [[views.shorten(cell, _WIDTH) for cell in row] for row in cells]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    for row in shown:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


@rules_.command()
@click.argument("what", nargs=-1, metavar="[FILE|PACK|ID]...")
@click.pass_obj
def test(chosen: Settings, what: tuple[str, ...]) -> None:
    """Hold every rule against its own `strips` and `keeps`.

    Without names all rules in force are tested, those that come with the program and yours.
    """
    sources = rules.named(rules.read(rules_folder(chosen)), what)
    found = [one for source in sources for one in rules.evidence(source)]
    tested = [rule for source in sources for rule in source.pack.rules]
    held = [rule for rule in tested if rule.kind not in rules.UNTESTED]
    lines = sum(len(rule.strips) + len(rule.keeps) for rule in held)
    skipped = len(tested) - len(held)
    _tell(found, f"{lines} lines of {len(held)} rules, {skipped} rules of structure left out")


@rules_.command("lint")
@click.argument("what", nargs=-1, metavar="[FILE|PACK|ID]...")
@click.option(
    "--gold",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Texts that must stay: .txt, a paragraph a line; .json or .jsonl with `text`.",
)
@click.pass_obj
def lint_(chosen: Settings, what: tuple[str, ...], gold: tuple[Path, ...]) -> None:
    """Find rules that are superfluous, too broad, for nothing there is, or take what must stay."""
    sources = rules.read(rules_folder(chosen))
    wanted = rules.named(sources, what)
    found = list(lint.lint(sources, wanted))
    if gold:
        found += lint.on_gold(cleaner_of(chosen), sources, wanted, gold, now())
    _tell(found, f"{sum(len(source.pack.rules) for source in wanted)} rules")


def _tell(found: Sequence[rules.Finding], looked_at: str) -> None:
    """Print the findings and how many; end with 1 if one of them is more than a doubt."""
    for one in found:
        click.echo(str(one))
    wrong = sum(not one.doubt for one in found)
    click.echo(f"{looked_at}: {wrong} wrong, {len(found) - wrong} doubtful", err=True)
    if wrong:
        sys.exit(EXIT_FAILED)


@rules_.command()
@click.argument("line")
@click.option(
    "--language", type=LANGUAGE, default="", help="The language it is for; all without it."
)
@click.option(
    "--kind", type=click.Choice(rules.FROM_A_LINE), help="How it works.  [default: by the line]"
)
@click.option("--label", default="chrome", show_default=True, help="What sort of chrome it is.")
@click.option("--site", default="", metavar="HOST", help="The site it is for; all without it.")
@click.option("--why", default="", help="The reason, for whoever reads the rule.")
@click.option(
    "--add",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Append it to this rule file of yours, which is made if need be.",
)
@click.pass_obj
def new(
    chosen: Settings,
    line: str,
    language: str,
    kind: str | None,
    label: str,
    site: str,
    why: str,
    file: Path | None,
) -> None:
    """Write a rule for one example LINE of chrome: a [[rule]] table, ready for a file of yours."""
    sources = rules.read(rules_folder(chosen))
    family = file.stem if file else site or language or "mine"
    table = rules.draft(line, kind=kind or "", label=label, why=why, family=family)
    if file:
        rule = rules.append(sources, table, file, site=site, language=language)
        click.echo(f"{file}: {rule.id} is added; fill its keeps and why", err=True)
    else:
        keys = rules.scope(site=site, language=language)
        rules.checked(sources, table, Path("new.toml"))
        for key in keys:
            click.echo(f"# for a file with {key}")
        click.echo(table, nl=False)
    for source, other in rules.taking(sources, line, language):
        click.echo(f"already taken by {other.id} ({source.file})", err=True)


@rules_.command()
@sites_option
@click.option("--accept", is_flag=True, help="Write the rules into the folder of your rules.")
@click.option("--explain", is_flag=True, help="All that was found, and what is done about it.")
@click.option("--json", "as_json", is_flag=True, help="The same, one JSON object a site.")
@click.pass_obj
def learn(
    chosen: Settings, hosts: tuple[str, ...], accept: bool, explain: bool, as_json: bool
) -> None:
    """Propose rules for what many pages of a site share: a rule file, with the evidence.

    Nothing is fetched, and nothing is written without --accept or the setting learn_accept.
    """
    folder = _place(chosen, accept=accept)
    written = []
    with opened(chosen) as engine, Reporter() as report:
        for learned in learning.learn(engine, cleaner_of(chosen), hosts, tell=report):
            report(safe(learned.told))
            _show(learned, explain=explain, as_json=as_json, silent=folder is not None)
            if folder is not None:
                written.append(_written(partial(learning.accept, learned, folder), report))
    if not all(written):
        sys.exit(EXIT_FAILED)


@rules_.command("containers")
@sites_option
@click.option("--accept", is_flag=True, help="Write them into the folder of your rules.")
@click.pass_obj
def containers_(chosen: Settings, hosts: tuple[str, ...], accept: bool) -> None:
    """Learn where the article stands on a site's pages, so that they are laid out faster.

    Nothing is fetched, and nothing is written without --accept or the setting learn_accept.
    """
    folder = _place(chosen, accept=accept)
    written = []
    with opened(chosen) as engine, Reporter() as report:
        for learned in containers.learn(engine, cleaner_of(chosen), hosts, tell=report):
            for line in learned.told:
                report(safe(f"{learned.site}: {line}"))
            if folder is None:
                click.echo(learned.text, nl=False)
            else:
                written.append(_written(partial(containers.accept, learned, folder), report))
    if not all(written):
        sys.exit(EXIT_FAILED)


def _place(chosen: Settings, *, accept: bool) -> Path | None:
    """The folder that what is learned is written to; None where it is only shown."""
    if not (accept or chosen.learn_accept):
        return None
    folder = rules_folder(chosen)
    if folder is None:
        raise BadInput("there is no folder for rules; name one with the setting `rules`")
    return folder


def _written(accept: Callable[[], Path | None], report: Reporter) -> bool:
    """Write what was learned of one site; False where its file must stay as it is."""
    try:
        file = accept()
    except BadInput as fault:  # of one site; the others' files are their own
        report(safe(str(fault)))
        return False
    if file is not None:
        report(f"{file}: written; `archiver reclean --dry-run` shows what it changes")
    return True


def _show(learned: learning.Learned, *, explain: bool, as_json: bool, silent: bool) -> None:
    """Print what was learned: an object, a table or, unless it goes to its place, the file."""
    if as_json:
        packed = jsonl_line(learning.as_record(learned)).decode()
        click.echo(safe_json(packed.removesuffix("\n")))
    elif explain:
        for line in learning.table(learned):
            click.echo("\t".join(map(safe, line.split("\t"))))
    elif learned.text and not silent:
        click.echo(learned.text, nl=False)
