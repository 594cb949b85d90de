"""Processes that read beside this one give the same readings, and lose nobody when they break down."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from flows import reading_pool, reading_stage
from flows.reading_pool import PoolOpening, ReadingPool
from flows.wiring import open_workbench, read_scorecard
from flows.workbench import Workbench
from pipeline.documents.reading import DocumentReader
from pipeline.errors import QuarantineCode, SubmissionError
from pipeline.intake import open_batch
from pipeline.models.documents import Document
from pipeline.models.reading import ReadingNote
from pipeline.models.submissions import SubmittedFile
from pipeline.reading import read_brief
from pipeline.settings import Settings
from tests.flows.conftest import DEMO

CANDIDATES = ("abena-sarkodie", "george-anastasiou", "linh-tran")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small batch with brief and starter, for which a pool is worth its while."""
    monkeypatch.setattr(reading_stage, "WORTH_A_POOL", 2)
    batch = tmp_path / "batch"
    for name in (*CANDIDATES, "starter"):
        shutil.copytree(DEMO / name, batch / name)
    shutil.copy(DEMO / "brief.md", batch)
    (batch / "linh-tran" / 'a "b"\n.md').write_text("# Notes\n\nThe till sends twice, so the key is the receipt.\n")
    return batch


@contextlib.contextmanager
def bench_in(home: Path) -> Iterator[Workbench]:
    with open_workbench(Settings(home=home), read_scorecard(DEMO / "scorecard.yaml")) as bench:
        yield bench


def read(bench: Workbench, folder: Path, *, size: int) -> list[ReadingNote]:
    batch = open_batch(folder, vault=bench.vault, reader=bench.reader)
    brief = read_brief(batch.brief_files, vault=bench.vault, reader=bench.reader)
    opening = PoolOpening(vault=bench.vault.root, brief_files=batch.brief_files, languages=tuple(bench.languages))
    with ReadingPool(opening, size=size) if size else contextlib.nullcontext() as pool:
        return reading_stage.read_chunk(batch.submissions, batch=batch, brief=brief, bench=bench, pool=pool)


def test_a_pool_reads_what_one_process_reads(folder: Path, tmp_path: Path) -> None:
    with bench_in(tmp_path / "alone") as alone, bench_in(tmp_path / "pool") as pooled:
        expected, found = read(alone, folder, size=0), read(pooled, folder, size=2)
        assert [note.candidate for note in found] == sorted(CANDIDATES)
        assert found == expected
        for note in found:
            assert pooled.readings[note.key] == alone.readings[note.key]


def test_whoever_a_broken_process_did_not_read_is_read_here(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(reading_pool, "COMMAND", ("/bin/false",))
    with bench_in(tmp_path / "home") as bench:
        notes = read(bench, folder, size=2)
        assert [note.candidate for note in notes] == sorted(CANDIDATES)
        assert all(bench.readings.get(note.key) is not None for note in notes)
    assert notes[0].key in caplog.text
    assert not [name for name in CANDIDATES if name in caplog.text]


class Busy(DocumentReader):
    """A reader on a machine that is too busy for the first file."""

    def __init__(self, code: QuarantineCode) -> None:
        super().__init__()
        self._code = code
        self.asked = 0

    def read(self, file: SubmittedFile, content: bytes) -> Document:
        self.asked += 1
        if self.asked == 1:
            raise SubmissionError(self._code, "Not now.")
        return super().read(file, content)


@pytest.mark.parametrize(("code", "again"), [("timeout", True), ("crashed", True), ("scanned", False)])
def test_a_file_that_a_busy_machine_refused_is_read_by_the_next_run(
    tmp_path: Path, code: QuarantineCode, again: bool
) -> None:
    (tmp_path / "batch" / "linh-tran").mkdir(parents=True)
    shutil.copy(DEMO / "linh-tran" / "resume.md", tmp_path / "batch" / "linh-tran")
    with bench_in(tmp_path / "home") as bench, Busy(code) as busy:
        read_all = partial(read, replace(bench, reader=busy), tmp_path / "batch", size=0)
        (first,), (second,), (third,) = read_all(), read_all(), read_all()
        assert [file.code for file in first.quarantined] == [code]
        assert busy.asked == (2 if again else 1)
        assert (second.quarantined == ()) is again
        assert second == third
        assert bench.readings[second.key].dossier.hash == second.dossier_hash


def test_the_processes_end_with_the_pool(folder: Path, tmp_path: Path) -> None:
    with bench_in(tmp_path / "home") as bench:
        read(bench, folder, size=2)
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    commands = []
    for child in children:
        with contextlib.suppress(OSError):  # of another test, and gone by now
            commands.append(Path(f"/proc/{child}/cmdline").read_bytes())
    assert not [command for command in commands if b"flows.reading_pool" in command]


def test_a_process_ends_when_its_starter_is_killed() -> None:
    code = (
        "import time\nfrom pipeline.line_process import _Child, module_command\n"
        "child = _Child(module_command('evaluators.evidence_judge.pool'))\n"
        "print(child.process.pid, flush=True)\ntime.sleep(600)\n"
    )
    starter = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert starter.stdout is not None
    child = int(starter.stdout.readline())
    starter.send_signal(signal.SIGKILL)
    starter.wait()
    starter.stdout.close()
    for _ in range(1200):
        try:
            state = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return
        if state == "Z":
            return
        signal.sigtimedwait((), 0.05)
    pytest.fail("the process outlived its starter")


def test_a_file_of_the_batch_is_no_module(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = tmp_path / "ran"
    (folder / "pydantic.py").write_text(f"open({str(ran)!r}, 'w')\n")
    with bench_in(tmp_path / "home") as bench:
        monkeypatch.chdir(folder)
        read(bench, folder, size=2)
    assert not ran.exists()
