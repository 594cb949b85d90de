"""Candidates fetched from a folder of this machine or from a bucket, instead of being uploaded."""

import shutil
from collections.abc import Mapping
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Final

from pipeline.desk.models import UploadSource
from pipeline.errors import DeskError
from pipeline.intake_tree import Folder, SourceFile, disk_folder, is_noise, safe_name
from pipeline.review.context import Visit
from pipeline.review.receiving import UploadLimits
from pipeline.review.security import TooLarge

SCHEMES: Final[Mapping[str, str]] = {
    "s3": "s3fs",
    "gs": "gcsfs",
    "gcs": "gcsfs",
    "az": "adlfs",
    "abfs": "adlfs",
    "abfss": "adlfs",
}
"""Buckets, and the package that reads them. No web addresses: this machine would ask what only it can reach."""


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
    if not place or "::" in place or any(ord(letter) < 32 for letter in place):
        raise DeskError("Write a folder such as /data/applications, or a bucket such as s3://bucket/folder.")
    scheme, separator, rest = place.partition("://")
    _refuse_elsewhere(place, visit)
    if not separator or scheme == "file":
        _copy_local(Path(place.removeprefix("file://")).expanduser(), into, limits)
        return "path"
    if scheme not in SCHEMES or not rest.strip("/"):
        known = ", ".join(f"{name}://" for name in SCHEMES)
        raise DeskError(f"{place!r} cannot be read. Use a folder of this machine, or a bucket ({known}).")
    _copy_bucket(place, scheme, into, limits)
    return "s3"


def may_fetch(visit: Visit) -> bool:
    """Whether there is any place that a visitor may fetch from."""
    return visit.user.role == "operator" or bool(visit.app.import_roots)


def _refuse_elsewhere(place: str, visit: Visit) -> None:
    if visit.user.role == "operator":
        return
    for root in visit.app.import_roots:
        if "://" in root or "://" in place:
            # `..` means nothing to a bucket, but a file system between might think otherwise.
            if f"{place}/".startswith(f"{root.rstrip('/')}/") and ".." not in place:
                return
        elif Path(place).expanduser().resolve().is_relative_to(Path(root).expanduser().resolve()):
            return
    allowed = ", ".join(visit.app.import_roots) or "no place"
    raise DeskError(f"You may fetch from {allowed}. Ask an operator to fetch {place!r}, or upload the files.")


def _copy_local(path: Path, into: Path, limits: UploadLimits) -> None:
    if not path.is_absolute():
        raise DeskError(f"{str(path)!r} is no full path. Begin at the root, such as /data/applications.")
    if path.is_file() and path.suffix.lower() == ".zip":
        if path.stat().st_size > limits.bytes:
            raise TooLarge(limits.bytes)
        into.mkdir(parents=True, mode=0o700)
        shutil.copyfile(path, into / safe_name(path.name))
        return
    if not path.is_dir():
        raise DeskError(f"There is no folder or zip {str(path)!r} on the machine that runs this app.")
    _Copy(into, limits).folder(disk_folder(path), ())


def _copy_bucket(place: str, scheme: str, into: Path, limits: UploadLimits) -> None:
    import fsspec

    copy = _Copy(into, limits)
    try:
        files, root = fsspec.core.url_to_fs(place)
        entries = files.find(root, detail=True)
    except ImportError as error:
        raise DeskError(f"Reading {scheme}:// needs the package {SCHEMES[scheme]!r}. Ask an operator.") from error
    except Exception as error:  # each file system raises errors of its own
        raise DeskError(
            f"{place!r} cannot be read ({type(error).__name__}). Is it there, and may this machine read it?"
        ) from error
    for path, entry in sorted(entries.items()):
        parts = PurePosixPath(path.removeprefix(root).strip("/") or PurePosixPath(path).name).parts
        if entry.get("type") == "file":
            size = int(entry.get("size") or 0)
            copy.file(tuple(parts), SourceFile(name=parts[-1], size=size, load=partial(files.cat_file, path)))
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
        names = [safe_name(part) for part in parts if part not in ("", ".", "..")]
        if not names or any(is_noise(part) for part in parts):
            return
        self.files += 1
        self._bytes += found.size
        if self.files > self._limits.files:
            raise DeskError(f"There are more than {self._limits.files:,} files. Name a smaller folder.")
        if self._bytes > self._limits.bytes:
            raise TooLarge(self._limits.bytes)
        target = self._into.joinpath(*names)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        target.write_bytes(found.load())
