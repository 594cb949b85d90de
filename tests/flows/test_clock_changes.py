"""Cron lines while clocks change: every time that a clock shows comes once, told by a count of all minutes of a day."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.clock_changes import Cron, belongs, clock_changes, due_times

CHANGES = {
    "Europe/Berlin": (date(2027, 3, 28), date(2027, 10, 31)),
    "America/New_York": (date(2027, 3, 14), date(2027, 11, 7)),
    # By half an hour, in the other half of the year.
    "Australia/Lord_Howe": (date(2027, 10, 3), date(2027, 4, 4)),
}
"""Days on which clocks are put forward and back."""
DAYS = [(zone, day) for zone, days in CHANGES.items() for day in days]


def due_on(day: date, line: str, zone: str) -> list[str]:
    """Times of a day, as the clock shows them."""
    midnight = datetime.combine(day, time(), tzinfo=ZoneInfo(zone))
    found = due_times(Cron(line, zone), after=midnight - timedelta(seconds=1), count=60)
    return [f"{moment:%H:%M%z}" for moment in found if moment.date() == day]


@pytest.mark.parametrize(
    ("zone", "line", "forward", "back"),
    [
        ("Europe/Berlin", "30 2 * * *", ["03:30+0200"], ["02:30+0200"]),
        ("Europe/Berlin", "0 2 * * *", ["03:00+0200"], ["02:00+0200"]),
        ("Europe/Berlin", "0 3 * * *", ["03:00+0200"], ["03:00+0100"]),
        ("Europe/Berlin", "30 1 * * *", ["01:30+0100"], ["01:30+0200"]),
        ("Europe/Berlin", "30 1,2 * * *", ["01:30+0100", "03:30+0200"], ["01:30+0200", "02:30+0200"]),
        ("Europe/Berlin", "30 2,3 * * *", ["03:30+0200"], ["02:30+0200", "03:30+0100"]),
        ("America/New_York", "30 2 * * *", ["03:30-0400"], ["02:30-0500"]),
        ("America/New_York", "30 1 * * *", ["01:30-0500"], ["01:30-0400"]),
        ("Australia/Lord_Howe", "15 2 * * *", ["02:45+1100"], ["02:15+1030"]),
        ("Australia/Lord_Howe", "45 1 * * *", ["01:45+1030"], ["01:45+1100"]),
    ],
)
def test_what_is_due_once_comes_once(zone: str, line: str, forward: list[str], back: list[str]) -> None:
    spring, autumn = CHANGES[zone]
    assert due_on(spring, line, zone) == forward
    assert due_on(autumn, line, zone) == back


def counted(zone: ZoneInfo, hours: set[int], minutes: set[int], day: date) -> list[datetime]:
    """The same by counting: the first moment at which the clock shows each time, later ones put off with the clock."""
    start = datetime.combine(day - timedelta(days=1), time(12), tzinfo=zone).astimezone(UTC)
    shown: dict[datetime, datetime] = {}
    skipped: dict[datetime, datetime] = {}
    before = start.astimezone(zone).replace(tzinfo=None) - timedelta(minutes=1)
    for n in range(48 * 60):
        moment = start + timedelta(minutes=n)
        wall = moment.astimezone(zone).replace(tzinfo=None)
        gap = range(1, round((wall - before).total_seconds() / 60))
        # As many minutes after the change as the time lies in what the clock skipped, and the gap again.
        skipped |= {before + timedelta(minutes=m): moment + timedelta(minutes=m - 1) for m in gap}
        shown.setdefault(wall.replace(fold=0), moment)
        before = wall
    every = {**skipped, **shown}
    due = {moment for wall, moment in every.items() if wall.hour in hours and wall.minute in minutes}
    return sorted(moment for moment in due if moment.astimezone(zone).date() == day)


PARTS = st.sets(st.sampled_from([0, 1, 2, 3, 4]), min_size=1), st.sets(st.sampled_from([0, 15, 29, 30, 45]), min_size=1)


@given(*PARTS, st.sampled_from(DAYS))
@settings(deadline=None, max_examples=40)
def test_every_time_that_the_clock_shows_comes_once(
    hours: set[int], minutes: set[int], where: tuple[str, date]
) -> None:
    zone, day = where
    midnight = datetime.combine(day, time(), tzinfo=ZoneInfo(zone))
    line = f"{','.join(map(str, sorted(minutes)))} {','.join(map(str, sorted(hours)))} * * *"
    found = due_times(Cron(line, zone), after=midnight - timedelta(seconds=1), count=60)
    assert [moment.astimezone(UTC) for moment in found if moment.date() == day] == counted(
        ZoneInfo(zone), hours, minutes, day
    )


def planned(line: str, zone: str, day: date) -> set[datetime]:
    """What the Prefect server plans for a day; its own kind of time, as its client gives it."""
    import asyncio

    from prefect.server.schemas.schedules import CronSchedule

    midnight = datetime.combine(day, time(), tzinfo=ZoneInfo(zone))
    schedule = CronSchedule(cron=line, timezone=zone)
    return set(asyncio.run(schedule.get_dates(n=100, start=midnight, end=midnight + timedelta(hours=30))))


@given(*PARTS, st.sampled_from(DAYS))
@settings(deadline=None, max_examples=40)
def test_what_prefect_plans_and_what_is_put_right_are_what_is_due(
    hours: set[int], minutes: set[int], where: tuple[str, date]
) -> None:
    zone, day = where
    line = f"{','.join(map(str, sorted(minutes)))} {','.join(map(str, sorted(hours)))} * * *"
    cron = Cron(line, zone)
    right = set()
    for moment in planned(line, zone, day):
        found = belongs(cron, moment)
        right |= {moment.timestamp()} if found is None or found.also else set()
        right |= {found.at.timestamp()} if found is not None else set()
    midnight = datetime.combine(day, time(), tzinfo=ZoneInfo(zone))
    due = due_times(cron, after=midnight - timedelta(seconds=1), count=100)
    until = midnight + timedelta(hours=30)
    assert right == {moment.timestamp() for moment in due if moment <= until}


def test_a_second_time_in_autumn_belongs_to_the_first() -> None:
    first, second = (datetime(2027, 10, 31, hour, 30, tzinfo=UTC) for hour in (0, 1))
    daily = Cron("30 2 * * *", "Europe/Berlin")
    assert belongs(daily, first) is None
    found = belongs(daily, second)
    assert found is not None
    assert (found.at, found.also) == (first, False)


def test_changes_are_found_with_the_hour() -> None:
    assert clock_changes("Europe/Berlin", since=datetime(2027, 1, 1, tzinfo=UTC), days=365) == (
        datetime(2027, 3, 28, 1, tzinfo=UTC),
        datetime(2027, 10, 31, 1, tzinfo=UTC),
    )
    assert clock_changes("UTC", since=datetime(2027, 1, 1, tzinfo=UTC), days=365) == ()


def test_days_and_weekdays_are_read_as_cron_reads_them() -> None:
    after = datetime(2027, 3, 26, 12, tzinfo=UTC)
    found = due_times(Cron("0 7 * * 1-5", "Europe/Berlin"), after=after, count=3)
    assert [moment.isoformat() for moment in found] == [
        "2027-03-29T07:00:00+02:00",
        "2027-03-30T07:00:00+02:00",
        "2027-03-31T07:00:00+02:00",
    ]
    either = due_times(Cron("0 7 1 * 1", "UTC"), after=after, count=2)
    assert [moment.date() for moment in either] == [date(2027, 3, 29), date(2027, 4, 1)]
    both = due_times(Cron("0 7 1 * 1", "UTC", day_or=False), after=after, count=1)
    assert [moment.date() for moment in both] == [date(2027, 11, 1)]


def test_what_is_due_every_minute_is_told_soon() -> None:
    found = due_times(Cron("* * * * *", "Europe/Berlin"), after=datetime(2027, 3, 28, 0, 58, tzinfo=UTC), count=3)
    assert [f"{moment:%H:%M}" for moment in found] == ["01:59", "03:00", "03:01"]
