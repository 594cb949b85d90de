"""A judge is held against a baseline on the same drawn candidates."""

import pytest

from evaluators.benchmarking.figures import figure, figures_of, ranking_measures
from evaluators.benchmarking.leads import LEAD, lead_figures, lead_words
from evaluators.benchmarking.results import Figure, JudgedCandidate
from tests.evaluators.benchmarking.builders import candidate

GOLD = [n % 5 for n in range(20)]


def scored(scores: list[float | None], *, set_: str = "role") -> list[JudgedCandidate]:
    return [
        candidate(f"c{n:02}", gold, score, set=set_) for n, (gold, score) in enumerate(zip(GOLD, scores, strict=True))
    ]


PERFECT = [25.0 * gold for gold in GOLD]
POOR = [float(5 * (n * 7 % 20)) for n in range(20)]
# Both make the same two mistakes, and the second one more: their own intervals overlap by far.
NEAR = [score if n not in (3, 12) else 50.0 for n, score in enumerate(PERFECT)]
NEARER = [score if n != 7 else 45.0 for n, score in enumerate(NEAR)]


def lead(ours: list[float | None], theirs: list[float | None], **more: int) -> Figure:
    figures = lead_figures(scored(ours), {"baseline:x": scored(theirs)}, judge="evidence", draws=300, **more)
    return next(iter(figures))


def test_a_lead_is_the_difference_of_the_two_figures() -> None:
    found = lead(PERFECT, POOR)
    taus = [
        next(one.value for one in figures_of(scored(scores), ranking_measures(), judge="x", draws=5))
        for scores in (PERFECT, POOR)
    ]
    assert taus[0] is not None
    assert taus[1] is not None
    assert found.value == pytest.approx(taus[0] - taus[1], abs=1e-6)
    assert (found.name, found.judge, found.group, found.cases) == (LEAD, "evidence", "baseline:x", 20)
    assert lead_words(found) == "ahead by more than noise"
    assert lead_words(lead(POOR, PERFECT)) == "behind by more than noise"


def test_whoever_scores_alike_is_within_noise_and_not_ahead() -> None:
    same = lead(NEAR, NEAR)
    assert (same.value, same.low, same.high) == (0.0, 0.0, 0.0)
    assert lead_words(same).startswith("within noise")


def test_the_same_candidates_are_drawn_for_both() -> None:
    def width(one: Figure) -> float:
        assert one.low is not None
        assert one.high is not None
        return one.high - one.low

    alone = [
        next(iter(figures_of(scored(scores), ranking_measures(), judge="x", draws=300))) for scores in (NEAR, NEARER)
    ]
    assert width(lead(NEAR, NEARER)) < 0.7 * max(map(width, alone))


def test_candidates_without_a_score_on_either_side_are_in_neither() -> None:
    ours: list[float | None] = [None, *PERFECT[1:]]
    theirs: list[float | None] = [*POOR[:-1], None]
    assert lead(ours, theirs).cases == 18


def test_over_all_sets_the_sets_are_averaged() -> None:
    ours = [*scored(PERFECT), *scored(PERFECT, set_="other")]
    theirs = [*scored(POOR), *scored(PERFECT, set_="other")]
    values = {one.set: one.value for one in lead_figures(ours, {"baseline:x": theirs}, judge="evidence", draws=20)}
    assert values["other"] == 0.0
    assert values["all"] == pytest.approx((values["role"] or 0) / 2, abs=1e-6)


def test_a_judge_without_an_order_has_no_lead() -> None:
    found = lead([50.0] * 20, POOR)
    assert (found.value, found.low) == (None, None)
    assert "no interval" in lead_words(found)
    assert "no interval" in lead_words(figure(LEAD, 0.2, judge="x", set_="all", cases=1, bases=1))
