"""Under Prefect the walk gives the same bytes; prescreening screens what is new, and only that."""

import os
import shutil
import time
from pathlib import Path

import pytest

from flows.prescreening import role_state, roles, why_not_now
from flows.run_options import RunOptions
from flows.screening import artifact_key
from pipeline.errors import ConfigurationError
from tests.flows.conftest import ROLE

SCORECARD = ROLE / "scorecard.yaml"


def copy_candidates(target: Path, *names: str) -> Path:
    for name in names:
        shutil.copytree(ROLE / "candidates" / name, target / name)
    return target


def age(folder: Path, *, seconds: float = 60.0) -> None:
    """Let files look as if they had arrived a while ago."""
    moment = time.time() - seconds
    for path in folder.rglob("*"):
        os.utime(path, (moment, moment))


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    role = tmp_path / "inbox" / "billing"
    role.mkdir(parents=True)
    shutil.copy(SCORECARD, role / "scorecard.yaml")
    copy_candidates(role / "batch", "c02", "c05")
    age(role)
    return tmp_path / "inbox"


def test_a_role_is_a_folder_with_a_scorecard_and_a_batch(inbox: Path) -> None:
    (inbox / "notes").mkdir()
    assert [role.name for role in roles(inbox)] == ["billing"]
    assert roles(inbox / "missing") == []


def test_the_state_changes_with_files_and_scorecard_only(inbox: Path) -> None:
    role = inbox / "billing"
    before = role_state(role, options=RunOptions())
    assert role_state(role, options=RunOptions()) == before
    (role / "shortlist").mkdir()
    (role / "shortlist" / "shortlist.html").write_text("x")
    assert role_state(role, options=RunOptions()) == before
    (role / "batch" / "late.md").write_text("# Late")
    assert role_state(role, options=RunOptions()) != before


def test_a_batch_that_is_still_arriving_waits(inbox: Path) -> None:
    role = inbox / "billing"
    assert why_not_now(role, "state", now=time.time()) is None
    late = role / "batch" / "late.md"
    late.write_text("# Late")
    assert why_not_now(role, "state", now=late.stat().st_mtime) == "files are still arriving; next time"


def test_an_empty_batch_waits(inbox: Path) -> None:
    shutil.rmtree(inbox / "billing" / "batch")
    (inbox / "billing" / "batch").mkdir()
    assert why_not_now(inbox / "billing", "state", now=time.time()) == "nothing in batch/ yet"


@pytest.mark.parametrize(("text", "key"), [("Billing / Reliability_2", "billing---reliability-2"), ("ümlaut", "mlaut")])
def test_artifact_keys_are_what_prefect_takes(text: str, key: str) -> None:
    assert artifact_key(text) == key


@pytest.mark.parametrize(
    ("cron", "timezone", "said"), [("every day", "UTC", "every day"), ("0 7 * * *", "Mars/Base", "Mars/Base")]
)
def test_a_schedule_that_cannot_be_kept_is_refused(cron: str, timezone: str, said: str) -> None:
    from flows.serving import check_schedule

    with pytest.raises(ConfigurationError, match=said):
        check_schedule(cron, timezone)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Prefect's own, from its server
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # sockets of the temporary server
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_flows_give_the_bytes_of_the_walk_and_screen_only_what_is_new(
    run, outputs, inbox, tmp_path, monkeypatch
) -> None:
    from prefect.client.orchestration import get_client
    from prefect.testing.utilities import prefect_test_harness

    from flows.prescreening import prescreening
    from flows.screening import screening

    monkeypatch.setenv("SHORTLIST_HOME", str(tmp_path / "flow_home"))
    batch = copy_candidates(tmp_path / "batch", "c02", "c05", "c08")
    run(batch, SCORECARD, out="walk_out")
    with prefect_test_harness(server_startup_timeout=120):
        screening(batch, SCORECARD, tmp_path / "flow_out")
        assert outputs("flow_out") == outputs("walk_out")
        with get_client(sync_client=True) as client:
            artifacts = client.read_artifacts()
        assert [artifact.key for artifact in artifacts] == ["shortlist-billing-reliability"]
        assert "c05" in str(artifacts[0].data)

        assert prescreening(inbox)["billing"].endswith("shortlist.html")
        assert prescreening(inbox) == {"billing": "nothing new"}
        copy_candidates(inbox / "billing" / "batch", "c08")
        age(inbox / "billing")
        assert prescreening(inbox)["billing"].endswith("shortlist.html")
    report = (inbox / "billing" / "shortlist" / "shortlist.csv").read_text()
    assert "c08" in report
