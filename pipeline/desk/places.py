"""Where everything lies under SHORTLIST_HOME, but for the ledger, of which the settings know.

```
vault/                          originals, by the hash of their bytes
vault/readings/XX/KEY.json      what was read of a candidate's files
searchable/XX/SCORECARD.json    which readings `shortlist search` looks through
chroma/SCORECARD-EMBEDDER/      their vectors
calibration/JUDGE.json          how far a chat judge's probabilities can be trusted
uploads/OPENING/UPLOAD/         what an upload brought
openings/OPENING/batch/         what runs read
openings/OPENING/inbox.json     what was fetched from an inbox
openings/OPENING/runs/RUN/      results
audit-heads.log                 heads of the audit chain, outside of the ledger
```
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pipeline.audit_log import HEADS_FILE

FOLDERS: Final = ("vault", "searchable", "chroma", "calibration", "uploads", "openings")


def make_home(home: Path) -> None:
    """Make SHORTLIST_HOME and its folders for their owner alone; one that is there stays as it is.

    Raises:
        OSError: It cannot be made.
    """
    for folder in (home, *(home / name for name in FOLDERS)):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def is_open(home: Path) -> bool:
    """Whether others on this machine may look into it."""
    return bool(home.stat().st_mode & 0o077)


@contextmanager
def private_files() -> Iterator[None]:
    """Whatever is made meanwhile, by this process or one that it starts, is for its owner alone."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def heads_file(home: Path) -> Path:
    """Heads of the audit chain; written to by whoever writes to the chain."""
    return home / HEADS_FILE


def vault_folder(home: Path) -> Path:
    """Original files, and below it what was read of them."""
    return home / "vault"


def readings_in(vault: Path) -> Path:
    """Readings lie beside the files they were made of."""
    return vault / "readings"


def searchable_folder(home: Path) -> Path:
    """Which readings a search looks through, by scorecard."""
    return home / "searchable"


def vectors_folder(home: Path) -> Path:
    """A directory for each scorecard and embedder, and its lock beside it."""
    return home / "chroma"


def calibrations_folder(home: Path) -> Path:
    """A file for each judge that was calibrated."""
    return home / "calibration"


def uploads_folder(home: Path) -> Path:
    """A folder for each opening, and in it one for each upload."""
    return home / "uploads"


def upload_folder(home: Path, opening: str, upload: str) -> Path:
    """What one upload brought, and the versions of files that were replaced by it."""
    return uploads_folder(home) / opening / upload


def opening_folder(home: Path, opening: str) -> Path:
    """The batch, the runs and the notes of one opening."""
    return home / "openings" / opening


def batch_folder(home: Path, opening: str) -> Path:
    """The batch that uploads add to and runs read: one folder per candidate."""
    return opening_folder(home, opening) / "batch"


def inbox_note(home: Path, opening: str) -> Path:
    """Which files were fetched from an inbox; it names candidates."""
    return opening_folder(home, opening) / "inbox.json"


def runs_folder(home: Path, opening: str) -> Path:
    """A folder for each run, hidden until its results are whole."""
    return opening_folder(home, opening) / "runs"


def run_folder(home: Path, opening: str, run: str) -> Path:
    """The results of one run."""
    return runs_folder(home, opening) / run
