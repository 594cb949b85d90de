"""The whole ranking with a model that answers from gold: what is lost here, the pipeline loses.

Measured (`python -m pytest tests/flows/test_gold_ranking.py`), the model crediting nothing whose gold quote it was not
shown:

                         tau-b  level kappa  gates right  false not_met
billing-reliability      0.99   0.99         30 of 30     0
  with the level cap     0.99   0.99         30 of 30     0
clinical-integration     1.00   1.00         30 of 30     0
  with the level cap     0.99   0.99         28 of 30     0

Of 194 gold quotes two are never shown: level 1 for a list of key words, which is no evidence to a judge. The tie of the
two best of billing-reliability is broken by tools. The cap takes something from five levels of 140, at most 1.2; the
two gates that it opens are of one candidate, whose terse reports the evidence judge reads more than two levels too low.
"""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import pytest

from evaluators.metrics import kendall_tau_b, quadratic_weighted_kappa
from evaluators.rubric_library import load_rubric_library
from flows.publishing import screen_and_publish
from flows.run_options import RunOptions
from flows.walk import screen
from flows.wiring import open_workbench
from pipeline.models.shortlist import Row
from pipeline.settings import Settings
from tests.evaluators.scripted_server import ScriptedServer
from tests.gold_server import ROLES, GoldJudge, GoldRole, answers

LEAST_TAU_B, LEAST_KAPPA, LEAST_GATES = 0.94, 0.95, 0.95
KEYWORD_LISTS = {("c05", "communication"), ("c05", "data_and_api_design")}
"""Of billing-reliability."""

Rows = Mapping[str, Row]


class Screened(NamedTuple):
    """One role, screened with and without the cap above the evidence judge."""

    role: GoldRole
    judge: GoldJudge
    capped: Rows
    free: Rows
    asked_again: int
    p_from: dict[str, int]


@pytest.fixture(scope="module", params=ROLES)
def screened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Screened]:
    home = tmp_path_factory.mktemp("gold")
    role = GoldRole.read(request.param, home=home / "home")
    # One role tells probabilities by log-probabilities, the other states them.
    judge = GoldJudge(role, logprobs=request.param == "clinical-integration", strict=True)
    settings = Settings(home=home / "home")
    with ScriptedServer.answer_from(judge) as server:
        options = RunOptions(judge="openai:gold", base_url=server.base_url)
        published = screen_and_publish(
            role.folder / "candidates",
            scorecard_path=role.folder / "scorecard.yaml",
            out=home / "out",
            options=options,
            settings=settings,
        )
        asked = len(server.asked)
        with open_workbench(settings, role.scorecard, options=options) as bench:
            alone = dataclasses.replace(bench, judges=dataclasses.replace(bench.judges, reference=None))
            free = screen(role.folder / "candidates", role.scorecard, bench=alone, run_id="without the cap")
        statistics = free.judged.statistics
        yield Screened(
            role,
            judge,
            capped={row.candidate: row for row in published.shortlist.rows},
            free={row.candidate: row for row in free.shortlist.rows},
            asked_again=len(server.asked) - asked,
            p_from={"logprob": statistics.logprob, "stated": statistics.stated},
        )


def weighted_gold(role: GoldRole) -> dict[str, float]:
    weights = {criterion.id: criterion.weight for criterion in role.scorecard.criteria}
    total = sum(weights.values())
    return {
        name: sum(weight * int(role.gold[name, criterion].value) for criterion, weight in weights.items()) / total
        for name in role.passages
    }


def tau_b(role: GoldRole, rows: Rows) -> float:
    gold = weighted_gold(role)
    scores = {name: rows[name].score for name in gold}
    assert None not in scores.values()
    return kendall_tau_b(list(gold.values()), [float(score or 0) for score in scores.values()])


def levels(role: GoldRole, rows: Rows) -> list[tuple[str, str, int, float]]:
    """Candidate, criterion, gold level, level."""
    found = []
    for name in role.passages:
        for criterion in rows[name].assessment.criteria:
            assert criterion.level is not None
            gold = int(role.gold[name, criterion.criterion].value)
            found.append((name, criterion.criterion, gold, criterion.level))
    return found


