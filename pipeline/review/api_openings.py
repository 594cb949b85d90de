"""The API's endpoints about openings and their scorecards."""

from secrets import token_hex
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Response

from pipeline.desk.models import ScorecardVersion
from pipeline.desk.store import slug
from pipeline.errors import DeskConflict
from pipeline.review.api_access import KnownFirst, caller
from pipeline.review.api_models import (
    CheckOut,
    Me,
    NewOpening,
    NewScorecard,
    OpeningOut,
    ScorecardNote,
    ScorecardOut,
    VersionOut,
)
from pipeline.review.api_problems import BASE, CREATES, REFUSED, ScorecardRefused
from pipeline.review.context import Visit
from pipeline.review.drafting import draft_from_post
from pipeline.review.openings_view import DRAFT_NOTE, OpeningCard, opening_card, opening_cards
from pipeline.review.scorecard_notes import check_text, checked
from pipeline.scorecard_problem import ScorecardProblem

router = APIRouter(route_class=KnownFirst)

SeeVisit = Annotated[Visit, Depends(caller("see"))]
CreateVisit = Annotated[Visit, Depends(caller("create"))]
EditVisit = Annotated[Visit, Depends(caller("scorecard"))]
_OPENING: Final = "/openings/{opening}"


@router.get("/me", tags=["Openings"])
def who_am_i(visit: SeeVisit) -> Me:
    """Whose token this is, and what they have access to."""
    user = visit.user
    openings = tuple(sorted(visit.desk.accounts.openings_of(user)))
    return Me(name=user.name, display=user.display, role=user.role, openings=openings)


@router.get("/openings", tags=["Openings"])
def list_openings(visit: SeeVisit, archived: bool = False) -> tuple[OpeningOut, ...]:
    """The openings that the caller has access to, by title; archived ones only if asked for."""
    return tuple(_opening(card) for card in opening_cards(visit, archived=archived))


@router.post("/openings", tags=["Openings"], status_code=201, responses={**CREATES, **REFUSED})
def create_opening(visit: CreateVisit, new: NewOpening, response: Response) -> OpeningOut:
    """Make an opening, with the first version of its scorecard if one is given."""
    if new.scorecard is not None and new.job_post is not None:
        raise DeskConflict("Both a scorecard and a job post were sent. Send the one that the opening is to begin with.")
    if new.scorecard is not None:
        _refuse_errors(check_text(new.scorecard, rubrics=visit.app.rubrics))
    made = visit.desk.openings.create(
        new.title,
        by=visit.user.name,
        id=_id(new),
        blind=visit.app.blind if new.blind is None else new.blind,
        cover_levels=visit.app.cover_levels if new.cover_levels is None else new.cover_levels,
    )
    if new.scorecard is not None:
        visit.desk.scorecards.save(made.id, new.scorecard, by=visit.user.name, note="Sent with the opening")
    elif new.job_post is not None:
        draft = draft_from_post(new.job_post, title=new.title)
        visit.desk.scorecards.save(made.id, draft.yaml, by=visit.user.name, note=DRAFT_NOTE)
    response.headers["location"] = f"{BASE}/openings/{made.id}"
    return _opening(opening_card(visit, visit.desk.openings.get(made.id)))


@router.get(_OPENING, tags=["Openings"])
def get_opening(visit: SeeVisit) -> OpeningOut:
    """One opening, and where it stands."""
    return _opening(opening_card(visit, visit.opening))


@router.get(f"{_OPENING}/scorecard", tags=["Scorecards"])
def get_scorecard(visit: SeeVisit, version: int | None = None) -> ScorecardOut:
    """The newest scorecard or a named version, with what `scorecard check` says of it."""
    return _scorecard(visit, visit.desk.scorecards.get(visit.opening.id, version))


@router.put(f"{_OPENING}/scorecard", tags=["Scorecards"], responses=REFUSED)
def save_scorecard(visit: EditVisit, new: NewScorecard) -> ScorecardOut:
    """Save a scorecard as the newest version; the same text again makes none.

    One with errors is refused, and `errors` says what to change. Warnings do not keep it from being saved.
    """
    _refuse_errors(check_text(new.yaml, rubrics=visit.app.rubrics))
    saved = visit.desk.scorecards.save(
        visit.opening.id, new.yaml, by=visit.user.name, note=new.note, expected=new.expected
    )
    return _scorecard(visit, saved)


@router.post(f"{_OPENING}/scorecard/check", tags=["Scorecards"])
def check_scorecard(visit: EditVisit, new: NewScorecard) -> CheckOut:
    """What `scorecard check` says of a text; nothing is saved."""
    problems = check_text(new.yaml, rubrics=visit.app.rubrics)
    return CheckOut(problems=tuple(ScorecardNote.of(problem) for problem in problems))


@router.get(f"{_OPENING}/scorecard/versions", tags=["Scorecards"])
def list_versions(visit: SeeVisit) -> tuple[VersionOut, ...]:
    """All versions, newest first; each was kept as it was saved."""
    return tuple(VersionOut.of(version) for version in visit.desk.scorecards.all(visit.opening.id))


def _id(new: NewOpening) -> str | None:
    # The address of the page that makes openings is no opening's.
    return f"new-{token_hex(3)}" if (new.id or slug(new.title)) == "new" else new.id


def _opening(card: OpeningCard) -> OpeningOut:
    plain = card.opening.model_dump()
    return OpeningOut(
        **plain,
        candidates=card.candidates,
        next=card.step,
        latest_run=card.last.id if card.last else None,
        shortlist_run=card.done.id if card.done else None,
    )


def _scorecard(visit: Visit, version: ScorecardVersion) -> ScorecardOut:
    problems = checked(visit.app, version)
    return ScorecardOut(
        saved=VersionOut.of(version),
        yaml=version.yaml,
        problems=tuple(ScorecardNote.of(problem) for problem in problems),
    )


def _refuse_errors(problems: tuple[ScorecardProblem, ...]) -> None:
    if errors := tuple(problem for problem in problems if problem.severity == "error"):
        raise ScorecardRefused(errors)
