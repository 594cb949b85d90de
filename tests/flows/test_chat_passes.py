"""A chat judge beyond the first ranking: budgets, a line, a second opinion, a second pass, follow-up questions."""

import json
import shutil
from pathlib import Path

import pytest

from pipeline.errors import ConfigurationError, JudgeUnavailable
from pipeline.ledger import Ledger
from tests.evaluators.scripted_server import Asked, ScriptedServer, findings
from tests.flows.chat_answers import answer, first_card
from tests.flows.conftest import ROLE

SCORECARD = ROLE / "scorecard.yaml"
PRICES = """as_of: 2026-11-01
source: made up for tests
models: {scripted: {input: 1, cached_input: 0.5, output: 4}}
"""
QUESTIONS = 10
"""Of one candidate: seven criteria and three must-haves."""


@pytest.fixture
def batch(tmp_path: Path) -> Path:
    for name in ("c01", "c03", "c05", "c06", "c08", "c09"):
        shutil.copytree(ROLE / "candidates" / name, tmp_path / "batch" / name)
    return tmp_path / "batch"


@pytest.fixture
def prices(tmp_path: Path) -> Path:
    path = tmp_path / "prices.yaml"
    path.write_text(PRICES)
    return path


def test_a_limit_on_requests_leaves_whole_candidates_done_and_the_rest_marked(run, outputs, batch) -> None:
    with ScriptedServer.answer_from(answer) as server:
        options = {"judge": "openai:scripted", "base_url": server.base_url, "in_flight": 2}
        stopped = run(batch, SCORECARD, out="one", max_requests=35, **options)
        assert len(server.asked) == 35
        coverage = sorted(row.coverage for row in stopped.shortlist.rows)
        assert coverage.count(1.0) >= 2
        assert sum(0.0 < share < 1.0 for share in coverage) <= 2
        unread = [row for row in stopped.shortlist.rows if row.coverage == 0.0]
        assert unread
        assert all(row.band == "needs_review" and row.score is None for row in unread)
        assert stopped.record.money.stopped_by == "max_requests"
        details = {c.detail for row in unread for c in row.assessment.criteria}
        assert any("--max-requests" in detail for detail in details)
        finished = run(batch, SCORECARD, out="two", **options)
        assert len(server.asked) == 6 * QUESTIONS
        assert finished.record.counts.from_ledger == 35
        fresh = run(batch, SCORECARD, out="three", home="elsewhere", **options)
    assert outputs("two") == outputs("three")
    assert fresh.record.money.stopped_by is None


def test_a_budget_is_never_exceeded_and_stands_in_the_record(run, batch, prices) -> None:
    with ScriptedServer.answer_from(answer) as server:
        options = {"judge": "openai:scripted", "base_url": server.base_url, "prices": prices}
        published = run(batch, SCORECARD, budget=0.25, **options)
    record = published.record
    assert record.cost is not None
    assert 0 < record.cost <= 0.25
    assert record.money.stopped_by == "budget"
    assert record.money.estimated_requests == 6 * QUESTIONS
    assert sum(usage.cost or 0 for usage in record.candidates.values()) == pytest.approx(record.cost)
    assert record.calls.calls == len(server.asked)
    raw = json.loads((published.html.parent / "run.json").read_text())
    assert raw["money"]["budget"] == 0.25


def test_a_run_that_ended_without_results_is_not_left_running(run, batch, tmp_path) -> None:
    with ScriptedServer.answer_from(answer) as server:
        options = {"judge": "openai:scripted", "base_url": server.base_url, "max_requests": 5}
        run(batch, SCORECARD, **options)
    with pytest.raises(JudgeUnavailable):
        run(batch, SCORECARD, judge="openai:gone", base_url="http://127.0.0.1:9/v1")
    with Ledger.open(tmp_path / "home" / "ledger.db") as ledger:
        ended = [(one.state, one.detail) for one in ledger.runs()]
    assert ended == [("done", ""), ("failed", "JudgeUnavailable")]


def test_a_budget_too_small_for_one_request_stops_before_it(run, batch, prices) -> None:
    with ScriptedServer.answer_from(answer) as server, pytest.raises(JudgeUnavailable, match="too small"):
        run(batch, SCORECARD, judge="openai:scripted", base_url=server.base_url, prices=prices, budget=0.001)
    assert not server.asked


def test_a_budget_without_a_price_is_refused_before_any_work(run, batch) -> None:
    with pytest.raises(ConfigurationError, match="--prices"):
        run(batch, SCORECARD, judge="openai:scripted", base_url="http://127.0.0.1:9/v1", budget=1.0)


@pytest.mark.parametrize(
    ("flag", "option"),
    [
        ("--budget", {"budget": 1.0}),
        ("--settle", {"settle": True}),
        ("--judge-top", {"judge_top": 3}),
        ("--batch", {"provider_batch": True}),
    ],
)
def test_options_of_a_chat_judge_are_refused_without_one(run, batch, flag, option) -> None:
    with pytest.raises(ConfigurationError, match=f"{flag} "):
        run(batch, SCORECARD, **option)


