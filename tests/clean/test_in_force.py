"""A rule with ends acts on the pages of its time alone, and its ends are part of the recipe."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver import rules
from archiver.clean import identity, kinds, selectors
from archiver.clean.document import clean, in_force
from archiver.errors import BadRules
from archiver.model import Block, Page, Rule

BEGIN, END = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
STORY = "The bridge over the river was opened again on Thursday, in the rain, by a child of six."


def iso(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")


RULE = Rule(id="r", kind="line", label="x", why="", phrases=("Join us",), since=iso(BEGIN), until=iso(END))  # fmt: skip


def kept(at: datetime | None) -> str:
    lines = (STORY, "Join us", STORY + STORY)
    blocks = tuple(Block(f"/line[{n}]", text) for n, text in enumerate(lines, 1))
    page = Page(url="", media_type="text/plain", blocks=blocks, fetched_at=at)
    return clean(page, (RULE,), "").text


@pytest.mark.parametrize(
    ("at", "acts"),
    [
        (BEGIN - timedelta(microseconds=1), False),
        (BEGIN, True),
        (END - timedelta(microseconds=1), True),
        (END, False),
        (datetime(2026, 3, 1, 4, tzinfo=timezone(timedelta(hours=5, minutes=30))), False),
        (None, False),
    ],
)
def test_the_first_moment_is_in_and_the_last_is_not(at: datetime | None, acts: bool) -> None:
    assert ("Join us" in kept(at)) is not acts


@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
def test_ends_sort_as_times_do(at: datetime, end: datetime) -> None:
    assert bool(in_force([replace(RULE, since=iso(end), until="")], at)) is (end <= at)
    assert bool(in_force([replace(RULE, since="", until=iso(end))], at)) is (at < end)


def test_a_rule_without_ends_acts_on_every_page() -> None:
    always = replace(RULE, since="", until="")
    assert list(in_force([always], None)) == [always]


def test_ends_are_part_of_the_recipe_and_their_lack_changes_no_name() -> None:
    always = replace(RULE, since="", until="")
    names = [
        identity.cleaner_id(identity.recipe([rule], "x"))
        for rule in (RULE, replace(RULE, since=""), replace(RULE, until=""), always)
    ]
    assert len(set(names)) == 4
    assert set(identity.recipe([always], "x")["rules"][0]).isdisjoint({"since", "until"})


def read(tmp_path: Path, ends: str) -> Rule:
    file = tmp_path / "mine.toml"
    file.write_text(f'[[rule]]\nid = "a"\nkind = "line"\nwhy = "b"\nphrases = ["c"]\n{ends}\n')
    return rules.read_pack(file, "user/mine", kinds.NEEDS_WORDS, selectors.parse).rules[0]


def test_a_day_and_a_time_with_a_zone_are_read(tmp_path: Path) -> None:
    rule = read(tmp_path, "since = 2026-03-01\nuntil = 2026-04-01T05:30:00+05:30")
    assert (rule.since, rule.until) == (iso(BEGIN), iso(END))


@pytest.mark.parametrize(
    "ends",
    [
        'since = "2026-03-01"',
        "since = 2026",
        "since = 2026-03-01T05:30:00",
        "until = 05:30:00",
        "since = 0001-01-01T00:00:00+05:30",
        "since = 2026-03-01\nuntil = 2026-03-01",
    ],
)
def test_what_is_no_end_is_named(ends: str, tmp_path: Path) -> None:
    with pytest.raises(BadRules, match=r"mine\.toml: rule 'a': .*(since|until)"):
        read(tmp_path, ends)
