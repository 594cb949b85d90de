"""Places that candidates are fetched from: folders of this machine and buckets, and which of them may be read."""

from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pipeline.errors import ConfigurationError

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

SCHEMES: Final[Mapping[str, str]] = {
    "s3": "s3fs",
    "gs": "gcsfs",
    "gcs": "gcsfs",
    "az": "adlfs",
    "abfs": "adlfs",
    "abfss": "adlfs",
}
"""Buckets that can be read, and the package that does it. Web addresses are left out on purpose: whoever may name a
place could make this machine ask others that only it can reach."""


class BucketFile(NamedTuple):
    """One object of a bucket."""

    path: str
    """As the file system names it."""
    name: str
    """Inside the place that was asked for; its own name if the place is the object itself."""
    size: int
    mark: str
    """Changes when the object does."""


def check_place(place: str, *, roots: Iterable[str] | None = None) -> None:
    """Refuse a place that cannot or must not be read; nothing is connected.

    Args:
        place: A folder or file of this machine from its root, or a bucket's URL.
        roots: Folders and URLs that it must lie in; None for any.

    Raises:
        ConfigurationError: Names what is wrong.
    """
    if not place or "::" in place or any(ord(letter) < 32 for letter in place):
        raise ConfigurationError(
            "Write a folder such as /data/applications, or a bucket such as s3://bucket/folder, without '::' and "
            "control characters."
        )
    path = local_path(place)
    if path is None:
        _check_bucket(place)
        inside = f"{place.rstrip('/')}/"
        if roots is not None and not any(inside.startswith(f"{root.rstrip('/')}/") for root in _urls(roots)):
            raise _outside(place, roots)
        return
    if not path.is_absolute():
        raise ConfigurationError(f"{place!r} is no full path. Begin at the root, such as /data/applications.")
    resolved = path.resolve()
    if roots is not None and not any(resolved.is_relative_to(root.resolve()) for root in _folders(roots)):
        raise _outside(place, roots)


def local_path(place: str) -> Path | None:
    """The folder or file of this machine that a place is; None for a bucket."""
    scheme, separator, _ = place.partition("://")
    if separator and scheme != "file":
        return None
    return Path(place.removeprefix("file://")).expanduser()


def list_bucket(url: str) -> tuple["AbstractFileSystem", list[BucketFile]]:
    """Open a bucket, and list all objects below a URL as they are now.

    Raises:
        ConfigurationError: It cannot be read.
    """
    import fsspec

    scheme = url.partition("://")[0]
    try:
        # A file system that is kept remembers its listings and would find nothing new.
        files, root = fsspec.core.url_to_fs(url, skip_instance_cache=True)
        entries: dict[str, dict[str, Any]] = files.find(root, detail=True)
    except ImportError as error:
        raise ConfigurationError(
            f"Reading {scheme}:// needs the package {SCHEMES[scheme]!r}. Install it beside shortlist."
        ) from error
    except Exception as error:  # each file system raises errors of its own
        raise ConfigurationError(
            f"{url!r} cannot be read ({type(error).__name__}). Is it there, and may this machine read it?"
        ) from error
    return files, [_bucket_file(path, root, entry) for path, entry in sorted(entries.items()) if _is_file(entry)]


def _is_file(entry: Mapping[str, Any]) -> bool:
    # An empty object whose name ends in a slash stands for a folder.
    return entry.get("type") == "file" and not str(entry.get("name", "")).endswith("/")


def _bucket_file(path: str, root: str, entry: Mapping[str, Any]) -> BucketFile:
    size = int(entry.get("size") or 0)
    mark = entry.get("ETag") or entry.get("etag") or entry.get("LastModified") or entry.get("last_modified")
    name = path.removeprefix(root).strip("/") or PurePosixPath(path).name
    return BucketFile(path, name, size, f"{size}:{mark}")


def _check_bucket(url: str) -> None:
    scheme, _, rest = url.partition("://")
    if scheme not in SCHEMES:
        raise ConfigurationError(
            f"{url!r} cannot be read. Use a folder of this machine, or a bucket ({', '.join(sorted(SCHEMES))})."
        )
    if "@" in rest:
        raise ConfigurationError("A bucket is named without '@': keys belong into the environment of this machine.")
    if not rest.strip("/"):
        raise ConfigurationError(f"{url!r} cannot be read: it names no bucket.")
    # `..` means nothing to a bucket, but a file system between might think otherwise.
    if ".." in PurePosixPath(rest).parts:
        raise ConfigurationError(f"{url!r} must not hold '..', which would lead outside.")


def _urls(roots: Iterable[str]) -> list[str]:
    return [root for root in roots if local_path(root) is None]


def _folders(roots: Iterable[str]) -> list[Path]:
    return [path for root in roots if (path := local_path(root)) is not None]


def _outside(place: str, roots: Iterable[str]) -> ConfigurationError:
    allowed = ", ".join(roots) or "no place"
    return ConfigurationError(
        f"{place!r} lies outside. You may fetch from {allowed}; ask an operator for more (import_roots)."
    )
