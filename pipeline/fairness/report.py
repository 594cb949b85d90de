"""What an audit found: the content of `audit.json`, and what the other reports are made from."""

from typing import Literal

from pydantic import Field

from pipeline.fairness.groups import GroupAudit
from pipeline.fairness.swaps import SwapKind
from pipeline.models.base import FrozenModel
from pipeline.models.shortlist import Band

FORMAT: Literal["shortlist-audit-2"] = "shortlist-audit-2"
"""Changes when a field is renamed or removed, not when one is added."""

SelectedBy = Literal["top", "band", "bar", "decision"]


class AuditedRun(FrozenModel):
    """Which screening this is about."""

    run_id: str
    started: str
    """ISO 8601 with offset."""
    scorecard_id: str
    scorecard_hash: str
    title: str
    judge: str
    judge_fingerprint: str
    version: str
    """Of the package that screened."""
    candidates: int
    top: int
    blind: bool


class SwapCount(FrozenModel):
    """One swap over all candidates; counts are of candidates unless they say otherwise."""

    kind: SwapKind
    group: str
    value: str
    applied: int = Field(ge=0)
    """Twins that were made: something was there to exchange."""
    requests: int = Field(ge=0)
    """Questions asked about those twins."""
    requests_changed: int = Field(ge=0)
    """Of them, those whose bytes were not the same as before the swap."""
    text_changed: int = Field(ge=0)
    """Twins with a passage that a judge would read differently."""
    not_asked: int = Field(default=0, ge=0)
    """Twins with a changed request that the ledger has no answer to; what it would change is not known."""
    levels_changed: int = Field(ge=0)
    """Levels of criteria, of all twins together."""
    gates_changed: int = Field(ge=0)
    scores_changed: int = Field(ge=0)
    bands_changed: int = Field(ge=0)
    largest_move: float = Field(ge=0)
    """Points of 100."""


class NotApplied(FrozenModel):
    """Candidates for whom no twin of a kind could be made."""

    kind: SwapKind
    candidates: int = Field(ge=0)
    reason: str


class LevelMove(FrozenModel):
    """One criterion whose level is another for the twin."""

    criterion: str
    before: float | None
    after: float | None


class SwapExample(FrozenModel):
    """A twin that was read differently, and the passage where that began."""

    candidate: str
    """Label in a blind run."""
    kind: SwapKind
    group: str
    value: str
    document: str
    place: str
    before: str
    """What the judge reads there, around the first difference."""
    after: str
    score_before: float | None
    score_after: float | None
    band_before: Band | None
    band_after: Band | None
    """Both None where the effect is not known."""
    levels: tuple[LevelMove, ...] = ()
    gates: tuple[str, ...] = ()
    not_asked: bool = False


class SwapAudit(FrozenModel):
    """What swaps of identity changed."""

    candidates: int = Field(ge=0)
    """Whose twins were read."""
    sampled_from: int = Field(ge=0)
    """All that could be judged."""
    not_judged: int = Field(ge=0)
    """Candidates of whom nothing could be judged, so that no swap can show anything."""
    not_found: int = Field(default=0, ge=0)
    """Candidates of the run who are not in the batch as it lies now."""
    counts: tuple[SwapCount, ...]
    not_applied: tuple[NotApplied, ...]
    examples: tuple[SwapExample, ...]
    reading_changed: tuple[str, ...] = ()
    """Candidates whose documents are read differently today than in the run."""
    judge_changed: bool = False
    """This version's judge is not the one of the run."""

    @property
    def twins(self) -> int:
        """All that were made."""
        return sum(count.applied for count in self.counts)

    @property
    def scores_changed(self) -> int:
        """Twins with another score."""
        return sum(count.scores_changed for count in self.counts)

    @property
    def not_asked(self) -> int:
        """Twins whose effect is not known."""
        return sum(count.not_asked for count in self.counts)


class GroupSource(FrozenModel):
    """How people came to be in groups and to be selected."""

    selected_by: SelectedBy
    bar: float | None
    """For `bar`."""
    selected: int = Field(ge=0)
    outcomes: int = Field(ge=0)
    """People who were selected or not."""
    absent: int = Field(ge=0)
    """Candidates that the demographics do not name."""
    aside: int = Field(ge=0)
    """Rows about submissions that were set aside as duplicates."""
    not_in_run: int = Field(default=0, ge=0)
    """People whom the demographics name and the screening does not have; in no figure."""
    not_in_run_ids: tuple[str, ...] = ()
    """As the file spells them; none for a blind run, whose results name nobody."""
    decided_not_in_run: int = Field(default=0, ge=0)
    """The same of the decisions."""
    decided_not_in_run_ids: tuple[str, ...] = ()
    decided_both_ways: int = Field(default=0, ge=0)
    """Candidates about whom the decisions contradict each other, without dates to tell the last; in no figure."""
    decided_both_ways_ids: tuple[str, ...] = ()


class AuditReport(FrozenModel):
    """An audit of one finished screening. Depends on the run, the batch and the files given alone."""

    format: Literal["shortlist-audit-2"] = FORMAT
    run: AuditedRun
    swaps: SwapAudit | None
    """None if they were not asked for."""
    source: GroupSource | None
    groups: GroupAudit | None
    """None without demographics."""
    notices: tuple[str, ...] = ()
    """What a reader must know about this audit, in sentences."""
