"""What was uploaded: files by role, submissions, and what could not be used."""

from typing import Literal

from pipeline.errors import QuarantineCode
from pipeline.models.base import FrozenModel

FileRole = Literal["resume", "takehome", "cover", "brief", "starter"]


class SubmittedFile(FrozenModel):
    """One file of a submission; its bytes lie in the vault under `sha256`."""

    name: str
    """Path inside the candidate's folder, with forward slashes."""
    role: FileRole
    sha256: str
    size: int
    """Bytes."""


class Submission(FrozenModel):
    """One candidate's files. Identity is used for redaction and duplicate detection only."""

    candidate: str
    """Folder name or file stem; unique within the batch."""
    files: tuple[SubmittedFile, ...]
    name: str | None = None
    """From `candidates.csv`."""
    email: str | None = None
    channel: str | None = None
    received: str | None = None
    """ISO date or date-time, as given."""


class QuarantinedFile(FrozenModel):
    """A file that could not be read, with a reason a recruiter understands."""

    candidate: str
    file: str
    code: QuarantineCode
    reason: str
    """What is wrong and what to do next, in one or two sentences."""
    role: FileRole = "resume"


class UnusedFile(FrozenModel):
    """A file that was recognised and deliberately not read."""

    candidate: str
    """Empty for a file of the whole batch."""
    file: str
    reason: str
    without_names: str = ""
    """The reason for the blind view, where `reason` repeats what somebody wrote; empty where it does not."""


class Duplicate(FrozenModel):
    """A submission that is not ranked because the same person is already in the batch."""

    candidate: str
    same_as: str
    reason: str


class Batch(FrozenModel):
    """A whole upload after intake."""

    submissions: tuple[Submission, ...]
    """Sorted by candidate."""
    brief_files: tuple[SubmittedFile, ...] = ()
    """The take-home's brief and skeleton; their text is not the candidates'."""
    quarantined: tuple[QuarantinedFile, ...] = ()
    unused: tuple[UnusedFile, ...] = ()
    duplicates: tuple[Duplicate, ...] = ()
    notices: tuple[str, ...] = ()
    """What the recruiter should know of the upload as a whole, such as ids that are no plain stems."""
