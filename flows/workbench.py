"""What the walk is given to work with; put together in `flows.wiring`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from evaluators.chat.calibration import ChatCalibration
from evaluators.evidence import Retriever
from evaluators.judge import Judge
from evaluators.judging import PATIENCE_SECONDS
from evaluators.money.spending import Spending
from pipeline.documents.reading import DocumentReader
from pipeline.evidence_index import EvidenceIndex
from pipeline.ledger import Ledger
from pipeline.models.reading import Reading
from pipeline.models.submissions import QuarantinedFile
from pipeline.shelf import Shelf
from pipeline.vault import Vault

Stage = Literal["reading", "screening", "judging", "settling", "follow-ups"]

CHUNK = 50
"""Candidates that are read or judged in one go; bounds memory and what a kill can cost."""
CHAT_CHUNK = 2_000
"""For a judge that is slow and asked many at a time: at the end of a chunk its slots run empty once."""


class Step(NamedTuple):
    """One candidate is done with one stage; or a stage begins, of which nobody is done."""

    stage: Stage
    done: int
    total: int
    candidate: str
    """Empty when a stage begins."""
    set_aside: tuple[QuarantinedFile, ...] = ()
    """Files that could not be read: of the candidate, or of those of whom nothing could."""


Progress = Callable[[Step], None]


def silent(_: Step) -> None:
    """Report no progress."""


def nothing() -> None:
    """Do nothing."""


@dataclass(frozen=True)
class Judges:
    """Who answers the questions of a candidate."""

    first: Judge
    """Whose levels count."""
    reference: Judge | None = None
    """The evidence judge, when a chat judge answers: it bounds what an unseen injection can gain."""
    second: Judge | None = None
    """Another opinion; where it differs, a person decides."""
    calibration: ChatCalibration | None = None
    """Of the first judge."""
    second_calibration: ChatCalibration | None = None
    names: tuple[str, str] = ("the first judge", "the second judge")
    chunk: int = CHUNK
    spending: Spending | None = None
    """Of the first judge, if it costs anything."""
    second_spending: Spending | None = None
    patience: float = PATIENCE_SECONDS
    """Seconds to wait for another process that is asking the same."""
    live_endpoint: str | None = None
    """Where the first judge is asked one by one, without secrets; None in a provider batch."""
    tidy: Callable[[], None] = nothing
    """Called when answers are in the ledger; a provider batch then deletes its files at the provider."""


@dataclass(frozen=True)
class Workbench:
    """Everything that stages need and that is not their subject."""

    vault: Vault
    readings: Shelf[Reading]
    reader: DocumentReader
    retriever: Retriever
    index: EvidenceIndex
    ledger: Ledger
    judges: Judges
    screening: Judges
    """Who reads everybody, when `judges` read only the best of them (`--judge-top`)."""
    embedder: str
    """Name of what makes the vectors."""
    reading_version: str
    """Hash of the code that reads, so that a reading by older code is never used."""
    languages: tuple[str, ...] = ("en",)
