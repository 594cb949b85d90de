"""Folders, zips and unpacked archives as one kind of tree, with names that are safe to show."""

import os
import re
import stat
import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple

from pipeline.errors import SubmissionError
from pipeline.own_files import Mark

_LONGEST_NAME = 150
_DRIVE = re.compile(r"^[A-Za-z]:")
_NOISE_NAMES = frozenset(
    {"__macosx", ".ds_store", "thumbs.db", "desktop.ini", ".gitkeep", ".spotlight-v100", ".trashes"}
)
SYMLINK_REASON = "A symbolic link; links are never followed. Send the file itself."
OWN_REASON = "A file of shortlist itself; it is never read as a candidate's."
OUTSIDE_REASON = "Its name in the archive points outside of the archive."


@dataclass(frozen=True)
class SourceFile:
    """A file that was found, not yet read."""

    name: str
    """Without folders; safe to show and unique among its neighbours."""
    size: int
    """Bytes, as the folder or the archive states them."""
    load: Callable[[], bytes]
    """Raises SubmissionError when the bytes cannot be had."""


class Listing(NamedTuple):
    """What lies directly in a folder, sorted by name; noise of operating systems is left out."""

    files: tuple[SourceFile, ...]
    folders: tuple["Folder", ...]
    refused: tuple[tuple[str, str], ...]
    """Name and reason of what is neither a file nor a folder, or may not be opened."""


@dataclass(frozen=True)
class Folder:
    """A folder that is listed only when somebody looks into it."""

    name: str
    listing: Callable[[], Listing]


def is_noise(name: str) -> bool:
    """Tell whether an operating system or an office program left this file, not a person."""
    lowered = name.casefold()
    return lowered in _NOISE_NAMES or lowered.startswith(("._", "~$"))


def safe_name(name: str) -> str:
    """Return one part of a path as text that can be shown: composed, plain spaces, nothing that is not printed."""
    composed = unicodedata.normalize("NFC", name)
    visible = "".join(" " if unicodedata.category(letter) == "Zs" else letter for letter in composed)
    shown = "".join(letter if letter.isprintable() and letter not in "/\\" else "_" for letter in visible)
    shown = " ".join(shown.split())
    if len(shown) > _LONGEST_NAME:
        stem, suffix = os.path.splitext(shown)
        shown = stem[: _LONGEST_NAME - len(suffix[:20])] + suffix[:20]
    return shown if shown.strip(". ") else "unnamed"


def unique_names(wanted: Sequence[str]) -> list[str]:
    """Return the names in their order, a repeated one with ` (2)` before its suffix."""
    taken = set(wanted)
    times: Counter[str] = Counter()
    unique: list[str] = []
    for name in wanted:
        chosen = name
        times[name] += 1
        while times[name] > 1 and chosen in taken:
            stem, suffix = os.path.splitext(name)
            chosen = f"{stem} ({times[name]}){suffix}"
            times[name] += chosen in taken
        taken.add(chosen)
        unique.append(chosen)
    return unique


def disk_folder(path: Path, *, closed: Collection[Mark] = ()) -> Folder:
    """Return a folder on disk; links in it are never followed.

    Args:
        path: The folder.
        closed: Folders and files in it that are never opened, see `OwnFiles.marks`.
    """
    return Folder(name=safe_name(_decoded(path.name)), listing=partial(_disk_listing, str(path), closed))


def zip_folder(archive: zipfile.ZipFile, *, name: str, max_bytes: int) -> Folder:
    """Return the tree of an open zip whose members are decompressed one at a time.

    Args:
        archive: Must stay open while files of the tree are loaded.
        name: Name of the root.
        max_bytes: A member that is larger is not decompressed but refused with its code.
    """
    members = []
    for member in archive.infolist():
        load = partial(_load_zip_member, archive, member, max_bytes)
        is_link = stat.S_ISLNK(member.external_attr >> 16)
        members.append(
            _Member(
                path=_zip_name(member),
                folder=member.is_dir(),
                size=member.file_size,
                load=load,
                refused=SYMLINK_REASON if is_link else None,
                order=(member.CRC, member.file_size),
            )
        )
    return _member_tree(name, members)


def unpacked_folder(members: Iterable[tuple[str, bytes]], *, name: str) -> Folder:
    """Return the tree of an archive that was unpacked in memory."""
    return _member_tree(
        name,
        [
            _Member(
                path=path,
                folder=False,
                size=len(content),
                load=partial(_same, content),
                order=(zlib.crc32(content), len(content)),
            )
            for path, content in members
        ],
    )


@dataclass(frozen=True)
class _Member:
    path: str
    folder: bool
    size: int
    load: Callable[[], bytes]
    order: tuple[int, int]
    refused: str | None = None


@dataclass
class _Branch:
    """A folder while the tree of an archive is put together, by names as they are in the archive."""

    files: list[tuple[str, _Member]] = field(default_factory=list)
    folders: dict[str, "_Branch"] = field(default_factory=dict)
    refused: list[tuple[str, str]] = field(default_factory=list)


