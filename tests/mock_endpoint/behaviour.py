"""What the mock endpoint shall do: latency, faults, limits and batches, as values that travel as JSON.

The endpoint is a real HTTP server in its own process: see `endpoint.py` for tests, `__main__.py` for use by hand.
"""

from typing import Literal, Self, get_args

from pydantic import Field, model_validator

from pipeline.models.base import FrozenModel

ReplyFault = Literal[
    "status_500",
    "status_502",
    "status_503",
    "rate_limited",
    "off_schema",
    "cut_off",
    "empty",
    "null_content",
    "no_choices",
    "fenced",
    "invented_quotes",
    "refusal",
    "content_filter",
    "no_usage",
    "no_logprobs",
    "response_format_refused",
    "logprobs_refused",
    "logprobs_forbidden",
    "temperature_refused",
    "max_tokens_refused",
    "context_too_long",
    "wrong_key",
    "unknown_model",
    "no_quota",
]
"""Faults that can be told from the reply's content; they may also befall a line of a batch."""

WireFault = Literal["malformed_json", "html", "drip", "slow", "reset_before", "reset_midway", "hang"]
"""Faults of one HTTP exchange."""

RetryAfter = Literal["seconds", "date", "milliseconds", "none"]


class When(FrozenModel):
    """Which calls a fault befalls: those that meet every condition given, in the order of the fields."""

    containing: str | None = None
    """The request's body, read as JSON, holds this text in a message."""
    from_attempt: int = 1
    """Only from this attempt of the same body on."""
    attempts: int | None = None
    """Only the first so many attempts of each body."""
    share_of_bodies: float = Field(default=1.0, ge=0, le=1)
    """A seeded share of the distinct bodies; the same ones whenever they come."""
    share: float = Field(default=1.0, ge=0, le=1)
    """A seeded share of the calls. It hangs on body and attempt, not on the order of arrival."""
    after: int = 0
    """Not the first so many calls, counted over those that met the conditions above."""
    first: int | None = None
    """Only the first so many, counted likewise after `after`."""
    every: int = Field(default=1, ge=1)
    """Every nth, counted likewise: the nth is the first one hit."""


class Fault(FrozenModel):
    """One thing that goes wrong, and when. Of several that fit a call, the first in the list befalls it."""

    kind: ReplyFault | WireFault
    when: When = When()
    seconds: float = Field(default=1.0, ge=0)
    """For `drip`: how long the body takes. For `slow`: further latency. For `rate_limited`: how long to wait."""
    retry_after: RetryAfter = "seconds"
    """For `rate_limited`: how the wait is told. A date has whole seconds, and is rounded up."""


class RateLimit(FrozenModel):
    """A token bucket of requests and one of tokens; a call must find room in both."""

    requests_per_second: float = Field(gt=0)
    tokens_per_minute: float = Field(default=1e9, gt=0)
    """Counted as characters of the messages / 4; what may come back is not counted."""
    burst_seconds: float = Field(default=1.0, gt=0)
    """How many seconds' worth of both may be taken at once."""
    retry_after: RetryAfter = "milliseconds"


class BatchBehaviour(FrozenModel):
    """How batches go."""

    validating_seconds: float = Field(default=0.2, ge=0)
    in_progress_seconds: float = Field(default=0.5, ge=0)
    """At least; answering the lines may take longer."""
    finalizing_seconds: float = Field(default=0.2, ge=0)
    cancelling_seconds: float = Field(default=0.2, ge=0)
    fail_validation: str | None = None
    """The code with which every batch fails, such as `token_limit_exceeded`. Wrong files fail by themselves."""
    expire_after: float | None = Field(default=None, ge=0, le=1)
    """The share of lines that is answered before the batch expires; None: it does not."""
    flaky_share: float = Field(default=0, ge=0, le=1)
    """A seeded share of the calls to the files and batches API that gets a 503."""
    missing_share: float = Field(default=0, ge=0, le=1)
    """A seeded share of lines that are in neither file."""
    faults: tuple[Fault, ...] = ()
    """Of single lines: what is no 200 goes into the error file, the rest into the output."""

    @model_validator(mode="after")
    def _only_replies(self) -> Self:
        wrong = [fault.kind for fault in self.faults if fault.kind in get_args(WireFault)]
        if wrong:
            raise ValueError(f"a line of a batch has no HTTP exchange that could suffer {wrong}")
        return self


class Behaviour(FrozenModel):
    """Everything that can be set; what is not named stays as it was when the endpoint is configured again."""

    seed: int = 7
    latency: float = Field(default=0.0, ge=0)
    """Seconds from the last byte of a request to the first of its answer, errors too."""
    jitter: float = Field(default=0.0, ge=0)
    """Up to so many seconds more, seeded, evenly spread."""
    faults: tuple[Fault, ...] = ()
    rate_limit: RateLimit | None = None
    api_key: str | None = None
    """The one key that is let in; None lets in everybody."""
    models: tuple[str, ...] = ()
    """Names that `GET /v1/models` lists. If there are any, others get a 404."""
    model_list: Literal["openai", "vllm", "llama.cpp"] = "openai"
    """Whose form the list has; only the latter two tell the context length."""
    context_tokens: int = 128_000
    """What is longer gets a 400."""
    spaced_json: bool = False
    """Answers as `{"met": true}` rather than `{"met":true}`."""
    evidenced: float = Field(default=0.6, ge=0, le=1)
    """Share of checks with a quote and, mostly, P >= 0.5."""
    batches: BatchBehaviour = BatchBehaviour()
