from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from evaluators.chat.calibration import (
    MIN_DENIAL_ROWS,
    MIN_ROWS,
    SHRINKAGE_ROWS,
    ChatCalibration,
    CheckCalibration,
    LabelledAnswer,
    figures,
    fit_calibration,
    fit_knots,
    isotonic,
    load_calibration,
)
from evaluators.gates import NOT_MET_FROM
from evaluators.rubric_library import load_rubric_library
from pipeline.errors import ConfigurationError
from pipeline.models.scorecard import Rubric
from pipeline.models.verdicts import Answer, Finding, Quote

LIBRARY = load_rubric_library()
GATE = LIBRARY["gate"]
TRADEOFF = LIBRARY["tradeoff_reasoning"]

probabilities = st.floats(0, 1).map(lambda p: round(p, 3))
labelled = st.lists(st.tuples(probabilities, st.booleans()), min_size=1, max_size=120)


def sigmoid(x: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-x)))


def judged(kind: str, rows: int, *, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """P of a simulated judge, and labels."""
    rng = np.random.default_rng([seed, rows, len(kind)])
    truth = rng.normal(-0.5, 2.2, rows)
    labels = (rng.random(rows) < sigmoid(truth)).astype(float)
    said = {
        "overconfident": 2.5 * truth,
        "underconfident": 0.4 * truth,
        "noisy": truth + rng.normal(0, 2, rows),
        "right": truth,
    }[kind]
    return np.clip(sigmoid(said), 0.001, 0.999), labels


def answers_of(
    rubric: Rubric, check: str, p: Sequence[float], labels: Sequence[float], *, authors: int = 4
) -> list[LabelledAnswer]:
    return [
        (
            rubric.id,
            {check: bool(label)},
            Answer(key=f"k{place}", findings=tuple(Finding(check=one.id, p=each) for one in rubric.checks)),
            f"author {place % authors}",
        )
        for place, (each, label) in enumerate(zip(p, labels, strict=True))
    ]


def fitted(answers: Sequence[LabelledAnswer]) -> ChatCalibration:
    return fit_calibration(answers, fingerprint="chat:m:1", made="2026-11-25T10:00:00+00:00", rubrics=LIBRARY)


def calibration(rubric: Rubric, *checks: CheckCalibration) -> ChatCalibration:
    made = fitted(answers_of(rubric, rubric.checks[0].id, [0.5], [1.0]))
    return made.model_copy(update={"checks": checks})


def correction(rubric: Rubric, check: str, *knots: tuple[float, float], rows: int = 60) -> CheckCalibration:
    return CheckCalibration(rubric=rubric.id, check=check, rows=rows, positives=rows // 2, calibrated=True, knots=knots)


@given(rows=labelled)
def test_pools_are_those_of_another_isotonic_regression(rows: list[tuple[float, bool]]) -> None:
    p, labels = np.array([one for one, _ in rows]), np.array([float(label) for _, label in rows])
    xs, ys = isotonic(p, labels)
    assert (np.diff(xs) > 0).all()
    assert (np.diff(ys) > 0).all()
    theirs = IsotonicRegression(increasing=True).fit(p, labels).predict(p)
    # Every row belongs to the pool whose value it was given.
    assert np.allclose(np.sort(np.unique(np.round(theirs, 9))), np.round(ys, 9))
    for x, y in zip(xs, ys, strict=True):
        assert np.isclose(p[np.isclose(theirs, y)].mean(), x)


@given(rows=labelled)
def test_a_correction_rises_and_stays_strictly_between_0_and_1(rows: list[tuple[float, bool]]) -> None:
    knots = fit_knots([p for p, _ in rows], [label for _, label in rows])
    xs, ys = zip(*knots, strict=True)
    assert (xs[0], xs[-1]) == (0.0, 1.0)
    assert list(xs) == sorted(set(xs))
    assert list(ys) == sorted(ys)
    assert ys[0] > 0
    assert ys[-1] < 1


def test_few_rows_hardly_correct_and_many_rows_decide() -> None:
    few = dict(fit_knots([0.8], [0.0]))
    assert few[0.8] == pytest.approx(min(0.8 * SHRINKAGE_ROWS / (1 + SHRINKAGE_ROWS), 2 / 3), abs=1e-5)
    many = dict(fit_knots([0.8] * 10_000, [0.0] * 7_000 + [1.0] * 3_000))
    assert many[0.8] == pytest.approx(0.3, abs=0.002)


@pytest.mark.parametrize("kind", ["overconfident", "underconfident", "noisy", "right"])
def test_fifty_rows_help_a_biased_judge_and_hardly_hurt_a_good_one(kind: str) -> None:
    gains = []
    for seed in range(30):
        xs, ys = zip(*fit_knots(*judged(kind, 50, seed=seed)), strict=True)
        p, labels = judged(kind, 4_000, seed=1_000 + seed)
        gains.append(figures(p, labels).log_loss - figures(np.interp(p, xs, ys), labels).log_loss)
    assert np.mean(gains) > {"overconfident": 0.05, "underconfident": 0.03, "noisy": 0.03, "right": -0.02}[kind]


def test_log_loss_brier_and_calibration_error_are_those_of_the_books() -> None:
    told = figures([0.9, 0.9, 0.2, 0.2], [1, 0, 0, 0])
    assert told.log_loss == pytest.approx(-(np.log(0.9) + np.log(0.1) + 2 * np.log(0.8)) / 4, abs=1e-4)
    assert told.brier == pytest.approx((0.01 + 0.81 + 0.04 + 0.04) / 4)
    assert told.ece == pytest.approx((0.4 * 2 + 0.2 * 2) / 4)
    assert figures([1.0, 0.0], [1, 0]).brier == 0


def test_below_fifty_rows_a_check_keeps_its_p_and_says_that_it_is_uncalibrated() -> None:
    p, labels = judged("overconfident", MIN_ROWS - 1, seed=1)
    made = fitted(answers_of(TRADEOFF, "reason", p.tolist(), labels.tolist()))
    [reason] = [one for one in made.checks if one.check == "reason"]
    assert not reason.calibrated
    assert reason.why_not == "49 labelled rows, 50 are needed"
    assert "reason" in made.uncalibrated(TRADEOFF)
    findings = (Finding(check="reason", p=0.73), Finding(check="cost", p=0.9))
    assert made.apply(findings, TRADEOFF) == findings


def test_from_fifty_rows_on_a_check_is_calibrated_and_the_others_are_not() -> None:
    p, labels = judged("overconfident", MIN_ROWS, seed=1)
    made = fitted(answers_of(TRADEOFF, "reason", p.tolist(), labels.tolist()))
    assert made.uncalibrated(TRADEOFF) == ("constraint", "alternative", "cost", "consequence")
    [reason] = made.apply((Finding(check="reason", p=0.999),), TRADEOFF)
    assert reason.p < 0.99
    assert made.uncalibrated(LIBRARY["communication"]) == ("explained", "assumptions", "adapted")


@pytest.mark.parametrize("label", [0.0, 1.0])
def test_labels_of_one_kind_or_by_one_author_calibrate_nothing(label: float) -> None:
    p, labels = judged("noisy", 80, seed=2)
    one_kind = fitted(answers_of(TRADEOFF, "reason", p.tolist(), [label] * 80))
    assert "on either side" in one_kind.checks[0].why_not
    one_author = fitted(answers_of(TRADEOFF, "reason", p.tolist(), labels.tolist(), authors=1))
    assert "one author" in one_author.checks[0].why_not


def test_figures_after_are_held_out_by_author() -> None:
    # Each author's judge is wrong in another way, so what is learnt from one does not help the other.
    p = [0.9] * 60 + [0.9] * 60
    labels = [1.0] * 60 + [0.0] * 60
    rows = [
        (rubric, held, answer, "optimist" if place < 60 else "pessimist")
        for place, (rubric, held, answer, _) in enumerate(answers_of(TRADEOFF, "reason", p, labels))
    ]
    [reason, *_] = fitted(rows).checks
    assert reason.before is not None
    assert reason.after is not None
    in_sample = figures([reason.apply(one) for one in p], labels)
    assert in_sample.log_loss < reason.before.log_loss < reason.after.log_loss


def test_a_real_bias_shows_in_the_held_out_figures() -> None:
    p, labels = judged("overconfident", 400, seed=5)
    [reason, *_] = fitted(answers_of(TRADEOFF, "reason", p.tolist(), labels.tolist())).checks
    assert reason.before is not None
    assert reason.after is not None
    assert reason.after.log_loss < reason.before.log_loss - 0.05
    assert reason.after.ece < reason.before.ece


def test_a_corrected_p_is_bounded_by_that_of_the_checks_it_requires() -> None:
    made = calibration(TRADEOFF, correction(TRADEOFF, "constraint", (0.0, 0.0), (1.0, 0.4)))
    findings = tuple(Finding(check=check.id, p=0.9) for check in reversed(TRADEOFF.checks))
    corrected = {finding.check: finding.p for finding in made.apply(findings, TRADEOFF)}
    assert corrected == pytest.approx(
        {"reason": 0.9, "constraint": 0.36, "alternative": 0.36, "cost": 0.36, "consequence": 0.36}
    )
    assert [finding.check for finding in made.apply(findings, TRADEOFF)] == [finding.check for finding in findings]


@given(
    p=st.lists(probabilities, min_size=5, max_size=5),
    knots=st.lists(st.tuples(probabilities, probabilities), min_size=5, max_size=5),
)
def test_corrections_keep_quotes_order_and_the_chain_of_requirements(
    p: list[float], knots: list[tuple[float, float]]
) -> None:
    made = calibration(
        TRADEOFF,
        *(
            correction(TRADEOFF, check.id, (0.0, min(pair)), (1.0, max(pair)))
            for check, pair in zip(TRADEOFF.checks, knots, strict=True)
        ),
    )
    quote = Quote(passage="P", text="words that were found")
    findings = tuple(
        Finding(check=check.id, p=one, quotes=(quote,)) for check, one in zip(TRADEOFF.checks, p, strict=True)
    )
    corrected = made.apply(findings, TRADEOFF)
    assert [(one.check, one.quotes) for one in corrected] == [(one.check, one.quotes) for one in findings]
    by_check = {one.check: one.p for one in corrected}
    for check in TRADEOFF.checks:
        assert all(by_check[check.id] <= by_check[required] for required in check.requires)


def denial(p: float, *, rows: int, knots: tuple[tuple[float, float], ...]) -> float:
    made = calibration(GATE, correction(GATE, "denied", *knots, rows=rows))
    [found] = made.apply((Finding(check="denied", p=p),), GATE)
    return found.p


@given(p=probabilities, rows=st.integers(MIN_ROWS, MIN_DENIAL_ROWS - 1), low=probabilities, high=probabilities)
def test_no_correction_lifts_a_denial_to_not_met_on_few_rows(p: float, rows: int, low: float, high: float) -> None:
    knots = ((0.0, min(low, high)), (0.5, max(low, high)), (1.0, 0.99))
    corrected = denial(p, rows=rows, knots=knots)
    if p < NOT_MET_FROM:
        assert round(corrected, 3) < NOT_MET_FROM


def test_enough_labelled_denials_may_lift_one_and_any_number_may_lower_one() -> None:
    lifting = ((0.0, 0.01), (0.8, 0.97), (1.0, 0.99))
    assert denial(0.85, rows=MIN_DENIAL_ROWS, knots=lifting) > NOT_MET_FROM
    assert denial(0.85, rows=MIN_DENIAL_ROWS - 1, knots=lifting) == 0.899
    assert denial(0.95, rows=MIN_ROWS, knots=((0.0, 0.01), (1.0, 0.6))) < 0.6


def test_the_limit_on_denials_keeps_their_order() -> None:
    ps = np.linspace(0, 1, 101)
    corrected = [denial(float(p), rows=60, knots=((0.0, 0.1), (0.6, 0.95), (1.0, 0.98))) for p in ps]
    assert corrected == sorted(corrected)


def test_other_checks_of_a_gate_may_be_lifted() -> None:
    made = calibration(GATE, correction(GATE, "first_hand", (0.0, 0.01), (0.8, 0.97), (1.0, 0.99)))
    [found] = made.apply((Finding(check="first_hand", p=0.85),), GATE)
    assert found.p > 0.95


def test_a_rubric_that_was_worded_anew_is_not_corrected() -> None:
    made = calibration(TRADEOFF, correction(TRADEOFF, "reason", (0.0, 0.0), (1.0, 0.5)))
    first = TRADEOFF.checks[0].model_copy(update={"question": "Something else?"})
    other = TRADEOFF.model_copy(update={"checks": (first, *TRADEOFF.checks[1:])})
    findings = (Finding(check="reason", p=0.9),)
    assert made.apply(findings, other) == findings
    assert made.uncalibrated(other) == tuple(check.id for check in other.checks)
    assert made.apply(findings, TRADEOFF)[0].p == 0.45


def test_answers_in_any_order_give_the_same_calibration() -> None:
    p, labels = judged("noisy", 90, seed=3)
    answers = answers_of(TRADEOFF, "reason", p.tolist(), labels.tolist())
    assert fitted(answers) == fitted(answers[::-1])
    changed = [(*answers[0][:1], {"reason": not answers[0][1]["reason"]}, *answers[0][2:]), *answers[1:]]
    assert fitted(changed).rows_hash != fitted(answers).rows_hash


def test_questions_without_an_answer_are_counted_and_left_out() -> None:
    p, labels = judged("noisy", 60, seed=3)
    answers = answers_of(TRADEOFF, "reason", p.tolist(), labels.tolist())
    failed = (TRADEOFF.id, {"reason": True}, Answer(key="x", unscored="judge_failed"), "author 1")
    made = fitted([*answers, failed])
    assert made.unanswered == 1
    assert made.rows_hash == fitted(answers).rows_hash
    assert made.checks[0].rows == 60


def test_a_calibration_is_read_again_for_its_own_judge_only(tmp_path: Path) -> None:
    p, labels = judged("noisy", 60, seed=3)
    made = fitted(answers_of(TRADEOFF, "reason", p.tolist(), labels.tolist()))
    path = tmp_path / "calibration.json"
    made.save(path)
    assert load_calibration(path, fingerprint="chat:m:1") == made
    with pytest.raises(ConfigurationError, match="'chat:m:1', this one is 'chat:n:2'"):
        load_calibration(path, fingerprint="chat:n:2")
    path.write_text('{"format": "chat calibration 0"}', encoding="utf-8")
    with pytest.raises(ConfigurationError, match="Make it again"):
        load_calibration(path, fingerprint="chat:m:1")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_calibration(tmp_path / "absent.json", fingerprint="chat:m:1")
