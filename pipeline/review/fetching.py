"""Candidates fetched from a folder of this machine or from a bucket, instead of being uploaded."""

import shutil
from collections.abc import Collection
from functools import partial
from pathlib import Path, PurePosixPath

from pipeline.desk.models import UploadSource
from pipeline.errors import ConfigurationError, DeskError, SubmissionError
from pipeline.import_places import check_place, list_bucket, local_path
from pipeline.intake_tree import Folder, SourceFile, disk_folder, is_noise
from pipeline.own_files import Mark, OwnFiles
from pipeline.review.context import Visit
from pipeline.review.file_names import disk_name, disk_parts
from pipeline.review.receiving import UploadLimits
from pipeline.review.security import TooLarge


def fetch(place: str, *, into: Path, visit: Visit, limits: UploadLimits) -> UploadSource:
    """Copy what lies at a place into a folder, for `add_files`.

    Args:
        place: A folder or zip of this machine, or the URL of a bucket's folder.
        into: A new folder.
        visit: Who asks: operators may name any place, others what the settings allow.
        limits: More is refused.

    Raises:
        DeskError: The place may not be read, cannot be, or holds nothing.
        TooLarge: It holds more than may be taken at once.
    """
    try:
        check_place(place, roots=None if visit.user.role == "operator" else visit.app.import_roots)
        path = local_path(place)
        if path is None:
            _copy_bucket(place, into, limits)
            return "s3"
        own = OwnFiles(visit.app.home, visit.desk.file)
        own.check(path)
        # Without links: what was looked at is what is copied.
        _copy_local(path.resolve(), into, limits, closed=own.marks())
        return "path"
    except ConfigurationError as error:
        raise DeskError(str(error)) from error
    except SubmissionError as error:
        raise DeskError(f"A file of {place!r} cannot be read: {error.reason}") from error
    except (OSError, RuntimeError, ValueError) as error:
        # A name that no disk takes, no such user of `~user`, a loop of links, a full disk.
        cause = getattr(error, "strerror", None) or type(error).__name__
        raise DeskError(f"{place[:200]!r} cannot be fetched from ({cause}).") from error


def may_fetch(visit: Visit) -> bool:
    """Whether there is any place that a visitor may fetch from."""
    return visit.user.role == "operator" or bool(visit.app.import_roots)


def _copy_local(path: Path, into: Path, limits: UploadLimits, *, closed: Collection[Mark]) -> None:
    if path.is_file() and path.suffix.lower() == ".zip":
        if path.stat().st_size > limits.bytes:
            raise TooLarge(limits.bytes)
        into.mkdir(parents=True, mode=0o700)
        shutil.copyfile(path, into / disk_name(path.name), follow_symlinks=False)
        return
    if not path.is_dir():
        raise DeskError(f"There is no folder or zip {str(path)!r} on the machine that runs this app.")
    _Copy(into, limits).folder(disk_folder(path, closed=closed), ())


def _copy_bucket(place: str, into: Path, limits: UploadLimits) -> None:
    copy = _Copy(into, limits)
    files, found = list_bucket(place)
    try:
        for one in found:
            parts = PurePosixPath(one.name).parts
            copy.file(tuple(parts), SourceFile(name=parts[-1], size=one.size, load=partial(files.cat_file, one.path)))
    except (DeskError, TooLarge):
        raise
    except Exception as error:  # each file system raises errors of its own
        raise DeskError(f"{place!r} could not be fetched to its end ({type(error).__name__}). Try again.") from error
    if not copy.files:
        raise DeskError(f"There is nothing at {place!r}.")


class _Copy:
    """Files on their way into one folder, counted."""

    def __init__(self, into: Path, limits: UploadLimits) -> None:
        self._into, self._limits = into, limits
        self.files = self._bytes = 0

    def folder(self, folder: Folder, parts: tuple[str, ...]) -> None:
        """Copy a folder and what is below it."""
        listing = folder.listing()
        for found in listing.files:
            self.file((*parts, found.name), found)
        for below in listing.folders:
            self.folder(below, (*parts, below.name))

    def file(self, parts: tuple[str, ...], found: SourceFile) -> None:
        """Copy one file under names that lead nowhere else."""
        names = disk_parts(part for part in parts if part not in ("", ".", ".."))
        if not names or any(is_noise(part) for part in parts):
            return
        self.files += 1
        if self.files > self._limits.files:
            raise DeskError(f"There are more than {self._limits.files:,} files. Name a smaller folder.")
        # What is stated first, so that nothing too large is read; then what came, which may be more.
        if self._bytes + found.size > self._limits.bytes:
            raise TooLarge(self._limits.bytes)
        content = found.load()
        self._bytes += len(content)
        if self._bytes > self._limits.bytes:
            raise TooLarge(self._limits.bytes)
        target = self._into.joinpath(*names)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        target.write_bytes(content)
