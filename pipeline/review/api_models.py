"""What the API takes and gives about openings, batches and runs; field descriptions are what callers read."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Field, JsonValue

from pipeline.desk.models import Role, RunState, ScorecardVersion, UploadSource
from pipeline.models.base import FrozenModel
from pipeline.models.report import ReportedQuarantine
from pipeline.scorecard_problem import ScorecardProblem, Severity


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


WHOLE = BeforeValidator(_whole)
"""In JSON, 2.0 is a whole number too."""
Yaml = Annotated[str, Field(min_length=1, max_length=900_000)]


class ApiModel(FrozenModel):
    """Docstrings under the fields become their descriptions."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class ApiRequest(ApiModel):
    """What a caller sends: `true` is no number, and a number no text."""

    model_config = ConfigDict(strict=True)


class Problem(ApiModel):
    """What went wrong (RFC 9457), with the next step in `detail`."""

    type: str
    """An address in the documentation."""
    title: str
    status: int
    detail: str
    """Names the thing, the cause and the next step."""
    errors: tuple["FieldProblem", ...] = ()
    """Of a request that could not be read, by field; of a scorecard that was not saved, by field of the scorecard."""


class FieldProblem(ApiModel):
    """What is wrong with one field of a request."""

    field: str
    message: str


class Me(ApiModel):
    """Whose token it is."""

    name: str
    display: str
    role: Role
    openings: tuple[str, ...]
    """Ids of the openings that the user has access to."""


class NewOpening(ApiRequest):
    """A role to hire for."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"title": "Senior Backend Engineer, Dispatch", "id": "dispatch-backend"},
                {"title": "Data Engineer", "job_post": "# Data Engineer\n\nYou will ...\n\n## Requirements\n- ..."},
            ]
        }
    )

    title: Annotated[str, Field(min_length=1, max_length=300)]
    id: Annotated[str | None, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")] = None
    """As in addresses; made from the title if not given."""
    scorecard: Yaml | None = None
    """YAML of the first version of its scorecard; one with errors is refused."""
    job_post: Yaml | None = None
    """A job post to draft the scorecard from. The draft has to be edited before a run can start."""
    blind: bool | None = None
    """Whether names stay covered until somebody reveals them; as in the settings if not given."""
    cover_levels: bool | None = None
    """Whether levels stay covered until their evidence was opened; as in the settings if not given."""


class OpeningOut(ApiModel):
    """A role to hire for, and where it stands."""

    id: str
    title: str
    created: datetime
    by: str
    scorecard_version: int
    """The newest; 0 while there is none."""
    blind: bool
    cover_levels: bool
    archived: bool
    candidates: int
    """In the batch."""
    next: Literal["scorecard", "draft", "candidates", "run", "running", "interrupted", "read"]
    """What is to be done next: write the `scorecard`, edit the `draft`, add `candidates`, start a `run`, wait for the
    one that is `running`, resume one that was `interrupted`, or `read` the shortlist."""
    latest_run: str | None
    """In whatever state."""
    shortlist_run: str | None
    """The run whose shortlist is shown."""


class NewScorecard(ApiRequest):
    """A scorecard to be saved as the newest version, or to be checked."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"yaml": "id: dispatch-backend\ntitle: ...\n", "note": "Lower bar"}]}
    )

    yaml: Yaml
    note: Annotated[str, Field(max_length=2_000)] = ""
    """What changed and why."""
    expected: Annotated[int, Field(ge=0), WHOLE] | None = None
    """The version that was edited; if another was saved meanwhile, nothing is saved."""


class ScorecardNote(ApiModel):
    """One thing to change in a scorecard."""

    severity: Severity
    """An `error` keeps the scorecard from being used; a `warning` says how it would mislead a screening."""
    line: int
    """From 1."""
    field: str
    message: str
    suggestion: str

    @classmethod
    def of(cls, problem: ScorecardProblem) -> "ScorecardNote":
        """From what the check found."""
        return cls.model_validate(problem.model_dump(exclude={"file"}))


class VersionOut(ApiModel):
    """A saved scorecard."""

    opening: str
    version: int
    sha256: str
    by: str
    at: datetime
    note: str

    @classmethod
    def of(cls, version: ScorecardVersion) -> "VersionOut":
        """From the desk's."""
        return cls.model_validate(version.model_dump(exclude={"yaml"}))


