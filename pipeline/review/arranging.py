"""Files as people send them, as files of a batch: which candidate each belongs to, and what is left out, and why."""

import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final, NamedTuple

from pipeline.errors import DeskError, StorageError, SubmissionError
from pipeline.intake import MAX_FILE_BYTES
from pipeline.intake_roles import (
    batch_listing,
    choose_resume,
    is_brief,
    is_cover,
    is_loose_resume,
    is_never_read,
    is_never_read_folder,
    is_one_candidate,
    is_takehome_name,
    resume_rank,
    stem_of,
    suffix_of,
)
from pipeline.intake_tree import Folder, Listing, SourceFile, disk_folder, is_noise, unique_names, zip_folder
from pipeline.review.file_names import DEEPEST, disk_name, disk_parts
from pipeline.review.receiving import ReceivedFile, UploadLimits

TABLE: Final = "candidates.csv"
_UNPACKED: Final = 4
"""How many times the size of an upload its zips may unpack to."""


class Placed(NamedTuple):
    """A file with its place in the batch."""

    parts: tuple[str, ...]
    """Names of the folders and of the file, each safe to be written."""
    file: SourceFile

    @property
    def candidate(self) -> str | None:
        """As a run names the candidate it belongs to; None for the files of the whole batch."""
        first = self.parts[0]
        if len(self.parts) > 1:
            return None if first.casefold() == "starter" else first
        return None if first.casefold() == TABLE or is_brief(first) else stem_of(first)


class LeftOut(NamedTuple):
    """A file that does not go into the batch."""

    name: str
    reason: str


class Arranged(NamedTuple):
    """An upload, sorted."""

    placed: tuple[Placed, ...]
    left_out: tuple[LeftOut, ...]
    zips: int
    """How many zips were unpacked."""


def stage(files: Iterable[ReceivedFile], folder: Path) -> None:
    """Give received files their names in a folder of their own, so that they can be looked at as a tree.

    No part of a name that leads anywhere is kept: not `..`, no drive, no slash of any kind.

    Raises:
        StorageError: The disk is full or cannot be written.
    """
    taken: set[Path] = set()
    for received in files:
        flat = received.name.replace("\\", "/")
        parts = [part for part in flat.split("/") if part.strip() not in ("", ".")]
        if flat.startswith("/") or ".." in (part.strip() for part in parts):
            parts = [part for part in parts[-1:] if part.strip() != ".."]
        if any(is_noise(part) for part in parts):
            continue
        target = _free(folder.joinpath(*(disk_parts(parts) or ("unnamed",))), taken)
        try:
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            received.path.replace(target)
        except OSError as error:
            raise StorageError(f"The upload cannot be written ({error.strerror}). Is the disk full?") from error
        taken.add(target)


def arrange(root: Path, *, candidate: str, limits: UploadLimits, held: ExitStack) -> Arranged:
    """Sort the files of an upload.

    Args:
        root: The folder that holds what was sent.
        candidate: The name of the one candidate it all belongs to; empty if it is a batch.
        limits: Of the upload; what zips unpack to may be four times that.
        held: Keeps zips open until the files were read.

    Raises:
        DeskError: A zip cannot be used, or the files are plainly one person's and nobody said whose.
    """
    arranging, folder = _Arranging(root, limits, held), disk_folder(root)
    if candidate:
        # One whose name begins with a dot would be hidden from every run.
        arranging.take_candidate(disk_name(candidate).lstrip(". ") or "unnamed", folder.listing())
    else:
        arranging.take_batch(folder)
    return Arranged(tuple(arranging.placed), tuple(arranging.left_out), arranging.zips)


