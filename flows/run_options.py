"""What the caller of a screening may choose; all of it stands in run.json."""

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from flows.walk import Depth
from pipeline.embeddings import DEFAULT_EMBEDDER
from pipeline.errors import ConfigurationError
from pipeline.models.base import FrozenModel

DEFAULT_JUDGE = "evidence"


_OF_A_CHAT_JUDGE = {
    "base_url": "--base-url",
    "judge_top": "--judge-top",
    "settle": "--settle",
    "follow_up": "--follow-up",
    "budget": "--budget",
    "max_requests": "--max-requests",
    "prices": "--prices",
    "calibration": "--calibration",
    "provider_batch": "--batch",
    "ignore_batch": "--ignore-batch",
}


class RunOptions(FrozenModel):
    """Choices of one run. Those about a chat judge are refused where none is asked."""

    top: int | None = None
    judge: str = DEFAULT_JUDGE
    base_url: str | None = None
    blind: bool = False
    judge_top: int | None = Field(default=None, ge=1)
    second: str | None = None
    second_base_url: str | None = None
    settle: bool = False
    follow_up: bool = False
    embedder: str = DEFAULT_EMBEDDER
    """Who retrieves evidence from long dossiers; the built-in judge reads by its own embeddings in any case."""
    embedder_base_url: str | None = None
    calibration: str | None = None
    """A file, or `none`; None for the one that `shortlist judge calibrate` left for this judge, if any."""
    logprobs: bool = True
    timeout: float = Field(default=120.0, gt=0)
    """Seconds that one call may take."""
    in_flight: int = Field(default=8, ge=1, le=1024)
    budget: float | None = Field(default=None, gt=0)
    """US dollars."""
    max_requests: int | None = Field(default=None, ge=1)
    prices: Path | None = None
    provider_batch: bool = False
    """`--batch`: ask through the provider's batches."""
    ignore_batch: bool = False
    """Ask one by one what waits in a provider batch, and pay for both."""

    @model_validator(mode="after")
    def _fits_the_embedder(self) -> Self:
        if self.embedder_base_url is not None and self.embedder == DEFAULT_EMBEDDER:
            raise ConfigurationError(
                f"--embedder-base-url is the address of another embedder, and {DEFAULT_EMBEDDER!r} is built in. "
                "Name one with --embedder openai:MODEL, or leave the address out."
            )
        return self

    @model_validator(mode="after")
    def _fits_the_judge(self) -> Self:
        if self.judge != DEFAULT_JUDGE:
            return self
        needless = [flag for name, flag in _OF_A_CHAT_JUDGE.items() if getattr(self, name) not in (None, False)]
        if needless and not (self.second and set(needless) <= {"--budget", "--max-requests", "--prices"}):
            # Raised as our own error, which pydantic passes on: the command line shows its message as it is.
            raise ConfigurationError(
                f"{', '.join(needless)} asks something of a chat judge, and the judge is 'evidence', which needs none. "
                "Name one with --judge openai:MODEL, or leave the option out (the address of a second judge is "
                "--second-base-url)."
            )
        return self

    @property
    def depth(self) -> Depth:
        """How far the walk goes beyond the first ranking."""
        return Depth(judge_top=self.judge_top, settle=self.settle, follow_up=self.follow_up)
