"""What people do with screenings, as values: users, openings, runs, decisions."""

from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import Field, JsonValue

from pipeline.models.base import FrozenModel
from pipeline.models.shortlist import Band

Role = Literal["recruiter", "hiring_manager", "operator"]

Action = Literal[
    "see",
    "upload",
    "scorecard",
    "run",
    "create",
    "decide",
    "override",
    "reveal",
    "comment",
    "outcome",
    "explain",
    "settings",
    "schedule",
    "users",
    "health",
]
"""What somebody may do in an opening: `see` the shortlist and the evidence, `upload` and replace files, edit the
`scorecard`, start and stop a `run`, export an explanation to a candidate (`explain`), change what the opening shows
(`settings`). `create` (an opening), `users`, `schedule` and `health` need no opening."""

RunState = Literal["queued", "running", "done", "failed", "cancelled", "interrupted"]
ACTIVE: frozenset[RunState] = frozenset(("queued", "running"))
UploadSource = Literal["files", "zip", "path", "s3"]
Choice = Literal["advance", "hold", "decline"]
OutcomeKind = Literal["interview_passed", "hired", "well_at_90_days"]
OutcomeValue = Literal["yes", "no", "unknown"]


class User(FrozenModel):
    """Somebody who signs in."""

    name: str
    """Lower-case, 2 to 32 letters, digits, dots, dashes and underscores."""
    display: str
    role: Role
    disabled: bool = False


LOCAL_OPERATOR = User(name="local-operator", display="Local operator", role="operator")
"""Whoever sits at this machine, while no account exists. No account can take this name."""


class Session(FrozenModel):
    """Somebody who is signed in, without the token that says so."""

    user: User
    csrf: str
    """To be sent back with whatever changes something."""
    expires: datetime
    due: bool
    """The token is an hour old: give it for a new one, see `Accounts.rotate`."""


class SignedIn(FrozenModel):
    """A session that has just begun or got a new token."""

    token: str = Field(repr=False)
    """For the cookie; the database has only its hash."""
    session: Session


class ApiToken(FrozenModel):
    """A token with which programs act as a user, without the token itself."""

    id: str
    user: str
    label: str
    """What it is for."""
    by: str
    """Who made it."""
    created: datetime
    expires: datetime | None
    """None if it holds until it is revoked."""
    used: datetime | None
    """To the minute."""


class MadeToken(FrozenModel):
    """A token that has just been made."""

    token: str = Field(repr=False)
    """Shown this once; the database has only its hash."""
    made: ApiToken


class Opening(FrozenModel):
    """A role that somebody hires for."""

    id: str
    """A slug, as in addresses and folders."""
    title: str
    created: datetime
    by: str
    scorecard_version: int
    """The newest; 0 while there is none."""
    blind: bool = True
    """Names stay covered until somebody reveals them."""
    cover_levels: bool = True
    """Levels stay covered until their evidence was opened."""
    archived: bool = False


class ScorecardVersion(FrozenModel):
    """A scorecard as somebody saved it; never changed afterwards."""

    opening: str
    version: int
    """From 1."""
    yaml: str
    sha256: str
    by: str
    at: datetime
    note: str = ""


class Upload(FrozenModel):
    """Files that somebody added to the batch of an opening."""

    id: str
    opening: str
    received: datetime
    by: str
    path: Path
    """The folder that keeps what was sent."""
    source: UploadSource
    files: int = Field(default=0, ge=0)
    candidates: int = Field(default=0, ge=0)
    note: str = ""


class DeskRun(FrozenModel):
    """A screening that was asked for at the desk."""

    id: str
    opening: str
    scorecard_version: int
    options: dict[str, JsonValue]
    state: RunState
    """`interrupted` as soon as an active run's lease has passed, whether or not that was noted."""
    by: str
    asked: datetime
    started: datetime | None = None
    finished: datetime | None = None
    lease_until: datetime | None = None
    stage: str = ""
    done: int = 0
    total: int = 0
    current: str = ""
    """Candidate that was last worked on; the screen covers it while the opening is blind."""
    error: str = ""
    out: Path | None = None
    """Folder of the results."""
    resumes: str | None = None
    """The run that this one goes on with."""

    @property
    def active(self) -> bool:
        """Whether a process is about it."""
        return self.state in ACTIVE


class Decision(FrozenModel):
    """What a person decided about a candidate; software never does."""

    opening: str
    candidate: str
    choice: Choice
    reason: str
    by: str
    at: datetime
    run: str | None
    """Whose shortlist was on screen."""
    seq: int
    """Of its event."""


class Override(FrozenModel):
    """A level that a person set beside the computed one, which stays."""

    opening: str
    candidate: str
    criterion: str
    level: float = Field(ge=0, le=4)
    computed: float | None
    """The level on screen, or None if it could not be judged."""
    reason: str
    by: str
    at: datetime
    run: str | None
    seq: int


class Comment(FrozenModel):
    """A remark about a candidate."""

    opening: str
    candidate: str
    text: str
    by: str
    at: datetime
    run: str | None
    seq: int


class Opened(FrozenModel):
    """Evidence that somebody opened, so that they see its level."""

    opening: str
    candidate: str
    criterion: str
    by: str
    at: datetime
    run: str | None
    seq: int


class Reveal(FrozenModel):
    """A name that somebody uncovered for themselves."""

    opening: str
    candidate: str
    by: str
    at: datetime
    reason: str
    seq: int


class Outcome(FrozenModel):
    """How it went on with a candidate."""

    opening: str
    candidate: str
    kind: OutcomeKind
    value: OutcomeValue
    by: str
    at: datetime
    seq: int


class ScoredOutcome(FrozenModel):
    """An outcome beside the score that was known before it."""

    candidate: str
    kind: OutcomeKind
    value: Literal["yes", "no"]
    score: float | None
    band: Band
    run: str


class BandOutcomes(FrozenModel):
    """How many of a band came how far."""

    band: Band
    yes: int
    no: int


class Separation(FrozenModel):
    """How well the scores told the two ends of one kind of outcome apart."""

    kind: OutcomeKind
    bands: tuple[BandOutcomes, ...]
    yes: int
    no: int
    """Of those with a score, like `yes`."""
    auc: float | None
    """Chance that one who made it had the higher score; None when too few are known to tell."""
    interval: tuple[float, float] | None
    """95%."""
    verdict: str
    """One sentence; `too few to tell` when there are fewer than ten of each."""


class OutcomeSummary(FrozenModel):
    """Outcomes held against the scores."""

    pairs: tuple[ScoredOutcome, ...]
    kinds: tuple[Separation, ...]
    without_score: int
    """Known outcomes of candidates whom no run had scored before."""
