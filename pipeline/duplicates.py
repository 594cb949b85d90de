"""One person, one row: submissions that share an e-mail address and a part of their text.

The address alone proves nothing: whoever writes somebody else's into their own resume would have them set aside. Nobody
can copy the text of a resume that they have not seen.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from pipeline.candidates_csv import received_at
from pipeline.models.reading import ReadingNote
from pipeline.models.submissions import Batch, Duplicate

SHARED = 0.3
"""Share of the shorter one's passages that two versions of one person's documents have in common at least."""

_NEVER = datetime.min.replace(tzinfo=UTC)


def find_duplicates(notes: Sequence[ReadingNote]) -> tuple[Duplicate, ...]:
    """Readings that share an e-mail address and much of their text with another one that is kept.

    The one received last is kept; without dates, the one whose dossier hash comes first, so that
    renaming files changes nothing.
    """
    by_email: dict[str, list[ReadingNote]] = {}
    for note in notes:
        if note.email:
            by_email.setdefault(note.email, []).append(note)
    duplicates: list[Duplicate] = []
    for same in by_email.values():
        first_by_hash = sorted(same, key=lambda note: (note.dossier_hash, note.candidate))
        kept = max(first_by_hash, key=lambda note: received_at(note.received) or _NEVER)
        duplicates += [
            Duplicate(
                candidate=note.candidate,
                same_as=kept.candidate,
                reason="Same e-mail address and text as another submission, so only that one is ranked. "
                "Take that one out of the batch if this one should count.",
            )
            for note in first_by_hash
            if note.candidate != kept.candidate and _have_text_in_common(note, kept)
        ]
    return tuple(sorted(duplicates, key=lambda duplicate: duplicate.candidate))


def _have_text_in_common(first: ReadingNote, second: ReadingNote) -> bool:
    shorter = min(len(set(first.passages)), len(set(second.passages)))
    return shorter > 0 and len(set(first.passages) & set(second.passages)) >= SHARED * shorter


def settle_batch(batch: Batch, notes: Sequence[ReadingNote]) -> tuple[Batch, tuple[ReadingNote, ...]]:
    """Set duplicates aside and add what reading could not use to the batch's record."""
    duplicates = find_duplicates(notes)
    aside = {duplicate.candidate for duplicate in duplicates}
    settled = batch.model_copy(
        update={
            "submissions": tuple(s for s in batch.submissions if s.candidate not in aside),
            "duplicates": (*batch.duplicates, *duplicates),
            "quarantined": (*batch.quarantined, *(file for note in notes for file in note.quarantined)),
        }
    )
    return settled, tuple(note for note in notes if note.candidate not in aside)
