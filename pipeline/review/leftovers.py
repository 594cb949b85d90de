"""What uploads leave behind that a killed app was receiving: gone at its next start, or noted if it is in the batch."""

import logging
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pipeline.desk.desk import Desk
from pipeline.desk.places import batch_folder, upload_folder, uploads_folder
from pipeline.errors import ShortlistError, UnknownToDesk
from pipeline.whole_files import delete_unfinished

INCOMING: Final = "incoming"
"""In the folder of an upload: files as they come, written by the app alone."""
SENT: Final = "sent"
"""In the folder of an upload: files under their own names, to be sorted; an inbox is fetched into it as well."""
QUIET_SECONDS: Final = 3_600.0
"""A folder of an inbox in which nothing has changed for so long is of a process that was killed."""
_log = logging.getLogger(__name__)


def clear_leftovers(home: Path, desk: Desk) -> int:
    """Take away what nobody goes on with, and note uploads of which files are in the batch already.

    For the start of an app: whatever it received before has no receiver any more.

    Returns:
        How many uploads were broken off.
    """
    cleared = 0
    for folder in _left(home):
        for name in (INCOMING, SENT):
            shutil.rmtree(folder / name, ignore_errors=True)
        try:
            delete_unfinished(batch_folder(home, folder.parent.name), older_than=0.0)
            _note_or_forget(folder, desk)
        except (OSError, ShortlistError) as error:
            # The app starts without it; the next start tries again.
            _log.warning("leftovers of upload %s: %s", folder.name, type(error).__name__)
        cleared += 1
    return cleared


def _left(home: Path) -> Iterator[Path]:
    for folder in sorted(uploads_folder(home).glob("*/*")):
        if (folder / INCOMING).is_dir() or ((folder / SENT).is_dir() and _is_quiet(folder / SENT)):
            yield folder


def _is_quiet(folder: Path) -> bool:
    newest = max(path.lstat().st_mtime for path in (folder, *folder.rglob("*")))
    return time.time() - newest > QUIET_SECONDS


def _note_or_forget(folder: Path, desk: Desk) -> None:
    files = sum(path.is_file() for path in (folder / "batch").rglob("*")) if folder.is_dir() else 0
    try:
        desk.uploads.get(folder.name)
    except UnknownToDesk:
        if not files:
            shutil.rmtree(folder, ignore_errors=True)
            return
        desk.uploads.add(
            folder.parent.name,
            by="shortlist",
            id=folder.name,
            path=upload_folder(folder.parents[2], folder.parent.name, folder.name),
            source="files",
            files=files,
            note=(
                "The program was ended while this was added: some of it may be missing. Send it again; what is in the "
                "batch already is passed over."
            ),
        )
