"""What runs in the forked child: one task in, one answer out."""

import socket

from pipeline.documents import archives, language, parsing
from pipeline.documents.wire import (
    AnswerHeader,
    MemberEntry,
    ReadTask,
    Refused,
    TaskHeader,
    UnpackedEntries,
    UnpackTask,
    split_header,
    with_header,
)
from pipeline.errors import SubmissionError

_CHUNK = 1 << 18


def preload() -> None:
    """Load every parser and the language model, so that forked children find them in memory."""
    language.load_identifier()
    parsing.preload()


def answer_task(task: socket.socket) -> None:
    """Read a task from the socket until the other side has finished writing, and send the answer."""
    chunks = []
    while chunk := task.recv(_CHUNK):
        chunks.append(chunk)
    task.sendall(answer(b"".join(chunks)))


def answer(request: bytes) -> bytes:
    """Return the answer to a request; a refusal is an answer too."""
    header_bytes, content = split_header(request)
    header = TaskHeader.model_validate_json(header_bytes)
    try:
        return _carry_out(header.task, content)
    except SubmissionError as error:
        refused = Refused(code=error.code, reason=error.reason)
    except MemoryError:
        refused = Refused(
            code="too_large", reason="This file needs more memory than one file may take. Ask for a smaller one."
        )
    except RecursionError:
        refused = Refused(
            code="corrupt",
            reason="The parts of this file are nested too deeply to be read. Ask for it saved as a new PDF.",
        )
    return with_header(AnswerHeader(answer=refused))


def _carry_out(task: ReadTask | UnpackTask, content: bytes) -> bytes:
    if isinstance(task, ReadTask):
        return with_header(AnswerHeader(answer=parsing.parse(task, content)))
    members, skipped = archives.extract(task.name, content, task.limits)
    entries = tuple(MemberEntry(name=name, size=len(body)) for name, body in members)
    header = AnswerHeader(answer=UnpackedEntries(members=entries, skipped=tuple(skipped)))
    return with_header(header, b"".join(body for _, body in members))
