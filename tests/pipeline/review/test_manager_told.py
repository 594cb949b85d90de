"""What the manager's pages tell in words: the second pass, explanations, what was done, and by whom."""

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from pipeline.desk.desk import Desk
from pipeline.models.report import Report, ReportedPair, ReportedRow, ReportedSettled, ReportedSettlement
from pipeline.review.documents import Documents
from pipeline.review.explanation import NOT_FOUND, QUOTE_CHARS
from pipeline.review.protocols import ScheduleView
from pipeline.review.schedule import rhythm_of
from tests.pipeline.review.demo_shortlist import LEVELS, LINH, finished_run

BASE = "/openings/lockers"


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("vault")


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory):
    made = Documents(tmp_path_factory.mktemp("home"))
    yield made
    made.close()


@pytest.fixture
def client(app, make_client: Callable[..., TestClient], documents: Documents) -> TestClient:
    app.state.documents = documents
    return make_client()


@pytest.fixture
def covered(client: TestClient, desk: Desk, tmp_path: Path, vault: Path) -> TestClient:
    finished_run(desk, tmp_path, vault)
    return client


def report_of(desk: Desk) -> Report:
    out = desk.runs.latest_done("lockers").out
    return Report.model_validate_json((out / "shortlist.json").read_bytes())


def row_of(desk: Desk, name: str) -> ReportedRow:
    return next(row for row in report_of(desk).rows if row.candidate == name)


def slug(desk: Desk, name: str) -> str:
    return row_of(desk, name).label.lower().replace(" ", "-")


def page(client: TestClient, path: str) -> str:
    answer = client.get(BASE + path)
    assert answer.status_code == 200, answer.text
    return answer.text


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def settle(desk: Desk) -> tuple[str, str]:
    """Give the run a second pass: two candidates compared, a third left out; returns who was compared."""
    report = report_of(desk)
    first, second, left_out = report.rows[0], report.rows[1], report.rows[2]
    quote = next(
        q
        for row in report.rows
        for c in row.criteria.values()
        for f in c.findings
        for q in f.quotes
        if row.candidate == LINH
    )
    settled = ReportedSettled(samples=6, interval_before=(1, 9), p_top_before=0.4, tie_order=None)
    rows = tuple(row.model_copy(update={"settled": settled}) if row is first else row for row in report.rows)
    pair = ReportedPair(
        first=first.candidate, second=second.candidate, end="preferred", preferred=LINH, quotes=(quote,)
    )
    tie = pair.model_copy(update={"end": "orders_disagree", "preferred": None, "quotes": ()})
    settlement = ReportedSettlement(pairs=(pair, tie), left_out=(left_out.candidate,))
    changed = report.model_copy(update={"rows": rows, "settlement": settlement})
    (desk.runs.latest_done("lockers").out / "shortlist.json").write_text(changed.model_dump_json())
    return first.candidate, second.candidate


def test_the_second_pass_is_on_the_shortlist_without_names(covered: TestClient, desk: Desk) -> None:
    assert "second pass" not in page(covered, "/shortlist")
    first, second = settle(desk)
    assert LINH in (first, second)
    shown = page(covered, "/shortlist")
    told = words(shown)
    labels = {name: row_of(desk, name).label for name in LEVELS}
    assert f"{labels[first]} and {labels[second]} : {labels[LINH]} was preferred in both orders." in told
    assert "the answer changed with the order in which the two were shown" in told
    assert "was 1–9" in told
    assert "2 pairs of candidates compared" in told
    assert f"speaks to the screener: {labels[report_of(desk).rows[2].candidate]}" in told
    assert not any(re.search(rf"\b{name}\b", shown) for name in LEVELS)


def test_a_comparison_stands_above_the_two_it_compared_and_no_others(covered: TestClient, desk: Desk) -> None:
    first, second = settle(desk)
    third = report_of(desk).rows[2].candidate
    compared = words(page(covered, f"/compare?c={slug(desk, first)}&c={slug(desk, second)}"))
    assert "was preferred in both orders" in compared
    other = words(page(covered, f"/compare?c={slug(desk, first)}&c={slug(desk, third)}"))
    assert "second pass" not in other


def test_must_haves_stand_above_the_criteria_when_candidates_are_compared(covered: TestClient, desk: Desk) -> None:
    compared = page(covered, f"/compare?c={slug(desk, LINH)}&c={slug(desk, 'brandon-hale')}")
    assert compared.index("must-have") < compared.index("of the weight")


def test_an_explanation_begins_with_what_matters_to_its_reader(covered: TestClient, desk: Desk) -> None:
    shown = page(covered, f"/candidates/{slug(desk, LINH)}/explanation")
    told = words(shown)
    row = row_of(desk, LINH)
    findings = [f for c in row.criteria.values() if c.level is not None for f in c.findings]
    found = sum(f.state == "found" for f in findings)
    assert f"A program looked for {len(findings)} facts that the role asks for. {found} of them" in told
    assert (NOT_FOUND in told) == (found < len(findings))
    order = (
        "In short",
        "You can have a person look at it again",
        "What was used",
        "Who decides",
        "What you can ask for",
    )
    assert [told.index(one) for one in order] == sorted(told.index(one) for one in order)


def test_an_explanation_quotes_nothing_twice(covered: TestClient, desk: Desk) -> None:
    shown = page(covered, f"/candidates/{slug(desk, LINH)}/explanation")
    quotes = re.findall(r"<blockquote[^>]*>(.*?)</blockquote>", shown, re.DOTALL)
    assert quotes
    assert len(set(quotes)) == len(quotes)
    assert all(len(words(quote.partition("<footer")[0])) <= QUOTE_CHARS + 1 for quote in quotes)


def test_evidence_that_was_opened_at_one_go_is_one_line_of_the_history(covered: TestClient, desk: Desk) -> None:
    label = slug(desk, LINH)
    shown = page(covered, f"/candidates/{label}")
    form = {name: re.search(rf'name="{name}" value="([^"]+)"', shown)[1] for name in ("csrf", "run")}
    covered.post(f"{BASE}/candidates/{label}/open", data=form)
    told = words(page(covered, f"/candidates/{label}")).partition("History")[2]
    opened = len(desk.reviews.opened("lockers", by="local-operator", run=form["run"]))
    assert opened > 2
    # Two lines if the clock's second changed meanwhile.
    assert told.count("Opened the evidence of") <= 2
    assert "Local operator" in told
    assert "local-operator" not in told


def test_documents_that_are_quoted_come_before_the_rest(covered: TestClient, desk: Desk) -> None:
    shown = page(covered, f"/candidates/{slug(desk, LINH)}")
    names = re.findall(r'data-doc="\d+"[^>]*>.*?<bdi>(.*?)</bdi>', shown)
    others = [name.startswith("other ") for name in names]
    assert others == sorted(others)
    assert not all(others)


@pytest.mark.parametrize(
    ("cron", "told"),
    [
        ("0 7 * * 1-5", "Every working day at 07:00, Europe/Berlin"),
        ("30 16 * * *", "Every day at 16:30, Europe/Berlin"),
        ("5 8 * * 1", "Every Monday at 08:05, Europe/Berlin"),
        ("*/5 * * * *", "By the cron line */5 * * * *, Europe/Berlin"),
    ],
)
def test_a_schedule_is_told_in_words(cron: str, told: str) -> None:
    assert rhythm_of(ScheduleView(opening="lockers", cron=cron, timezone="Europe/Berlin", active=True)) == told
