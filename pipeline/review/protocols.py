"""What the review app needs of the machinery that runs screenings; `flows.up` gives it.

Every method is synchronous and may take up to a few seconds (a call of the Prefect server), so an endpoint that calls
one is a plain `def`. Ids of openings and runs are those of the desk.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from pydantic import JsonValue

from pipeline.errors import ConfigurationError, ShortlistError
from pipeline.models.base import FrozenModel


class RunRefused(ShortlistError):
    """A run that is not started now; the message says why, in words for the person who asked for it."""


class ScheduleRefused(ConfigurationError):
    """A schedule that cannot be kept: the message names the cron line, the time zone or the inbox at fault."""


class HealthPart(FrozenModel):
    """Whether one part of the running machinery works."""

    name: str
    """Such as `database`, `prefect server`, `runner`, `disk`."""
    ok: bool
    detail: str
    """One line for an operator; never holds a password."""


class ScheduleView(FrozenModel):
    """When an opening is prescreened by itself."""

    opening: str
    cron: str
    """Five fields."""
    timezone: str
    """An IANA name."""
    active: bool
    """False while paused."""
    next_runs: tuple[datetime, ...] = ()
    """The next three, with the zone's offset; empty while paused."""
    last: datetime | None = None
    """When it last looked, whether or not there was anything new."""
    last_outcome: str | None = None
    """What came of it, such as `nothing new`."""
    inbox: str | None = None
    """A folder or fsspec URL that is copied into the opening's batch before each run; None for the batch alone."""


class RunStarter(Protocol):
    """Starts, stops and schedules screenings; what they do is written to the desk."""

    def start(self, opening: str, *, by: str, options: Mapping[str, JsonValue] | None = None) -> str:
        """Start a screening of the opening's batch with its newest scorecard.

        Args:
            opening: Id of the opening.
            by: Name of the user.
            options: Fields of `flows.run_options.RunOptions`, such as `{"judge": "openai:MODEL", "top": 5}`; what is
                not given is as in the settings, then the scorecard's. The files of a run hold names, whatever the
                opening covers: the app covers them.

        Returns:
            Id of the run, which is in the desk as `queued` or `running` when this returns.

        Raises:
            RunRefused: One of this opening is queued or running already, or the batch is empty.
            ConfigurationError: The options or the scorecard cannot be used.
        """

    def cancel(self, run: str, *, by: str) -> None:
        """Ask a queued or running run to stop; it does within a second or two of the current candidate.

        Raises:
            RunRefused: The run is over.
        """

    def resume(self, run: str, *, by: str) -> str:
        """Start a run over the same scorecard version and options; what was answered is not asked again.

        Args:
            run: Id of a run that was interrupted or cancelled, or that failed.
            by: Name of the user.

        Returns:
            Id of the new run.

        Raises:
            RunRefused: The run is not one of these, or another one of the opening is under way.
        """

    def health(self) -> tuple[HealthPart, ...]:
        """How the parts are, now; a part that cannot be asked is not ok."""

    def schedules(self) -> tuple[ScheduleView, ...]:
        """The schedules of all openings that have one, by opening.

        Raises:
            RunRefused: The Prefect server does not answer.
        """

    def set_schedule(self, opening: str, cron: str, timezone: str, *, by: str, inbox: str | None = None) -> None:
        """Prescreen an opening by itself from now on; takes the place of an earlier schedule and keeps it paused if so.

        Raises:
            ScheduleRefused: Nothing was changed.
        """

    def remove_schedule(self, opening: str, *, by: str) -> None:
        """Forget an opening's schedule; does nothing if there is none."""

    def pause(self, opening: str, *, by: str) -> None:
        """Leave out runs until `unpause`.

        Raises:
            ScheduleRefused: The opening has no schedule.
        """

    def unpause(self, opening: str, *, by: str) -> None:
        """Run by schedule again; what was left out is not made up for.

        Raises:
            ScheduleRefused: The opening has no schedule.
        """

    def run_now(self, opening: str, *, by: str) -> str | None:
        """Do now what the schedule would: fetch the inbox, screen if anything is new.

        Returns:
            Id of the run, or None when nothing was new.

        Raises:
            RunRefused: A run of this opening is under way, or files are still arriving.
        """
