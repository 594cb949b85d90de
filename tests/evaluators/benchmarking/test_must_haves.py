"""Whoever gives every must-have one answer passes for a judge by accuracy, and by nothing else."""

from collections.abc import Mapping

import pytest

from evaluators.benchmarking.agreement import cohen_kappa
from evaluators.benchmarking.figures import figures_of
from evaluators.benchmarking.must_haves import MAJORITY, by_majority, gate_measures
from evaluators.benchmarking.results import Figure, JudgedCandidate
from evaluators.benchmarking.thresholds import check_thresholds, load_thresholds
from flows.bench.run_figures import majority_figures
from flows.bench.running import shipped_thresholds
from tests.evaluators.benchmarking.builders import candidate

SHIPPED: Mapping[tuple[str, str], int] = {
    ("met", "met"): 57,
    ("met", "unknown"): 18,
    ("unknown", "met"): 11,
    ("unknown", "unknown"): 18,
    ("not_met", "met"): 9,
    ("not_met", "unknown"): 7,
}
"""What the evidence judge says of the 120 must-haves that come with shortlist, gold first."""


def people() -> list[JudgedCandidate]:
    pairs = [pair for pair, times in SHIPPED.items() for _ in range(times)]
    return [
        candidate(f"c{n:03}", 2, 50, set=f"s{n % 2}", gold_gates={"on_call": gold}, gates={"on_call": judged})
        for n, (gold, judged) in enumerate(pairs)
    ]


def figures(candidates: list[JudgedCandidate]) -> dict[tuple[str, str], Figure]:
    found = figures_of(candidates, gate_measures(), judge="evidence", draws=20)
    return {(one.name, one.group): one for one in found if one.set == "all"}


def missed(found: dict[tuple[str, str], Figure]) -> set[tuple[str, str]]:
    outcomes = check_thresholds(load_thresholds(shipped_thresholds()), list(found.values()), judge="evidence")
    return {(one.threshold.figure, one.threshold.group) for one in outcomes if one.verdict == "missed"}


def test_the_shipped_judge_passes_by_a_little_and_one_answer_for_all_does_not() -> None:
    shipped = figures(people())
    assert shipped["gate_accuracy", ""].value == 0.625
    assert shipped["gate_accuracy", ""].note == "always 'met' would be right in 75 of 120"
    assert shipped["gate_kappa", ""].value == pytest.approx(0.27, abs=0.01)
    assert shipped["false_met", ""].value == pytest.approx(20 / 45, abs=1e-6)
    assert shipped["false_met", "not_met"].value == pytest.approx(9 / 16, abs=1e-6)
    assert missed(shipped) == set()
    assert missed(shipped | {("gate_kappa", ""): shipped["gate_kappa", ""].model_copy(update={"value": 0.2})})
    constant = figures(list(by_majority(people())))
    assert constant["gate_accuracy", ""].value == 0.625
    assert constant["gate_kappa", ""].value == 0.0
    assert missed(constant) == {("gate_kappa", ""), ("false_met", ""), ("false_met", "not_met")}


def test_each_error_is_a_share_of_those_it_can_happen_to() -> None:
    found = figures(people())
    assert {key: one.cases for key, one in found.items() if one.better == "lower"} == {
        ("false_not_met", ""): 104,
        ("false_met", ""): 45,
        ("false_met", "not_met"): 16,
    }
    assert found["false_met", "not_met"].note == "9 of 16 at risk; 104 more are labelled met or open"


def test_the_answer_that_needs_no_reading_is_a_figure_of_every_run() -> None:
    found = {one.name: one for one in majority_figures(people(), draws=20) if one.set == "all" and not one.group}
    assert found["gate_accuracy"].judge == MAJORITY
    assert (found["gate_accuracy"].value, found["gate_kappa"].value, found["false_met"].value) == (0.625, 0.0, 1.0)


def test_kappa_is_agreement_beyond_chance() -> None:
    # J. L. Fleiss' textbook form: 20 and 15 agreed of 50, by 25 and 30 times yes.
    table = [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15
    assert cohen_kappa(table) == pytest.approx(0.4)
    assert cohen_kappa([("y", "y"), ("n", "n")]) == 1.0
    assert cohen_kappa([]) != cohen_kappa([])
    assert cohen_kappa([("y", "y")] * 9) != cohen_kappa([("y", "y")] * 9)
