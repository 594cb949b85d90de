"""Cron lines over the days when clocks change: every time that a clock shows comes once, none early and none twice.

A time that the clock skips in spring comes as much later as the clock was put forward: 02:30 in Berlin at 03:30. A time
that it shows twice in autumn comes the first time. Prefect plans the former early by the same amount; `belongs` says so
of a planned moment.
"""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

LONGEST_CHANGE: Final = timedelta(hours=3)
"""No zone puts its clock by more at once, a change of the date line apart."""
_AT_ONCE: Final = 12


class Cron(NamedTuple):
    """When something is due."""

    line: str
    """Five fields."""
    timezone: str
    """An IANA name."""
    day_or: bool = True
    """As cron has it: a day fits if its date or its weekday does."""


class Belongs(NamedTuple):
    """Where a planned moment should have been planned."""

    at: datetime
    """In UTC; later than planned for a time that is skipped, earlier for one that comes twice."""
    also: bool
    """The planned moment is due as well, for another reason."""


def due_times(cron: Cron, *, after: datetime, count: int) -> tuple[datetime, ...]:
    """When a cron line is due next, in its zone.

    Args:
        cron: What is due.
        after: Aware of its zone; not itself among what is returned.
        count: How many.
    """
    zone = ZoneInfo(cron.timezone)
    found: set[datetime] = set()
    after = _plain(after)
    for wall in _walls(cron, start=(after - LONGEST_CHANGE).astimezone(zone).replace(tzinfo=None)):
        # A skipped time can come after one that the clock shows later, so look a little further than enough.
        moment = _moment(wall, zone)
        if len(found) >= count and moment > sorted(found)[count - 1] + LONGEST_CHANGE:
            break
        if moment > after:
            found.add(moment)
    return tuple(moment.astimezone(zone) for moment in sorted(found)[:count])


def belongs(cron: Cron, planned: datetime) -> Belongs | None:
    """Whether clocks mislead whoever planned a moment by a cron line; None if it is where it belongs.

    Args:
        cron: What is due.
        planned: Aware of its zone.
    """
    zone, planned = ZoneInfo(cron.timezone), _plain(planned)
    here = planned.astimezone(zone)
    wall = here.replace(tzinfo=None, fold=0)
    if here.fold:
        return Belongs(_moment(wall, zone), also=False) if _fits(cron, wall) else None
    later = (planned + LONGEST_CHANGE).astimezone(zone).utcoffset()
    assert later is not None, "a zone always has an offset"
    skipped = planned.astimezone(UTC).replace(tzinfo=None) + later
    moment = _moment(skipped, zone)
    if skipped == wall or moment.astimezone(zone).replace(tzinfo=None) == skipped or not _fits(cron, skipped):
        return None
    return Belongs(moment, also=_fits(cron, wall))


@lru_cache(maxsize=64)
def clock_changes(timezone: str, *, since: datetime, days: int) -> tuple[datetime, ...]:
    """Hours after which the clock of a zone has been put.

    Args:
        timezone: An IANA name.
        since: A full hour, aware of its zone.
        days: How far to look.
    """
    zone = ZoneInfo(timezone)
    hours = [since.astimezone(UTC) + timedelta(hours=n) for n in range(days * 24 + 1)]
    offsets = [hour.astimezone(zone).utcoffset() for hour in hours]
    return tuple(hour for hour, before, now in zip(hours[1:], offsets, offsets[1:], strict=False) if before != now)


def _plain(moment: datetime) -> datetime:
    """The same moment as the standard library counts: what Prefect uses puts times on its own that a clock skips."""
    return datetime.fromtimestamp(moment.timestamp(), UTC)


def _moment(wall: datetime, zone: ZoneInfo) -> datetime:
    """When a clock shows a time: the first time; as much later if it skips it."""
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)


def _fits(cron: Cron, wall: datetime) -> bool:
    return next(_walls(cron, start=wall, at_once=1), None) == wall


def _walls(cron: Cron, *, start: datetime, at_once: int = _AT_ONCE) -> Iterator[datetime]:
    """Times of a clock that is never put, from a moment on, by the very cron lines that the server reads."""
    from prefect.server.schemas.schedules import CronSchedule

    schedule = CronSchedule(cron=cron.line, timezone="UTC", day_or=cron.day_or)
    after = start.replace(tzinfo=UTC)
    while dates := asyncio.run(schedule.get_dates(n=at_once, start=after)):
        for date in dates:
            yield datetime.fromtimestamp(date.timestamp(), UTC).replace(tzinfo=None)
        after = dates[-1] + timedelta(minutes=1)
