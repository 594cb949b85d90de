"""Justifications say what was found, what was not, and what it is worth; questions go to a quote."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.rubric_library import load_rubric_library
from pipeline.justification import justify
from pipeline.models.scorecard import Check, Criterion, Rubric
from pipeline.models.verdicts import GroundedFinding
from pipeline.phrases import check_phrase
from pipeline.questions import MAX_QUESTIONS, questions_to_ask
from pipeline.ranking import rank
from tests.factories import (
    make_assessment,
    make_citation,
    make_criterion,
    make_flag,
    make_gate,
    make_scorecard,
    make_shortlist,
)

SCORECARD = make_scorecard()


def row_for(assessment, scorecard=SCORECARD):
    return rank([assessment], scorecard).rows[0]


def with_findings(assessment, criterion_id, *findings, **changes):
    criteria = tuple(
        row.model_copy(update={"findings": findings, **changes}) if row.criterion == criterion_id else row
        for row in assessment.criteria
    )
    return assessment.model_copy(update={"criteria": criteria})


def criterion_of(justification, criterion_id):
    return next(c for c in justification.criteria if c.criterion == criterion_id)


def test_every_library_check_has_its_own_words():
    for rubric in load_rubric_library().values():
        if rubric.id == "gate":
            continue
        criterion = Criterion(id="own", weight=1, kind="craft", sources=("resume",), statement="?", rubric=rubric)
        for check in rubric.checks:
            assert "answer yes to" not in check_phrase(criterion, check).found, f"{rubric.id}.{check.id}"


def test_own_rubric_under_a_library_id_gets_words_from_its_own_question():
    rubric = Rubric(id="failure_modes", checks=(Check(id="mention", question="Is a fallback shown?", points=4),))
    criterion = make_criterion("failure_modes", 1, "craft", ("resume",), "?", rubric)
    phrase = check_phrase(criterion, rubric.checks[0])
    assert "Is a fallback shown?" in phrase.found
    assert "Is a fallback shown?" in phrase.ask


def test_criteria_come_in_scorecard_order_with_every_check_as_a_statement():
    justification = justify(row_for(make_assessment("a", 2.5)), SCORECARD)
    assert [c.criterion for c in justification.criteria] == [c.id for c in SCORECARD.criteria]
    for told, criterion in zip(justification.criteria, SCORECARD.criteria, strict=True):
        assert [s.check for s in told.statements] == [check.id for check in criterion.rubric.checks]


@pytest.mark.parametrize(
    ("p", "state"), [(0.0, "missing"), (0.199, "missing"), (0.2, "partly"), (0.499, "partly"), (0.5, "found")]
)
def test_probability_decides_between_found_partly_and_missing(p, state):
    cited = make_citation("We chose a queue because the depot is offline at night.")
    assessment = with_findings(
        make_assessment("a", 1.0),
        "tradeoff_reasoning",
        GroundedFinding(check="reason", p=p, met=p >= 0.5, citations=(cited,)),
        level=round(p, 1),
    )
    told = criterion_of(justify(row_for(assessment), SCORECARD), "tradeoff_reasoning").statements[0]
    assert told.state == state
    assert bool(told.citations) == (state != "missing")
    assert bool(told.question) == (state != "found")


def test_withdrawn_finding_counts_as_missing_and_says_so():
    assessment = with_findings(
        make_assessment("a", 1.0),
        "tradeoff_reasoning",
        GroundedFinding(check="reason", p=0.0, met=False, withdrawn="needs a verified quote, 0 found"),
    )
    told = criterion_of(justify(row_for(assessment), SCORECARD), "tradeoff_reasoning").statements[0]
    assert told.state == "missing"
    assert "0 found" in told.note


def test_points_of_the_criteria_and_tools_add_up_to_the_score():
    for row in make_shortlist(SCORECARD).rows:
        if row.score is None:
            continue
        added = sum(c.points or 0.0 for c in justify(row, SCORECARD).criteria) + row.tool_points
        assert added == pytest.approx(row.score, abs=0.5)


def test_unscored_criterion_is_explained_and_has_no_figures():
    row = row_for(make_assessment("a", [2.0, None, 2.0, 2.0, 2.0, 2.0, 2.0], unscored="language"))
    told = criterion_of(justify(row, SCORECARD), "failure_modes")
    assert "language" in told.not_judged
    assert told.level is told.points is None
    assert told.statements == ()


def test_level_that_was_held_down_says_so():
    assessment = make_assessment("a", 3.8)
    held = with_findings(assessment, "failure_modes", *assessment.criterion("failure_modes").findings, level=1.0)
    assert "until a person" in criterion_of(justify(row_for(held), SCORECARD), "failure_modes").caution


@pytest.mark.parametrize("status", ["met", "not_met", "unknown", "both"])
def test_gate_statement_carries_its_quotes_and_asks_unless_met(status):
    assessment = make_assessment("a", 3.0, gates={"weekend_rota": status})
    gate = next(g for g in justify(row_for(assessment), SCORECARD).gates if g.gate == "weekend_rota")
    expected = make_gate("weekend_rota", status)
    assert (gate.supporting, gate.opposing) == (expected.supporting, expected.opposing)
    assert bool(gate.question) == (status != "met")
    if status == "not_met":
        assert "A person confirms" in gate.text


def test_summary_is_two_sentences_that_name_band_strength_and_open_point():
    row = row_for(make_assessment("a", [3.9, 3.0, 3.0, 3.0, 3.0, 3.0, 3.0], gates={"on_call": "unknown"}))
    why, points = justify(row, SCORECARD).summary
    assert why.startswith("Probe: would be advance")
    assert "On call is unknown" in why
    assert "Strongest is Trade-off reasoning" in points
    assert points.endswith("most important open point: On call is unknown.")


def test_summary_never_claims_certainty():
    for row in make_shortlist(SCORECARD).rows:
        why, _ = justify(row, SCORECARD).summary
        assert "100% likely" not in why
        assert " 0% likely" not in why


def test_questions_quote_the_passage_they_refer_to():
    cited = make_citation("We chose a queue because the depot is offline at night.", document="cv.pdf", place="page 2")
    assessment = with_findings(
        make_assessment("a", 2.0),
        "tradeoff_reasoning",
        GroundedFinding(check="reason", p=0.9, met=True, citations=(cited,)),
        GroundedFinding(check="constraint", p=0.8, met=True, citations=(cited,)),
        level=1.7,
    )
    assert (
        "You wrote “We chose a queue because the depot is offline at night.” (cv.pdf, page 2). "
        "What else did you weigh, and why did it lose?"
    ) in questions_to_ask(row_for(assessment), SCORECARD)


def test_unknown_gate_is_asked_before_flags_and_flags_before_missing_checks():
    assessment = make_assessment("a", 2.0, gates={"on_call": "unknown"}, flags=(make_flag("unexplained"),))
    questions = questions_to_ask(row_for(assessment), SCORECARD)
    assert "paged" in questions[0]
    assert questions[1] == make_flag("unexplained").question


def test_gate_not_met_is_asked_with_the_quote_that_says_it():
    row = row_for(make_assessment("a", 3.0, gates={"weekend_rota": "not_met"}))
    assert "will not join a weekend rota" in questions_to_ask(row, SCORECARD)[0]


def test_flag_question_names_document_and_place_once():
    flags = (make_flag("happy_path_only"), make_flag("unexplained"))
    questions = questions_to_ask(row_for(make_assessment("a", 2.0, flags=flags)), SCORECARD)
    assert any(q.endswith("(resume.docx, line 20)") for q in questions)
    assert all(q.count("holds.py") <= 1 for q in questions)


def test_many_hidden_sentences_are_one_question():
    flags = tuple(make_flag("hidden_text", place=f"page {n}") for n in range(1, 30))
    questions = questions_to_ask(row_for(make_assessment("a", 2.0, flags=flags)), SCORECARD)
    assert sum("How did this text get" in question for question in questions) == 1


levels = st.one_of(st.none(), st.floats(0, 4).map(lambda level: round(level, 1)))
flag_ids = st.lists(st.sampled_from(["unexplained", "happy_path_only", "hidden_text", "stage_mismatch"]), unique=True)
statuses = st.sampled_from(["met", "not_met", "unknown", "both"])


@settings(max_examples=40, deadline=None)
@given(
    given_levels=st.lists(levels, min_size=7, max_size=7),
    flags=flag_ids,
    gates=st.fixed_dictionaries({"on_call": statuses, "money_moves": statuses, "weekend_rota": statuses}),
)
def test_any_row_is_justified_with_at_most_seven_distinct_questions(given_levels, flags, gates):
    assessment = make_assessment("a", given_levels, gates=gates, flags=tuple(make_flag(f) for f in flags))
    row = row_for(assessment)
    justification = justify(row, SCORECARD)
    assert justification == justify(row, SCORECARD)
    assert len(set(justification.questions)) == len(justification.questions) <= MAX_QUESTIONS
    assert all(question.strip() for question in justification.questions)
    for told in justification.criteria:
        assert (told.level is None) == bool(told.not_judged)
        assert all(s.question for s in told.statements if s.state != "found")
