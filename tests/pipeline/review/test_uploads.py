"""Candidates come in: sorted as people mean it, bounded, and never under a path that somebody else chose."""

import io
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.desk.desk import Desk
from pipeline.desk.places import batch_folder, upload_folder
from pipeline.review.arranging import arrange, stage
from pipeline.review.receiving import ReceivedFile, UploadLimits
from tests.pipeline.review.conftest import said, token_of

SignIn = Callable[[str], TestClient]
Files = dict[str, bytes]
DEMO = Path(__file__).parents[3] / "datasets/demo"
_PART = st.one_of(
    st.sampled_from(
        ["..", ".", "", "C:", "ada", "resume.pdf", "~", "CON", "a\0b", "/", "\\", "..\\..", "․․", "\u202egnp.exe"]
    ),
    st.text(max_size=12),
)


def send(client: TestClient, opening: str, csrf: str, files: Files, **fields: str):  # type: ignore[no-untyped-def]
    sent = [("files", (name, content)) for name, content in files.items()]
    return client.post(f"/openings/{opening}/upload", data={"csrf": csrf, **fields}, files=sent)


def in_batch(home: Path, opening: str = "lockers") -> set[str]:
    folder = batch_folder(home, opening)
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def zipped(files: Files) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


def test_the_demo_folder_becomes_twelve_candidates(
    client: TestClient, csrf: str, opening: str, desk: Desk, tmp_path: Path
) -> None:
    files = {f"demo/{path.relative_to(DEMO)}": path.read_bytes() for path in DEMO.rglob("*") if path.is_file()}
    answer = send(client, opening, csrf, files)
    page = client.get(answer.headers["location"]).text
    assert "12 candidates" in said(page)
    assert "scorecard.yaml" in said(page)
    assert {"candidates.csv", "brief.md", "brandon-hale.pdf", "abena-sarkodie/resume.pdf"} <= in_batch(tmp_path)
    upload = desk.uploads.all(opening)[0]
    assert (upload.candidates, upload.source) == (12, "files")
    assert {path.name for path in upload.path.iterdir()} == {"batch", "merged"}


@pytest.mark.parametrize(
    ("files", "kept"),
    [
        ({"ada.pdf": b"1", "bo.docx": b"2"}, {"ada.pdf", "bo.docx"}),
        ({"ada/resume.pdf": b"1", "ada/takehome/a.py": b"2"}, {"ada/resume.pdf", "ada/takehome/a.py"}),
        ({"batch/ada/cv.pdf": b"1", "batch/bo/cv.pdf": b"2"}, {"ada/cv.pdf", "bo/cv.pdf"}),
        ({"batch/ada/cv.pdf": b"1", "batch/bo/cv.pdf": b"2", "cy.pdf": b"3"}, {"ada/cv.pdf", "bo/cv.pdf", "cy.pdf"}),
        ({"all.zip": zipped({"ada/cv.pdf": b"1", "bo.pdf": b"2"})}, {"ada/cv.pdf", "bo.pdf"}),
        ({"ada.zip": zipped({"resume.pdf": b"1", "takehome/a.py": b"2"})}, {"ada/resume.pdf", "ada/takehome/a.py"}),
        ({"ada/resume.pdf": b"1", "ada/takehome.zip": zipped({"a.py": b"1"})}, {"ada/resume.pdf", "ada/takehome.zip"}),
        ({"ada\\resume.pdf": b"1"}, {"ada/resume.pdf"}),
        ({"ada.pdf": b"1", ".DS_Store": b"2", "__MACOSX/ada.pdf": b"3"}, {"ada.pdf"}),
        ({"ada.pdf": b"1", "scorecard.yaml": b"2", "photo.mp4": b"3", "gold/ada.yaml": b"4"}, {"ada.pdf"}),
        ({"brief.md": b"1", "starter/a.py": b"2", "ada.pdf": b"3"}, {"brief.md", "starter/a.py", "ada.pdf"}),
    ],
    ids=lambda value: "+".join(sorted(value)) if isinstance(value, dict) else "",
)
def test_files_are_sorted_as_they_were_meant(
    client: TestClient, csrf: str, opening: str, tmp_path: Path, files: Files, kept: set[str]
) -> None:
    assert send(client, opening, csrf, files).status_code == 303
    assert in_batch(tmp_path) == kept


