"""The API: what a token's user may do and see, and nothing besides; answers that keep to the document."""

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import jsonschema
import pytest
from conftest import token_of
from demo_shortlist import LEVELS, LINH, finished_run
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response
from starting import FakeStarter

from pipeline.desk.desk import Desk
from pipeline.desk.places import batch_folder
from pipeline.models.report import Report
from pipeline.review.api import openapi_document
from pipeline.review.api_review_models import ShortlistOut

BASE = "/api/v1"
LOCKERS = f"{BASE}/openings/lockers"
As = Callable[[str], TestClient]


@pytest.fixture
def program(app: FastAPI, desk: Desk) -> As:
    """A program that brings a token of a user."""

    def made(name: str) -> TestClient:
        token = desk.tokens.make(name, label="test", by="olga").token
        return TestClient(
            app,
            base_url="http://127.0.0.1:8000",
            client=("127.0.0.1", 50_000),
            headers={"authorization": f"Bearer {token}"},
        )

    return made


@pytest.fixture
def operator(people: dict[str, str], program: As) -> TestClient:
    return program("olga")


@pytest.fixture
def recruiter(people: dict[str, str], program: As) -> TestClient:
    return program("rita")


@pytest.fixture
def manager(people: dict[str, str], program: As) -> TestClient:
    return program("hanna")


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("vault")


@pytest.fixture
def screened(desk: Desk, tmp_path: Path, vault: Path) -> str:
    """Id of a run that is done; names and levels are covered. Asked for before anybody has an account."""
    finished_run(desk, tmp_path, vault)
    run = desk.runs.latest_done("lockers")
    assert run is not None
    desk.accounts.add("olga", display="Olga", role="operator", password="correct horse battery", by="command line")
    for name, role in (("rita", "recruiter"), ("hanna", "hiring_manager"), ("noah", "hiring_manager")):
        desk.accounts.add(name, display=name, role=role, password="correct horse battery", by="olga")  # type: ignore[arg-type]  # literals
    for name in ("rita", "hanna"):
        desk.accounts.set_access(name, ["lockers"], by="olga")
    return run.id


