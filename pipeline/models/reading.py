"""One submission after it was read: its dossier and everything that could not be used."""

from typing import Self

from pipeline.models.base import FrozenModel, PlentifulModel
from pipeline.models.dossier import Dossier
from pipeline.models.submissions import QuarantinedFile


class Reading(FrozenModel):
    """What the later stages need of one candidate; identity stays behind, except to find duplicates."""

    candidate: str
    dossier: Dossier
    quarantined: tuple[QuarantinedFile, ...] = ()
    takehome_files: tuple[str, ...] = ()
    """Names of the take-home's files that were read."""
    email: str | None = None
    """Lower case; compared within the batch, never shown or judged."""

    @property
    def worth_another_try(self) -> bool:
        """Whether a file ran out of time or brought its process down; a machine that is busy does that to any file."""
        return any(file.code in ("timeout", "crashed") for file in self.quarantined)


class ReadingNote(PlentifulModel):
    """What the batch needs of a reading that lies on the shelf."""

    key: str
    """Where the reading lies."""
    candidate: str
    dossier_hash: str
    email: str | None
    passages: tuple[str, ...] = ()
    """Ids of its prose; compared within the batch to find duplicates."""
    received: str | None
    quarantined: tuple[QuarantinedFile, ...]

    @classmethod
    def of(cls, key: str, reading: Reading, *, received: str | None) -> Self:
        """Note what was read and when it was handed in."""
        return cls(
            key=key,
            candidate=reading.candidate,
            dossier_hash=reading.dossier.hash,
            email=reading.email,
            passages=tuple(p.id for p in reading.dossier.passages if p.kind in ("narrative", "claim")),
            received=received,
            quarantined=reading.quarantined,
        )
