"""The shape of `shortlist.json`; its JSON Schema is published in `pipeline/reports/schema/`."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from pipeline.errors import QuarantineCode
from pipeline.models.assessment import FlagId, GateStatus
from pipeline.models.dossier import UnscoredReason
from pipeline.models.justification import CheckState
from pipeline.models.settlement import PairEnd
from pipeline.models.shortlist import Band

FORMAT: Literal["shortlist-1"] = "shortlist-1"
"""Changes when a field is renamed or removed, not when one is added."""


class _Reported(BaseModel):
    """A part of the report; the docstrings under the fields are the schema's descriptions."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class ReportedQuote(_Reported):
    """A verified quote with its place."""

    quote: str
    """Visible text, verbatim; in a blind report the redacted text."""
    quote_redacted: str
    """What the judge read, verbatim."""
    document: str
    """File inside the candidate's folder; in a blind report its role and a number."""
    place: str
    """`page 2`, `line 14`, or empty when the format knows neither."""


class ReportedFinding(_Reported):
    """One check's answer after its quotes were looked up."""

    check: str
    p: float = Field(ge=0, le=1)
    """Probability that the check and everything it requires hold; 0 when withdrawn."""
    met: bool
    state: CheckState
    """`partly` from 0.2 to below 0.5."""
    text: str
    """The finding as a sentence."""
    quotes: tuple[ReportedQuote, ...]
    withdrawn: str | None
    """Why the judge's answer does not count."""


class ReportedCriterion(_Reported):
    """The level reached on one criterion, or why there is none."""

    title: str
    weight: float
    level: float | None = Field(ge=0, le=4)
    """To 0.1; null when unscored."""
    level_rounded: int | None = Field(ge=0, le=4)
    """The level to the nearest whole, halves up."""
    points: float | None
    """Points of 100 added to the score."""
    points_possible: float | None
    """Points of 100 at level 4."""
    unscored: UnscoredReason | None
    not_judged: str
    """Why there is no level, as a sentence; empty when there is one."""
    caution: str
    """What keeps the level from being the whole story; mostly empty."""
    findings: tuple[ReportedFinding, ...]
    second_level: float | None = Field(default=None, ge=0, le=4)
    """What a second judge made of it; never part of the score."""


class ReportedGate(_Reported):
    """A non-negotiable's status; `unknown` is not no."""

    title: str
    status: GateStatus
    text: str
    quotes: tuple[ReportedQuote, ...]
    """For and against, in this order."""
    opposing: int = Field(ge=0)
    """How many of the quotes, counted from the end, speak against."""


class ReportedFlag(_Reported):
    """Something a person should ask about."""

    id: FlagId
    detail: str
    question: str
    document: str
    place: str


class ReportedFollowUp(_Reported):
    """A question for the interview that a language model suggests; nobody has checked it."""

    question: str
    quote: ReportedQuote
    """The candidate's words that it builds on."""


class ReportedSettled(_Reported):
    """What the second pass did for one row; it never changes a score."""

    samples: int = Field(ge=0)
    """Further answers that were asked for."""
    interval_before: tuple[int, int]
    p_top_before: float = Field(ge=0, le=1)
    tie_order: int | None = Field(ge=1)
    """Place among the rows of equal score; null where there was nothing to order."""


class ReportedRow(_Reported):
    """One candidate."""

    candidate: str
    """Folder name or file stem; in a blind report the label."""
    label: str
    """`Candidate 07`, numbered by dossier hash."""
    rank: int | None
    """From 1; equal scores share one; null for needs_review and a gate that is not met."""
    rank_interval: tuple[int, int] | None
    """The 90% range of the rank."""
    band: Band
    would_be: Band | None
    """For `probe`: the band without the open gate or flag."""
    band_reason: str
    score: float | None = Field(ge=0, le=100)
    p_top: float = Field(ge=0, le=1)
    """Probability of standing among the first `top`."""
    p_bar: float = Field(ge=0, le=1)
    """Probability of a score at or above the advance bar."""
    coverage: float = Field(ge=0, le=1)
    """Share of the criteria weight that could be judged."""
    tool_points: float = Field(ge=0, le=2)
    """The part of the score that comes from matched preferences."""
    preferences_matched: tuple[str, ...]
    channel: str | None
    dossier: str
    """Hex sha256 of the dossier; equal for equal text whatever its format."""
    summary: tuple[str, str]
    criteria: dict[str, ReportedCriterion]
    """By id, in scorecard order."""
    gates: dict[str, ReportedGate]
    """By id, in scorecard order."""
    flags: tuple[ReportedFlag, ...]
    questions: tuple[str, ...]
    """At most seven, most important first."""
    below_line: bool = False
    """Only the judge that screened everybody read this one; not comparable with rows above the line."""
    follow_ups: tuple[ReportedFollowUp, ...] = ()
    settled: ReportedSettled | None = None
    """Null for a row that the second pass did not look at."""


class ReportedScorecard(_Reported):
    """Which scorecard the batch was judged against."""

    id: str
    hash: str
    title: str


class ReportedQuarantine(_Reported):
    """A file that could not be read."""

    candidate: str
    file: str
    code: QuarantineCode
    reason: str


class ReportedUnused(_Reported):
    """A file that was recognised and deliberately not read."""

    candidate: str
    file: str
    reason: str
    without_names: str = ""
    """The reason for the blind view, where `reason` repeats what somebody wrote; empty where it does not."""


class ReportedDuplicate(_Reported):
    """A submission of a person who is already in the batch."""

    candidate: str
    same_as: str
    reason: str


class ReportedPair(_Reported):
    """Two candidates' evidence, compared in both orders."""

    first: str
    second: str
    end: PairEnd
    """`preferred` is a win, `orders_disagree` and `neither` are ties, `not_answered` counts for nothing."""
    preferred: str | None
    quotes: tuple[ReportedQuote, ...]
    """From the preferred candidate's documents; the reason the judge gave."""


class ReportedSettlement(_Reported):
    """What the second pass compared; what it did for a row stands at the row."""

    pairs: tuple[ReportedPair, ...]
    left_out: tuple[str, ...]
    """In no pair, because their documents hold hidden or addressed text."""


class ReportedUnfinished(_Reported):
    """Candidates whose documents were not read to the end, for one reason."""

    reason: str
    candidates: int = Field(ge=1)


class Report(_Reported):
    """A shortlist with everything it rests on. Depends on inputs, scorecard and verdicts alone."""

    format: Literal["shortlist-1"] = FORMAT
    scorecard: ReportedScorecard
    top: int = Field(ge=1)
    advance_bar: float
    blind: bool
    judged_top: int | None = None
    """How many of the best of a first screening another judge read; the other rows stand below a line."""
    unfinished: tuple[ReportedUnfinished, ...] = ()
    rows: tuple[ReportedRow, ...]
    """Ranked rows first, then those without a rank."""
    quarantined: tuple[ReportedQuarantine, ...]
    duplicates: tuple[ReportedDuplicate, ...]
    unused: tuple[ReportedUnused, ...]
    settlement: ReportedSettlement | None = None
    """Null if there was no second pass."""
