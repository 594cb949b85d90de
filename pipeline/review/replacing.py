"""A better copy of one file takes the place of one that could not be read."""

import hashlib
import logging
import os
import shutil
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

from pipeline.desk.desk import Desk
from pipeline.desk.places import batch_folder, upload_folder
from pipeline.errors import DeskError, StorageError
from pipeline.intake import MAX_FILE_BYTES
from pipeline.intake_roles import ARCHIVE_SUFFIXES, is_archive, stem_of
from pipeline.review.adding import ERASED, batch_lock, link_file
from pipeline.review.file_names import DEEPEST, disk_name

_log = logging.getLogger(__name__)
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
    if not parts or any(part != disk_name(part) or part in (".", "..") for part in (*parts, candidate or "x")):
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
        DeskError: It is empty or too large, there is no such candidate, or the listed file lies in an archive.
        StorageError: The disk or the database cannot be written; the message says what is in the batch all the same.
    """
    size = sent.stat().st_size
    if not 0 < size <= MAX_FILE_BYTES:
        raise DeskError(f"{disk_name(name)} has {size:,} bytes; it must be a file of 1 byte to {MAX_FILE_BYTES:,}.")
    batch, folder = batch_folder(home, opening), upload_folder(home, opening, upload)
    if _sha256(sent) in desk.erased_files(opening):
        raise DeskError(f"{disk_name(name)}: {ERASED}")
    try:
        with batch_lock(home, opening):
            old, new = _places(home, opening, candidate=candidate, file=file, sent=name)
            before = _kept_earlier(old, folder / "replaced" / old.relative_to(batch))
            after, own = _sha256(sent), folder / "batch" / new.relative_to(batch)
            own.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.replace(sent, own)
            link_file(own, new)
            if new != old:
                old.unlink(missing_ok=True)
    except OSError as error:
        for name in ("batch", "replaced"):
            shutil.rmtree(folder / name, ignore_errors=True)
        raise StorageError(f"The file cannot be put into the batch ({error.strerror}). Is the disk full?") from error
    shown = new.relative_to(batch).as_posix()
    try:
        if candidate:
            desk.uploads.note_replacement(
                opening, candidate, by=by, file=file, old_sha256=before, new_sha256=after, upload=upload
            )
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
    except StorageError as error:
        _log.error("upload %s: %s", upload, error)
        kept = " and the earlier file is kept" if before else ""
        raise StorageError(
            f"{shown} is in the batch now{kept}, but the database cannot be used right now to note it. "
            "Send it again in a minute."
        ) from error
    return Replaced(shown, before)


def _places(home: Path, opening: str, *, candidate: str, file: str, sent: str) -> tuple[Path, Path]:
    """Where the listed file lies, and where the better copy goes: the same but for the suffix."""
    batch, old = batch_folder(home, opening), place_of(home, opening, candidate, file)
    _refuse_inside_archive(batch, candidate, old)
    if candidate and not old.is_file() and not (batch / candidate).is_dir():
        old = _own_folder(batch, candidate) / PurePosixPath(file)
    new = old.with_name(stem_of(old.name) + _suffix(sent, old.name))
    top, depth = new.relative_to(batch).parts[0], len(new.relative_to(batch).parts)
    if old.is_dir() or new.is_dir() or top.startswith(".") or depth > DEEPEST:
        raise DeskError(f"{file!r} is no file of this batch.")
    if not candidate and _suffix(sent, old.name) != (own := _suffix(old.name, old.name)):
        # With another suffix it would be no table or brief any more, but a candidate.
        raise DeskError(f"{old.name} belongs to the whole batch; only another {own} file can take its place.")
    if new != old and new.exists():
        raise DeskError(f"There is a {new.name} already. Replace that one.")
    return old, new


def _refuse_inside_archive(batch: Path, candidate: str, old: Path) -> None:
    """A file inside an archive cannot be replaced alone: a folder beside the archive would be read instead of it."""
    inside = old.relative_to(batch).parts
    archive = next((path for path in old.parents if path != batch and path.is_file()), None)
    if archive is None and len(inside) > 2 and not (batch / candidate).is_dir():
        archive = next((path for path in _loose(batch, candidate) if is_archive(path.name)), None)
    if archive is not None:
        raise DeskError(
            f"{'/'.join(inside[1:])!r} lies inside {archive.name!r}. Send the whole archive again, under the "
            "candidate's name: it takes the place of this one."
        )


def _kept_earlier(old: Path, kept: Path) -> str | None:
    """Keep a file that is to be replaced; returns its sha256, or None if there is none."""
    if not old.is_file():
        return None
    kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    shutil.copy2(old, kept)
    return _sha256(kept)


def _own_folder(batch: Path, candidate: str) -> Path:
    """A folder for a candidate who was a loose file so far, such as a take-home without a resume.

    Raises:
        DeskError: There is no such candidate.
    """
    loose = _loose(batch, candidate)
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


def _loose(batch: Path, candidate: str) -> list[Path]:
    """Files at the top of the batch that stand for a candidate."""
    found = batch.iterdir() if batch.is_dir() else ()
    return [path for path in found if path.is_file() and candidate in (stem_of(path.name), path.name)]


def _suffix(name: str, old: str) -> str:
    """The suffix of what was sent: a scan may be replaced by a Word file."""
    safe = disk_name(PurePosixPath(name.replace("\\", "/")).name)
    for suffix in ARCHIVE_SUFFIXES:
        if safe.casefold().endswith(suffix):
            return suffix
    suffix = Path(safe).suffix.lower()
    return suffix if 1 < len(suffix) <= 10 else Path(old).suffix


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
