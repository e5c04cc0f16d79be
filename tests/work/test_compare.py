"""Two versions of a page: what the publisher changed, what other rules changed, at each level."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine

from archiver.archive import engine as archive
from archiver.archive import tables as t
from archiver.errors import BadInput
from archiver.work import cleaners, compare, differences
from archiver.work.cleaning import Cleaner
from archiver.work.compare import Comparison
from archiver.work.history import history
from tests.archive.guards import everything
from tests.conftest import archive_with
from tests.work.versions_of import (
    CLUB,
    FIRST,
    NOW,
    OPENED,
    URL,
    body,
    filled,
    ids,
    put,
    with_rule,
)

twice = archive_with(filled)
UPSTREAM = "A second bridge is planned upstream."


def compared(engine: Engine, cleaner: Cleaner, *names: object, under: str = "") -> Comparison:
    found = compare.compare(engine, cleaner, URL, *map(str, names), under=under)
    assert found is not None
    return found


def text(found: Comparison, level: str = "") -> str:
    """What is printed, without the colours."""
    return "\n".join("".join(part for _, part in line) for line in differences.shown(found, level))


def test_two_snapshots_tell_what_the_publisher_changed(twice: Engine, tmp_path: Path) -> None:
    cleaner = with_rule(tmp_path)
    (first, second), (_, new) = ids(twice)
    found = compared(twice, cleaner, first, second)
    assert (found.old.document.cleaner, found.new.document.cleaner) == (new, new)
    assert [(one.op, one.old, one.new) for one in found.text.changes] == [
        ("changed", FIRST, OPENED),
        ("added", None, UPSTREAM),
    ]
    assert [one.op for one in found.blocks.changes] == ["changed", "added"]
    assert found.chrome.changes == ()
    assert found.verdict() == "the kept text changed"
    shown = text(found, "text")
    assert "again on [-Monday-]{+Friday+} after" in shown
    assert f"\n+ {UPSTREAM}" in shown
    assert "bytes: differ" in text(found)


def test_two_cleaners_tell_the_rule_that_took_a_line(twice: Engine, tmp_path: Path) -> None:
    cleaner = with_rule(tmp_path)
    (_, second), (old, new) = ids(twice)
    found = compared(twice, cleaner, old, new)
    assert found.old.snapshot.id == found.new.snapshot.id == second
    (change,) = found.text.changes
    assert (change.op, change.old, change.new) == ("gone", CLUB, None)
    assert [(one.rule, one.text) for one in change.took] == [("mine.club", CLUB)]
    assert change.had_taken == ()
    (back,) = compared(twice, cleaner, new, old).text.changes
    assert (back.op, back.new) == ("added", CLUB)
    assert [one.rule for one in back.had_taken] == ["mine.club"]
    assert [(one.op, one.new) for one in found.chrome.changes] == [("added", CLUB)]
    assert found.blocks.changes == ()
    shown = text(found, "text")
    assert f"- {CLUB}\n    now taken by self_promotion · mine.club" in shown
    assert "was taken by self_promotion · mine.club" in text(compared(twice, cleaner, new, old), "text")  # fmt: skip


def test_without_names_the_newest_two_that_differ_are_compared(
    twice: Engine, tmp_path: Path
) -> None:
    cleaner = with_rule(tmp_path)
    (first, second), (_, new) = ids(twice)
    found = compared(twice, cleaner)
    sides = [(one.snapshot.id, one.document.cleaner) for one in (found.old, found.new)]
    assert sides == [(first, new), (second, new)]
    # Where the publisher changed nothing that is kept, it is the rules that did.
    put(twice, tmp_path, cleaner, body(OPENED, UPSTREAM, nav="Sport"), day=3)
    (_, _, third), _ = ids(twice)
    (change,) = compared(twice, cleaner, second, third).chrome.changes
    assert (change.op, change.old, change.new) == ("changed", "Home Weather", "Home Sport")
    found = compared(twice, cleaner)
    assert (found.old.snapshot.id, found.new.snapshot.id) == (first, third)


def test_only_chrome_is_said_to_be_only_chrome(engine: Engine, tmp_path: Path) -> None:
    cleaner = with_rule(tmp_path)
    put(engine, tmp_path, cleaner, body(FIRST))
    put(engine, tmp_path, cleaner, body(FIRST, nav="Weather today"), day=1)
    put(engine, tmp_path, cleaner, body(FIRST) + b"<!-- 2 -->", day=2)
    first, second, third = ids(engine)[0]
    found = compared(engine, cleaner, first, second)
    assert found.verdict().startswith("only chrome changed")
    assert found.text.changes == ()
    assert {one.new for one in found.chrome.changes} == {"Home Weather today"}
    found = compared(engine, cleaner, first, third)
    assert found.verdict() == "only bytes changed that no reader sees"
    assert "nothing differs" in text(found, "chrome")


def test_what_is_not_stored_is_made_by_todays_rules_and_nothing_is_written(
    engine: Engine, tmp_path: Path
) -> None:
    old = Cleaner(None)
    put(engine, tmp_path, old, body(FIRST))
    with archive.read(engine) as c:
        before = everything(c)
    new = with_rule(tmp_path)
    found = compared(engine, new, old.name("news.example", "en", ()), "today")
    assert (found.old.stored, found.new.stored) == (True, False)
    assert [one.old for one in found.text.changes] == [CLUB]
    assert "made now" in text(found)
    with archive.read(engine) as c:
        assert everything(c) == before


def test_what_was_pruned_cannot_be_made_again_and_says_so(twice: Engine, tmp_path: Path) -> None:
    cleaner = with_rule(tmp_path)
    _, (old, new) = ids(twice)
    plan = cleaners.plan(twice, cleaner, [old], all_old=False)
    cleaners.prune(twice, plan, clock=lambda: NOW)
    with pytest.raises(BadInput, match=r"were pruned, 2026-03-01 06:30:00\. It cannot be made"):
        compared(twice, cleaner, old, new)


def test_a_layout_that_is_gone_is_made_again_or_not_known(twice: Engine, tmp_path: Path) -> None:
    cleaner = with_rule(tmp_path)
    first, second = ids(twice)[0]
    with archive.write(twice) as c:
        c.execute(t.page.delete())
    assert compared(twice, cleaner, first, second).blocks.known
    with archive.write(twice) as c:  # as if another version had made them
        for name, recipe in c.execute(t.cleaner.select().with_only_columns(t.cleaner.c.id, t.cleaner.c.recipe)).all():  # fmt: skip
            changed = {**recipe, "extractor": "another"}
            c.execute(t.cleaner.update().where(t.cleaner.c.id == name).values(recipe=changed))
    found = compared(twice, cleaner, first, second)
    assert (found.blocks.known, found.chrome.known) == (False, False)
    assert [one.new for one in found.text.changes] == [OPENED, UPSTREAM]
    assert "not known" in text(found, "blocks")
    assert "not known" in text(found)


def test_a_page_with_one_version_has_nothing_to_compare(engine: Engine, tmp_path: Path) -> None:
    cleaner = Cleaner(None)
    put(engine, tmp_path, cleaner, body(FIRST))
    assert compare.compare(engine, cleaner, URL) is None


@pytest.mark.parametrize(
    ("names", "fault"),
    [
        (("99",), "no snapshot or cleaner"),
        (("nosuch",), "no snapshot or cleaner"),
        (("1", "today"), "not one of each"),
    ],
)
def test_names_that_the_page_does_not_have_are_named(
    twice: Engine, names: tuple[str, ...], fault: str
) -> None:
    cleaner = Cleaner(None)
    with pytest.raises(BadInput, match=fault):
        compare.compare(twice, cleaner, URL, *names)
    with pytest.raises(BadInput, match="not in this archive"):
        compare.compare(twice, cleaner, "https://news.example/nosuch")


def test_what_a_page_holds_cannot_steer_a_terminal(engine: Engine, tmp_path: Path) -> None:
    """Classes and titles come through as they were sent; what is printed of them does not."""
    cleaner = Cleaner(None)
    evil = "&#27;]0;x&#7;\x1b[2J\x9b31m"
    for day, sign in enumerate("ab"):
        page = body(FIRST + sign).decode().replace("<nav", f'<nav class="{sign}{evil}"')
        page = page.replace("Weather", f"Weather {evil}{sign}").replace(">Foot", f">{evil}{sign}Foot")  # fmt: skip
        put(engine, tmp_path, cleaner, page.encode(), day=day)
    with archive.write(engine) as c:  # and what another version let through
        c.execute(t.document.update().where(t.document.c.id == 1).values(title="\x1b[2J\x9b31m"))
    found = compared(engine, cleaner)
    told = [text(found, level) for level in ("", *differences.LEVELS)]
    told += [
        line for level in ("", *differences.LEVELS) for line in differences.records(found, level)
    ]
    told += [*history(engine, URL, as_json=False), *history(engine, URL, as_json=True)]
    signs = {sign for line in told for sign in line.replace("\n", "")}
    assert not [sign for sign in signs if ord(sign) < 32 or 127 <= ord(sign) < 160]


@pytest.mark.parametrize("lines", [400, pytest.param(4000, marks=pytest.mark.large)])
def test_much_that_changed_is_shown_by_lines_and_says_so(
    engine: Engine, tmp_path: Path, lines: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(differences, "_BY_WORDS", differences._BY_WORDS * lines // 4000)
    cleaner = Cleaner(None)
    old = [f"This is line {n} of a very long list about the river and the bridges." for n in range(lines)]  # fmt: skip
    new = [line.replace("very long", "long") if n % 2 else line for n, line in enumerate(old)]
    for day, told in enumerate((old, new)):
        put(engine, tmp_path, cleaner, body(FIRST, *told), day=day)
    found = compared(engine, cleaner)
    assert len(found.text.changes) == lines // 2
    shown = text(found, "text")
    assert "[-very -]" in shown
    assert shown.count("too much changed to compare it all by words") == 1
    assert f"- {old[-1]}\n+ {new[-1]}" in shown


def test_json_is_one_object_a_line_with_the_same_facts(twice: Engine, tmp_path: Path) -> None:
    cleaner = with_rule(tmp_path)
    first, second = ids(twice)[0]
    found = compared(twice, cleaner, first, second)
    (summary,) = map(json.loads, differences.records(found, ""))
    assert summary["verdict"] == "the kept text changed"
    assert summary["text"] == {"same": 3, "changed": 1, "added": 1, "known": True, "coarse": False}
    head, changed, added = map(json.loads, differences.records(found, "text"))
    assert head["counts"] == {"same": 3, "changed": 1, "added": 1}
    assert {"op": "gone", "text": "Monday"} in changed["words"]
    assert (changed["old"], changed["new"]) == (FIRST, OPENED)
    assert (added["op"], added["new"]) == ("added", UPSTREAM)
    (sent,) = map(json.loads, differences.records(found, "bytes"))
    assert sent["same"] is False
    assert sent["old"]["digest"] != sent["new"]["digest"]
