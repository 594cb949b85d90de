"""The walk with `--batch`, against the mock endpoint's files and batches."""

import shutil
from pathlib import Path

import pytest

from tests.flows.conftest import ROLE
from tests.mock_endpoint.endpoint import MockEndpoint

SCORECARD = ROLE / "scorecard.yaml"


@pytest.fixture
def batch(tmp_path: Path) -> Path:
    for name in ("c02", "c05"):
        shutil.copytree(ROLE / "candidates" / name, tmp_path / "batch" / name)
    return tmp_path / "batch"


def test_a_provider_batch_gives_the_bytes_of_a_live_run_and_shares_its_answers(run, outputs, batch) -> None:
    with MockEndpoint() as mock:
        options = {"judge": "openai:mock", "base_url": mock.base_url}
        live = run(batch, SCORECARD, out="live", home="one", **options)
        sent = run(batch, SCORECARD, out="sent", home="two", provider_batch=True, **options)
        calls = mock.stats().calls
        assert mock.stats().files == 0
        again = run(batch, SCORECARD, out="again", home="two", **options)
        assert mock.stats().calls == calls
    assert outputs("live") == outputs("sent") == outputs("again")
    assert sent.record.judge_fingerprint == live.record.judge_fingerprint
    assert again.record.counts.asked == 0
