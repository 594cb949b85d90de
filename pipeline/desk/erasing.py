"""Forgetting a candidate: what was done about them goes from the database, the links of the chain stay."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from pydantic import JsonValue
from sqlalchemy import ColumnElement, Connection, delete, select, update

from pipeline import ledger_schema
from pipeline.audit_chain import candidate_key
from pipeline.audit_events import Event, Told
from pipeline.desk.schema import payloads_table, runs_table, salts_table, uploads_table
from pipeline.desk.store import Store, storable

ERASED_NOTE = "What stood here named a candidate who was erased."
_CHUNK = 500


class ErasedRecords(NamedTuple):
    """What went from the database."""

    events: int
    """Of the audit chain, whose payloads told of the candidate."""
    askings: int
    """Of the ledger: which questions became which requests."""
    answers: int
    """Of the ledger, that nobody else had asked for."""


class Erasure(NamedTuple):
    """What is to be known of an erasure, besides whom it is about: nothing of it names anybody."""

    files: Collection[str] = ()
    """Sha256 of documents that are not to be taken again."""
    rewritten: Mapping[str, str] = {}
    """Sha256 of `shortlist.json` without the candidate, by the `run_id` of its run record."""
    names: Collection[str] = ()
    """Of the candidate and of their files, to be looked for in notes; not kept."""
    batch: Path | None = None
    """The folder that the runs were over."""


def erase_candidate(
    store: Store, opening: str, candidate: str, *, by: str, erasure: Erasure | None = None
) -> ErasedRecords:
    """Delete the payloads and the salt of a candidate of an opening, and note which events lost theirs.

    The event that notes it names nobody. Without it, a payload that is gone, or a shortlist that was written again,
    is a problem for `shortlist verify`.
    """
    payloads, salts, key = payloads_table, salts_table, candidate_key(candidate)
    erasure = erasure or Erasure()
    event: Event | None = None
    with store.writing("erase a candidate") as connection:
        theirs = (payloads.c.opening == opening) & (payloads.c.candidate == key)
        events = list(connection.execute(select(payloads.c.seq).where(theirs).order_by(payloads.c.seq)).scalars())
        connection.execute(delete(payloads).where(theirs))
        connection.execute(delete(salts).where(salts.c.opening == opening, salts.c.candidate == key))
        shown = (runs_table.c.opening == opening) & (runs_table.c.current == storable(candidate))
        connection.execute(update(runs_table).where(shown).values(current=""))
        _clean_notes(connection, opening, {candidate, *erasure.names})
        askings, answers = _erase_asked(connection, candidate, erasure.batch)
        if events or askings or erasure.files or erasure.rewritten:
            payload: dict[str, JsonValue] = {"events": list[JsonValue](events)}
            if erasure.files:
                payload["files"] = list[JsonValue](sorted(erasure.files))
            if erasure.rewritten:
                payload["rewritten"] = dict[str, JsonValue](sorted(erasure.rewritten.items()))
            event = store.chain.append_within(
                connection, "candidate.erased", actor=by, opening=opening, payload=payload
            )
    if event is not None:
        store.chain.keep_outside(event)
    store.database.empty_log()
    return ErasedRecords(len(events), askings, answers)


def erased_files(told: Iterable[Told]) -> frozenset[str]:
    """Sha256 of documents that were erased, from `candidate.erased` events."""
    found: set[str] = set()
    for one in told:
        listed = one.data.get("files")
        found |= {sha256 for sha256 in listed if isinstance(sha256, str)} if isinstance(listed, list) else set()
    return frozenset(found)


def _clean_notes(connection: Connection, opening: str, names: Iterable[str]) -> None:
    """Take away what notes of uploads and errors of runs say if they name the candidate or a file of theirs."""
    wanted = [storable(name) for name in names if name]
    named = re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in wanted) or r"(?!)")
    for table, column in ((uploads_table, uploads_table.c.note), (runs_table, runs_table.c.error)):
        rows = connection.execute(select(table.c.id, column).where(table.c.opening == opening, column != "")).all()
        for id, text in rows:
            if named.search(text):
                connection.execute(update(table).where(table.c.id == id).values({column.name: ERASED_NOTE}))


def _erase_asked(connection: Connection, candidate: str, batch: Path | None) -> tuple[int, int]:
    """Delete what runs over a batch asked about a candidate, and the answers that nobody else asked for."""
    if batch is None:
        return 0, 0
    askings, answers, runs = ledger_schema.askings_table, ledger_schema.answers_table, ledger_schema.runs_table
    over = select(runs.c.id).where(runs.c.batch_fingerprint == str(batch.resolve()))
    theirs: ColumnElement[bool] = (askings.c.candidate == candidate) & askings.c.run_id.in_(over)
    keys = connection.execute(select(askings.c.request_key).where(theirs).distinct()).scalars().all()
    gone = connection.execute(delete(askings).where(theirs)).rowcount
    deleted = 0
    for chunk in _chunks(keys):
        others = connection.execute(
            select(askings.c.request_key).where(askings.c.request_key.in_(chunk)).distinct()
        ).scalars()
        unused = sorted({*chunk} - {*others})
        deleted += connection.execute(delete(answers).where(answers.c.key.in_(unused))).rowcount
    return gone, deleted


def _chunks(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(keys), _CHUNK):
        yield keys[start : start + _CHUNK]
