"""Why a row stands where it stands, in plain sentences with their citations."""

from typing import Literal

from pipeline.models.assessment import GateStatus
from pipeline.models.base import FrozenModel
from pipeline.models.scorecard import About
from pipeline.models.verdicts import Citation

CheckState = Literal["found", "partly", "missing"]


class CheckStatement(FrozenModel):
    """One check of a criterion as a sentence."""

    check: str
    state: CheckState
    text: str
    """A full sentence in a hiring manager's words."""
    p: float
    level_points: float
    """What the check added to the level."""
    level_points_possible: float
    citations: tuple[Citation, ...] = ()
    question: str = ""
    """What to ask when the check is missing or only partly evidenced."""
    note: str = ""
    """Why an answer of the judge does not count."""


class CriterionJustification(FrozenModel):
    """What speaks for one criterion, what does not, and what it is worth."""

    criterion: str
    title: str
    statement: str
    weight: float
    level: float | None
    points: float | None
    """Points of 100 that the criterion adds to the score, to 0.1; None when unscored."""
    points_possible: float | None
    """Points of 100 at level 4, given the criteria that were scored."""
    statements: tuple[CheckStatement, ...] = ()
    """In the rubric's order."""
    not_judged: str = ""
    """Why there is no level, as a sentence with its next step; empty when there is one."""
    caution: str = ""
    """What keeps the level from being the whole story, such as a source that could not be read."""
    second_level: float | None = None
    """What a second judge made of it; None without one."""
    judges_differ: bool = False
    """The two levels are so far apart that a person decides."""


class GateJustification(FrozenModel):
    """A non-negotiable's status as a sentence, with the quotes for and against."""

    gate: str
    title: str
    statement: str
    about: About
    status: GateStatus
    text: str
    supporting: tuple[Citation, ...] = ()
    opposing: tuple[Citation, ...] = ()
    question: str = ""


class Justification(FrozenModel):
    """Why one row stands where it stands."""

    candidate: str
    label: str
    summary: tuple[str, str]
    """Why this band; then the strongest point and the most important open one."""
    criteria: tuple[CriterionJustification, ...]
    """In scorecard order."""
    gates: tuple[GateJustification, ...]
    questions: tuple[str, ...]
    """At most seven, most important first."""
