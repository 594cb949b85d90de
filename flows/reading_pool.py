"""Processes that read submissions beside this one: parsing is done by children, but redaction takes a processor too.

python -m flows.reading_pool        what the pool starts; for its first line see `PoolOpening`
"""

import logging
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

from pydantic import ValidationError

from pipeline.background import stay_behind
from pipeline.desk.places import readings_in
from pipeline.documents.reading import DocumentReader
from pipeline.line_process import LinePool, module_command
from pipeline.models.base import FrozenModel
from pipeline.models.reading import Reading, ReadingNote
from pipeline.models.submissions import QuarantinedFile, Submission, SubmittedFile
from pipeline.reading import read_brief, read_submission
from pipeline.shelf import Shelf
from pipeline.vault import Vault

COMMAND = module_command("flows.reading_pool")
_log = logging.getLogger(__name__)


class PoolOpening(FrozenModel):
    """What every process is told first."""

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
    return Shelf(readings_in(vault), Reading)


class ReadingPool(LinePool):
    """Some processes that read.

    Args:
        opening: What every process is told.
        size: How many.
    """

    def __init__(self, opening: PoolOpening, *, size: int) -> None:
        super().__init__(COMMAND, opening=opening.model_dump_json(), size=size)

    def read(self, task: ReadingTask) -> ReadingNote | None:
        """Have a submission read and put on the shelf.

        Returns:
            None if the process broke down: the caller reads by itself, and learns what is wrong with the file.
        """
        answer = self.ask(task.model_dump_json())
        try:
            if answer is not None:
                return ReadingNote.model_validate_json(answer)
        except ValidationError:
            pass
        _log.warning("a process that reads broke down; reading %s is made here", task.key)
        return None


def main(asked: TextIO, told: TextIO) -> None:
    """Read what is asked for until there is nothing more."""
    stay_behind()
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
