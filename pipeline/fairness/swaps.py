"""Twins of a candidate: the same documents with one detail of identity exchanged.

The visible text of every file is edited after it was read and before it is redacted. So the twin is the same for every
format, and everything behind the edit (redaction, passages, questions, requests, levels) runs as it does for anybody.
What stands before it, the reading of files, sees only shapes and letters; the one thing that a name may change there,
the language that a document seems to be in, is told again.

What is exchanged is found by more than what redaction marked: a name goes wherever its words stand, a school wherever
it is mentioned. A place that redaction overlooked is exchanged all the same, and then shows as a changed request.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Literal, NamedTuple

import yaml

from pipeline.documents.language import language_of
from pipeline.models.base import FrozenModel
from pipeline.models.documents import Block, BlockKind, Document, RedactedDocument
from pipeline.redaction import redact
from pipeline.redaction.identity import Identity, identify

SwapKind = Literal[
    "name", "pronoun", "stated_pronouns", "school", "graduation", "dates", "club", "added_club", "everything"
]
OWN = ("resume", "cover")
PROSE: tuple[BlockKind, ...] = ("heading", "paragraph", "bullet", "row", "comment")
"""What the language of a document is told from."""


class Swap(FrozenModel):
    """One detail and what it becomes."""

    kind: SwapKind
    group: str
    """What the new value stands for, such as `Turkish, woman`."""
    value: str
    """What is put in, as a reader of the report sees it."""


class Subject(NamedTuple):
    """One candidate before judging, with what redaction knows."""

    documents: tuple[Document, ...]
    redacted: tuple[RedactedDocument, ...]
    name: str | None
    """From `candidates.csv`."""
    email: str | None
    candidate: str
    """Folder name or file stem, which may hold a name."""
    identity: Identity

    def own(self) -> Iterator[tuple[int, Document]]:
        """Resume and cover with their numbers."""
        return ((n, document) for n, document in enumerate(self.documents) if document.role in OWN)


class Twin(NamedTuple):
    """Documents and details of the same candidate after a swap."""

    documents: tuple[Document, ...]
    name: str | None
    email: str | None
    candidate: str
    places: int
    """Where something was exchanged."""


class Edit(NamedTuple):
    """Characters of one block that become others."""

    document: int
    block: int
    start: int
    end: int
    text: str


def make_subject(documents: Sequence[Document], *, name: str | None, email: str | None, candidate: str) -> Subject:
    """Learn what there is to exchange."""
    return Subject(
        documents=tuple(documents),
        redacted=redact(documents, name=name, email=email, candidate=candidate),
        name=name,
        email=email,
        candidate=candidate,
        identity=identify(documents, name=name, email=email, candidate=candidate),
    )


def edited(subject: Subject, edits: Iterable[Edit]) -> Twin:
    """The subject after some edits; of two that overlap the first given counts."""
    taken: dict[tuple[int, int], list[Edit]] = {}
    count = 0
    for edit in edits:
        own = taken.setdefault((edit.document, edit.block), [])
        if not any(edit.start < other.end and other.start < edit.end for other in own):
            own.append(edit)
    documents = list(subject.documents)
    for number, document in enumerate(documents):
        changed = {block: own for (n, block), own in taken.items() if n == number}
        blocks = list(document.blocks)
        for place, own in changed.items():
            text = _edited_text(blocks[place].text, own)
            count += sum(edit.text != blocks[place].text[edit.start : edit.end] for edit in own)
            blocks[place] = blocks[place].model_copy(update={"text": text})
        documents[number] = with_blocks(document, blocks) if changed else document
    return Twin(tuple(documents), subject.name, subject.email, subject.candidate, count)


def _edited_text(text: str, edits: Sequence[Edit]) -> str:
    for edit in sorted(edits, key=lambda edit: -edit.start):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def with_blocks(document: Document, blocks: Sequence[Block]) -> Document:
    """The document with other blocks, and the language that it then seems to be in."""
    language = document.language
    before, after = _prose(document.blocks), _prose(blocks)
    if document.media != "code" and before != after:
        language = language_of(after)
    return document.model_copy(update={"blocks": tuple(blocks), "language": language})


def _prose(blocks: Iterable[Block]) -> str:
    return "\n".join(block.text for block in blocks if block.kind in PROSE)


class NameValue(FrozenModel):
    """Forenames and a family name that are common in a group."""

    group: str
    family: str
    woman: str
    man: str


class NamedValue(FrozenModel):
    """A school or a club, and what it stands for."""

    group: str
    name: str


class PronounValue(FrozenModel):
    """Third-person pronouns: subject, object, determiner, possessive, reflexive."""

    group: str
    words: tuple[str, str, str, str, str]


class StatedValue(FrozenModel):
    """A line that says which pronouns somebody uses."""

    group: str
    text: str


class SwapValues(FrozenModel):
    """Everything that details are exchanged for."""

    names: tuple[NameValue, ...]
    schools: tuple[NamedValue, ...]
    clubs: tuple[NamedValue, ...]
    """The first one is what the others are held against where a club is added."""
    pronouns: tuple[PronounValue, ...]
    stated_pronouns: tuple[StatedValue, ...]
    graduation: tuple[int, ...]
    dates: tuple[int, ...]


@cache
def swap_values() -> SwapValues:
    """The shipped values."""
    text = files("pipeline.fairness").joinpath("swap_values.yaml").read_text(encoding="utf-8")
    return SwapValues.model_validate(yaml.safe_load(text))
