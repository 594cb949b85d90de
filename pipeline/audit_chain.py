"""The audit chain: who did what, in an order that nobody can change unseen.

Every event carries the hash of the one before it. What was done lies in a payload beside it, of which the event holds
only a salted digest, so that a candidate can be forgotten and the chain still stands. Heads of the chain are written
into every `run.json`, and with what people decide into a file beside the database: only they show that events were cut
off at the end, or that all hashes were made again.
"""

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy import Connection, RowMapping, insert, select

from pipeline.audit_events import KEPT_OUTSIDE, Event, EventKind, Told, from_milliseconds, milliseconds
from pipeline.audit_log import HeadsLog
from pipeline.audit_schema import events_table, payloads_table, salts_table
from pipeline.errors import StorageError

Transaction = Callable[[str], AbstractContextManager[Connection]]
"""Opens a transaction, given what it is for in words for an error message."""


class AuditChain:
    """The chain in one database. Every method may raise StorageError.

    Args:
        reading: Opens a transaction that reads.
        writing: Opens one that writes.
        clock: The current time, aware of its zone.
        heads: Where heads are kept outside of the database, if anywhere.
    """

    def __init__(
        self,
        *,
        reading: Transaction,
        writing: Transaction,
        clock: Callable[[], datetime],
        heads: HeadsLog | None = None,
    ) -> None:
        self._reading = reading
        self._writing = writing
        self._clock = clock
        self._heads = heads

    def append(
        self,
        kind: EventKind,
        *,
        actor: str,
        opening: str | None = None,
        candidate: str | None = None,
        payload: Mapping[str, JsonValue] | None = None,
    ) -> Event:
        """Add an event in a transaction of its own.

        Args:
            kind: What was done.
            actor: Who did it: the name of a user, or of the part of this program.
            opening: Which opening it belongs to, if any.
            candidate: Whom it is about, if anyone; forgotten with the candidate.
            payload: The rest of what is to be known about it; forgotten with the candidate.
        """
        with self._writing("add to the audit chain") as connection:
            event = self.append_within(
                connection, kind, actor=actor, opening=opening, candidate=candidate, payload=payload
            )
        self.keep_outside(event)
        return event

    def append_within(
        self,
        connection: Connection,
        kind: EventKind,
        *,
        actor: str,
        opening: str | None = None,
        candidate: str | None = None,
        payload: Mapping[str, JsonValue] | None = None,
    ) -> Event:
        """Add an event in a transaction that writes other things too: both are kept or neither.

        The transaction excludes all other writers, as those of `Database.writing` do: two that append at once would
        fork the chain.
        """
        last = connection.execute(select(events_table).order_by(events_table.c.seq.desc()).limit(1)).mappings().first()
        written = payload_text(opening, candidate, payload or {})
        event = Event.after(
            None if last is None else event_from_row(last),
            time=self._clock(),
            kind=kind,
            actor=actor,
            digest=payload_digest(_salt(connection, opening, candidate), written),
        )
        connection.execute(
            insert(events_table).values(**event.model_dump(exclude={"time"}), time=milliseconds(event.time))
        )
        connection.execute(
            insert(payloads_table).values(
                seq=event.seq, opening=opening or "", candidate=candidate_key(candidate), payload=written
            )
        )
        return event

    def keep_outside(self, event: Event) -> None:
        """Note an event's head in the file outside of the database, if it is of a kind that belongs there.

        `append` does so; whoever calls `append_within` does once the transaction is over, for what is noted there must
        be in the chain.
        """
        if self._heads is not None and event.kind in KEPT_OUTSIDE:
            self._heads.note(event)

    def head(self) -> Event | None:
        """The last event, or None in an empty chain."""
        with self._reading("read the audit chain") as connection:
            query = select(events_table).order_by(events_table.c.seq.desc()).limit(1)
            row = connection.execute(query).mappings().first()
        return None if row is None else event_from_row(row)

    def told(
        self,
        *kinds: EventKind,
        opening: str | None = None,
        candidate: str | None = None,
        actor: str | None = None,
        newest: int | None = None,
    ) -> tuple[Told, ...]:
        """Events with what they tell, oldest first; those whose payload was erased are left out.

        Args:
            kinds: Only of these kinds; of all if none is given.
            opening: Only of this opening.
            candidate: Only about this candidate.
            actor: Only by this one.
            newest: At most so many, the newest.
        """
        with self._reading("read the audit chain") as connection:
            return told_within(connection, *kinds, opening=opening, candidate=candidate, actor=actor, newest=newest)


