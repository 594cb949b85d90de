"""Candidates come in: dropped, chosen, as a zip, or fetched from a folder or bucket."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from pipeline.desk.places import upload_folder
from pipeline.errors import DeskError, ShortlistError
from pipeline.models.base import FrozenModel
from pipeline.review.adding import Added, add_files
from pipeline.review.arranging import stage
from pipeline.review.context import Visit
from pipeline.review.fetching import fetch, may_fetch
from pipeline.review.flashes import flash
from pipeline.review.forms import Form, FormDep, check_csrf
from pipeline.review.leftovers import INCOMING, SENT, clear_leftovers
from pipeline.review.problems import problem, status_of, wants_json
from pipeline.review.receiving import Received, UploadLimits, receive
from pipeline.review.rendering import redirect, render
from pipeline.review.security import TooLarge
from pipeline.review.visitors import require


@asynccontextmanager
async def _clearing(app: FastAPI) -> AsyncIterator[None]:
    """What a killed app was receiving is gone before anything else is received."""
    await run_in_threadpool(clear_leftovers, app.state.review.home, app.state.review.desk)
    yield


router = APIRouter(lifespan=_clearing)

UploadVisit = Annotated[Visit, Depends(require("upload"))]
FILES_FIELD: Final = "files"


class UploadAnswer(FrozenModel):
    """What the page's script is told."""

    location: str
    message: str


def upload_limits(visit: Visit) -> UploadLimits:
    """How much one upload may bring."""
    return UploadLimits(bytes=visit.app.max_upload_bytes, files=visit.app.max_upload_files)


@router.get("/openings/{opening}/upload")
def upload_page(request: Request, visit: UploadVisit) -> Response:
    """Ask for candidates."""
    return _page(request, visit)


@router.post("/openings/{opening}/upload")
async def upload(request: Request, visit: Annotated[Visit, Depends(require("upload", csrf=False))]) -> Response:
    """Receive files, sort them, and put them into the batch."""

    def from_our_page(form: Form) -> None:
        check_csrf(request, visit, form)

    number = visit.desk.uploads.new_id()
    folder = upload_folder(visit.app.home, visit.opening.id, number)
    try:
        received = await receive(
            request, into=folder / INCOMING, limits=upload_limits(visit), before_files=from_our_page
        )
        added = await run_in_threadpool(_add, visit, received, number, folder)
    except (ShortlistError, TooLarge) as error:
        await run_in_threadpool(_clear_if_unused, folder)
        status = 413 if isinstance(error, TooLarge) else status_of(error)
        if status in (403, 500, 503):
            raise
        if wants_json(request):
            return problem(request, str(error), status=status)
        return await run_in_threadpool(_page, request, visit, wrong=str(error), status=status)
    return _done(request, visit, added)


@router.post("/openings/{opening}/fetch")
def fetch_candidates(request: Request, visit: UploadVisit, form: FormDep) -> Response:
    """Fetch candidates from a folder or bucket."""
    number, place = visit.desk.uploads.new_id(), form.text("place")
    folder = upload_folder(visit.app.home, visit.opening.id, number)
    try:
        source = fetch(place, into=folder / INCOMING, visit=visit, limits=upload_limits(visit))
        added = add_files(
            folder / INCOMING,
            opening=visit.opening.id,
            upload=number,
            desk=visit.desk,
            home=visit.app.home,
            by=visit.user.name,
            source=source,
            limits=upload_limits(visit),
            candidate=form.text("candidate"),
        )
    except (DeskError, TooLarge) as error:
        return _page(request, visit, wrong=str(error), place=place, status=400)
    finally:
        shutil.rmtree(folder / INCOMING, ignore_errors=True)
        _clear_if_unused(folder)
    return _done(request, visit, added)


def _add(visit: Visit, received: Received, upload: str, folder: Path) -> Added:
    """Sort what was received; what lay there only for sorting goes, whatever happens."""
    try:
        if not received.files:
            raise DeskError("No files came with the form. Choose some and send again.")
        stage(received.files, folder / SENT)
        return add_files(
            folder / SENT,
            opening=visit.opening.id,
            upload=upload,
            desk=visit.desk,
            home=visit.app.home,
            by=visit.user.name,
            source="files",
            limits=upload_limits(visit),
            candidate=received.form.text("candidate"),
        )
    finally:
        shutil.rmtree(folder / INCOMING, ignore_errors=True)
        shutil.rmtree(folder / SENT, ignore_errors=True)


def _done(request: Request, visit: Visit, added: Added) -> Response:
    address = f"/openings/{visit.opening.id}/files"
    flash(request, added.summary)
    if added.remarks:
        flash(request, added.remarks, tone="note")
    if wants_json(request):
        return JSONResponse(UploadAnswer(location=address, message=added.summary).model_dump())
    return redirect(request, address)


def _clear_if_unused(folder: Path) -> None:
    """Leave no folder of an upload of which nothing was kept."""
    if folder.is_dir() and not any(path.is_file() for path in folder.rglob("*")):
        shutil.rmtree(folder, ignore_errors=True)


def _page(request: Request, visit: Visit, *, wrong: str = "", place: str = "", status: int = 200) -> Response:
    return render(
        request,
        "upload.html",
        status=status,
        wrong=wrong,
        place=place,
        fetching=may_fetch(visit),
        limits=upload_limits(visit),
        roots=visit.app.import_roots if visit.user.role != "operator" else (),
    )
