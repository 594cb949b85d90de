"""Fetching candidates from a folder or a bucket into the batch of an opening; only what is new or changed is copied."""

import json
import os
import shutil
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from flows.publishing import write_files
from pipeline.desk.desk import Desk
from pipeline.desk.models import UploadSource
from pipeline.desk.places import inbox_note, upload_folder
from pipeline.errors import ConfigurationError, StorageError
from pipeline.import_places import check_place, list_bucket, local_path
from pipeline.own_files import Mark, OwnFiles

SETTLE_SECONDS = 5.0
"""A folder with a file younger than this is still being filled."""


Fetch = Callable[[str, str], object]
"""Copies a file, named as the listing names it, to a path."""


class StillArriving(ConfigurationError):
    """Files of an inbox are being written right now."""


class Fetched(NamedTuple):
    """What an inbox brought."""

    new: int
    replaced: int

    @property
    def words(self) -> str:
        """For a log."""
        return f"{self.new} new and {self.replaced} changed files"


class _Found(NamedTuple):
    """One file of an inbox."""

    path: str
    """As the file system names it."""
    mark: str
    """Changes when the file does."""
    size: int


class Limits(NamedTuple):
    """How much one inbox may bring at a time."""

    files: int
    megabytes: int


def check_inbox(url: str, *, own: OwnFiles, roots: Iterable[str] | None = None) -> None:
    """Refuse an inbox that cannot or must not be read; nothing is connected.

    Args:
        url: A folder or a bucket's URL.
        own: Files of this program, which must not lie in it.
        roots: Folders and URLs that it must lie in; None for any.

    Raises:
        ConfigurationError: Names what is wrong.
    """
    check_place(url, roots=roots)
    folder = local_path(url)
    if folder is not None and not folder.is_dir():
        raise ConfigurationError(f"There is no folder {url!r} on this machine.")
    if folder is not None:
        own.check(folder)


def fetch_inbox(url: str, opening: str, *, desk: Desk, home: Path, by: str, limits: Limits) -> Fetched:
    """Copy what is new or changed into the batch of an opening. What is gone from the inbox stays in the batch.

    Args:
        url: Checked by `check_inbox`.
        opening: Id of the opening.
        desk: Where the upload is noted.
        home: SHORTLIST_HOME.
        by: Who asked, or `schedule`.
        limits: More than this is refused as a whole.

    Raises:
        StillArriving: Look again in a few seconds.
        ConfigurationError: The inbox cannot be read, or holds too much.
        DeskError: What is new cannot be sorted into candidates; the message says what to do.
    """
    fetch, found = _listing(url, closed=OwnFiles(home, desk.file).marks())
    known = _known(home, opening, url)
    changed = {_top(name) for name, file in found.items() if known.get(name) != file.mark}
    if not changed:
        return Fetched(0, 0)
    # Whole candidates, so that what belongs together is sorted together; equal files are passed over later.
    wanted = {name: file for name, file in found.items() if _top(name) in changed}
    if len(wanted) > limits.files or sum(file.size for file in wanted.values()) > limits.megabytes * 1_000_000:
        raise ConfigurationError(
            f"The inbox holds {len(wanted):,} new files, more than {limits.files:,} or than {limits.megabytes:,} MB at "
            "a time. Put in less at a time, or raise max_upload_files or max_upload_mb."
        )
    source: UploadSource = "s3" if local_path(url) is None else "path"
    fetched = _add(fetch, wanted, opening, desk=desk, home=home, by=by, source=source, limits=limits)
    note = inbox_note(home, opening)
    write_files(
        note.parent,
        {note.name: json.dumps({"inbox": url, "files": {name: file.mark for name, file in found.items()}})},
    )
    return fetched


