"""The files API: uploads lie on disk, so that memory stays small."""

import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

FileObject = dict[str, object]


class FileStore:
    """Files by id, as long as the process lives.

    Args:
        folder: Where they lie.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, FileObject] = {}

    def __len__(self) -> int:
        return len(self._files)

    def add(self, content: bytes, *, filename: str, purpose: str) -> FileObject:
        """Keep an upload."""
        id = new_id("file")
        (self._folder / id).write_bytes(content)
        return self._note(id, filename=filename, purpose=purpose)

    def begin(self) -> tuple[str, BinaryIO]:
        """Open a file that is written bit by bit; it does not exist for clients before `finish`."""
        id = new_id("file")
        return id, (self._folder / id).open("w+b")

    def finish(self, id: str, handle: BinaryIO, *, filename: str) -> str | None:
        """Close a file that was begun.

        Returns:
            Its id; None if it was empty and is dropped.
        """
        size = handle.tell()
        handle.close()
        if size == 0:
            (self._folder / id).unlink()
            return None
        self._note(id, filename=filename, purpose="batch_output")
        return id

    def get(self, id: str) -> FileObject | None:
        """What is known of a file."""
        return self._files.get(id)

    def all(self, purpose: str | None) -> list[FileObject]:
        """All files, or those for this purpose, the newest first."""
        return [file for file in reversed(self._files.values()) if purpose in (None, file["purpose"])]

    def content(self, id: str) -> bytes:
        """The bytes of a known file."""
        return (self._folder / id).read_bytes()

    def delete(self, id: str) -> bool:
        """Forget a file.

        Returns:
            Whether there was one.
        """
        if self._files.pop(id, None) is None:
            return False
        (self._folder / id).unlink()
        return True

    def lines(self, id: str) -> Iterator[tuple[int, bytes]]:
        """The lines of a known file with the offsets at which they begin."""
        offset = 0
        with (self._folder / id).open("rb") as handle:
            for line in handle:
                yield offset, line
                offset += len(line)

    def open(self, id: str) -> BinaryIO:
        """A known file, to be read."""
        return (self._folder / id).open("rb")

    def _note(self, id: str, *, filename: str, purpose: str) -> FileObject:
        size = (self._folder / id).stat().st_size
        self._files[id] = {
            "id": id,
            "object": "file",
            "bytes": size,
            "created_at": int(time.time()),
            "expires_at": None,
            "filename": filename,
            "purpose": purpose,
            "status": "processed",
            "status_details": None,
        }
        return self._files[id]


def new_id(kind: str) -> str:
    """An id that no other has."""
    return f"{kind}{'-' if kind == 'file' else '_'}{secrets.token_hex(12)}"
