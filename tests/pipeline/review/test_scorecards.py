"""The editor: a form and a text of the same scorecard, checked while one types, every version kept."""

import html
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from evaluators.rubric_library import load_rubric_library
from pipeline.desk.desk import Desk
from pipeline.review.drafting import MISSION, draft_from_post, left_out_of
from pipeline.review.forms import Form
from pipeline.review.openings_view import DRAFT_NOTE
from pipeline.review.scorecard_form import (
    CriterionFields,
    GateFields,
    ScorecardFields,
    fields_from_form,
    fields_from_yaml,
    gate_id,
    yaml_of,
)
from pipeline.review.scorecard_notes import check_text, in_words, notes_of
from pipeline.scorecard import load_scorecard
from tests.pipeline.review.conftest import said, token_of

POST = """Senior Backend Engineer, Freight Tracking

About us
Over the next year you will take tracking out of our monolith. We are a team of 9 engineers.

What you'll do
• Own the event pipeline from ports to inboxes
- Replace nightly jobs with a live ledger

Requirements:
- 5+ years of experience with Java, Spring Boot and Kafka
- Experience operating a service in production, including being paged
- You have designed data models that survived a migration
- Strong communication skills and a team player
- Willing to travel to Rotterdam twice a year

Nice to have
- Go or Rust

Benefits
- Fruit and Python books
"""
SHIPPED = sorted((Path(__file__).parents[3] / "datasets").rglob("scorecard*.yaml"))
# Printable text without the blanks at its ends that a form takes away.
_LETTERS = st.characters(
    min_codepoint=33, max_codepoint=0x2FFF, exclude_categories=("Cc", "Cs", "Cn", "Zs", "Zl", "Zp", "Co")
)
_WORDS = st.lists(st.text(_LETTERS, min_size=1, max_size=12), min_size=1, max_size=6).map(" ".join)
_FIELDS = st.builds(
    ScorecardFields,
    id=st.from_regex(r"[a-z][a-z0-9_]{0,10}", fullmatch=True),
    title=_WORDS,
    mission=_WORDS,
    gates=st.lists(
        st.builds(GateFields, id=st.from_regex(r"g[a-z0-9]{1,8}", fullmatch=True), statement=_WORDS), max_size=3
    ).map(tuple),
    criteria=st.lists(
        st.builds(
            CriterionFields,
            id=st.from_regex(r"c[a-z0-9]{1,8}", fullmatch=True),
            weight=st.integers(1, 9).map(str),
            statement=_WORDS,
        ),
        min_size=1,
        max_size=3,
    ).map(tuple),
)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.parent.name)
def test_a_scorecard_means_the_same_after_going_through_the_form(path: Path, tmp_path: Path) -> None:
    library = load_rubric_library()
    fields = fields_from_yaml(path.read_text(encoding="utf-8"))
    assert fields is not None
    again = tmp_path / path.name
    again.write_text(yaml_of(fields), encoding="utf-8")
    assert load_scorecard(again, library=library) == load_scorecard(path, library=library)


@given(_FIELDS)
def test_whatever_is_typed_comes_back_as_typed(fields: ScorecardFields) -> None:
    assert fields_from_yaml(yaml_of(fields)) == fields


def test_a_rubric_of_ones_own_survives_the_form(tmp_path: Path, scorecard: str) -> None:
    rubric = "together: true\nchecks:\n  named:\n    points: 4.0\n    question: Is an alternative named?"
    fields = fields_from_yaml(scorecard)
    assert fields is not None
    first = fields.criteria[0].model_copy(update={"rubric": rubric})
    path = tmp_path / "scorecard.yaml"
    path.write_text(yaml_of(fields.model_copy(update={"criteria": (first, *fields.criteria[1:])})), encoding="utf-8")
    loaded = load_scorecard(path, library=load_rubric_library())
    assert loaded.criteria[0].rubric.together
    assert [check.id for check in loaded.criteria[0].rubric.checks] == ["named"]


def test_notes_stand_at_the_field_they_speak_of() -> None:
    fields = draft_from_post(POST).fields
    gates = (GateFields(), GateFields(statement="Knows Kafka"))
    fields = fields.model_copy(update={"gates": gates, "stage": "huge"})
    notes = notes_of(check_text(yaml_of(fields), rubrics=load_rubric_library()), fields)
    assert notes.by_key["stage"][0].severity == "error"
    # The blank row before it is not written, and still counts in the form.
    assert "tool" in notes.by_key["gate-2-statement"][0].message