def test_judge_top_ranks_the_best_among_themselves_above_a_line(run, batch) -> None:
    screened = run(batch, SCORECARD, out="screened")
    with ScriptedServer.answer_from(answer) as server:
        published = run(batch, SCORECARD, judge="openai:scripted", base_url=server.base_url, judge_top=2)
        assert len(server.asked) == 2 * QUESTIONS
    rows = published.shortlist.rows
    assert published.shortlist.judged_top == 2
    ranked = [row for row in rows if row.rank is not None]
    above = {row.candidate for row in rows if not row.below_line}
    assert above == {row.candidate for row in screened.shortlist.rows if row.rank in (1, 2)}
    below = [row for row in ranked if row.below_line]
    assert below
    assert [row.below_line for row in ranked] == sorted(row.below_line for row in ranked)
    was = {row.candidate: (row.rank, row.score) for row in screened.shortlist.rows}
    assert all((row.rank, row.score) == was[row.candidate] for row in below)
    assert "below it the built-in judge alone" in published.html.read_text()


def test_a_second_judge_changes_no_score_and_sends_what_differs_to_a_person(run, batch) -> None:
    alone = run(batch, SCORECARD, out="alone")
    with ScriptedServer.answer_from(lambda asked: findings(asked, p=0.0)) as server:
        both = run(batch, SCORECARD, second="openai:scripted", second_base_url=server.base_url)
    assert [row.score for row in both.shortlist.rows] == [row.score for row in alone.shortlist.rows]
    for row in both.shortlist.rows:
        high = [c for c in row.assessment.criteria if c.level is not None and c.level >= 2.0]
        flagged = [flag for flag in row.assessment.flags if flag.id == "second_judge_differs"]
        assert bool(high) == bool(flagged)
        assert all(c.second_level == 0.0 for c in row.assessment.criteria)
        if flagged:
            assert row.band not in ("advance", "boundary")
    assert any(flag.id == "second_judge_differs" for row in both.shortlist.rows for flag in row.assessment.flags)


def test_a_second_judge_that_is_the_first_one_is_refused(run, batch) -> None:
    options = {"judge": "openai:m", "base_url": "http://127.0.0.1:9/v1"}
    with pytest.raises(ConfigurationError, match="same model"):
        run(batch, SCORECARD, second="openai:m", second_base_url="http://127.0.0.1:10/v1", **options)


def test_a_second_judge_that_is_not_there_agrees_with_nobody(run, batch) -> None:
    published = run(batch, SCORECARD, second="openai:other", second_base_url="http://127.0.0.1:9/v1")
    assert published.record.second is not None
    assert published.record.second.candidates == 0
    assert any(failure.reason.startswith("second judge: ") for failure in published.record.failures)
    assert "No language model read" not in published.html.read_text()


def test_a_second_pass_narrows_and_orders_and_changes_no_score(run, outputs, batch) -> None:
    with ScriptedServer.answer_from(answer) as server:
        options = {"judge": "openai:scripted", "base_url": server.base_url, "top": 2}
        first = run(batch, SCORECARD, out="first", **options)
        asked = len(server.asked)
        settled = run(batch, SCORECARD, out="settled", settle=True, **options)
        assert len(server.asked) > asked
        again = len(server.asked)
        run(batch, SCORECARD, out="again", settle=True, **options)
        assert len(server.asked) == again
    assert outputs("settled") == outputs("again")
    before = {row.candidate: row for row in first.shortlist.rows}
    for row in settled.shortlist.rows:
        old = before[row.candidate]
        assert (row.score, row.rank) == (old.score, old.rank)
        if row.rank_interval is not None and old.rank_interval is not None:
            assert old.rank_interval[0] <= row.rank_interval[0] <= row.rank_interval[1] <= old.rank_interval[1]
    settlement = settled.shortlist.settlement
    assert settlement is not None
    assert any(pair.end == "preferred" and pair.citations for pair in settlement.pairs)
    assert settled.record.settling is not None
    assert settled.record.settling.samples > 0
    sampled = [one for one in server.asked if one.body.get("temperature")]
    assert {one.body["seed"] for one in sampled} == {8, 9, 10}


def test_a_judge_that_prefers_what_it_reads_first_settles_nothing(run, batch) -> None:
    with ScriptedServer.answer_from(first_card) as server:
        options = {"judge": "openai:scripted", "base_url": server.base_url, "top": 2}
        published = run(batch, SCORECARD, settle=True, **options)
    assert published.shortlist.settlement is not None
    assert published.shortlist.settlement.pairs
    assert {pair.end for pair in published.shortlist.settlement.pairs} == {"orders_disagree"}


def test_follow_up_questions_stand_on_a_verified_quote(run, batch) -> None:
    def invents(asked: Asked) -> dict[str, object]:
        if asked.body["response_format"]["json_schema"]["name"] != "questions":
            return answer(asked)
        told = answer(asked)["questions"][0]
        made_up = {"passage": told["passage"], "quote": "led the team of four hundred", "question": "Really <b>so</b>?"}
        return {"questions": [told, made_up]}

    with ScriptedServer.answer_from(invents) as server:
        options = {"judge": "openai:scripted", "base_url": server.base_url, "top": 2}
        published = run(batch, SCORECARD, follow_up=True, **options)
    invited = [row for row in published.shortlist.rows if row.band in ("advance", "boundary", "probe")]
    assert invited
    assert all(len(row.follow_ups) == 1 for row in invited)
    assert all(not row.follow_ups for row in published.shortlist.rows if row not in invited)
    page = published.html.read_text()
    assert "What would you do differently today, and why?" in page
    assert "four hundred" not in page
