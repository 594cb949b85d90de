"""The API's endpoints about batches and runs."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from pipeline.desk.models import DeskRun
from pipeline.desk.places import upload_folder
from pipeline.desk.runs import RESUMABLE
from pipeline.desk.runs_progress import read_progress
from pipeline.errors import DeskConflict, DeskError, StorageError, UnknownToDesk
from pipeline.models.report import Report
from pipeline.review.adding import Added, add_files
from pipeline.review.api_access import KnownFirst, caller
from pipeline.review.api_models import (
    AddedOut,
    BatchOut,
    CandidateFiles,
    ChannelOut,
    FileOut,
    Import,
    LeftOutFile,
    NewRun,
    ReplacedOut,
    RunCandidateOut,
    RunOut,
    UploadOut,
)
from pipeline.review.api_problems import BASE, BEGINS, REFUSED
from pipeline.review.arranging import stage
from pipeline.review.batch_view import batch_view
from pipeline.review.context import Visit
from pipeline.review.fetching import fetch
from pipeline.review.forms import Form
from pipeline.review.leftovers import INCOMING, SENT
from pipeline.review.openings_view import is_draft
from pipeline.review.receiving import Received, UploadLimits, receive
from pipeline.review.replacing import replace_file
from pipeline.review.results import channels, report_of
from pipeline.review.runs import options_of, progress_of
from pipeline.review.visitors import OPENING

router = APIRouter(route_class=KnownFirst)

SeeVisit = Annotated[Visit, Depends(caller("see"))]
UploadVisit = Annotated[Visit, Depends(caller("upload"))]
RunVisit = Annotated[Visit, Depends(caller("run"))]
_OPENING: Final = f"/openings/{{{OPENING}}}"
_RUN: Final = f"{_OPENING}/runs/{{run}}"
_LONGEST_NAME: Final = 200
T = TypeVar("T")


def _multipart(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    """The documentation of a form with files, which is read as it arrives and not by FastAPI."""
    schema = {"type": "object", "properties": properties, "required": list(required)}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


_FILE: Final = {"type": "string", "format": "binary"}
_UPLOAD: Final = _multipart(
    {
        "files": {
            "type": "array",
            "items": _FILE,
            "minItems": 1,
            "description": "Documents, folders (by names such as `candidate/resume.pdf`), zips, `candidates.csv`, "
            "`brief.md`.",
        },
        "candidate": {
            "type": "string",
            "maxLength": _LONGEST_NAME,
            "description": "The one candidate that everything belongs to; leave it out for a batch.",
        },
    },
    "files",
)
_REPLACE: Final = _multipart(
    {
        "candidate": {"type": "string", "description": "As `quarantined` names the candidate."},
        "file": {"type": "string", "minLength": 1, "description": "As `quarantined` names it; `resume` if missing."},
        "files": {"type": "array", "items": _FILE, "minItems": 1, "maxItems": 1, "description": "The better copy."},
    },
    "file",
    "files",
)


@router.get(f"{_OPENING}/batch", tags=["Batches"])
def get_batch(
    visit: UploadVisit,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    limit: Annotated[int, Query(ge=0, le=1_000)] = 100,
) -> BatchOut:
    """What lies in the batch, and what the run whose shortlist is shown could not read of it."""
    batch = batch_view(visit.app.home, visit.opening.id)
    run = visit.desk.runs.latest_done(visit.opening.id)
    report = _report(run)
    listed = batch.candidates[offset : offset + limit]
    return BatchOut(
        candidates=len(batch.candidates),
        table=batch.table,
        brief=batch.brief,
        starter=batch.starter,
        quarantined=report.quarantined if report else (),
        run=run.id if run else None,
        offset=offset,
        listed=tuple(
            CandidateFiles(name=one.name, files=tuple(FileOut(path=file.path, size=file.size) for file in one.files))
            for one in listed
        ),
    )


@router.get(f"{_OPENING}/uploads", tags=["Batches"])
def list_uploads(visit: UploadVisit) -> tuple[UploadOut, ...]:
    """Everything that was added, newest first."""
    kept = ("id", "received", "by", "source", "files", "candidates", "note")
    found = visit.desk.uploads.all(visit.opening.id)
    return tuple(UploadOut.model_validate({name: getattr(one, name) for name in kept}) for one in found)


@router.post(f"{_OPENING}/uploads", tags=["Batches"], status_code=201, responses=REFUSED, openapi_extra=_UPLOAD)
async def upload(visit: UploadVisit, request: Request) -> AddedOut:
    """Send candidates: documents, folders or zips. They are sorted, checked and put into the batch."""

    def add(received: Received, number: str, folder: Path) -> AddedOut:
        candidate = received.form.text("candidate")
        if len(candidate) > _LONGEST_NAME:
            raise DeskError(f"The candidate's name has {len(candidate):,} letters. Use at most {_LONGEST_NAME}.")
        stage(received.files, folder / SENT)
        added = add_files(
            folder / SENT,
            opening=visit.opening.id,
            upload=number,
            desk=visit.desk,
            home=visit.app.home,
            by=visit.user.name,
            source="files",
            limits=_limits(visit),
            candidate=candidate,
        )
        return _added(added)

    return await _receive(visit, request, add)


@router.post(f"{_OPENING}/imports", tags=["Batches"], status_code=201, responses=REFUSED)
def import_candidates(visit: UploadVisit, place: Import) -> AddedOut:
    """Fetch candidates from a folder or zip of the machine that runs the app, or from a bucket.

    Operators may name any place, others what the settings allow.
    """
    number = visit.desk.uploads.new_id()
    folder = upload_folder(visit.app.home, visit.opening.id, number)
    try:
        source = fetch(place.place, into=folder / INCOMING, visit=visit, limits=_limits(visit))
        added = add_files(
            folder / INCOMING,
            opening=visit.opening.id,
            upload=number,
            desk=visit.desk,
            home=visit.app.home,
            by=visit.user.name,
            source=source,
            limits=_limits(visit),
            candidate=place.candidate.strip(),
        )
    finally:
        _clear(folder)
    return _added(added)


@router.post(f"{_OPENING}/files/replace", tags=["Batches"], status_code=201, responses=REFUSED, openapi_extra=_REPLACE)
async def replace(visit: UploadVisit, request: Request) -> ReplacedOut:
    """Send a better copy of one file, such as one that is quarantined; the earlier one is kept."""

    def put(received: Received, number: str, folder: Path) -> ReplacedOut:
        del folder
        if len(received.files) != 1:
            raise DeskError(f"{len(received.files)} files came. Send one, the better copy.")
        replaced = replace_file(
            received.files[0].path,
            name=received.files[0].name,
            candidate=received.form.raw("candidate"),
            file=received.form.raw("file"),
            opening=visit.opening.id,
            upload=number,
            desk=visit.desk,
            home=visit.app.home,
            by=visit.user.name,
        )
        return ReplacedOut(upload=number, file=replaced.file, kept_earlier=replaced.before is not None)

    return await _receive(visit, request, put)


@router.get(f"{_OPENING}/runs", tags=["Runs"])
def list_runs(visit: SeeVisit, newest: Annotated[int, Query(ge=1, le=1_000)] = 50) -> tuple[RunOut, ...]:
    """The runs of the opening, newest first."""
    return tuple(_run(visit, run) for run in visit.desk.runs.all(visit.opening.id, newest=newest))


@router.post(f"{_OPENING}/runs", tags=["Runs"], status_code=202, responses={**BEGINS, **REFUSED})
def start_run(visit: RunVisit, new: NewRun, response: Response) -> RunOut:
    """Start a screening of the batch with the newest scorecard; ask for the run to see how far it is."""
    if is_draft(visit, visit.opening):
        raise DeskConflict("The scorecard is a draft that nobody has edited. Edit it and save it first.")
    chosen = {name: str(value) for name, value in new.model_dump(exclude_none=True).items()}
    options = options_of(Form(tuple(chosen.items())), visit.app.run_options)
    return _begun(visit, response, visit.app.starter.start(visit.opening.id, by=visit.user.name, options=options))


@router.get(_RUN, tags=["Runs"])
def get_run(visit: SeeVisit, run: str) -> RunOut:
    """How far a run is, or what came of it."""
    found = _named(visit, run)
    report = _report(found) if found.state == "done" else None
    if report is None:
        return _run(visit, found)
    bands: dict[str, int] = {}
    for row in report.rows:
        bands[row.band] = bands.get(row.band, 0) + 1
    told = tuple(ChannelOut.model_validate(one._asdict()) for one in channels(report))
    return _run(visit, found).model_copy(update={"bands": bands, "channels": told})


@router.get(f"{_RUN}/candidates", tags=["Runs"])
def list_run_candidates(visit: UploadVisit, run: str) -> tuple[RunCandidateOut, ...]:
    """Who was read and judged so far in a run that goes on, and whose files could not be read; nobody once it is over.

    Whoever was last dealt with comes first.
    """
    found = _named(visit, run)
    told = read_progress(visit.app.home, found.opening, found.id) if found.active else ()
    return tuple(RunCandidateOut.model_validate(one.model_dump()) for one in told)


@router.post(f"{_RUN}/cancel", tags=["Runs"], responses=REFUSED)
def cancel_run(visit: RunVisit, run: str) -> RunOut:
    """Ask a queued or running run to stop; what was answered is kept."""
    found = _named(visit, run)
    visit.app.starter.cancel(found.id, by=visit.user.name)
    return _run(visit, visit.desk.runs.get(found.id))


@router.post(f"{_RUN}/resume", tags=["Runs"], status_code=202, responses={**BEGINS, **REFUSED})
def resume_run(visit: RunVisit, run: str, response: Response) -> RunOut:
    """Go on with a run that was interrupted or cancelled, or that failed; nothing is asked twice."""
    found = _named(visit, run)
    return _begun(visit, response, visit.app.starter.resume(found.id, by=visit.user.name))


async def _receive(visit: Visit, request: Request, use: Callable[[Received, str, Path], T]) -> T:
    number = visit.desk.uploads.new_id()
    folder = upload_folder(visit.app.home, visit.opening.id, number)

    def kept(received: Received) -> T:
        if not received.files:
            raise DeskError("No files came with the form. Send at least one in the field `files`.")
        return use(received, number, folder)

    try:
        received = await receive(request, into=folder / INCOMING, limits=_limits(visit), before_files=lambda form: None)
        return await run_in_threadpool(kept, received)
    finally:
        await run_in_threadpool(_clear, folder)


def _clear(folder: Path) -> None:
    """Keep what an upload brought and what it took the place of; nothing of one of which nothing was kept."""
    for name in (INCOMING, SENT):
        shutil.rmtree(folder / name, ignore_errors=True)
    if folder.is_dir() and not any(path.is_file() for path in folder.rglob("*")):
        shutil.rmtree(folder, ignore_errors=True)


def _limits(visit: Visit) -> UploadLimits:
    return UploadLimits(bytes=visit.app.max_upload_bytes, files=visit.app.max_upload_files)


def _added(added: Added) -> AddedOut:
    return AddedOut(
        upload=added.upload,
        candidates=added.candidates,
        new=added.new,
        replaced=added.replaced,
        unchanged=added.unchanged,
        left_out=tuple(LeftOutFile(name=one.name, reason=one.reason) for one in added.left_out),
        table_problems=added.table_problems,
        message=added.summary,
    )


def _named(visit: Visit, run: str) -> DeskRun:
    found = visit.desk.runs.get(run)
    if found.opening != visit.opening.id:
        raise UnknownToDesk(f"There is no run {run!r}.")
    return found


def _begun(visit: Visit, response: Response, run: str) -> RunOut:
    response.headers["location"] = f"{BASE}/openings/{visit.opening.id}/runs/{run}"
    return _run(visit, visit.desk.runs.get(run))


def _run(visit: Visit, run: DeskRun) -> RunOut:
    progress = progress_of(visit, run)
    kept = run.model_dump(exclude={"lease_until", "out", "stage", "current"})
    return RunOut(
        **kept,
        stage=progress.stage if run.active else "",
        current=progress.current,
        resumable=run.state in RESUMABLE,
    )


def _report(run: DeskRun | None) -> Report | None:
    if run is None:
        return None
    try:
        return report_of(run)
    except StorageError:
        # How a run went can be told without its results.
        return None