def test_a_post_is_sorted_into_a_draft_that_can_be_used() -> None:
    draft = draft_from_post(POST)
    fields = draft.fields
    assert fields.title == "Senior Backend Engineer, Freight Tracking"
    assert "take tracking out of our monolith" in fields.mission
    assert "Own the event pipeline" in fields.scope
    assert "team of 9" in fields.constraints
    assert [gate.statement for gate in fields.gates] == [
        "Has experience operating a service in production, including being paged",
        "Has designed data models that survived a migration",
        "Is willing to travel to Rotterdam twice a year",
    ]
    assert {"Java", "Kafka", "Go"} <= set(fields.preferences.splitlines())
    assert "Python" not in fields.preferences
    assert "Strong communication skills and a team player" in draft.left_out
    assert not notes_of(check_text(draft.yaml, rubrics=load_rubric_library()), fields).errors
    assert left_out_of(draft.yaml) == draft.left_out


def test_every_point_of_a_post_is_in_the_draft_or_among_what_was_left_out() -> None:
    points = [
        *("Own the night run", "Move the rules out of stored procedures"),
        *("Has been paged for a live system that moves money", "A degree from a good university"),
        *("Knows ISO 20022", "Recent graduates are welcome"),
        *("Four engineers, one of them part-time", "The run must end before 05:30"),
    ]
    headings = ("What you'll do", "Requirements", "Nice to have", "Constraints")
    sections = [f"{heading}\n- {a}\n- {b}" for heading, a, b in zip(headings, points[::2], points[1::2], strict=True)]
    draft = draft_from_post("Payments Engineer\n\n" + "\n\n".join(sections) + "\n\nBenefits\n- Free fruit\n")
    assert draft.fields.constraints.splitlines() == points[6:]
    assert all(point.split(" ", 1)[1] in draft.yaml for point in points)
    assert "fruit" not in draft.yaml


@pytest.mark.parametrize(
    ("statement", "title"),
    [
        ("Has carried a pager for a live system that moves money", "carried_a_pager"),
        ("Can work within three hours of Stockholm time", "work_within_three_hours_of_stockholm_time"),
        ("Has been paged for a live service and fixed what was paged", "been_paged_for_a_live_service"),
        ("Is in", "in"),
    ],
)
def test_the_short_name_of_a_must_have_can_be_read_as_its_title(statement: str, title: str) -> None:
    assert gate_id(GateFields(statement=statement)) == title


def test_the_form_is_advised_in_its_own_words() -> None:
    told = in_words("Write `takehome: none`, or add `takehome` to the `sources`: `constraints: [size, law]`; `x y`.")
    assert told == (
        "Write “Take-home: none”, or add “Take-home” to the “Judged from”: “Constraints: size, law”; “x y”."
    )


@given(st.text(max_size=400))
def test_any_text_becomes_a_draft_that_can_be_shown(post: str) -> None:
    draft = draft_from_post(post)
    fields = fields_from_yaml(draft.yaml)
    assert fields is not None
    assert fields.title
    assert fields.mission


def test_a_post_that_says_nothing_asks_for_the_mission() -> None:
    assert draft_from_post("").fields.mission == MISSION


def test_an_opening_made_from_a_post_is_a_draft_until_somebody_saves_it(
    client: TestClient, csrf: str, desk: Desk, tmp_path: Path
) -> None:
    made = client.post("/openings/new", data={"csrf": csrf, "source": POST, "blind": "yes"})
    address = made.headers["location"]
    opening = desk.openings.all()[0]
    assert (opening.blind, opening.cover_levels) == (True, False)
    assert desk.scorecards.get(opening.id).note == DRAFT_NOTE
    assert "This is a draft" in client.get(address).text
    (tmp_path / "openings" / opening.id / "batch").mkdir(parents=True)
    (tmp_path / "openings" / opening.id / "batch" / "ada.md").write_text("x")
    refused = client.post(f"/openings/{opening.id}/runs", data={"csrf": csrf})
    assert refused.status_code == 409
    page = client.get(address).text
    client.post(address, data=_form_of(page, csrf))
    assert desk.scorecards.get(opening.id).version == 2
    assert "This is a draft" not in client.get(address).text
    assert client.post(f"/openings/{opening.id}/runs", data={"csrf": csrf}).status_code == 303


