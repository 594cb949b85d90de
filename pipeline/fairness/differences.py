"""What of a dossier a judge reads, and where two of them begin to differ in it."""

from collections.abc import Sequence
from typing import NamedTuple

from pipeline.models.documents import RedactedDocument
from pipeline.models.dossier import Dossier, Passage
from pipeline.models.scorecard import Source

_AROUND = 70
"""Letters shown on either side of the first difference."""


def redacted_text(documents: Sequence[RedactedDocument]) -> tuple[object, ...]:
    """Everything that passages are cut from; where it is equal, so is `judged_text`."""
    return tuple(
        (
            *(document.name, document.role, document.media, document.language, len(document.hidden)),
            tuple((block.kind, block.text, block.level, block.place) for block in document.blocks),
        )
        for document in documents
    )


def judged_text(dossier: Dossier) -> tuple[object, ...]:
    """Everything of a dossier that questions, levels, gates, flags and preferences are made from.

    Where it is equal for two dossiers of one candidate, every request and every level is equal.
    """
    return (
        tuple((p.id, p.text, p.kind, p.sense, p.source) for p in dossier.passages),
        dossier.sources_read,
        dossier.sources_unread,
        dossier.sources_other_language,
        len(dossier.addressed),
        len(dossier.hidden),
    )


class Difference(NamedTuple):
    """The first passage that a judge reads differently, around the place where it begins."""

    source: Source
    document: str
    place: str
    before: str
    after: str


def first_difference(before: Dossier, after: Dossier) -> Difference | None:
    """Where two dossiers begin to differ in what a judge reads of them; None if they do not."""
    old = {p.id: p for p in before.passages}
    new = {p.id: p for p in after.passages}
    gone = sorted((p for p in old.values() if p.id not in new), key=_order)
    come = [p for p in new.values() if p.id not in old]
    if gone:
        passage = gone[0]
        same_place = [p for p in come if (p.document, p.place) == (passage.document, passage.place)]
        other = max(same_place or come, key=lambda p: _shared(passage.text, p.text), default=None)
        cut = _around(passage.text, other.text if other is not None else "")
        return Difference(passage.source, passage.document, str(passage.place), *cut)
    if come:
        passage = min(come, key=_order)
        return Difference(passage.source, passage.document, str(passage.place), "", _cut(passage.text, 0))
    return None


def _order(passage: Passage) -> tuple[bool, str, str, str, str]:
    """What a judge is shown first: an inventory is matched for preferences only."""
    return passage.kind == "inventory", passage.source, passage.document, str(passage.place), passage.id


def _shared(one: str, other: str) -> int:
    """Letters in common at the beginning and at the end."""
    shortest = min(len(one), len(other))
    head = next((n for n in range(shortest) if one[n] != other[n]), shortest)
    tail = next((n for n in range(shortest - head) if one[-1 - n] != other[-1 - n]), shortest - head)
    return head + tail


def _around(before: str, after: str) -> tuple[str, str]:
    shortest = min(len(before), len(after))
    at = next((n for n in range(shortest) if before[n] != after[n]), shortest)
    return _cut(before, at), _cut(after, at)


def _cut(text: str, at: int) -> str:
    start, end = max(0, at - _AROUND), min(len(text), at + _AROUND)
    return ("…" if start else "") + text[start:end] + ("…" if end < len(text) else "")
