import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.desk.desk import Desk
from pipeline.desk.models import OutcomeKind, OutcomeSummary, Separation
from pipeline.desk.outcomes import TOO_FEW, auc, auc_interval
from pipeline.models.report import ReportedRow
from tests.pipeline.desk.clock import SteppedClock

SCORES = st.lists(st.integers(0, 20), min_size=1, max_size=25)


@pytest.fixture(autouse=True)
def opening(desk: Desk) -> None:
    desk.openings.create("Billing", by="rana")
    desk.scorecards.save("billing", "id: billing\n", by="rana")


def run_with(desk: Desk, tmp_path: Path, scores: Mapping[str, float | None], clock: SteppedClock) -> str:
    run = desk.runs.queue("billing", by="rana")
    out = tmp_path / run.id
    desk.runs.begin(run.id, out=out)
    out.mkdir()
    rows = [
        {"candidate": candidate, "score": score, "band": "needs_review" if score is None else band(score)}
        for candidate, score in scores.items()
    ]
    assert set(rows[0]) <= ReportedRow.model_fields.keys()
    (out / "shortlist.json").write_text(json.dumps({"rows": rows}))
    clock.move(seconds=5)
    desk.runs.finish(run.id)
    clock.move(seconds=5)
    return run.id


def band(score: float) -> str:
    return "advance" if score >= 70 else "hold"


def record(desk: Desk, values: Mapping[str, bool], kind: OutcomeKind = "interview_passed") -> None:
    for candidate, value in values.items():
        desk.reviews.record_outcome("billing", candidate, kind, "yes" if value else "no", by="hana")


def of(summary: OutcomeSummary, kind: OutcomeKind = "interview_passed") -> Separation:
    (found,) = [separation for separation in summary.kinds if separation.kind == kind]
    return found


def test_outcomes_are_counted_by_band(desk: Desk, tmp_path: Path, clock: SteppedClock) -> None:
    run_with(desk, tmp_path, {"a": 80, "b": 75, "c": 40, "d": None}, clock)
    record(desk, {"a": True, "b": False, "c": False, "d": True})
    desk.reviews.record_outcome("billing", "a", "hired", "unknown", by="hana")
    summary = desk.outcomes_against_scores("billing")
    separation = of(summary)
    counts = {one.band: (one.yes, one.no) for one in separation.bands if one.yes or one.no}
    assert counts == {"advance": (1, 1), "hold": (0, 1), "needs_review": (1, 0)}
    assert (separation.yes, separation.no) == (1, 2)
    assert (separation.auc, separation.interval, separation.verdict) == (None, None, TOO_FEW)
    assert {pair.candidate for pair in summary.pairs} == {"a", "b", "c", "d"}
    assert of(summary, "hired").bands[0].yes == 0


@pytest.mark.parametrize(
    ("step", "said"), [(1, "had the higher"), (-1, "had the lower scores: look at the scorecard"), (0, "did not tell")]
)
def test_ten_of_each_are_enough_to_tell(desk: Desk, tmp_path: Path, clock: SteppedClock, step: int, said: str) -> None:
    scores = {f"c{n:02d}": 50.0 + step * n for n in range(20)}
    run_with(desk, tmp_path, scores, clock)
    values = {candidate: n >= 10 for n, candidate in enumerate(scores)}
    record(desk, dict(list(values.items())[1:]))
    assert of(desk.outcomes_against_scores("billing")).verdict == TOO_FEW
    record(desk, values)
    separation = of(desk.outcomes_against_scores("billing"))
    assert separation.auc == (1 + step) / 2
    assert separation.interval is not None
    assert separation.interval[0] <= separation.auc <= separation.interval[1]
    assert said in separation.verdict


def test_an_outcome_is_held_against_the_last_score_that_was_known_before_it(
    desk: Desk, tmp_path: Path, clock: SteppedClock
) -> None:
    run_with(desk, tmp_path, {"a": 10}, clock)
    before = run_with(desk, tmp_path, {"a": 40, "b": 20}, clock)
    record(desk, {"a": False, "late": True})
    run_with(desk, tmp_path, {"a": 90, "late": 90}, clock)
    record(desk, {"a": True})
    summary = desk.outcomes_against_scores("billing")
    (pair,) = summary.pairs
    assert (pair.candidate, pair.run, pair.score, pair.value) == ("a", before, 40, "yes")
    assert summary.without_score == 1


def test_a_run_whose_results_were_deleted_tells_nothing(desk: Desk, tmp_path: Path, clock: SteppedClock) -> None:
    first = run_with(desk, tmp_path, {"a": 10}, clock)
    second = run_with(desk, tmp_path, {"a": 40}, clock)
    record(desk, {"a": True})
    (tmp_path / second / "shortlist.json").unlink()
    assert [pair.run for pair in desk.outcomes_against_scores("billing").pairs] == [first]


def test_nothing_is_told_of_an_opening_without_outcomes(desk: Desk) -> None:
    summary = desk.outcomes_against_scores("billing")
    assert (summary.pairs, summary.without_score) == ((), 0)
    assert {separation.verdict for separation in summary.kinds} == {TOO_FEW}


@given(yes=SCORES, no=SCORES)
def test_the_area_is_the_share_of_pairs_in_the_right_order(yes: list[int], no: list[int]) -> None:
    pairs = [(a > b) + (a == b) / 2 for a in yes for b in no]
    assert auc(yes, no) == pytest.approx(sum(pairs) / len(pairs))
    assert auc(yes, no) + auc(no, yes) == pytest.approx(1)


@given(area=st.floats(0, 1), yes=st.integers(10, 300), no=st.integers(10, 300))
def test_the_interval_holds_the_area_and_is_narrower_with_more_people(area: float, yes: int, no: int) -> None:
    low, high = auc_interval(area, yes, no)
    assert 0 <= low <= area <= high <= 1
    more = auc_interval(area, yes * 4, no * 4)
    assert more[1] - more[0] < high - low
    mirrored = auc_interval(1 - area, yes, no)
    assert mirrored == pytest.approx((1 - high, 1 - low), abs=1e-9)


def test_each_limit_is_as_far_from_the_area_as_its_own_standard_error_says() -> None:
    low, high = auc_interval(0.8, 20, 20)
    for limit in (low, high):
        size = 19.0
        spread = limit * (1 - limit) * (1 + size * ((1 - limit) / (2 - limit) + limit / (1 + limit))) / 400
        assert abs(0.8 - limit) == pytest.approx(1.959964 * spread**0.5)


def test_nineteen_in_twenty_intervals_hold_the_true_area() -> None:
    import numpy as np

    # Normal scores one standard deviation apart: the area is 0.7602 (the normal distribution function at 1/sqrt(2)).
    draws, inside = np.random.default_rng(11), 0
    for _ in range(1_000):
        yes, no = draws.normal(1, 1, 15), draws.normal(0, 1, 25)
        low, high = auc_interval(auc(yes, no), 15, 25)
        inside += low <= 0.7602 <= high
    assert 930 <= inside <= 985