def kappa(role: GoldRole, rows: Rows) -> float:
    pairs = levels(role, rows)
    rounded = [int(level + 0.5) for *_, level in pairs]
    return quadratic_weighted_kappa([gold for _, _, gold, _ in pairs], rounded, categories=5)


def wrong_gates(role: GoldRole, rows: Rows) -> list[tuple[str, str, str, str]]:
    """Candidate, gate, gold status, status."""
    return [
        (name, gate.gate, role.gold[name, gate.gate].value, gate.status)
        for name in role.passages
        for gate in rows[name].assessment.gates
        if gate.status != role.gold[name, gate.gate].value
    ]


def test_every_request_is_of_the_role_and_asked_once(screened: Screened) -> None:
    subjects = len(screened.role.scorecard.criteria) + len(screened.role.scorecard.non_negotiables)
    assert screened.judge.errors == []
    assert screened.asked_again == 0
    answered = len(screened.role.passages) * subjects
    logprobs = screened.role.folder.name == "clinical-integration"
    assert screened.p_from == {"logprob": answered * logprobs, "stated": answered * (not logprobs)}


def test_the_judge_is_shown_every_gold_quote_that_is_evidence(screened: Screened) -> None:
    billing = screened.role.folder.name == "billing-reliability"
    assert set(screened.judge.unshown) == (KEYWORD_LISTS if billing else set())


def test_gold_answers_give_the_gold_ranking(screened: Screened) -> None:
    role, rows = screened.role, screened.free
    assert tau_b(role, rows) >= LEAST_TAU_B
    assert kappa(role, rows) >= LEAST_KAPPA
    off = {(name, criterion) for name, criterion, gold, level in levels(role, rows) if abs(level - gold) > 0.05}
    assert off <= set(screened.judge.unshown)


def test_gold_answers_give_the_gold_gates(screened: Screened) -> None:
    total = len(screened.role.passages) * len(screened.role.scorecard.non_negotiables)
    wrong = wrong_gates(screened.role, screened.free)
    assert 1 - len(wrong) / total >= LEAST_GATES
    assert [gate for gate in wrong if gate[3] == "not_met"] == []


def test_credit_is_given_for_verified_quotes_alone(screened: Screened) -> None:
    for row in screened.free.values():
        for criterion in row.assessment.criteria:
            assert [finding for finding in criterion.findings if finding.withdrawn] == []
            assert all(finding.citations for finding in criterion.findings if finding.met)
        assert all(gate.supporting for gate in row.assessment.gates if gate.status == "met")
        assert all(gate.opposing for gate in row.assessment.gates if gate.status == "not_met")


def test_the_cap_above_the_evidence_judge_leaves_the_ranking_standing(screened: Screened) -> None:
    role, rows = screened.role, screened.capped
    assert tau_b(role, rows) >= LEAST_TAU_B
    assert kappa(role, rows) >= LEAST_KAPPA
    for name, row in rows.items():
        for criterion in row.assessment.criteria:
            free = screened.free[name].assessment.criterion(criterion.criterion)
            assert free is not None
            assert free.level is not None
            assert criterion.level == (free.level if criterion.cap is None else criterion.cap)
            assert free.level - (criterion.level or 0) <= 1.5
    # Where the judges differ widely a must-have is left to a person; it is never turned against the candidate.
    lost = set(wrong_gates(role, rows)) - set(wrong_gates(role, screened.free))
    assert {(gold, status) for *_, gold, status in lost} <= {("met", "unknown")}
    assert len({name for name, *_ in lost}) <= 1


@pytest.mark.parametrize("level", range(5))
def test_every_level_can_be_answered_in_every_rubric(level: int) -> None:
    for rubric in load_rubric_library().values():
        if not sum(check.points for check in rubric.checks):
            continue  # A gate has a status and no level.
        given = answers(rubric, level)
        assert sum(check.points * given[check.id] for check in rubric.checks) == pytest.approx(level)
        assert all(0 <= p <= 1 for p in given.values())
