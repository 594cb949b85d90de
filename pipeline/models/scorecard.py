"""What the role needs: the scorecard with its resolved rubrics."""

import hashlib
from functools import cached_property
from typing import Literal

from pydantic import Field

from pipeline.models.base import FrozenModel

Source = Literal["resume", "takehome"]
"""What a criterion may be judged from; a cover letter counts as part of the resume."""

Stage = Literal["startup", "growth", "enterprise"]
TakehomePolicy = Literal["required", "optional", "none"]
About = Literal["past", "future"]


class Check(FrozenModel):
    """An observable yes/no fact about a candidate's evidence."""

    id: str
    question: str
    points: float = Field(default=0.0, ge=0, le=4)
    """Levels this check is worth; 0 for the checks of a gate."""
    requires: tuple[str, ...] = ()
    """Checks of the same rubric on which this one rests; their probabilities bound this one's."""
    quotes: int = Field(default=1, ge=1)
    """How many separate verified quotes the check needs."""


class Rubric(FrozenModel):
    """The checks of one criterion; the points of a rated rubric add up to 4."""

    id: str
    together: bool = False
    """True if the checks are answered for one and the same decision, not gathered from all over."""
    checks: tuple[Check, ...]

    def check(self, check_id: str) -> Check:
        """Return the check with this id.

        Raises:
            KeyError: The rubric has no such check.
        """
        for check in self.checks:
            if check.id == check_id:
                return check
        raise KeyError(check_id)


class Criterion(FrozenModel):
    """A rated row of the scorecard, with its rubric resolved."""

    id: str
    weight: float = Field(gt=0)
    kind: Literal["judgment", "craft"]
    sources: tuple[Source, ...]
    statement: str
    rubric: Rubric


class NonNegotiable(FrozenModel):
    """A gate: judged met, not_met or unknown; never points."""

    id: str
    statement: str
    about: About


class Preference(FrozenModel):
    """A tool or nice-to-have, matched by any of its names."""

    name: str
    any_of: tuple[str, ...]


class RoleContext(FrozenModel):
    """What a judge may be told about the role besides the question itself."""

    mission: str
    scope: tuple[str, ...]
    constraints: tuple[str, ...]
    stage: Stage


class Scorecard(FrozenModel):
    """What the role needs. Rubrics travel inside, so no later stage needs the rubric library."""

    id: str
    title: str
    stage: Stage
    mission: str
    scope: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    non_negotiables: tuple[NonNegotiable, ...] = ()
    preferences: tuple[Preference, ...] = ()
    interview_slots: int = Field(default=5, ge=1)
    """K of the ranking unless the caller gives another."""
    advance_bar: float = Field(default=55.0, ge=0, le=100)
    """The score a candidate must reach to be advanced, in points of 100."""
    takehome: TakehomePolicy = "optional"
    criteria: tuple[Criterion, ...] = Field(min_length=1)
    gate_rubric: Rubric

    @property
    def role(self) -> RoleContext:
        """The part of the scorecard that judges see."""
        return RoleContext(mission=self.mission, scope=self.scope, constraints=self.constraints, stage=self.stage)

    @cached_property
    def hash(self) -> str:
        """Hex sha256 of the whole resolved scorecard, rubrics included."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    def criterion(self, criterion_id: str) -> Criterion:
        """Return the criterion with this id.

        Raises:
            KeyError: The scorecard has no such criterion.
        """
        for criterion in self.criteria:
            if criterion.id == criterion_id:
                return criterion
        raise KeyError(criterion_id)