class _Arranging:
    def __init__(self, root: Path, limits: UploadLimits, held: ExitStack) -> None:
        self.placed: list[Placed] = []
        self.left_out: list[LeftOut] = []
        self.zips = 0
        self._unpacked_files = self._unpacked_bytes = 0
        self._root, self._limits, self._held = root, limits, held

    def take_batch(self, folder: Folder, *, zipped: bool = False) -> None:
        """Take several candidates; a folder around all of them is left away."""
        whole = folder.listing()
        self._refuse(whole, "")
        if not whole.files and len(whole.folders) == 1 and is_one_candidate(whole.folders[0].listing()):
            self.take_candidate(whole.folders[0].name, whole.folders[0].listing())
            return
        listing = batch_listing(folder)
        self._refuse_one_person(listing)
        # Without those of the folder around all of them, which are told above.
        self._refuse(listing._replace(refused=listing.refused[len(whole.refused) :]), "")
        for below in listing.folders:
            self._take_folder(below)
        for found in listing.files:
            self._take_loose(found, zipped=zipped)

    def take_candidate(self, name: str, listing: Listing) -> None:
        """Take everything for one candidate; the one folder around it is left away."""
        if not listing.files and len(listing.folders) == 1 and not is_takehome_name(listing.folders[0].name):
            self._refuse(listing, "")
            listing = listing.folders[0].listing()
        self._take_tree((name,), listing)

    def _take_folder(self, below: Folder) -> None:
        if below.name.startswith("."):
            self.left_out.append(LeftOut(f"{below.name}/", "A hidden folder is no candidate."))
        elif is_never_read_folder(below.name):
            self.left_out.append(LeftOut(f"{below.name}/", "Notes of a benchmark are never read."))
        elif _is_batch(below.listing()):
            self.take_batch(below, zipped=True)
        else:
            self._take_tree((below.name,), below.listing())

    def _take_loose(self, found: SourceFile, *, zipped: bool) -> None:
        name = found.name
        if name.casefold() == TABLE:
            self._place((TABLE,), found)
        elif is_brief(name):
            self._place((name,), found)
        elif suffix_of(name) == "zip" and not zipped:
            self._take_zip(found)
        elif suffix_of(name) in ("yaml", "yml"):
            self.left_out.append(LeftOut(name, "No candidate's file. A scorecard is pasted on its own page."))
        elif is_never_read(name) or not is_loose_resume(name) or is_cover(name):
            self.left_out.append(LeftOut(name, "No resume. Put what belongs to a candidate into a folder of theirs."))
        else:
            self._place((name,), found)

    def _take_zip(self, found: SourceFile) -> None:
        folder = self._opened(found)
        self.zips += 1
        inner = folder.listing()
        lone = len(inner.files) == 1 and not inner.folders and not _nobodys(inner.files[0].name)
        if is_one_candidate(inner) and not lone:
            self.take_candidate(stem_of(found.name), inner)
        else:
            self.take_batch(folder, zipped=True)

    def _opened(self, found: SourceFile) -> Folder:
        again = "Pack it again and send it."
        try:
            archive = self._held.enter_context(zipfile.ZipFile(self._content(found)))
            members = archive.infolist()
        except SubmissionError as error:
            raise DeskError(f"{found.name}: {error.reason}") from error
        except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError) as error:
            raise DeskError(f"{found.name} is a damaged zip. {again}") from error
        if any(member.flag_bits & 0x1 for member in members):
            raise DeskError(f"{found.name} is protected by a password. Pack it without one and send it again.")
        # All zips of an upload together: many small ones unpack to as much as one large one.
        self._unpacked_files += len(members)
        self._unpacked_bytes += sum(member.file_size for member in members)
        most = self._limits.bytes * _UNPACKED
        if self._unpacked_bytes > most or self._unpacked_files > self._limits.files:
            raise DeskError(
                f"{found.name} holds {len(members):,} files that unpack to more than is taken at once "
                f"({self._limits.files:,} files, {most / 1_000_000:,.0f} MB). Send it in parts."
            )
        return zip_folder(archive, name=stem_of(found.name), max_bytes=MAX_FILE_BYTES)

    def _content(self, found: SourceFile) -> Path | io.BytesIO:
        """A zip that was sent by itself may be large and is read where it lies; one inside a folder, from memory."""
        direct = self._root / found.name
        if direct.is_file() and direct.stat().st_size == found.size:
            return direct
        if found.size > MAX_FILE_BYTES:
            raise SubmissionError(
                "too_large", "It is too large to be unpacked from inside a folder. Send it by itself."
            )
        return io.BytesIO(found.load())

    def _take_tree(self, parts: tuple[str, ...], listing: Listing) -> None:
        self._refuse(listing, "/".join(parts) + "/")
        for found in listing.files:
            self._place((*parts, found.name), found)
        for below in listing.folders:
            if len(parts) < DEEPEST:
                self._take_tree((*parts, below.name), below.listing())
            else:
                reason = f"Folders lie in one another more than {DEEPEST} deep."
                self.left_out.append(LeftOut("/".join((*parts, below.name)), reason))

    def _place(self, parts: tuple[str, ...], found: SourceFile) -> None:
        if found.size > MAX_FILE_BYTES:
            reason = f"It has more than {MAX_FILE_BYTES // 1_000_000} MB; no single file that large is read."
            self.left_out.append(LeftOut("/".join(parts), reason))
        else:
            self.placed.append(Placed(disk_parts(parts), found))

    def _refuse(self, listing: Listing, prefix: str) -> None:
        self.left_out.extend(LeftOut(prefix + name, reason) for name, reason in listing.refused)

    def _refuse_one_person(self, listing: Listing) -> None:
        """Loose files called `resume.pdf` or `cover.pdf` say nothing of whose they are."""
        telling = [found.name for found in listing.files if is_cover(found.name) or _nobodys(found.name)]
        telling += [f"{below.name}/" for below in listing.folders if is_takehome_name(below.name)]
        if telling:
            raise DeskError(
                f"Whose is {telling[0]}? Write the candidate's name into the field, and send the files of one "
                "candidate at a time; or put each candidate's files into a folder of their own."
            )


def _is_batch(listing: Listing) -> bool:
    """Whether a folder beside others holds several candidates rather than being one."""
    if any(found.name.casefold() == TABLE or is_brief(found.name) for found in listing.files):
        return True
    if not listing.folders or any(is_loose_resume(found.name) for found in listing.files):
        return False
    return all(choose_resume(below.listing().files)[0] is not None for below in listing.folders)


def _nobodys(name: str) -> bool:
    return resume_rank(name) is not None and stem_of(name).casefold().strip(" _-0123456789()") in ("resume", "cv")


def files_of(placed: Sequence[Placed]) -> Iterator[tuple[Placed, bytes | str]]:
    """Load the files one after the other: the bytes, or why they cannot be had."""
    for one in placed:
        try:
            yield one, one.file.load()
        except SubmissionError as error:
            yield one, error.reason


def _free(target: Path, taken: set[Path]) -> Path:
    """A path that nothing was staged at, and no part of which is a file."""
    for parent in target.parents:
        if parent in taken:
            target = parent.with_name(f"{parent.name} (folder)") / target.relative_to(parent)
            return _free(target, taken)
    if target in taken or target.exists():
        names = [one.name for one in target.parent.iterdir()]
        return target.with_name(unique_names([*names, target.name])[-1])
    return target
