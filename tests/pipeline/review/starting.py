"""A starter that screens nothing: it notes what it was asked for, and pretends to walk through the candidates.

`python tests/pipeline/review/serve.py` serves the app with it.
"""

import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import JsonValue

from pipeline.desk.desk import Desk
from pipeline.errors import DeskConflict
from pipeline.review.protocols import HealthPart, RunRefused, ScheduleRefused, ScheduleView


class FakeStarter:
    """Queues runs at a desk; with `pace`, a thread walks through them.

    Args:
        desk: Where runs are queued.
        pace: Seconds a candidate; None leaves runs queued.
        total: How many candidates a run pretends to read.
    """

    def __init__(self, desk: Desk, *, pace: float | None = None, total: int = 40) -> None:
        self._desk, self._pace, self._total = desk, pace, total
        self._schedules: dict[str, ScheduleView] = {}
        self.asked: list[tuple[str, str, str]] = []
        self.nothing_new = False
        self.parts = (
            HealthPart(name="database", ok=True, detail="SQLite, 12 MB"),
            HealthPart(name="prefect server", ok=True, detail="answers in 4 ms"),
            HealthPart(name="runner", ok=True, detail="0 of 2 runs"),
            HealthPart(name="disk", ok=False, detail="1.2 GB left; make room before the next large batch"),
        )

    def start(self, opening: str, *, by: str, options: Mapping[str, JsonValue] | None = None) -> str:
        return self._queue(opening, by=by, options=options, resumes=None)

    def cancel(self, run: str, *, by: str) -> None:
        self.asked.append(("cancel", run, by))
        try:
            self._desk.runs.cancel(run, by=by)
        except DeskConflict as conflict:
            raise RunRefused(str(conflict)) from conflict

    def resume(self, run: str, *, by: str) -> str:
        return self._queue(self._desk.runs.get(run).opening, by=by, options=None, resumes=run)

    def health(self) -> tuple[HealthPart, ...]:
        return self.parts

    def schedules(self) -> tuple[ScheduleView, ...]:
        return tuple(self._schedules[name] for name in sorted(self._schedules))

    def set_schedule(self, opening: str, cron: str, timezone: str, *, by: str, inbox: str | None = None) -> None:
        if len(cron.split()) != 5:
            raise ScheduleRefused(f"Cron line {cron!r} cannot be read. It has five fields, such as '0 7 * * 1-5'.")
        self.asked.append(("schedule", opening, by))
        start = datetime(2026, 11, 30, 7, tzinfo=UTC)
        self._schedules[opening] = ScheduleView(
            opening=opening,
            cron=cron,
            timezone=timezone,
            active=True,
            next_runs=tuple(start + timedelta(days=n) for n in range(3)),
            last=start - timedelta(days=3),
            last_outcome="nothing new",
            inbox=inbox,
        )

    def remove_schedule(self, opening: str, *, by: str) -> None:
        self._schedules.pop(opening, None)

    def pause(self, opening: str, *, by: str) -> None:
        self._switch(opening, active=False)

    def unpause(self, opening: str, *, by: str) -> None:
        self._switch(opening, active=True)

    def run_now(self, opening: str, *, by: str) -> str | None:
        self.asked.append(("run_now", opening, by))
        return None if self.nothing_new else self._queue(opening, by=by, options=None, resumes=None)

    def _switch(self, opening: str, *, active: bool) -> None:
        if opening not in self._schedules:
            raise ScheduleRefused(f"Opening {opening!r} has no schedule.")
        self._schedules[opening] = self._schedules[opening].model_copy(update={"active": active})

    def _queue(self, opening: str, *, by: str, options: Mapping[str, JsonValue] | None, resumes: str | None) -> str:
        try:
            run = self._desk.runs.queue(opening, by=by, options=options, resumes=resumes)
        except DeskConflict as conflict:
            raise RunRefused(str(conflict)) from conflict
        self.asked.append(("resume" if resumes else "start", run.id, by))
        if self._pace is not None:
            threading.Thread(target=self._walk, args=(run.id,), daemon=True).start()
        return run.id

    def _walk(self, run: str) -> None:
        assert self._pace is not None
        self._desk.runs.begin(run, out=Path("nowhere") / run)
        for stage in ("reading", "judging"):
            for n in range(self._total + 1):
                time.sleep(self._pace)
                if not self._desk.runs.heartbeat(run, stage=stage, done=n, total=self._total, current="someone"):
                    return
        self._desk.runs.fail(run, "This starter screens nothing.")
