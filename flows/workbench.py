"""What the walk is given to work with; put together in `flows.wiring`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from evaluators.evidence import Retriever
from evaluators.judge import Judge
from pipeline.documents.reading import DocumentReader
from pipeline.evidence_index import EvidenceIndex
from pipeline.ledger import Ledger
from pipeline.models.reading import Reading
from pipeline.shelf import Shelf
from pipeline.vault import Vault

Stage = Literal["reading", "judging"]


class Step(NamedTuple):
    """One candidate is done with one stage."""

    stage: Stage
    done: int
    total: int
    candidate: str


Progress = Callable[[Step], None]


def silent(_: Step) -> None:
    """Report no progress."""


@dataclass(frozen=True)
class Workbench:
    """Everything that stages need and that is not their subject."""

    vault: Vault
    readings: Shelf[Reading]
    reader: DocumentReader
    retriever: Retriever
    index: EvidenceIndex
    ledger: Ledger
    judge: Judge
    reference_judge: Judge | None
    """The evidence judge, when a chat judge answers: it bounds what an unseen injection can gain."""
    embedder: str
    """Name of what makes the vectors."""
    reading_version: str
    """Hash of the code that reads, so that a reading by older code is never used."""
    languages: tuple[str, ...] = ("en",)
