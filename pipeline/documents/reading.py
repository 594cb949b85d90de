"""The one door to hostile files: bytes in, a `Document` or a `SubmissionError` out."""

from types import TracebackType
from typing import Self

from pydantic import ValidationError

from pipeline.documents.limits import Limits
from pipeline.documents.sandbox import Sandbox
from pipeline.documents.wire import (
    AnswerHeader,
    Parsed,
    ReadTask,
    Refused,
    SkippedMember,
    TaskHeader,
    UnpackedEntries,
    UnpackTask,
    split_header,
    with_header,
)
from pipeline.errors import SubmissionError
from pipeline.models.base import FrozenModel
from pipeline.models.documents import Document
from pipeline.models.submissions import SubmittedFile

__all__ = ["DocumentReader", "Limits", "Member", "SkippedMember", "Unpacked"]

_HEADER_ROOM = 4 * 1024 * 1024
"""Bytes for the names of an archive's members."""


class Member(FrozenModel):
    """One file of an archive."""

    name: str
    """Path inside the archive: relative, forward slashes, no `..`, no control characters."""
    content: bytes


class Unpacked(FrozenModel):
    """The files of an archive, sorted by name, and what was left in it."""

    members: tuple[Member, ...]
    skipped: tuple[SkippedMember, ...] = ()


class DocumentReader:
    """Reads files in limited child processes; code in them is read as text and never run.

    Use it as a context manager. It may be used from several threads; `limits.parallel` files are parsed at
    the same time.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._sandbox = Sandbox(self._limits)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the child processes."""
        self._sandbox.close()

    def read(self, file: SubmittedFile, content: bytes) -> Document:
        """Return the visible text of a file with places, hidden text set aside.

        Raises:
            SubmissionError: The file cannot be read; its code and reason say why.
        """
        self._refuse_by_size(content)
        task = ReadTask(name=file.name, role=file.role, limits=self._limits)
        request = with_header(TaskHeader(task=task, content_length=len(content)), content)
        answer, _ = self._ask(request, output_bytes=self._limits.output_bytes)
        if not isinstance(answer, Parsed):
            raise _garbled()
        return Document(
            name=file.name,
            role=file.role,
            sha256=file.sha256,
            media=answer.media,
            language=answer.language,
            blocks=answer.blocks,
            hidden=answer.hidden,
            notes=answer.notes,
        )

    def unpack(self, name: str, content: bytes) -> Unpacked:
        """Extract a `.zip`, `.tar`, `.tar.gz` or `.tgz`; nothing is written to disk.

        Raises:
            SubmissionError: The archive cannot be opened or breaks a limit.
        """
        self._refuse_by_size(content)
        task = UnpackTask(name=name, limits=self._limits)
        request = with_header(TaskHeader(task=task, content_length=len(content)), content)
        answer, body = self._ask(request, output_bytes=self._limits.archive_bytes + _HEADER_ROOM)
        if not isinstance(answer, UnpackedEntries) or sum(entry.size for entry in answer.members) != len(body):
            raise _garbled()
        members, start = [], 0
        for entry in answer.members:
            members.append(Member(name=entry.name, content=body[start : start + entry.size]))
            start += entry.size
        return Unpacked(members=tuple(members), skipped=answer.skipped)

    def _refuse_by_size(self, content: bytes) -> None:
        if not content:
            raise SubmissionError("empty", "The file is empty (0 bytes). Ask for it again.")
        if len(content) > self._limits.input_bytes:
            raise SubmissionError(
                "too_large",
                f"The file has {len(content) / 2**20:.0f} MB; at most {self._limits.input_bytes / 2**20:.0f} MB "
                "are read. Ask for a smaller one, for example without pictures.",
            )

    def _ask(self, request: bytes, *, output_bytes: int) -> tuple[Parsed | UnpackedEntries, bytes]:
        message = self._sandbox.run(request, output_bytes=output_bytes)
        try:
            header, body = split_header(message)
            answer = AnswerHeader.model_validate_json(header).answer
        except (ValueError, ValidationError) as error:
            raise _garbled() from error
        if isinstance(answer, Refused):
            raise SubmissionError(answer.code, answer.reason)
        return answer, body


def _garbled() -> SubmissionError:
    return SubmissionError(
        "crashed",
        "Reading this file gave an answer that makes no sense; it may be made to do so. "
        "Ask for it again, saved as a new PDF.",
    )
