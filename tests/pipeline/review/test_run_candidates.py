"""Who was read and judged so far: for those who add candidates, while the run goes on."""

from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from pipeline.desk.desk import Desk
from pipeline.desk.runs_progress import CandidateProgress, SetAside, note_progress, unfinished_folder
from pipeline.review.run_candidates import SHOWN

SignIn = Callable[[str], TestClient]
UNREADABLE = SetAside(file="cv <b>.pdf", reason="It is a picture of a page.")


@pytest.fixture
def run(desk: Desk, opening: str, tmp_path: Path) -> str:
    """A run that goes on."""
    asked = desk.runs.queue(opening, by="olga")
    desk.runs.begin(asked.id, out=Path("nowhere"))
    desk.runs.heartbeat(asked.id, stage="judging", done=1, total=5)
    folder = unfinished_folder(tmp_path, opening, asked.id)
    folder.mkdir(parents=True)
    note_progress(
        folder,
        [
            CandidateProgress(candidate="scan", passed="reading", set_aside=(UNREADABLE,)),
            CandidateProgress(candidate="anna", passed="reading"),
            CandidateProgress(candidate="ben", passed="reading"),
            CandidateProgress(candidate="anna", passed="judging"),
        ],
    )
    return asked.id


def test_candidates_are_listed_with_their_state_and_what_could_not_be_read(
    client: TestClient, opening: str, run: str
) -> None:
    part = client.get(f"/openings/{opening}/runs/{run}/candidates").text
    assert "2 read, 1 judged, 2 waiting; 1 file could not be read." in part
    assert part.index("scan") < part.index("anna") < part.index("ben")
    assert "cv &lt;b&gt;.pdf" in part
    assert "It is a picture of a page." in part
    assert 'hx-trigger="every 2s"' in part
    # Names are a click away while the opening covers them, and the page works without scripts.
    page = client.get(f"/openings/{opening}/runs/{run}").text
    assert '<details class="foldable"><summary>One by one, with their names' in page
    assert "anna" in page


def test_a_long_list_says_how_many_are_left_out(client: TestClient, opening: str, run: str, tmp_path: Path) -> None:
    folder = unfinished_folder(tmp_path, opening, run)
    note_progress(folder, [CandidateProgress(candidate=f"c{n:03d}", passed="reading") for n in range(SHOWN + 8)])
    part = client.get(f"/openings/{opening}/runs/{run}/candidates").text
    assert "and 10 more" in part
    assert part.count("<tr>") == 1 + 1 + SHOWN


def test_nobody_is_listed_once_the_run_is_over(client: TestClient, opening: str, run: str, desk: Desk) -> None:
    desk.runs.cancel(run, by="olga")
    part = client.get(f"/openings/{opening}/runs/{run}/candidates").text
    assert "anna" not in part
    assert "hx-get" not in part
    assert client.get(f"/api/v1/openings/{opening}/runs/{run}/candidates").json() == []


def test_the_api_gives_all_of_them(client: TestClient, opening: str, run: str) -> None:
    found = client.get(f"/api/v1/openings/{opening}/runs/{run}/candidates").json()
    assert [(one["candidate"], one["passed"]) for one in found] == [
        ("anna", "judging"),
        ("ben", "reading"),
        ("scan", "reading"),
    ]
    assert found[2]["set_aside"] == [{"file": "cv <b>.pdf", "reason": "It is a picture of a page."}]


def test_whoever_may_not_see_the_files_sees_no_names(
    sign_in: SignIn, people: dict[str, str], opening: str, run: str
) -> None:
    manager = sign_in("hanna")
    assert "anna</bdi>" not in manager.get(f"/openings/{opening}/runs/{run}").text
    assert manager.get(f"/openings/{opening}/runs/{run}/candidates").status_code == 403


def test_a_run_of_another_opening_is_not_found(client: TestClient, desk: Desk, run: str) -> None:
    desk.openings.create("Other", by="olga", id="other")
    assert client.get(f"/openings/other/runs/{run}/candidates").status_code == 404
