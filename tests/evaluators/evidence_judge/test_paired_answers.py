"""Non-negotiables and roles, as the shipped weights answer them."""

import hashlib
from functools import cache

import numpy as np
import pytest

from evaluators.evidence_judge.judge import EvidenceJudge
from evaluators.evidence_judge.topical import GATE_HEADS, MISSION_HEADS, about_the_role, about_the_statement
from evaluators.gates import NOT_MET_FROM
from evaluators.rubric_library import load_rubric_library
from pipeline.embeddings import load_default_embedder
from pipeline.models.dossier import EvidencePassage, Question
from pipeline.models.scorecard import RoleContext
from pipeline.models.verdicts import Finding, Request

LIBRARY = load_rubric_library()
ROLE = RoleContext(
    mission="Every parcel gets a locker in a second and none is promised twice while the old dispatcher is replaced.",
    scope=("locker allocation", "courier app"),
    constraints=("5 engineers", "yearly audit", "the old dispatcher runs until it is replaced"),
    stage="growth",
)
ONCALL = "Has been paged for a production service at night and repaired it."
ROTA = "Will take part in a night rota of six."
OTHERS = (
    "Wrote the design system of a museum shop in TypeScript; 40 components, used by two teams.",
    "Moved the invoice templates to the new printer. Nobody had asked for it, everybody liked it.",
    "The choir of my village sings on Thursdays and I conduct it.",
)


@cache
def judge() -> EvidenceJudge:
    return EvidenceJudge.load(load_default_embedder())


def ask(kind: str, *texts: str, statement: str = "", about: str = "past", code: bool = False) -> dict[str, Finding]:
    named = {hashlib.sha256(text.encode()).hexdigest()[:16]: text for text in texts}
    form = "code" if code else "narrative"
    question = Question(
        subject="asked",
        kind=kind,
        statement=statement,
        about=about,
        rubric=LIBRARY[kind],
        role=ROLE,
        evidence=tuple(EvidencePassage(id=i, text=t, kind=form, sense="work") for i, t in sorted(named.items())),
    )
    (answer,) = judge().answer([Request(key="k", content=judge().request(question))])
    return {finding.check: finding for finding in answer.findings}


def level(*texts: str) -> float:
    return sum(finding.p for finding in ask("mission_fit", *texts).values() if finding.p >= 0.2)


@pytest.mark.parametrize(
    ("statement", "about", "denial"),
    [
        (ONCALL, "past", "I have never been paged at night, and I have not repaired a production service."),
        (ROTA, "future", "I cannot do nights, so I will not join a night rota."),
        ("Has worked with a message broker in production.", "past", "I have not worked with a message broker."),
        ("Is willing to travel every month.", "future", "I do not travel, not even once a month."),
    ],
)
def test_a_plain_denial_is_certain_and_quoted(statement: str, about: str, denial: str) -> None:
    found = ask("gate", denial, *OTHERS, statement=statement, about=about)["denied"]
    assert found.p >= NOT_MET_FROM
    assert found.quotes[0].text in denial


@pytest.mark.parametrize(
    "other",
    [
        "I have never worked with Perl.",
        "I do not eat meat and I will not start.",
        "We had not expected that the printer would not print.",
    ],
)
def test_a_denial_of_something_else_denies_nothing(other: str) -> None:
    for statement, about in ((ONCALL, "past"), (ROTA, "future")):
        assert ask("gate", other, *OTHERS, statement=statement, about=about)["denied"].p < 0.5


def test_what_was_done_first_hand_is_found_among_other_work() -> None:
    done = "Carried the pager for the tram timetable service. Repaired its stuck queue at 3 am in May."
    found = ask("gate", done, *OTHERS, statement=ONCALL)
    assert found["first_hand"].p >= 0.5
    assert found["real"].p >= 0.5
    assert found["first_hand"].quotes[0].text in done
    assert found["denied"].p < 0.2


def test_code_is_no_witness_of_what_somebody_has_done() -> None:
    text = "# I was paged for the production service every night and repaired it\ndef repair(): return restart()"
    assert all(finding.p == 0 for finding in ask("gate", text, statement=ONCALL, code=True).values())


def test_the_same_problem_in_another_trade_fits_better_than_foreign_work() -> None:
    same = (
        "Hospital beds, four of us. Two wards were sometimes promised one bed. I gave each promise a key and a lock "
        "in one transaction, ran it beside the old allocation program for a season, and compared both each night: "
        "since March 210,000 beds, none promised twice, and the auditors took the comparison as evidence."
    )
    assert level(same, *OTHERS) > level(*OTHERS) + 1


def test_more_foreign_work_does_not_raise_the_fit() -> None:
    rows = ("Tuned the ovens of a bakery by ear.", "Wrote a parser for choir scores.", "Painted the fence of a school.")
    assert level(*OTHERS, *rows) <= level(*OTHERS) + 0.1


def test_off_topic_passages_support_and_deny_little_whatever_they_say() -> None:
    loud = np.full((1, len(GATE_HEADS)), 6.0)
    loud[0, 0] = -6.0
    assert (about_the_statement(loud)[0, 1:] < -2).all()


def test_a_denial_supports_nothing() -> None:
    logits = np.array([[4.0, 4.0, 4.0, 4.0, 6.0]])
    assert (about_the_statement(logits)[0, 1:4] < -4).all()
    assert about_the_statement(logits)[0, 4] > 3


def test_no_step_of_mission_fit_is_likelier_than_the_one_before() -> None:
    logits = np.random.default_rng(1).normal(size=(50, len(MISSION_HEADS))) * 3
    steps = about_the_role(logits)[:, 1:]
    assert (np.diff(steps, axis=1) <= 1e-12).all()


def test_a_refusal_is_quoted_by_the_words_that_refuse() -> None:
    refusal = "I look after my father in these weeks, this is settled and I will not take part in a rota at your peak."
    text = (
        f"I do not work on call in December and around New Year. {refusal} "
        "In every other month I take my weeks like everybody else, weekends too."
    )
    peak = "Will take part in the on-call rota, weekends included, during the peak from November to early January."
    denied = ask("gate", text, statement=peak, about="future")["denied"]
    assert [quote.text for quote in denied.quotes[:1]] == [refusal]
