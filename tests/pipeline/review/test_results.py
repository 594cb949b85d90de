"""Results are read and worked out once, and again when the file is another one."""

import os
from pathlib import Path

import pytest

from pipeline.desk.desk import Desk
from pipeline.desk.models import DeskRun
from pipeline.errors import StorageError, UnknownToDesk
from pipeline.review.restoring import blind_aside, blind_report
from pipeline.review.results import SHORTLIST, aside_of, blind_of, report_of
from tests.pipeline.review.demo_shortlist import demo_scorecard, finished_run


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("vault")


@pytest.fixture
def run(desk: Desk, tmp_path: Path, vault: Path) -> DeskRun:
    finished_run(desk, tmp_path, vault)
    done = desk.runs.latest_done("lockers")
    assert done is not None
    return done


def test_what_is_remembered_is_what_would_be_worked_out(run: DeskRun) -> None:
    report = report_of(run)
    assert aside_of(run) == blind_aside(report)
    assert blind_of(run, demo_scorecard()) == blind_report(report, demo_scorecard())
    assert aside_of(run) is aside_of(run)
    assert blind_of(run, demo_scorecard()) is blind_of(run, demo_scorecard())


def test_another_file_in_the_same_place_is_read_again(run: DeskRun) -> None:
    assert run.out is not None
    path = run.out / SHORTLIST
    before = report_of(run), aside_of(run), blind_of(run, demo_scorecard())
    path.write_text(path.read_text(encoding="utf-8").replace("It is damaged.", "It is locked."), encoding="utf-8")
    os.utime(path, ns=(1, path.stat().st_mtime_ns + 1))
    after = report_of(run), aside_of(run), blind_of(run, demo_scorecard())
    assert [one.quarantined[0].reason for one in before] == ["It is damaged."] * 3
    assert [one.quarantined[0].reason for one in after] == ["It is locked."] * 3


def test_results_that_are_gone_or_not_there_yet_are_told(run: DeskRun) -> None:
    assert run.out is not None
    for made in (report_of, aside_of):
        with pytest.raises(UnknownToDesk):
            made(run.model_copy(update={"state": "running"}))
    (run.out / SHORTLIST).unlink()
    with pytest.raises(StorageError, match="Run again"):
        aside_of(run)
