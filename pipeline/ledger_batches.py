"""Batches of requests at a provider, as the ledger knows them: what survives a kill while they are under way.

A batch is written down before the provider hears of it. It stays open until the ledger holds the answers to all of
its requests, so whoever asks one of them later finds the batch instead of sending the request again.
"""

import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, RowMapping, Select, and_, delete, exists, insert, select, update

from pipeline.audit_events import from_milliseconds, milliseconds
from pipeline.ledger_schema import (
    BatchState,
    StoredBatch,
    answers_table,
    provider_batch_requests_table,
    provider_batches_table,
)

Transaction = Callable[[str], AbstractContextManager[Connection]]
"""Opens a transaction, given what it is for in words for an error message."""

OPEN_STATES: tuple[BatchState, ...] = ("creating", "submitted")

_CHUNK = 500
"""Keys in one look-up; databases bound the number of parameters of a statement."""


class OpenBatch(NamedTuple):
    """A batch that is not closed, and those of the wanted requests that it holds."""

    stored: StoredBatch
    keys: tuple[str, ...]


class BatchStore:
    """Provider batches in one ledger. Every method may raise StorageError.

    Args:
        reading: Opens a transaction that reads.
        writing: Opens one that writes.
        clock: The current time, aware of its zone.
    """

    def __init__(self, *, reading: Transaction, writing: Transaction, clock: Callable[[], datetime]) -> None:
        self._reading = reading
        self._writing = writing
        self._clock = clock

    def create(self, *, judge: str, endpoint: str, sent: str, keys: Sequence[str]) -> StoredBatch:
        """Note a batch that is about to be made, with an id that no other has."""
        row: dict[str, str | int] = {
            "id": secrets.token_hex(16),
            "judge": judge,
            "endpoint": endpoint,
            "state": "creating",
            "sent": sent,
            "requests": len(keys),
            "created": milliseconds(self._clock()),
        }
        with self._writing("note a provider batch") as connection:
            made = connection.execute(insert(provider_batches_table).values(row)).inserted_primary_key
            assert made is not None  # An insert of one row always tells it.
            held = [{"batch": made[0], "key": key} for key in keys]
            connection.execute(insert(provider_batch_requests_table), held)
            table = provider_batches_table
            query = select(table).where(table.c.number == made[0])
            return _batch_from_row(connection.execute(query).mappings().one())

    def note_upload(self, batch: StoredBatch, input_file: str) -> StoredBatch:
        """Note that the provider has the batch's file."""
        return self._change(batch, input_file=input_file)

    def note_submission(self, batch: StoredBatch, *, provider_id: str, input_file: str) -> StoredBatch:
        """Note that the provider has the batch."""
        return self._change(batch, state="submitted", provider_id=provider_id, input_file=input_file)

    def close(self, batch: StoredBatch, state: BatchState) -> None:
        """Note that nothing more is to be had from a batch; its requests are free to be asked again."""
        with self._writing("close a provider batch") as connection:
            connection.execute(
                delete(provider_batch_requests_table).where(provider_batch_requests_table.c.batch == batch.number)
            )
            table = provider_batches_table
            connection.execute(update(table).where(table.c.number == batch.number).values(state=state))

    def holding(self, keys: Iterable[str], *, judge: str, endpoint: str) -> tuple[OpenBatch, ...]:
        """The open batches of a judge at an endpoint that hold any of these requests, oldest first."""
        batches, held = provider_batches_table, provider_batch_requests_table
        found: dict[int, list[str]] = {}
        wanted = list(keys)
        with self._reading("look up provider batches") as connection:
            rows = connection.execute(_open_of(judge, endpoint)).mappings().all()
            if not rows:
                return ()
            query = select(held.c.batch, held.c.key).join(batches, batches.c.number == held.c.batch)
            query = query.where(batches.c.number.in_([row["number"] for row in rows]))
            for chunk in _chunks(wanted):
                for number, key in connection.execute(query.where(held.c.key.in_(chunk))):
                    found.setdefault(number, []).append(key)
        stored = [_batch_from_row(row) for row in rows]
        return tuple(OpenBatch(batch, tuple(found[batch.number])) for batch in stored if batch.number in found)

    def forget(self, keys: Sequence[str], *, batches: Iterable[int]) -> None:
        """Note that these batches, by number, hold no answer to these requests that could be used."""
        held = provider_batch_requests_table
        numbers = list(batches)
        with self._writing("forget requests of a provider batch") as connection:
            for chunk in _chunks(keys):
                connection.execute(delete(held).where(held.c.batch.in_(numbers), held.c.key.in_(chunk)))

    def finished(self, *, judge: str, endpoint: str, kept_for: timedelta) -> tuple[StoredBatch, ...]:
        """Submitted batches of which nothing more is needed, oldest first.

        The ledger holds every answer of theirs, or they are older than the provider keeps answers.
        """
        batches, held, answers = provider_batches_table, provider_batch_requests_table, answers_table
        answered = exists().where(and_(answers.c.key == held.c.key, answers.c.status == "answered"))
        needed = exists().where(held.c.batch == batches.c.number, ~answered)
        old = batches.c.created < milliseconds(self._clock() - kept_for)
        query = _open_of(judge, endpoint).where(batches.c.state == "submitted", old | ~needed)
        with self._reading("look up provider batches") as connection:
            return tuple(_batch_from_row(row) for row in connection.execute(query).mappings())

    def unanswered(self, keys: Iterable[str]) -> list[str]:
        """Those of these requests to which the ledger holds no answer."""
        answers, missing = answers_table, []
        with self._reading("look up answers") as connection:
            for chunk in _chunks(list(keys)):
                query = select(answers.c.key).where(answers.c.key.in_(chunk), answers.c.status == "answered")
                there = set(connection.execute(query).scalars())
                missing += [key for key in chunk if key not in there]
        return missing

    def age(self, batch: StoredBatch) -> timedelta:
        """How long ago a batch was written down."""
        return self._clock() - batch.created

    def _change(self, batch: StoredBatch, **values: str) -> StoredBatch:
        table = provider_batches_table
        with self._writing("note a provider batch") as connection:
            connection.execute(update(table).where(table.c.number == batch.number).values(**values))
        return batch.model_copy(update=values)


def _open_of(judge: str, endpoint: str) -> Select[tuple[str | int | None, ...]]:
    table = provider_batches_table
    ours = (table.c.judge == judge, table.c.endpoint == endpoint, table.c.state.in_(OPEN_STATES))
    return select(table).where(*ours).order_by(table.c.number)


def _chunks(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(keys), _CHUNK):
        yield keys[start : start + _CHUNK]


def _batch_from_row(row: RowMapping) -> StoredBatch:
    return StoredBatch.model_validate({**row, "created": from_milliseconds(row["created"])})