def _add(
    fetch: Fetch,
    wanted: Mapping[str, _Found],
    opening: str,
    *,
    desk: Desk,
    home: Path,
    by: str,
    source: UploadSource,
    limits: Limits,
) -> Fetched:
    """Fetch everything first, then add it like an upload: what it takes the place of is kept."""
    # Imported here: they bring the web framework along.
    from pipeline.review.adding import add_files
    from pipeline.review.receiving import UploadLimits

    upload = desk.uploads.new_id()
    folder = upload_folder(home, opening, upload)
    sent = folder / "sent"
    try:
        for name, file in wanted.items():
            target = sent / name
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            fetch(file.path, str(target))
        added = add_files(
            sent,
            opening=opening,
            upload=upload,
            desk=desk,
            home=home,
            by=by,
            source=source,
            limits=UploadLimits(bytes=limits.megabytes * 1_000_000, files=limits.files),
            candidate=_only_candidate(wanted),
        )
    except OSError as error:
        raise StorageError(f"The inbox could not be copied: {error.strerror or error}. Is the disk full?") from error
    finally:
        shutil.rmtree(sent, ignore_errors=True)
        if folder.is_dir() and not any(path.is_file() for path in folder.rglob("*")):
            shutil.rmtree(folder, ignore_errors=True)
    return Fetched(added.new, len(added.replaced))


def _only_candidate(wanted: Iterable[str]) -> str:
    """The name of the one folder that everything lies in, which could be taken for a folder around many; or empty."""
    tops = {_top(name) for name in wanted}
    loose = any("/" not in name for name in wanted)
    return next(iter(tops)) if len(tops) == 1 and not loose and tops != {"candidates"} else ""


def _top(name: str) -> str:
    return PurePosixPath(name).parts[0]


def _listing(url: str, *, closed: Collection[Mark]) -> tuple[Fetch, dict[str, _Found]]:
    """What fetches a file, and the files of an inbox by their path inside it.

    Raises:
        StillArriving: One of them is being written.
        ConfigurationError: The inbox cannot be read.
    """
    folder = local_path(url)
    if folder is None:
        files, listed = list_bucket(url)
        found = {one.name: _Found(one.path, one.mark, one.size) for one in listed if _is_plain(one.name)}
        return files.get_file, found
    found, newest = _listing_of_folder(folder, closed)
    if time.time() - newest < SETTLE_SECONDS:
        raise StillArriving("Files are still arriving in the inbox. Look again in a few seconds.")
    return shutil.copyfile, found


def _listing_of_folder(folder: Path, closed: Collection[Mark]) -> tuple[dict[str, _Found], float]:
    """The files below a folder, and when the newest was changed."""
    found, newest = {}, 0.0
    shut: list[Path] = []
    try:
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder).as_posix()
            # A link may lead out of the inbox.
            if not (_is_plain(name) and path.exists() and path.resolve().is_relative_to(folder.resolve())):
                continue
            status = path.stat()
            if (status.st_dev, status.st_ino) in closed or any(path.is_relative_to(above) for above in shut):
                shut.append(path)
            if path in shut or not path.is_file():
                continue
            found[name] = _Found(str(path), f"{status.st_size}:{status.st_mtime}", status.st_size)
            newest = max(newest, status.st_mtime)
    except OSError as error:
        raise ConfigurationError(
            f"The inbox {str(folder)!r} cannot be read ({error.strerror}). May this machine read all of it?"
        ) from error
    return found, newest


def _is_plain(name: str) -> bool:
    """Whether a path stays where it is put, and is no hidden file such as a manifest of the store."""
    parts = PurePosixPath(name).parts
    return bool(parts) and all(
        part not in ("", ".", "..")
        and not part.startswith(".")
        and "\\" not in part
        and len(os.fsencode(part)) < 250
        and all(ord(letter) >= 32 for letter in part)
        for part in parts
    )


def _known(home: Path, opening: str, url: str) -> dict[str, str]:
    """Marks of the files that were fetched before; none if the opening had another inbox then."""
    try:
        noted = json.loads(inbox_note(home, opening).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return dict(noted["files"]) if isinstance(noted, dict) and noted.get("inbox") == url else {}
