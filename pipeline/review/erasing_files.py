"""Where the files of one candidate lie: in the batch, in every upload, and in what uploads took the place of."""

import hashlib
import json
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from pipeline.candidates_csv import CandidateRow, match_rows, read_candidate_table
from pipeline.desk.places import batch_folder, inbox_note, opening_folder, runs_folder, uploads_folder
from pipeline.documents.reading import DocumentReader
from pipeline.intake import MAX_FILE_BYTES
from pipeline.intake_candidates import CandidateIntake
from pipeline.intake_roles import is_archive, is_brief, is_loose_resume, stem_of
from pipeline.intake_tree import disk_folder
from pipeline.review.adding import table_bytes
from pipeline.review.arranging import TABLE
from pipeline.review.documents import HeldVault
from pipeline.whole_files import delete_unfinished, write_whole

_KEPT: Final = ("batch", "merged", "replaced")
"""Folders of an upload that keep files."""


class CandidateFiles(NamedTuple):
    """Everything of one candidate on disk."""

    places: tuple[Path, ...]
    """Folders and files at the top of a batch or of what an upload keeps."""
    tables: tuple[Path, ...]
    """Tables with a row of theirs."""
    vaulted: frozenset[str]
    """Sha256 of everything that runs may have put into the vault."""
    documents: frozenset[str]
    """Sha256 of documents and archives that are theirs alone."""

    @property
    def names(self) -> frozenset[str]:
        """Of places that name somebody: a file `ada.pdf`, a folder `ada`."""
        return frozenset(place.name for place in self.places)


def files_of_candidate(home: Path, opening: str, candidate: str) -> CandidateFiles:
    """Look for the files of a candidate.

    Args:
        home: SHORTLIST_HOME.
        opening: Id of the opening.
        candidate: As a run names them.
    """
    batch, roots = batch_folder(home, opening), list(_roots(home, opening))
    places = [place for root in roots for place in _places(root, candidate, batch)]
    names = {candidate, *(place.name for place in places)}
    tables = tuple(path for root in roots if (path := root / TABLE).is_file() and _rows_of(path, candidate, names))
    with DocumentReader() as reader:
        vaulted = frozenset(sha256 for place in places for sha256 in _vaulted(place, candidate, reader))
    documents = {_sha256(path) for place in places for path in _documents(place)}
    return CandidateFiles(tuple(places), tables, vaulted, frozenset(documents - _of_others(roots, places)))


def delete_files(found: CandidateFiles, candidate: str) -> int:
    """Delete the files and the rows of the tables; returns how many files went."""
    deleted = 0
    for place in found.places:
        deleted += sum(path.is_file() for path in place.rglob("*")) if place.is_dir() else 1
        if place.is_dir():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)
    for table in found.tables:
        theirs = _rows_of(table, candidate, {candidate, *found.names})
        rows = read_candidate_table(table.read_bytes(), whole=True).rows
        # Not in its place: the batch and the upload that brought the table may hold one file under two names.
        write_whole(table, table_bytes({row.key: row for row in rows if row not in theirs}))
    return deleted


def forget_inbox(home: Path, opening: str, candidate: str) -> str | None:
    """Forget that files of a candidate were fetched; returns the inbox that may still hold them."""
    path = inbox_note(home, opening)
    try:
        noted = json.loads(path.read_text(encoding="utf-8"))
        files = {name: mark for name, mark in noted["files"].items() if not _is_theirs(name.split("/")[0], candidate)}
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return None
    if len(files) == len(noted["files"]):
        return None
    write_whole(path, json.dumps({**noted, "files": files}).encode())
    return str(noted.get("inbox"))


def clear_unfinished(home: Path, opening: str) -> None:
    """Delete what killed processes were writing for an opening; nobody goes on with it, and it names whom they read."""
    for folder in runs_folder(home, opening).glob(".*"):
        shutil.rmtree(folder, ignore_errors=True)
    for folder in (opening_folder(home, opening), uploads_folder(home) / opening):
        delete_unfinished(folder)


def _roots(home: Path, opening: str) -> Iterator[Path]:
    yield batch_folder(home, opening)
    for upload in sorted((uploads_folder(home) / opening).glob("*")):
        for name in _KEPT:
            if (upload / name).is_dir():
                yield upload / name


def _places(root: Path, candidate: str, batch: Path) -> Iterator[Path]:
    """The folder, or the files at the top, of a candidate."""
    for path in sorted(root.iterdir()) if root.is_dir() else ():
        if path.is_dir() and path.name == candidate:
            yield path
        elif path.is_file() and is_loose_resume(path.name) and not is_brief(path.name):
            second = root != batch and _is_second(path.name, candidate, batch)
            if second or _is_theirs(path.name, candidate):
                yield path


def _is_theirs(name: str, candidate: str) -> bool:
    return candidate in (name, stem_of(name))


def _is_second(name: str, candidate: str, batch: Path) -> bool:
    """Whether a file that an upload keeps as `ada (2).pdf` came as `ada.pdf` in a second zip, and is nobody else's."""
    stem = stem_of(name)
    if re.fullmatch(rf"{re.escape(candidate)} \(\d+\)", stem) is None:
        return False
    others = batch.iterdir() if batch.is_dir() else ()
    return not any(_is_theirs(other.name, stem) for other in others)


def _rows_of(table: Path, candidate: str, names: Iterable[str]) -> frozenset[CandidateRow]:
    """The rows of a table that speak of a candidate, under any name of their files."""
    read = read_candidate_table(table.read_bytes(), whole=True)
    return frozenset(row for name in names for row in match_rows(read, {candidate: name})[0].values())


def _vaulted(place: Path, candidate: str, reader: DocumentReader) -> Iterator[str]:
    """What intake puts into the vault of a place: its files, and those of archives in it."""
    held = HeldVault()
    intake = CandidateIntake(vault=held, reader=reader, max_bytes=MAX_FILE_BYTES)
    if place.is_dir():
        taken = intake.take_folder(candidate, disk_folder(place).listing())
    else:
        found = next(file for file in disk_folder(place.parent).listing().files if file.name == place.name)
        taken = intake.take_loose(candidate, found)
    yield from (file.sha256 for file in taken.files)
    for path in _all_files(place):
        yield _sha256(path)


def _documents(place: Path) -> Iterator[Path]:
    """What is somebody's own: documents and archives at the top; take-homes hold files that many have."""
    for path in [place] if place.is_file() else sorted(place.iterdir()):
        if path.is_file() and path.stat().st_size and (is_loose_resume(path.name) or is_archive(path.name)):
            yield path


def _of_others(roots: list[Path], places: list[Path]) -> frozenset[str]:
    """Sha256 of other files of the same sizes, so that nothing that somebody else sent is refused later."""
    sizes = {path.stat().st_size for place in places for path in _documents(place)}
    taken = set(places)
    found = set()
    for root in roots:
        for top in root.iterdir() if root.is_dir() else ():
            if top not in taken:
                found |= {_sha256(path) for path in _all_files(top) if path.stat().st_size in sizes}
    return frozenset(found)


def _all_files(place: Path) -> list[Path]:
    if place.is_symlink():
        return []
    return [place] if place.is_file() else [path for path in place.rglob("*") if path.is_file()]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