@pytest.mark.parametrize("name", ["resume.pdf", "CV.docx", "resume (2).pdf", "cover.pdf"])
def test_a_file_that_is_nobodys_is_not_guessed_at(
    client: TestClient, csrf: str, opening: str, tmp_path: Path, name: str
) -> None:
    answer = send(client, opening, csrf, {name: b"1", "ada.pdf": b"2"})
    assert answer.status_code == 400
    assert f"Whose is {name}?" in answer.text
    assert not batch_folder(tmp_path, opening).exists()
    assert send(client, opening, csrf, {name: b"1"}, candidate="Ada L.").status_code == 303
    assert in_batch(tmp_path) == {f"Ada L./{name}"}


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(_PART, min_size=1, max_size=5).map("/".join), min_size=1, max_size=5), st.text(max_size=10))
def test_no_name_leads_out_of_the_batch(names: list[str], candidate: str) -> None:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as held:
        root = Path(folder)
        received = []
        for number, name in enumerate(names):
            path = root / f"{number:06d}"
            path.write_bytes(b"x")
            received.append(ReceivedFile(name, path, 1))
        sent = root / "in" / "sent"
        sent.mkdir(parents=True)
        stage(received, sent)
        assert sorted(path.name for path in root.iterdir() if path.is_dir()) == ["in"]
        assert [path.name for path in (root / "in").iterdir()] == ["sent"]
        if not candidate.strip():
            return
        for placed in arrange(sent, candidate=candidate, limits=UploadLimits(10**6, 50), held=held).placed:
            target = (root / "batch").joinpath(*placed.parts).resolve()
            assert target.is_relative_to((root / "batch").resolve())
            assert not any(part in ("", ".", "..") for part in placed.parts)
            assert not placed.parts[0].startswith(".")


def test_a_second_version_takes_the_place_of_the_first_which_is_kept(
    client: TestClient, csrf: str, opening: str, desk: Desk, tmp_path: Path
) -> None:
    send(client, opening, csrf, {"ada/resume.pdf": b"first", "ada/takehome/a.py": b"same"})
    page = client.get(
        send(client, opening, csrf, {"ada/resume.pdf": b"second", "ada/takehome/a.py": b"same"}).headers["location"]
    )
    assert "ada/resume.pdf replaced" in said(page.text)
    assert "1 already there" in said(page.text)
    assert (batch_folder(tmp_path, opening) / "ada/resume.pdf").read_bytes() == b"second"
    newest = desk.uploads.all(opening)[0]
    assert (upload_folder(tmp_path, opening, newest.id) / "replaced/ada/resume.pdf").read_bytes() == b"first"
    assert desk.verify().ok


def test_a_new_table_keeps_the_rows_that_speak_of_others(
    client: TestClient, csrf: str, opening: str, tmp_path: Path
) -> None:
    header = b"file,name,e-mail,channel\n"
    send(client, opening, csrf, {"ada.pdf": b"1", "candidates.csv": header + b"ada.pdf,Ada,ada@x.example,referral\n"})
    again = header + b'bo.pdf,Bo,no mail,"agency"\nada.pdf,Ada B,ada@x.example,agency\n'
    page = client.get(send(client, opening, csrf, {"bo.pdf": b"1", "candidates.csv": again}).headers["location"]).text
    assert "is no e-mail address" in said(page)
    table = (batch_folder(tmp_path, opening) / "candidates.csv").read_text()
    assert table.splitlines()[1:] == ["ada.pdf,Ada B,ada@x.example,agency,", "bo.pdf,Bo,,agency,"]


def test_nothing_of_an_upload_without_the_token_is_kept(
    client: TestClient, opening: str, desk: Desk, tmp_path: Path
) -> None:
    assert send(client, opening, "wrong", {"ada.pdf": b"1"}).status_code == 403
    assert not (tmp_path / "uploads" / opening).exists() or not list((tmp_path / "uploads" / opening).iterdir())
    assert desk.uploads.all(opening) == ()


def test_a_token_that_comes_after_the_files_is_too_late(client: TestClient, csrf: str, opening: str) -> None:
    body = (
        '--b\r\nContent-Disposition: form-data; name="files"; filename="ada.pdf"\r\n\r\nx\r\n'
        f'--b\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n{csrf}\r\n--b--\r\n'
    )
    headers = {"content-type": "multipart/form-data; boundary=b"}
    assert client.post(f"/openings/{opening}/upload", content=body, headers=headers).status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        "",
        "--b",
        "--b\r\n\r\nx",
        '--b\r\nContent-Disposition: form-data; name="files"; filename="ada.pdf"\r\n\r\nhalf of i',
    ],
)
def test_an_upload_that_broke_off_adds_nothing(
    client: TestClient, csrf: str, opening: str, tmp_path: Path, body: str
) -> None:
    headers = {"content-type": "multipart/form-data; boundary=b", "X-CSRF-Token": csrf}
    assert client.post(f"/openings/{opening}/upload", content=body, headers=headers).status_code == 400
    assert not batch_folder(tmp_path, opening).exists()
    folder = tmp_path / "uploads" / opening
    assert not folder.exists() or not list(folder.iterdir())


def test_too_many_bytes_are_refused_while_they_arrive(
    client: TestClient, csrf: str, opening: str, tmp_path: Path
) -> None:
    answer = send(client, opening, csrf, {"ada.pdf": b"x" * 1_500_000, "bo.pdf": b"x" * 600_000})
    assert answer.status_code == 413
    assert "in parts" in answer.text
    assert not batch_folder(tmp_path, opening).exists()
    assert not list((tmp_path / "uploads" / opening).iterdir())


