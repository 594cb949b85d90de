"""Files that were kept for long enough: originals, readings, what old uploads brought, batches of archived openings."""

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from pipeline.desk.desk import Desk
from pipeline.desk.places import batch_folder, uploads_folder, vault_folder
from pipeline.errors import DeskConflict, StorageError, UnknownToDesk
from pipeline.review.adding import batch_lock
from pipeline.review.erasing_caches import forget_readings
from pipeline.vault import Vault


class Purged(NamedTuple):
    """What went."""

    originals: int
    readings: int
    uploads: int
    """Whose copies went; the batches keep the files as they are now."""
    batches: int
    """Of archived openings to which nothing came since."""


def purge(home: Path, *, desk: Desk, days: int, now: datetime) -> Purged:
    """Delete files that are older than a number of days. Results of runs, decisions and the audit chain stay.

    Args:
        home: SHORTLIST_HOME.
        desk: Knows when uploads came, and which openings are archived.
        days: How long files are kept.
        now: The current time, aware of its zone.

    Raises:
        DeskConflict: A run is under way, which reads some of them; or somebody searches.
        StorageError: A file cannot be deleted.
    """
    if active := desk.runs.active():
        raise DeskConflict(f"Run {active[0].id!r} of {active[0].opening!r} is under way. Wait for it or cancel it.")
    until = now - timedelta(days=days)
    try:
        readings, _ = forget_readings(home, lambda path, _: path.stat().st_mtime < until.timestamp())
        uploads = sum(1 for folder in list(_old_uploads(home, desk, until)) if _deleted(folder))
        batches = sum(1 for opening in list(_forgotten(home, desk, until)) if _batch_deleted(home, opening))
    except OSError as error:
        raise StorageError(f"Not everything could be deleted ({error.strerror}). Purge again to go on.") from error
    return Purged(Vault(vault_folder(home)).purge(days, now), readings, uploads, batches)


def _old_uploads(home: Path, desk: Desk, until: datetime) -> Iterator[Path]:
    for folder in sorted(uploads_folder(home).glob("*/*")):
        try:
            received = desk.uploads.get(folder.name).received
        except UnknownToDesk:
            received = datetime.fromtimestamp(folder.stat().st_mtime, until.tzinfo)
        if received < until:
            yield folder


def _forgotten(home: Path, desk: Desk, until: datetime) -> Iterator[str]:
    """Archived openings whose batch is as old as that."""
    for opening in desk.openings.all(archived=True):
        batch = batch_folder(home, opening.id)
        if opening.archived and batch.is_dir():
            uploads = desk.uploads.all(opening.id)
            newest = max((one.received for one in uploads), default=opening.created)
            if newest < until:
                yield opening.id


def _deleted(folder: Path) -> bool:
    shutil.rmtree(folder)
    return True


def _batch_deleted(home: Path, opening: str) -> bool:
    with batch_lock(home, opening):
        return _deleted(batch_folder(home, opening))
