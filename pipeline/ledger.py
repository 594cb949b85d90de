"""The ledger: answered requests, who asked them, and runs. It is the truth; schedulers only schedule.

A request is leased before it is asked and its answer written once. Request bodies are not stored: the ledger
knows a request by its key, and of the candidates' text holds only the quotes that answers contain.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from sqlalchemy import ColumnElement, Connection, Executable, RowMapping, delete, or_, select, update

# SQLite's compiler renders both on_conflict methods of this insert; PostgreSQL's does not render those of SQLite's.
from sqlalchemy.dialects.postgresql import insert

from pipeline.audit_chain import AuditChain
from pipeline.audit_events import from_milliseconds, milliseconds
from pipeline.audit_log import HeadsLog
from pipeline.errors import StorageError
from pipeline.ledger_batches import BatchStore
from pipeline.ledger_engine import Database, OwnerMarks
from pipeline.ledger_schema import (
    FINAL_REASONS,
    Asking,
    LedgerRun,
    RunState,
    answer_from_row,
    answers_table,
    askings_table,
    counts_adapter,
    findings_adapter,
    provider_adapter,
    runs_table,
)
from pipeline.models.verdicts import Answer

Clock = Callable[[], datetime]

LEASE = timedelta(minutes=15)
"""Longer than a judge may be silent; leases are renewed while answers arrive."""

_CHUNK = 500
"""Keys in one look-up; databases bound the number of parameters of a statement."""


class Claim(NamedTuple):
    """What became of a set of requests."""

    answers: dict[str, Answer]
    """Already answered, by key."""
    leased: tuple[str, ...]
    """Ours to ask, in the order given."""
    held: tuple[str, ...]
    """Being asked by another process right now."""


def request_key(fingerprint: str, content: bytes, *, sample: int = 0) -> str:
    """Hex sha256 of judge fingerprint, exact request bytes and sample number."""
    head = fingerprint.encode()
    # Lengths first, so that no two triples run together into the same bytes.
    return hashlib.sha256(b"%d:%d:%d:%b%b" % (len(head), sample, len(content), head, content)).hexdigest()


class Ledger:
    """One open ledger, which is one lease owner. Use `Ledger.open`, and close it or use it as a context manager.

    Every method may raise StorageError.
    """

    def __init__(
        self, database: Database, *, marks: OwnerMarks, clock: Clock, lease: timedelta, heads: HeadsLog | None = None
    ) -> None:
        self._database = database
        self._marks = marks
        self._clock = clock
        self._lease = lease
        self._heads = heads

    @classmethod
    def open(
        cls,
        where: str | Path,
        *,
        clock: Clock = lambda: datetime.now(UTC),
        lease: timedelta = LEASE,
        heads: Path | None = None,
    ) -> Self:
        """Open the ledger at a path or database URL, creating or migrating it where needed.

        Args:
            where: File path, or a SQLAlchemy URL of SQLite or PostgreSQL.
            clock: The current time, aware of its zone.
            lease: How long a lease holds without being renewed.
            heads: A file that heads of the audit chain are noted in, see `HeadsLog`.

        Raises:
            ConfigurationError: The URL cannot be used.
            StorageError: The database cannot be opened, or a newer version of this program wrote it.
        """
        database = Database.open(where)
        marks, log = OwnerMarks.beside(database.engine), None if heads is None else HeadsLog(heads)
        return cls(database, marks=marks, clock=clock, lease=lease, heads=log)

    def close(self) -> None:
        """Give back unanswered leases and close the database, which is closed even if they cannot be given back."""
        try:
            self.release()
        finally:
            try:
                # Without the mark others know that nobody holds these leases any more.
                self._marks.drop()
            finally:
                self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
            return
        # Whoever is told of the first error needs no second one, which most often has the same cause.
        with suppress(StorageError):
            self.close()

    @property
    def batches(self) -> BatchStore:
        """What this ledger knows of batches of requests at a provider."""
        return BatchStore(reading=self._database.reading, writing=self._database.writing, clock=self._clock)

    @property
    def chain(self) -> AuditChain:
        """The audit chain of this database."""
        reading, writing = self._database.reading, self._database.writing
        return AuditChain(reading=reading, writing=writing, clock=self._clock, heads=self._heads)

    def answers(self, keys: Iterable[str]) -> dict[str, Answer]:
        """The stored answers among these keys."""
        with self._database.reading("look up answers") as connection:
            return {row["key"]: answer_from_row(row) for row in _rows(connection, list(keys)) if _is_answered(row)}

    def claim(self, keys: Iterable[str], *, judge: str) -> Claim:
        """Look requests up and lease those that nobody has answered or is asking.

        A lease that has expired, or whose process is gone, is taken over.

        Args:
            keys: Distinct request keys.
            judge: Fingerprint of the judge that will be asked.
        """
        wanted = list(keys)
        found = self.answers(wanted)
        missing = [key for key in wanted if key not in found]
        if not missing:
            return Claim(found, (), ())
        self._marks.hold()
        leased: set[str] = set()
        with self._database.writing("lease requests") as connection:
            for chunk in _chunks(missing):
                self._lease_chunk(connection, chunk, judge=judge)
            for row in _rows(connection, missing):
                if _is_answered(row):
                    found[row["key"]] = answer_from_row(row)
                elif row["lease_owner"] == self._marks.token:
                    leased.add(row["key"])
        held = tuple(key for key in missing if key not in found and key not in leased)
        return Claim(found, tuple(key for key in missing if key in leased), held)

    def record(self, answers: Sequence[Answer], *, judge: str) -> dict[str, Answer]:
        """Write answers once; one that may come out differently next time is not kept and its lease given back.

        Returns:
            Answers that another process had written first, by key. They stand; use them instead.
        """
        if not answers:
            return {}
        kept = [answer for answer in answers if answer.unscored is None or answer.unscored in FINAL_REASONS]
        kept_keys = {answer.key for answer in kept}
        with self._database.writing("write answers") as connection:
            if kept:
                connection.execute(_write_answer(), [self._answer_row(answer, judge=judge) for answer in kept])
            self._give_back(connection, [answer.key for answer in answers if answer.key not in kept_keys])
            earlier = (answers_table.c.status == "answered") & (answers_table.c.lease_owner != self._marks.token)
            rows = _rows(connection, [answer.key for answer in answers], earlier)
            return {row["key"]: answer_from_row(row) for row in rows}

    def renew(self) -> None:
        """Let all leases of this process hold for another period."""
        with self._database.writing("renew leases") as connection:
            connection.execute(
                update(answers_table)
                .where(answers_table.c.status == "leased", answers_table.c.lease_owner == self._marks.token)
                .values(lease_expires=self._expiry())
            )

    def release(self, keys: Iterable[str] | None = None) -> None:
        """Give back leases of this process: of these requests, or all."""
        with self._database.writing("give back leases") as connection:
            self._give_back(connection, None if keys is None else list(keys))

    def note_askings(self, run_id: str, askings: Iterable[Asking]) -> None:
        """Note which candidate's question became which request; a later note of the same asking replaces it."""
        rows = [{"run_id": run_id, **asking.model_dump()} for asking in askings]
        if not rows:
            return
        statement = insert(askings_table)
        fresh = {column: statement.excluded[column] for column in ("fingerprint", "unscored", "detail")}
        statement = statement.on_conflict_do_update(
            index_elements=["run_id", "candidate", "subject", "request_key"], set_=fresh
        )
        with self._database.writing("note askings") as connection:
            connection.execute(statement, rows)

    def askings(self, run_id: str) -> tuple[Asking, ...]:
        """All askings of a run, sorted by candidate and subject."""
        table = askings_table
        query = select(table).where(table.c.run_id == run_id).order_by(table.c.candidate, table.c.subject)
        with self._database.reading("read askings") as connection:
            rows = connection.execute(query).mappings().all()
        return tuple(Asking(**{name: row[name] for name in Asking.model_fields}) for row in rows)

    def start_run(self, run_id: str, *, scorecard_hash: str, judge: str, batch_fingerprint: str) -> None:
        """Note that a run has begun; the same id again starts it afresh."""
        fresh = {
            "scorecard_hash": scorecard_hash,
            "judge": judge,
            "batch_fingerprint": batch_fingerprint,
            "state": "running",
            "started": milliseconds(self._clock()),
            "finished": None,
            "counts": "{}",
            "shortlist_sha256": None,
            "detail": "",
        }
        statement = insert(runs_table).values(id=run_id, **fresh)
        with self._database.writing("note a run") as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=fresh))

    def finish_run(
        self,
        run_id: str,
        *,
        state: RunState = "done",
        counts: Mapping[str, int] | None = None,
        shortlist_sha256: str | None = None,
        detail: str = "",
    ) -> None:
        """Note how a run ended.

        Raises:
            StorageError: The run was never started in this ledger.
        """
        statement = update(runs_table).where(runs_table.c.id == run_id)
        with self._database.writing("note the end of a run") as connection:
            result = connection.execute(
                statement.values(
                    state=state,
                    finished=milliseconds(self._clock()),
                    counts=counts_adapter.dump_json(dict(sorted((counts or {}).items()))).decode(),
                    shortlist_sha256=shortlist_sha256,
                    detail=detail,
                )
            )
            if result.rowcount == 0:
                raise StorageError(f"The ledger knows no run {run_id!r}; start it before finishing it.")

    def runs(self) -> tuple[LedgerRun, ...]:
        """All runs, oldest first."""
        with self._database.reading("read runs") as connection:
            rows = connection.execute(select(runs_table).order_by(runs_table.c.started, runs_table.c.id)).mappings()
            return tuple(_run_from_row(row) for row in rows)

    def _lease_chunk(self, connection: Connection, keys: Sequence[str], *, judge: str) -> None:
        table, mine, now = answers_table, self._marks.token, self._clock()
        row = {"status": "leased", "lease_owner": mine, "lease_expires": self._expiry(), "judge": judge, "detail": ""}
        row["created"] = milliseconds(now)
        connection.execute(insert(table).on_conflict_do_nothing(), [{"key": key, **row} for key in keys])
        leased = table.c.key.in_(keys) & (table.c.status == "leased") & (table.c.lease_owner != mine)
        owners = connection.execute(select(table.c.lease_owner).where(leased).distinct()).scalars().all()
        dead = [owner for owner in owners if self._marks.is_dead(owner)]
        if owners:
            free = or_(table.c.lease_expires <= milliseconds(now), table.c.lease_owner.in_(dead))
            connection.execute(update(table).where(leased, free).values(lease_owner=mine, lease_expires=self._expiry()))

    def _answer_row(self, answer: Answer, *, judge: str) -> dict[str, str | int | None]:
        return {
            "key": answer.key,
            "status": "answered",
            "lease_owner": self._marks.token,
            "lease_expires": 0,
            "judge": judge,
            "findings": findings_adapter.dump_json(answer.findings).decode(),
            "unscored": answer.unscored,
            "detail": answer.detail,
            "provider": provider_adapter.dump_json(dict(sorted(answer.provider.items()))).decode(),
            "created": milliseconds(self._clock()),
        }

    def _give_back(self, connection: Connection, keys: Sequence[str] | None) -> None:
        table = answers_table
        statement = delete(table).where(table.c.status == "leased", table.c.lease_owner == self._marks.token)
        if keys is None:
            connection.execute(statement)
            return
        for chunk in _chunks(keys):
            connection.execute(statement.where(table.c.key.in_(chunk)))

    def _expiry(self) -> int:
        return milliseconds(self._clock() + self._lease)