class ScorecardOut(ApiModel):
    """A saved scorecard with its text and what `scorecard check` says of it."""

    saved: VersionOut
    yaml: str
    problems: tuple[ScorecardNote, ...]


class CheckOut(ApiModel):
    """What `scorecard check` says of a text that was not saved."""

    problems: tuple[ScorecardNote, ...]


class Import(ApiRequest):
    """A place to fetch candidates from."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"place": "/data/applications"}]})

    place: Annotated[str, Field(min_length=1, max_length=2_000)]
    """A folder or zip of the machine that runs the app, or a bucket's folder such as `s3://bucket/folder`."""
    candidate: Annotated[str, Field(max_length=200)] = ""
    """The one candidate that everything belongs to; empty for a batch."""


class LeftOutFile(ApiModel):
    """A file that did not go into the batch."""

    name: str
    reason: str


class AddedOut(ApiModel):
    """What an upload did to the batch."""

    upload: str
    candidates: tuple[str, ...]
    """Whose files came or changed, as the sender named them."""
    new: int
    replaced: tuple[str, ...]
    """Files whose earlier version is kept."""
    unchanged: int
    left_out: tuple[LeftOutFile, ...]
    table_problems: tuple[str, ...]
    """Of `candidates.csv`."""
    message: str


class ReplacedOut(ApiModel):
    """What a replacement did."""

    upload: str
    file: str
    kept_earlier: bool
    """There was a file before, and it is kept."""


class UploadOut(ApiModel):
    """Files that somebody added."""

    id: str
    received: datetime
    by: str
    source: UploadSource
    files: int
    candidates: int
    note: str


class CandidateFiles(ApiModel):
    """A candidate of the batch, before anything is read."""

    name: str
    files: tuple["FileOut", ...]


class FileOut(ApiModel):
    """A file of a candidate."""

    path: str
    size: int


class BatchOut(ApiModel):
    """What lies in the batch, and what the latest run could not read of it."""

    candidates: int
    table: bool
    """There is a `candidates.csv`."""
    brief: bool
    starter: bool
    quarantined: tuple[ReportedQuarantine, ...]
    """By the run whose shortlist is shown."""
    run: str | None
    offset: int
    listed: tuple[CandidateFiles, ...]


class NewRun(ApiRequest):
    """Options of a run; what is not given is as in the settings, then in the scorecard."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}, {"top": 5}, {"judge": "openai:MODEL", "budget": 5}]})

    judge: Annotated[str | None, Field(max_length=200, pattern=r"^(evidence|[A-Za-z0-9_-]+:\S.*)$")] = None
    """`evidence`, or a chat judge such as `openai:MODEL`."""
    top: Annotated[int, Field(ge=1, le=10_000), WHOLE] | None = None
    """Interviews."""
    budget: Annotated[float | None, Field(gt=0, lt=1_000_000)] = None
    """US dollars, for a chat judge."""
    max_requests: Annotated[int, Field(ge=1, le=10_000_000), WHOLE] | None = None
    """For a chat judge."""


class RunOut(ApiModel):
    """A screening."""

    id: str
    opening: str
    scorecard_version: int
    options: Mapping[str, JsonValue]
    state: RunState
    by: str
    asked: datetime
    started: datetime | None
    finished: datetime | None
    stage: str
    """Of one that is running, in words."""
    done: int
    total: int
    current: str
    """Candidate that is worked on; empty while names are covered."""
    error: str
    """Why it failed."""
    resumes: str | None
    """The run that this one goes on with."""
    resumable: bool
    bands: Mapping[str, int] | None = None
    """Candidates by band, of one that is done; only when one run is asked for."""
    channels: tuple["ChannelOut", ...] = ()
    """Pass rates by channel, likewise."""


class SetAsideOut(ApiModel):
    """A file that could not be read."""

    file: str
    """`resume` if none came."""
    reason: str


class RunCandidateOut(ApiModel):
    """How far a run that goes on is with one candidate."""

    candidate: str
    """As the files are named; empty for what belongs to nobody, such as a table that cannot be read."""
    passed: Literal["reading", "screening", "judging"] | None
    """The last stage that is done."""
    set_aside: tuple[SetAsideOut, ...]


class ChannelOut(ApiModel):
    """How the candidates of one channel fared."""

    name: str
    rows: int
    advanced: int
    share: float
    low: float
    """Of the 95% interval of the share."""
    high: float
