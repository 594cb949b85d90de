"""A better copy of one file takes the place of one that could not be read."""

import hashlib
import os
import shutil
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

from pipeline.desk.desk import Desk
from pipeline.desk.places import batch_folder, upload_folder
from pipeline.errors import DeskError
from pipeline.intake import MAX_FILE_BYTES
from pipeline.intake_roles import ARCHIVE_SUFFIXES, stem_of
from pipeline.intake_tree import safe_name
from pipeline.review.adding import batch_lock

MISSING: Final = "resume"
"""The name under which a run lists a resume that is not there."""


class Replaced(NamedTuple):
    """What a replacement did."""

    file: str
    """Path in the batch."""
    before: str | None
    """Sha256 of the file whose place it took."""


def place_of(home: Path, opening: str, candidate: str, file: str) -> Path:
    """Where a listed file of a candidate lies in the batch; it need not exist.

    Args:
        home: SHORTLIST_HOME.
        opening: Id of the opening.
        candidate: As a run names the candidate; empty for a file of the whole batch.
        file: Path inside the candidate's folder, with forward slashes.

    Raises:
        DeskError: A name leads out of the batch.
    """
    batch = batch_folder(home, opening)
    parts = PurePosixPath(file).parts
    if not parts or any(part != safe_name(part) or part in (".", "..") for part in (*parts, candidate or "x")):
        raise DeskError(f"{file!r} is no file of this batch.")
    if not candidate or (len(parts) == 1 and not (batch / candidate).is_dir() and (batch / parts[0]).is_file()):
        return batch / parts[0]
    return batch.joinpath(candidate, *parts)


def replace_file(
    sent: Path, *, name: str, candidate: str, file: str, opening: str, upload: str, desk: Desk, home: Path, by: str
) -> Replaced:
    """Put a file where another is, keeping that one.

    Args:
        sent: The bytes.
        name: As the browser called it; only its suffix is used.
        candidate: As a run names the candidate; empty for a file of the whole batch.
        file: The listed file, such as `resume.pdf`; `resume` for one that is missing.
        opening: Id of the opening.
        upload: Id of the upload that keeps both.
        desk: Where it is noted.
        home: SHORTLIST_HOME.
        by: Name of the user.

    Raises:
        DeskError: It is empty or too large, or there is no such candidate.
    """
    size = sent.stat().st_size
    if not 0 < size <= MAX_FILE_BYTES:
        raise DeskError(f"{safe_name(name)} has {size:,} bytes; it must be a file of 1 byte to {MAX_FILE_BYTES:,}.")
    batch, folder = batch_folder(home, opening), upload_folder(home, opening, upload)
    with batch_lock(home, opening):
        old = place_of(home, opening, candidate, file)
        if candidate and not old.is_file() and not (batch / candidate).is_dir():
            old = _own_folder(batch, candidate) / file
        new = old.with_name(stem_of(old.name) + _suffix(name, old.name))
        before = None
        if old.is_file():
            before = _sha256(old)
            kept = folder / "replaced" / old.relative_to(batch)
            kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            shutil.copy2(old, kept)
        elif new.exists():
            raise DeskError(f"There is a {new.name} already. Replace that one.")
        own = folder / "batch" / new.relative_to(batch)
        own.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        after = _sha256(sent)
        os.replace(sent, own)
        arriving = new.with_name(f".{new.name[:80]}.arriving")
        arriving.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copyfile(own, arriving)
        arriving.replace(new)
        if new != old:
            old.unlink(missing_ok=True)
    shown = new.relative_to(batch).as_posix()
    desk.uploads.add(
        opening,
        by=by,
        id=upload,
        path=folder,
        source="files",
        files=1,
        candidates=1 if candidate else 0,
        note=f"{shown} in the place of {file}",
    )
    if candidate:
        desk.uploads.note_replacement(
            opening, candidate, by=by, file=file, old_sha256=before, new_sha256=after, upload=upload
        )
    return Replaced(shown, before)


def _own_folder(batch: Path, candidate: str) -> Path:
    """A folder for a candidate who was a loose file so far, such as a take-home without a resume.

    Raises:
        DeskError: There is no such candidate.
    """
    loose = [path for path in batch.iterdir() if path.is_file() and stem_of(path.name) == candidate]
    if len(loose) != 1:
        raise DeskError(f"There is no candidate {candidate!r} in this batch any more.")
    folder = batch / candidate
    if folder.exists():
        raise DeskError(f"{candidate!r} is a file and needs a folder. Send both files again in one.")
    folder.mkdir(mode=0o700)
    found = loose[0]
    suffix = next((one for one in ARCHIVE_SUFFIXES if found.name.casefold().endswith(one)), None)
    found.replace(folder / (f"takehome{suffix}" if suffix else found.name))
    return folder


def _suffix(name: str, old: str) -> str:
    """The suffix of what was sent: a scan may be replaced by a Word file."""
    safe = safe_name(PurePosixPath(name.replace("\\", "/")).name)
    for suffix in ARCHIVE_SUFFIXES:
        if safe.casefold().endswith(suffix):
            return suffix
    suffix = Path(safe).suffix.lower()
    return suffix if 1 < len(suffix) <= 10 else Path(old).suffix


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
