"""What every page of the review app is given: the desk, the machinery, where things lie, and who asks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, NamedTuple, cast

from fastapi import Depends, Request
from pydantic import JsonValue

from pipeline.desk.desk import Desk
from pipeline.desk.models import Action, Opening, User
from pipeline.errors import UnknownToDesk
from pipeline.models.scorecard import Rubric
from pipeline.review.arriving import Arriving
from pipeline.review.protocols import RunStarter
from pipeline.scorecard_problem import ScorecardProblem


@dataclass(frozen=True, slots=True)
class ReviewApp:
    """The parts and values one app works with; built by `make_app`, the same for every request."""

    desk: Desk
    starter: RunStarter
    home: Path
    """SHORTLIST_HOME: uploads, batches and results lie under it."""
    rubrics: Mapping[str, Rubric]
    """The rubric library, for checking scorecards."""
    accounts: bool
    """Ask everybody to sign in, even while there is no account to sign in with."""
    secure: bool
    """Cookies go over https alone."""
    csrf: str = field(repr=False)
    """Stands in forms where there is no session to hold one."""
    key: bytes = field(repr=False)
    """Signs what a browser keeps for a moment."""
    max_upload_bytes: int
    max_upload_files: int
    blind: bool
    """Whether a new opening covers names."""
    cover_levels: bool
    """Whether a new opening covers levels until their evidence was opened."""
    run_options: Mapping[str, JsonValue]
    """What a run is started with unless somebody chooses otherwise."""
    import_roots: tuple[str, ...]
    """Folders and URLs that others than operators may fetch candidates from."""
    arriving: Arriving = field(default_factory=Arriving, repr=False)
    """Uploads on their way."""
    checks: dict[str, tuple[ScorecardProblem, ...]] = field(default_factory=dict, repr=False)
    """What the check said of scorecards, by their sha256."""


class SignInNeeded(Exception):
    """Nobody is signed in; answered with the way to the sign-in page."""


class Visit(NamedTuple):
    """Who asks for a page, after it was found that they may."""

    app: ReviewApp
    user: User
    csrf: str
    """What every form of this visitor has to send back."""
    signed_in: bool
    """False for whoever sits at this machine while there is no account."""
    of: Opening | None = None
    looked_up: frozenset[Action] | None = None
    """What the visitor may do, for a page that asks often; None to look it up each time."""

    @property
    def desk(self) -> Desk:
        """The desk."""
        return self.app.desk

    @property
    def opening(self) -> Opening:
        """The opening that the address names.

        Raises:
            UnknownToDesk: It names none.
        """
        if self.of is None:
            raise UnknownToDesk("This address names no opening.")
        return self.of

    def may(self, action: Action) -> bool:
        """Whether the visitor may do something: in this opening, if the address names one."""
        if self.looked_up is not None:
            return action in self.looked_up
        return self.app.desk.may(self.user, self._where, action)

    def looked_up_once(self) -> "Visit":
        """The same visit, which asks no more what its visitor may do."""
        return self._replace(looked_up=self.app.desk.accounts.allowed(self.user, self._where))

    @property
    def _where(self) -> str | None:
        return None if self.of is None else self.of.id


def review_app(request: Request) -> ReviewApp:
    """The parts of the app that a request came to."""
    return cast(ReviewApp, request.app.state.review)


AppDep = Annotated[ReviewApp, Depends(review_app)]
