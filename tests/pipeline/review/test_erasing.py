"""A candidate who is forgotten: nothing of them is left, everybody else keeps what they had, the chain still holds."""

import json
import os
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from filelock import FileLock
from typer.testing import CliRunner

from evaluators.rubric_library import load_rubric_library
from flows.cli import app as command
from flows.desk_screening import open_desk, screen_desk_run
from pipeline.audit_events import Verification
from pipeline.audit_heads import remembered_heads
from pipeline.desk.desk import Desk
from pipeline.desk.models import DeskRun
from pipeline.desk.places import batch_folder, upload_folder
from pipeline.desk.runs_progress import CandidateProgress, note_progress, unfinished_folder
from pipeline.errors import DeskConflict, StorageError, UnknownToDesk
from pipeline.models.report import Report
from pipeline.review import erasing, erasing_caches
from pipeline.review.adding import ERASED, Added, add_files
from pipeline.review.erasing import Erased, erase
from pipeline.review.erasing_reports import SOMEBODY, without_candidate
from pipeline.review.purging import purge
from pipeline.review.receiving import UploadLimits
from pipeline.settings import Settings
from pipeline.whole_files import UNFINISHED

DEMO = Path(__file__).parents[3] / "datasets" / "demo"
LINH = "linh-tran"
PEOPLE = (LINH, "abena-sarkodie", "rafael-quintela", "brandon-hale.pdf")
TRACES = re.compile(rb"linh|tr\xe1\xba\xa7n m\xe1\xbb\xb9", re.IGNORECASE)
"""Of her name, and of her e-mail address, in the files of an installation."""
OPENING = "lockers"


class Home(NamedTuple):
    """An installation with an opening whose batch came by uploads and was screened."""

    home: Path
    desk: Desk

    @property
    def run(self) -> DeskRun:
        found = self.desk.runs.latest_done(OPENING)
        assert found is not None
        return found

    @property
    def report(self) -> Report:
        assert self.run.out is not None
        return Report.model_validate_json((self.run.out / "shortlist.json").read_bytes())

    def erase(self, candidate: str = LINH) -> Erased:
        return erase(self.home, OPENING, candidate, desk=self.desk, by="olga", rubrics=load_rubric_library())

    def verify(self) -> Verification:
        assert self.run.out is not None
        return self.desk.verify(remembered_heads([self.run.out / "run.json"]).heads)

    def traces(self) -> list[str]:
        """Files in which she, or something of hers, is named by content or by path."""
        found = []
        for path in self.home.rglob("*"):
            name = path.relative_to(self.home).as_posix()
            if TRACES.search(name.encode()) or (path.is_file() and TRACES.search(path.read_bytes())):
                found.append(name)
        return found


def add(home: Path, desk: Desk, files: dict[str, bytes]) -> Added:
    """Add files as an upload does."""
    number = desk.uploads.new_id()
    sent = upload_folder(home, OPENING, number) / "sent"
    for name, content in files.items():
        (sent / name).parent.mkdir(parents=True, exist_ok=True)
        (sent / name).write_bytes(content)
    try:
        return add_files(
            sent,
            opening=OPENING,
            upload=number,
            desk=desk,
            home=home,
            by="rita",
            source="files",
            limits=UploadLimits(10**8, 1_000),
        )
    finally:
        shutil.rmtree(sent)


def demo_files(*tops: str) -> dict[str, bytes]:
    paths = [path for top in tops for path in ([DEMO / top] if (DEMO / top).is_file() else (DEMO / top).rglob("*"))]
    return {path.relative_to(DEMO).as_posix(): path.read_bytes() for path in paths if path.is_file()}


