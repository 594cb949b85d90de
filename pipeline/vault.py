"""The vault: original files under the hash of their bytes, readable by their owner only."""

import contextlib
import hashlib
import os
from datetime import datetime, timedelta
from pathlib import Path

from pipeline.errors import StorageError
from pipeline.whole_files import UNFINISHED, write_whole

_SECONDS_AN_UNFINISHED_WRITE_MAY_LIE = 86_400.0
_HEX = frozenset("0123456789abcdef")


class Vault:
    """Stores bytes once, by content; nothing in a file name tells whose they are.

    Args:
        root: The folder; made with mode 0700 at the first write.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, content: bytes) -> str:
        """Store the bytes and return their hex sha256.

        Bytes that are there already are not written again; their age starts anew. A file is seen
        under its name only when it is complete. There is no fsync per file (10,000 of them take
        minutes): after a power cut `read` finds the damage and the next intake writes the file again.

        Raises:
            StorageError: The vault cannot be written.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        target = self.root / sha256
        try:
            if self._holds(target, len(content)):
                os.utime(target)
                return sha256
            self._write(target, content)
        except OSError as error:
            raise StorageError(
                f"Cannot write to the vault {str(self.root)!r}: {error.strerror}. "
                "Free some space or give another SHORTLIST_HOME."
            ) from error
        return sha256

    def read(self, sha256: str) -> bytes:
        """Return the bytes with this hex sha256.

        Raises:
            StorageError: The vault does not hold them, or holds other bytes under that name.
        """
        path = self.path(sha256)
        try:
            content = path.read_bytes()
        except OSError as error:
            raise StorageError(
                f"The vault {str(self.root)!r} does not hold {sha256!r} ({error.strerror}). Screen the batch again."
            ) from error
        if hashlib.sha256(content).hexdigest() != sha256:
            raise StorageError(f"{str(path)!r} is damaged. Delete it and screen the batch again.")
        return content

    def path(self, sha256: str) -> Path:
        """Return where the bytes with this hex sha256 lie, whether they are there or not.

        Raises:
            StorageError: It is no sha256; a name from elsewhere must not lead out of the vault.
        """
        if len(sha256) != 64 or not _HEX.issuperset(sha256):
            raise StorageError(f"{sha256!r} is not a sha256 in lower-case hex.")
        return self.root / sha256

    def purge(self, older_than_days: int, now: datetime) -> int:
        """Delete what was last put more than this many days before `now`; return how many files.

        Raises:
            StorageError: A file cannot be deleted.
        """
        keep_from = (now - timedelta(days=older_than_days)).timestamp()
        purged = 0
        try:
            with os.scandir(self.root) as scan:
                entries = list(scan)
            for entry in entries:
                # Somebody else may purge or erase at the same time.
                with contextlib.suppress(FileNotFoundError):
                    modified = entry.stat(follow_symlinks=False).st_mtime
                    if entry.name.startswith(UNFINISHED):
                        if modified < now.timestamp() - _SECONDS_AN_UNFINISHED_WRITE_MAY_LIE:
                            os.unlink(entry.path)
                    elif len(entry.name) == 64 and modified < keep_from:
                        os.unlink(entry.path)
                        purged += 1
        except FileNotFoundError:
            return 0  # nothing was ever put
        except OSError as error:
            raise StorageError(f"Cannot purge the vault {str(self.root)!r}: {error.strerror}.") from error
        return purged

    @staticmethod
    def _holds(target: Path, size: int) -> bool:
        try:
            return target.stat().st_size == size
        except FileNotFoundError:
            return False

    def _write(self, target: Path, content: bytes) -> None:
        try:
            write_whole(target, content)
        except FileNotFoundError:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(target, content)
