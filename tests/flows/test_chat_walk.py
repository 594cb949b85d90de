"""The same walk with a chat judge, against an OpenAI-compatible server on loopback."""

import shutil
from pathlib import Path

import pytest

from pipeline.errors import JudgeUnavailable
from tests.evaluators.scripted_server import Asked, Reply, ScriptedServer, findings, first_sentences
from tests.flows.conftest import ROLE

SCORECARD = ROLE / "scorecard.yaml"


@pytest.fixture
def batch(tmp_path: Path) -> Path:
    for name in ("c02", "c05"):
        shutil.copytree(ROLE / "candidates" / name, tmp_path / "batch" / name)
    return tmp_path / "batch"


def test_a_chat_model_answers_every_question_once(run, outputs, batch) -> None:
    with ScriptedServer.answer_from(first_sentences) as server:
        options = {"judge": "openai:scripted", "base_url": server.base_url}
        first = run(batch, SCORECARD, out="one", **options)
        asked = len(server.asked)
        second = run(batch, SCORECARD, out="two", **options)
        assert len(server.asked) == asked
    assert asked == 2 * (7 + 3)
    assert second.record.counts.from_ledger == first.record.counts.questions
    assert outputs("one") == outputs("two")
    assert first.record.tokens["input"] > 0
    cited = [
        c for row in first.shortlist.rows for a in row.assessment.criteria for f in a.findings for c in f.citations
    ]
    assert cited


def test_invented_quotes_earn_nothing(run, batch) -> None:
    def liar(asked: Asked) -> dict[str, object]:
        label = next(iter(asked.passages), "P1")
        return findings(asked, p=0.99, quote={"passage": label, "text": "single-handedly saved the company from ruin"})

    with ScriptedServer.answer_from(liar) as server:
        published = run(batch, SCORECARD, judge="openai:scripted", base_url=server.base_url)
    for row in published.shortlist.rows:
        # Not a zero either: that the model lied says nothing of the candidate.
        assert (row.score, row.band) == (None, "needs_review")
        assert not any(finding.citations for c in row.assessment.criteria for finding in c.findings)
        assert all(gate.status == "unknown" for gate in row.assessment.gates)


def test_an_overeager_model_is_held_to_two_levels_above_the_evidence_judge(run, batch) -> None:
    with ScriptedServer.answer_from(lambda asked: first_sentences(asked, p=1.0)) as server:
        published = run(batch, SCORECARD, judge="openai:scripted", base_url=server.base_url)
    stuffer = next(row for row in published.shortlist.rows if row.candidate == "c05")
    assert "judges_differ" in {flag.id for flag in stuffer.assessment.flags}
    reference = run(batch, SCORECARD, out="reference")
    levels = {
        c.criterion: c.level
        for row in reference.shortlist.rows
        if row.candidate == "c05"
        for c in row.assessment.criteria
    }
    for criterion in stuffer.assessment.criteria:
        assert criterion.level is not None
        assert criterion.level <= levels[criterion.criterion] + 2.0 + 1e-9


def test_refused_questions_are_unscored_not_zero(run, batch) -> None:
    def refuse_trade_offs(asked: Asked) -> Reply | dict[str, object]:
        return Reply(refusal="I cannot help with that.") if "constraint" in asked.checks else first_sentences(asked)

    with ScriptedServer.answer_from(refuse_trade_offs) as server:
        published = run(batch, SCORECARD, judge="openai:scripted", base_url=server.base_url)
    for row in published.shortlist.rows:
        trade_offs = row.assessment.criterion("tradeoff_reasoning")
        assert trade_offs is not None
        assert (trade_offs.level, trade_offs.unscored) == (None, "judge_refused")
        assert row.score is not None
        assert row.coverage < 1.0


def test_an_endpoint_that_is_not_there_stops_with_its_address(run, batch) -> None:
    with pytest.raises(JudgeUnavailable, match=r"127\.0\.0\.1:9"):
        run(batch, SCORECARD, judge="openai:scripted", base_url="http://127.0.0.1:9/v1")
