"""`history`, `diff` and `cleaner` as a user types them."""

from __future__ import annotations

import json
from pathlib import Path

from archiver.archive.engine import connect
from tests.command_line import archiver, told
from tests.folders import folder_with
from tests.work.versions_of import CLUB, FIRST, OPENED, RULE, URL, body, fill


def two_snapshots(place: Path) -> None:
    """A page with two snapshots, and a folder for rules."""
    for day, first in enumerate((FIRST, OPENED), start=1):
        (place / "page.html").write_bytes(body(first))
        words = ("import", "page.html", "--url", URL, "--time", f"2026-03-0{day}T00:00:00Z")
        told(archiver(*words, folder=place), 0)
    (place / "rules").mkdir()


folder = folder_with(two_snapshots)
begun = folder_with()


def objects(*words: str, folder: Path) -> list[dict[str, object]]:
    done = archiver(*words, "--json", folder=folder)
    told(done, 0)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_history_lists_snapshots_and_documents(folder: Path) -> None:
    records = objects("history", URL, folder=folder)
    assert [one["record"] for one in records] == ["page", "snapshot", "snapshot", "document", "document"]  # fmt: skip
    assert [one["first_seen"] for one in records[1:3]] == ["2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z"]  # fmt: skip
    by_digest = archiver("history", str(records[1]["digest"]), folder=folder)
    assert by_digest.stdout == archiver("history", "1", folder=folder).stdout
    assert by_digest.stdout.decode().count("\nsnapshot ") == 2
    assert "not in this archive" in told(archiver("history", "https://a.example/", folder=folder), 2)  # fmt: skip


def test_diff_reads_without_colour_and_has_none_in_a_pipe(folder: Path) -> None:
    shown = archiver("diff", URL, "--level", "text", folder=folder)
    assert told(shown, 0) == ""
    assert "[-Monday-]{+Friday+}" in shown.stdout.decode()
    assert b"\x1b" not in shown.stdout
    (summary,) = objects("diff", URL, "1", "2", folder=folder)
    assert summary["verdict"] == "the kept text changed"
    assert "not one of each" in told(archiver("diff", URL, "1", "today", folder=folder), 2)


def test_new_rules_are_seen_before_they_are_applied(folder: Path) -> None:
    """`today` is the cleaner in force, whatever has been cleaned with it."""
    (old,) = (str(one["id"]) for one in objects("cleaner", "list", folder=folder))
    (folder / "rules" / "mine.toml").write_text(RULE, "utf-8")
    shown = archiver("diff", URL, old, "--level", "text", "--json", folder=folder)
    _, change = [json.loads(line) for line in shown.stdout.splitlines()]
    assert (change["op"], change["old"]) == ("gone", CLUB)
    assert [one["rule"] for one in change["took"]] == ["mine.club"]


def test_a_pruning_asks_says_and_removes(folder: Path) -> None:
    (folder / "rules" / "mine.toml").write_text(RULE, "utf-8")
    (folder / "page.html").write_bytes(body(OPENED, "A third bridge is planned."))
    words = ("import", "page.html", "--url", URL, "--time", "2026-03-03T00:00:00Z")
    told(archiver(*words, folder=folder), 0)
    old, new = (str(one["id"]) for one in objects("cleaner", "list", folder=folder))
    assert "is in force" in told(archiver("cleaner", "prune", new, folder=folder), 2)
    assert "--all-old" in told(archiver("cleaner", "prune", folder=folder), 2)
    # The only document of each of the two older snapshots stays.
    said = archiver("cleaner", "prune", old, "--dry-run", folder=folder)
    assert told(said, 0) == ""
    assert said.stdout.decode() == "in all 0 documents and 0 texts that no other document has\n"
    differing = archiver("cleaner", "show", old, new, folder=folder)
    assert differing.stdout.decode().startswith("+ mine.club  line")


def test_yes_removes_and_a_second_one_has_nothing_to_do(begun: Path) -> None:
    engine = connect(f"sqlite:///{begun}/archive.db")
    fill(engine, begun)
    engine.dispose()
    prune = ("cleaner", "prune", "--all-old")
    assert "say --yes" in told(archiver(*prune, folder=begun), 2)
    assert "removed: 2 documents, 2 texts" in told(archiver(*prune, "--yes", folder=begun), 0)
    (old, new) = objects("cleaner", "list", folder=begun)
    assert (old["documents"], new["documents"]) == (0, 2)
    assert "removed" not in told(archiver(*prune, "--yes", folder=begun), 0)
    said = told(archiver("diff", URL, str(old["id"]), "today", folder=begun), 2)
    assert "cannot be made again" in said


def test_help_is_enough_to_use_them(folder: Path) -> None:
    for words, fact in (
        (("diff",), "today"),
        (("history",), "SHA-256"),
        (("cleaner", "prune"), "release pins"),
        (("cleaner", "list"), "in force"),
    ):
        assert fact in archiver(*words, "--help", folder=folder).stdout.decode()


def test_a_number_that_no_database_counts_is_none(folder: Path) -> None:
    for number in (str(2**63), "9" * 5000):
        done = archiver("diff", URL, "--snapshot", number, folder=folder)
        assert "--snapshot" in told(done, 2)
        assert "no snapshot or cleaner" in told(archiver("diff", URL, number, folder=folder), 2)
    for words in (("search", "x"), ("duplicates",), ("scrape",)):
        assert "--limit" in told(archiver(*words, "--limit", str(2**63), folder=folder), 2)
