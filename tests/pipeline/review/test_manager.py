"""The manager's pages: what is covered stays covered everywhere, and people's decisions stand beside the figures."""

import csv
import io
import json
import re
import shutil
from html import unescape

import pytest

from pipeline.desk.places import batch_folder
from pipeline.models.dossier import Dossier
from pipeline.models.reading import Reading
from pipeline.models.report import Report
from pipeline.review.documents import Documents
from pipeline.shelf import Shelf
from tests.pipeline.review.demo_shortlist import DEMO, LEVELS, LINH, add_run, demo_batch, demo_scorecard, finished_run

BASE = "/openings/lockers"


@pytest.fixture(scope="module")
def vault(tmp_path_factory):
    return tmp_path_factory.mktemp("vault")


@pytest.fixture(scope="module")
def documents(tmp_path_factory):
    """One reader for all tests: the processes behind it take seconds to start."""
    made = Documents(tmp_path_factory.mktemp("home"))
    yield made
    made.close()


@pytest.fixture
def client(app, make_client, documents):
    app.state.documents = documents
    return make_client()


@pytest.fixture
def covered(client, desk, tmp_path, vault):
    """An opening in which names and levels are covered."""
    finished_run(desk, tmp_path, vault)
    return client


@pytest.fixture
def uncovered(client, desk, tmp_path, vault):
    finished_run(desk, tmp_path, vault, blind=False, cover_levels=False)
    return client


def report_of(desk) -> Report:
    run = desk.runs.latest_done("lockers")
    return Report.model_validate_json((run.out / "shortlist.json").read_bytes())


def slug(desk, name):
    label = next(row.label for row in report_of(desk).rows if row.candidate == name)
    return label.lower().replace(" ", "-")


def page(client, path):
    answer = client.get(BASE + path)
    assert answer.status_code == 200, answer.text
    return answer.text


def post(client, desk, label, what, **fields):
    shown = page(client, f"/candidates/{label}")
    form = {name: re.search(f'name="{name}" value="([^"]+)"', shown)[1] for name in ("csrf", "run")}
    return client.post(f"{BASE}/candidates/{label}/{what}", data=form | fields)


def text_of(html):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def exported(client, form="json"):
    answer = client.get(f"{BASE}/shortlist.{form}")
    assert answer.status_code == 200
    if form == "json":
        return json.loads(answer.content)
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_opening_without_a_run_says_what_to_wait_for(client, desk):
    desk.openings.create("Lockers", by="local-operator", id="lockers")
    assert "No shortlist yet" in page(client, "/shortlist")
    assert client.get(f"{BASE}/shortlist.csv").status_code == 404


def test_no_page_and_no_file_names_a_candidate_while_names_are_covered(covered, desk):
    label = slug(desk, LINH)
    paths = ["/shortlist", "/shortlist.csv", "/shortlist.json", "/decisions", "/outcomes"]
    for name in LEVELS:
        paths += [f"/candidates/{slug(desk, name)}{more}" for more in ("", "/kit", "/explanation")]
    paths.append(f"/compare?c={label}&c={slug(desk, 'brandon-hale')}")
    for path in paths:
        shown = page(covered, path).lower()
        for name in (*LEVELS, "oluwaseun", "tran", "linh", "quintela", "sarkodie", "hamasaki"):
            assert not re.search(rf"\b{name}\b", shown), (path, name)


def test_levels_and_scores_are_covered_in_every_place_until_the_evidence_is_opened(covered, desk):
    label = slug(desk, LINH)
    score = f"{next(row.score for row in report_of(desk).rows if row.candidate == LINH):.1f}"
    before = page(covered, f"/candidates/{label}")
    assert "Score covered" in before
    assert score not in text_of(before)
    assert 'class="mt"' not in before
    compared = page(covered, f"/compare?c={label}&c={slug(desk, 'brandon-hale')}")
    assert compared.count("Open the evidence<") == 2 * len(demo_scorecard().criteria)
    assert {row["score"] for row in exported(covered, "csv")} == {"covered"}
    assert {row["score"] for row in exported(covered)["rows"]} == {None}
    assert all(one["level"] is None for row in exported(covered)["rows"] for one in row["criteria"].values())
    assert post(covered, desk, label, "open").status_code == 303
    after = page(covered, f"/candidates/{label}")
    assert score in text_of(after)
    assert "Level covered" not in after
    assert score in text_of(page(covered, "/shortlist"))
    assert [row["score"] for row in exported(covered, "csv")].count("covered") == len(LEVELS) - 1


