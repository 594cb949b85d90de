"""What parent and forked child say to each other: a JSON header, then raw bytes.

The child has parsed hostile bytes and may be under their control, so its answer is validated like any
other input; nothing on this wire is ever unpickled.
"""

import struct
from typing import Literal

from pydantic import Field

from pipeline.documents.limits import Limits
from pipeline.errors import QuarantineCode
from pipeline.models.base import FrozenModel
from pipeline.models.documents import Block, HiddenText, Media
from pipeline.models.submissions import FileRole

HEADER_LENGTH = struct.Struct(">I")
EXIT_STATUS = struct.Struct(">iB")
"""Wait status of the forked child, or the error number for which there is none, and one of the three below."""
ENDED, LATE, NOT_FORKED = range(3)
"""The child ended; the server killed it for being late; the system gave the server no child."""


class ReadTask(FrozenModel):
    """Parse one file into blocks."""

    kind: Literal["read"] = "read"
    name: str
    role: FileRole
    limits: Limits


class UnpackTask(FrozenModel):
    """Extract one archive."""

    kind: Literal["unpack"] = "unpack"
    name: str
    limits: Limits


class TaskHeader(FrozenModel):
    """The first bytes of a request; the file's content follows."""

    task: ReadTask | UnpackTask = Field(discriminator="kind")
    content_length: int


class Parsed(FrozenModel):
    """One parsed file, before the parent adds what it knows about it."""

    kind: Literal["parsed"] = "parsed"
    media: Media
    language: str | None = None
    blocks: tuple[Block, ...]
    hidden: tuple[HiddenText, ...] = ()
    notes: tuple[str, ...] = ()


class SkippedMember(FrozenModel):
    """An archive member that was not extracted."""

    name: str
    reason: str
    """In words for a recruiter."""


class MemberEntry(FrozenModel):
    """Name and size of an extracted member whose bytes follow the header."""

    name: str
    size: int = Field(ge=0)


class UnpackedEntries(FrozenModel):
    """The members of an archive in their order; their bytes follow the header."""

    kind: Literal["unpacked"] = "unpacked"
    members: tuple[MemberEntry, ...]
    skipped: tuple[SkippedMember, ...]


class Refused(FrozenModel):
    """The file cannot be used, and why."""

    kind: Literal["refused"] = "refused"
    code: QuarantineCode
    reason: str = Field(max_length=500)


class AnswerHeader(FrozenModel):
    """The first bytes of an answer."""

    answer: Parsed | UnpackedEntries | Refused = Field(discriminator="kind")


def with_header(header: FrozenModel, body: bytes = b"") -> bytes:
    """Return the bytes of a request or an answer: length of the header, header, body."""
    encoded = header.model_dump_json(exclude_defaults=False).encode("utf-8", errors="replace")
    return HEADER_LENGTH.pack(len(encoded)) + encoded + body


def split_header(message: bytes) -> tuple[bytes, bytes]:
    """Return header and body of a whole message.

    Raises:
        ValueError: The message is shorter than its header says.
    """
    if len(message) < HEADER_LENGTH.size:
        raise ValueError("the message ends before its header")
    (length,) = HEADER_LENGTH.unpack_from(message)
    start = HEADER_LENGTH.size
    if len(message) < start + length:
        raise ValueError("the message ends inside its header")
    return message[start : start + length], message[start + length :]
