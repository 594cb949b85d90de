"""What lies in the batch of an opening, as people should see it before and after it was read."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from pipeline.desk.places import batch_folder
from pipeline.intake_roles import is_brief, is_loose_resume, is_never_read_folder, stem_of
from pipeline.intake_tree import Folder, SourceFile, disk_folder

TABLE: str = "candidates.csv"
_DEEPEST = 12


class FileView(NamedTuple):
    """A file of a candidate."""

    path: str
    """Inside the candidate's folder."""
    size: int


class CandidateView(NamedTuple):
    """A candidate's folder, or a file that stands for one."""

    name: str
    """As the runs will name the candidate."""
    files: tuple[FileView, ...]
    loose: bool
    """One file at the top of the batch."""

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(file.size for file in self.files)


class BatchView(NamedTuple):
    """The batch of an opening."""

    candidates: tuple[CandidateView, ...]
    table: bool
    """There is a `candidates.csv`."""
    brief: bool
    starter: bool


def batch_view(home: Path, opening: str) -> BatchView:
    """Look at the batch of an opening; it need not exist yet."""
    folder = batch_folder(home, opening)
    if not folder.is_dir():
        return BatchView((), table=False, brief=False, starter=False)
    listing = disk_folder(folder).listing()
    candidates = [
        CandidateView(below.name, tuple(_files(below, "")), loose=False)
        for below in listing.folders
        if _is_candidate(below)
    ]
    candidates += [
        CandidateView(stem_of(found.name), (_view(found, ""),), loose=True)
        for found in listing.files
        if is_loose_resume(found.name) and not is_brief(found.name)
    ]
    return BatchView(
        candidates=tuple(sorted(candidates, key=lambda one: one.name.casefold())),
        table=any(found.name.casefold() == TABLE for found in listing.files),
        brief=any(is_brief(found.name) for found in listing.files),
        starter=any(below.name.casefold() == "starter" for below in listing.folders),
    )


def candidate_count(home: Path, opening: str) -> int:
    """How many candidates a batch holds, without looking into their folders."""
    folder = batch_folder(home, opening)
    try:
        changed = folder.stat().st_mtime_ns
    except OSError:
        return 0
    return _count(folder, changed)


@lru_cache(maxsize=256)
def _count(folder: Path, changed: int) -> int:
    """Counted once for every state: a folder's time changes whenever something in it comes, goes or is replaced."""
    del changed  # Part of the key alone.
    listing = disk_folder(folder).listing()
    loose = sum(is_loose_resume(found.name) and not is_brief(found.name) for found in listing.files)
    return loose + sum(_is_candidate(below) for below in listing.folders)


def _is_candidate(folder: Folder) -> bool:
    name = folder.name
    return not name.startswith(".") and name.casefold() != "starter" and not is_never_read_folder(name)


def _files(folder: Folder, prefix: str, depth: int = 0) -> Iterator[FileView]:
    listing = folder.listing()
    for found in listing.files:
        yield _view(found, prefix)
    if depth < _DEEPEST:
        for below in listing.folders:
            yield from _files(below, f"{prefix}{below.name}/", depth + 1)


def _view(found: SourceFile, prefix: str) -> FileView:
    return FileView(prefix + found.name, found.size)
