"""The API about openings, scorecards, batches and runs."""

import io
import zipfile
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from pipeline.desk.desk import Desk
from pipeline.desk.places import batch_folder
from tests.pipeline.review.api_parts import BASE, LOCKERS, As, good, problem
from tests.pipeline.review.demo_shortlist import LEVELS
from tests.pipeline.review.starting import FakeStarter


class TestOpeningsAndScorecards:
    def test_an_opening_begins_with_a_scorecard(self, recruiter: TestClient, scorecard: str, desk: Desk) -> None:
        answer = recruiter.post(f"{BASE}/openings", json={"title": "Night shift", "scorecard": scorecard})
        made = good(answer, 201)
        assert isinstance(made, dict)
        assert (made["id"], made["scorecard_version"], made["by"], made["next"]) == (
            "night-shift",
            1,
            "rita",
            "candidates",
        )
        assert good(recruiter.get(answer.headers["location"])) == made
        assert desk.chain.told("opening.created")[-1].event.actor == "rita"

    def test_a_job_post_becomes_a_draft_that_no_run_starts_with(self, recruiter: TestClient) -> None:
        post = "# Baker\n\n## Requirements\n- bakes bread every morning at five\n"
        made = good(recruiter.post(f"{BASE}/openings", json={"title": "Baker", "job_post": post}), 201)
        assert isinstance(made, dict)
        assert made["next"] == "draft"
        assert "draft" in problem(recruiter.post(f"{BASE}/openings/{made['id']}/runs", json={}), 409)

    def test_no_opening_takes_the_address_of_the_page_that_makes_them(self, recruiter: TestClient) -> None:
        for sent in ({"title": "New"}, {"title": "Anything", "id": "new"}):
            made = good(recruiter.post(f"{BASE}/openings", json=sent), 201)
            assert isinstance(made, dict)
            assert made["id"].startswith("new-")

    def test_a_scorecard_with_errors_is_not_saved_and_the_answer_says_what_to_change(
        self, recruiter: TestClient, scorecard: str, desk: Desk
    ) -> None:
        broken = scorecard.replace("criteria:", "criterias:", 1)
        answer = recruiter.put(f"{LOCKERS}/scorecard", json={"yaml": broken})
        assert "Nothing was saved" in problem(answer, 400)
        assert any("criterias" in one["field"] + one["message"] for one in answer.json()["errors"])
        assert desk.openings.get("lockers").scorecard_version == 1

    def test_saving_keeps_every_version_and_tells_of_warnings(self, recruiter: TestClient, scorecard: str) -> None:
        fluffy = scorecard + "\n# more\n"
        saved = good(recruiter.put(f"{LOCKERS}/scorecard", json={"yaml": fluffy, "note": "A remark", "expected": 1}))
        assert isinstance(saved, dict)
        assert (saved["saved"]["version"], saved["saved"]["note"], saved["saved"]["by"]) == (2, "A remark", "rita")
        assert saved["yaml"] == fluffy
        problem(recruiter.put(f"{LOCKERS}/scorecard", json={"yaml": scorecard, "expected": 1}), 409)
        versions = good(recruiter.get(f"{LOCKERS}/scorecard/versions"))
        assert isinstance(versions, list)
        assert [one["version"] for one in versions] == [2, 1]
        first = good(recruiter.get(f"{LOCKERS}/scorecard", params={"version": 1}))
        assert isinstance(first, dict)
        assert first["yaml"] == scorecard
        problem(recruiter.get(f"{LOCKERS}/scorecard", params={"version": 9}), 404)
        problem(recruiter.get(f"{LOCKERS}/scorecard", params={"version": 10**22}), 404)

    def test_a_check_says_what_the_command_says_and_saves_nothing(
        self, recruiter: TestClient, scorecard: str, desk: Desk
    ) -> None:
        loose = scorecard.replace("statement: ", "statement: Is a team player who ", 1)
        told = good(recruiter.post(f"{LOCKERS}/scorecard/check", json={"yaml": loose}))
        assert isinstance(told, dict)
        assert {one["severity"] for one in told["problems"]} <= {"warning", "error"}
        assert told["problems"]
        assert desk.openings.get("lockers").scorecard_version == 1


