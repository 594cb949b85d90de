"""The interview kit: aimed at this candidate and this role, and nothing in it that the candidate did not write."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.interview_kit import FEWEST_WORDS, make_kit
from pipeline.interview_live import limit_kind
from pipeline.interview_models import InterviewKit, KitBlock, KitFile, KitPart
from pipeline.interview_places import biting, kind_of, quoted, shown_lines
from pipeline.interview_words import kit_words
from pipeline.models.report import ReportedFinding, ReportedQuote, ReportedRow
from pipeline.reports.json import make_report
from tests.factories import make_batch, make_scorecard, make_shortlist

SCORECARD = make_scorecard()
SHORTLIST = make_shortlist(SCORECARD)
ROWS = make_report(SHORTLIST, make_batch(SHORTLIST), SCORECARD).rows

SOURCE = """package bank

func apply(e Event) error {
    row := find(e.Door)
    if err := db.Execute(row); err != nil {
        return err
    }
    return queue.Send(row)
}"""
TEST = "func TestApply(t *testing.T) {\n    apply(event)\n}"


def file(name: str, text: str, *, line: int = 1, given: tuple[int, ...] = ()) -> KitFile:
    """A file of a take-home with one block of code."""
    return KitFile(name=name, is_takehome=True, blocks=(KitBlock(text=text, line=line, is_code=True, given=given),))


FILES = (file("takehome/apply.go", SOURCE), file("takehome/apply_test.go", TEST))


def kit_of(row: ReportedRow, *files: KitFile) -> InterviewKit:
    return make_kit(row, SCORECARD, files=files)


def part(kit: InterviewKit, name: str) -> KitPart:
    return next(part for part in kit.parts if part.id == name)


def with_state(row: ReportedRow, criterion: str, check: str, state: str) -> ReportedRow:
    """The row as if one check had come out otherwise and all others were found."""

    def found(one: ReportedFinding, name: str) -> ReportedFinding:
        wanted = state if (name, one.check) == (criterion, check) else "found"
        return one.model_copy(update={"state": wanted, "met": wanted == "found"})

    criteria = {
        name: told.model_copy(update={"level": 3.0, "findings": tuple(found(one, name) for one in told.findings)})
        for name, told in row.criteria.items()
    }
    return row.model_copy(update={"criteria": criteria})


def test_every_row_gets_three_parts_with_something_to_ask() -> None:
    for row in ROWS:
        kit = kit_of(row, *FILES)
        assert [one.id for one in kit.parts] == ["live", "design", "behavioural"]
        assert all(one.questions and one.prepare and one.rates for one in kit.parts)
        assert kit.open_points == row.questions


def test_the_steps_of_the_live_session_fill_its_time() -> None:
    for row in ROWS:
        for files in ((), FILES):
            live = part(kit_of(row, *files), "live")
            assert sum(one.minutes for one in live.questions) == live.minutes
            assert [one.title for one in live.questions][:4] == [
                "Look together",
                "The change",
                "It changes again",
                "Stop and look back",
            ]


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
    assert " ".join(SCORECARD.mission.split()) in questions[0].question
    told = " ".join(one.question for one in questions).casefold()
    assert all(limit.rstrip(".").casefold() in told for limit in SCORECARD.constraints[:4])


def test_no_two_limits_are_asked_for_in_the_same_words_while_there_are_others() -> None:
    limits = ("3 engineers", "5 people in two countries, shared on-call", "audited every year", "a release every day")
    questions = part(make_kit(ROWS[0], SCORECARD.model_copy(update={"constraints": limits})), "design").questions
    asked = [one.question.partition(". ")[2] for one in questions if any(limit[2:] in one.question for limit in limits)]
    assert len(set(asked)) == len(limits)


@pytest.mark.parametrize(
    ("constraint", "kind"),
    [
        ("Four engineers, one of them part-time", "people"),
        ("The night run must finish before 05:30, because shops are paid at 06:00", "time"),
        ("SOC 2 Type II; billing changes need a second reviewer", "law"),
        ("Stored procedures in one PostgreSQL database, in use while they are replaced", "legacy"),
        ("no risky release between November and February", "release"),
        ("on-call rota of 5", "night"),
        ("servers at most 3 cents a player hour", "money"),
        ("900 lockers; at any time 1 to 3% of them are offline", "load"),
        ("we like it quiet", "other"),
    ],
)
def test_a_limit_is_asked_about_by_what_it_limits(constraint: str, kind: str) -> None:
    assert limit_kind(constraint) == kind


def test_the_live_session_starts_at_a_line_of_the_candidates_own_code() -> None:
    for row in ROWS:
        look = part(kit_of(row, *FILES), "live").questions[0]
        assert look.document in {one.name for one in FILES}
        meant = [line for line in look.lines if line.meant]
        assert [f"line {line.number}" for line in meant] == [look.place]
        own = next(one for one in FILES if one.name == look.document).blocks[0].text.splitlines()
        assert all(own[line.number - 1] == line.text for line in look.lines)


def test_the_change_is_one_that_the_documents_do_not_show_yet() -> None:
    known = {(name, one.check) for name, told in ROWS[0].criteria.items() for one in told.findings}
    tested = [one for one in kit_words().twists if (one.criterion, one.check) in known]
    assert len(tested) >= 3
    bites = (
        SOURCE
        + "\nalter table a add column b; http.Get(); for x in y { limit() } // kept because handleIt() if err != nil"
    )
    for twist in tested:
        row = with_state(ROWS[0], twist.criterion, twist.check, "missing")
        change = part(kit_of(row, file("takehome/all.go", bites)), "live").questions[1]
        assert change.question == twist.ask
        assert change.why.startswith("The documents do not show it.")
    all_found = part(kit_of(with_state(ROWS[0], "-", "-", "found"), *FILES), "live").questions[1]
    assert "do not show" not in all_found.why


def test_what_came_with_the_exercise_is_nobodys_own() -> None:
    starter = file("takehome/apply.go", SOURCE, given=tuple(range(len(SOURCE.splitlines()))))
    for row in ROWS:
        questions = part(kit_of(row, starter), "live").questions
        assert all(not one.lines for one in questions)


def test_without_files_the_session_starts_from_the_candidates_words_or_the_mission() -> None:
    for row in ROWS:
        look = part(kit_of(row), "live").questions[0]
        assert look.quote or " ".join(SCORECARD.mission.split()) in look.question


def test_short_scraps_are_not_asked_about_as_if_they_were_stories() -> None:
    scrap = ReportedQuote(quote="on call once", quote_redacted="on call once", document="resume.md", place="line 1")
    criteria = {
        name: told.model_copy(
            update={"findings": tuple(one.model_copy(update={"quotes": (scrap,)}) for one in told.findings)}
        )
        for name, told in ROWS[0].criteria.items()
    }
    kit = kit_of(ROWS[0].model_copy(update={"criteria": criteria}))
    assert len(scrap.quote.split()) < FEWEST_WORDS
    assert all(one.quote != scrap.quote for one in part(kit, "design").questions)


def test_what_could_not_be_judged_is_asked_for() -> None:
    criteria = {
        name: told.model_copy(update={"level": None, "not_judged": "Not judged: no document came.", "findings": ()})
        for name, told in ROWS[0].criteria.items()
    }
    questions = part(kit_of(ROWS[0].model_copy(update={"criteria": criteria})), "behavioural").questions
    heaviest = max(SCORECARD.criteria, key=lambda one: one.weight)
    assert any(" ".join(heaviest.statement.split()) in one.question for one in questions)
    assert any(one.why.endswith(": no document came.") for one in questions)


def test_a_quote_is_found_at_its_very_line() -> None:
    there = file("takehome/apply.go", SOURCE, line=28)
    quote = ReportedQuote(
        quote="return queue.Send(row)", quote_redacted="", document="takehome/apply.go", place="line 28"
    )
    found = quoted((there,), quote)
    assert found is not None
    assert found.place == "line 35"
    assert quoted((there,), quote.model_copy(update={"document": "elsewhere.go"})) is None
    assert quoted((there,), quote.model_copy(update={"quote": "return nothing()"})) is None


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("takehome/db/V1.sql", "create table a (b int)", "schema"),
        ("takehome/test/bank.ts", "const a = 1", "tests"),
        ("take-home file 3.java", "@Test void holds() {}", "tests"),
        ("takehome/src/latest.go", "package latest", "source"),
    ],
)
def test_files_are_told_apart_by_what_they_are_for(name: str, text: str, kind: str) -> None:
    assert kind_of(file(name, text)) == kind


def test_prose_is_no_code() -> None:
    notes = KitFile(name="NOTES.md", is_takehome=True, blocks=(KitBlock(text="I chose one.", line=3, is_code=False),))
    assert kind_of(notes) == "notes"
    found = biting((notes,), "chose", ("notes",), vouched=())
    assert found is not None
    assert shown_lines(found) == ()


@given(st.lists(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\r"), max_size=60), max_size=40))
def test_any_file_can_be_looked_through(lines: list[str]) -> None:
    kit = make_kit(ROWS[0], SCORECARD, files=(file("takehome/any.go", "\n".join(lines), line=7),))
    for one in (question for part in kit.parts for question in part.questions if question.lines):
        assert sum(line.meant for line in one.lines) == 1


def test_every_pattern_of_the_words_can_be_used() -> None:
    words = kit_words()
    assert all(re.compile(one.look) for one in (*words.twists, *words.limits))
    assert words.limits[-1].look == ""