def test_a_pasted_scorecard_is_kept_as_it_is(client: TestClient, csrf: str, desk: Desk, scorecard: str) -> None:
    client.post("/openings/new", data={"csrf": csrf, "source": scorecard})
    opening = desk.openings.all()[0]
    assert opening.title == "Senior Backend Engineer, Locker Network"
    assert desk.scorecards.get(opening.id).yaml == scorecard


def test_a_pasted_scorecard_with_errors_makes_no_opening(
    client: TestClient, csrf: str, desk: Desk, scorecard: str
) -> None:
    page = client.post("/openings/new", data={"csrf": csrf, "source": scorecard.replace("growth", "huge")})
    assert page.status_code == 400
    assert "it can be startup, growth, enterprise" in page.text
    assert "parcel-lockers" in page.text
    assert desk.openings.all() == ()


def test_a_role_called_new_does_not_hide_behind_the_page_that_makes_roles(client: TestClient, csrf: str) -> None:
    made = client.post("/openings/new", data={"csrf": csrf, "title": "New"})
    assert client.get(made.headers["location"]).status_code == 200


def test_typing_shows_warnings_without_saving(client: TestClient, csrf: str, opening: str, desk: Desk) -> None:
    page = client.get(f"/openings/{opening}/scorecard").text
    form = _form_of(page, csrf)
    form["gate_statement"] = ["Knows Kafka", *form["gate_statement"][1:]]
    part = client.post(f"/openings/{opening}/scorecard/check", data=form, headers={"hx-request": "true"}).text
    assert 'id="n-gate-1-statement" hx-swap-oob="true"' in part
    assert "only the name of a tool" in part
    assert desk.openings.get(opening).scorecard_version == 1


def test_a_save_keeps_both_versions_and_says_what_changed(
    client: TestClient, csrf: str, opening: str, desk: Desk
) -> None:
    form = _form_of(client.get(f"/openings/{opening}/scorecard").text, csrf)
    form["interview_slots"] = ["9"]
    form["note"] = ["More seats"]
    saved = client.post(f"/openings/{opening}/scorecard", data=form)
    assert "Saved as version 2" in said(client.get(saved.headers["location"]).text)
    page = client.get(f"/openings/{opening}/scorecard/versions/2").text
    assert "More seats" in page
    assert re.search(r'class="added">.*?interview_slots: 9', page, re.DOTALL)
    client.post(f"/openings/{opening}/scorecard/versions/1/restore", data={"csrf": csrf})
    assert [one.note for one in desk.scorecards.all(opening)][:2] == ["Version 1 again", "More seats"]
    assert desk.scorecards.get(opening, 3).yaml == desk.scorecards.get(opening, 1).yaml


def test_an_opening_is_called_as_its_scorecard_until_somebody_names_it(
    client: TestClient, csrf: str, opening: str, desk: Desk
) -> None:
    def save(title: str) -> str:
        form = _form_of(client.get(f"/openings/{opening}/scorecard").text, csrf)
        client.post(f"/openings/{opening}/scorecard", data={**form, "title": [title]})
        return desk.openings.get(opening).title

    save("Engineer, Night Run")
    desk.openings.change(opening, by="olga", title="Engineer, Night Run")
    assert save("Engineer, Reconciliation") == "Engineer, Reconciliation"
    desk.openings.change(opening, by="olga", title="Hire 42")
    assert save("Engineer, Ledger") == "Hire 42"


def test_an_error_is_not_saved_and_nothing_typed_is_lost(
    client: TestClient, csrf: str, opening: str, desk: Desk
) -> None:
    form = _form_of(client.get(f"/openings/{opening}/scorecard").text, csrf)
    form["c_weight"] = ["heavy", *form["c_weight"][1:]]
    page = client.post(f"/openings/{opening}/scorecard", data=form)
    assert page.status_code == 400
    assert 'value="heavy"' in page.text
    assert desk.openings.get(opening).scorecard_version == 1


def test_two_people_do_not_overwrite_each_other_unseen(client: TestClient, csrf: str, opening: str, desk: Desk) -> None:
    form = _form_of(client.get(f"/openings/{opening}/scorecard").text, csrf)
    form["interview_slots"] = ["9"]
    desk.scorecards.save(opening, desk.scorecards.get(opening).yaml + "\n", by="rita")
    page = client.post(f"/openings/{opening}/scorecard", data=form)
    assert page.status_code == 409
    assert "Version 2 was saved while version 1 was edited" in page.text
    again = _form_of(page.text, csrf)
    assert again["interview_slots"] == ["9"]
    assert client.post(f"/openings/{opening}/scorecard", data=again).status_code == 303
    assert desk.openings.get(opening).scorecard_version == 3