class TestBatchesAndRuns:
    def test_files_of_several_candidates_come_as_they_are_or_as_a_zip(
        self, recruiter: TestClient, tmp_path: Path
    ) -> None:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("ben/resume.txt", "Ben built the billing service of a bakery. " * 9)
        sent = [
            ("files", ("ann/resume.txt", b"Ann ran the night shift of a ferry line. " * 9)),
            ("files", ("more.zip", packed.getvalue())),
            ("files", ("notes.exe", b"MZ")),
        ]
        added = good(recruiter.post(f"{LOCKERS}/uploads", files=sent), 201)
        assert isinstance(added, dict)
        assert (sorted(added["candidates"]), added["new"]) == (["ann", "ben"], 2)
        assert [one["name"] for one in added["left_out"]] == ["notes.exe"]
        assert sorted(path.name for path in batch_folder(tmp_path, "lockers").iterdir()) == ["ann", "ben"]
        batch = good(recruiter.get(f"{LOCKERS}/batch", params={"limit": 1, "offset": 1}))
        assert isinstance(batch, dict)
        assert (batch["candidates"], [one["name"] for one in batch["listed"]]) == (2, ["ben"])
        uploads = good(recruiter.get(f"{LOCKERS}/uploads"))
        assert isinstance(uploads, list)
        assert [(one["id"], one["by"]) for one in uploads] == [(added["upload"], "rita")]

    @pytest.mark.parametrize(
        ("sent", "status"),
        [
            ({"json": {}}, 400),
            ({"data": {"candidate": "ann"}}, 400),
            ({"files": [("files", ("big.pdf", b"x" * 2_100_000))]}, 413),
            ({"files": [("files", (f"{n}.txt", b"some words")) for n in range(51)]}, 400),
            ({"content": b"--x\r\nbroken", "headers": {"content-type": "multipart/form-data; boundary=x"}}, 400),
        ],
    )
    def test_what_cannot_be_taken_is_refused_and_nothing_of_it_stays(
        self, recruiter: TestClient, tmp_path: Path, sent: dict[str, object], status: int
    ) -> None:
        problem(recruiter.post(f"{LOCKERS}/uploads", **sent), status)  # type: ignore[arg-type]  # httpx's own
        left = [path for name in ("uploads", "openings") for path in (tmp_path / name).rglob("*")]
        assert [path for path in left if path.is_file() and path.suffix != ".lock"] == []

    def test_candidates_are_fetched_from_where_the_settings_allow(self, recruiter: TestClient, beside: Path) -> None:
        for root in ("allowed", "elsewhere"):
            (beside / root / "ann").mkdir(parents=True)
            (beside / root / "ann" / "resume.txt").write_text("Ann ran the night shift of a ferry line. " * 9)
        refused = recruiter.post(f"{LOCKERS}/imports", json={"place": str(beside / "elsewhere")})
        assert "allowed" in problem(refused, 400)
        added = good(recruiter.post(f"{LOCKERS}/imports", json={"place": str(beside / "allowed")}), 201)
        assert isinstance(added, dict)
        assert added["candidates"] == ["ann"]

    def test_a_better_copy_takes_the_place_of_a_file(self, screened: str, program: As, desk: Desk) -> None:
        recruiter = program("rita")
        batch = good(recruiter.get(f"{LOCKERS}/batch"))
        assert isinstance(batch, dict)
        broken = batch["quarantined"][0]
        data = {"candidate": broken["candidate"], "file": broken["file"]}
        better = {"files": ("better.txt", b"A resume that can be read. " * 20)}
        replaced = good(recruiter.post(f"{LOCKERS}/files/replace", data=data, files=better), 201)
        assert isinstance(replaced, dict)
        assert replaced["kept_earlier"] is True
        assert desk.chain.told("file.replaced")[-1].candidate == broken["candidate"]

    def test_a_run_is_started_watched_cancelled_and_resumed(self, recruiter: TestClient, starter: FakeStarter) -> None:
        answer = recruiter.post(f"{LOCKERS}/runs", json={"top": 4})
        begun = good(answer, 202)
        assert isinstance(begun, dict)
        assert (begun["state"], begun["options"], begun["by"]) == ("queued", {"top": 4}, "rita")
        watched = good(recruiter.get(answer.headers["location"]))
        assert isinstance(watched, dict)
        assert (watched["id"], watched["resumable"]) == (begun["id"], False)
        problem(recruiter.post(f"{LOCKERS}/runs", json={}), 409)
        cancelled = good(recruiter.post(f"{LOCKERS}/runs/{begun['id']}/cancel"))
        assert isinstance(cancelled, dict)
        assert (cancelled["state"], cancelled["resumable"]) == ("cancelled", True)
        problem(recruiter.post(f"{LOCKERS}/runs/{begun['id']}/cancel"), 409)
        again = good(recruiter.post(f"{LOCKERS}/runs/{begun['id']}/resume"), 202)
        assert isinstance(again, dict)
        assert again["resumes"] == begun["id"]
        runs = good(recruiter.get(f"{LOCKERS}/runs"))
        assert isinstance(runs, list)
        assert [one["id"] for one in runs] == [again["id"], begun["id"]]
        assert [what for what, _, _ in starter.asked] == ["start", "cancel", "cancel", "resume"]

    @pytest.mark.parametrize("body", [{"top": 0}, {"judge": "what"}, {"budget": -1}, {"judge": "", "x": 1}])
    def test_options_that_cannot_be_used_start_nothing(
        self, recruiter: TestClient, desk: Desk, body: dict[str, object]
    ) -> None:
        problem(recruiter.post(f"{LOCKERS}/runs", json=body), 422)
        problem(recruiter.post(f"{LOCKERS}/runs", json={"budget": 5}), 400)
        assert desk.runs.all("lockers") == ()

    def test_a_run_of_another_opening_is_none_of_this_one(self, screened: str, program: As, desk: Desk) -> None:
        desk.openings.create("Other", by="olga", id="other")
        operator = program("olga")
        for path in (f"runs/{screened}", f"shortlist?run={screened}", f"candidates/candidate-01?run={screened}"):
            problem(operator.get(f"{BASE}/openings/other/{path}"), 404)

    def test_a_finished_run_says_what_came_of_it(self, screened: str, program: As) -> None:
        told = good(program("hanna").get(f"{LOCKERS}/runs/{screened}"))
        assert isinstance(told, dict)
        assert (told["state"], sum(told["bands"].values())) == ("done", len(LEVELS))
        assert {one["name"] for one in told["channels"]} == {"referral", "not given"}
