"""Checking the audit chain: what was edited, deleted, put in another order, cut off, or hashed again."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from pydantic import JsonValue
from sqlalchemy import Connection, RowMapping, and_, select

from pipeline.audit_chain import candidate_key, payload_digest
from pipeline.audit_events import (
    GENESIS,
    KEPT_OUTSIDE,
    ChainProblem,
    KnownHead,
    LoggedHead,
    ProblemKind,
    Verification,
    event_hash,
)
from pipeline.audit_log import LoggedHeads
from pipeline.audit_schema import events_table, payloads_table, salts_table

_PAGE = 2_000


class _Finished(NamedTuple):
    """A `run.finished` event and what it tells."""

    seq: int
    hash: str
    data: Mapping[str, JsonValue]


def check_chain(
    connection: Connection,
    *,
    heads: Sequence[KnownHead] = (),
    log: LoggedHeads | None = None,
    copies: Sequence[LoggedHeads] = (),
) -> Verification:
    """Follow the chain from its first event to its last.

    An edit, a deletion or another order shows in the hashes; events that were cut off at the end, and a chain whose
    hashes were all made again, show only against heads that were kept elsewhere.

    Args:
        connection: A transaction that reads.
        heads: What `run.json` files remember.
        log: What the file beside the database remembers, read before this transaction began.
        copies: What copies of it remember.
    """
    walk = _Walk(erased_by_record(connection))
    for row in _rows(connection):
        walk.step(row)
    walk.problems += _orphans(connection, walk.last_seq)
    walk.problems += _against_heads(walk, heads)
    logs = (*(() if log is None else (log,)), *copies)
    for one in logs:
        walk.problems += [*one.problems, *_against_log(walk, one)]
    begins = min((head.seq for head in log.heads), default=None) if log is not None else None
    return Verification(
        events=walk.events,
        head=walk.last_hash if walk.events else None,
        problems=tuple(walk.problems),
        erased=tuple(walk.erased),
        heads=len(heads),
        logged=sum(len(one.heads) for one in logs),
        logged_since=begins if begins is not None and walk.kept is not None and walk.kept < begins else None,
        rewritten=tuple(sorted(set(walk.told_again.values()))),
    )


def erased_by_record(connection: Connection) -> dict[int, int]:
    """Events whose payloads were erased, and the event that says so."""
    events, payloads = events_table, payloads_table
    query = select(events.c.seq, payloads.c.payload).join(payloads, payloads.c.seq == events.c.seq)
    found: dict[int, int] = {}
    for seq, written in connection.execute(query.where(events.c.kind == "candidate.erased").order_by(events.c.seq)):
        listed = _data(written).get("events")
        # An erasure can only speak of what was there before it.
        found |= {one: seq for one in listed if isinstance(one, int) and one < seq} if isinstance(listed, list) else {}
    return found


class _Walk:
    """Where the check of the chain stands."""

    def __init__(self, may_lack: Mapping[int, int]) -> None:
        self._may_lack = may_lack
        self.events = 0
        self.last_seq = 0
        self.last_hash = GENESIS
        self.problems: list[ChainProblem] = []
        self.erased: list[int] = []
        self.hashes: dict[str, int] = {}
        self.kept: int | None = None
        """The first event whose head belongs into a file outside of the database."""
        self.finished: dict[str, _Finished] = {}
        self.rewritten: dict[str, dict[str, int]] = {}
        """By run, what its shortlist became when a candidate was erased from it, and the event that says so."""
        self.told_again: dict[str, int] = {}
        """Runs whose shortlist is one that an erasure wrote again, and the event of that erasure."""

    def step(self, row: RowMapping) -> None:
        seq = row["seq"]
        self._check_place(seq)
        self._check_links(row)
        self._check_payload(row)
        self.events += 1
        self.last_seq, self.last_hash = seq, str(row["hash"])
        self.hashes[self.last_hash] = seq
        if self.kept is None and row["kind"] in KEPT_OUTSIDE:
            self.kept = seq

    def _check_place(self, seq: int) -> None:
        wanted = self.last_seq + 1
        if seq != wanted:
            gap = f"Event {wanted} is" if seq == wanted + 1 else f"Events {wanted} to {seq - 1} are"
            self._add("missing", wanted, f"{gap} missing.")

    def _check_links(self, row: RowMapping) -> None:
        seq, gap = row["seq"], row["seq"] != self.last_seq + 1
        if not _hash_fits(row):
            self._add("edited", seq, f"Event {seq} was changed: its hash does not fit what it says.")
        if row["previous"] != self.last_hash and not gap:
            self._add("order", seq, f"Event {seq} does not follow the event before it: one of them was put in place.")

    def _check_payload(self, row: RowMapping) -> None:
        seq, written = row["seq"], row["payload"]
        if written is None:
            if seq in self._may_lack:
                self.erased.append(seq)
            else:
                self._add("payload_missing", seq, f"What event {seq} says was deleted, and no erasure is recorded.")
            return
        parts = _parts(written)
        digest = None if row["salt"] is None else payload_digest(str(row["salt"]), str(written))
        if digest != row["digest"] or _place(parts) != (row["opening"], row["candidate"]):
            self._add("payload_edited", seq, f"What event {seq} says was changed, or its salt was.")
        elif row["kind"] == "run.finished":
            data = _data(written)
            self.finished[str(data.get("run"))] = _Finished(seq, str(row["hash"]), data)
        elif row["kind"] == "candidate.erased":
            rewritten = _data(written).get("rewritten")
            for run, sha256 in rewritten.items() if isinstance(rewritten, dict) else ():
                self.rewritten.setdefault(run, {})[str(sha256)] = seq

    def _add(self, kind: ProblemKind, seq: int | None, text: str) -> None:
        self.problems.append(ChainProblem(kind=kind, seq=seq, text=text))


def _against_heads(walk: _Walk, heads: Sequence[KnownHead]) -> Iterator[ChainProblem]:
    """What the heads that were kept elsewhere know better."""
    fitting = max((walk.hashes[head.hash] for head in heads if head.hash in walk.hashes), default=0)
    for head in heads:
        finished = walk.finished.get(head.run_id)
        if head.hash not in walk.hashes:
            yield _lost_head(head, finished=None if finished is None else finished.seq, fitting=fitting)
        elif finished is None or finished.hash != head.hash:
            text = f"{head.source} names a head of the chain that belongs to another event than its run's."
            yield ChainProblem(kind="record_differs", seq=walk.hashes[head.hash], text=text)
        elif head.shortlist_sha256 is not None and not _is_known(walk, finished, head.shortlist_sha256):
            text = f"The shortlist of {head.source} is not the one whose making event {finished.seq} tells of."
            yield ChainProblem(kind="record_differs", seq=finished.seq, text=text)


def _against_log(walk: _Walk, log: LoggedHeads) -> Iterator[ChainProblem]:
    """The first of the heads kept outside that does not fit."""
    if log.missing and walk.kept is not None:
        text = (
            f"{log.source!r} is missing though the chain tells of decisions or runs since event {walk.kept}: somebody "
            "deleted it, or they are older than it. Look for what is gone with a copy and --heads; the next decision "
            "begins a new file."
        )
        yield ChainProblem(kind="not_checked", seq=None, text=text)
    wrong = [head for head in log.heads if walk.hashes.get(head.hash) != head.seq]
    if not wrong:
        return
    first = min(wrong, key=lambda head: head.seq)
    more = f" So are {len(wrong) - 1} later ones." if len(wrong) > 1 else ""
    yield _unlike(walk, first, more)


def _unlike(walk: _Walk, head: LoggedHead, more: str) -> ChainProblem:
    if head.seq > walk.last_seq:
        text = f"The chain was cut off after event {walk.last_seq}: {head.source} remembers event {head.seq} of "
        return ChainProblem(kind="cut", seq=walk.last_seq or None, text=f"{text}{head.time}, which is gone.{more}")
    text = f"Event {head.seq} is not the one that {head.source} remembers of {head.time}: it or hashes before it were "
    more = more.replace("So are", "Nor are")
    return ChainProblem(kind="rehashed", seq=head.seq, text=f"{text}made again.{more}")


def _is_known(walk: _Walk, finished: _Finished, sha256: str) -> bool:
    """Whether a shortlist is as its run wrote it, or as an erasure that is recorded wrote it again."""
    if finished.data.get("shortlist_sha256") == sha256:
        return True
    run = str(finished.data.get("run"))
    if (seq := walk.rewritten.get(run, {}).get(sha256)) is None:
        return False
    # An erasure comes after what it takes away from, and is told: whoever may erase could hide something behind it.
    walk.told_again[run] = max(seq, walk.told_again.get(run, 0))
    return seq > finished.seq


def _lost_head(head: KnownHead, *, finished: int | None, fitting: int) -> ChainProblem:
    # Without the event of its run it was cut off; with it, all hashes from some event on were made again.
    if finished is None:
        where = f"after event {fitting}" if fitting else "somewhere"
        text = f"The chain was cut off {where}: the event of run {head.run_id!r}, known from {head.source}, is gone."
        return ChainProblem(kind="cut", seq=fitting or None, text=text)
    since = f"between event {fitting + 1} and event {finished}" if fitting < finished else f"before event {finished}"
    text = f"Hashes were made again {since}: the head that {head.source} remembers is not in the chain."
    return ChainProblem(kind="rehashed", seq=finished, text=text)


def _orphans(connection: Connection, last: int) -> Iterator[ChainProblem]:
    """Payloads whose event is gone: whoever deleted the event forgot them."""
    events, payloads = events_table, payloads_table
    query = select(payloads.c.seq).outerjoin(events, events.c.seq == payloads.c.seq).where(events.c.seq.is_(None))
    for seq in connection.execute(query.order_by(payloads.c.seq)).scalars():
        kind: ProblemKind = "cut" if seq > last else "missing"
        text = f"Event {seq} is gone, but what it says is still there."
        yield ChainProblem(kind=kind, seq=seq, text=text)


def _rows(connection: Connection) -> Iterator[RowMapping]:
    """All events with payload and salt, by sequence; in pages, for a chain may be long."""
    events, payloads, salts = events_table, payloads_table, salts_table
    same = and_(salts.c.opening == payloads.c.opening, salts.c.candidate == payloads.c.candidate)
    query = (
        select(events, payloads.c.opening, payloads.c.candidate, payloads.c.payload, salts.c.salt)
        .outerjoin(payloads, payloads.c.seq == events.c.seq)
        .outerjoin(salts, same)
        .order_by(events.c.seq)
        .limit(_PAGE)
    )
    page = connection.execute(query).mappings().all()
    while page:
        yield from page
        page = connection.execute(query.where(events.c.seq > page[-1]["seq"])).mappings().all()


def _hash_fits(row: RowMapping) -> bool:
    fields = {name: row[name] for name in ("seq", "time", "kind", "actor", "digest", "previous")}
    # SQLite keeps whatever kind of value somebody puts into a column.
    kinds = {name: int if name in ("seq", "time") else str for name in fields}
    if not all(isinstance(value, kinds[name]) for name, value in fields.items()):
        return False
    return bool(event_hash(**fields) == row["hash"])


def _parts(written: str) -> dict[str, JsonValue]:
    try:
        parts = json.loads(written)
    except (ValueError, TypeError, RecursionError):
        return {}
    return parts if isinstance(parts, dict) else {}


def _data(written: str) -> dict[str, JsonValue]:
    data = _parts(written).get("data")
    return data if isinstance(data, dict) else {}


def _place(parts: Mapping[str, JsonValue]) -> tuple[str, str] | None:
    """Opening and candidate as the columns beside a payload must have them."""
    opening, candidate = parts.get("opening", 0), parts.get("candidate", 0)
    if not isinstance(opening, str | None) or not isinstance(candidate, str | None):
        return None
    if not isinstance(parts.get("data"), dict):
        return None
    return opening or "", candidate_key(candidate)
