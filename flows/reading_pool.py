"""Processes that read submissions beside this one: parsing is done by children, but redaction takes a processor too.

    python -m flows.reading_pool        what the pool starts; for its first line see `PoolOpening`

Parent and child speak in lines of JSON. A child ends when its standard input does, so none outlives its starter.
"""

import contextlib
import logging
import os
import queue
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, TextIO

from pydantic import ValidationError

from pipeline.documents.reading import DocumentReader
from pipeline.models.base import FrozenModel
from pipeline.models.reading import Reading, ReadingNote
from pipeline.models.submissions import QuarantinedFile, Submission, SubmittedFile
from pipeline.reading import read_brief, read_submission
from pipeline.shelf import Shelf
from pipeline.vault import Vault

_log = logging.getLogger(__name__)

MOST_PROCESSES = 4
"""More would wait for the disk, and each takes 150 MB."""

# -P: a file of the folder that somebody stands in, such as the batch, is no module.
COMMAND = (sys.executable, "-P", "-m", "flows.reading_pool")


class PoolOpening(FrozenModel):
    """What every child is told first."""

    vault: Path
    brief_files: tuple[SubmittedFile, ...]
    languages: tuple[str, ...]


class ReadingTask(FrozenModel):
    """One submission to be read."""

    key: str
    """Where the reading is put on the shelf."""
    submission: Submission
    aside: tuple[QuarantinedFile, ...] = ()
    """This candidate's files that intake set aside."""


def shelf_in(vault: Path) -> Shelf[Reading]:
    """Readings lie beside the files they were made of."""
    return Shelf(vault / "readings", Reading)


def sensible_size() -> int:
    """Processes for this machine; 0 where one processor has to do."""
    processors = len(os.sched_getaffinity(0))
    return min(processors, MOST_PROCESSES) if processors > 1 else 0


class ReadingPool:
    """Some processes that read; each is started when it is first needed, and all end with the pool.

    Args:
        opening: What every process is told.
        size: How many.
    """

    def __init__(self, opening: PoolOpening, *, size: int) -> None:
        self.size = size
        self._opening = opening
        self._slots: queue.LifoQueue[_Child | Literal["not started", "broken"]] = queue.LifoQueue()
        for _ in range(size):
            self._slots.put("not started")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for _ in range(self.size):
            slot = self._slots.get()
            if isinstance(slot, _Child):
                slot.end()

    def read(self, task: ReadingTask) -> ReadingNote | None:
        """Have a submission read and put on the shelf, as soon as a process is free.

        Returns:
            None if the process broke down: the caller reads by itself, and learns what is wrong with the file.
        """
        slot = self._slots.get()
        note = None
        try:
            child = _Child(self._opening) if slot == "not started" else slot
            note = child.read(task) if isinstance(child, _Child) else None
        finally:
            self._slots.put("broken" if note is None else child)
        return note


class _Child:
    """One process; what it says is read by the thread that asked."""

    def __init__(self, opening: PoolOpening) -> None:
        self._process = subprocess.Popen(
            COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # What it would say is said again, and to better effect, when its submission is read by the parent.
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            # Ctrl-C reaches a whole group: the child goes when its input ends, after the file it is reading.
            start_new_session=True,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
        )
        with contextlib.suppress(OSError):  # one that is gone already shows when something is asked of it
            self._say(opening)

    def read(self, task: ReadingTask) -> ReadingNote | None:
        try:
            self._say(task)
            assert self._process.stdout is not None
            return ReadingNote.model_validate_json(self._process.stdout.readline())
        except (OSError, ValidationError):
            _log.warning("a process that reads broke down over %r; it is read here", task.submission.candidate)
            self.end()
            return None

    def end(self) -> None:
        with contextlib.suppress(OSError):
            self._process.communicate()

    def _say(self, model: FrozenModel) -> None:
        assert self._process.stdin is not None
        # JSON in ASCII has no line break, whatever a file is called.
        self._process.stdin.write(model.model_dump_json() + "\n")
        self._process.stdin.flush()


def main(asked: TextIO, told: TextIO) -> None:
    """Read what is asked for until there is nothing more."""
    opening = PoolOpening.model_validate_json(asked.readline())
    vault, readings = Vault(opening.vault), shelf_in(opening.vault)
    with DocumentReader() as reader:
        brief = read_brief(opening.brief_files, vault=vault, reader=reader)
        for task in _tasks(asked):
            reading = read_submission(
                task.submission,
                vault=vault,
                reader=reader,
                brief=brief,
                already_quarantined=task.aside,
                languages=opening.languages,
            )
            readings.put(task.key, reading)
            note = ReadingNote.of(task.key, reading, received=task.submission.received)
            told.write(note.model_dump_json() + "\n")
            told.flush()


def _tasks(asked: TextIO) -> Iterable[ReadingTask]:
    return (ReadingTask.model_validate_json(line) for line in asked)


if __name__ == "__main__":
    main(sys.stdin, sys.stdout)
