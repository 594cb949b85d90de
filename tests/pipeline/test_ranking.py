"""Scores are each candidate's own; ranks, intervals and bands follow from them."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.models.assessment import Assessment, CriterionAssessment, Flag, GateAssessment
from pipeline.models.scorecard import Check, Criterion, NonNegotiable, Preference, Rubric, Scorecard
from pipeline.models.verdicts import GroundedFinding
from pipeline.ranking import rank
from pipeline.scoring import score

RUBRIC = Rubric(
    id="sample",
    checks=(
        Check(id="low", question="?", points=2.0),
        Check(id="high", question="?", points=2.0, requires=("low",)),
    ),
)
CRITERIA = {"judging": ("judgment", 5.0), "craft": ("craft", 3.0), "talk": ("judgment", 2.0)}


def scorecard(**changes) -> Scorecard:
    fields = {
        "id": "role",
        "title": "Role",
        "stage": "growth",
        "mission": "Keep it running.",
        "non_negotiables": (NonNegotiable(id="oncall", statement="Has been on call.", about="past"),),
        "preferences": tuple(Preference(name=name, any_of=(name,)) for name in ("Java", "SQL", "Kafka", "AWS")),
        "criteria": tuple(
            Criterion(id=name, weight=weight, kind=kind, sources=("resume",), statement="?", rubric=RUBRIC)
            for name, (kind, weight) in CRITERIA.items()
        ),
        "gate_rubric": Rubric(id="gate", checks=()),
        "interview_slots": 2,
    }
    return Scorecard(**(fields | changes))


def assessment(
    candidate: str,
    levels: dict[str, float | None] | float,
    *,
    gate: str = "met",
    flags: tuple[Flag, ...] = (),
    preferences: tuple[str, ...] = (),
    unread: bool = False,
    sources_read: tuple[str, ...] = ("resume",),
) -> Assessment:
    by_name = levels if isinstance(levels, dict) else dict.fromkeys(CRITERIA, levels)
    rows = tuple(_row(name, by_name[name], unread=unread) for name in CRITERIA)
    total = sum(weight for _, weight in CRITERIA.values())
    return Assessment(
        candidate=candidate,
        dossier_hash=f"{candidate:0>64}",
        criteria=rows,
        gates=(GateAssessment(gate="oncall", status=gate),),
        flags=flags,
        coverage=sum(CRITERIA[row.criterion][1] for row in rows if row.level is not None) / total,
        preferences_matched=preferences,
        sources_read=sources_read,
    )


def _row(name: str, level: float | None, *, unread: bool) -> CriterionAssessment:
    if level is None:
        return CriterionAssessment(criterion=name, level=None, unscored="source_missing")
    p = {"low": min(1.0, level / 2), "high": max(0.0, (level - 2) / 2)}
    return CriterionAssessment(
        criterion=name,
        level=level,
        findings=tuple(GroundedFinding(check=check, p=own, met=own >= 0.5) for check, own in p.items()),
        unread_source=unread,
    )


def row_of(shortlist, candidate: str):
    return next(row for row in shortlist.rows if row.candidate == candidate)


FLAG = Flag(id="unexplained", detail="d", question="q")


def test_full_levels_and_all_tools_are_a_hundred_points() -> None:
    own = score(assessment("a", 4.0, preferences=("Java", "SQL")), scorecard())
    assert own is not None
    assert own.points == 100.0


def test_fifty_matched_tools_are_worth_no_more_than_two_points() -> None:
    without = score(assessment("a", 3.0), scorecard())
    stuffed = score(assessment("a", 3.0, preferences=("Java", "SQL", "Kafka", "AWS")), scorecard())
    assert without is not None
    assert stuffed is not None
    assert 0 < stuffed.points - without.points <= 2.0


def test_tools_without_judgment_are_worth_nothing() -> None:
    own = score(assessment("a", 0.0, preferences=("Java", "SQL", "Kafka", "AWS")), scorecard())
    assert own is not None
    assert own.points == 0.0


def test_unscored_criterion_does_not_lower_the_score() -> None:
    scored = score(assessment("a", {"judging": 3.0, "craft": 3.0, "talk": 3.0}), scorecard())
    partly = score(assessment("a", {"judging": 3.0, "craft": None, "talk": 3.0}), scorecard())
    assert scored == partly


def test_nothing_scored_is_no_score_and_needs_review() -> None:
    empty = assessment("a", dict.fromkeys(CRITERIA), sources_read=())
    row = row_of(rank([empty], scorecard()), "a")
    assert (row.score, row.rank, row.band, row.band_reason) == (None, None, "needs_review", "nothing could be read")


def test_low_coverage_needs_review_and_has_no_rank() -> None:
    partly = assessment("a", {"judging": None, "craft": 4.0, "talk": 4.0})
    row = row_of(rank([partly], scorecard()), "a")
    assert (row.band, row.rank) == ("needs_review", None)


def test_a_gate_that_is_not_met_stands_below_with_its_reason() -> None:
    shortlist = rank([assessment("strong", 4.0, gate="not_met"), assessment("weak", 1.0)], scorecard())
    assert [row.candidate for row in shortlist.rows] == ["weak", "strong"]
    assert row_of(shortlist, "strong").band_reason.startswith("gate not met: oncall")
    assert row_of(shortlist, "strong").rank is None


def test_unknown_gate_turns_advance_into_probe_never_into_hold() -> None:
    crowd = [assessment(f"w{n}", 0.5) for n in range(8)]
    shortlist = rank([assessment("strong", 4.0, gate="unknown"), *crowd], scorecard())
    row = row_of(shortlist, "strong")
    assert (row.band, row.would_be) == ("probe", "advance")


def test_a_flag_that_needs_a_question_turns_advance_into_probe() -> None:
    crowd = [assessment(f"w{n}", 0.5) for n in range(8)]
    assert row_of(rank([assessment("s", 4.0), *crowd], scorecard()), "s").band == "advance"
    assert row_of(rank([assessment("s", 4.0, flags=(FLAG,)), *crowd], scorecard()), "s").band == "probe"


def test_equal_scores_share_a_rank_and_are_listed_by_dossier_hash() -> None:
    shortlist = rank([assessment("b", 2.0), assessment("a", 2.0), assessment("c", 1.0)], scorecard())
    assert [(row.candidate, row.rank) for row in shortlist.rows] == [("a", 1), ("b", 1), ("c", 3)]


def test_withholding_work_never_narrows_the_interval() -> None:
    crowd = [assessment(f"w{n}", level / 2) for n, level in enumerate(range(1, 9))]
    full = row_of(rank([assessment("x", 2.0), *crowd], scorecard()), "x").rank_interval
    partly = row_of(rank([assessment("x", {"judging": 2.0, "craft": None, "talk": 2.0}), *crowd], scorecard()), "x")
    assert full is not None
    assert partly.rank_interval is not None
    assert partly.rank_interval[1] - partly.rank_interval[0] >= full[1] - full[0] - 1


def test_an_unread_source_never_draws_below_the_prior() -> None:
    crowd = [assessment(f"w{n}", 1.0) for n in range(8)]
    read = row_of(rank([assessment("x", 0.0), *crowd], scorecard()), "x")
    unread = row_of(rank([assessment("x", 0.0, unread=True), *crowd], scorecard()), "x")
    assert unread.p_top > read.p_top


levels = st.floats(0, 4).map(lambda level: round(level, 1))
people = st.lists(st.tuples(levels, levels, levels), min_size=1, max_size=7)


def batch_of(people) -> list[Assessment]:
    return [
        assessment(f"c{n}", dict(zip(CRITERIA, some, strict=True)), preferences=("Java",))
        for n, some in enumerate(people)
    ]


@settings(max_examples=25, deadline=None)
@given(people=people)
def test_input_order_does_not_matter(people) -> None:
    batch = batch_of(people)
    assert rank(batch, scorecard()) == rank(list(reversed(batch)), scorecard())


@settings(max_examples=25, deadline=None)
@given(people=people)
def test_the_interval_holds_the_rank_and_ranks_follow_scores(people) -> None:
    shortlist = rank(batch_of(people), scorecard())
    for row in shortlist.rows:
        assert row.rank is not None
        assert row.rank_interval is not None
        assert row.rank_interval[0] <= row.rank <= row.rank_interval[1] <= len(people)
    for better, worse in itertools.pairwise(shortlist.rows):
        assert better.score >= worse.score


@settings(max_examples=25, deadline=None)
@given(people=people, extra=levels)
def test_nobodys_score_depends_on_who_else_is_there(people, extra: float) -> None:
    batch = batch_of(people)
    alone = {row.candidate: row.score for row in rank(batch, scorecard()).rows}
    joined = {row.candidate: row.score for row in rank([*batch, assessment("new", extra)], scorecard()).rows}
    assert all(joined[candidate] == own for candidate, own in alone.items())


@settings(max_examples=25, deadline=None)
@given(some=st.tuples(levels, levels, levels), better=st.sampled_from(list(CRITERIA)), by=st.floats(0.1, 4))
def test_a_better_level_never_ranks_lower(some, better: str, by: float) -> None:
    own = dict(zip(CRITERIA, some, strict=True))
    improved = own | {better: min(4.0, round(own[better] + by, 1))}
    shortlist = rank([assessment("own", own), assessment("improved", improved)], scorecard())
    assert row_of(shortlist, "improved").rank <= row_of(shortlist, "own").rank


def test_the_caller_may_choose_how_many_are_shortlisted() -> None:
    assert rank([assessment("a", 1.0)], scorecard(), top=7).top == 7
    assert rank([assessment("a", 1.0)], scorecard()).top == 2


def test_channels_are_carried_for_the_report_only() -> None:
    plain = rank([assessment("a", 1.0)], scorecard())
    marked = rank([assessment("a", 1.0)], scorecard(), channels={"a": "referral"})
    assert marked.rows[0].channel == "referral"
    assert marked.rows[0].score == plain.rows[0].score


@pytest.mark.parametrize("level", [0.0, 2.0, 4.0])
def test_the_same_assessment_draws_the_same_odds_twice(level: float) -> None:
    first, second = (rank([assessment("a", level)], scorecard()) for _ in range(2))
    assert first == second


def capped(candidate: str, cuts: int) -> Assessment:
    """Every check certain, and so many criteria cut to level 2."""
    whole = assessment(candidate, 4.0)
    rows = [
        row.model_copy(update={"level": 2.0, "cap": 2.0, "cut": 2.0}) if n < cuts else row
        for n, row in enumerate(whole.criteria)
    ]
    return whole.model_copy(update={"criteria": tuple(rows)})


def test_what_the_cap_cuts_off_the_score_counts_in_no_odds() -> None:
    field = [capped("cut", 3), *(assessment(f"other{n}", 2.6) for n in range(4))]
    row = next(row for row in rank(field, scorecard()).rows if row.candidate == "cut")
    assert row.score == pytest.approx(50, abs=2)
    assert row.p_top < 0.1
    assert row.band == "hold"


def test_a_reading_that_is_cut_twice_waits_for_a_person() -> None:
    bands = {cuts: rank([capped("a", cuts)], scorecard(advance_bar=40.0)).rows[0].band for cuts in (0, 1, 2)}
    assert bands == {0: "advance", 1: "advance", 2: "probe"}


def test_a_criterion_without_a_usable_answer_waits_for_a_person() -> None:
    whole = assessment("a", 4.0)
    failed = whole.criteria[2].model_copy(update={"level": None, "unscored": "judge_failed", "findings": ()})
    shortlist = rank([whole.model_copy(update={"criteria": (*whole.criteria[:2], failed)})], scorecard())
    assert shortlist.rows[0].band == "probe"
    assert "no usable answer on talk" in shortlist.rows[0].band_reason
