"""The documentation against the program: nothing is missing from it, and its examples work."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest
from sqlalchemy import Engine, text

from archiver import rules, settings
from archiver.archive import engine as archive
from archiver.archive.tables import corpus, metadata
from archiver.clean import kinds, selectors
from archiver.cli import cli
from archiver.model import Rule
from archiver.settings import Settings
from archiver.work import sites
from archiver.work.cleaning import Cleaner
from archiver.work.ingest import ingest
from archiver.work.sample_sites import samples_folder
from tests.each import each

TOP = Path(__file__).parent.parent
DOCS = TOP / "docs"
PAGES = [TOP / "README.md", *sorted(DOCS.glob("*.md"))]
GUIDE = (DOCS / "guide.md").read_text("utf-8")
ARCHIVE = (DOCS / "archive.md").read_text("utf-8")
README = (TOP / "README.md").read_text("utf-8")

LINES = re.MULTILINE | re.DOTALL
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", LINES)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def section(page: str, heading: str) -> str:
    """What stands under a heading, up to the next one of its level or above."""
    level = heading.partition(" ")[0]
    inside = re.search(rf"^{re.escape(heading)}\n(.*?)(?=^#{{1,{len(level)}}} |\Z)", page, LINES)
    assert inside is not None, f"there is no heading {heading!r}"
    return inside[1]


def code(page: str, language: str) -> list[str]:
    return [body for name, body in FENCE.findall(page) if name == language]


def prose(page: str) -> str:
    return FENCE.sub("", page)


def rows(table: str) -> list[list[str]]:
    """The cells of every line of a table, without blanks and code marks."""
    lines = [line for line in table.splitlines() if line.startswith("| ")]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]


def anchors(page: str) -> set[str]:
    """The names that headings can be linked by."""
    heads = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head).strip().lower().replace(" ", "-") for head in heads}


def options(command: click.Command) -> list[str]:
    return [
        name
        for parameter in command.params
        if isinstance(parameter, click.Option)
        for name in (*parameter.opts, *parameter.secondary_opts)
    ]


def verbs() -> dict[str, click.Command]:
    """Every command by what is typed for it, those of a group with the group's name."""
    found: dict[str, click.Command] = {}
    for name, command in cli.commands.items():
        if isinstance(command, click.Group):
            found |= {f"{name} {verb}": one for verb, one in command.commands.items()}
        else:
            found[name] = command
    return found


COMMANDS = verbs()


@each("name", sorted(COMMANDS))
def test_every_command_has_a_section_with_an_example_and_its_options(name: str) -> None:
    told = section(GUIDE, f"### `{name}`")
    assert re.search(rf"archiver (--\S+ \S+ )*{name}\b", "".join(code(told, "sh")))
    for option in options(COMMANDS[name]):
        assert re.search(rf"`{re.escape(option)}[` ]", told), f"{name} {option}"


def test_the_guide_has_no_section_for_a_command_that_is_not_there() -> None:
    told = re.findall(r"^### `(.+)`$", section(GUIDE, "## Commands"), re.MULTILINE)
    assert sorted(told) == sorted(COMMANDS)


def test_the_options_of_every_command_are_told_once() -> None:
    told = section(GUIDE, "## Commands")
    for option in (*options(cli), "-h", "--help", "--version"):
        assert f"`{option}" in told


def test_the_settings_table_is_what_the_program_has() -> None:
    """Names, defaults and variables, in the order of the code."""
    listed = rows(section(GUIDE, "## Settings"))[1:]
    shown = [(name, default, variable) for name, default, _, variable, _ in listed if name != "---"]
    expected = []
    for field in fields(Settings):
        value = getattr(Settings(), field.name)
        parts = value if isinstance(value, tuple) else (value,)
        said = ", ".join(f"{part:g}" if isinstance(part, float) else str(part) for part in parts)
        said = said.lower() if isinstance(value, bool) else said
        expected.append((field.name, said or "none", f"ARCHIVER_{field.name.upper()}"))
    assert shown == expected


def test_the_settings_example_reads(tmp_path: Path) -> None:
    file = tmp_path / "archiver.toml"
    file.write_text(code(section(GUIDE, "## Settings"), "toml")[0], "utf-8")
    assert settings.read(file, {}).pause == 10


def test_the_exit_codes_stand_in_one_table() -> None:
    shown = [row[0] for row in rows(section(GUIDE, "## Exit codes"))]
    assert shown == ["code", "---", "0", "1", "2", "3", "130"]


def example_rules() -> list[Rule]:
    tables = [body for body in code(GUIDE, "toml") if "[[rule]]" in body]
    return [
        rules._rule("guide.md", number, raw, kinds.NEEDS_WORDS, selectors.parse)
        for number, body in enumerate(tables)
        for raw in tomllib.loads(body)["rule"]
    ]


def test_every_kind_of_rule_has_an_example() -> None:
    told = section(GUIDE, "### Kinds")
    named = re.findall(r"^`(\w+)`: ", told, re.MULTILINE)
    assert named == list(kinds.KINDS)
    assert [tomllib.loads(body)["rule"][0]["kind"] for body in code(told, "toml")] == named


