"""What made a shortlist: the content of `run.json`. The one report that may hold the time."""

from typing import Self

from pydantic import Field, model_validator

from pipeline.models.base import FrozenModel


class RunCounts(FrozenModel):
    """Candidates in = ranked + listed, always."""

    candidates: int = Field(ge=0)
    """Submissions of the batch, duplicates included."""
    ranked: int = Field(ge=0)
    listed: int = Field(ge=0)
    """Without a rank: needs review, gate not met, duplicates."""
    quarantined_files: int = Field(ge=0)
    duplicates: int = Field(ge=0)
    questions: int = Field(default=0, ge=0)
    asked: int = Field(default=0, ge=0)
    from_ledger: int = Field(default=0, ge=0)
    failed: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _nobody_is_lost(self) -> Self:
        if self.candidates != self.ranked + self.listed:
            raise ValueError(
                f"{self.candidates} candidates came in, but {self.ranked} are ranked and {self.listed} listed. "
                "Somebody was lost or counted twice; do not use this shortlist and report the case."
            )
        return self


class RunFailure(FrozenModel):
    """Something that did not work, and how often."""

    reason: str
    count: int = Field(ge=1)


class RunRecord(FrozenModel):
    """What made a shortlist, so that it can be made again and be explained later."""

    run_id: str
    version: str
    """Of this package."""
    started: str
    """ISO 8601 with offset."""
    seconds: float = Field(ge=0)
    scorecard_id: str
    scorecard_hash: str
    prompts_hash: str
    rubrics_hash: str
    judge: str
    """As chosen on the command line."""
    judge_fingerprint: str
    embedder: str
    options: dict[str, str | int | float | bool | None] = Field(default_factory=dict)
    """Every choice on the command line that can move a score or what is shown."""
    counts: RunCounts
    tokens: dict[str, int] = Field(default_factory=dict)
    """Input, output and cached tokens that the endpoint reported; empty without a language model."""
    cost: float | None = None
    """In US dollars, as the endpoint reported it; None when it reports none."""
    failures: tuple[RunFailure, ...] = ()
    audit_head: str | None = None
    """Hash of the last event of the audit chain."""
    shortlist_sha256: str
    """Of shortlist.json."""


def run_record_json(record: RunRecord) -> str:
    """`run.json` as text."""
    return record.model_dump_json(indent=2) + "\n"
