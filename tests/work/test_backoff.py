"""How long origins and targets are left alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.archive.queries import Due
from archiver.model import Fetched, Outcome, TargetKind
from archiver.settings import Settings
from archiver.work.backoff import (
    DAY,
    MAX_DEAD,
    MAX_REFUSED_REST,
    REFUSALS,
    Standing,
    next_due,
    standing,
)
from archiver.work.polite import MAX_REST, MAX_WAIT

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SETTINGS = Settings()


def got(status: int | None, outcome: Outcome = "error", retry: float | None = None) -> Fetched:
    return Fetched(
        requested_url="https://news.example/a",
        final_url="https://news.example/a",
        outcome=outcome,
        reason="" if outcome == "ok" else f"HTTP {status}",
        started_at=NOW,
        status=status,
        retry_after=retry,
        robots="allowed",
    )


def due(kind: TargetKind, failures: int = 0) -> Due:
    return Due(
        id=1,
        url="https://news.example/a",
        site="news.example",
        kind=kind,
        etag=None,
        last_modified=None,
        failures=failures,
        fetches=0,
        due_at=NOW,
        found_at=NOW,
        stated_date="",
    )


def after(*answers: Fetched, pause: float = 5.0) -> Standing:
    found = Standing()
    for one in answers:
        found = standing(found, one, pause)
    return found


@pytest.mark.parametrize("status", [None, 429, 503])
def test_rest_doubles_with_every_failure_and_ends_with_an_answer(status: int | None) -> None:
    """Where no time is stated: twice the pause, then twice as long each time, a day at most."""
    rests = [after(*[got(status)] * count).rest for count in range(1, 5)]
    assert rests == [10.0, 20.0, 40.0, 80.0]
    assert after(*[got(None)] * 40).rest == DAY
    assert after(got(503), got(404)) == Standing()


def test_a_stated_time_is_kept_within_reason() -> None:
    """Retry-After holds up to a week; nothing, garbage and ten years are as if none was stated."""
    assert after(got(503, retry=3600)).rest == 3600
    assert after(got(503, retry=30 * DAY)).rest == MAX_WAIT
    for senseless in (None, 0.0, 10 * 365 * DAY):
        assert after(got(429, retry=senseless)).rest == 10.0


def test_a_broken_page_is_not_a_broken_origin() -> None:
    """A connection that is taken and then breaks is forgiven twice in a row."""
    broken = replace(got(None), requests=1)
    assert [after(*[broken] * count).rest for count in range(1, 5)] == [0.0, 0.0, 10.0, 20.0]


@pytest.mark.parametrize("status", [403, 429])
def test_who_refuses_again_and_again_is_left_alone(status: int) -> None:
    """Five in a row: a day; each further one doubles that, up to a month; any answer ends it."""
    few = after(*[got(status)] * (REFUSALS - 1))
    assert few.rest < DAY
    rests = [after(*[got(status)] * (REFUSALS + more)).rest for more in range(8)]
    assert rests[:3] == [DAY, 2 * DAY, 4 * DAY]
    assert max(rests) == rests[-1] == MAX_REFUSED_REST
    assert f"HTTP {status}" in after(*[got(status)] * REFUSALS).why
    assert after(*[got(status)] * 9, got(200, "ok")) == Standing()


@given(
    st.lists(st.sampled_from([None, 200, 403, 404, 429, 500, 503]), max_size=12),
    st.floats(0, 60),
)
def test_a_rest_is_bounded_and_a_long_one_has_a_reason(
    statuses: list[int | None], pause: float
) -> None:
    answers = (got(status, "ok" if status == 200 else "error") for status in statuses)
    found = after(*answers, pause=pause)
    assert 0 <= found.rest <= MAX_REFUSED_REST
    assert bool(found.why) == (found.rest > MAX_REST)


@pytest.mark.parametrize(
    ("kind", "interval"),
    [
        ("feed", SETTINGS.feed_interval),
        ("section", SETTINGS.feed_interval),
        ("sitemap", SETTINGS.sitemap_interval),
    ],
)
def test_dead_sources_are_asked_less_and_less(kind: TargetKind, interval: float) -> None:
    """Gone, broken or empty: never at the normal interval, a month apart at last, never given up."""
    for answer, dead in ((got(404), False), (got(410), False), (got(200, "ok"), True)):
        waits = [
            next_due(due(kind, count), answer, SETTINGS, NOW, dead=dead) for count in range(14)
        ]
        assert {state for _, state in waits} == {"active"}
        seconds = [wait for wait, _ in waits if wait is not None]
        assert seconds[:2] == [2 * interval, 4 * interval]
        assert seconds == sorted(seconds)
        assert seconds[-1] == MAX_DEAD
    assert next_due(due(kind, 9), got(200, "ok"), SETTINGS, NOW) == (interval, "active")
    assert next_due(due(kind, 9), got(304, "not_modified"), SETTINGS, NOW) == (interval, "active")


def test_a_page_that_is_gone_is_never_asked_for_again() -> None:
    assert next_due(due("page"), got(410), SETTINGS, NOW) == (None, "gone")
    assert next_due(due("page", 2), got(404), SETTINGS, NOW) == (None, "gone")
    assert next_due(due("page"), got(404), SETTINGS, NOW) == (SETTINGS.feed_interval, "active")
