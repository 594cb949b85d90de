"""Uploads that mean harm, or come from a program that was killed: bounded, sorted, and nothing of them left lying."""

import io
import os
import sqlite3
import time
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response
from hypothesis import given
from hypothesis import strategies as st

from pipeline.desk.desk import Desk
from pipeline.desk.places import batch_folder, upload_folder
from pipeline.errors import StorageError
from pipeline.review.file_names import MOST_BYTES, MOST_PATH_BYTES, disk_name, disk_parts
from pipeline.review.leftovers import INCOMING, QUIET_SECONDS, SENT, clear_leftovers
from pipeline.whole_files import UNFINISHED
from tests.pipeline.review.conftest import said

Files = Iterable[tuple[str, bytes]]
UPLOAD = "/openings/lockers/upload"


def send(client: TestClient, csrf: str, files: Files, **fields: str) -> Response:
    sent = [("files", (name, content)) for name, content in files]
    return client.post(UPLOAD, data={"csrf": csrf, **fields}, files=sent)


def replace(client: TestClient, csrf: str, candidate: str, file: str, sent: str = "new.pdf") -> Response:
    data = {"csrf": csrf, "candidate": candidate, "file": file}
    return client.post("/openings/lockers/files/replace", data=data, files={"with": (sent, b"new")})


def zipped(members: Files) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return content.getvalue()


def in_batch(home: Path) -> list[str]:
    folder = batch_folder(home, "lockers")
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def unnoted(home: Path, desk: Desk) -> list[Path]:
    """Folders of uploads that nobody knows of."""
    known = {upload.path for upload in desk.uploads.all("lockers")}
    return [path for path in (home / "uploads").glob("*/*") if path not in known]


@pytest.mark.parametrize("letter", ["x", "é", "字", "😀"])
@pytest.mark.parametrize("inside", ["", "zip", "folder"])
def test_a_name_of_any_length_is_taken(
    client: TestClient, csrf: str, opening: str, tmp_path: Path, letter: str, inside: str
) -> None:
    long = letter * 140
    if inside == "zip":
        files: Files = [("all.zip", zipped([(f"{long}/resume.pdf", b"1"), (f"{long}2/resume.pdf", b"2")]))]
    elif inside == "folder":
        files = [(f"{long}/resume.pdf", b"1"), (f"{long}2/resume.pdf", b"2")]
    else:
        files = [(f"{long}.pdf", b"1"), (f"{long}2.pdf", b"2")]
    assert send(client, csrf, files).status_code == 303
    kept = in_batch(tmp_path)
    # Two people whose names differ in the end that is cut stay two.
    assert len({name.partition("/")[0] for name in kept}) == 2
    assert all(name.endswith(".pdf") for name in kept)
    assert client.get("/openings/lockers/files").status_code == 200


def test_folders_without_end_are_taken_or_named_as_left_out(
    client: TestClient, csrf: str, opening: str, tmp_path: Path
) -> None:
    deep = "/".join("d" * 140 for _ in range(40))
    members = [(f"ada/{deep}/notes.md", b"1"), ("ada/resume.pdf", b"2"), ("bo.pdf", b"3")]
    page = client.get(send(client, csrf, [("all.zip", zipped(members))]).headers["location"]).text
    assert in_batch(tmp_path) == ["ada/resume.pdf", "bo.pdf"]
    assert "more than 24 deep" in said(page)


@given(st.lists(st.text(min_size=1, max_size=300), min_size=1, max_size=40))
def test_no_name_is_longer_than_a_disk_takes(parts: list[str]) -> None:
    names = disk_parts(parts)
    assert all(len(name.encode()) <= MOST_BYTES for name in names)
    assert len(names) <= 2 or len("/".join(names).encode()) <= MOST_PATH_BYTES
    assert names[0] == disk_name(parts[0])
    assert all(disk_name(name) == name for name in names)


def test_many_zips_together_unpack_to_no_more_than_one(
    client: TestClient, csrf: str, opening: str, tmp_path: Path
) -> None:
    heavy = [(f"{n}.zip", zipped([(f"a{n}-{m}.pdf", b"0" * 900_000) for m in range(4)])) for n in range(6)]
    many = [(f"{n}.zip", zipped([(f"b{n}-{m}.pdf", b"0") for m in range(20)])) for n in range(6)]
    for files in (heavy, many):
        answer = send(client, csrf, files)
        assert (answer.status_code, "unpack to more" in answer.text) == (400, True)
    assert in_batch(tmp_path) == []


