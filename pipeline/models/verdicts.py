"""What judges answer, and what is left of it once every quote has been looked up."""

from pydantic import Field

from pipeline.models.base import FrozenModel, PlentifulModel
from pipeline.models.dossier import UnscoredReason
from pipeline.models.scorecard import Source


class Request(FrozenModel):
    """The exact bytes that a judge is asked, under their ledger key."""

    key: str
    """Hex sha256 over judge fingerprint, content and sample number."""
    content: bytes
    sample: int = 0


class Quote(PlentifulModel):
    """Words that a judge says stand in a passage; not yet verified."""

    passage: str
    """Passage id."""
    text: str


class Finding(PlentifulModel):
    """One check's answer.

    `p` is the probability that the check and everything it requires hold for this dossier.
    """

    check: str
    p: float = Field(ge=0, le=1)
    quotes: tuple[Quote, ...] = ()
    note: str = ""
    """The judge's own words, where a question asks for words; text like a candidate's, never markup."""


class Answer(FrozenModel):
    """A judge's answer to one request: findings for every check of the rubric, or a reason why not."""

    key: str
    findings: tuple[Finding, ...] = ()
    unscored: UnscoredReason | None = None
    detail: str = ""
    """For an unscored answer: what went wrong, in words for an operator."""
    provider: dict[str, str | int | float] = Field(default_factory=dict)
    """What the endpoint said of itself: model snapshot, tokens, cost, milliseconds."""


class Verdict(FrozenModel):
    """All findings for one question."""

    subject: str
    findings: tuple[Finding, ...] = ()
    unscored: UnscoredReason | None = None
    detail: str = ""


class Citation(PlentifulModel):
    """A verified quote with its place."""

    passage: str
    quote: str
    """Visible text, verbatim."""
    quote_redacted: str
    """What the judge read, verbatim."""
    document: str
    place: str
    source: Source


class GroundedFinding(PlentifulModel):
    """A finding whose quotes were found; `p` is 0 when it was withdrawn."""

    check: str
    p: float = Field(ge=0, le=1)
    met: bool
    """p >= 0.5."""
    citations: tuple[Citation, ...] = ()
    withdrawn: str | None = None
    """Why the finding does not count although the judge gave it a probability."""


class GroundedVerdict(PlentifulModel):
    """A verdict in which every remaining quote stands verbatim in its passage."""

    subject: str
    findings: tuple[GroundedFinding, ...] = ()
    unscored: UnscoredReason | None = None
    detail: str = ""

    def p(self, check: str) -> float:
        """Probability of a check, 0 if it was not answered."""
        return next((finding.p for finding in self.findings if finding.check == check), 0.0)
