"""Files go into the batch of an opening: what they take the place of is kept, and every change is noted."""

import csv
import hashlib
import io
import logging
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from filelock import FileLock, Timeout

from pipeline.candidates_csv import CandidateRow, read_candidate_table
from pipeline.desk.desk import Desk
from pipeline.desk.models import UploadSource
from pipeline.desk.places import batch_folder, opening_folder, upload_folder
from pipeline.errors import DeskConflict, DeskError, StorageError, SubmissionError
from pipeline.intake_tree import unique_names
from pipeline.phrases import shortened
from pipeline.review.arranging import TABLE, Arranged, LeftOut, Placed, arrange
from pipeline.review.receiving import UploadLimits
from pipeline.whole_files import link_whole

_HEADER: Final = ("file or folder", "name", "e-mail", "channel", "received")
_SHOWN: Final = 12
"""Names in one sentence."""
_LONGEST_NAME: Final = 120
"""Characters of a path in a sentence."""
_log = logging.getLogger(__name__)
ERASED: Final = "Erased: a candidate asked for it, or an operator did, and the same file is not taken again."


class Added(NamedTuple):
    """What an upload did to the batch."""

    upload: str
    candidates: tuple[str, ...]
    """Whose files came or changed."""
    new: int
    replaced: tuple[str, ...]
    """Paths whose earlier version is kept."""
    unchanged: int
    left_out: tuple[LeftOut, ...]
    table_problems: tuple[str, ...]

    @property
    def summary(self) -> str:
        """What to tell whoever sent it, in one or two sentences."""
        people = len(self.candidates)
        parts = [f"{self.new:,} {'file' if self.new == 1 else 'files'} added"] if self.new else []
        if self.replaced:
            parts.append(f"{_listed(self.replaced)} replaced (the earlier version is kept)")
        if self.unchanged:
            parts.append(f"{self.unchanged:,} already there, unchanged")
        text = f"{people:,} {'candidate' if people == 1 else 'candidates'}: " if people else ""
        return text + ("; ".join(parts) or "Nothing was added") + "."

    @property
    def remarks(self) -> str:
        """What was left out and what is wrong with the table; empty if nothing."""
        lines = [f"Left out: {shortened(one.name, _LONGEST_NAME)}. {one.reason}" for one in self.left_out]
        return "\n".join([*lines, *(f"{TABLE}: {problem}" for problem in self.table_problems)])


def add_files(
    sent: Path,
    *,
    opening: str,
    upload: str,
    desk: Desk,
    home: Path,
    by: str,
    source: UploadSource,
    limits: UploadLimits,
    candidate: str = "",
) -> Added:
    """Sort what was sent and put it into the batch of an opening.

    Args:
        sent: A folder with the files under their own names.
        opening: Id of the opening.
        upload: Id of the upload; its folder keeps what was sent, and what it took the place of.
        desk: Where it is noted.
        home: SHORTLIST_HOME.
        by: Name of the user.
        source: How it came.
        limits: Of the upload.
        candidate: The one candidate that everything belongs to; empty for a batch.

    Raises:
        DeskError: There is nothing in it that belongs into a batch, or it cannot be sorted.
        StorageError: The disk or the database cannot be written; the message says what is in the batch all the same.
    """
    with ExitStack() as held:
        arranged = arrange(sent, candidate=candidate, limits=limits, held=held)
        if not arranged.placed:
            why = f" {_listed([f'{one.name}: {one.reason}' for one in arranged.left_out])}" if arranged.left_out else ""
            raise DeskError(f"Nothing in it belongs to a batch of candidates.{why}")
        adding = _Adding(home, opening, upload, desk=desk, by=by)
        broke: OSError | StorageError | None = None
        try:
            with batch_lock(home, opening):
                for placed in arranged.placed:
                    adding.put(placed)
        except (OSError, StorageError) as error:
            broke = error
    added, noted = adding.added(arranged.left_out), True
    if broke is None or added.new or added.replaced:
        broken_off = broke is not None
        try:
            _note(desk, added, broken_off, opening=opening, by=by, home=home, source=_source(source, arranged))
        except StorageError as error:
            broke, noted = broke or error, False
    if broke is not None:
        if isinstance(broke, StorageError):
            # For the operator: what people are told says nothing of the database.
            _log.error("upload %s: %s", upload, broke)
        raise StorageError(_what_is_there(added, broke, noted=noted)) from broke
    return added


def _what_is_there(added: Added, broke: OSError | StorageError, *, noted: bool) -> str:
    """What to tell of an upload that was not added, or not noted, to its end; not where the database lies."""
    why = (
        f"The batch cannot be written ({broke.strerror}). Is the disk full?"
        if isinstance(broke, OSError)
        else "The database cannot be used right now."
    )
    files = added.new + len(added.replaced)
    if not files:
        return f"{why} Send it again in a minute."
    there = f"{files:,} {'file is' if files == 1 else 'files are'} in the batch all the same"
    not_noted = "" if noted else ", which could not be noted"
    return f"{why} {there}{not_noted}. Send it all again in a minute: what is there is passed over."


def _note(
    desk: Desk, added: Added, broken_off: bool, *, opening: str, by: str, home: Path, source: UploadSource
) -> None:
    """Note an upload; also one that broke off, of which some files are in the batch."""
    told = "It broke off; what came before that was added. " if broken_off else ""
    desk.uploads.add(
        opening,
        by=by,
        id=added.upload,
        path=upload_folder(home, opening, added.upload),
        source=source,
        files=added.new + len(added.replaced),
        candidates=len(added.candidates),
        note=f"{told}{added.summary}\n{added.remarks}".strip()[:9_000],
    )