def test_opening_one_criterion_shows_its_level_alone(covered, desk):
    label = slug(desk, LINH)
    post(covered, desk, label, "open", criterion="failure_modes")
    shown = page(covered, f"/candidates/{label}")
    assert shown.count('class="mt"') == 1
    assert "Score covered" in shown
    told = desk.reviews.history("lockers", LINH)
    assert [(one.event.kind, one.data["criterion"]) for one in told] == [("level.opened", "failure_modes")]


def test_a_new_run_covers_levels_again(covered, desk, tmp_path, vault):
    post(covered, desk, slug(desk, LINH), "open")
    add_run(desk, tmp_path, *demo_batch(vault))
    assert "Score covered" in page(covered, f"/candidates/{slug(desk, LINH)}")


def test_nobody_is_declined_or_advanced_unread(covered, desk):
    label = slug(desk, LINH)
    for choice in ("decline", "advance"):
        assert "Open the evidence" in post(covered, desk, label, "decide", choice=choice, reason="No.").text
    assert desk.reviews.decisions("lockers") == ()
    post(covered, desk, label, "open", criterion="failure_modes")
    assert post(covered, desk, label, "decide", choice="decline", reason="No.").status_code == 303


def test_a_form_means_the_candidate_of_the_run_that_it_was_shown_with(covered, desk, tmp_path, vault):
    label, first = slug(desk, LINH), desk.runs.latest_done("lockers")
    shown = page(covered, f"/candidates/{label}?run={first.id}")
    csrf = re.search('name="csrf" value="([^"]+)"', shown)[1]
    # One candidate fewer: the labels move.
    gone = next(row.candidate for row in report_of(desk).rows if row.label == "Candidate 01")
    fewer = {name: level for name, level in LEVELS.items() if name != gone}
    add_run(desk, tmp_path, *demo_batch(vault), levels=fewer)
    assert slug(desk, LINH) != label
    form = {"csrf": csrf, "run": first.id, "choice": "hold", "reason": "Read it."}
    assert covered.post(f"{BASE}/candidates/{label}/decide", data=form).status_code == 303
    assert set(desk.reviews.current_decisions("lockers")) == {LINH}
    assert covered.post(f"{BASE}/candidates/{label}/decide", data=form | {"run": ""}).status_code == 400


@pytest.mark.parametrize("revealed", [False, True])
def test_every_quote_is_highlighted_in_its_document(covered, desk, revealed):
    label = slug(desk, LINH)
    post(covered, desk, label, "open")
    if revealed:
        post(covered, desk, label, "reveal", sure="yes")
    shown = page(covered, f"/candidates/{label}")
    links = set(re.findall(r'href="([^"]*#q(\d+))" data-quote', shown))
    assert len(links) >= len(demo_scorecard().criteria)
    report = next(row for row in report_of(desk).rows if row.candidate == LINH)
    quotes = {quote for told in report.criteria.values() for one in told.findings for quote in one.quotes}
    marked = set()
    for address, number in links:
        other = covered.get(unescape(address)).text
        assert f'id="q{number}"' in other
        pieces = re.findall(rf'<mark data-q="(?:\d+ )*{number}(?: \d+)*">(.*?)</mark>', other, re.DOTALL)
        marked.add("".join(unescape("".join(pieces)).split()))
    wanted = {"".join((one.quote if revealed else one.quote_redacted).split()) for one in quotes}
    assert marked == wanted


