"""Archives to files in memory, within limits; nothing is written and nothing in them is trusted."""

import io
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import IO, NamedTuple, TypeAlias

from pipeline.documents.limits import MIB, Limits
from pipeline.documents.wire import SkippedMember
from pipeline.errors import SubmissionError

_ARCHIVE_NAMES = (
    ".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".7z", ".rar", ".jar", ".war", ".whl", ".egg", ".zst", ".tbz", ".txz",
)  # fmt: skip
_ENCRYPTED = 0x1
_LONGEST_NAME = 400
_LEADS_OUT = "its path leads out of the archive"
_CHUNK = 1 << 16
_UNSAFE_CHARACTERS = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")

Members: TypeAlias = list[tuple[str, bytes]]


class _Entry(NamedTuple):
    name: str
    size: int
    """As the archive declares it; never trusted."""
    packed_size: int | None
    problem: str | None
    open: Callable[[], IO[bytes] | None]


def extract(name: str, content: bytes, limits: Limits) -> tuple[Members, list[SkippedMember]]:
    """Return the files of an archive by name, sorted, and what was left in it.

    Raises:
        SubmissionError: `encrypted`, `corrupt`, `unsupported`, `unsafe_archive` or `too_large`.
    """
    collected: dict[str, bytes] = {}
    skipped: list[SkippedMember] = []
    total = 0
    try:
        for number, entry in enumerate(_entries(name, content, limits)):
            if number >= limits.archive_members:
                raise _too_large(f"more than {limits.archive_members} files")
            safe = _safe_name(entry.name)
            problem = entry.problem or _problem_of(entry, safe, collected, limits)
            if safe is None or problem is not None:
                skipped.append(SkippedMember(name=_printable(entry.name), reason=problem or _LEADS_OUT))
                continue
            body = _bounded(entry, limits)
            if body is None:
                skipped.append(SkippedMember(name=_printable(entry.name), reason=_too_big(limits)))
                continue
            total += len(body)
            if total > limits.archive_bytes:
                raise _too_large(f"more than {limits.archive_bytes // MIB} MB when it is unpacked")
            collected[safe] = body
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, OSError, ValueError, IndexError) as error:
        raise SubmissionError(
            "corrupt", "The archive is damaged or was cut off while it was sent. Ask for it again."
        ) from error
    except (NotImplementedError, RuntimeError) as error:
        raise SubmissionError(
            "unsupported", "The archive is packed in a way that is not supported. Ask for an ordinary .zip."
        ) from error
    return sorted(collected.items()), sorted(skipped, key=lambda member: member.name)


def _entries(name: str, content: bytes, limits: Limits) -> Iterator[_Entry]:
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_entries(content, limits)
    if content.startswith(b"\x1f\x8b") or content[257:262] == b"ustar" or name.lower().endswith(".tar"):
        return _tar_entries(content, limits)
    raise SubmissionError(
        "unsupported", "This is no .zip, .tar or .tar.gz archive. Ask for one of these or for the files themselves."
    )


def _zip_entries(content: bytes, limits: Limits) -> Iterator[_Entry]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        if any(member.flag_bits & _ENCRYPTED for member in members):
            raise SubmissionError("encrypted", "The archive is protected with a password. Ask for it without one.")
        for member in members:
            # The upper half of the attributes holds the Unix mode; 0o12 is a symbolic link.
            mode = member.external_attr >> 28
            problem = None if mode in (0, 0o10) else "it is a link or a device, which is never followed"
            opener = partial(archive.open, member)
            yield _Entry(member.filename, member.file_size, member.compress_size, problem, opener)


def _tar_entries(content: bytes, limits: Limits) -> Iterator[_Entry]:
    raw: IO[bytes] = io.BytesIO(content)
    if content.startswith(b"\x1f\x8b"):
        raw = io.BytesIO(_gunzipped(content, limits))
    with tarfile.open(fileobj=raw, mode="r:") as archive:
        for member in archive:
            if member.isdir():
                continue
            problem = None if member.isfile() else "it is a link or a device, which is never followed"
            yield _Entry(member.name, member.size, None, problem, partial(archive.extractfile, member))


def _gunzipped(content: bytes, limits: Limits) -> bytes:
    """Expand gzip within the limit for the whole archive (headers and padding allowed for)."""
    bound = limits.archive_bytes + limits.archive_members * 1024
    engine = zlib.decompressobj(wbits=31)
    expanded = engine.decompress(content, bound)
    if engine.unconsumed_tail:
        raise _too_large(f"more than {limits.archive_bytes // MIB} MB when it is unpacked")
    if not engine.eof:
        raise EOFError("the gzip stream is cut off")
    return expanded


def _problem_of(entry: _Entry, safe: str | None, collected: dict[str, bytes], limits: Limits) -> str | None:
    if safe is None:
        return _LEADS_OUT
    if safe in collected:
        return "another file of the archive has the same name"
    if safe.lower().endswith(_ARCHIVE_NAMES):
        return "it is an archive inside the archive, which is not opened"
    if entry.size > limits.archive_member_bytes:
        return _too_big(limits)
    if entry.packed_size is not None and entry.size > MIB and entry.size > entry.packed_size * limits.compression_ratio:
        raise SubmissionError(
            "unsafe_archive",
            "The archive holds a file that grows enormously when unpacked, as made to exhaust a computer. "
            "It was not opened.",
        )
    return None


def _bounded(entry: _Entry, limits: Limits) -> bytes | None:
    """Return the bytes of a member; None if they are more than a member may have."""
    stream = entry.open()
    if stream is None:
        return b""
    with stream:
        chunks: list[bytes] = []
        size = 0
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > limits.archive_member_bytes:
                return None
            chunks.append(chunk)
    return b"".join(chunks)


def _safe_name(name: str) -> str | None:
    """Return a relative path with forward slashes; None if it leads elsewhere."""
    path = name.replace("\\", "/")
    if (
        path.startswith("/")
        or re.match(r"[A-Za-z]:", path)
        or len(path) > _LONGEST_NAME
        or _UNSAFE_CHARACTERS.search(path)
    ):
        return None
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if not parts or ".." in parts:
        return None
    return "/".join(parts)


def _printable(name: str) -> str:
    return _UNSAFE_CHARACTERS.sub("?", name)[:_LONGEST_NAME]


def _too_big(limits: Limits) -> str:
    return f"it has more than {limits.archive_member_bytes // MIB} MB"


def _too_large(what: str) -> SubmissionError:
    return SubmissionError("too_large", f"The archive has {what}. Ask for a smaller one, without build output.")