def test_too_many_files_are_refused(client: TestClient, csrf: str, opening: str) -> None:
    answer = send(client, opening, csrf, {f"c{n}.pdf": b"x" for n in range(51)})
    assert answer.status_code == 400
    assert "More than 50 files" in answer.text


def test_a_script_is_told_in_json(client: TestClient, csrf: str, opening: str) -> None:
    headers = {"accept": "application/json"}
    sent = [("files", ("ada.pdf", b"1"))]
    done = client.post(f"/openings/{opening}/upload", data={"csrf": csrf}, files=sent, headers=headers)
    assert done.json() == {"location": f"/openings/{opening}/files", "message": "1 candidate: 1 file added."}
    none = client.post(f"/openings/{opening}/upload", data={"csrf": csrf, "x": "y"}, files={}, headers=headers)
    assert none.status_code in (400, 403)
    assert "detail" in none.json()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (zipped({"ada.pdf": b"0" * 9_000_000}), "unpack to more"),
        (zipped({f"c{n}.pdf": b"1" for n in range(60)}), "unpack to more"),
        (zipped({"ada.pdf": b"1"})[:-30], "damaged zip"),
        (b"no zip", "damaged zip"),
    ],
    # A zip holds the time it was made at, which must not become part of a test's name.
    ids=["large", "many", "cut off", "no zip"],
)
def test_a_zip_that_cannot_be_taken_says_why(
    client: TestClient, csrf: str, opening: str, tmp_path: Path, content: bytes, why: str
) -> None:
    answer = send(client, opening, csrf, {"all.zip": content})
    assert answer.status_code == 400
    assert why in answer.text
    assert not batch_folder(tmp_path, opening).exists()


def test_members_of_a_zip_that_point_elsewhere_are_left_out(
    client: TestClient, csrf: str, opening: str, tmp_path: Path
) -> None:
    content = zipped({"ada.pdf": b"1", "../../evil.pdf": b"2", "/etc/evil.pdf": b"3"})
    page = client.get(send(client, opening, csrf, {"all.zip": content}).headers["location"]).text
    assert in_batch(tmp_path) == {"ada.pdf"}
    assert "points outside" in said(page)


def test_candidates_are_fetched_from_a_folder(
    client: TestClient, csrf: str, opening: str, desk: Desk, tmp_path: Path, beside: Path
) -> None:
    place = beside / "elsewhere"
    (place / "ada").mkdir(parents=True)
    (place / "ada" / "resume.md").write_text("x")
    (place / "bo.md").write_text("y")
    (place / "link.md").symlink_to("/etc/hostname")
    answer = client.post(f"/openings/{opening}/fetch", data={"csrf": csrf, "place": str(place)})
    assert answer.status_code == 303
    assert in_batch(tmp_path) == {"ada/resume.md", "bo.md"}
    upload = desk.uploads.all(opening)[0]
    assert upload.source == "path"
    assert not (upload.path / "sent").exists()


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("relative/folder", "no full path"),
        ("/no/such/folder", "There is no folder"),
        ("http://127.0.0.1/x", "cannot be read"),
        ("ftp://x/y", "cannot be read"),
        ("s3://", "cannot be read"),
        ("simplecache::s3://x", "Write a folder"),
        ("", "Write a folder"),
    ],
)
def test_a_place_that_cannot_be_fetched_from_says_why(
    client: TestClient, csrf: str, opening: str, place: str, why: str
) -> None:
    answer = client.post(f"/openings/{opening}/fetch", data={"csrf": csrf, "place": place})
    assert answer.status_code == 400
    assert why in said(answer.text)


def test_a_recruiter_fetches_only_from_allowed_places(
    sign_in: SignIn, people: dict[str, str], opening: str, beside: Path
) -> None:
    (beside / "allowed" / "x").mkdir(parents=True)
    (beside / "allowed" / "x" / "ada.md").write_text("x")
    (beside / "allowed" / "out").symlink_to(beside)
    browser = sign_in("rita")
    token = token_of(browser.get(f"/openings/{opening}/upload").text)
    address = f"/openings/{opening}/fetch"
    for place in (beside, beside / "allowed/../", beside / "allowed/out", "s3://bucket/x"):
        answer = browser.post(address, data={"csrf": token, "place": str(place)})
        assert answer.status_code == 400
        assert "You may fetch from" in answer.text
    assert browser.post(address, data={"csrf": token, "place": f"{beside}/allowed/x"}).status_code == 303


@pytest.mark.parametrize("others", [{}, {"good/notes.md": b"4"}, {"other/resume.md": b"5"}])
def test_members_that_point_elsewhere_are_told_whatever_folder_is_left_away(
    client: TestClient, csrf: str, opening: str, others: Files
) -> None:
    content = zipped({"good/resume.md": b"1", "/abs/resume.md": b"2", "a/../../b/resume.md": b"3", **others})
    told = said(client.get(send(client, opening, csrf, {"all.zip": content}).headers["location"]).text)
    assert told.count("points outside") >= 1
    assert "abs/resume.md" in told
    assert "b/resume.md" in told
