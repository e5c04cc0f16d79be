"""`archiver rules learn` as a user types it."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

from archiver.archive import engine as archive
from benchmarks.learning import store_pages
from benchmarks.learning_sites import Site
from tests.command_line import archiver, told
from tests.folders import folder_with

SITE = Site("development", "bn", 3, 20)


def made_up(place: Path) -> None:
    """A made-up site."""
    opened = archive.connect(f"sqlite:///{place}/archive.db")
    store_pages(opened, SITE.host, SITE.pages())
    opened.dispose()


folder = folder_with(made_up)


def test_a_proposal_is_a_rule_file_and_nothing_is_written(folder: Path) -> None:
    done = archiver("rules", "learn", "--site", SITE.host, folder=folder)
    assert "rules from 20 pages" in told(done, 0)
    assert tomllib.loads(done.stdout.decode())["sites"] == [SITE.host]
    assert not (folder / "rules").exists()


def test_accepted_rules_act_and_are_listed_and_hold(folder: Path) -> None:
    proposed = archiver("rules", "learn", folder=folder).stdout
    told(archiver("reclean", folder=folder), 0)
    said = told(archiver("rules", "learn", "--accept", folder=folder), 0)
    file = folder / "rules" / "learned" / f"{SITE.host}.toml"
    assert f"rules/learned/{SITE.host}.toml: written" in said
    assert file.read_bytes() == proposed
    told(archiver("rules", "test", str(file), folder=folder), 0)
    shown = archiver("rules", "list", "--site", SITE.host, folder=folder).stdout.decode()
    assert f"\tuser/learned/{SITE.host}\t" in shown
    report = json.loads(archiver("reclean", "--dry-run", "--json", folder=folder).stdout)
    assert report["changed"] > 0
    assert archiver("rules", "learn", folder=folder).stdout == proposed


def test_the_setting_accepts_and_an_edited_file_is_refused(folder: Path) -> None:
    learn = ("rules", "learn", "--site", SITE.host)
    done = archiver(*learn, folder=folder, ARCHIVER_LEARN_ACCEPT="true")
    told(done, 0)
    assert done.stdout == b""
    file = folder / "rules" / "learned" / f"{SITE.host}.toml"
    file.write_text(file.read_text("utf-8") + "# mine\n", "utf-8")
    assert "was edited" in told(archiver(*learn, "--accept", folder=folder), 1)
    assert file.read_text("utf-8").endswith("# mine\n")


def test_the_evidence_is_shown_as_a_table_and_as_json(folder: Path) -> None:
    table = archiver("rules", "learn", "--explain", folder=folder).stdout.decode().splitlines()
    (record,) = map(json.loads, archiver("rules", "learn", "--json", folder=folder).stdout.splitlines())  # fmt: skip
    assert len(table) == len(record["layouts"]) + len(record["findings"])
    assert {"proposed", "removed already"} <= {one["verdict"] for one in record["findings"]}


def test_a_site_that_is_not_there_is_wrong_use(folder: Path) -> None:
    assert "no site is called 'x.example'" in told(
        archiver("rules", "learn", "--site", "x.example", folder=folder), 2
    )
    assert "learn_accept" in told(
        archiver("rules", "learn", folder=folder, ARCHIVER_LEARN_ACCEPT="perhaps"), 2
    )
