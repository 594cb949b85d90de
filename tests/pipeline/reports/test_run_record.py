"""run.json says what made a shortlist and that nobody was lost."""

import json

import pytest
from pydantic import ValidationError

from pipeline.models.run import (
    RunCalibration,
    RunCalls,
    RunCounts,
    RunEndpoint,
    RunFailure,
    RunJudge,
    RunMoney,
    RunProbabilities,
    RunQuotes,
    RunRecord,
    RunSettling,
    RunUsage,
    run_record_json,
)
from pipeline.reports.terminal import quotes_line, spending_line


def make_record(**changes) -> RunRecord:
    fields = {
        "run_id": "20260101T070000-order-flow",
        "version": "0.1.0",
        "started": "2026-01-01T07:00:00+00:00",
        "seconds": 12.3,
        "scorecard_id": "order-flow",
        "scorecard_hash": "0" * 64,
        "prompts_hash": "1" * 64,
        "rubrics_hash": "2" * 64,
        "judge": "evidence",
        "judge_fingerprint": "evidence:abc",
        "embedder": "wordllama-256",
        "options": {"top": None, "blind": False},
        "counts": RunCounts(candidates=5, ranked=3, listed=2, quarantined_files=1, duplicates=1),
        "shortlist_sha256": "3" * 64,
    }
    return RunRecord(**(fields | changes))


def test_record_is_read_back_as_it_was_written():
    record = make_record(failures=(RunFailure(reason="timeout", count=2),), tokens={"input": 10})
    assert RunRecord.model_validate(json.loads(run_record_json(record))) == record


@pytest.mark.parametrize(("ranked", "listed"), [(3, 1), (3, 3), (0, 0)])
def test_counts_that_lose_or_double_somebody_are_refused(ranked, listed):
    with pytest.raises(ValidationError, match="candidates came in"):
        RunCounts(candidates=5, ranked=ranked, listed=listed, quarantined_files=0, duplicates=0)


def test_record_of_the_built_in_judge_says_nothing_of_models_and_money():
    told = json.loads(run_record_json(make_record()))
    model_only = {
        "calls",
        "money",
        "probabilities",
        "quotes",
        "calibration",
        "endpoint",
        "screening",
        "second",
        "settling",
    }
    assert not (model_only | {"candidates"}) & set(told)
    assert told["options"] == {"top": None, "blind": False}
    assert (told["tokens"], told["cost"], told["failures"]) == ({}, None, [])


def make_paid_record(**changes) -> RunRecord:
    fields = {
        "judge": "openai:a-large-model",
        "tokens": {"input": 1_900_000, "cached": 1_400_000, "output": 96_400},
        "cost": 0.37,
        "calls": RunCalls(calls=412, repairs=3, retries=9),
        "money": RunMoney(prices_as_of="2026-11-01", budget=5.0, estimate=0.41, estimated_requests=420),
        "probabilities": RunProbabilities(logprob=400, stated=12),
        "quotes": RunQuotes(offered=900, found=880, withdrawn=20),
        "calibration": RunCalibration(sha256="4" * 64, calibrated=("tradeoff_reasoning.reason",)),
        "endpoint": RunEndpoint(models={"a-large-model-2026-10-01": 412}, system_fingerprints={"fp_1": 412}),
        "screening": RunJudge(judge="evidence", fingerprint="evidence:abc", candidates=1_000),
        "second": RunJudge(judge="evidence", fingerprint="evidence:abc", candidates=40, differing_candidates=3),
        "settling": RunSettling(samples=12, pairs=8, preferred=5, ties=2, not_answered=1, left_out=1),
        "candidates": {
            f"person-{n}": RunUsage(requests=10, input_tokens=46_000, output_tokens=2_300, cost=0.009)
            for n in range(41)
        },
    }
    return make_record(**(fields | changes))


def test_record_of_a_language_model_is_read_back_as_it_was_written():
    record = make_paid_record()
    text = run_record_json(record)
    assert RunRecord.model_validate(json.loads(text)) == record
    assert "null" not in json.dumps(json.loads(text)["money"])


def test_candidate_whose_file_name_holds_half_a_character_pair_is_recorded():
    record = make_paid_record(candidates={"x\udc80": RunUsage(requests=1)})
    assert json.loads(run_record_json(record).encode())["candidates"] == {
        "x\udc80": {"requests": 1, "input_tokens": 0, "cached_tokens": 0, "output_tokens": 0}
    }


def test_spending_is_told_on_one_line():
    assert spending_line(make_paid_record()) == (
        "412 calls, 1.9 M input tokens (1.4 M cached), 96 k output: "
        "$0.37 (prices of 2026-11-01), $0.009 a candidate; budget $5.00"
    )


def test_quotes_are_spoken_of_only_when_many_were_not_found():
    assert quotes_line(make_record()) == quotes_line(make_paid_record()) == ""
    few = make_paid_record(quotes=RunQuotes(offered=1_000, found=700, withdrawn=300))
    assert quotes_line(few).startswith("Only 700 of 1,000 quotes")


def test_built_in_judge_has_no_spending_to_tell():
    assert spending_line(make_record()) == ""


@pytest.mark.parametrize(
    ("money", "told"),
    [
        (RunMoney(budget=5.0, stopped_by="budget"), "budget $5.00; stopped by the budget"),
        (RunMoney(max_requests=1_000), "at most 1,000 requests"),
        (RunMoney(max_requests=9, stopped_by="max_requests"), "at most 9 requests; stopped by the request limit"),
    ],
)
def test_limits_and_what_stopped_the_run_are_told(money, told):
    assert spending_line(make_paid_record(money=money)).endswith(f"; {told}")


def test_unknown_price_is_not_called_free():
    line = spending_line(make_paid_record(cost=None, tokens={"input": 950, "output": 1}, money=RunMoney()))
    assert line == "412 calls, 950 input tokens, 1 output: cost unknown, since the model has no known price"


@pytest.mark.parametrize(
    ("count", "short"),
    [(0, "0"), (999, "999"), (1_000, "1.0 k"), (9_949, "9.9 k"), (9_951, "10 k"), (96_400, "96 k"), (999_499, "999 k"),
     (999_500, "1.0 M"), (1_900_000, "1.9 M"), (12_400_000, "12 M")],
)  # fmt: skip
def test_counts_are_shortened_to_two_or_three_digits(count, short):
    record = make_paid_record(tokens={"input": count, "output": 0})
    assert f", {short} input tokens, 0 output:" in spending_line(record)


@pytest.mark.parametrize(
    ("cost", "told"),
    [
        (0.0, "$0.00"),
        (0.1, "$0.10"),
        (0.0999, "$0.1"),
        (0.00041, "$0.00041"),
        (0.00001, "$0.000010"),
        (1234.5, "$1,234.50"),
    ],
)
def test_small_sums_keep_two_digits_that_say_something(cost, told):
    line = spending_line(make_paid_record(cost=cost, candidates={"one": RunUsage(requests=1)}))
    assert line.split(": ")[1].startswith(f"{told} (prices")
