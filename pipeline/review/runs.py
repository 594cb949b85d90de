"""Runs: started with options, watched, cancelled, resumed, and compared with those before."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Final, NamedTuple

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import JsonValue

from pipeline.desk.models import DeskRun
from pipeline.desk.runs import RESUMABLE
from pipeline.errors import DeskConflict, DeskError, StorageError, UnknownToDesk
from pipeline.models.report import Report
from pipeline.review.batch_view import batch_view
from pipeline.review.context import Visit
from pipeline.review.forms import Form, FormDep
from pipeline.review.openings_view import is_draft
from pipeline.review.rendering import redirect, render
from pipeline.review.results import channels, open_points, report_of
from pipeline.review.run_candidates import candidates_of
from pipeline.review.visitors import require

router = APIRouter()

SeeVisit = Annotated[Visit, Depends(require("see"))]
RunVisit = Annotated[Visit, Depends(require("run"))]
_RUN: Final = "/openings/{opening}/runs/{run}"
_STAGES: Final[Mapping[str, str]] = {
    "": "Getting ready",
    "reading": "Reading documents",
    "screening": "Screening everybody",
    "judging": "Judging",
    "settling": "Second pass near the cut",
    "follow-ups": "Writing questions",
}


class Progress(NamedTuple):
    """How far a run is, in words and as a share."""

    run: DeskRun
    stage: str
    share: float | None
    """0 to 1 of this stage; None while nobody can tell."""
    current: str
    """Who is worked on; empty while names are covered."""
    said: str
    """For screen readers: changes with the stage and every tenth of it, not with every candidate."""
    seconds: int | None
    """Since it started, or how long it took."""


@router.get("/openings/{opening}/runs")
def runs_page(request: Request, visit: SeeVisit) -> Response:
    """List all runs of an opening."""
    runs = visit.desk.runs.all(visit.opening.id)
    has_candidates = bool(runs) or bool(batch_view(visit.app.home, visit.opening.id).candidates)
    return render(request, "runs.html", runs=runs, has_candidates=has_candidates)


@router.post("/openings/{opening}/runs")
def start(request: Request, visit: RunVisit, form: FormDep) -> Response:
    """Start a run."""
    if is_draft(visit, visit.opening):
        raise DeskConflict("The scorecard is a draft that nobody has edited. Edit it and save it first.")
    run = visit.app.starter.start(visit.opening.id, by=visit.user.name, options=options_of(form, visit.app.run_options))
    return redirect(request, _address(visit, run))


@router.get(_RUN)
def run_page(request: Request, visit: SeeVisit, run: str) -> Response:
    """Show a run: how far it is, or what came of it."""
    found = _run(visit, run)
    report, unreadable = _report(found)
    return render(
        request,
        "run.html",
        progress=progress_of(visit, found),
        listed=candidates_of(visit, found) if found.active and visit.may("upload") else None,
        version=visit.desk.scorecards.get(visit.opening.id, found.scorecard_version),
        report=report,
        unreadable=unreadable,
        channels=channels(report) if report else (),
        probed=open_points(report) if report else {},
        bands=_bands(report) if report else {},
        resumable=found.state in RESUMABLE,
        continued=next((one for one in visit.desk.runs.all(visit.opening.id) if one.resumes == found.id), None),
    )


@router.get(f"{_RUN}/progress")
def progress(request: Request, visit: SeeVisit, run: str) -> Response:
    """The part of the page that changes while a run goes on; a run that ended reloads the page."""
    found = _run(visit, run)
    page = render(request, "_progress.html", progress=progress_of(visit, found))
    if not found.active:
        page.headers["HX-Refresh"] = "true"
    return page


@router.post(f"{_RUN}/cancel")
def cancel(request: Request, visit: RunVisit, run: str) -> Response:
    """Stop a run; what was answered is kept."""
    found = _run(visit, run)
    visit.app.starter.cancel(found.id, by=visit.user.name)
    return redirect(request, _address(visit, found.id), say="Cancelled. What was answered is kept: resume it any time.")


@router.post(f"{_RUN}/resume")
def resume(request: Request, visit: RunVisit, run: str) -> Response:
    """Go on with a run over the same scorecard and options."""
    found = _run(visit, run)
    return redirect(request, _address(visit, visit.app.starter.resume(found.id, by=visit.user.name)))


@router.post(f"{_RUN}/again")
def again(request: Request, visit: RunVisit, run: str) -> Response:
    """Start a run with the options of an earlier one, over what is there now."""
    found = _run(visit, run)
    new = visit.app.starter.start(visit.opening.id, by=visit.user.name, options=found.options)
    return redirect(request, _address(visit, new))


def options_of(form: Form, given: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """The options that a form chose, over those of the settings.

    Raises:
        DeskError: One cannot be used.
    """
    options: dict[str, JsonValue] = dict(given)
    if judge := form.text("judge"):
        if not (judge == "evidence" or ":" in judge):
            raise DeskError(f"The judge {judge[:60]!r} is neither `evidence` nor of the form `openai:MODEL`.")
        if judge != options.get("judge"):
            # The options of the settings belong to the judge of the settings.
            options = {"judge": judge}
    if (top := form.whole("top", least=1, most=10_000, what="The number of interviews")) is not None:
        options["top"] = top
    is_chat = options.get("judge", "evidence") != "evidence"
    if (most := form.whole("max_requests", least=1, most=10_000_000, what="The most requests")) is not None:
        options["max_requests"] = most
    if budget := form.text("budget").replace(",", "."):
        options["budget"] = _money(budget)
    if not is_chat and (options.get("budget") or options.get("max_requests")):
        raise DeskError("The built-in judge costs nothing. Name a chat judge, or leave budget and requests empty.")
    return options


def progress_of(visit: Visit, run: DeskRun) -> Progress:
    """How far a run is."""
    share = run.done / run.total if run.total else None
    stage = _STAGES.get(run.stage.lower(), run.stage[:1].upper() + run.stage[1:])
    end = run.finished or datetime.now(UTC)
    covered = visit.opening.blind
    if run.active:
        said = f"{stage}, {run.done * 10 // run.total * 10} percent" if run.total else stage
    else:
        said = f"The run is {run.state}."
    return Progress(
        run=run,
        stage=stage,
        share=share,
        current="" if covered else run.current,
        said=said,
        seconds=round((end - run.started).total_seconds()) if run.started else None,
    )


def _run(visit: Visit, run: str) -> DeskRun:
    """A run of this opening; those of others do not exist here."""
    found = visit.desk.runs.get(run)
    if found.opening != visit.opening.id:
        raise UnknownToDesk(f"There is no run {run!r}.")
    return found


def _report(run: DeskRun) -> tuple[Report | None, str]:
    if run.state != "done":
        return None, ""
    try:
        return report_of(run), ""
    except StorageError as error:
        return None, str(error)


def _bands(report: Report) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in report.rows:
        found[row.band] = found.get(row.band, 0) + 1
    return found


def _money(text: str) -> float:
    try:
        amount = float(text)
    except ValueError:
        amount = 0.0
    if not 0 < amount < 1_000_000:
        raise DeskError(f"The budget is {text[:20]!r}; write an amount of US dollars such as 5 or 2.50.")
    return amount


def _address(visit: Visit, run: str) -> str:
    return f"/openings/{visit.opening.id}/runs/{run}"
