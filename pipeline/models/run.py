"""What made a shortlist: the content of `run.json`. The one report that may hold the time."""

import json
from typing import Literal, Self

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
    """Requests without a usable answer."""
    refused: int = Field(default=0, ge=0)
    """Requests that the judge declined, now or in an earlier run."""

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


class RunCalls(FrozenModel):
    """Calls of a language model that were paid for in this run."""

    calls: int = Field(default=0, ge=0)
    """HTTP requests that the endpoint took, repairs and failed ones included."""
    estimated: int = Field(default=0, ge=0)
    """Those among them whose tokens the endpoint did not count; they are estimated from above."""
    repairs: int = Field(default=0, ge=0)
    """Second calls because the first answer could not be used."""
    retries: int = Field(default=0, ge=0)
    """Requests that were sent again because the endpoint was busy or broke off."""
    part_read: int = Field(default=0, ge=0)
    """Answers to requests of which the endpoint counted too few tokens to have read all, in this run or an earlier
    one."""


class RunMoney(FrozenModel):
    """What the caller was willing to spend, and by which prices it was counted; in US dollars."""

    prices_as_of: str | None = None
    """Date of the price table; None when the model has no known price."""
    budget: float | None = Field(default=None, ge=0)
    max_requests: int | None = Field(default=None, ge=0)
    stopped_by: Literal["budget", "max_requests"] | None = None
    """Which of the two limits ended the run; None if it came to its end."""
    estimate: float | None = Field(default=None, ge=0)
    """Cost as estimated before the first request."""
    estimated_requests: int | None = Field(default=None, ge=0)


class RunUsage(FrozenModel):
    """What one candidate's requests of this run took; a request that several share is counted once, at the first."""

    requests: int = Field(default=0, ge=0)
    input_tokens: int = Field(default=0, ge=0)
    cached_tokens: int = Field(default=0, ge=0)
    """Part of the input tokens."""
    output_tokens: int = Field(default=0, ge=0)
    cost: float | None = Field(default=None, ge=0)
    """In US dollars; None when the price is unknown."""


class RunProbabilities(FrozenModel):
    """Where the chances of the checks came from."""

    logprob: int = Field(default=0, ge=0)
    """Read off the yes/no token."""
    stated: int = Field(default=0, ge=0)
    """As the model wrote them."""


class RunQuotes(FrozenModel):
    """Whether a language model copies what it quotes; a check whose quotes are not found counts as nothing."""

    offered: int = Field(default=0, ge=0)
    found: int = Field(default=0, ge=0)
    """In a passage that the model was shown."""
    withdrawn: int = Field(default=0, ge=0)
    """Offered and not found."""

    @property
    def few_found(self) -> bool:
        """Whether so few were found that checks are likely to count as nothing for it."""
        return self.found < QUOTES_FOUND_AT_LEAST * self.offered


QUOTES_FOUND_AT_LEAST = 0.8


class RunCalibration(FrozenModel):
    """The file that turned a model's probabilities into frequencies."""

    sha256: str
    calibrated: tuple[str, ...] = ()
    """Checks with enough labelled rows, as `rubric.check`."""
    uncalibrated: tuple[str, ...] = ()


class RunEndpoint(FrozenModel):
    """What the provider said of itself, with the number of answers that said so."""

    models: dict[str, int] = Field(default_factory=dict)
    """Snapshots; more than one means that the provider changed the model during the run."""
    system_fingerprints: dict[str, int] = Field(default_factory=dict)


class RunJudge(FrozenModel):
    """Another judge that took part: the one that screened everybody, or the second opinion."""

    judge: str
    """As chosen on the command line."""
    fingerprint: str
    candidates: int = Field(ge=0)
    """Whose documents it read."""
    differing_candidates: int | None = Field(default=None, ge=0)
    """For a second opinion: how many candidates it sends to a person."""


class RunSettling(FrozenModel):
    """What the second pass near the cut took."""

    samples: int = Field(default=0, ge=0)
    pairs: int = Field(default=0, ge=0)
    preferred: int = Field(default=0, ge=0)
    ties: int = Field(default=0, ge=0)
    not_answered: int = Field(default=0, ge=0)
    left_out: int = Field(default=0, ge=0)
    wanted: int = Field(default=0, ge=0)
    """Requests that the pass would make."""
    answered: int = Field(default=0, ge=0)
    """Those of them that have an answer."""
    settled: int = Field(default=0, ge=0)
    """Candidates whose rank interval is narrower or whose tie is ordered."""


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
    """Input, output and cached tokens, estimated from above where the endpoint did not count them; empty without a
    language model."""
    cost: float | None = Field(default=None, ge=0)
    """In US dollars; None when no language model was asked or its price is unknown."""
    calls: RunCalls = RunCalls()
    money: RunMoney = RunMoney()
    probabilities: RunProbabilities = RunProbabilities()
    quotes: RunQuotes = RunQuotes()
    calibration: RunCalibration | None = None
    endpoint: RunEndpoint = RunEndpoint()
    screening: RunJudge | None = None
    """With `--judge-top`: the judge that read everybody."""
    second: RunJudge | None = None
    """With `--second`: the other opinion."""
    settling: RunSettling | None = None
    candidates: dict[str, RunUsage] = Field(default_factory=dict)
    """By candidate, or by label in a blind run; only those for whom something was asked."""
    left_open: dict[str, int] = Field(default_factory=dict)
    """Questions that the judge did not answer, by how they ended: `refused`, `cut` off as too long, `unusable`,
    `failed` or `not_asked`."""
    failures: tuple[RunFailure, ...] = ()
    audit_head: str | None = None
    """Hash of the event in the audit chain that tells of this run's end: the head of the chain at that moment."""
    shortlist_sha256: str
    """Of shortlist.json."""


_ONLY_WITH_A_MODEL = frozenset(
    (
        "calls",
        "money",
        "probabilities",
        "quotes",
        "calibration",
        "endpoint",
        "screening",
        "second",
        "settling",
        "candidates",
        "left_open",
    )
)

_NOTHING: tuple[object, ...] = (None, {}, RunCalls(), RunMoney(), RunProbabilities(), RunQuotes(), RunEndpoint())


def run_record_json(record: RunRecord) -> str:
    """`run.json` as text; what only a language model fills is left out where there is nothing to say."""
    silent = {name for name in _ONLY_WITH_A_MODEL if getattr(record, name) in _NOTHING}
    spoken = record.model_dump(include=set(_ONLY_WITH_A_MODEL - silent), exclude_none=True)
    parts = record.model_dump(exclude=silent) | spoken
    # Candidates are named after files, and a file's name may hold half a character pair, which no encoding can write.
    text = json.dumps(parts, indent=2, ensure_ascii=False)
    return (text if text == text.encode(errors="ignore").decode() else json.dumps(parts, indent=2)) + "\n"
