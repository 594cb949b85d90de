"""Several processes give the answers of one, in order, and a broken one costs no answer."""

from collections.abc import Iterator

import pytest

from evaluators.evidence_judge import pool
from evaluators.evidence_judge.judge import EvidenceJudge
from evaluators.evidence_judge.pool import PooledEvidenceJudge
from evaluators.rubric_library import load_rubric_library
from pipeline.embeddings import load_default_embedder
from pipeline.models.dossier import EvidencePassage, Question
from pipeline.models.scorecard import RoleContext
from pipeline.models.verdicts import Request


@pytest.fixture(scope="module")
def judge() -> EvidenceJudge:
    return EvidenceJudge.load(load_default_embedder())


@pytest.fixture
def requests(judge: EvidenceJudge) -> list[Request]:
    rubric = load_rubric_library()["failure_modes"]
    role = RoleContext(mission="Bill energy.", scope=("Own it.",), constraints=(), stage="growth")
    made = []
    for n in range(90):
        text = f"When the export of night {n} failed twice, we lost {n} rows and added a check that pages us."
        evidence = (EvidencePassage(id=f"p{n}", text=text, kind="narrative", sense="other"),)
        question = Question(
            subject="failure_modes", kind="rubric", statement="x", rubric=rubric, role=role, evidence=evidence
        )
        made.append(Request(key=f"k{n}", content=judge.request(question), sample=0))
    return made


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "WORTH_A_POOL", 5)


@pytest.fixture
def pooled(judge: EvidenceJudge) -> Iterator[PooledEvidenceJudge]:
    made = PooledEvidenceJudge(judge, size=2)
    yield made
    made.close()


def test_answers_are_those_of_one_process_in_the_same_order(
    judge: EvidenceJudge, pooled: PooledEvidenceJudge, requests: list[Request]
) -> None:
    assert list(pooled.answer(requests)) == list(judge.answer(requests))
    assert list(pooled.answer(requests[:3])) == list(judge.answer(requests[:3]))


def test_what_a_broken_process_did_not_answer_is_answered_here(
    judge: EvidenceJudge, requests: list[Request], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(pool, "COMMAND", ("/bin/false",))
    broken = PooledEvidenceJudge(judge, size=2)
    assert list(broken.answer(requests)) == list(judge.answer(requests))
    assert "broke down" in caplog.text
    broken.close()
