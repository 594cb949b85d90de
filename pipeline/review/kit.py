"""What leaves the screen for one candidate: an interview kit, an explanation, and candidates side by side."""

import hashlib
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from pipeline.desk.places import batch_folder
from pipeline.errors import DeskError, StorageError
from pipeline.interview_kit import make_kit
from pipeline.review.compare import MOST, compared
from pipeline.review.context import Visit
from pipeline.review.evidence import documents_of, named_run
from pipeline.review.explanation import (
    Explanation,
    explain,
    explanation_html,
    explanation_text,
    explanation_words,
)
from pipeline.review.forms import FormDep
from pipeline.review.kit_files import kit_files, starter_of
from pipeline.review.rendering import render
from pipeline.review.second_pass import pairs_among, second_pass_of
from pipeline.review.shortlist_view import candidate_address, shortlist_address
from pipeline.review.shown import Shown, ShownRow, shown_run
from pipeline.review.tabs import tabs_with
from pipeline.review.viewed import is_code
from pipeline.review.visitors import require

router = APIRouter()

SeeVisit = Annotated[Visit, Depends(require("see"))]
ExplainVisit = Annotated[Visit, Depends(require("explain"))]
_BASE: Final = "/openings/{opening}/candidates/{label}"
_MOST_CONTACT: Final = 200


@router.get(f"{_BASE}/kit")
def kit(request: Request, visit: SeeVisit, label: str, run: str = "") -> Response:
    """Show the questions to take into the interview."""
    shown = shown_run(visit, run)
    one = shown.row(label)
    told = shown.told(one)
    files = kit_files(
        documents_of(request, shown, one).documents,
        told=told,
        original=one.row,
        is_open=one.is_open,
        starter=starter_of(batch_folder(visit.app.home, visit.opening.id)),
    )
    try:
        # What the kit asks for follows from levels, but no flag may say them while they are covered.
        flags = one.without_levels(told).flags
        made = make_kit(told.model_copy(update={"flags": flags}), shown.scorecard, files=files)
    except KeyError as error:
        raise StorageError(
            "This shortlist was written by another version of the program. Run again; nothing is asked twice."
        ) from error
    return render(
        request,
        "manager/kit.html",
        shown=shown,
        one=one,
        kit=made,
        is_code=is_code,
        minutes=sum(part.minutes for part in made.parts),
        back=candidate_address(shown, one.slug),
        tabs=tabs_with(visit, "/shortlist"),
    )


@router.get("/openings/{opening}/compare")
def compare(
    request: Request, visit: SeeVisit, c: Annotated[list[str] | None, Query()] = None, run: str = ""
) -> Response:
    """Show two to four candidates side by side."""
    shown = shown_run(visit, run)
    chosen = tuple(dict.fromkeys(c or ()))
    if not 2 <= len(chosen) <= MOST:
        number = "only one is" if len(chosen) == 1 else "none is" if not chosen else f"{len(chosen)} are"
        raise DeskError(f"Choose two to four candidates on the shortlist; {number} chosen.")
    rows = [shown.row(slug) for slug in chosen]
    return render(
        request,
        "manager/compare.html",
        shown=shown,
        page=compared(shown, {one: documents_of(request, shown, one) for one in rows}),
        pairs=pairs_among(second_pass_of(shown), rows),
        back=shortlist_address(shown),
        tabs=tabs_with(visit, "/shortlist"),
    )


@router.get(f"{_BASE}/explanation")
def explanation(request: Request, visit: ExplainVisit, label: str, run: str = "") -> Response:
    """Show the explanation for a candidate before it is exported."""
    shown = shown_run(visit, run)
    one = shown.row(label)
    told = _explained(request, shown, one, contact="")
    return render(
        request,
        "manager/explanation.html",
        shown=shown,
        one=one,
        told=told,
        words=explanation_words(told),
        base=f"/openings/{visit.opening.id}/candidates/{one.slug}",
        back=candidate_address(shown, one.slug),
        tabs=tabs_with(visit, "/shortlist"),
    )


@router.post(f"{_BASE}/explanation")
def export_explanation(request: Request, visit: ExplainVisit, label: str, form: FormDep) -> Response:
    """Give the explanation as a file, and note that it was given."""
    shown = named_run(visit, form.text("run"))
    one = shown.row(label)
    format: Literal["html", "txt"] = "txt" if form.text("format") == "txt" else "html"
    told = _explained(request, shown, one, contact=form.text("contact")[:_MOST_CONTACT])
    content = (explanation_text(told) if format == "txt" else explanation_html(told)).encode("utf-8", "replace")
    visit.desk.reviews.note_explanation(
        visit.opening.id,
        one.row.candidate,
        by=visit.user.name,
        sha256=hashlib.sha256(content).hexdigest(),
        run=shown.run.id,
    )
    kind = "text/plain; charset=utf-8" if format == "txt" else "text/html; charset=utf-8"
    return Response(
        content,
        media_type=kind,
        headers={"content-disposition": f'attachment; filename="explanation-{one.slug}.{format}"'},
    )


def _explained(request: Request, shown: Shown, one: ShownRow, *, contact: str) -> Explanation:
    return explain(shown, one, documents_of(request, shown, one), contact=contact)
