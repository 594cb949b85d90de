"""What a run with a chat judge says of refusals, failures, uncounted tokens, a batch that waits, and a second pass."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import typer

from evaluators.chat.client import shown_url
from flows.commands import NOTHING_ANSWERED, run_screening
from flows.run_options import RunOptions
from pipeline.errors import ConfigurationError
from pipeline.ledger import Ledger
from pipeline.reports.opinions import unfinished
from pipeline.reports.terminal import left_open_lines, nothing_answered, second_pass_line, spending_line
from tests.evaluators.scripted_server import Asked, Reply, ScriptedServer
from tests.flows.chat_answers import answer
from tests.flows.conftest import ROLE

SCORECARD = ROLE / "scorecard.yaml"
QUESTIONS = 10
"""Of one candidate: seven criteria and three must-haves."""


@pytest.fixture
def batch(tmp_path: Path) -> Path:
    for name in ("c02", "c05"):
        shutil.copytree(ROLE / "candidates" / name, tmp_path / "batch" / name)
    return tmp_path / "batch"


def test_refused_and_failed_questions_are_counted_with_their_reasons(run, batch) -> None:
    def answerer(asked: Asked) -> Any:
        if "first_hand" in asked.checks:  # The must-haves.
            return Reply(status=400, error={"message": "filtered", "code": "content_filter"})
        if "constraint" in asked.checks:
            return Reply(content="{", finish_reason="length")
        return answer(asked)

    with ScriptedServer.answer_from(answerer) as server:
        published = run(batch, SCORECARD, judge="openai:scripted", base_url=server.base_url)
    record = published.record
    assert record.left_open == {"cut": 2, "refused": 6}
    assert (record.counts.failed, record.counts.refused) == (2, 6)
    told = [line.plain for line in left_open_lines(record)]
    assert told == ["8 of 20 questions unscored: 6 refused, 2 cut off as too long."]
    failures = {failure.reason: failure.count for failure in record.failures}
    assert failures == {"criterion: judge_failed": 2, "gate: judge_refused": 6}
    assert {one.candidates for one in unfinished(published.shortlist.rows)} == {2}
    assert not nothing_answered(record)
    assert json.loads((published.html.parent / "run.json").read_text())["left_open"] == record.left_open


def test_a_run_without_any_answer_ends_with_2_and_writes_its_results(batch, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("SHORTLIST_HOME", str(tmp_path / "home"))
    with ScriptedServer.answer_from(lambda _: Reply(raw=b"<html>a web page</html>")) as server:
        options = RunOptions(judge="openai:scripted", base_url=server.base_url, max_requests=9)
        with pytest.raises(typer.Exit) as ended:
            run_screening(batch, scorecard_path=SCORECARD, out=tmp_path / "out", options=options, quiet=True)
    assert ended.value.exit_code == NOTHING_ANSWERED
    record = json.loads((tmp_path / "out" / "run.json").read_text())
    assert record["calls"]["calls"] == len(server.asked) == 9
    said = capsys.readouterr()
    assert "20 of 20 questions unscored" in said.out
    assert "answered no question" in said.err


def test_uncounted_tokens_are_estimated_and_said_to_be(run, batch) -> None:
    def uncounted(asked: Asked) -> Reply:
        message = {"role": "assistant", "content": json.dumps(answer(asked))}
        usage = {"prompt_tokens": 0, "completion_tokens": 0}
        body = {"choices": [{"message": message, "finish_reason": "stop"}], "usage": usage}
        return Reply(raw=json.dumps(body).encode())

    with ScriptedServer.answer_from(uncounted) as server:
        record = run(batch, SCORECARD, judge="openai:scripted", base_url=server.base_url).record
    assert record.calls.estimated == record.calls.calls == 2 * QUESTIONS
    assert record.tokens["input"] > 0
    assert "(not counted by the endpoint; estimated from above)" in spending_line(record)


def test_what_waits_in_a_provider_batch_is_not_paid_twice_without_a_word(run, batch, tmp_path) -> None:
    with ScriptedServer.answer_from(answer) as server:
        options = {"judge": "openai:scripted", "base_url": server.base_url}
        fingerprint = run(batch, SCORECARD, home="other", out="other", **options).record.judge_fingerprint
        with Ledger.open(tmp_path / "other" / "ledger.db") as other:
            (run_id,) = [one.id for one in other.runs()]
            keys = {one.request_key for one in other.askings(run_id) if one.fingerprint == fingerprint}
        (tmp_path / "home").mkdir()
        with Ledger.open(tmp_path / "home" / "ledger.db") as ledger:
            ledger.batches.create(
                judge=fingerprint, endpoint=shown_url(server.base_url), sent="", keys=sorted(keys)[:3]
            )
        calls = len(server.asked)
        with pytest.raises(ConfigurationError, match=r"3 requests wait in a batch .* add --batch .*--ignore-batch"):
            run(batch, SCORECARD, **options)
        assert len(server.asked) == calls
        run(batch, SCORECARD, ignore_batch=True, **options)
        assert len(server.asked) == 2 * calls


def test_a_second_pass_says_before_what_it_may_take_and_after_what_it_did(run, batch, tmp_path, monkeypatch) -> None:
    said: list[str] = []
    monkeypatch.setattr("flows.forecasting.Forecaster.__init__", _telling(said))
    with ScriptedServer.answer_from(answer) as server:
        options = {"judge": "openai:scripted", "base_url": server.base_url, "top": 1, "settle": True}
        whole = run(batch, SCORECARD, **options).record
        assert "--settle comes on top: at most 46 requests" in said[0]
        assert whole.settling is not None
        assert 0 < whole.settling.wanted == whole.settling.answered <= 46
        assert second_pass_line(whole).startswith(f"Second pass: {whole.settling.wanted} of {whole.settling.wanted} ")
        stopped = run(batch, SCORECARD, home="b", out="b", max_requests=2 * QUESTIONS + 5, **options).record
        assert f"Second pass: 5 of {whole.settling.wanted} questions answered" in second_pass_line(stopped)


def _telling(said: list[str]) -> Any:
    from flows.forecasting import Forecaster

    made = Forecaster.__init__

    def make(self: Forecaster, *args: Any, **options: Any) -> None:
        made(self, *args, **{**options, "tell": said.append})

    return make
