"""The candidates of an opening and their files; those that could not be read first, each with a way to replace it."""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Final, NamedTuple
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from pipeline.candidates_csv import CandidateRow, match_rows
from pipeline.desk.models import DeskRun
from pipeline.desk.places import batch_folder, upload_folder
from pipeline.errors import DeskError, QuarantineCode, StorageError
from pipeline.models.report import Report, ReportedQuarantine
from pipeline.review.arranging import TABLE
from pipeline.review.batch_view import BatchView, batch_view
from pipeline.review.context import Visit
from pipeline.review.documents import table_of
from pipeline.review.forms import Form, check_csrf
from pipeline.review.leftovers import INCOMING
from pipeline.review.receiving import ReceivedFile, receive
from pipeline.review.rendering import redirect, render
from pipeline.review.replacing import Replaced, place_of, replace_file
from pipeline.review.results import report_of
from pipeline.review.uploads import UploadVisit, upload_limits
from pipeline.review.visitors import require

router = APIRouter()

_CAUSES: Final[Mapping[QuarantineCode, str]] = {
    "corrupt": ": it seems to be damaged",
    "empty": ": it holds no text",
    "encrypted": ": it is protected by a password",
    "scanned": ": it is a picture of a page, without text",
    "too_large": ": it is too large",
    "unreadable_encoding": ": its letters are stored in a way that we cannot read",
    "unsupported": ": it is of a kind that we cannot read",
}
"""What a candidate is told of a file; the other codes say nothing that helps them."""
_PAGE = 100
"""Candidates on one page."""


class QuarantineView(NamedTuple):
    """A file that the latest run could not read."""

    candidate: str
    file: str
    reason: str
    missing: bool
    """Nothing is there; a file is to be added, not replaced."""
    replaced: bool
    """Another file has come since that run."""
    mail: str
    """A letter to the candidate, as an address for the mail program; empty without an e-mail address."""


@router.get("/openings/{opening}/files")
def files_page(request: Request, visit: UploadVisit, find: str = "", page: int = 1) -> Response:
    """List the candidates and what could not be read."""
    batch = batch_view(visit.app.home, visit.opening.id)
    run, report = _latest(visit)
    table = _table(visit, batch)
    wanted = find.strip().casefold()
    shown = [one for one in batch.candidates if wanted in one.name.casefold()]
    pages = max(1, -(-len(shown) // _PAGE))
    page = min(max(1, page), pages)
    return render(
        request,
        "files.html",
        batch=batch,
        shown=shown[(page - 1) * _PAGE : page * _PAGE],
        matching=len(shown),
        page=page,
        pages=pages,
        find=find,
        table=table,
        quarantined=tuple(_quarantined(visit, run, report, table)) if run and report else (),
        report=report,
        run=run,
        uploads=visit.desk.uploads.all(visit.opening.id)[:30],
    )


@router.post("/openings/{opening}/files/replace")
async def replace(request: Request, visit: Annotated[Visit, Depends(require("upload", csrf=False))]) -> Response:
    """Take a better copy of one file."""

    def from_our_page(form: Form) -> None:
        check_csrf(request, visit, form)

    number = visit.desk.uploads.new_id()
    folder = upload_folder(visit.app.home, visit.opening.id, number)
    try:
        received = await receive(
            request, into=folder / INCOMING, limits=upload_limits(visit), before_files=from_our_page
        )
        if len(received.files) != 1:
            raise DeskError("Choose one file.")
        replaced = await run_in_threadpool(_replace, visit, received.form, received.files[0], number)
    finally:
        await run_in_threadpool(shutil.rmtree, folder / INCOMING, ignore_errors=True)
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    done = "replaced; the earlier file is kept" if replaced.before else "added"
    return redirect(
        request, f"/openings/{visit.opening.id}/files", say=f"{replaced.file} {done}. It is read in the next run."
    )


def _replace(visit: Visit, form: Form, sent: ReceivedFile, upload: str) -> Replaced:
    return replace_file(
        sent.path,
        name=sent.name,
        candidate=form.raw("candidate"),
        file=form.raw("file"),
        opening=visit.opening.id,
        upload=upload,
        desk=visit.desk,
        home=visit.app.home,
        by=visit.user.name,
    )


def _latest(visit: Visit) -> tuple[DeskRun | None, Report | None]:
    run = visit.desk.runs.latest_done(visit.opening.id)
    if run is None:
        return None, None
    try:
        return run, report_of(run)
    except StorageError:
        # The batch can be worked on without the results of a run.
        return run, None


def _quarantined(
    visit: Visit, run: DeskRun, report: Report, table: Mapping[str, CandidateRow]
) -> Iterator[QuarantineView]:
    began = run.started.timestamp() if run.started else 0.0
    for one in report.quarantined:
        missing = one.code == "missing_resume"
        yield QuarantineView(
            candidate=one.candidate,
            file="" if missing else one.file,
            reason=one.reason,
            missing=missing,
            replaced=_is_newer(visit, one, began),
            mail=_mail(visit, one, table.get(one.candidate)),
        )


def _is_newer(visit: Visit, one: ReportedQuarantine, began: float) -> bool:
    """Whether a file of another time lies where the listed one was, or beside it with another suffix."""
    try:
        place = place_of(visit.app.home, visit.opening.id, one.candidate, one.file)
    except DeskError:
        return False
    stem = place.stem if place.suffix else place.name
    found = place.parent.glob(f"{_plain(stem)}.*") if place.parent.is_dir() else ()
    return any(_changed(path) > began for path in found)


def _plain(stem: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in stem)


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _table(visit: Visit, batch: BatchView) -> Mapping[str, CandidateRow]:
    """What `candidates.csv` says, by candidate."""
    path = batch_folder(visit.app.home, visit.opening.id) / TABLE
    if not path.is_file():
        return {}
    names = {one.name: one.files[0].path if one.loose else one.name for one in batch.candidates}
    return match_rows(table_of(path), names)[0]


def _mail(visit: Visit, one: ReportedQuarantine, row: CandidateRow | None) -> str:
    if row is None or not row.email:
        return ""
    what = "your resume" if one.code == "missing_resume" else f"the file {one.file}"
    name = f" {row.name}" if row.name else ""
    could_not = "find" if one.code == "missing_resume" else "open"
    # The reason tells the recruiter what to do as well; the candidate is told the cause alone.
    cause = _CAUSES.get(one.code, "")
    body = (
        f"Hello{name},\n\nthank you for applying as {visit.opening.title}. We could not {could_not} {what}{cause}."
        "\n\nCould you send it again? A PDF with text in it, or a Word file, works best.\n"
    )
    subject = quote(f"Your application: {visit.opening.title}")
    return f"mailto:{quote(row.email, safe='@')}?subject={subject}&body={quote(body)}"
