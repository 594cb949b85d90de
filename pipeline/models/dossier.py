"""One candidate's passages, and the evidence and questions made from them."""

from typing import Literal

from pipeline.models.base import FrozenModel
from pipeline.models.documents import HiddenText, Place, RedactedSpan
from pipeline.models.scorecard import About, RoleContext, Rubric, Source

PassageKind = Literal["narrative", "claim", "inventory", "code", "comment", "addressed"]
SectionSense = Literal["work", "assumptions", "not_done", "other"]

UnscoredReason = Literal[
    "source_missing",
    "source_unreadable",
    "language",
    "judge_failed",
    "judge_refused",
    "not_asked",
]


QuestionKind = Literal["rubric", "mission_fit", "gate", "pair", "follow_up"]


class Passage(FrozenModel):
    """A citable paragraph, bullet, comment block or piece of code."""

    id: str
    """First 16 hex digits of the sha256 of source, kind, sense and normalised redacted text."""
    text: str
    """Redacted; what judges read."""
    visible: str
    """The same text as the person wrote it; for citations."""
    spans: tuple[RedactedSpan, ...] = ()
    """From `text` to `visible`."""
    kind: PassageKind
    sense: SectionSense
    source: Source
    document: str
    """File name inside the candidate's folder."""
    place: Place = Place()


class AddressedText(FrozenModel):
    """A sentence that speaks to the screener or a model; withheld from judges, shown to people."""

    text: str
    """Visible text."""
    document: str
    place: Place = Place()


class HiddenFinding(FrozenModel):
    """Hidden text with the document it stood in."""

    document: str
    hidden: HiddenText


class Dossier(FrozenModel):
    """One candidate's passages, sorted by id, without anything that names the candidate."""

    passages: tuple[Passage, ...]
    addressed: tuple[AddressedText, ...] = ()
    hidden: tuple[HiddenFinding, ...] = ()
    sources_read: tuple[Source, ...] = ()
    """Sources from which at least one passage in a language the judge knows was read."""
    sources_unread: tuple[Source, ...] = ()
    """Sources that were sent, but of which nothing or not everything could be read."""
    sources_other_language: tuple[Source, ...] = ()
    """Sources written in a language the judge does not know."""
    hash: str
    """Hex sha256 over the passage ids; names, order, places and formats do not enter it."""


class EvidencePassage(FrozenModel):
    """What a judge sees of a passage."""

    id: str
    text: str
    kind: PassageKind
    sense: SectionSense
    card: Literal["A", "B"] | None = None
    """In a comparison: on whose evidence card the passage stands."""


class Question(FrozenModel):
    """One criterion or gate with one candidate's evidence. Nothing in it names the candidate.

    Two kinds stand beside the walk: `pair` compares the evidence cards of two candidates near the cut, and
    `follow_up` asks for questions to put to a candidate. Neither can change a score.
    """

    subject: str
    """Id of the criterion or non-negotiable."""
    kind: QuestionKind
    statement: str
    about: About | None = None
    """For a gate: whether its statement is about the past or the future."""
    rubric: Rubric
    role: RoleContext
    evidence: tuple[EvidencePassage, ...]
    """Sorted by id; in a comparison card A first."""
    sample: int = 0
    """0 for the answer that counts; further ones only narrow intervals."""


class Unasked(FrozenModel):
    """A criterion or gate that cannot be asked for this candidate, and why."""

    subject: str
    reason: UnscoredReason


class QuestionPlan(FrozenModel):
    """All questions for one candidate."""

    questions: tuple[Question, ...]
    unasked: tuple[Unasked, ...] = ()
