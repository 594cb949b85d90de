"""The openings, and what stands where in one of them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from pipeline.desk.models import DeskRun
from pipeline.errors import DeskError, StorageError
from pipeline.models.report import Report
from pipeline.review.context import Visit
from pipeline.review.forms import FormDep
from pipeline.review.openings_view import WAYS, is_draft, opening_card, opening_cards
from pipeline.review.rendering import redirect, render
from pipeline.review.results import channels, open_points, report_of
from pipeline.review.runs import progress_of
from pipeline.review.schedule import rhythm_of, schedule_of
from pipeline.review.scorecard_notes import checked, notes_of
from pipeline.review.visitors import require

router = APIRouter()

SeeVisit = Annotated[Visit, Depends(require("see"))]
SettingsVisit = Annotated[Visit, Depends(require("settings"))]


@router.get("/")
def openings(request: Request, visit: SeeVisit, archived: bool = False) -> Response:
    """List the openings somebody has access to."""
    return render(request, "openings.html", cards=opening_cards(visit, archived=archived), archived=archived, ways=WAYS)


@router.get("/openings/{opening}")
def overview(request: Request, visit: SeeVisit) -> Response:
    """Show what stands where in an opening."""
    card = opening_card(visit, visit.opening)
    report = _report(card.done)
    schedule, _ = schedule_of(visit)
    version = visit.desk.scorecards.get(visit.opening.id) if visit.opening.scorecard_version else None
    return render(
        request,
        "overview.html",
        card=card,
        version=version,
        draft=is_draft(visit, visit.opening),
        notes=notes_of(checked(visit.app, version), None) if version else None,
        runs=visit.desk.runs.all(visit.opening.id, newest=6),
        progress=progress_of(visit, card.last) if card.last and card.last.active else None,
        report=report,
        channels=channels(report) if report else (),
        probed=open_points(report) if report else {},
        schedule=schedule,
        rhythm=rhythm_of(schedule) if schedule else "",
        options=visit.app.run_options,
    )


@router.get("/openings/{opening}/settings")
def settings_page(request: Request, visit: SettingsVisit) -> Response:
    """Show what the opening covers, and who has access."""
    return render(request, "opening_settings.html", users=visit.desk.accounts.users_of(visit.opening.id), wrong="")


@router.post("/openings/{opening}/settings")
def change_settings(request: Request, visit: SettingsVisit, form: FormDep) -> Response:
    """Change the title, what is covered, or whether the opening is archived."""
    try:
        visit.desk.openings.change(
            visit.opening.id,
            by=visit.user.name,
            title=form.text("title"),
            blind=form.has("blind"),
            cover_levels=form.has("cover_levels"),
            archived=form.has("archived"),
        )
    except DeskError as error:
        users = visit.desk.accounts.users_of(visit.opening.id)
        return render(request, "opening_settings.html", status=400, users=users, wrong=str(error))
    return redirect(request, f"/openings/{visit.opening.id}", say="Saved.")


def _report(run: DeskRun | None) -> Report | None:
    """The results of the run that is shown; None while there are none, or none that can be read."""
    if run is None:
        return None
    try:
        return report_of(run)
    except StorageError:
        return None
