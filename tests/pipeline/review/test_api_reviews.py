"""The API about shortlists and what people made of them: what is on the caller's screen and no more."""

import csv
import io
import json

from fastapi.testclient import TestClient

from pipeline.desk.desk import Desk
from pipeline.review.api_review_models import ShortlistOut
from tests.pipeline.review.api_parts import LOCKERS, As, good, label_of, problem
from tests.pipeline.review.demo_shortlist import LEVELS, LINH


class TestShortlistsAndReviews:
    def test_names_and_levels_are_covered_as_on_the_callers_screen(
        self, screened: str, program: As, sign_in: As
    ) -> None:
        manager, browser = program("hanna"), sign_in("hanna")
        answer = manager.get(f"{LOCKERS}/shortlist")
        page = browser.get("/openings/lockers/shortlist.json")
        shown, same = answer.json(), page.json()
        # Each export is an event of its own.
        assert same.pop("audit_head")["seq"] == shown.pop("audit_head")["seq"] + 1
        assert shown == same
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
        unread = problem(manager.post(where, json={"run": screened, "choice": "decline", "reason": "No"}), 400)
        assert "Open the evidence" in str(unread)
        assert desk.reviews.decisions("lockers") == ()
        good(manager.post(f"{LOCKERS}/candidates/{label}/opened", json={"run": screened}))
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

    def test_a_level_that_a_person_set_is_covered_for_whoever_has_not_opened_its_evidence(
        self, screened: str, program: As, desk: Desk
    ) -> None:
        label = label_of(desk, LINH)
        criterion = next(iter(good(program("hanna").get(f"{LOCKERS}/candidates/{label}"))["covered"]))  # type: ignore[index]  # JSON
        desk.reviews.override("lockers", LINH, criterion, 4, computed=1.5, reason="Saw it", by="olga", run=screened)

        def told(program: TestClient) -> tuple[object, object, set[str]]:
            one = good(program.get(f"{LOCKERS}/candidates/{label}"))["overrides"][criterion]  # type: ignore[index]  # JSON
            rows = good(program.get(f"{LOCKERS}/shortlist"))["rows"]  # type: ignore[index]  # JSON
            row = next(row for row in rows if row["overrides"])["overrides"][criterion]
            lines = csv.DictReader(io.StringIO(program.get(f"{LOCKERS}/shortlist.csv").text))
            return one["level"], row["level"], {line[f"set by a person {criterion}"] for line in lines}

        assert told(program("rita")) == (None, None, {"", "covered"})
        good(program("rita").post(f"{LOCKERS}/candidates/{label}/opened", json={"run": screened}))
        assert told(program("rita")) == (4.0, 4.0, {"", "4.0"})
