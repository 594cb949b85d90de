"""What the API takes and gives about candidates and what people made of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field

from pipeline.desk.models import Choice, OutcomeKind, OutcomeValue
from pipeline.models.report import Report, ReportedRow
from pipeline.models.shortlist import Band
from pipeline.review.api_models import WHOLE, ApiModel, ApiRequest

Reason = Annotated[str, Field(min_length=1, max_length=10_000)]


class DecisionNote(ApiModel):
    """The latest decision on a candidate."""

    choice: Choice
    reason: str
    by: str
    at: datetime


class OverrideNote(ApiModel):
    """A level that a person set; the computed one and the score stay as they are."""

    level: float | None
    """Null while the caller has not opened the evidence."""
    computed: float | None
    """Likewise, and where nothing could be judged."""
    reason: str
    by: str
    at: datetime


class ShortlistRow(ReportedRow):
    """A row of `shortlist.json` as the caller may see it."""

    covered: tuple[str, ...]
    """Criteria whose levels are covered until their evidence is opened."""
    decision: DecisionNote | None
    overrides: Mapping[str, OverrideNote]
    comments: int


class ChainHead(ApiModel):
    """The last event of the audit chain; whoever keeps it can find by `shortlist verify --heads` what was cut off."""

    seq: int
    hash: str
    time: datetime


class ShortlistOut(Report):
    """`shortlist.json` as the caller may see it, with what people decided beside what was computed."""

    opening: str
    run: str
    audit_head: ChainHead
    rows: tuple[ShortlistRow, ...]


class CandidateOut(ApiModel):
    """A candidate with the evidence, as the caller may see it."""

    opening: str
    run: str
    label: str
    """In addresses; numbered anew by every run."""
    name: str | None
    """Null while covered."""
    rank: int | None
    band: Band
    score: float | None
    """Null while any level is covered, and where nothing could be judged."""
    covered: tuple[str, ...]
    """Criteria whose evidence was not opened yet."""
    decision: DecisionNote | None
    overrides: Mapping[str, OverrideNote]
    outcomes: Mapping[OutcomeKind, OutcomeValue]
    comments: int
    evidence: ReportedRow
    """The row of `shortlist.json`: criteria with findings and quotes, gates, flags, questions."""


class Opened(ApiRequest):
    """Evidence to open."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"run": "20261125t120000-0a1b2c3d"}]})

    run: str
    """Of the shortlist that was read: labels are numbered anew by every run."""
    criterion: str | None = None
    """Id of one criterion; all that are still covered if not given."""


class Revealing(ApiRequest):
    """A name to uncover, for the caller alone; it is logged."""

    run: str
    """Of the shortlist that was read."""
    reason: Annotated[str, Field(max_length=10_000)] = ""


class NewDecision(ApiRequest):
    """What a person decided; software never does."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"run": "20261125t120000-0a1b2c3d", "choice": "advance", "reason": "Ran such a cutover."}]
        }
    )

    run: str
    """Of the shortlist that was read."""
    choice: Choice
    reason: Reason


class NewOverride(ApiRequest):
    """A level to set beside the computed one."""

    run: str
    """Of the shortlist that was read."""
    criterion: str
    level: Annotated[int, Field(ge=0, le=4), WHOLE]
    reason: Reason


class NewComment(ApiRequest):
    """A remark."""

    run: str
    """Of the shortlist that was read."""
    text: Reason


class NewOutcome(ApiRequest):
    """How it went on."""

    run: str
    """Of the shortlist that was read."""
    kind: OutcomeKind
    value: OutcomeValue


class ReviewOut(ApiModel):
    """Something that a person did about a candidate."""

    seq: int
    """Of its event in the audit chain."""
    candidate: str | None
    """Label in the shortlist that is asked about; null for somebody who is not in it."""
    by: str
    at: datetime
    run: str | None
    """Whose shortlist was on screen."""


class DecisionOut(ReviewOut):
    """A decision."""

    choice: Choice
    reason: str
    current: bool
    """The latest on this candidate."""


class OverrideOut(ReviewOut):
    """A level that a person set."""

    criterion: str
    level: float | None
    """Null while the caller has not opened the evidence."""
    computed: float | None
    """Likewise, and where nothing could be judged."""
    reason: str


class CommentOut(ReviewOut):
    """A remark."""

    text: str


class OutcomeOut(ReviewOut):
    """How it went on."""

    kind: OutcomeKind
    value: OutcomeValue