def _source(source: UploadSource, arranged: Arranged) -> UploadSource:
    return "zip" if arranged.zips and source == "files" else source


@contextmanager
def batch_lock(home: Path, opening: str) -> Iterator[None]:
    """One upload at a time: two that bring the same file must not lose a version of it.

    Raises:
        DeskConflict: Another one takes longer than a minute.
    """
    folder = opening_folder(home, opening)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = FileLock(folder / ".batch.lock", timeout=60)
    try:
        lock.acquire()
    except Timeout as error:
        raise DeskConflict("Another upload is being added to this opening. Try again in a minute.") from error
    try:
        yield
    finally:
        lock.release()


class _Adding:
    """One upload on its way into the batch."""

    def __init__(self, home: Path, opening: str, upload: str, *, desk: Desk, by: str) -> None:
        self._batch = batch_folder(home, opening)
        self._folder = upload_folder(home, opening, upload)
        self._opening, self._upload, self._desk, self._by = opening, upload, desk, by
        self._erased = desk.erased_files(opening)
        self._new = self._unchanged = 0
        self._replaced: list[str] = []
        self._candidates: dict[str, None] = {}
        self._left_out: list[LeftOut] = []
        self._problems: list[str] = []

    def added(self, left_out: tuple[LeftOut, ...]) -> Added:
        """What was done."""
        return Added(
            upload=self._upload,
            candidates=tuple(self._candidates),
            new=self._new,
            replaced=tuple(self._replaced),
            unchanged=self._unchanged,
            left_out=(*left_out, *self._left_out),
            table_problems=tuple(self._problems),
        )

    def put(self, placed: Placed) -> None:
        """Put one file into the batch."""
        try:
            content = placed.file.load()
        except SubmissionError as error:
            self._left_out.append(LeftOut("/".join(placed.parts), error.reason))
            return
        if hashlib.sha256(content).hexdigest() in self._erased:
            self._left_out.append(LeftOut("/".join(placed.parts), ERASED))
            return
        kept = _written(self._folder / "batch", placed.parts, content)
        if placed.parts == (TABLE,):
            content = self._merged(content)
            kept = _written(self._folder / "merged", placed.parts, content)
        target = _fitting(self._batch, placed.parts)
        name = target.relative_to(self._batch).as_posix()
        before = _sha256(target) if target.is_file() else None
        after = hashlib.sha256(content).hexdigest()
        if before == after:
            # The upload that brought it keeps it.
            kept.unlink()
            self._unchanged += 1
            return
        if before is None:
            link_file(kept, target)
            self._new += 1
        else:
            earlier = self._kept(target, name)
            link_file(kept, target)
            try:
                self._note_replaced(placed, before=before, after=after)
            except StorageError:
                # Sent again, it would be passed over as unchanged, and nobody would ever be told.
                link_file(earlier, target)
                raise
            self._replaced.append(name)
        if placed.candidate is not None:
            self._candidates.setdefault(placed.candidate)

    def _note_replaced(self, placed: Placed, *, before: str, after: str) -> None:
        if placed.candidate is not None:
            self._desk.uploads.note_replacement(
                self._opening,
                placed.candidate,
                by=self._by,
                file="/".join(placed.parts[1:]) or placed.parts[0],
                old_sha256=before,
                new_sha256=after,
                upload=self._upload,
            )

    def _kept(self, target: Path, name: str) -> Path:
        kept = self._folder / "replaced" / name
        kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copy2(target, kept)
        return kept

    def _merged(self, content: bytes) -> bytes:
        """The rows that came, and those of before that speak of others."""
        table = read_candidate_table(content)
        self._problems.extend(f"line {problem.line}: {problem.cause}" for problem in table.problems)
        before = self._batch / TABLE
        rows = (
            {row.key: row for row in read_candidate_table(before.read_bytes(), whole=True).rows}
            if before.is_file()
            else {}
        )
        return table_bytes({**rows, **{row.key: row for row in table.rows}})


def table_bytes(rows: Mapping[str, CandidateRow]) -> bytes:
    """A `candidates.csv` with these rows."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_HEADER)
    for key, row in rows.items():
        writer.writerow((key, row.name or "", row.email or "", row.channel or "", row.received or ""))
    return text.getvalue().encode()


def _written(folder: Path, parts: tuple[str, ...], content: bytes) -> Path:
    """Write a file of an upload; two of one name (from two zips) both stay."""
    path = _fitting(folder, parts)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.exists():
        path = path.with_name(unique_names([*(one.name for one in path.parent.iterdir()), path.name])[-1])
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as file:
        file.write(content)
    return path


def link_file(kept: Path, target: Path) -> None:
    """Let the batch hold a file that an upload keeps, at once and without taking the room twice."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    link_whole(kept, target)


def _fitting(folder: Path, parts: tuple[str, ...]) -> Path:
    """The place of a file; where a folder stands in the way of a file, or a file of a folder, another name."""
    path = folder
    for part in parts[:-1]:
        path = path / part
        if path.exists() and not path.is_dir():
            path = path.with_name(f"{part} (folder)")
    path = path / parts[-1]
    return path.with_name(f"{path.stem} (file){path.suffix}") if path.is_dir() else path


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _listed(names: list[str] | tuple[str, ...]) -> str:
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
