"""Documents for pages while files change and the machine has no room."""

import errno
import os
import subprocess
from pathlib import Path

import pytest

from pipeline.review.documents import Documents


def test_a_file_that_is_erased_while_it_is_looked_at_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resume = tmp_path / "batch" / "c01" / "resume.md"
    resume.parent.mkdir(parents=True)
    resume.write_text("# Anna\n\nI kept the ledger.\n")
    is_file = Path.is_file

    def then_erased(path: Path) -> bool:
        found = is_file(path)
        if path == resume:
            path.unlink(missing_ok=True)
        return found

    # Nothing else erases a file between two calls.
    monkeypatch.setattr(Path, "is_file", then_erased)
    documents = Documents(tmp_path)
    assert documents.of(tmp_path / "batch", "c01", dossier="", quotes=()).origin == "nowhere"
    documents.close()


def test_warming_up_where_no_process_can_be_started_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_process(*_: object, **__: object) -> None:
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    monkeypatch.setattr(subprocess, "Popen", no_process)
    documents = Documents(tmp_path)
    documents.warm_up()
    documents.close()
