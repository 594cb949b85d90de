import random

import pytest

from evaluators.benchmarking.figures import (
    candidate_measures,
    check_figures,
    figures_of,
    ranking_measures,
)
from evaluators.benchmarking.moved import pair_figures
from evaluators.benchmarking.results import Figure
from evaluators.benchmarking.thresholds import check_thresholds, load_thresholds
from flows.bench.running import shipped_thresholds
from tests.evaluators.benchmarking.builders import candidate, check, pair

GOOD = tuple(candidate(f"c{n}", n / 2, 12.5 * n) for n in range(9))


def found(candidates, name: str, *, set_: str = "role", group: str = "") -> Figure:
    figures = figures_of(candidates, candidate_measures(candidates), judge="evidence", draws=50)
    return next(one for one in figures if (one.name, one.set, one.group) == (name, set_, group))


def test_a_perfect_judge_gets_perfect_figures() -> None:
    for name in ("tau_b", "ndcg_at_3", "superior_pairs", "gate_accuracy"):
        assert found(GOOD, name).value == 1.0, name
    assert found(GOOD, "false_not_met").value == 0.0


def test_a_candidate_without_a_score_is_left_out_and_told() -> None:
    figure = found((*GOOD, candidate("lost", 4.0, None)), "tau_b")
    assert figure.value == 1.0
    assert figure.cases == 9
    assert "1 without a score" in figure.note
    assert found((*GOOD, candidate("lost", 4.0, None)), "unscored").value == pytest.approx(0.1)


def test_over_all_sets_rankings_are_averaged_and_levels_pooled() -> None:
    bad = tuple(candidate(f"c{n}", n / 2, 100 - 12.5 * n, set="other") for n in range(9))
    both = (*GOOD, *bad)
    assert found(both, "tau_b", set_="all").value == pytest.approx(0.0)
    assert found(both, "tau_b", set_="other").value == -1.0
    assert found(both, "level_kappa", set_="all").cases == 18


def test_one_criterion_judged_at_random_misses_its_floor_although_the_sum_holds() -> None:
    chance = random.Random(3)
    names = ("tradeoff_reasoning", "failure_modes", "mission_fit", "testing_and_operability", "communication")
    rows = []
    for n in range(40):
        gold = {name: chance.randrange(5) for name in names}
        levels = {name: float(level) for name, level in gold.items()} | {"communication": float(chance.randrange(5))}
        rows.append(candidate(f"c{n:02}", 2, 50, gold_levels=gold, levels=levels))
    figures = list(figures_of(rows, candidate_measures(rows), judge="evidence", draws=20))
    outcomes = check_thresholds(load_thresholds(shipped_thresholds()), figures, judge="evidence")
    verdicts = {one.figure.group: one.verdict for one in outcomes if one.figure and one.figure.name == "level_kappa"}
    assert verdicts == {"": "passed"} | dict.fromkeys(names, "passed") | {"communication": "missed"}


def test_levels_are_rounded_halves_up() -> None:
    rows = [candidate("a", 3.0, 62.5), candidate("b", 1.0, 25.0)]
    assert found(rows, "level_kappa", group="depth").value == 1.0


def test_false_not_met_counts_only_denials_of_what_is_met_or_open() -> None:
    rows = [
        candidate("a", 1, 25, gold_gates={"g": "unknown"}, gates={"g": "not_met"}),
        candidate("b", 1, 25, gold_gates={"g": "not_met"}, gates={"g": "not_met"}),
        candidate("c", 1, 25, gold_gates={"g": "met"}, gates={"g": "unknown"}),
        candidate("d", 1, 25, gold_gates={"g": "met"}, gates={"g": "met"}),
    ]
    # b's must-have is not met in gold: denying it is right, so three are at risk.
    denied = found(rows, "false_not_met")
    assert denied.value == pytest.approx(1 / 3, abs=1e-6)
    assert (denied.cases, denied.bases) == (3, 3)
    assert denied.note == "1 of 3 at risk; 1 more are labelled not met"
    assert found(rows, "gate_accuracy").cases == 4
    assert found(rows, "gate_accuracy").value == 0.5


def test_what_never_happened_gets_the_interval_of_as_many_bases() -> None:
    figure = found(GOOD, "false_not_met")
    assert figure.low == 0.0
    assert figure.high == pytest.approx(0.3363, abs=1e-3)


def test_a_gold_gate_that_was_not_judged_is_no_case() -> None:
    assert found([candidate("a", 1, 25, gates={}), candidate("b", 2, 50)], "gate_accuracy").cases == 1


def test_checks_are_counted_by_candidate() -> None:
    checks = [check("a", True, 0.9), check("a", False, 0.2), check("b", True, 0.3)]
    figures = {(one.name, one.set): one for one in check_figures(checks, ["role"], judge="evidence", draws=50)}
    recall = figures["check_recall", "role"]
    assert (recall.value, recall.cases, recall.bases) == (0.5, 3, 2)


def test_a_set_without_labelled_checks_says_so() -> None:
    figures = list(check_figures([], ["role"], judge="evidence"))
    assert {one.value for one in figures} == {None}
    assert all("gold/checks.csv" in one.note for one in figures)


def test_clones_of_one_base_are_one_observation() -> None:
    pairs = [pair("one", True, n=n) for n in range(50)] + [pair("two", n > 0, n=n) for n in range(2)]
    figure = next(one for one in pair_figures(pairs, judge="evidence") if one.set == "role")
    assert (figure.value, figure.cases, figure.bases) == (0.5, 52, 2)
    assert figure.low < 0.02


def test_injections_are_counted_by_channel_in_written_bases() -> None:
    pairs = [pair(f"written:b{n}", n > 0, relation="injection", channel="pdf_white") for n in range(4)]
    pairs += [pair(f"written:b{n}", True, relation="injection", channel="comment") for n in range(4)]
    pairs += [pair(f"assembled:a{n}", n > 1, relation="injection", channel="comment") for n in range(9)]
    found = {one.group: one for one in pair_figures(pairs, judge="evidence") if one.set == "all"}
    assert {group: (one.value, one.bases, one.cases) for group, one in found.items()} == {
        "injection": (0.75, 4, 17),
        "injection:pdf_white": (0.75, 4, 4),
        "injection:comment": (1.0, 4, 13),
    }
    assert found["injection:comment"].note == ("0 of 4 bases with a pair that does not hold; of 9 assembled ones 2")


def test_where_every_must_have_is_not_met_in_gold_nothing_is_at_risk() -> None:
    rows = [candidate("a", 1, 25, gold_gates={"g": "not_met"}, gates={"g": "not_met"})] * 2
    denied = found(rows, "false_not_met")
    assert (denied.value, denied.cases) == (None, 0)


def test_a_candidate_without_a_must_have_at_risk_does_not_narrow_the_interval() -> None:
    safe = tuple(
        candidate(f"s{n}", n / 2, 12.5 * n, gold_gates={"on_call": "not_met"}, gates={"on_call": "not_met"})
        for n in range(9)
    )
    alone, beside = found(GOOD, "false_not_met"), found((*GOOD, *safe), "false_not_met")
    assert (beside.cases, beside.bases, beside.high) == (9, 9, alone.high)


def test_a_constant_score_has_no_rank_agreement() -> None:
    flat = [candidate(f"c{n}", n / 2, 50.0) for n in range(9)]
    figure = next(iter(figures_of(flat, ranking_measures(), judge="flat", draws=20)))
    assert figure.value is None
    assert figure.low is None