def test_revealing_needs_the_tick_is_logged_once_and_shows_the_name_to_that_user_alone(covered, desk):
    label = slug(desk, LINH)
    assert post(covered, desk, label, "reveal").status_code == 400
    assert not desk.reviews.reveals("lockers")
    for _ in range(2):
        assert post(covered, desk, label, "open").status_code == 303
        token = re.search('name="csrf" value="([^"]+)"', page(covered, f"/candidates/{label}"))[1]
        run = desk.runs.latest_done("lockers").id
        covered.post(f"{BASE}/candidates/{label}/reveal", data={"csrf": token, "run": run, "sure": "yes"})
    assert [one.candidate for one in desk.reviews.reveals("lockers")] == [LINH]
    assert LINH in page(covered, f"/candidates/{label}")
    assert LINH in page(covered, "/shortlist")
    assert not desk.reviews.revealed("lockers", by="somebody-else")
    names = [row["candidate"] for row in exported(covered)["rows"]]
    assert names.count(LINH) == 1
    assert sum(name.startswith("Candidate ") for name in names) == len(LEVELS) - 1


def test_passages_of_the_run_take_the_place_of_files_that_are_gone(covered, app, desk, tmp_path, vault):
    label = slug(desk, LINH)
    post(covered, desk, label, "open")
    shutil.rmtree(batch_folder(tmp_path, "lockers") / LINH)
    app.state.documents = Documents(tmp_path)
    assert "No document to show" in page(covered, f"/candidates/{label}")
    row = next(row for row in report_of(desk).rows if row.candidate == LINH)
    dossier = Dossier(passages=demo_batch(vault)[1], hash=row.dossier)
    shelf = Shelf(tmp_path / "vault" / "readings", Reading)
    shelf.put("ab" * 32, Reading(candidate=LINH, dossier=dossier))
    shelf.put("cd" * 32, Reading(candidate="linh", dossier=dossier))
    shown = page(covered, f"/candidates/{label}")
    assert "These are the passages as the run read them" in shown
    assert "<mark " in shown
    assert not re.search(r"\btran\b", shown.lower())


def test_text_of_a_document_is_never_markup(covered, app, desk, tmp_path):
    resume = batch_folder(tmp_path, "lockers") / "brandon-hale.pdf"
    resume.unlink()
    resume.with_suffix(".txt").write_text("Backend engineer\n\n<script>alert(1)</script> & <b>bold</b> words here.\n")
    shown = page(covered, f"/candidates/{slug(desk, 'brandon-hale')}")
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;b&gt;bold&lt;/b&gt; words here." in shown


def test_nothing_is_preselected_and_a_decision_needs_choice_and_reason(covered, desk):
    label = slug(desk, LINH)
    assert "checked" not in re.search(r'id="decision".*?</section>', page(covered, f"/candidates/{label}"), re.S)[0]
    assert post(covered, desk, label, "decide", reason="Good.").status_code == 400
    assert post(covered, desk, label, "decide", choice="advance", reason=" ").status_code == 400
    assert post(covered, desk, label, "decide", choice="reject", reason="No.").status_code == 400
    assert not desk.reviews.decisions("lockers")
    assert post(covered, desk, label, "decide", choice="hold", reason="Ask about <b>rota</b>.").status_code == 303
    assert "Ask about &lt;b&gt;rota&lt;/b&gt;." in page(covered, "/decisions")
    assert "On hold" in page(covered, "/shortlist")
    row = next(row for row in exported(covered)["rows"] if row["decision"])
    assert (row["decision"]["choice"], row["decision"]["by"]) == ("hold", "local-operator")
    assert [row["decision"] for row in exported(covered, "csv")].count("hold") == 1


def test_a_level_set_by_a_person_stands_beside_the_computed_one_and_moves_no_figure(uncovered, desk):
    label = slug(desk, LINH)
    before = exported(uncovered)["rows"]
    for level, status in (("5", 400), ("", 400), ("1", 303)):
        answer = post(
            uncovered, desk, label, "override", criterion="failure_modes", level=level, reason="Told by them."
        )
        assert answer.status_code == status
    after = exported(uncovered)["rows"]
    assert [row["score"] for row in after] == [row["score"] for row in before]
    changed = next(row for row in after if row["candidate"] == LINH)
    assert changed["criteria"]["failure_modes"]["level"] == LEVELS[LINH]
    assert changed["overrides"]["failure_modes"]["level"] == 1.0
    shown = text_of(page(uncovered, f"/candidates/{label}"))
    assert "set level 1 beside the computed 3.0" in shown
    line = next(row for row in exported(uncovered, "csv") if row["candidate"] == LINH)
    assert (line["level failure_modes"], line["set by a person failure_modes"]) == ("3.0", "1.0")


