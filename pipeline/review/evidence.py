"""The evidence of one candidate beside their documents; opening it, and uncovering a name, are noted."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Annotated, Final, NamedTuple, cast

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import Response

from pipeline.desk.models import Action
from pipeline.desk.places import batch_folder
from pipeline.errors import DeskError, ShortlistError, StorageError, UnknownToDesk
from pipeline.review.candidate_view import candidate_page
from pipeline.review.context import ReviewApp, Visit, review_app
from pipeline.review.documents import CandidateDocuments, Documents
from pipeline.review.forms import FormDep
from pipeline.review.history import told_history
from pipeline.review.rendering import redirect, render
from pipeline.review.results import aside_of
from pipeline.review.shortlist_view import candidate_address, shortlist_address
from pipeline.review.shown import Shown, ShownRow, shown_run
from pipeline.review.tabs import tabs_with
from pipeline.review.viewed import all_quotes
from pipeline.review.visitors import require

LOOKED_AT: Final = 6
"""Newest runs whose shortlists are read in before anybody asks."""
READ_AHEAD_SECONDS: Final = 1.0


@asynccontextmanager
async def _reading(app: FastAPI) -> AsyncIterator[None]:
    """The processes that parse documents end with the app."""
    documents = Documents(app.state.review.home)
    app.state.documents = documents
    over = threading.Event()
    ahead = threading.Thread(target=_read_ahead, args=(app, documents, over), name="read ahead", daemon=True)
    ahead.start()
    try:
        yield
    finally:
        over.set()
        # Or the process that is being started would be nobody's to end.
        ahead.join()
        documents.close()


def _read_ahead(app: FastAPI, documents: Documents, over: threading.Event) -> None:
    """Do what takes a second or two before the first page that needs it, until the app ends."""
    documents.warm_up()
    runs, seen = cast(ReviewApp, app.state.review).desk.runs, set[str]()
    while not over.is_set():
        # A page says what is wrong with a database or a shortlist.
        with suppress(ShortlistError):
            for run in runs.all(newest=LOOKED_AT):
                if run.state == "done" and run.id not in seen and not over.is_set():
                    seen.add(run.id)
                    with suppress(StorageError, UnknownToDesk):
                        aside_of(run)
        over.wait(READ_AHEAD_SECONDS)


router = APIRouter(lifespan=_reading)

SeeVisit = Annotated[Visit, Depends(require("see"))]
RevealVisit = Annotated[Visit, Depends(require("reveal"))]
_BASE = "/openings/{opening}/candidates/{label}"
_ACTIONS: tuple[Action, ...] = ("decide", "override", "reveal", "comment", "outcome", "explain")


class Undecided(NamedTuple):
    """A decision that could not be kept, and why."""

    problem: str = ""
    choice: str = ""
    reason: str = ""


@router.get(_BASE)
def candidate(request: Request, visit: SeeVisit, label: str, run: str = "", doc: int = 1) -> Response:
    """Show why a candidate stands where they stand, and the documents that say so."""
    shown = shown_run(visit, run)
    return show_candidate(request, visit, shown, shown.row(label), doc=doc)


def show_candidate(
    request: Request,
    visit: Visit,
    shown: Shown,
    one: ShownRow,
    *,
    doc: int = 1,
    undecided: Undecided = Undecided(),  # noqa: B008 - it is frozen
) -> Response:
    """Render a candidate's page.

    Args:
        request: What is answered.
        visit: Who looks.
        shown: The run as they see it.
        one: The candidate.
        doc: Number of the document on the page.
        undecided: A decision that could not be kept.
    """
    page = candidate_page(shown, one, documents_of(request, shown, one), chosen=doc)
    ordered = shown.rows
    at = ordered.index(one)
    return render(
        request,
        "manager/candidate.html",
        status=400 if undecided.problem else 200,
        undecided=undecided,
        shown=shown,
        one=one,
        page=page,
        history=told_history(shown, one),
        comments=visit.desk.reviews.comments(visit.opening.id, one.row.candidate),
        may={action: visit.may(action) for action in _ACTIONS},
        base=f"/openings/{visit.opening.id}/candidates/{one.slug}",
        address=lambda **query: candidate_address(shown, one.slug, **query),
        back=shortlist_address(shown, f"#{one.slug}"),
        before=candidate_address(shown, ordered[at - 1].slug) if at else "",
        after=candidate_address(shown, ordered[at + 1].slug) if at + 1 < len(ordered) else "",
        tabs=tabs_with(visit, "/shortlist"),
    )


@router.post(f"{_BASE}/open")
def open_evidence(request: Request, visit: SeeVisit, label: str, form: FormDep) -> Response:
    """Open the evidence of one criterion, or of all; its level is shown from then on, and that is noted."""
    shown = named_run(visit, form.text("run"))
    one = shown.row(label)
    wanted = form.text("criterion")
    if wanted and wanted not in one.row.criteria:
        raise DeskError("This scorecard has no such criterion. Reload the page.")
    for criterion in (wanted,) if wanted else one.covered:
        visit.desk.reviews.open_evidence(
            visit.opening.id, one.row.candidate, criterion, by=visit.user.name, run=shown.run.id
        )
    return redirect(request, back_to(shown, one, form.text("doc"), f"c-{wanted}" if wanted else "criteria"))


@router.post(f"{_BASE}/reveal")
def reveal(request: Request, visit: RevealVisit, label: str, form: FormDep) -> Response:
    """Uncover a candidate's name and original words for this visitor alone; it is noted."""
    shown = named_run(visit, form.text("run"))
    one = shown.row(label)
    if form.text("sure") != "yes":
        raise DeskError("Tick the box that says that the reveal is logged, then reveal the name.")
    visit.desk.reviews.reveal(visit.opening.id, one.row.candidate, by=visit.user.name, reason=form.text("reason"))
    return redirect(
        request, back_to(shown, one, form.text("doc"), ""), say=f"{one.row.candidate} is shown to you by name. Logged."
    )


def named_run(visit: Visit, run: str) -> Shown:
    """The run that a form was shown with.

    A label may mean somebody else in another run, so nothing is written without one.

    Raises:
        DeskError: The form names none.
    """
    if not run:
        raise DeskError("This page does not say which shortlist it is of. Reload it and send again.")
    return shown_run(visit, run)


def back_to(shown: Shown, one: ShownRow, document: str, anchor: str) -> str:
    """The candidate's page, with the document that was on it."""
    query = {"doc": document} if document.isdecimal() and document != "1" else {}
    return candidate_address(shown, one.slug, **query) + (f"#{anchor}" if anchor else "")


def documents_of(request: Request, shown: Shown, one: ShownRow) -> CandidateDocuments:
    """The candidate's documents, as the run read them."""
    batch = batch_folder(review_app(request).home, shown.run.opening)
    quotes = all_quotes(one.row)
    kept = cast(Documents | None, getattr(request.app.state, "documents", None))
    if kept is not None:
        return kept.of(batch, one.row.candidate, dossier=one.row.dossier, quotes=quotes)
    # An app that was never started, as in a test without its lifespan.
    alone = Documents(review_app(request).home)
    try:
        return alone.of(batch, one.row.candidate, dossier=one.row.dossier, quotes=quotes)
    finally:
        alone.close()
