"""Schedules: what is due once a day comes once a day, whatever the clocks do."""

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from flows.schedules import next_runs

BERLIN = ZoneInfo("Europe/Berlin")
SPRING = date(2027, 3, 28)
"""At two it becomes three."""
AUTUMN = date(2027, 10, 31)
"""At three it becomes two again."""


def planned(cron: str, day: date) -> set[datetime]:
    """Every time of a day that the server plans, whenever between the day before and the day after it plans."""
    from prefect.server.schemas.schedules import CronSchedule

    schedule = CronSchedule(cron=cron, timezone="Europe/Berlin")
    start = datetime.combine(day - timedelta(days=1), time(18), tzinfo=BERLIN).astimezone(UTC)
    end = start + timedelta(hours=36)

    async def all_of_them() -> set[datetime]:
        found: set[datetime] = set()
        moment = start
        while moment < end:
            found |= {date.astimezone(UTC) for date in await schedule.get_dates(n=50, start=moment, end=end)}
            moment += timedelta(minutes=7, seconds=13)
        return found

    return {date for date in asyncio.run(all_of_them()) if date.astimezone(BERLIN).date() == day}


@pytest.mark.parametrize("day", [SPRING, AUTUMN])
@pytest.mark.parametrize("cron", ["30 2 * * *", "0 2 * * *", "0 3 * * *", "30 1 * * *", "0 7 * * *"])
def test_what_is_due_once_a_day_is_planned_once_when_clocks_change(cron: str, day: date) -> None:
    assert len(planned(cron, day)) == 1


def test_a_time_that_is_skipped_comes_an_hour_early() -> None:
    assert planned("30 2 * * *", SPRING) == {datetime(2027, 3, 28, 0, 30, tzinfo=UTC)}


def test_a_time_that_comes_twice_is_kept_the_first_time() -> None:
    assert planned("30 2 * * *", AUTUMN) == {datetime(2027, 10, 31, 0, 30, tzinfo=UTC)}


@pytest.mark.parametrize("day", [SPRING, AUTUMN])
def test_what_is_due_every_hour_is_never_planned_twice_for_one_hour_of_the_clock(day: date) -> None:
    hours = [moment.astimezone(BERLIN).hour for moment in planned("30 * * * *", day)]
    assert len(hours) == len(set(hours))
    # In autumn the hour that comes twice is kept once; in spring there are 23.
    assert len(hours) == (23 if day == SPRING else 24)


def test_next_runs_are_told_in_the_zone_of_the_schedule() -> None:
    found = next_runs("0 7 * * 1-5", "Europe/Berlin", after=datetime(2027, 3, 26, 12, tzinfo=UTC))
    assert [run.isoformat() for run in found] == [
        "2027-03-29T07:00:00+02:00",
        "2027-03-30T07:00:00+02:00",
        "2027-03-31T07:00:00+02:00",
    ]