def _member_tree(name: str, members: Sequence[_Member]) -> Folder:
    root = _Branch()
    for member in sorted(members, key=lambda member: (member.path, member.order)):
        flat = member.path.replace("\\", "/")
        parts = [part for part in flat.split("/") if part not in {"", "."}]
        if not parts or any(is_noise(part) for part in parts):
            continue
        if flat.startswith("/") or ".." in parts or _DRIVE.match(flat):
            root.refused.append(("/".join(map(safe_name, parts)), OUTSIDE_REASON))
            continue
        branch = root
        for part in parts if member.folder else parts[:-1]:
            branch = branch.folders.setdefault(part, _Branch())
        if member.refused is not None:
            branch.refused.append((safe_name(parts[-1]), member.refused))
        elif not member.folder:
            branch.files.append((parts[-1], member))
    return Folder(name=name, listing=partial(_branch_listing, root))


def _branch_listing(branch: _Branch) -> Listing:
    raw_folders = sorted(branch.folders, key=lambda raw: (safe_name(raw), raw))
    files = sorted(branch.files, key=lambda named: (safe_name(named[0]), named[0], named[1].order))
    names = unique_names([*map(safe_name, raw_folders), *(safe_name(raw) for raw, _ in files)])
    return Listing(
        files=_by_name(
            SourceFile(name=name, size=member.size, load=member.load)
            for name, (_, member) in zip(names[len(raw_folders) :], files, strict=True)
        ),
        folders=tuple(
            sorted(
                (
                    Folder(name=name, listing=partial(_branch_listing, branch.folders[raw]))
                    for name, raw in zip(names, raw_folders, strict=False)
                ),
                key=lambda folder: folder.name,
            )
        ),
        refused=tuple(sorted(branch.refused)),
    )


def _by_name(files: Iterable[SourceFile]) -> tuple[SourceFile, ...]:
    return tuple(sorted(files, key=lambda file: file.name))


def _disk_listing(path: str, closed: Collection[Mark]) -> Listing:
    entries: list[tuple[str, os.DirEntry[str]]] = []
    try:
        with os.scandir(path) as scan:
            entries = [(safe_name(_decoded(entry.name)), entry) for entry in scan if not is_noise(entry.name)]
    except OSError as error:
        return Listing((), (), ((".", f"The folder cannot be opened ({error.strerror})."),))
    # Folders come first among equal names, so that a tree on disk and its zip get the same names.
    entries.sort(key=lambda named: (not named[1].is_dir(follow_symlinks=False), named[0], os.fsencode(named[1].name)))
    names = unique_names([name for name, _ in entries])
    files: list[SourceFile] = []
    folders: list[Folder] = []
    refused: list[tuple[str, str]] = []
    for name, (_, entry) in zip(names, entries, strict=True):
        if entry.is_symlink():
            refused.append((name, SYMLINK_REASON))
        elif closed and _mark_of(entry) in closed:
            refused.append((name, OWN_REASON))
        elif entry.is_dir(follow_symlinks=False):
            folders.append(Folder(name=name, listing=partial(_disk_listing, entry.path, closed)))
        elif entry.is_file(follow_symlinks=False):
            try:
                size = entry.stat(follow_symlinks=False).st_size
            except OSError as error:
                refused.append((name, f"The file cannot be opened ({error.strerror}). Send it again."))
                continue
            files.append(SourceFile(name=name, size=size, load=partial(_load_disk_file, entry.path)))
        else:
            refused.append((name, "Neither a file nor a folder."))
    return Listing(_by_name(files), tuple(sorted(folders, key=lambda folder: folder.name)), tuple(sorted(refused)))


def _mark_of(entry: os.DirEntry[str]) -> Mark:
    # Asked by its path: what an entry remembers of a mounted folder is the folder below the mount.
    status = os.stat(entry.path, follow_symlinks=False)
    return status.st_dev, status.st_ino


def _decoded(name: str) -> str:
    """Return a file name whose bytes are no UTF-8 as Latin-1 instead of lone surrogates."""
    raw = os.fsencode(name)
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _same(content: bytes) -> bytes:
    return content


def _load_disk_file(path: str) -> bytes:
    try:
        # The entry was a plain file when it was listed; it must still be one when it is opened.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with open(descriptor, "rb") as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                raise SubmissionError("corrupt", "The file is no plain file any more. Send it again.")
            return stream.read()
    except OSError as error:
        raise SubmissionError("corrupt", f"The file cannot be opened ({error.strerror}). Send it again.") from error


def _load_zip_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, max_bytes: int) -> bytes:
    if member.file_size > max_bytes:
        raise SubmissionError("too_large", f"The file has more than {max_bytes // 1_000_000} MB. Send a smaller one.")
    try:
        with archive.open(member) as stream:
            content = stream.read(max_bytes + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
        raise SubmissionError("corrupt", "The file is damaged inside the zip. Send it again.") from error
    except (NotImplementedError, RuntimeError) as error:
        raise SubmissionError("unsupported", "The file is packed in a way that cannot be opened here.") from error
    if len(content) > max_bytes:
        raise SubmissionError("unsafe_archive", "The file is larger than the zip says. Send it again as it is.")
    return content


def _zip_name(member: zipfile.ZipInfo) -> str:
    """Return a member's name; without the UTF-8 flag it may be UTF-8, DOS or Windows bytes all the same."""
    if member.flag_bits & 0x800:
        return member.filename
    try:
        raw = member.filename.encode("cp437")
    except UnicodeEncodeError:
        return member.filename
    try:
        return raw.decode()
    except UnicodeDecodeError:
        readings = [raw.decode("cp437"), raw.decode("cp1252", "replace")]
        return max(readings, key=_latin_letters)


def _latin_letters(text: str) -> int:
    return sum(unicodedata.name(letter, "").startswith("LATIN ") for letter in text if ord(letter) > 127)
