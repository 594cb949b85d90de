"""Above the line and below it: nobody is lost, nobody is interleaved, and no rank is given twice."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.models.assessment import Assessment, CriterionAssessment, Flag, GateAssessment
from pipeline.models.scorecard import Check, Criterion, NonNegotiable, Rubric, Scorecard
from pipeline.models.shortlist import Shortlist
from pipeline.models.verdicts import GroundedFinding
from pipeline.ranking import rank
from pipeline.ranking_line import best_candidates, rank_with_line

RUBRIC = Rubric(
    id="sample", checks=(Check(id="low", question="?", points=2.0), Check(id="high", question="?", points=2.0))
)
SCORECARD = Scorecard(
    id="role",
    title="Role",
    stage="growth",
    mission="Keep it running.",
    non_negotiables=(NonNegotiable(id="oncall", statement="Has been on call.", about="past"),),
    criteria=tuple(
        Criterion(id=name, weight=1, kind="judgment", sources=("resume",), statement="?", rubric=RUBRIC)
        for name in ("one", "two")
    ),
    gate_rubric=Rubric(id="gate", checks=()),
    interview_slots=3,
)
FLAG = Flag(id="second_judge_differs", detail="d", question="q")


def assessment(candidate: str, level: float | None, *, gate: str = "met", flags: tuple[Flag, ...] = ()) -> Assessment:
    findings = ()
    if level is not None:
        p = {"low": min(1.0, level / 2), "high": max(0.0, (level - 2) / 2)}
        findings = tuple(GroundedFinding(check=check, p=own, met=own >= 0.5) for check, own in p.items())
    return Assessment(
        candidate=candidate,
        dossier_hash=f"{candidate:0>64}",
        criteria=tuple(
            CriterionAssessment(
                criterion=name, level=level, findings=findings, unscored=None if level is not None else "source_missing"
            )
            for name in ("one", "two")
        ),
        gates=(GateAssessment(gate="oncall", status=gate),),
        flags=flags,
        coverage=0.0 if level is None else 1.0,
        sources_read=("resume",),
    )


LEVELS = st.one_of(st.none(), st.sampled_from([n / 2 for n in range(9)]))
PERSON = st.tuples(LEVELS, LEVELS, st.sampled_from(["met", "met", "met", "not_met", "unknown"]))


@st.composite
def two_rankings(draw) -> tuple[Shortlist, Shortlist]:
    people = draw(st.lists(PERSON, min_size=1, max_size=12))
    top = draw(st.integers(1, 6))
    names = [f"c{n:02d}" for n in range(len(people))]
    screened = rank(
        [assessment(name, first, gate=gate) for name, (first, _, gate) in zip(names, people, strict=True)],
        SCORECARD,
        top=top,
    )
    best = set(best_candidates(screened, draw(st.integers(1, 12))))
    judged = rank(
        [
            assessment(name, second, gate=gate)
            for name, (_, second, gate) in zip(names, people, strict=True)
            if name in best
        ],
        SCORECARD,
        top=top,
    )
    return screened, judged


@settings(max_examples=60, deadline=None)
@given(two_rankings())
def test_nobody_is_lost_or_doubled_and_nobody_is_interleaved(rankings):
    screened, judged = rankings
    lined = rank_with_line(screened, judged, SCORECARD)
    assert sorted(r.candidate for r in lined.rows) == sorted(r.candidate for r in screened.rows)
    places = [(row.rank is None, row.below_line) for row in lined.rows]
    assert places == sorted(places)
    assert {r.candidate for r in lined.rows if not r.below_line} == {r.candidate for r in judged.rows}
    assert lined.judged_top == len(judged.rows)


@settings(max_examples=60, deadline=None)
@given(two_rankings())
def test_ranks_below_the_line_are_those_of_the_screening_and_behind_all_above(rankings):
    screened, judged = rankings
    lined = rank_with_line(screened, judged, SCORECARD)
    before = {row.candidate: row for row in (*screened.rows, *judged.rows)}
    ranks = [row.rank for row in lined.rows if row.rank is not None]
    assert ranks == sorted(ranks)
    for row in lined.rows:
        assert (row.rank, row.score) == (before[row.candidate].rank, before[row.candidate].score)
        if row.rank is None:
            continue
        low, high = row.rank_interval
        assert low <= row.rank <= high
        if row.below_line:
            assert low > len(judged.rows)
            assert high <= sum(r.rank is not None for r in screened.rows)
        else:
            assert high <= len(judged.rows)


@settings(max_examples=60, deadline=None)
@given(two_rankings())
def test_chances_below_the_line_share_the_places_that_are_left(rankings):
    screened, judged = rankings
    lined = rank_with_line(screened, judged, SCORECARD)
    left = screened.top - len(judged.rows)
    below = [row for row in lined.rows if row.below_line and row.rank is not None]
    if left <= 0:
        assert all(row.p_top == 0 and row.band == "hold" for row in below)
    else:
        assert all(row.p_top == 1 for row in below if row.rank_interval[1] <= screened.top)
    assert all(row.band == "hold" for row in below if row.p_top == 0)


def field(*levels: float | None, top: int = 3, first: str = "abcdefgh") -> Shortlist:
    return rank([assessment(name, level) for name, level in zip(first, levels, strict=False)], SCORECARD, top=top)


def test_everybody_with_the_last_score_is_taken_along():
    screened = field(4.0, 3.0, 3.0, 3.0, 1.0)
    assert best_candidates(screened, 1) == ("a",)
    assert best_candidates(screened, 2) == ("a", "b", "c", "d")
    assert best_candidates(screened, 4) == best_candidates(screened, 3) == best_candidates(screened, 2)
    assert best_candidates(screened, 99) == ("a", "b", "c", "d", "e")


def test_rows_without_a_rank_are_not_read_again():
    people = [assessment("a", 4.0, gate="not_met"), assessment("b", None), assessment("c", 1.0)]
    assert best_candidates(rank(people, SCORECARD), 3) == ("c",)


def test_no_candidates_to_read_again_are_refused():
    with pytest.raises(ValueError, match="at least 1"):
        best_candidates(field(1.0), 0)


def test_fewer_above_the_line_than_interviews_leave_places_for_the_best_below():
    screened = field(4.0, 3.5, 3.0, 0.5, top=2)
    lined = rank_with_line(screened, field(3.0, top=2), SCORECARD)
    chances = {row.candidate: row.p_top for row in lined.rows}
    assert 0.5 < chances["b"] < 1.0
    assert chances["b"] > chances["c"] > 0.1 > chances["d"]
    assert {row.candidate: row.band for row in lined.rows}["b"] in ("advance", "boundary")


def test_strong_row_below_the_line_is_not_promised_an_interview_that_the_line_takes():
    screened = field(4.0, 4.0, 3.9, 3.9, top=2)
    assert screened.rows[2].p_top > 0
    lined = rank_with_line(screened, field(1.0, 1.0, top=2), SCORECARD)
    third = lined.rows[2]
    assert (third.below_line, third.rank, third.p_top, third.band) == (True, 3, 0.0, "hold")
    assert "below the line" in third.band_reason


def test_rank_that_is_lost_above_the_line_is_not_given_to_somebody_below():
    lined = rank_with_line(field(4.0, 3.5, 3.0, 2.0), field(4.0, None), SCORECARD)
    assert [(row.candidate, row.rank) for row in lined.rows] == [("a", 1), ("c", 3), ("d", 4), ("b", None)]


def test_labels_are_those_of_the_whole_batch():
    screened = field(1.0, 2.0, 4.0, first="abc")
    lined = rank_with_line(screened, field(4.0, first="c"), SCORECARD)
    assert {r.candidate: r.label for r in lined.rows} == {r.candidate: r.label for r in screened.rows}


def test_flag_below_the_line_keeps_its_would_be_band_when_places_are_left():
    people = [assessment("a", 4.0), assessment("b", 4.0, flags=(FLAG,)), assessment("c", 0.5)]
    screened = rank(people, SCORECARD, top=3)
    lined = rank_with_line(screened, rank([people[0], people[1]], SCORECARD, top=3), SCORECARD)
    assert [row.band for row in lined.rows] == ["advance", "probe", "hold"]


@pytest.mark.parametrize(
    "judged",
    [
        field(4.0, first="d"),
        field(4.0, first="z"),
        field(4.0, top=1),
    ],
    ids=["not the best", "not screened", "another K"],
)
def test_rankings_that_do_not_belong_together_are_refused(judged):
    with pytest.raises(ValueError, match=r"second judge|two rankings"):
        rank_with_line(field(4.0, 3.0, 2.0, 1.0), judged, SCORECARD)
