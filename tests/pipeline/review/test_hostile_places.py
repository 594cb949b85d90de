"""Places that candidates are fetched from, as somebody writes them who wants another one."""

import subprocess
import sys
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from evaluators.rubric_library import load_rubric_library
from pipeline.desk.desk import Desk
from pipeline.desk.places import batch_folder
from pipeline.review.app import make_app
from tests.pipeline.review.starting import FakeStarter


def unnoted(home: Path, desk: Desk) -> list[Path]:
    """Folders of uploads that nobody knows of."""
    known = {upload.path for upload in desk.uploads.all("lockers")}
    return [path for path in (home / "uploads").glob("*/*") if path not in known]


@pytest.mark.parametrize(
    "place", ["~nobody-of-this-name/x", "/" + "x" * 1_500, "/" + "y/" * 1_500, "file:///no/such", "/dev/null", "x/y"]
)
def test_a_place_that_is_none_is_told(client: TestClient, csrf: str, opening: str, place: str) -> None:
    answer = client.post("/openings/lockers/fetch", data={"csrf": csrf, "place": place})
    assert answer.status_code == 400


def test_a_folder_with_a_file_that_may_not_be_read_is_told(
    client: TestClient, csrf: str, opening: str, desk: Desk, tmp_path: Path
) -> None:
    # A file of this kind is listed and cannot be loaded, whoever asks.
    answer = client.post("/openings/lockers/fetch", data={"csrf": csrf, "place": "file:///proc/self/task"})
    assert answer.status_code == 400
    assert unnoted(tmp_path, desk) == []


@pytest.mark.parametrize("root", ["{allowed}", "file://{allowed}", "{allowed}/"])
def test_no_way_of_writing_a_place_leads_a_recruiter_out_of_what_is_allowed(
    desk: Desk, starter: FakeStarter, opening: str, people: dict[str, str], tmp_path: Path, beside: Path, root: str
) -> None:
    allowed = beside / "allowed"
    (allowed / "in").mkdir(parents=True)
    (allowed / "in" / "ada.md").write_text("x")
    (allowed / "link").symlink_to("/etc")
    (allowed / "link.zip").symlink_to("/etc/hostname")
    (beside / "allowed-not").mkdir()
    roots = (root.format(allowed=allowed), "s3://bucket/in")
    app = make_app(desk=desk, starter=starter, home=tmp_path, rubrics=load_rubric_library(), import_roots=roots)
    token = desk.tokens.make("rita", label="fetch", by="olga").token
    program = TestClient(app, base_url="http://127.0.0.1:8000", headers={"authorization": f"Bearer {token}"})
    outside = [f"{allowed}/link", f"{allowed}/link.zip", f"{allowed}/in/../..", f"{allowed}-not", "/etc", "~", "."]
    outside += [f"file://{place}" for place in outside[:5]]
    outside += ["s3://bucket/in/../out", "s3://bucket/inner", "s3://bucket", "http://127.0.0.1/in", "gs://bucket/in"]
    for place in outside:
        answer = program.post(f"/api/v1/openings/{opening}/imports", json={"place": place})
        assert answer.status_code == 400, place
    for place in (f"{allowed}/in", f"file://{allowed}/in", f"{allowed}/in/../in"):
        assert program.post(f"/api/v1/openings/{opening}/imports", json={"place": place}).status_code == 201, place
    assert {one.source for one in desk.uploads.all(opening)} == {"path"}
    assert [path.name for path in batch_folder(tmp_path, opening).iterdir()] == ["ada.md"]


def test_nothing_is_fetched_from_where_the_program_keeps_its_own_files(
    client: TestClient, csrf: str, opening: str, desk: Desk, tmp_path: Path, beside: Path
) -> None:
    (tmp_path / "uploads").mkdir(exist_ok=True)
    (tmp_path / "uploads" / "ada.md").write_text("x")
    (beside / "link").symlink_to(tmp_path)
    (beside / "other.zip").hardlink_to(tmp_path / "ledger.db")
    own = [tmp_path, tmp_path / "uploads", tmp_path.parent, "/", beside / "link", beside / "link/uploads"]
    own += [f"file://{tmp_path}", f"{beside}/../{tmp_path.name}/uploads", beside / "other.zip", tmp_path / "ledger.db"]
    for place in own:
        answer = client.post("/openings/lockers/fetch", data={"csrf": csrf, "place": str(place)})
        assert (answer.status_code, "SHORTLIST_HOME" in answer.text) == (400, True), place
        told = client.post("/api/v1/openings/lockers/imports", json={"place": str(place)})
        assert (told.status_code, "SHORTLIST_HOME" in told.text) == (400, True), place
    assert (unnoted(tmp_path, desk), desk.uploads.all("lockers")) == ([], ())


def test_the_ledger_under_another_name_is_not_opened_among_candidates(
    client: TestClient, csrf: str, opening: str, desk: Desk, tmp_path: Path, beside: Path
) -> None:
    (beside / "ada.md").write_text("x")
    (beside / "bo.md").hardlink_to(tmp_path / "ledger.db")
    (beside / "cy.md").hardlink_to(tmp_path / "ledger.db-wal")
    assert client.post("/openings/lockers/fetch", data={"csrf": csrf, "place": str(beside)}).status_code == 303
    assert [path.name for path in batch_folder(tmp_path, opening).iterdir()] == ["ada.md"]


WRITER = """
import sys
from pipeline.desk.desk import Desk
with Desk.open(sys.argv[1]) as desk:
    desk.accounts.all()
"""


def test_what_was_acknowledged_is_there_after_somebody_named_the_programs_own_folder(
    client: TestClient, csrf: str, opening: str, desk: Desk, tmp_path: Path
) -> None:
    # To open and close the ledger here would drop this process's locks; the next one to end would delete its log.
    client.post("/openings/lockers/fetch", data={"csrf": csrf, "place": str(tmp_path)})
    subprocess.run([sys.executable, "-c", WRITER, str(tmp_path / "ledger.db")], check=True)
    desk.reviews.comment(opening, "ada", "Said after the other process had ended.", by="olga")
    with Desk.open(tmp_path / "ledger.db") as another:
        assert len(another.reviews.comments(opening)) == 1
    assert (tmp_path / "ledger.db-wal").exists()