def problem(answer: Response, status: int) -> str:
    """The text of a problem document."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == status
    assert told["title"]
    assert told["detail"].endswith((".", "?")), told["detail"]
    return str(told["detail"])


def good(answer: Response, status: int = 200) -> object:
    assert answer.status_code == status, answer.text
    return answer.json()


def label_of(desk: Desk, name: str) -> str:
    run = desk.runs.latest_done("lockers")
    assert run is not None
    assert run.out is not None
    report = Report.model_validate_json((run.out / "shortlist.json").read_bytes())
    return next(row.label for row in report.rows if row.candidate == name).lower().replace(" ", "-")


class TestWhoMayCall:
    def test_this_machine_needs_no_token_while_there_is_no_account(self, client: TestClient, opening: str) -> None:
        assert client.get(f"{BASE}/me").json()["role"] == "operator"
        assert [one["id"] for one in client.get(f"{BASE}/openings").json()] == [opening]

    def test_another_machine_needs_one(self, make_client: Callable[..., TestClient]) -> None:
        answer = make_client(("192.0.2.7", 50_000)).get(f"{BASE}/me")
        problem(answer, 401)
        assert answer.headers["www-authenticate"] == "Bearer"

    @pytest.mark.parametrize("header", ["Bearer nothing", "Basic b2xnYTp4", "Bearer ", "nonsense", "Bearer \xff"])
    def test_a_header_that_is_no_token_of_ours_is_refused_even_here(self, client: TestClient, header: str) -> None:
        problem(client.get(f"{BASE}/me", headers={"authorization": header.encode("latin-1")}), 401)  # type: ignore[dict-item]  # httpx takes bytes

    def test_a_session_of_a_browser_counts_for_nothing(self, people: dict[str, str], sign_in: As) -> None:
        browser = sign_in("olga")
        assert browser.get("/").status_code == 200
        problem(browser.get(f"{BASE}/me"), 401)
        problem(browser.post(f"{BASE}/openings", json={"title": "Another"}), 401)

    def test_a_page_of_another_site_cannot_call_this_machine(self, client: TestClient, desk: Desk) -> None:
        for header in ({"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}):
            problem(client.post(f"{BASE}/openings", json={"title": "Another"}, headers=header), 403)
        problem(client.get(f"{BASE}/openings", headers={"host": "evil.example"}), 421)
        assert desk.openings.all() == ()

    def test_a_revoked_token_and_one_of_a_disabled_user_do_nothing(
        self, recruiter: TestClient, operator: TestClient, desk: Desk
    ) -> None:
        good(recruiter.get(f"{BASE}/me"))
        desk.accounts.change("rita", disabled=True, by="olga")
        problem(recruiter.get(f"{BASE}/me"), 401)
        desk.tokens.revoke(desk.tokens.all("olga")[0].id, by="olga")
        problem(operator.get(f"{BASE}/me"), 401)

    def test_a_stranger_does_not_learn_which_openings_exist(self, people: dict[str, str], program: As) -> None:
        stranger = program("noah")
        texts = {
            problem(stranger.get(f"{BASE}/openings/{name}"), 403).replace(name, "X") for name in ("lockers", "none")
        }
        assert len(texts) == 1
        assert good(stranger.get(f"{BASE}/openings")) == []

    @pytest.mark.parametrize(
        ("who", "method", "path", "body"),
        [
            ("hanna", "post", "/openings", {"title": "Another"}),
            ("hanna", "put", "/openings/lockers/scorecard", {"yaml": "x: 1"}),
            ("hanna", "post", "/openings/lockers/runs", {}),
            ("hanna", "post", "/openings/lockers/imports", {"place": "/tmp"}),
            ("hanna", "get", "/openings/lockers/batch", None),
            ("rita", "post", "/openings/lockers/candidates/candidate-01/decisions", None),
            ("rita", "post", "/openings/lockers/candidates/candidate-01/revealed", None),
        ],
    )
    def test_a_role_may_call_what_it_may_do_on_the_pages_and_no_more(
        self, people: dict[str, str], program: As, who: str, method: str, path: str, body: dict[str, str] | None
    ) -> None:
        if body is None:
            body = {"run": "r", "choice": "hold", "reason": "r"} if "decisions" in path else {"run": "r"}
        answer = program(who).request(method, BASE + path, json=None if method == "get" else body)
        problem(answer, 403)


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

    def test_candidates_are_fetched_from_where_the_settings_allow(self, recruiter: TestClient, tmp_path: Path) -> None:
        for root in ("allowed", "elsewhere"):
            (tmp_path / root / "ann").mkdir(parents=True)
            (tmp_path / root / "ann" / "resume.txt").write_text("Ann ran the night shift of a ferry line. " * 9)
        refused = recruiter.post(f"{LOCKERS}/imports", json={"place": str(tmp_path / "elsewhere")})
        assert "allowed" in problem(refused, 400)
        added = good(recruiter.post(f"{LOCKERS}/imports", json={"place": str(tmp_path / "allowed")}), 201)
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


class TestShortlistsAndReviews:
    def test_names_and_levels_are_covered_as_on_the_callers_screen(
        self, screened: str, program: As, sign_in: As
    ) -> None:
        manager, browser = program("hanna"), sign_in("hanna")
        answer = manager.get(f"{LOCKERS}/shortlist")
        page = browser.get("/openings/lockers/shortlist.json")
        assert answer.json() == page.json()
        assert not any(name in answer.text for name in LEVELS)
        told = ShortlistOut.model_validate_json(answer.content)
        assert told.run == screened
        assert all(row.score is None for row in told.rows if row.covered)
        assert any(row.covered for row in told.rows)
        sheet = manager.get(f"{LOCKERS}/shortlist.csv")
        assert sheet.content == browser.get("/openings/lockers/shortlist.csv").content
        assert sheet.headers["content-type"].startswith("text/csv")

    def test_an_export_is_noted(self, screened: str, program: As, desk: Desk) -> None:
        good(program("hanna").get(f"{LOCKERS}/shortlist"))
        told = desk.chain.told("shortlist.exported")[-1]
        assert (told.event.actor, told.data) == ("hanna", {"format": "json", "run": screened})

    def test_levels_are_shown_to_whoever_opened_their_evidence_and_to_nobody_else(
        self, screened: str, program: As, desk: Desk
    ) -> None:
        manager, label = program("hanna"), label_of(desk, LINH)
        before = good(manager.get(f"{LOCKERS}/candidates/{label}"))
        assert isinstance(before, dict)
        first, *rest = before["covered"]
        assert (before["name"], before["score"]) == (None, None)
        assert before["evidence"]["criteria"][first]["level"] is None
        assert before["evidence"]["criteria"][first]["findings"] == []
        one = good(manager.post(f"{LOCKERS}/candidates/{label}/opened", json={"run": screened, "criterion": first}))
        assert isinstance(one, dict)
        assert one["covered"] == rest
        assert one["evidence"]["criteria"][first]["level"] == LEVELS[LINH]
        assert one["evidence"]["criteria"][first]["findings"]
        every = good(manager.post(f"{LOCKERS}/candidates/{label}/opened", json={"run": screened}))
        assert isinstance(every, dict)
        assert (every["covered"], every["score"] is None) == ([], False)
        other = good(program("rita").get(f"{LOCKERS}/candidates/{label}"))
        assert isinstance(other, dict)
        assert other["covered"] == before["covered"]

    def test_a_name_is_revealed_to_one_user_and_that_is_logged(self, screened: str, program: As, desk: Desk) -> None:
        manager, label = program("hanna"), label_of(desk, LINH)
        told = good(manager.post(f"{LOCKERS}/candidates/{label}/revealed", json={"run": screened, "reason": "Call"}))
        assert isinstance(told, dict)
        assert (told["name"], told["evidence"]["candidate"]) == (LINH, LINH)
        assert LINH in manager.get(f"{LOCKERS}/shortlist").text
        assert LINH not in program("olga").get(f"{LOCKERS}/shortlist").text
        event = desk.chain.told("name.revealed")[-1]
        assert (event.event.actor, event.candidate, event.data["reason"]) == ("hanna", LINH, "Call")

    def test_decisions_need_a_reason_and_a_run_and_keep_their_history(
        self, screened: str, program: As, desk: Desk
    ) -> None:
        manager, label = program("hanna"), label_of(desk, LINH)
        where = f"{LOCKERS}/candidates/{label}/decisions"
        problem(manager.post(where, json={"run": screened, "choice": "advance"}), 422)
        problem(manager.post(where, json={"run": screened, "choice": "advance", "reason": " \n "}), 400)
        problem(manager.post(where, json={"run": "", "choice": "advance", "reason": "Good"}), 400)
        problem(manager.post(where, json={"run": screened, "choice": "reject", "reason": "Good"}), 422)
        assert desk.reviews.decisions("lockers") == ()
        for choice, reason in (("hold", "Wait"), ("advance", "Ran such a cutover")):
            kept = good(manager.post(where, json={"run": screened, "choice": choice, "reason": reason}), 201)
            assert isinstance(kept, dict)
            assert (kept["candidate"], kept["choice"], kept["by"], kept["current"]) == (label, choice, "hanna", True)
        now = good(manager.get(f"{LOCKERS}/decisions"))
        every = good(manager.get(f"{LOCKERS}/decisions", params={"history": True, "candidate": label}))
        assert isinstance(now, list)
        assert isinstance(every, list)
        assert [one["choice"] for one in now] == ["advance"]
        assert [(one["choice"], one["current"]) for one in every] == [("hold", False), ("advance", True)]
        assert LINH not in json.dumps(now + every)
        row = next(row for row in manager.get(f"{LOCKERS}/shortlist").json()["rows"] if row["decision"])
        assert row["decision"]["reason"] == "Ran such a cutover"
        assert desk.verify().ok

    def test_a_level_is_set_beside_the_computed_one_after_its_evidence_was_opened(
        self, screened: str, program: As, desk: Desk
    ) -> None:
        manager, label = program("hanna"), label_of(desk, LINH)
        criterion = good(manager.get(f"{LOCKERS}/candidates/{label}"))["covered"][0]  # type: ignore[index]  # JSON
        where = f"{LOCKERS}/candidates/{label}/overrides"
        body = {"run": screened, "criterion": criterion, "level": 1, "reason": "Their part was smaller"}
        assert "Open it" in problem(manager.post(where, json=body), 400)
        problem(manager.post(where, json={**body, "criterion": "nothing"}), 400)
        good(manager.post(f"{LOCKERS}/candidates/{label}/opened", json={"run": screened}))
        for level in (-1, 5, 1.5):
            problem(manager.post(where, json={**body, "level": level}), 422)
        kept = good(manager.post(where, json=body), 201)
        assert isinstance(kept, dict)
        assert (kept["level"], kept["computed"]) == (1.0, LEVELS[LINH])
        one = good(manager.get(f"{LOCKERS}/candidates/{label}"))
        assert isinstance(one, dict)
        assert one["evidence"]["criteria"][criterion]["level"] == LEVELS[LINH]
        assert one["overrides"][criterion]["level"] == 1.0
        hidden = good(program("rita").get(f"{LOCKERS}/overrides"))
        assert isinstance(hidden, list)
        assert [(told["level"], told["computed"], told["reason"]) for told in hidden] == [
            (None, None, "Their part was smaller")
        ]

    def test_remarks_and_outcomes_are_kept(self, screened: str, program: As, desk: Desk) -> None:
        manager, label = program("hanna"), label_of(desk, LINH)
        base = f"{LOCKERS}/candidates/{label}"
        good(manager.post(f"{base}/comments", json={"run": screened, "text": "Ask about the brief"}), 201)
        good(manager.post(f"{base}/outcomes", json={"run": screened, "kind": "hired", "value": "yes"}), 201)
        problem(manager.post(f"{base}/outcomes", json={"run": screened, "kind": "hired", "value": "perhaps"}), 422)
        comments = good(manager.get(f"{LOCKERS}/comments"))
        outcomes = good(manager.get(f"{LOCKERS}/outcomes", params={"candidate": label}))
        assert isinstance(comments, list)
        assert isinstance(outcomes, list)
        assert [(one["candidate"], one["text"]) for one in comments] == [(label, "Ask about the brief")]
        assert [(one["kind"], one["value"]) for one in outcomes] == [("hired", "yes")]
        one = good(manager.get(base))
        assert isinstance(one, dict)
        assert (one["comments"], one["outcomes"]) == (1, {"hired": "yes"})

    def test_a_candidate_whom_the_shortlist_has_not_is_not_found(self, screened: str, program: As) -> None:
        manager = program("hanna")
        for label in ("candidate-99", LINH, "%00", "%ff", "%2e%2e"):
            problem(manager.get(f"{LOCKERS}/candidates/{label}"), 404)


class TestTheDocument:
    def test_the_document_is_whole_and_names_every_endpoint_in_words(self, client: TestClient) -> None:
        document = client.get(f"{BASE}/openapi.json").json()
        assert document == json.loads(json.dumps(openapi_document()))
        assert document["openapi"].startswith("3.1")
        known = {tag["name"] for tag in document["tags"]}
        for path, item in document["paths"].items():
            assert path.startswith(BASE)
            for told in item.values():
                assert told["tags"][0] in known
                assert told["description"]
                named = {one["name"] for one in told["parameters"] if one["in"] == "path"}
                assert named == set(re.findall(r"{(\w+)}", path))
                for status, answer in told["responses"].items():
                    if status >= "400":
                        assert list(answer["content"]) == ["application/problem+json"]
        assert "HTTPValidationError" not in json.dumps(document)
        unresolved = {ref for ref in _refs(document) if ref.rpartition("/")[2] not in document["components"]["schemas"]}
        assert unresolved == set()

    def test_examples_are_bodies_that_are_taken(self) -> None:
        schemas = openapi_document()["components"]["schemas"]
        given = {name: schema["examples"] for name, schema in schemas.items() if "examples" in schema}
        assert len(given) >= 5
        for name, examples in given.items():
            for example in examples:
                jsonschema.validate(example, {**schemas[name], "components": {"schemas": schemas}})

    def test_the_guide_names_addresses_and_statuses_that_there_are(self) -> None:
        guide = (Path(__file__).parents[3] / "docs" / "api.md").read_text(encoding="utf-8")
        document = openapi_document()
        known = {re.sub(r"{\w+}", "X", path) for path in document["paths"]}
        named = {
            re.sub(r"dispatch|\$run|candidate-\d+", "X", f"{BASE}{path}")
            for path in re.findall(r"\$SHORTLIST(/[\w/$-]+)", guide)
        }
        assert len(named) >= 9
        assert named <= known
        statuses = set(re.findall(r"^\| (\d+) \|", guide, re.MULTILINE))
        told = {status for item in document["paths"].values() for one in item.values() for status in one["responses"]}
        assert {status for status in told if status >= "400"} | {"405"} == statuses

    def test_the_page_shows_every_endpoint_and_loads_nothing_from_elsewhere(self, client: TestClient) -> None:
        page = client.get("/api/docs")
        assert page.status_code == 200
        for path in openapi_document()["paths"]:
            assert path in page.text
        assert not re.search(r'(?:src|href|action)="(?!/|#|\?)', page.text)
        assert "default-src 'none'" in page.headers["content-security-policy"]

    def test_the_page_is_shown_to_whoever_is_not_signed_in(self, people: dict[str, str], client: TestClient) -> None:
        assert client.get("/api/docs").status_code == 200
        assert client.get(f"{BASE}/openapi.json").status_code == 200

    def test_another_method_is_answered_with_those_that_there_are(self, client: TestClient) -> None:
        answer = client.delete(f"{LOCKERS}/scorecard")
        assert "GET, PUT" in problem(answer, 405)
        assert answer.headers["allow"] == "GET, PUT"
        problem(client.get(f"{BASE}/nothing"), 404)

    def test_what_cannot_be_read_is_told_by_field_and_not_repeated(self, client: TestClient) -> None:
        for body in (b'{"title": "\\ud800 secret"}', b'{"title": 5, "secret": 1}', b"{", b"[]"):
            answer = client.post(f"{BASE}/openings", content=body, headers={"content-type": "application/json"})
            told = problem(answer, 422)
            assert answer.json()["errors"]
            assert 'secret"' not in told
        unreadable = {"content": b"\xff", "headers": {"content-type": "application/json"}}
        problem(client.post(f"{BASE}/openings", **unreadable), 400)  # type: ignore[arg-type]  # httpx's own
        pieces = (b" " * 100_000 for _ in range(11))
        problem(client.post(f"{BASE}/openings", content=pieces, headers={"content-type": "application/json"}), 413)
        big = client.post(f"{BASE}/openings", json={"title": "x" * 1_100_000})
        problem(big, 413)


class TestTokensOnThePage:
    def test_an_operator_makes_a_token_sees_it_once_and_revokes_it(
        self, people: dict[str, str], sign_in: As, app: FastAPI, desk: Desk
    ) -> None:
        browser = sign_in("olga")
        csrf = token_of(browser.get("/settings/users/rita").text)
        address = "/settings/users/rita/tokens"
        made = browser.post(address, data={"csrf": csrf, "label": "Nightly upload", "days": "30"})
        assert made.status_code == 200
        token = made.text.partition('<code class="token">')[2].partition("<")[0]
        caller = TestClient(app, base_url="http://127.0.0.1:8000", headers={"authorization": f"Bearer {token}"})
        assert caller.get(f"{BASE}/me").json()["name"] == "rita"
        page = browser.get("/settings/users/rita").text
        assert "Nightly upload" in page
        assert token not in page
        revoke = f"{address}/{desk.tokens.all('rita')[0].id}/revoke"
        assert browser.post(revoke).status_code == 403
        assert browser.post(revoke, data={"csrf": csrf}).status_code == 303
        problem(caller.get(f"{BASE}/me"), 401)

    @pytest.mark.parametrize("form", [{"label": ""}, {"label": "x", "days": "0"}, {"label": "x", "days": "soon"}])
    def test_a_token_that_cannot_be_made_is_told(
        self, people: dict[str, str], sign_in: As, desk: Desk, form: dict[str, str]
    ) -> None:
        browser = sign_in("olga")
        csrf = token_of(browser.get("/settings/users/rita").text)
        answer = browser.post("/settings/users/rita/tokens", data={"csrf": csrf, **form})
        assert (answer.status_code, desk.tokens.all("rita")) == (400, ())

    def test_nobody_but_an_operator_makes_tokens(self, people: dict[str, str], sign_in: As, desk: Desk) -> None:
        browser = sign_in("rita")
        csrf = token_of(browser.get("/").text)
        answer = browser.post("/settings/users/rita/tokens", data={"csrf": csrf, "label": "mine"})
        assert (answer.status_code, desk.tokens.all("rita")) == (403, ())


def _refs(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(found := node.get("$ref"), str):
            yield found
        for value in node.values():
            yield from _refs(value)
    elif isinstance(node, list):
        for value in node:
            yield from _refs(value)
