"""Screenings that were asked for at the desk, who is about them, and how far they are.

A run is held by a lease that its process renews; one whose lease has passed was killed, and can be gone on with by a
new run over the same inputs, because the ledger answers what was answered.
"""

import json
from collections.abc import Collection, Mapping
from datetime import timedelta
from pathlib import Path

from pydantic import JsonValue
from sqlalchemy import Connection, RowMapping, insert, select, update

from pipeline.audit_events import Event, EventKind, from_milliseconds
from pipeline.desk.models import ACTIVE, DeskRun
from pipeline.desk.schema import openings_table, runs_table
from pipeline.desk.store import Store, storable
from pipeline.errors import DeskConflict, UnknownToDesk

LEASE = timedelta(seconds=30)
"""A heartbeat every ten seconds leaves room for two that are missed."""

_LONGEST_ERROR = 2_000
RESUMABLE = frozenset(("interrupted", "cancelled", "failed"))


class Runs:
    """The runs of all openings. Every method may raise StorageError, and UnknownToDesk for an id that is none."""

    def __init__(self, store: Store, *, lease: timedelta) -> None:
        self._store = store
        self._lease = round(lease.total_seconds() * 1000)

    def queue(
        self, opening: str, *, by: str, options: Mapping[str, JsonValue] | None = None, resumes: str | None = None
    ) -> DeskRun:
        """Note that a run is wanted, with the opening's newest scorecard; its process holds it from now on.

        Args:
            opening: Id of the opening.
            by: Name of the user, or of the schedule.
            options: What was chosen.
            resumes: The run to go on with; its scorecard version is used, and its options if none are given.

        Raises:
            DeskConflict: A run of this opening is under way, there is no scorecard, or the run cannot be resumed.
        """
        with self._store.writing("queue a run") as connection:
            version, earlier = self._version_and_earlier(connection, opening, resumes)
            if options is None:
                options = {} if earlier is None else earlier.options
            self._note_interrupted(connection, opening)
            table = runs_table
            under_way = select(table.c.id).where(table.c.opening == opening, table.c.state.in_(ACTIVE))
            if (other := connection.execute(under_way).scalar()) is not None:
                raise DeskConflict(f"Run {other!r} of this opening is under way. Wait for it or cancel it.")
            now, run = self._store.now(), self._store.new_id()
            row = {"id": run, "opening": opening, "scorecard_version": version, "state": "queued", "by": by}
            row |= {"options": json.dumps(dict(options), sort_keys=True), "asked": now, "resumes": resumes}
            row |= {"lease_until": now + self._lease, "stage": "", "done": 0, "total": 0, "current": "", "error": ""}
            connection.execute(insert(table).values(**row))
            return self._get(connection, run)

    def begin(self, run: str, *, out: Path) -> DeskRun:
        """Note that the work on a queued run starts.

        Args:
            run: Id of the run.
            out: Folder of its results.

        Raises:
            DeskConflict: It was cancelled meanwhile, or began already.
        """
        with self._store.writing("begin a run") as connection:
            found = self._get(connection, run)
            now = self._store.now()
            self._set(connection, found, {"queued"}, state="running", started=now, out=str(out), lease=now)
            payload: dict[str, JsonValue] = {
                "run": run,
                "scorecard_version": found.scorecard_version,
                "options": found.options,
                "resumes": found.resumes,
            }
            self._append(connection, "run.started", found, actor=found.by, payload=payload)
            return self._get(connection, run)

    def heartbeat(
        self,
        run: str,
        *,
        stage: str | None = None,
        done: int | None = None,
        total: int | None = None,
        current: str | None = None,
    ) -> bool:
        """Hold a queued or running run for another period, and note how far it is.

        Returns:
            Whether to go on; False when the run was cancelled or taken for interrupted.
        """
        given = {"stage": stage, "done": done, "total": total, "current": current}
        values: dict[str, str | int] = {name: value for name, value in given.items() if value is not None}
        if "current" in values:
            values["current"] = storable(str(values["current"]))
        table = runs_table
        statement = update(table).where(table.c.id == run, table.c.state.in_(ACTIVE))
        with self._store.writing("renew the lease of a run") as connection:
            renewed = connection.execute(statement.values(lease_until=self._store.now() + self._lease, **values))
            return renewed.rowcount == 1

    def finish(self, run: str, *, run_id: str | None = None) -> DeskRun:
        """Note that a run is done and its results lie in its folder.

        Args:
            run: Id of the run.
            run_id: As it stands in `run.json`.

        Raises:
            DeskConflict: It was cancelled or taken for interrupted meanwhile.
        """
        return self._end(run, state="done", payload={"run_id": run_id})

    def fail(self, run: str, error: str) -> DeskRun:
        """Note that a run could not be done, and why, in words for a person.

        Raises:
            DeskConflict: It was cancelled or taken for interrupted meanwhile.
        """
        # Only the kind of end goes into the chain: an error's text may name a candidate's file.
        return self._end(run, state="failed", error=storable(error[:_LONGEST_ERROR]))

    def cancel(self, run: str, *, by: str) -> DeskRun:
        """Stop a queued or running run; its process learns it at its next heartbeat.

        Raises:
            DeskConflict: The run is over.
        """
        with self._store.writing("cancel a run") as connection:
            found = self._get(connection, run)
            self._set(connection, found, ACTIVE, state="cancelled", finished=self._store.now(), current="")
            self._append(connection, "run.cancelled", found, actor=by, payload={"run": run})
            return self._get(connection, run)

    def note_interrupted(self, *, opening: str | None = None) -> tuple[DeskRun, ...]:
        """Take active runs whose lease has passed for interrupted.

        Returns:
            Those that were found now, for whoever offers to resume them.
        """
        with self._store.writing("look for interrupted runs") as connection:
            return self._note_interrupted(connection, opening)

    def get(self, run: str) -> DeskRun:
        """One run."""
        with self._store.reading("read a run") as connection:
            return self._get(connection, run)

    def all(self, opening: str | None = None, *, newest: int = 200) -> tuple[DeskRun, ...]:
        """Runs of an opening or of all, newest first."""
        table = runs_table
        query = select(table).order_by(table.c.asked.desc(), table.c.id.desc()).limit(newest)
        if opening is not None:
            query = query.where(table.c.opening == opening)
        with self._store.reading("read runs") as connection:
            return tuple(self._from_row(row) for row in connection.execute(query).mappings())

    def active(self, opening: str | None = None) -> tuple[DeskRun, ...]:
        """Runs that a living process is about, newest first."""
        table = runs_table
        query = select(table).where(table.c.state.in_(ACTIVE)).order_by(table.c.asked.desc(), table.c.id.desc())
        if opening is not None:
            query = query.where(table.c.opening == opening)
        with self._store.reading("read runs") as connection:
            found = [self._from_row(row) for row in connection.execute(query).mappings()]
        # One whose lease has passed is interrupted, whether or not that was noted.
        return tuple(run for run in found if run.active)

    def latest_done(self, opening: str) -> DeskRun | None:
        """The run whose shortlist is shown, or None while there is none."""
        done = self.done(opening)
        return done[-1] if done else None

    def done(self, opening: str | None = None) -> tuple[DeskRun, ...]:
        """Runs with results, in the order in which they ended."""
        table = runs_table
        query = select(table).where(table.c.state == "done").order_by(table.c.finished, table.c.id)
        if opening is not None:
            query = query.where(table.c.opening == opening)
        with self._store.reading("read runs") as connection:
            return tuple(self._from_row(row) for row in connection.execute(query).mappings())

    def _version_and_earlier(
        self, connection: Connection, opening: str, resumes: str | None
    ) -> tuple[int, DeskRun | None]:
        query = select(openings_table.c.scorecard_version).where(openings_table.c.id == opening)
        version: int | None = connection.execute(query).scalar()
        if version is None:
            raise UnknownToDesk(f"There is no opening {opening!r}.")
        if version == 0:
            raise DeskConflict("The opening has no scorecard yet. Write one, then run.")
        if resumes is None:
            return version, None
        earlier = self._get(connection, resumes)
        if earlier.opening != opening or earlier.state not in RESUMABLE:
            raise DeskConflict(f"Run {resumes!r} is {earlier.state} and cannot be gone on with. Start a new one.")
        return earlier.scorecard_version, earlier

    def _end(self, run: str, *, state: str, error: str = "", payload: Mapping[str, JsonValue] | None = None) -> DeskRun:
        with self._store.writing("note the end of a run") as connection:
            found = self._get(connection, run)
            self._set(connection, found, ACTIVE, state=state, finished=self._store.now(), error=error, current="")
            event = self._append(
                connection, "run.ended", found, actor=found.by, payload={"run": run, "state": state, **(payload or {})}
            )
            ended = self._get(connection, run)
        self._store.chain.keep_outside(event)
        return ended

    def _set(
        self,
        connection: Connection,
        run: DeskRun,
        allowed: Collection[str],
        *,
        lease: int | None = None,
        **values: str | int,
    ) -> None:
        # What the row says, whatever its lease: a process that slept too long, and that nobody took for dead,
        # still ends its own run.
        state = connection.execute(select(runs_table.c.state).where(runs_table.c.id == run.id)).scalar()
        if state not in allowed:
            raise DeskConflict(f"Run {run.id!r} is {state} by now.")
        until = None if lease is None else lease + self._lease
        connection.execute(update(runs_table).where(runs_table.c.id == run.id).values(lease_until=until, **values))

    def _note_interrupted(self, connection: Connection, opening: str | None) -> tuple[DeskRun, ...]:
        table, now = runs_table, self._store.now()
        query = select(table).where(table.c.state.in_(ACTIVE), table.c.lease_until < now)
        if opening is not None:
            query = query.where(table.c.opening == opening)
        found = [self._from_row(row) for row in connection.execute(query.order_by(table.c.asked)).mappings().all()]
        for run in found:
            ended = update(table).where(table.c.id == run.id)
            connection.execute(ended.values(state="interrupted", finished=now, lease_until=None, current=""))
            self._append(connection, "run.interrupted", run, actor="shortlist", payload={"run": run.id})
        return tuple(found)

    def _append(
        self,
        connection: Connection,
        kind: EventKind,
        run: DeskRun,
        *,
        actor: str,
        payload: Mapping[str, JsonValue],
    ) -> Event:
        return self._store.chain.append_within(connection, kind, actor=actor, opening=run.opening, payload=payload)

    def _get(self, connection: Connection, run: str) -> DeskRun:
        row = connection.execute(select(runs_table).where(runs_table.c.id == storable(run))).mappings().first()
        if row is None:
            raise UnknownToDesk(f"There is no run {run!r}.")
        return self._from_row(row)

    def _from_row(self, row: RowMapping) -> DeskRun:
        moments = ("asked", "started", "finished", "lease_until")
        values = {**row, "options": json.loads(row["options"])}
        values |= {name: None if row[name] is None else from_milliseconds(row[name]) for name in moments}
        if row["state"] in ACTIVE and row["lease_until"] < self._store.now():
            values["state"] = "interrupted"
        return DeskRun.model_validate(values)