def test_a_level_cannot_be_set_before_its_evidence_was_opened(covered, desk):
    label = slug(desk, LINH)
    sent = {"criterion": "failure_modes", "level": "1", "reason": "So."}
    assert post(covered, desk, label, "override", **sent).status_code == 400
    post(covered, desk, label, "open", criterion="failure_modes")
    assert post(covered, desk, label, "override", **sent).status_code == 303


def test_export_of_an_uncovered_opening_holds_what_the_run_wrote(uncovered, desk):
    written = json.loads((desk.runs.latest_done("lockers").out / "shortlist.json").read_bytes())
    given = exported(uncovered)
    for row, other in zip(given["rows"], written["rows"], strict=True):
        assert {name: row[name] for name in other} == other
    assert {name: given[name] for name in written if name != "rows"} == {
        name: value for name, value in written.items() if name != "rows"
    }
    kinds = [one.event.kind for one in desk.reviews.history("lockers")]
    assert kinds.count("shortlist.exported") == 1


def test_figures_on_screen_are_those_of_the_files(uncovered, desk):
    shown = text_of(page(uncovered, "/shortlist"))
    for row in exported(uncovered, "csv"):
        assert row["candidate"] in shown
        assert f" {row['score']} " in shown


def test_filters_narrow_the_table(covered, desk):
    post(covered, desk, slug(desk, LINH), "decide", choice="hold", reason="Yes.")
    shown = page(covered, "/shortlist?decision=hold")
    assert re.findall(r'<tr id="([^"]+)"', shown) == [slug(desk, LINH)]
    assert not re.findall(r'<tr id="', page(covered, "/shortlist?decision=decline"))
    assert len(re.findall(r'<tr id="', page(covered, "/shortlist?band=nonsense"))) == len(LEVELS)


def test_comparison_takes_two_to_four(covered, desk):
    slugs = [slug(desk, name) for name in LEVELS]
    for n, status in ((1, 400), (2, 200), (4, 200), (5, 400)):
        query = "&".join(f"c={one}" for one in slugs[:n])
        assert covered.get(f"{BASE}/compare?{query}").status_code == status


def test_kit_starts_from_their_own_take_home(covered, desk):
    shown = text_of(page(covered, f"/candidates/{slug(desk, LINH)}/kit"))
    assert re.search(r"Here is (?:other )?take-home file \d+\.\w+, line \d+\. Take us through it", shown)
    assert LINH not in shown
    assert "System design" in shown


@pytest.mark.parametrize("form", ["html", "txt"])
def test_explanation_tells_what_was_found_and_nothing_of_rank_score_or_others(uncovered, desk, form):
    label = slug(desk, LINH)
    shown = page(uncovered, f"/candidates/{label}/explanation")
    data = {name: re.search(f'name="{name}" value="([^"]+)"', shown)[1] for name in ("csrf", "run")}
    answer = uncovered.post(
        f"{BASE}/candidates/{label}/explanation", data=data | {"format": form, "contact": "jobs@locker.example"}
    )
    assert answer.headers["content-disposition"].startswith("attachment")
    told = " ".join(unescape(answer.text).split())
    row = next(row for row in report_of(desk).rows if row.candidate == LINH)
    assert all(one.text in told for criterion in row.criteria.values() for one in criterion.findings)
    assert "jobs@locker.example" in told
    assert "No language model took part." in told
    for other in (*(name for name in LEVELS if name != LINH), "Candidate 0", f"{row.score:.1f}", "rank ", "of 100"):
        assert other not in told
    event = desk.reviews.history("lockers", LINH)[-1].event
    assert event.kind == "explanation.exported"


def test_outcomes_are_recorded_once_and_held_against_scores(covered, desk):
    label = slug(desk, LINH)
    for _ in range(2):
        assert post(covered, desk, label, "outcome", interview_passed="yes", hired="").status_code == 303
    assert [(one.kind, one.value) for one in desk.reviews.outcomes("lockers")] == [("interview_passed", "yes")]
    assert post(covered, desk, label, "outcome", hired="perhaps").status_code == 400
    assert "Too few to tell." in page(covered, "/outcomes")


