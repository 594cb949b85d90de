"""run.json says what made a shortlist and that nobody was lost."""

import json

import pytest
from pydantic import ValidationError

from pipeline.models.run import RunCounts, RunFailure, RunRecord, run_record_json


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
