"""The same person twice in one batch: one submission is ranked, the others are listed."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime

from pipeline.candidates_csv import received_at
from pipeline.models.submissions import Duplicate, Submission

_NEVER = datetime.min.replace(tzinfo=UTC)


def without_duplicates(submissions: Sequence[Submission]) -> tuple[list[Submission], list[Duplicate]]:
    """Keep one submission of each person: the newest received, else the first by content, then by name.

    A person is the same who sent the same bytes as a resume or stands in `candidates.csv` with the
    same e-mail address. (An address that only the resume tells is compared later.)
    """
    kept: list[Submission] = []
    duplicates: list[Duplicate] = []
    for group in _groups(submissions):
        best, *others = sorted(group, key=_order)
        kept.append(best)
        duplicates.extend(
            Duplicate(candidate=other.candidate, same_as=best.candidate, reason=_reason(other, best))
            for other in others
        )
    return kept, duplicates


def resume_hash(submission: Submission) -> str | None:
    """Return the sha256 of a submission's resume, or None if it has none."""
    return next((file.sha256 for file in submission.files if file.role == "resume"), None)


def _groups(submissions: Sequence[Submission]) -> list[list[Submission]]:
    """Join submissions that share a resume or an address, also over a third one."""
    leader = list(range(len(submissions)))

    def find(index: int) -> int:
        while leader[index] != index:
            leader[index] = leader[leader[index]]
            index = leader[index]
        return index

    first_with: dict[tuple[str, str], int] = {}
    for index, submission in enumerate(submissions):
        for key in (("resume", resume_hash(submission)), ("email", submission.email)):
            if key[1] is not None:
                leader[find(index)] = find(first_with.setdefault((key[0], key[1]), index))
    groups: dict[int, list[Submission]] = defaultdict(list)
    for index, submission in enumerate(submissions):
        groups[find(index)].append(submission)
    return list(groups.values())


def _order(submission: Submission) -> tuple[float, str, str]:
    received = received_at(submission.received) or _NEVER
    content = hashlib.sha256(
        "\n".join(sorted(f"{file.role} {file.sha256}" for file in submission.files)).encode()
    ).hexdigest()
    # Age in microseconds would lose digits as a float; seconds are enough to tell two uploads apart.
    return -(received - _NEVER).total_seconds(), content, submission.candidate


def _reason(other: Submission, kept: Submission) -> str:
    if resume_hash(other) is not None and resume_hash(other) == resume_hash(kept):
        reason = f"The resume has the same bytes as that of {kept.candidate!r}."
    elif other.email is not None and other.email == kept.email:
        reason = f"candidates.csv gives the same e-mail address as for {kept.candidate!r}."
    else:
        reason = f"Shares its resume or e-mail address with a duplicate of {kept.candidate!r}."
    more = _only_here(other, kept)
    return f"{reason} Not read: {more}." if more else reason


def _only_here(other: Submission, kept: Submission) -> str:
    known = {file.sha256 for file in kept.files}
    unread = sorted(file.name for file in other.files if file.sha256 not in known)
    if len(unread) <= 3:
        return ", ".join(map(repr, unread))
    return f"{unread[0]!r} and {len(unread) - 1} more of its files"
