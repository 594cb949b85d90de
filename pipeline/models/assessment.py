"""What is known of one candidate once all verdicts are in."""

from typing import Literal

from pydantic import Field

from pipeline.models.base import PlentifulModel
from pipeline.models.dossier import UnscoredReason
from pipeline.models.scorecard import Source
from pipeline.models.verdicts import Citation, GroundedFinding

GateStatus = Literal["met", "not_met", "unknown"]

FlagId = Literal[
    "unexplained",
    "happy_path_only",
    "takehome_missing",
    "unread_source",
    "stage_mismatch",
    "readme_code_disagree",
    "hidden_text",
    "addressed_text",
    "judges_differ",
    "second_judge_differs",
]

PROBE_FLAGS: frozenset[FlagId] = frozenset(
    ("unexplained", "happy_path_only", "takehome_missing", "unread_source", "second_judge_differs")
)
"""Flags that keep a candidate out of `advance` and `boundary` until a person has asked."""


DOUBTFUL_FROM = 2
"""Criteria cut by the cap."""
DOUBTFUL_CUT = 0.5
"""Levels by which the cap cuts a criterion at least for that to mean anything; a good reader may be cut by less."""


class CriterionAssessment(PlentifulModel):
    """The level reached on one criterion, or why there is none."""

    criterion: str
    level: float | None = Field(ge=0, le=4)
    """To 0.1; None when unscored."""
    unscored: UnscoredReason | None = None
    detail: str = ""
    findings: tuple[GroundedFinding, ...] = ()
    cap: float | None = Field(default=None, ge=0, le=4)
    """The most that counts until a person confirms, where the judge saw more; None if nothing was cut."""
    cut: float = Field(default=0.0, ge=0, le=4)
    """Levels that the cap took away."""
    unread_source: bool = False
    """Scored, but one of its sources was sent and could not be read."""
    second_level: float | None = Field(default=None, ge=0, le=4)
    """What a second judge made of it, to 0.1; shown, and never part of the score."""


class GateAssessment(PlentifulModel):
    """A non-negotiable's status with the quotes for and against."""

    gate: str
    status: GateStatus
    supporting: tuple[Citation, ...] = ()
    opposing: tuple[Citation, ...] = ()
    detail: str = ""
    unscored: UnscoredReason | None = None
    """Why it was not judged, where that is why it is unknown."""


class Flag(PlentifulModel):
    """Something a person should ask about, with the place to look."""

    id: FlagId
    detail: str
    question: str
    document: str = ""
    place: str = ""


class Assessment(PlentifulModel):
    """Verdicts and gates of one candidate. Independent of everybody else in the batch."""

    candidate: str
    dossier_hash: str
    criteria: tuple[CriterionAssessment, ...]
    gates: tuple[GateAssessment, ...]
    flags: tuple[Flag, ...] = ()
    coverage: float = Field(ge=0, le=1)
    """Share of the criteria weight that could be judged."""
    preferences_matched: tuple[str, ...] = ()
    """Names of preferences found as whole words in visible text outside code."""
    sources_read: tuple[Source, ...] = ()

    @property
    def is_doubtful(self) -> bool:
        """True if so many levels were cut by the cap that a person has to look before anybody believes the rest."""
        return sum(row.cut >= DOUBTFUL_CUT for row in self.criteria) >= DOUBTFUL_FROM

    def criterion(self, criterion_id: str) -> CriterionAssessment | None:
        """The assessment of one criterion, or None if the scorecard has no such criterion."""
        return next((row for row in self.criteria if row.criterion == criterion_id), None)
