"""The interview kit: aimed at this candidate, and nothing in it that the row does not hold."""

from pipeline.interview_kit import InterviewKit, KitPart, make_kit
from pipeline.models.report import ReportedRow
from pipeline.reports.json import make_report
from tests.factories import make_batch, make_scorecard, make_shortlist

SCORECARD = make_scorecard()
SHORTLIST = make_shortlist(SCORECARD)
ROWS = make_report(SHORTLIST, make_batch(SHORTLIST), SCORECARD).rows


def kit_of(row: ReportedRow) -> InterviewKit:
    return make_kit(row, SCORECARD, is_takehome=lambda document: document.startswith("takehome"))


def part(kit: InterviewKit, name: str) -> KitPart:
    return next(part for part in kit.parts if part.id == name)


def test_every_row_gets_three_parts_with_something_to_ask() -> None:
    for row in ROWS:
        kit = kit_of(row)
        assert [one.id for one in kit.parts] == ["live", "design", "behavioural"]
        assert all(one.questions for one in kit.parts)
        assert kit.open_points == row.questions


def test_quotes_are_the_rows_own_with_their_place() -> None:
    for row in ROWS:
        shown = {q.quote for c in row.criteria.values() for f in c.findings for q in f.quotes}
        shown |= {q.quote for gate in row.gates.values() for q in gate.quotes}
        for one in (question for part in kit_of(row).parts for question in part.questions if question.quote):
            assert any(quote.startswith(one.quote.rstrip(" …").rstrip("….")) for quote in shown)
            assert one.document


def test_every_gate_that_is_not_met_is_asked_about_and_no_other() -> None:
    for row in ROWS:
        asked = " ".join(one.question for one in part(kit_of(row), "behavioural").questions)
        for gate in SCORECARD.non_negotiables:
            assert (" ".join(gate.statement.split()) in asked) == (row.gates[gate.id].status != "met")


def test_the_design_talk_is_about_the_roles_own_mission_and_constraints() -> None:
    questions = part(kit_of(ROWS[0]), "design").questions
    assert SCORECARD.mission.strip() in questions[0].question
    told = " ".join(one.question for one in questions)
    assert all(limit.rstrip(".") in told for limit in SCORECARD.constraints[:4])


def test_the_live_session_starts_in_the_take_home_if_there_is_one() -> None:
    for row in ROWS:
        quotes = [q for c in row.criteria.values() for f in c.findings if f.state != "missing" for q in f.quotes]
        starts = part(kit_of(row), "live").questions
        if any(quote.document.startswith("takehome") for quote in quotes):
            assert all(one.document.startswith("takehome") for one in starts)
        assert all(one.listen_for for one in starts)
