"""A second judge shows where it differs, and changes nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.assessment import level_of
from evaluators.second_judge import differences, with_second
from pipeline.models.scorecard import Check, Rubric
from pipeline.models.verdicts import GroundedFinding, GroundedVerdict
from pipeline.phrases import check_phrase
from pipeline.ranking import rank
from tests.factories import make_assessment, make_citation, make_criterion, make_scorecard
from tests.second_readings import make_verdicts

SCORECARD = make_scorecard()
NAMES = ("a-large-model", "the built-in judge")
FIRST = SCORECARD.criteria[0]
DENIAL = make_citation("I have never been paged for anything.", document="cover.md", place="line 3")


def plain_scorecard():
    """One criterion whose level is its check's probability times four."""
    rubric = Rubric(id="plain", checks=(Check(id="only", question="Is it so?", points=4.0),))
    return make_scorecard(criteria=(make_criterion("own_view", 1, "judgment", ("resume",), "Is it so?", rubric),))


def at(level: float) -> list[GroundedVerdict]:
    finding = GroundedFinding(
        check="only", p=level / 4, met=level >= 2, citations=(make_citation("It was really so."),)
    )
    return [GroundedVerdict(subject="own_view", findings=(finding,))]


def gate(status: str) -> GroundedVerdict:
    """A verdict on being paged that is judged to this status."""
    supports = make_citation("On call one week in four, first at night.")
    p = {"met": (1.0, 0.0), "not_met": (0.0, 1.0), "unknown": (0.0, 0.0)}[status]
    return GroundedVerdict(
        subject="on_call",
        findings=(
            *(GroundedFinding(check=c, p=p[0], met=p[0] >= 0.5, citations=(supports,)) for c in ("first_hand", "real")),
            GroundedFinding(check="denied", p=p[1], met=p[1] >= 0.5, citations=(DENIAL,)),
        ),
    )


@pytest.mark.parametrize(
    ("first", "second", "differ"),
    [
        (3.3, 1.3, True),  # 2.0 apart as printed; binary fractions say 1.9999999999999998
        (1.3, 3.3, True),
        (1.5, 3.4, False),  # whole levels would be 2 and 3
        (2.9, 1.0, False),  # whole levels would be 3 and 1
        (1.4, 3.5, True),
        (4.0, 0.0, True),
        (2.0, 2.0, False),
    ],
)
def test_levels_two_or_more_apart_are_flagged_and_no_others(first, second, differ):
    flags = differences(at(first), at(second), plain_scorecard(), names=NAMES)
    assert len(flags) == int(differ)
    for flag in flags:
        assert flag.id == "second_judge_differs"
        assert f"a-large-model reads level {first:.1f}, the built-in judge {second:.1f}" in flag.detail


def test_flag_asks_about_the_check_that_moves_the_level_most_at_its_quote():
    seen = make_citation("We gave up exact ordering for speed.", document="takehome/README.md", place="line 9")
    checks = FIRST.rubric.checks
    heaviest = max(checks, key=lambda check: check.points)
    believer = GroundedVerdict(
        subject=FIRST.id,
        findings=tuple(
            GroundedFinding(check=c.id, p=1.0, met=True, citations=(seen if c == heaviest else DENIAL,)) for c in checks
        ),
    )
    doubter = GroundedVerdict(
        subject=FIRST.id, findings=tuple(GroundedFinding(check=c.id, p=0.0, met=False) for c in checks)
    )
    for pair in ((believer, doubter), (doubter, believer)):
        (flag,) = differences([pair[0]], [pair[1]], SCORECARD, names=NAMES)
        assert flag.question == check_phrase(FIRST, heaviest).ask
        assert (flag.document, flag.place) == ("takehome/README.md", "line 9")


@pytest.mark.parametrize("second", [[], [GroundedVerdict(subject="own_view", unscored="judge_failed")]])
def test_what_only_one_judge_could_judge_is_no_difference(second):
    assert differences(at(4.0), second, plain_scorecard(), names=NAMES) == ()
    assert differences(second, at(4.0), plain_scorecard(), names=NAMES) == ()


@pytest.mark.parametrize(
    ("first", "second", "differ"),
    [
        ("met", "not_met", True),
        ("not_met", "met", True),
        ("met", "unknown", False),
        ("not_met", "unknown", False),
        ("met", "met", False),
    ],
)
def test_must_have_that_is_met_for_one_and_not_met_for_the_other_is_flagged(first, second, differ):
    flags = differences([gate(first)], [gate(second)], SCORECARD, names=NAMES)
    assert len(flags) == int(differ)
    for flag in flags:
        words = {"met": "met", "not_met": "not met"}
        assert f"a-large-model reads it as {words[first]}, the built-in judge as {words[second]}" in flag.detail
        assert "being paged for it" in flag.question
        assert (flag.document, flag.place) == ("cover.md", "line 3")


LEVELS = st.lists(st.one_of(st.none(), st.floats(0, 4)), min_size=7, max_size=7)


@settings(max_examples=50, deadline=None)
@given(LEVELS, LEVELS)
def test_second_judge_changes_no_level_gate_coverage_or_score(own, other):
    before = make_assessment("somebody", own, scorecard=SCORECARD)
    after = with_second(before, make_verdicts(SCORECARD, other), SCORECARD, names=NAMES)
    cleared = [row.model_copy(update={"second_level": None}) for row in after.criteria]
    assert tuple(cleared) == before.criteria
    assert (after.gates, after.coverage) == (before.gates, before.coverage)
    one, two = (rank([a], SCORECARD).rows[0] for a in (before, after))
    assert (one.score, one.rank, one.rank_interval, one.p_top) == (two.score, two.rank, two.rank_interval, two.p_top)


@settings(max_examples=50, deadline=None)
@given(LEVELS, LEVELS)
def test_every_second_level_is_shown_and_flags_are_those_of_the_verdicts(own, other):
    verdicts = make_verdicts(SCORECARD, other)
    assessed = with_second(make_assessment("somebody", own, scorecard=SCORECARD), verdicts, SCORECARD, names=NAMES)
    for row, verdict, criterion in zip(assessed.criteria, verdicts, SCORECARD.criteria, strict=True):
        shown = None if verdict.unscored else level_of(criterion.rubric, verdict.findings)
        assert row.second_level == shown
    assert assessed.flags == differences(make_verdicts(SCORECARD, own), verdicts, SCORECARD, names=NAMES)


def test_capped_level_is_compared_as_the_first_judge_gave_it():
    card = plain_scorecard()
    made = make_assessment("somebody", [4.0], scorecard=card)
    own = made.criteria[0].model_copy(update={"level": 3.0, "findings": at(4.0)[0].findings})
    capped = made.model_copy(update={"criteria": (own,)})
    (flag,) = with_second(capped, at(1.5), card, names=NAMES).flags
    assert "level 4.0" in flag.detail


def test_difference_keeps_a_clear_row_out_of_advance():
    assessed = make_assessment("somebody", 4.0, scorecard=SCORECARD)
    assert rank([assessed], SCORECARD).rows[0].band == "advance"
    differing = with_second(assessed, make_verdicts(SCORECARD, [0.0] * 7), SCORECARD, names=NAMES)
    row = rank([differing], SCORECARD).rows[0]
    assert (row.band, row.would_be) == ("probe", "advance")
