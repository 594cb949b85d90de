"""A gate is met, not met or unknown; unknown never means no, and a wrong `not_met` is the worst error."""

import pytest

from evaluators.gates import judge_gate
from pipeline.models.scorecard import NonNegotiable
from pipeline.models.verdicts import Citation, GroundedFinding, GroundedVerdict

PAST = NonNegotiable(id="oncall", statement="Has been on call.", about="past")
FUTURE = NonNegotiable(id="rota", statement="Will join the rota.", about="future")


def cited(passage: str) -> Citation:
    return Citation(
        passage=passage,
        quote="was paged at night",
        quote_redacted="was paged at night",
        document="cv",
        place="",
        source="resume",
    )


def finding(check: str, p: float, passage: str = "p1") -> GroundedFinding:
    return GroundedFinding(check=check, p=p, met=p >= 0.5, citations=(cited(passage),) if p >= 0.2 else ())


def status(gate: NonNegotiable, *findings: GroundedFinding) -> str:
    return judge_gate(gate, GroundedVerdict(subject=gate.id, findings=findings)).status


def test_past_is_met_when_first_hand_and_real_stand_on_the_same_passage() -> None:
    assert status(PAST, finding("first_hand", 0.8), finding("real", 0.7)) == "met"


def test_past_is_unknown_when_first_hand_and_real_stand_on_different_passages() -> None:
    assert status(PAST, finding("first_hand", 0.8, "p1"), finding("real", 0.7, "p2")) == "unknown"


def test_past_is_unknown_when_nothing_is_said() -> None:
    assert status(PAST, finding("first_hand", 0.1), finding("real", 0.9), finding("denied", 0.0)) == "unknown"


def test_a_certain_denial_is_not_met_with_its_quote() -> None:
    judged = judge_gate(PAST, GroundedVerdict(subject="oncall", findings=(finding("denied", 0.95),)))
    assert judged.status == "not_met"
    assert judged.opposing[0].quote == "was paged at night"


@pytest.mark.parametrize("p", [0.5, 0.7, 0.899])
def test_a_denial_that_is_not_certain_is_unknown(p: float) -> None:
    assert status(PAST, finding("denied", p)) == "unknown"


def test_a_denial_without_a_verified_quote_is_unknown() -> None:
    bare = GroundedFinding(check="denied", p=0.99, met=True)
    assert status(PAST, bare) == "unknown"


def test_past_evidence_for_and_against_is_unknown_with_both_quotes() -> None:
    found = (finding("first_hand", 0.9), finding("real", 0.9), finding("denied", 0.95, "p2"))
    judged = judge_gate(PAST, GroundedVerdict(subject="oncall", findings=found))
    assert (judged.status, len(judged.supporting), len(judged.opposing)) == ("unknown", 1, 1)


def test_future_refusal_outweighs_having_done_it() -> None:
    assert status(FUTURE, finding("willing", 0.9), finding("denied", 0.95, "p2")) == "not_met"


def test_future_willing_is_met() -> None:
    assert status(FUTURE, finding("willing", 0.6)) == "met"


def test_future_silence_is_unknown() -> None:
    assert status(FUTURE, finding("first_hand", 0.9), finding("real", 0.9)) == "unknown"


def test_a_question_that_failed_is_unknown_and_says_why() -> None:
    judged = judge_gate(PAST, GroundedVerdict(subject="oncall", unscored="judge_failed", detail="timeout"))
    assert (judged.status, judged.detail) == ("unknown", "timeout")
