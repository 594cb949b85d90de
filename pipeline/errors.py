"""Errors, by who must act.

ShortlistError
├── ConfigurationError   the operator: nothing was started
│   └── ScorecardError   the author of a scorecard
├── SubmissionError      the sender: the file is quarantined, the rest goes on
├── JudgeError           the endpoint: retried in the client if transient, then unscored
│   └── JudgeUnavailable the endpoint is gone for good; what was answered is in the ledger
├── DeskError            whoever asked at the desk: it cannot be done as asked
│   ├── AccessDenied     they may not
│   ├── UnknownToDesk    there is no such opening, run, user or candidate
│   ├── DeskConflict     somebody else was faster, or it is in the wrong state; look again
│   └── SignInRefused    wrong name or password, or too many attempts
└── StorageError         the disk or the database
"""

from typing import Literal

QuarantineCode = Literal[
    "empty",
    "encrypted",
    "corrupt",
    "scanned",
    "unsupported",
    "too_large",
    "timeout",
    "crashed",
    "unsafe_archive",
    "unreadable_encoding",
    "missing_resume",
    "invalid_structure",
]


class ShortlistError(Exception):
    """Base of every error that is reported without a traceback."""


class ConfigurationError(ShortlistError):
    """Something the operator has to change before work can start."""


class ScorecardError(ConfigurationError):
    """A scorecard that cannot be used."""


class SubmissionError(ShortlistError):
    """A file that cannot be read.

    Args:
        code: Why, as a closed set that reports and tests can rely on.
        reason: What is wrong and what the sender can do, in words for a recruiter.
    """

    def __init__(self, code: QuarantineCode, reason: str) -> None:
        super().__init__(reason)
        self.code: QuarantineCode = code
        self.reason = reason


class JudgeError(ShortlistError):
    """A judge that did not answer."""


class JudgeUnavailable(JudgeError):
    """A judge that will not answer any more in this run."""


class DeskError(ShortlistError):
    """Something that was asked of the desk and cannot be done; the message is for whoever asked."""


class AccessDenied(DeskError):
    """A user may not do that."""


class UnknownToDesk(DeskError):
    """There is no such thing."""


class DeskConflict(DeskError):
    """It does not fit what is there now."""


class SignInRefused(DeskError):
    """Nobody was signed in.

    Args:
        message: What to show; it does not tell whether the name exists.
        wait: Seconds until the next attempt is looked at.
    """

    def __init__(self, message: str, *, wait: float = 0.0) -> None:
        super().__init__(message)
        self.wait = wait


class StorageError(ShortlistError):
    """A ledger, vault or index that cannot be read or written."""