@pytest.mark.parametrize(
    ("do", "has"),
    [
        ("gate-add", "Must-have 4"),
        ("criterion-add", "Criterion 8"),
        ("yaml", "scorecard.yaml"),
        ("gate-remove:9", "Must-have 3"),
    ],
)
def test_rows_and_views_change_without_script_and_without_saving(
    client: TestClient, csrf: str, opening: str, desk: Desk, do: str, has: str
) -> None:
    form = _form_of(client.get(f"/openings/{opening}/scorecard").text, csrf)
    page = client.post(f"/openings/{opening}/scorecard/edit", data={**form, "do": do})
    assert has in page.text
    assert desk.openings.get(opening).scorecard_version == 1
    assert client.get(f"/openings/{opening}/scorecard/edit").status_code == 303


def test_text_that_is_no_form_stays_text(client: TestClient, csrf: str, opening: str) -> None:
    data = {"csrf": csrf, "view": "yaml", "yaml": "a: [", "expected": "1", "do": "form"}
    page = client.post(f"/openings/{opening}/scorecard/edit", data=data)
    assert "a: [</textarea>" in page.text


def test_markup_in_a_scorecard_is_text(client: TestClient, csrf: str, opening: str, desk: Desk, scorecard: str) -> None:
    desk.scorecards.save(opening, scorecard.replace("Locker Network", "<script>alert(1)</script>"), by="rita")
    for path in ("scorecard", "scorecard?view=yaml", "scorecard/versions/2"):
        assert "<script>alert" not in client.get(f"/openings/{opening}/{path}").text


def _form_of(page: str, csrf: str) -> dict[str, list[str]]:
    """The fields of the editor as a browser would send them."""
    form = page[page.index('id="editor"') :]
    fields: dict[str, list[str]] = {"csrf": [csrf]}
    pattern = (
        r'<input(?=[^>]*name="(?P<i>\w+)")(?=[^>]*value="(?P<iv>[^"]*)")[^>]*>'
        r'|<textarea(?=[^>]*name="(?P<t>\w+)")[^>]*>(?P<tv>.*?)</textarea>'
        r'|<select(?=[^>]*name="(?P<s>\w+)")[^>]*>(?P<sv>.*?)</select>'
    )
    for found in re.finditer(pattern, form, re.DOTALL):
        name = found["i"] or found["t"] or found["s"]
        value = found["iv"] or found["tv"] or ""
        if found["s"]:
            chosen = re.search(r'value="([^"]*)" selected', found["sv"])
            value = chosen[1] if chosen else ""
        if name != "csrf":
            fields.setdefault(name, []).append(html.unescape(value))
    return fields


SignIn = Callable[[str], TestClient]


def test_a_hiring_manager_reads_versions(sign_in: SignIn, people: dict[str, str], opening: str) -> None:
    browser = sign_in("hanna")
    page = browser.get(f"/openings/{opening}/scorecard/versions/1")
    assert page.status_code == 200
    token = token_of(page.text)
    assert browser.post(f"/openings/{opening}/scorecard/versions/1/restore", data={"csrf": token}).status_code == 403


@pytest.mark.parametrize(
    ("typed", "made"), [("young_and_energetic", "answered_for_a_system"), ("my_own_id", "my_own_id")]
)
def test_an_id_made_of_a_statement_goes_with_it(typed: str, made: str) -> None:
    before = "Young and energetic"
    form = Form(
        (
            ("gate_id", typed),
            ("gate_statement", "Has answered for a system"),
            ("gate_about", ""),
            ("gate_before", before),
        )
    )
    (gate,) = fields_from_form(form).gates
    assert gate_id(gate) == made


@pytest.mark.parametrize(
    ("said", "stage"),
    [
        ("We are a 14 person fintech. You will own the bank file import.", "startup"),
        ("You will own the bank file import.", "growth"),
        ("You will join a bank with 4,000 employees.", "enterprise"),
    ],
)
def test_the_stage_is_told_by_the_employer_and_not_by_the_work(said: str, stage: str) -> None:
    draft = draft_from_post(f"Payments Engineer\n\n{said}\n")
    assert draft.fields.stage == stage
    assert ("14 person" in draft.fields.constraints + draft.fields.mission) == ("14 person" in said)
