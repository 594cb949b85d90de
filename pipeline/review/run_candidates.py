"""Who was read and judged so far in a run that goes on, for those who see the candidates' files anyway."""

from typing import Annotated, Final, NamedTuple

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from pipeline.desk.models import DeskRun
from pipeline.desk.runs_progress import CandidateProgress, read_progress
from pipeline.errors import UnknownToDesk
from pipeline.review.context import Visit
from pipeline.review.rendering import render
from pipeline.review.visitors import require

router = APIRouter()

SHOWN: Final = 60
"""Candidates of either kind that the page lists; the API gives all."""
WORDS: Final = {None: "nothing read", "reading": "read", "screening": "screened", "judging": "judged"}


class RunCandidates(NamedTuple):
    """Candidates of a run that goes on, as the page shows them."""

    unread: tuple[CandidateProgress, ...]
    """With a file that could not be read, newest first."""
    newest: tuple[CandidateProgress, ...]
    """The others."""
    unread_files: int
    counted: tuple[tuple[str, int], ...]
    """How many of all are how far."""
    more: int
    """That are not listed."""


@router.get("/openings/{opening}/runs/{run}/candidates")
def candidates(request: Request, visit: Annotated[Visit, Depends(require("upload"))], run: str) -> Response:
    """The part of a run's page that lists them."""
    found = visit.desk.runs.get(run)
    if found.opening != visit.opening.id:
        raise UnknownToDesk(f"There is no run {run!r}.")
    return render(request, "_run_candidates.html", run=found, listed=candidates_of(visit, found))


def candidates_of(visit: Visit, run: DeskRun) -> RunCandidates:
    """Who is listed."""
    told = read_progress(visit.app.home, run.opening, run.id) if run.active else ()
    unread = [one for one in told if one.set_aside]
    others = [one for one in told if not one.set_aside]
    people = [one for one in told if one.candidate]
    counted = [(words, sum(one.passed == passed for one in people)) for passed, words in WORDS.items()]
    if (waiting := run.total - len(people)) > 0:
        counted.append(("waiting", waiting))
    return RunCandidates(
        unread=tuple(unread[:SHOWN]),
        newest=tuple(others[:SHOWN]),
        unread_files=sum(len(one.set_aside) for one in unread),
        counted=tuple((words, count) for words, count in counted if count),
        more=max(0, len(unread) - SHOWN) + max(0, len(others) - SHOWN),
    )