_ANSWER_COLUMNS = tuple(column.name for column in answers_table.columns if column.name != "key")


@cache
def _write_answer() -> Executable:
    """Made once: what a statement is made of costs more than to execute it."""
    statement = insert(answers_table)
    fresh = {column: statement.excluded[column] for column in _ANSWER_COLUMNS}
    return statement.on_conflict_do_update(index_elements=["key"], set_=fresh, where=answers_table.c.status == "leased")


def _rows(connection: Connection, keys: Sequence[str], *conditions: ColumnElement[bool]) -> Iterator[RowMapping]:
    for chunk in _chunks(keys):
        query = select(answers_table).where(answers_table.c.key.in_(chunk), *conditions)
        yield from connection.execute(query).mappings()


def _chunks(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(keys), _CHUNK):
        yield keys[start : start + _CHUNK]


def _is_answered(row: RowMapping) -> bool:
    return bool(row["status"] == "answered")


def _run_from_row(row: RowMapping) -> LedgerRun:
    finished = row["finished"]
    return LedgerRun(
        id=row["id"],
        scorecard_hash=row["scorecard_hash"],
        judge=row["judge"],
        batch_fingerprint=row["batch_fingerprint"],
        state=row["state"],
        started=from_milliseconds(row["started"]),
        finished=None if finished is None else from_milliseconds(finished),
        counts=counts_adapter.validate_json(row["counts"]),
        shortlist_sha256=row["shortlist_sha256"],
        detail=row["detail"],
    )
