"""How often sources and pages are asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.errors import BadInput
from archiver.work import cadence
from archiver.work.cadence import Brought

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
BOUNDS = {"usual": 1800.0, "low": 600.0, "high": 7200.0}
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def feed(last: float | None, named: int, new: int, *dates: datetime) -> float:
    return cadence.feed(last, Brought(named, new, dates), NOW, **BOUNDS)


def test_a_feed_is_asked_less_while_nothing_is_new_and_more_at_once_when_much_is() -> None:
    assert feed(None, 20, 20) == 1800  # at first all is new, which says nothing
    assert feed(1800, 20, 0) == 2700
    assert feed(1800, 20, 1) == 1800
    assert feed(3600, 20, 5) == 1800
    assert feed(7200, 20, 10) == 1800
    assert feed(7200, 20, 0) == 7200
    assert feed(600, 20, 20) == 600


@given(
    st.none() | st.floats(-1e9, 1e9),
    st.integers(0, 200),
    st.lists(MOMENTS, max_size=30),
    st.floats(0, 1e8),
)
def test_a_wait_stays_between_its_bounds(
    last: float | None, new: int, dates: list[datetime], usual: float
) -> None:
    seconds = cadence.feed(
        last, Brought(200, new, tuple(dates)), NOW, usual=usual, low=600, high=7200
    )
    assert min(600, usual) <= seconds <= max(7200, usual)


def test_a_feed_is_asked_before_half_of_what_it_names_can_be_replaced() -> None:
    """By the fastest hour that it shows; an old item that is pinned to it changes nothing."""
    calm = [NOW - timedelta(hours=hours) for hours in (2, 9, 17, 25)]
    burst = [NOW - timedelta(minutes=60 + minutes) for minutes in (0, 10, 20, 30)]
    pinned = NOW - timedelta(days=900)
    assert feed(7200, 8, 1, *calm) == 7200
    assert feed(7200, 9, 1, *burst, *calm, pinned) == pytest.approx(2400, abs=1300)
    assert cadence.turnover([*burst, pinned], NOW) == 1200
    assert cadence.turnover([NOW] * 9, NOW) is None  # the moment when the feed was made


def test_a_sitemap_is_asked_by_its_own_dates() -> None:
    def days(age: float) -> float:
        newest = NOW - timedelta(days=age)
        return cadence.sitemap(newest, NOW, usual=21600) / 86400

    assert [days(age) for age in (0.1, 10, 100, 5000)] == [0.25, 1, 10, 30]
    assert cadence.sitemap(None, NOW, usual=21600) == 21600
    assert days(-400) == 0.25  # what lies in the future says nothing


@given(
    st.lists(st.floats(0, 1e7), max_size=6),
    MOMENTS,
    MOMENTS,
)
def test_a_page_is_asked_again_at_its_next_rung(
    rungs: list[float], born: datetime, now: datetime
) -> None:
    """After so many visits there is no rung left, whatever clock was wrong."""
    waits = 0
    while (seconds := cadence.page(rungs, born, now)) is not None:
        assert 0 < seconds <= max(rungs)
        now = max(now, born) + timedelta(seconds=seconds, milliseconds=1)
        waits += 1
    assert waits <= len(set(rungs))


@pytest.mark.parametrize(
    "schedule", ["", "often", "0 6 * *", "61 * * * *", "0 0 30 2 *", "10s", "-5m", "1e9d", "0.5m"]
)
def test_what_is_no_schedule_is_told(schedule: str) -> None:
    with pytest.raises(BadInput, match="schedule = "):
        cadence.wait(schedule, "", NOW)


def test_a_zone_that_is_none_is_told() -> None:
    for name in ("Kathmandu", "../etc/passwd", "/etc/localtime", "\0"):
        with pytest.raises(BadInput, match="timezone = "):
            cadence.wait("0 6 * * *", name, NOW)


@given(MOMENTS)
def test_cron_keeps_to_the_time_of_its_zone(now: datetime) -> None:
    seconds = cadence.wait("30 6 * * *", "Asia/Kathmandu", now)
    at = (now + timedelta(seconds=seconds)).astimezone(ZoneInfo("Asia/Kathmandu"))
    assert (at.hour, at.minute, at.second) == (6, 30, 0)
    assert 0 < seconds <= 86400 + 900  # Nepal's clocks moved by a quarter of an hour once


def test_no_hour_of_summer_time_is_run_twice_or_never() -> None:
    """On both days of Berlin's year it comes once, and never later than the hour that is missing."""
    for day in (datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 10, 24, 12, tzinfo=UTC)):
        first = day + timedelta(seconds=cadence.wait("30 2 * * *", "Europe/Berlin", day))
        second = first + timedelta(seconds=cadence.wait("30 2 * * *", "Europe/Berlin", first))
        assert first - day < timedelta(hours=15)
        assert timedelta(hours=22) < second - first < timedelta(hours=26)


def test_the_longest_wait_of_a_schedule_is_no_shorter_than_any() -> None:
    assert cadence.longest("6h", "", NOW) >= 6 * 3600
    assert cadence.longest("0 3 1 * *", "", NOW) >= 28 * 86400
