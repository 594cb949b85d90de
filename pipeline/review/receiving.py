"""An upload, written to disk as it arrives: never held in memory, bounded in size and number, names only noted."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from pipeline.errors import DeskError, StorageError
from pipeline.review.context import review_app
from pipeline.review.forms import Form
from pipeline.review.security import TooLarge, TooSlow

_LONGEST_FIELD: Final = 20_000
_MOST_FIELDS: Final = 200


class ReceivedFile(NamedTuple):
    """A file as it came."""

    name: str
    """As the browser sent it, perhaps with folders; nothing may use it as a path."""
    path: Path
    """Where its bytes lie for now."""
    size: int


class Received(NamedTuple):
    """A whole form with its files."""

    form: Form
    files: tuple[ReceivedFile, ...]

    @property
    def total(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


class UploadLimits(NamedTuple):
    """How much one upload may bring."""

    bytes: int
    files: int


async def receive(
    request: Request, *, into: Path, limits: UploadLimits, before_files: Callable[[Form], None]
) -> Received:
    """Receive a form with files of somebody who is known and may send them.

    Args:
        request: With a body of `multipart/form-data`.
        into: A new folder for the files, under numbers of our own. Deleted again if anything goes wrong.
        limits: More is refused, and nothing of it stays.
        before_files: Given the fields before the first file; raises to refuse them.

    Raises:
        TooLarge: More bytes than may come at once.
        DeskError: Too many files, or a form that cannot be read or broke off, or too many uploads at once.
        StorageError: The disk is full or cannot be written.
    """
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise DeskError("No files came with the form. Choose some and send again.")
    with review_app(request).arriving.one():
        return await _receive(request, boundary, into=into, limits=limits, before_files=before_files)


async def _receive(
    request: Request, boundary: bytes, *, into: Path, limits: UploadLimits, before_files: Callable[[Form], None]
) -> Received:
    await run_in_threadpool(into.mkdir, parents=True, exist_ok=True, mode=0o700)
    try:
        with _writing(into, limits, before_files) as writer:
            parser = MultipartParser(boundary, writer.callbacks)  # type: ignore[arg-type]  # a dict of the right keys
            async for chunk in request.stream():
                await run_in_threadpool(parser.write, chunk)
            parser.finalize()
            if not writer.whole:
                raise DeskError("The upload broke off. Send it again.")
            return writer.received()
    except BaseException as error:
        await run_in_threadpool(shutil.rmtree, into, ignore_errors=True)
        if isinstance(error, (FormParserError, ClientDisconnect, TooSlow)):
            raise DeskError("The upload broke off or cannot be read. Send it again.") from error
        if isinstance(error, OSError):
            raise StorageError(f"The upload cannot be written ({error.strerror}). Is the disk full?") from error
        raise


@contextmanager
def _writing(into: Path, limits: UploadLimits, before_files: Callable[[Form], None]) -> Iterator["_Writer"]:
    writer = _Writer(into, limits, before_files)
    try:
        yield writer
    finally:
        writer.close()


class _Writer:
    """What the parser calls: one part after the other."""

    def __init__(self, into: Path, limits: UploadLimits, before_files: Callable[[Form], None]) -> None:
        self._into, self._limits, self._before_files = into, limits, before_files
        self._fields: list[tuple[str, str]] = []
        self._files: list[ReceivedFile] = []
        self._bytes = 0
        self._checked = False
        self._header = self._value = b""
        self._disposition = b""
        self._text: bytearray | None = None
        self._stream: BinaryIO | None = None
        self._path = into
        self._name = self._file = ""
        self._size = self._parts = 0
        self.whole = False
        """The last boundary was seen."""
        self.callbacks: dict[str, Callable[..., None]] = {
            "on_part_begin": self._part_begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._part_data,
            "on_part_end": self._part_end,
            "on_end": self._end,
        }

    def received(self) -> Received:
        """Everything that came; the fields are checked even when there was no file."""
        self._check()
        return Received(Form(tuple(self._fields)), tuple(self._files))

    def close(self) -> None:
        """Close a file that is still open."""
        if self._stream is not None:
            self._stream.close()

    def _part_begin(self) -> None:
        self._parts += 1
        # Also those that are empty: a field for files in which nobody chose one is a part, too.
        if self._parts > self._limits.files + _MOST_FIELDS:
            raise DeskError("The form has too many parts.")
        self._disposition = self._header = self._value = b""

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = self._value
        self._header = self._value = b""

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        self._name = options.get(b"name", b"").decode("utf-8", "replace")
        self._size = 0
        if b"filename" not in options:
            if len(self._fields) >= _MOST_FIELDS:
                raise DeskError("The form has too many fields.")
            self._text = bytearray()
            return
        self._file = options[b"filename"].decode("utf-8", "replace")
        self._check()
        if len(self._files) >= self._limits.files:
            raise DeskError(f"More than {self._limits.files:,} files came at once. Send them in parts, or as a zip.")
        self._path = self._into / f"{len(self._files):06d}"
        # For its owner alone, as everything of candidates is.
        self._stream = os.fdopen(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        amount = end - start
        if self._text is not None:
            if len(self._text) + amount > _LONGEST_FIELD:
                raise DeskError(f"The field {self._name[:40]!r} is too long.")
            self._text += data[start:end]
        elif self._stream is not None:
            self._bytes += amount
            self._size += amount
            if self._bytes > self._limits.bytes:
                raise TooLarge(self._limits.bytes)
            self._stream.write(data[start:end])

    def _part_end(self) -> None:
        if self._text is not None:
            self._fields.append((self._name, self._text.decode("utf-8", "replace")))
            self._text = None
        elif self._stream is not None:
            self._stream.close()
            self._stream = None
            if self._file or self._size:
                self._files.append(ReceivedFile(self._file or "unnamed", self._path, self._size))
            else:
                # A field for files in which nobody chose one.
                self._path.unlink()

    def _end(self) -> None:
        self.whole = True

    def _check(self) -> None:
        if not self._checked:
            self._before_files(Form(tuple(self._fields)))
            self._checked = True