def test_recruiters_read_and_do_not_decide_and_others_see_nothing(desk, tmp_path, vault, starter):
    from fastapi.testclient import TestClient

    from evaluators.rubric_library import load_rubric_library
    from pipeline.review.app import make_app

    finished_run(desk, tmp_path, vault)
    password = "correct horse battery"
    desk.accounts.add("olga", display="Olga", role="operator", password=password, by="test")
    for name, role in (("rita", "recruiter"), ("otto", "hiring_manager"), ("hanna", "hiring_manager")):
        desk.accounts.add(name, display=name, role=role, password=password, by="olga")
    for name in ("rita", "hanna"):
        desk.accounts.set_access(name, ["lockers"], by="olga")
    app = make_app(desk=desk, starter=starter, home=tmp_path, rubrics=load_rubric_library())
    seen = {}
    with TestClient(app, base_url="http://127.0.0.1:8000", client=("127.0.0.1", 50_000), follow_redirects=False) as c:
        for name in ("rita", "otto", "hanna"):
            c.cookies.clear()
            token = re.search('name="csrf" value="([^"]+)"', c.get("/sign-in").text)[1]
            sent = {"csrf": token, "name": name, "password": password, "next": "/"}
            assert c.post("/sign-in", data=sent).status_code == 303
            shown = c.get(f"{BASE}/candidates/{slug(desk, LINH)}")
            seen[name] = shown
            if shown.status_code != 200:
                continue
            form = {key: re.search(f'name="{key}" value="([^"]+)"', shown.text)[1] for key in ("csrf", "run")}
            sent = form | {"choice": "hold", "reason": "Ask."}
            answer = c.post(f"{BASE}/candidates/{slug(desk, LINH)}/decide", data=sent)
            assert answer.status_code == (303 if name == "hanna" else 403)
            without = c.post(f"{BASE}/candidates/{slug(desk, LINH)}/decide", data=sent | {"csrf": "x"})
            assert without.status_code == 403
    assert seen["otto"].status_code == 403
    assert "Keep this decision" not in seen["rita"].text
    assert "Reveal the name" not in seen["rita"].text
    assert "Keep this decision" in seen["hanna"].text
    assert [one.by for one in desk.reviews.decisions("lockers")] == ["hanna"]


def test_demo_documents_are_those_that_the_tests_cite():
    assert (DEMO / LINH / "resume.md").is_file()


def test_no_flag_tells_a_covered_level_anywhere(covered, desk):
    path = desk.runs.latest_done("lockers").out / "shortlist.json"
    report = json.loads(path.read_text(encoding="utf-8"))
    flags = [
        {"id": name, "detail": f"It reaches level 0.{n}7 only.", "question": "Why?", "document": "", "place": ""}
        for n, name in enumerate(("happy_path_only", "unexplained", "second_judge_differs"))
    ]
    for row in report["rows"]:
        row["flags"] = flags
    path.write_text(json.dumps(report), encoding="utf-8")
    label = slug(desk, LINH)
    told = [page(covered, f"/candidates/{label}"), page(covered, f"/candidates/{label}/kit")]
    told.append(page(covered, "/shortlist.json"))
    api = covered.get(f"/api/v1/openings/lockers/candidates/{label}")
    told.append(api.text)
    assert api.status_code in (200, 401, 404)
    assert not any(re.search(r"level 0[.][012]7", text) for text in told)


def test_a_decision_before_reading_keeps_the_reason_and_says_what_is_missing(covered, desk):
    label = slug(desk, LINH)
    assert "Open the evidence of a criterion before you advance" in page(covered, f"/candidates/{label}")
    answer = post(covered, desk, label, "decide", choice="advance", reason="Weighed <well> & told.")
    assert answer.status_code == 400
    assert "Weighed &lt;well&gt; &amp; told.</textarea>" in answer.text
    assert 'value="advance" required checked' in answer.text
    assert 'role="alert"' in answer.text
    assert not desk.reviews.current_decisions("lockers")
