"""One submission after it was read: its dossier and everything that could not be used."""

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