@pytest.mark.parametrize(
    ("candidate", "file", "why"),
    [
        ("ada", "takehome.zip/a.py", "whole archive"),
        ("ada", "resume.pdf/x", "lies inside"),
        ("dee", "takehome/a.py", "whole archive"),
        ("", "ada", "no file of this batch"),
        ("", ".batch.lock", "no file of this batch"),
        (".hidden", "resume.pdf", "no candidate"),
        ("ada", "a/" * 40 + "b.pdf", "no file of this batch"),
        ("ada", "字" * 100, "no file of this batch"),
        ("ada", "resume.docx", "Replace that one"),
    ],
)
def test_a_replacement_that_fits_nowhere_changes_nothing_and_says_why(
    client: TestClient, csrf: str, opening: str, desk: Desk, tmp_path: Path, candidate: str, file: str, why: str
) -> None:
    packed = zipped([("takehome/a.py", b"1"), ("resume.pdf", b"2")])
    send(client, csrf, [("ada/resume.pdf", b"1"), ("ada/takehome.zip", zipped([("a.py", b"1")]))])
    (batch_folder(tmp_path, "lockers") / "dee.zip").write_bytes(packed)
    before = in_batch(tmp_path)
    answer = replace(client, csrf, candidate, file)
    assert answer.status_code == 400
    assert why in answer.text
    assert in_batch(tmp_path) == before
    assert unnoted(tmp_path, desk) == []


def test_a_form_of_parts_without_end_is_refused(client: TestClient, csrf: str, opening: str) -> None:
    part = b'--b\r\nContent-Disposition: form-data; name="files"; filename=""\r\n\r\n\r\n'
    headers = {"content-type": "multipart/form-data; boundary=b", "X-CSRF-Token": csrf}
    answer = client.post(UPLOAD, content=part * 400 + b"--b--\r\n", headers=headers)
    assert (answer.status_code, "too many parts" in answer.text) == (400, True)


def test_a_boundary_that_no_parser_takes_is_refused(client: TestClient, csrf: str, opening: str) -> None:
    headers = {"content-type": f"multipart/form-data; boundary={'b' * 400}", "X-CSRF-Token": csrf}
    assert client.post(UPLOAD, content=b"--", headers=headers).status_code == 400


class TestAfterAKill:
    def leave(self, home: Path, name: str, number: str, *, age: float = 0.0) -> Path:
        folder = upload_folder(home, "lockers", number)
        (folder / name).mkdir(parents=True)
        (folder / name / "000000").write_bytes(b"half of a resume")
        moment = time.time() - age
        for path in (folder / name / "000000", folder / name):
            os.utime(path, (moment, moment))
        return folder

    def test_the_next_start_takes_away_what_was_being_received(
        self, app: FastAPI, desk: Desk, opening: str, tmp_path: Path
    ) -> None:
        folder = self.leave(tmp_path, INCOMING, "20260101t000000-00000000")
        self.leave(tmp_path, SENT, "20260101t000000-00000000x", age=2 * QUIET_SECONDS)
        with TestClient(app):
            assert list(folder.parent.iterdir()) == []
        assert desk.uploads.all(opening) == ()

    def test_an_inbox_that_is_fetched_right_now_is_let_be(self, desk: Desk, opening: str, tmp_path: Path) -> None:
        folder = self.leave(tmp_path, SENT, "20260101t000000-00000000")
        assert clear_leftovers(tmp_path, desk) == 0
        assert (folder / SENT / "000000").is_file()

    def test_what_is_in_the_batch_already_is_noted(self, desk: Desk, opening: str, tmp_path: Path) -> None:
        number = "20260101t000000-00000000"
        folder = self.leave(tmp_path, INCOMING, number)
        (folder / "batch" / "ada").mkdir(parents=True)
        (folder / "batch" / "ada" / "resume.pdf").write_bytes(b"whole")
        (batch_folder(tmp_path, opening) / "ada").mkdir(parents=True)
        (batch_folder(tmp_path, opening) / "ada" / f"{UNFINISHED}0123").write_bytes(b"wh")
        assert clear_leftovers(tmp_path, desk) == 1
        (noted,) = desk.uploads.all(opening)
        assert (noted.id, noted.files, noted.by) == (number, 1, "shortlist")
        assert "Send it again" in noted.note
        assert sorted(path.name for path in folder.iterdir()) == ["batch"]
        assert list((batch_folder(tmp_path, opening) / "ada").iterdir()) == []
        assert clear_leftovers(tmp_path, desk) == 0

    def test_a_folder_of_an_opening_that_nobody_knows_keeps_no_app_from_starting(
        self, desk: Desk, opening: str, tmp_path: Path
    ) -> None:
        folder = tmp_path / "uploads" / "gone" / "20260101t000000-00000000"
        (folder / INCOMING).mkdir(parents=True)
        (folder / "batch").mkdir()
        (folder / "batch" / "a.pdf").write_bytes(b"1")
        assert clear_leftovers(tmp_path, desk) == 1
        assert not (folder / INCOMING).exists()


