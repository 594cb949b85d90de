"""Errors, by who must act.

ShortlistError
├── ConfigurationError   the operator: nothing was started
│   └── ScorecardError   the author of a scorecard
├── SubmissionError      the sender: the file is quarantined, the rest goes on
├── JudgeError           the endpoint: retried in the client if transient, then unscored
│   └── JudgeUnavailable the endpoint is gone for good; what was answered is in the ledger
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


class StorageError(ShortlistError):
    """A ledger, vault or index that cannot be read or written."""
