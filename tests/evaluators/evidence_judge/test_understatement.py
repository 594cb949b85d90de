"""Consent that is told by denying its opposite is read as consent, and a refusal stays one."""

import pytest

from evaluators.evidence_judge.judge import EvidenceJudge
from evaluators.evidence_judge.understatement import plainly
from evaluators.rubric_library import load_rubric_library
from pipeline.embeddings import load_default_embedder
from pipeline.models.dossier import EvidencePassage, Question
from pipeline.models.scorecard import RoleContext
from pipeline.models.verdicts import Request

NIGHTS = "Is willing to carry the pager at night, one week in four."
TRAVEL = "Is willing to travel to customers twice a month."

CONSENT = [
    (NIGHTS, "I do not mind night calls."),
    (NIGHTS, "I don't mind being on call at night."),
    (NIGHTS, "I would not say no to night calls."),
    (NIGHTS, "Night calls do not bother me."),
    (NIGHTS, "I am not afraid of the night pager."),
    (TRAVEL, "I do not mind travel."),
    (TRAVEL, "I wouldn't turn down a trip to a customer."),
    (TRAVEL, "I have no reason to refuse travel."),
    (TRAVEL, "I can\u2019t see a reason not to travel."),
    (TRAVEL, "I never refuse a trip."),
]
REFUSAL = [
    (NIGHTS, "I do not want to be called at night."),
    (NIGHTS, "I cannot carry the pager at night, and will not."),
    (TRAVEL, "I will not travel."),
    (TRAVEL, "I cannot travel, my father needs care."),
]


@pytest.fixture(scope="module")
def judge() -> EvidenceJudge:
    return EvidenceJudge.load(load_default_embedder())


def chances(judge: EvidenceJudge, statement: str, text: str) -> dict[str, float]:
    question = Question(
        subject="gate",
        kind="gate",
        statement=statement,
        about="future",
        rubric=load_rubric_library()["gate"],
        role=RoleContext(mission="Keep it running.", scope=(), constraints=(), stage="growth"),
        evidence=(EvidencePassage(id="0" * 16, text=text, kind="claim", sense="work"),),
    )
    (answer,) = judge.answer([Request(key="k", content=judge.request(question))])
    return {finding.check: finding.p for finding in answer.findings}


@pytest.mark.parametrize(("statement", "text"), CONSENT, ids=[text for _, text in CONSENT])
def test_consent_is_never_a_denial(judge: EvidenceJudge, statement: str, text: str) -> None:
    found = chances(judge, statement, text)
    assert found["denied"] < 0.2
    assert found["willing"] > found["denied"]


@pytest.mark.parametrize(("statement", "text"), REFUSAL, ids=[text for _, text in REFUSAL])
def test_a_refusal_stays_one(judge: EvidenceJudge, statement: str, text: str) -> None:
    assert chances(judge, statement, text)["denied"] >= 0.9


@pytest.mark.parametrize(
    "text",
    [
        "I have never been on call.",
        "There was no problem, so nobody was paged.",
        "I refuse to be on call.",
        "We could not reach the sensors.",
        "Not one order was lost.",
        "I do mind nights.",
    ],
)
def test_what_is_no_understatement_is_left_alone(text: str) -> None:
    assert plainly(text) == text


def test_a_denial_beside_consent_is_kept() -> None:
    assert plainly("I won't object to nights, but I will not travel.").endswith("but I will not travel.")