@each("rule", example_rules())
def test_the_example_rules_take_what_they_say_and_nothing_else(rule: Rule) -> None:
    assert [line for line in rule.strips if not kinds.fires(rule, line)] == []
    assert [line for line in rule.keeps if kinds.fires(rule, line)] == []


def test_every_key_of_a_rule_and_of_a_rule_file_is_told() -> None:
    cells = [row[0] for row in rows(section(GUIDE, "### The rule"))[2:]]
    keys = [key for cell in cells for key in cell.split("`, `")]
    assert sorted(keys) == sorted(rules.KEYS)
    keys = [row[0].strip("[]") for row in rows(section(GUIDE, "### The file"))[2:]]
    assert sorted(keys) == sorted(rules._PACK)


def test_every_label_of_the_shipped_rules_is_told() -> None:
    packs = rules.load(None, kinds.NEEDS_WORDS, selectors.parse)
    labels = {rule.label for pack in packs for rule in pack.rules}
    told = section(GUIDE, "### The rule")
    assert sorted(label for label in labels if f"`{label}`" not in told) == []


@each("name", sorted(metadata.tables))
def test_every_table_and_every_column_is_told(name: str) -> None:
    told = section(ARCHIVE, "## Tables")
    assert f"| `{name}` |" in told
    paragraph = re.search(rf"^\*\*`{name}`\*\* (.*?)(?=^\*\*|^#|\Z)", told, LINES)
    assert paragraph is not None
    missing = [
        column.name
        for column in metadata.tables[name].columns
        if f"`{column.name}`" not in paragraph[1]
    ]
    assert missing == []


def test_the_view_has_the_columns_that_are_told() -> None:
    told = [row[0] for row in rows(section(ARCHIVE, "## The view `corpus`"))[2:]]
    assert told == [column.name for column in corpus.columns]


@pytest.fixture
def filled(archive_url: str) -> Iterator[Engine]:
    """A small archive: the samples, one of them twice, and a page that shows nothing."""
    opened = archive.connect(archive_url)
    when = datetime(2026, 3, 1, tzinfo=UTC)
    page = samples_folder() / "english.example" / "science-fair" / "page.html"
    for url in ("https://news.example/story", "https://news.example/copy"):
        ingest(opened, Cleaner(None), [page], url=url, fetched_at=when, clock=lambda: when)
    yield opened
    opened.dispose()


def test_the_example_queries_run(filled: Engine, tmp_path: Path) -> None:
    """On both databases, and those about what is there find it."""
    empty = tmp_path / "empty.html"
    empty.write_text("<html><body></body></html>", "utf-8")
    ingest(filled, Cleaner(None), [empty], clock=lambda: datetime(2026, 3, 2, tzinfo=UTC))
    queries = code(ARCHIVE, "sql") + code(GUIDE, "sql")
    with archive.read(filled) as c:
        found = [len(c.execute(text(query)).all()) for query in queries]
    assert len(queries) >= 10
    by_language, of_site, gaps, versions, seen, by_rule, failures, copies = found[:8]
    assert (by_language, of_site, gaps, versions) == (1, 2, 1, 1)
    assert (seen, failures, copies) == (3, 1, 1)
    assert by_rule > 3


@pytest.mark.parametrize("heading", ["## Try it", "## Test it"])
def test_the_readme_has_one_command_line_to_try_and_one_to_test(heading: str) -> None:
    blocks = code(section(README, heading), "sh")
    assert len(blocks) == 1
    assert len(blocks[0].strip().splitlines()) == 1


@each("page", PAGES)
def test_links_lead_somewhere(page: Path) -> None:
    """To files of the project and to headings that they have."""
    shown = page.read_text("utf-8")
    broken = []
    for link in LINK.findall(prose(shown)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        file = page.parent / path if path else page
        if not file.exists() or (anchor and anchor not in anchors(file.read_text("utf-8"))):
            broken.append(link)
    assert broken == []


def test_the_starters_are_as_many_as_is_told() -> None:
    told = re.search(r"\*\*Starters\*\* are (\d+) ", (DOCS / "scheduling.md").read_text("utf-8"))
    assert told
    assert int(told[1]) == len(sites.starters())


def test_the_architecture_names_what_there_is() -> None:
    """Every module of a room that it names is there, and every function stands in that module."""
    named = re.findall(
        r"`([a-z]+/[a-z_]+)(?:\.(\w+))?`", (DOCS / "architecture.md").read_text("utf-8")
    )
    assert named
    for path, member in named:
        file = TOP / "archiver" / f"{path}.py"
        assert file.exists(), path
        if member:
            assert re.search(rf"(def|class) {member}\b", file.read_text("utf-8")), (path, member)


def test_the_worked_examples_of_contributing_read() -> None:
    """Its Python is Python, its page file has what a page file has, and its rule does as it says."""
    page = (DOCS / "CONTRIBUTING.md").read_text("utf-8")
    for example in code(page, "python"):
        compile(example, "CONTRIBUTING.md", "exec", dont_inherit=True)
    ((raw,),) = [tomllib.loads(example)["rule"] for example in code(page, "toml")]
    rule = rules._rule("CONTRIBUTING.md", 1, raw, kinds.NEEDS_WORDS, selectors.parse)
    assert all(kinds.fires(rule, line) for line in rule.strips)
    assert not any(kinds.fires(rule, line) for line in rule.keeps)
