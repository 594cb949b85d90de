"""The tables of the ledger and the values that travel in and out of them.

A test compares these tables with what the migrations make; an applied migration is never edited.
"""

from datetime import datetime
from typing import Literal

from pydantic import Field, TypeAdapter
from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, RowMapping, String, Table, Text

from pipeline.models.base import FrozenModel
from pipeline.models.dossier import UnscoredReason
from pipeline.models.verdicts import Answer, Finding

HEAD = "0005"
"""The newest migration; a test holds it to the migrations folder."""

RunState = Literal["running", "done", "failed"]

BatchState = Literal["creating", "submitted", "fetched", "cancelled", "failed", "lost"]
"""Of a provider batch; one that is `creating` may or may not be at the provider, the last four are closed."""

FINAL_REASONS: frozenset[UnscoredReason] = frozenset(("judge_refused",))
"""Unscored answers that would come out the same again, so that asking again only costs money.

Every other reason is an accident of one run: it is noted with that run's askings and the next run asks again.
"""

metadata = MetaData()

# Times are milliseconds since the epoch: they compare as numbers in every database.
answers_table = Table(
    "answers",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("status", String(8), nullable=False),
    # On an answered row: who answered it.
    Column("lease_owner", String(32), nullable=False),
    Column("lease_expires", BigInteger, nullable=False),
    Column("judge", Text, nullable=False),
    Column("findings", Text),
    Column("unscored", String(32)),
    Column("detail", Text, nullable=False),
    Column("provider", Text),
    Column("created", BigInteger, nullable=False),
)

askings_table = Table(
    "askings",
    metadata,
    # Holds the scorecard's id.
    Column("run_id", Text, primary_key=True),
    Column("candidate", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("request_key", String(64), primary_key=True),
    Column("fingerprint", Text, nullable=False),
    # Why this run got no answer, when the answer itself is not kept.
    Column("unscored", String(32)),
    Column("detail", Text, nullable=False),
    Index("askings_request_key", "request_key"),
)

runs_table = Table(
    "runs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("scorecard_hash", String(64), nullable=False),
    Column("judge", Text, nullable=False),
    # May be a path.
    Column("batch_fingerprint", Text, nullable=False),
    Column("state", String(8), nullable=False),
    Column("started", BigInteger, nullable=False),
    Column("finished", BigInteger),
    Column("counts", Text, nullable=False),
    Column("shortlist_sha256", String(64)),
    Column("detail", Text, nullable=False),
)

# Batches of requests at a provider, which go on while no process of ours lives.
provider_batches_table = Table(
    "provider_batches",
    metadata,
    # A batch of repairs has a higher number than the batch whose answers it repairs.
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("judge", Text, nullable=False),
    Column("endpoint", Text, nullable=False),
    Column("state", String(9), nullable=False),
    Column("sent", Text, nullable=False),
    Column("input_file", Text),
    Column("provider_id", Text),
    Column("requests", Integer, nullable=False),
    Column("created", BigInteger, nullable=False),
    Index("provider_batches_state", "state"),
)

# Which requests a batch that is not closed still holds the answer to.
provider_batch_requests_table = Table(
    "provider_batch_requests",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("batch", Integer, primary_key=True),
    Index("provider_batch_requests_batch", "batch"),
)


class Asking(FrozenModel):
    """One candidate's question in one run, and the request it became."""

    candidate: str
    subject: str
    request_key: str
    fingerprint: str
    """Of the judge that was asked."""
    unscored: UnscoredReason | None = None
    """Why this run got no answer; None if the ledger holds one."""
    detail: str = ""


class LedgerRun(FrozenModel):
    """One run as the ledger knows it."""

    id: str
    scorecard_hash: str
    judge: str
    """Fingerprint of the judge."""
    batch_fingerprint: str
    """Hash over the submitted files, chosen by the caller."""
    state: RunState
    """A run that was killed stays `running`; that is no obstacle to the next one."""
    started: datetime
    finished: datetime | None = None
    counts: dict[str, int] = Field(default_factory=dict)
    shortlist_sha256: str | None = None
    detail: str = ""


class StoredBatch(FrozenModel):
    """One provider batch as the ledger knows it."""

    number: int
    """In the order in which batches were made."""
    id: str
    """Ours; the provider keeps it as metadata."""
    judge: str
    """Fingerprint of the judge."""
    endpoint: str
    """The endpoint's URL, without secrets."""
    state: BatchState
    sent: str
    """JSON: how its requests were written, as far as the judge's parameters leave that open."""
    input_file: str | None = None
    """The provider's id of the uploaded file."""
    provider_id: str | None = None
    """The provider's id of the batch."""
    requests: int
    created: datetime


findings_adapter = TypeAdapter(tuple[Finding, ...])
provider_adapter = TypeAdapter(dict[str, str | int | float])
counts_adapter = TypeAdapter(dict[str, int])


def answer_from_row(row: RowMapping) -> Answer:
    """Read an answered row back as the answer that was written."""
    return Answer(
        key=row["key"],
        findings=findings_adapter.validate_json(row["findings"]),
        unscored=row["unscored"],
        detail=row["detail"],
        provider=provider_adapter.validate_json(row["provider"]),
    )
