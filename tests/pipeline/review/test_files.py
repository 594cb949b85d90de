"""Files that could not be read: shown first, each with its reason and a way to replace it."""

import os
from pathlib import Path
from urllib.parse import unquote

import pytest
from fastapi.testclient import TestClient

from pipeline.desk.desk import Desk
from pipeline.desk.places import batch_folder, upload_folder
from pipeline.errors import QuarantineCode
from pipeline.models.report import Report, ReportedQuarantine, ReportedScorecard
from pipeline.review.results import report_of, wilson
from tests.pipeline.review.conftest import said


def report(*quarantined: ReportedQuarantine) -> Report:
    return Report(
        scorecard=ReportedScorecard(id="x", hash="0" * 64, title="X"),
        top=3,
        advance_bar=55,
        blind=False,
        rows=(),
        quarantined=quarantined,
        duplicates=(),
        unused=(),
    )


def not_read(candidate: str, file: str, code: QuarantineCode = "corrupt") -> ReportedQuarantine:
    return ReportedQuarantine(candidate=candidate, file=file, code=code, reason=f"Reason: {code}.")


@pytest.fixture
def batch(desk: Desk, opening: str, tmp_path: Path) -> Path:
    """A batch with a run that could not read four files of it."""
    folder = batch_folder(tmp_path, opening)
    for name in ("ada/resume.pdf", "bo.pdf", "cy/notes.txt", "dee.zip"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"old")
        # Of a moment before the run, however coarse the clock of the file system.
        os.utime(path, (1e9, 1e9))
    (folder / "candidates.csv").write_text("file,name,e-mail\nada,Ada,ada@x.example\n")
    run = desk.runs.queue(opening, by="rita")
    out = tmp_path / "out"
    desk.runs.begin(run.id, out=out)
    out.mkdir()
    shown = report(
        not_read("ada", "resume.pdf"),
        not_read("bo", "bo.pdf", "encrypted"),
        not_read("cy", "resume", "missing_resume"),
        not_read("dee", "resume", "missing_resume"),
    )
    (out / "shortlist.json").write_text(shown.model_dump_json())
    desk.runs.finish(run.id)
    return folder


def replace(client: TestClient, csrf: str, candidate: str, file: str, sent: str, content: bytes = b"new"):  # type: ignore[no-untyped-def]
    return client.post(
        "/openings/lockers/files/replace",
        data={"csrf": csrf, "candidate": candidate, "file": file},
        files=[("with", (sent, content))],
    )


def test_each_unread_file_stands_with_its_reason_and_a_form(client: TestClient, batch: Path) -> None:
    page = client.get("/openings/lockers/files").text
    assert page.count('enctype="multipart/form-data"') == 4
    assert "Reason: encrypted." in page
    assert "mailto:ada@x.example?subject=" in page
    letter = unquote(page.partition("mailto:ada@x.example?subject=")[2].partition('"')[0])
    assert "Could you send it again?" in letter
    assert "Reason" not in letter
    assert "4 files" in page


@pytest.mark.parametrize(
    ("candidate", "file", "sent", "kept", "gone"),
    [
        ("ada", "resume.pdf", "Ada final (3).pdf", "ada/resume.pdf", None),
        ("ada", "resume.pdf", "x.DOCX", "ada/resume.docx", "ada/resume.pdf"),
        ("bo", "bo.pdf", "scan.pdf", "bo.pdf", None),
        ("cy", "resume", "../../cv.docx", "cy/resume.docx", None),
        ("dee", "resume", "r.pdf", "dee/resume.pdf", "dee.zip"),
    ],
)
def test_a_better_copy_is_read_next_time_and_the_old_one_is_kept(
    client: TestClient,
    csrf: str,
    desk: Desk,
    batch: Path,
    tmp_path: Path,
    candidate: str,
    file: str,
    sent: str,
    kept: str,
    gone: str | None,
) -> None:
    answer = replace(client, csrf, candidate, file, sent)
    assert answer.status_code == 303, answer.text
    assert (batch / kept).read_bytes() == b"new"
    if gone:
        assert not (batch / gone).exists()
    page = client.get("/openings/lockers/files").text
    assert "It is read in the next run" in said(page)
    assert page.count("replaced since") == 1
    upload = desk.uploads.all("lockers")[0]
    if file != "resume":
        old = upload_folder(tmp_path, "lockers", upload.id) / "replaced"
        assert [path.read_bytes() for path in old.rglob("*") if path.is_file()] == [b"old"]
    assert desk.verify().ok


def test_a_take_home_without_a_resume_becomes_a_folder_of_both(client: TestClient, csrf: str, batch: Path) -> None:
    replace(client, csrf, "dee", "resume", "r.pdf")
    assert {path.name for path in (batch / "dee").iterdir()} == {"resume.pdf", "takehome.zip"}


@pytest.mark.parametrize(
    ("candidate", "file"),
    [
        ("..", "x.pdf"),
        ("ada", "../../x.pdf"),
        ("ada", "/etc/passwd"),
        ("ada", ""),
        ("nobody", "resume.pdf"),
        ("a/b", "x"),
    ],
)
def test_a_name_that_is_none_of_the_batch_is_refused(
    client: TestClient, csrf: str, batch: Path, candidate: str, file: str
) -> None:
    before = sorted(path for path in batch.rglob("*"))
    assert replace(client, csrf, candidate, file, "x.pdf").status_code == 400
    assert sorted(path for path in batch.rglob("*")) == before


def test_an_empty_file_replaces_nothing(client: TestClient, csrf: str, batch: Path) -> None:
    assert replace(client, csrf, "ada", "resume.pdf", "x.pdf", b"").status_code == 400
    assert (batch / "ada/resume.pdf").read_bytes() == b"old"


def test_results_that_are_gone_leave_the_batch_usable(client: TestClient, batch: Path, tmp_path: Path) -> None:
    (tmp_path / "out" / "shortlist.json").unlink()
    page = client.get("/openings/lockers/files")
    assert page.status_code == 200
    assert "cannot be read any more" in page.text
    assert client.get("/openings/lockers").status_code == 200


def test_a_report_is_read_again_when_it_changed(desk: Desk, batch: Path, tmp_path: Path) -> None:
    run = desk.runs.latest_done("lockers")
    assert run is not None
    assert len(report_of(run).quarantined) == 4
    changed = tmp_path / "out" / "shortlist.json"
    changed.write_text(report().model_dump_json())
    os.utime(changed, (2e9, 2e9))
    assert report_of(run).quarantined == ()


@pytest.mark.parametrize(("passed", "tried", "low", "high"), [(0, 0, 0, 1), (0, 10, 0, 0.278), (5, 10, 0.237, 0.763)])
def test_the_range_of_a_share_is_wilsons(passed: int, tried: int, low: float, high: float) -> None:
    assert wilson(passed, tried) == pytest.approx((low, high), abs=0.001)


def test_a_file_of_the_whole_batch_stays_what_it_is(client: TestClient, csrf: str, batch: Path) -> None:
    (batch / "candidates.csv").write_text("file,name\n", encoding="utf-8")
    answer = replace(client, csrf, "", "candidates.csv", "better.pdf")
    assert answer.status_code == 400
    assert "only another .csv file" in answer.text
    assert (batch / "candidates.csv").is_file()
    assert not (batch / "candidates.pdf").exists()
    assert replace(client, csrf, "", "candidates.csv", "better.csv", b"file,name\nada,Ada\n").status_code == 303
    assert b"Ada" in (batch / "candidates.csv").read_bytes()
