"""What the review app asks of the running machinery: start, cancel, resume, schedules, health."""

import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from pydantic import JsonValue

from flows.desk_screening import run_options
from flows.inboxes import StillArriving, check_inbox
from flows.opening_state import files_of, remember_look
from flows.prescreening_openings import why_not_now
from flows.schedules import Schedules, server_answers
from pipeline.desk.desk import Desk
from pipeline.desk.models import LOCAL_OPERATOR
from pipeline.desk.places import batch_folder
from pipeline.errors import ConfigurationError, DeskConflict, StorageError, UnknownToDesk
from pipeline.own_files import OwnFiles
from pipeline.review.protocols import HealthPart, RunRefused, RunStarter, ScheduleRefused, ScheduleView
from pipeline.settings import Settings
from pipeline.settings_up import UpSettings

LITTLE_ROOM = 1_000_000_000
"""Bytes of free disk below which health says so."""

LoopState = Callable[[], tuple[bool, str]]
"""Whether the loop that starts runs is well, and a line about it."""


class DeskRunner:
    """A `RunStarter` over the desk, a Prefect server and the loop that starts what is queued.

    Starting only notes that a run is wanted: a person who clicked waits for one write to the database.

    Args:
        desk: Where runs are noted.
        settings: Where things lie.
        up: What an operator chose.
        schedules: Kept by the Prefect server.
        wake: Tells the loop to look now.
        loop: How the loop is.
    """

    def __init__(
        self,
        desk: Desk,
        *,
        settings: Settings,
        up: UpSettings,
        schedules: Schedules,
        wake: Callable[[], None],
        loop: LoopState,
    ) -> None:
        self._desk = desk
        self._settings = settings
        self._up = up
        self._schedules = schedules
        self._wake = wake
        self._loop = loop

    def start(self, opening: str, *, by: str, options: Mapping[str, JsonValue] | None = None) -> str:
        """See `RunStarter.start`."""
        chosen = dict(self._up.run) | dict(options or {})
        run_options(chosen)
        with _refusing():
            self._desk.openings.get(opening)
            if not files_of(batch_folder(self._settings.home, opening)):
                raise RunRefused("The batch of this opening is empty. Upload candidates first.")
            run = self._desk.runs.queue(opening, by=by, options=chosen)
        self._wake()
        return run.id

    def cancel(self, run: str, *, by: str) -> None:
        """See `RunStarter.cancel`."""
        with _refusing():
            self._desk.runs.cancel(run, by=by)
        self._wake()

    def resume(self, run: str, *, by: str) -> str:
        """See `RunStarter.resume`."""
        with _refusing():
            earlier = self._desk.runs.get(run)
            again = self._desk.runs.queue(earlier.opening, by=by, resumes=run)
        self._wake()
        return again.id

    def health(self) -> tuple[HealthPart, ...]:
        """See `RunStarter.health`."""
        parts = (self._database(), self._prefect(), self._runner(), self._disk())
        return (*parts, self._workers()) if self._up.runner == "pool" else parts

    def schedules(self) -> tuple[ScheduleView, ...]:
        """See `RunStarter.schedules`."""
        return self._schedules.all()

    def set_schedule(self, opening: str, cron: str, timezone: str, *, by: str, inbox: str | None = None) -> None:
        """See `RunStarter.set_schedule`."""
        with _refusing():
            self._desk.openings.get(opening)
        if inbox:
            try:
                own = OwnFiles(self._settings.home, self._desk.file)
                check_inbox(inbox, own=own, roots=None if self._is_operator(by) else self._up.import_roots)
            except ConfigurationError as error:
                raise ScheduleRefused(str(error)) from error
        self._schedules.put(opening, cron, timezone, inbox=inbox or None)
        self._note(opening, by, {"cron": cron, "timezone": timezone, "inbox": inbox or None})

    def remove_schedule(self, opening: str, *, by: str) -> None:
        """See `RunStarter.remove_schedule`."""
        self._schedules.remove(opening)
        self._note(opening, by, {"removed": True})

    def pause(self, opening: str, *, by: str) -> None:
        """See `RunStarter.pause`."""
        self._schedules.pause(opening, paused=True)
        self._note(opening, by, {"paused": True})

    def unpause(self, opening: str, *, by: str) -> None:
        """See `RunStarter.unpause`."""
        self._schedules.pause(opening, paused=False)
        self._note(opening, by, {"paused": False})

    def run_now(self, opening: str, *, by: str) -> str | None:
        """See `RunStarter.run_now`."""
        inbox = next((view.inbox for view in self._schedules.all() if view.opening == opening), None)
        with _refusing():
            if self._desk.runs.active(opening):
                raise RunRefused("A run of this opening is under way. Wait for it or cancel it.")
            reason = why_not_now(opening, inbox=inbox, by=by, desk=self._desk, settings=self._settings, up=self._up)
        if reason is not None:
            remember_look(self._settings.home, opening, reason)
            return None
        return self.start(opening, by=by)

    def _note(self, opening: str, by: str, change: Mapping[str, JsonValue]) -> None:
        self._desk.chain.append("schedule.changed", actor=by, opening=opening, payload=change)

    def _is_operator(self, name: str) -> bool:
        if name == LOCAL_OPERATOR.name:
            return not self._desk.accounts.exist()
        try:
            return self._desk.accounts.get(name).role == "operator"
        except UnknownToDesk:
            return False

    def _database(self) -> HealthPart:
        began = time.monotonic()
        try:
            active = self._desk.runs.active()
        except StorageError as error:
            return HealthPart(name="database", ok=False, detail=str(error))
        took = (time.monotonic() - began) * 1000
        runs = "1 run" if len(active) == 1 else f"{len(active)} runs"
        return HealthPart(name="database", ok=True, detail=f"answers in {took:.0f} ms; {runs} under way")

    def _prefect(self) -> HealthPart:
        ok = server_answers(self._up.prefect_api, seconds=1.0)
        says = "answers" if ok else "does not answer; runs go on, schedules wait"
        return HealthPart(name="prefect server", ok=ok, detail=f"{self._up.prefect_api} {says}")

    def _runner(self) -> HealthPart:
        ok, detail = self._loop()
        return HealthPart(name="runner", ok=ok, detail=detail)

    def _workers(self) -> HealthPart:
        start = "start one with `prefect worker start --pool shortlist`"
        try:
            online = self._schedules.workers_online()
        except RunRefused as refused:
            return HealthPart(name="workers", ok=False, detail=f"{refused} Is there a work pool? Otherwise {start}.")
        detail = f"{online} online" if online else f"none is online; {start}"
        return HealthPart(name="workers", ok=online > 0, detail=detail)

    def _disk(self) -> HealthPart:
        home = self._settings.home
        try:
            free = shutil.disk_usage(home).free
        except OSError as error:
            return HealthPart(name="disk", ok=False, detail=f"cannot be asked: {error.strerror}")
        writable = os.access(home, os.W_OK)
        detail = f"{free / 1e9:.1f} GB free" + ("" if writable else "; not writable")
        return HealthPart(name="disk", ok=writable and free > LITTLE_ROOM, detail=detail)


@contextmanager
def _refusing() -> Iterator[None]:
    """Turn what the desk refuses into what the app shows."""
    try:
        yield
    except (DeskConflict, StillArriving) as conflict:
        raise RunRefused(str(conflict)) from conflict


def _conforms(runner: DeskRunner) -> RunStarter:
    """Let the type checker hold the two to each other."""
    return runner