def test_an_upload_that_the_disk_ends_is_noted_with_what_it_brought(
    client: TestClient, csrf: str, opening: str, desk: Desk, tmp_path: Path
) -> None:
    batch = batch_folder(tmp_path, opening)
    batch.mkdir(parents=True)
    # No folder can be made here, whoever tries.
    (batch / "bo").symlink_to(batch / "bo")
    answer = send(client, csrf, [("ada/resume.pdf", b"1"), ("bo/resume.pdf", b"2")])
    assert answer.status_code == 503
    assert "cannot be written" in answer.text
    (noted,) = desk.uploads.all(opening)
    assert (noted.files, noted.note[:12]) == (1, "It broke off")
    assert (batch / "ada" / "resume.pdf").is_file()
    assert unnoted(tmp_path, desk) == []


class TestWithoutADatabase:
    """Files have changed by then, so nobody may be told that nothing was kept, nor where the database lies."""

    @staticmethod
    def break_off(*_: object, **__: object) -> None:
        raise StorageError("The ledger '/secret/ledger.db' could not be used.") from sqlite3.OperationalError()

    def test_what_cannot_be_noted_is_put_back_and_the_rest_stays(
        self, client: TestClient, csrf: str, opening: str, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        send(client, csrf, [("bo/resume.pdf", b"old")])
        files = [("ada/resume.pdf", b"1"), ("bo/resume.pdf", b"new")]
        resume = batch_folder(tmp_path, opening) / "bo" / "resume.pdf"
        with monkeypatch.context() as patch:
            # Patched because a database that breaks off at one statement cannot be had in a test.
            patch.setattr(desk.uploads, "note_replacement", self.break_off)
            answer = send(client, csrf, files)
        assert answer.status_code == 503
        assert "database cannot be used right now. 1 file is in the batch all the same. Send" in answer.text
        assert "secret" not in answer.text
        assert "nothing was kept" not in answer.text
        assert resume.read_bytes() == b"old"
        assert (desk.uploads.all(opening)[0].files, len(desk.uploads.all(opening))) == (1, 2)
        assert send(client, csrf, files).status_code == 303
        assert resume.read_bytes() == b"new"
        assert len(desk.chain.told("file.replaced")) == 1

    def test_an_upload_that_cannot_be_noted_says_what_is_in_the_batch(
        self, client: TestClient, csrf: str, opening: str, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(desk.uploads, "add", self.break_off)
            answer = send(client, csrf, [("ada.pdf", b"1"), ("bo.pdf", b"2")])
        assert answer.status_code == 503
        assert "2 files are in the batch all the same, which could not be noted" in answer.text
        assert in_batch(tmp_path) == ["ada.pdf", "bo.pdf"]
        assert send(client, csrf, [("ada.pdf", b"1"), ("bo.pdf", b"2")]).status_code == 303
        assert "already there" in desk.uploads.all(opening)[0].note

    @pytest.mark.parametrize("broken", ["add", "note_replacement"])
    def test_a_better_copy_that_cannot_be_noted_is_in_the_batch_and_said_to_be(
        self, client: TestClient, csrf: str, desk: Desk, opening: str, monkeypatch: pytest.MonkeyPatch, broken: str
    ) -> None:
        send(client, csrf, [("ada/resume.pdf", b"old")])
        with monkeypatch.context() as patch:
            patch.setattr(desk.uploads, broken, self.break_off)
            answer = replace(client, csrf, "ada", "resume.pdf")
        assert answer.status_code == 503
        assert "ada/resume.pdf is in the batch now and the earlier file is kept" in answer.text
        assert "secret" not in answer.text
        assert replace(client, csrf, "ada", "resume.pdf").status_code == 303

    def test_what_cannot_be_looked_up_before_changes_nothing(
        self, client: TestClient, csrf: str, opening: str, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(desk, "erased_files", self.break_off)
        answer = send(client, csrf, [("ada.pdf", b"1")])
        assert (answer.status_code, "nothing was kept" in answer.text) == (503, True)
        assert "secret" not in answer.text
        assert in_batch(tmp_path) == []


@pytest.mark.parametrize("letter", ["x", "字", '"', "\\"])
def test_what_was_left_out_is_said_even_when_it_is_much(
    client: TestClient, csrf: str, opening: str, desk: Desk, letter: str
) -> None:
    files = [(f"{letter * 40}{n:02d}.exe", b"1") for n in range(40)]
    answer = send(client, csrf, [("ada.pdf", b"1"), *files])
    # What a browser keeps of a cookie, at the least.
    assert max(len(value) for value in answer.headers.get_list("set-cookie")) < 4_096
    page = client.get(answer.headers["location"]).text
    assert "Left out" in said(page)
    assert " …" in said(page)
    assert desk.uploads.all(opening)[0].note.count("Left out") == 40