def told_within(
    connection: Connection,
    *kinds: EventKind,
    opening: str | None = None,
    candidate: str | None = None,
    actor: str | None = None,
    newest: int | None = None,
) -> tuple[Told, ...]:
    """What `AuditChain.told` gives, in a transaction that reads other things too."""
    query = select(events_table, payloads_table.c.payload).join(
        payloads_table, payloads_table.c.seq == events_table.c.seq
    )
    if kinds:
        query = query.where(events_table.c.kind.in_(kinds))
    if opening is not None:
        query = query.where(payloads_table.c.opening == opening)
    if candidate is not None:
        query = query.where(payloads_table.c.candidate == candidate_key(candidate))
    if actor is not None:
        query = query.where(events_table.c.actor == actor)
    query = query.order_by(events_table.c.seq.desc())
    rows = connection.execute(query if newest is None else query.limit(newest)).mappings().all()
    return tuple(told_from_row(row) for row in reversed(rows))


def payload_text(opening: str | None, candidate: str | None, payload: Mapping[str, JsonValue]) -> str:
    """A payload as it is stored and digested: JSON in ASCII, which every database keeps as it is."""
    return canonical({"opening": opening, "candidate": candidate, "data": dict(payload)})


def payload_digest(salt: str, written: str) -> str:
    """Hex sha256 of salt and payload; without the salt nobody can try out what a payload may have been."""
    return hashlib.sha256(f"{salt}{written}".encode()).hexdigest()


def candidate_key(candidate: str | None) -> str:
    """Hex sha256 of a candidate's name, or nothing for none.

    The name may hold half a character pair, which no column takes.
    """
    return "" if candidate is None else hashlib.sha256(candidate.encode("utf-8", "surrogatepass")).hexdigest()


def canonical(value: JsonValue) -> str:
    """JSON that is the same for equal values."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def event_from_row(row: RowMapping) -> Event:
    """Read an event as it stands, whether or not its hashes fit."""
    return Event(
        seq=row["seq"],
        time=from_milliseconds(row["time"]),
        kind=row["kind"],
        actor=row["actor"],
        digest=row["digest"],
        previous=row["previous"],
        hash=row["hash"],
    )


def told_from_row(row: RowMapping) -> Told:
    """Read an event joined with its payload."""
    try:
        return Told.model_validate({"event": event_from_row(row), **json.loads(row["payload"])})
    except (ValueError, TypeError) as error:
        raise unreadable(row["seq"]) from error


def unreadable(seq: int) -> StorageError:
    """What to raise for a payload that is not as this program writes it."""
    return StorageError(
        f"The payload of event {seq} of the audit chain cannot be read: somebody changed it. Run `shortlist verify`."
    )


def _salt(connection: Connection, opening: str | None, candidate: str | None) -> str:
    """The salt of a candidate in an opening, or of what is about nobody there; made when first needed."""
    table, place = salts_table, {"opening": opening or "", "candidate": candidate_key(candidate)}
    query = select(table.c.salt).where(table.c.opening == place["opening"], table.c.candidate == place["candidate"])
    salt: str | None = connection.execute(query).scalar()
    if salt is None:
        salt = secrets.token_hex(32)
        connection.execute(insert(table).values(**place, salt=salt))
    return salt
