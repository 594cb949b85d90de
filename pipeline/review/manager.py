"""The shortlist on screen, and the same as files."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from pipeline.review.context import Visit
from pipeline.review.exporting import exported_csv, exported_json
from pipeline.review.rendering import render
from pipeline.review.second_pass import second_pass_of
from pipeline.review.shortlist_view import Filter, shortlist_page
from pipeline.review.shown import latest_shown, shown_run
from pipeline.review.visitors import require

router = APIRouter()

SeeVisit = Annotated[Visit, Depends(require("see"))]


@router.get("/openings/{opening}/shortlist")
def shortlist(
    request: Request, visit: SeeVisit, run: str = "", band: str = "", decision: str = "", everything: bool = False
) -> Response:
    """Show the shortlist of a run: the named one, or the latest that is done."""
    shown = latest_shown(visit, run)
    if shown is None:
        return render(request, "manager/no_shortlist.html", heading="Shortlist")
    latest = visit.desk.runs.latest_done(visit.opening.id)
    return render(
        request,
        "manager/shortlist.html",
        shown=shown,
        page=shortlist_page(shown, Filter.read(band, decision, everything=everything)),
        aside=shown.aside(),
        second=second_pass_of(shown),
        is_latest=latest is not None and latest.id == shown.run.id,
    )


@router.get("/openings/{opening}/shortlist.csv")
def shortlist_csv(visit: SeeVisit, run: str = "") -> Response:
    """The shortlist for spreadsheets, with what is on this visitor's screen and no more."""
    shown = shown_run(visit, run)
    content = exported_csv(shown)
    visit.desk.reviews.note_export(visit.opening.id, by=visit.user.name, format="csv", run=shown.run.id)
    return _download(content, f"{visit.opening.id}-shortlist.csv", "text/csv; charset=utf-8")


@router.get("/openings/{opening}/shortlist.json")
def shortlist_json(visit: SeeVisit, run: str = "") -> Response:
    """The shortlist for programs, with what is on this visitor's screen and no more."""
    shown = shown_run(visit, run)
    head = visit.desk.reviews.note_export(visit.opening.id, by=visit.user.name, format="json", run=shown.run.id)
    content = exported_json(shown, head)
    return _download(content, f"{visit.opening.id}-shortlist.json", "application/json")


def _download(content: str, name: str, kind: str) -> Response:
    return Response(
        # A file's name may hold half a character pair, which no encoding can write.
        content.encode("utf-8", "replace"),
        media_type=kind,
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )
