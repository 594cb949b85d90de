"""Events of the audit chain, and what a check of the chain finds."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Literal, Self

from pydantic import Field, JsonValue

from pipeline.models.base import FrozenModel

GENESIS = "0" * 64
"""What the first event names as the hash before it."""

EventKind = Literal[
    "opening.created",
    "opening.changed",
    "scorecard.saved",
    "upload.added",
    "file.replaced",
    "schedule.changed",
    "run.started",
    # A batch was screened and its results written, by whatever way; the only kind that `shortlist screen` adds.
    "run.finished",
    # A run of the desk came to its end: done or failed.
    "run.ended",
    "run.cancelled",
    "run.interrupted",
    "level.opened",
    "name.revealed",
    "decision.made",
    "level.overridden",
    "comment.added",
    "outcome.recorded",
    "explanation.exported",
    "shortlist.exported",
    "candidate.erased",
    "user.added",
    "user.changed",
    "access.changed",
    "token.made",
    "token.revoked",
    "signed_in",
    "signed_out",
    "sign_in.failed",
]


KEPT_OUTSIDE: frozenset[EventKind] = frozenset(
    (
        "run.finished",
        "run.ended",
        "name.revealed",
        "decision.made",
        "level.overridden",
        "comment.added",
        "outcome.recorded",
        "explanation.exported",
        "shortlist.exported",
        "candidate.erased",
    )
)
"""Events whose heads are kept in a file beside the database. Not what anybody can add who has no account."""


class Event(FrozenModel):
    """One link of the chain."""

    seq: int
    """From 1, without gaps."""
    time: datetime
    kind: str
    """One of `EventKind`, unless somebody changed it."""
    actor: str
    digest: str
    """Hex sha256 of a salt and the payload, which lie in other tables."""
    previous: str
    """Hash of the event before, or `GENESIS`."""
    hash: str
    """Hex sha256 over all other fields."""

    @classmethod
    def after(cls, last: "Event | None", *, time: datetime, kind: EventKind, actor: str, digest: str) -> Self:
        """The event that follows another one, or begins the chain.

        Args:
            last: The newest event so far.
            time: Now; kept to the millisecond.
            kind: What was done.
            actor: Who did it.
            digest: Of the payload.
        """
        seq, previous = (1, GENESIS) if last is None else (last.seq + 1, last.hash)
        moment = milliseconds(time)
        return cls(
            seq=seq,
            time=from_milliseconds(moment),
            kind=kind,
            actor=actor,
            digest=digest,
            previous=previous,
            hash=event_hash(seq=seq, time=moment, kind=kind, actor=actor, digest=digest, previous=previous),
        )


class Told(FrozenModel):
    """An event together with its payload."""

    event: Event
    opening: str | None
    candidate: str | None
    data: dict[str, JsonValue]


ProblemKind = Literal[
    "edited",
    "missing",
    "order",
    "payload_edited",
    "payload_missing",
    "cut",
    "rehashed",
    "record_differs",
    "not_checked",
]


class ChainProblem(FrozenModel):
    """Something that is not as it was written."""

    kind: ProblemKind
    seq: int | None
    """Of the event where it shows; None when it cannot be told."""
    text: str
    """A sentence for whoever has to find out what happened."""


class KnownHead(FrozenModel):
    """The head of the chain as a `run.json` remembers it."""

    source: str
    """Where it stands, for messages."""
    hash: str
    run_id: str
    """The run whose `run.finished` event it is."""
    shortlist_sha256: str | None = None


class LoggedHead(FrozenModel):
    """The head of the chain as a file outside of the database remembers it."""

    source: str
    """Where it stands, for messages."""
    seq: int
    hash: str
    time: str
    """As it is written there."""


class Verification(FrozenModel):
    """What a check of the whole chain found."""

    events: int = Field(ge=0)
    head: str | None
    """Hash of the last event."""
    problems: tuple[ChainProblem, ...]
    erased: tuple[int, ...]
    """Events whose payload was erased together with a candidate: nothing is wrong with them."""
    rewritten: tuple[int, ...] = ()
    """Erasures that wrote shortlists again, whose files are as they left them: nothing is wrong with them."""
    heads: int = Field(ge=0)
    """How many heads that runs remember were looked for."""
    logged: int = Field(default=0, ge=0)
    """How many heads of files outside of the database were looked for. Without any head, a cut and a re-hash cannot be
    found."""
    logged_since: int | None = None
    """The first event whose head is kept outside, if there were decisions or runs before it."""

    @property
    def ok(self) -> bool:
        """Whether everything that could be checked is as it was written."""
        return not self.problems


def event_hash(*, seq: int, time: int, kind: str, actor: str, digest: str, previous: str) -> str:
    """Hex sha256 over the fields of an event, the time in milliseconds since the epoch."""
    # As a list in JSON, no two events run together into the same bytes.
    return hashlib.sha256(json.dumps([seq, time, kind, actor, digest, previous]).encode()).hexdigest()


def milliseconds(moment: datetime) -> int:
    """Since the epoch."""
    return round(moment.timestamp() * 1000)


def from_milliseconds(moment: int) -> datetime:
    """The same moment in UTC."""
    return datetime.fromtimestamp(moment / 1000, UTC)