@pytest.fixture(scope="module")
def screened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Screened once for all tests, which work on copies."""
    home = tmp_path_factory.mktemp("screened") / "home"
    with open_desk(Settings(home=home)) as desk:
        desk.openings.create("Lockers", by="olga", id=OPENING)
        desk.scorecards.save(OPENING, (DEMO / "scorecard.yaml").read_text(encoding="utf-8"), by="olga")
        add(home, desk, {f"{LINH}/resume.md": b"An earlier resume of Linh. " * 20, "candidates.csv": b""})
        add(home, desk, demo_files(*PEOPLE, "candidates.csv"))
        run = desk.runs.queue(OPENING, by="rita")
        end = screen_desk_run(run.id, desk=desk, settings=Settings(home=home))
        assert end.state == "done", end.detail
    return home


@pytest.fixture
def home(screened: Path, tmp_path: Path) -> Iterator[Home]:
    # At the same place as it was screened at: runs name the folder that they were over.
    kept = tmp_path / "kept"
    shutil.copytree(screened, kept)
    try:
        with Desk.open(screened / "ledger.db") as desk:
            yield Home(screened, desk)
    finally:
        shutil.rmtree(screened)
        kept.rename(screened)


def test_nothing_of_an_erased_candidate_is_left_and_everybody_else_stays(home: Home) -> None:
    home.desk.reviews.decide(OPENING, LINH, "hold", reason="Linh wants to move", by="hanna", run=home.run.id)
    home.desk.reviews.decide(OPENING, "abena-sarkodie", "advance", reason="Good", by="hanna", run=home.run.id)
    before = home.report
    batch = batch_folder(home.home, OPENING)
    # What a run that was killed leaves names whom it had read, and an inbox what it had brought.
    killed = unfinished_folder(home.home, OPENING, "20260101t000000-00000000")
    killed.mkdir()
    note_progress(killed, [CandidateProgress(candidate=LINH, passed="reading")])
    inbox = {"inbox": "/data/inbox", "files": {f"{LINH}/resume.md": "1", "abena-sarkodie/resume.pdf": "2"}}
    (batch.parent / "inbox.json").write_text(json.dumps(inbox), encoding="utf-8")
    others = {path: path.read_bytes() for path in batch.rglob("*") if path.is_file() and LINH not in str(path)}
    (reading, *_) = (home.home / "vault" / "readings").glob("??/*.json")
    for folder in (reading.parent, home.home / "vault", batch, batch.parent, home.run.out):
        assert folder is not None
        half = folder / f"{UNFINISHED}0123456789abcdef"
        half.write_text("Linh", encoding="utf-8")
        os.utime(half, (1e9, 1e9))
    assert home.traces()
    gone = home.erase()
    assert home.traces() == []
    assert (gone.tables, gone.reports) == (3, 1)
    assert any("/data/inbox" in text for text in gone.elsewhere)
    assert min(gone.files, gone.records.events, gone.records.answers, gone.forgotten.originals) > 0
    assert home.report == without_candidate(before, LINH)
    assert len(home.report.rows) == len(before.rows) - 1
    left = {path: path.read_bytes() for path in batch.rglob("*") if path.is_file()}
    assert {path for path in others if path.name != "candidates.csv"} | {batch / "candidates.csv"} == set(left)
    assert all(left[path] == content for path, content in others.items() if path.name != "candidates.csv")
    assert b"abena" in left[batch / "candidates.csv"]
    assert [one.candidate for one in home.desk.reviews.decisions(OPENING)] == ["abena-sarkodie"]
    found = home.verify()
    assert found.ok
    assert (found.heads, len(found.rewritten)) == (1, 1)
    with pytest.raises(UnknownToDesk):
        home.erase()


def test_the_next_run_and_the_search_go_on_without_them(home: Home) -> None:
    home.erase()
    result = CliRunner(env={"SHORTLIST_HOME": str(home.home)}).invoke(
        command, ["search", "lost messages", "--scorecard", str(DEMO / "scorecard.yaml")]
    )
    assert result.exit_code == 0, result.output
    assert "Linh" not in result.output
    run = home.desk.runs.queue(OPENING, by="rita")
    end = screen_desk_run(run.id, desk=home.desk, settings=Settings(home=home.home))
    assert end.state == "done", end.detail
    assert LINH not in {row.candidate for row in home.report.rows}
    assert home.traces() == []


def test_the_same_files_are_not_taken_again_and_those_of_others_are(home: Home) -> None:
    home.erase()
    files = demo_files(LINH)
    added = add(home.home, home.desk, {**files, "new-person/resume.md": b"Somebody else ran a ferry line. " * 9})
    assert {one.reason for one in added.left_out} == {ERASED}
    assert len(added.left_out) == len(files)
    assert added.candidates == ("new-person",)
    # Another opening knows nothing of it, and what others sent as well is nobody's own.
    home.erase("abena-sarkodie")
    shared = home.desk.erased_files(OPENING)
    assert not shared & {path.name for path in (home.home / "vault").iterdir()}


def test_a_run_that_is_under_way_would_put_it_back(home: Home) -> None:
    home.desk.runs.queue(OPENING, by="rita")
    with pytest.raises(DeskConflict, match="under way"):
        home.erase()
    assert home.traces()


@pytest.mark.parametrize("broken", ["rewrite", "forget_originals", "forget_readings", "delete_files"])
def test_an_erasure_that_broke_off_can_be_gone_on_with(
    home: Home, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    # A disk that fails in the middle cannot be had for real.
    with monkeypatch.context() as patch:
        patch.setattr(erasing, broken, fail)
        with pytest.raises(StorageError, match="Erase again"):
            home.erase()
    assert home.verify().ok
    home.erase()
    assert home.traces() == []
    assert home.verify().ok


def test_an_erasure_during_a_search_says_so_and_goes_on_afterwards(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasing_caches, "_PATIENCE_SECONDS", 0.0)
    (index,) = (path for path in (home.home / "chroma").iterdir() if path.is_dir())
    with FileLock(index.with_name(f"{index.name}.lock")), pytest.raises(DeskConflict, match=r"search.*in a minute"):
        home.erase()
    assert home.erase().forgotten.indexes == 1
    assert not index.exists()
    assert home.traces() == []


def test_a_shortlist_that_is_neither_the_runs_nor_an_erasures_is_found(home: Home) -> None:
    home.erase()
    assert home.run.out is not None
    path = home.run.out / "shortlist.json"
    path.write_bytes(path.read_bytes().replace(b'"rank": 1,', b'"rank": 2,'))
    assert [problem.kind for problem in home.verify().problems] == ["record_differs"]


def test_results_of_another_version_go_whole(home: Home) -> None:
    assert home.run.out is not None
    (home.run.out / "shortlist.json").write_text('{"rows": ["linh"]}', encoding="utf-8")
    home.erase()
    assert home.traces() == []
    assert sorted(path.name for path in home.run.out.iterdir()) == ["run.json", "scorecard.yaml"]


def test_a_duplicate_of_an_erased_candidate_names_nobody(home: Home) -> None:
    report = home.report
    twice = report.model_validate(
        {
            **report.model_dump(),
            "duplicates": [{"candidate": "abena-2", "same_as": "abena-sarkodie", "reason": "Like abena-sarkodie."}],
        }
    )
    (left,) = without_candidate(twice, "abena-sarkodie").duplicates
    assert (left.candidate, left.same_as) == ("abena-2", SOMEBODY)
    assert "sarkodie" not in left.reason


def test_the_commands_erase_and_verify(home: Home) -> None:
    runner = CliRunner(env={"SHORTLIST_HOME": str(home.home)})
    asked = runner.invoke(command, ["erase", OPENING, LINH], input="n\n")
    assert asked.exit_code != 0
    assert home.traces()
    done = runner.invoke(command, ["erase", OPENING, LINH, "--yes"])
    assert done.exit_code == 0, done.output
    assert "the results of 1 runs" in done.output
    assert "backups are not known here" in done.output
    checked = runner.invoke(command, ["verify"])
    assert checked.exit_code == 0, checked.output
    assert "tells of an erasure" in checked.output
    assert home.traces() == []


def test_a_run_record_that_somebody_broke_keeps_nothing_else_from_being_checked(home: Home) -> None:
    assert home.run.out is not None
    (home.run.out / "run.json").write_text("{", encoding="utf-8")
    checked = CliRunner(env={"SHORTLIST_HOME": str(home.home)}).invoke(command, ["verify"])
    assert checked.exit_code == 1
    assert "not_checked" in checked.output
    assert "Events: " in checked.output


class TestPurge:
    def test_what_is_old_goes_and_results_stay(self, home: Home) -> None:
        before = home.report
        kept = purge(home.home, desk=home.desk, days=30, now=datetime.now(UTC))
        assert kept == (0, 0, 0, 0)
        later = datetime.now(UTC) + timedelta(days=31)
        gone = purge(home.home, desk=home.desk, days=30, now=later)
        assert gone.originals > 0
        assert (gone.readings, gone.uploads, gone.batches) == (len(PEOPLE), 2, 0)
        assert {path.name for path in (home.home / "vault").iterdir()} == {"readings"}
        assert home.report == before
        assert (batch_folder(home.home, OPENING) / LINH).is_dir()
        assert home.verify().ok

    def test_what_a_killed_run_was_writing_goes_however_new_the_rest_is(self, home: Home) -> None:
        half = home.home / "vault" / "readings" / "ab" / f"{UNFINISHED}0123456789abcdef"
        half.parent.mkdir(exist_ok=True)
        half.write_text("Linh", encoding="utf-8")
        purge(home.home, desk=home.desk, days=30, now=datetime.now(UTC))
        assert half.exists(), "somebody may be writing it right now"
        os.utime(half, (1e9, 1e9))
        purge(home.home, desk=home.desk, days=30, now=datetime.now(UTC))
        assert not half.exists()

    def test_the_batch_of_an_archived_opening_goes_too(self, home: Home) -> None:
        home.desk.openings.change(OPENING, by="olga", archived=True)
        later = datetime.now(UTC) + timedelta(days=31)
        assert purge(home.home, desk=home.desk, days=30, now=later).batches == 1
        assert not batch_folder(home.home, OPENING).exists()

    def test_the_command_takes_the_days_of_the_settings(self, home: Home) -> None:
        runner = CliRunner(env={"SHORTLIST_HOME": str(home.home), "SHORTLIST_RETENTION_DAYS": "7"})
        done = runner.invoke(command, ["purge"])
        assert done.exit_code == 0, done.output
        assert "Older than 7 days" in done.output


def test_a_run_record_holds_no_name(home: Home) -> None:
    home.erase()
    assert home.run.out is not None
    record = json.loads((home.run.out / "run.json").read_text(encoding="utf-8"))
    assert record["audit_head"]
    assert LINH not in record.get("candidates", {})
