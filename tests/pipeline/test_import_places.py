"""Places to fetch from: which may be read, and buckets listed as they are now."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from pipeline import import_places
from pipeline.errors import ConfigurationError
from pipeline.import_places import check_place, list_bucket


class Remembering(MemoryFileSystem):
    """A bucket in memory that remembers its listings, as those of S3 do."""

    protocol = "remembering"
    cachable = True
    store: ClassVar[dict[str, Any]] = {}
    pseudo_dirs: ClassVar[list[str]] = [""]

    def ls(self, path: str, detail: bool = True, **kwargs: Any) -> Any:
        """List a folder as it was at the first look."""
        if path not in self.dircache:
            self.dircache[path] = super().ls(path, detail=True, **kwargs)
        return self.dircache[path] if detail else [entry["name"] for entry in self.dircache[path]]

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return str(super()._strip_protocol(path.replace("remembering://", "memory://")))


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[MemoryFileSystem]:
    fsspec.register_implementation("remembering", Remembering, clobber=True)
    monkeypatch.setattr(import_places, "SCHEMES", {**import_places.SCHEMES, "remembering": "fsspec"})
    Remembering.store.clear()
    yield Remembering(skip_instance_cache=True)
    Remembering.store.clear()


def names(url: str) -> list[str]:
    return [found.name for found in list_bucket(url)[1]]


def test_what_came_since_the_last_look_is_found(bucket: MemoryFileSystem) -> None:
    bucket.pipe("/hiring/in/anna/resume.md", b"# Anna")
    assert names("remembering://hiring/in") == ["anna/resume.md"]
    bucket.pipe("/hiring/in/ben.md", b"# Ben")
    assert names("remembering://hiring/in") == ["anna/resume.md", "ben.md"]


def test_a_single_object_keeps_its_name(bucket: MemoryFileSystem) -> None:
    bucket.pipe("/hiring/in/anna.md", b"# Anna")
    files, (found,) = list_bucket("remembering://hiring/in/anna.md")
    assert (found.name, found.size, files.cat_file(found.path)) == ("anna.md", 6, b"# Anna")


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("", "Write a folder"),
        ("relative/folder", "no full path"),
        ("http://169.254.169.254/latest", "cannot be read"),
        ("simplecache::s3://bucket/x", "'::'"),
        ("s3://key:secret@bucket/x", "'@'"),
        ("s3://", "no bucket"),
        ("s3://bucket/../other", "'..'"),
        ("/tmp\n/x", "control"),
    ],
)
def test_places_that_are_none_are_refused(place: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said) as refused:
        check_place(place)
    assert "secret" not in str(refused.value)


def test_a_folder_may_hold_a_sign_that_a_bucket_may_not(tmp_path: Path) -> None:
    folder = str(tmp_path / "jobs@example.org")
    check_place(folder)
    with pytest.raises(ConfigurationError, match="'@'"):
        check_place(f"s3:/{folder}")


def test_places_lie_below_what_an_operator_allows(tmp_path: Path) -> None:
    allowed = tmp_path / "allowed"
    (allowed / "billing").mkdir(parents=True)
    (tmp_path / "allowed-not").mkdir()
    (allowed / "out").symlink_to(tmp_path)
    for roots in ((str(allowed), "s3://hiring/in/"), (f"file://{allowed}", "s3://hiring/in")):
        for inside in (str(allowed), f"file://{allowed}/billing", "s3://hiring/in", "s3://hiring/in/billing/"):
            check_place(inside, roots=roots)
        for outside in (
            str(tmp_path / "allowed-not"),
            f"{allowed}/../allowed-not",
            f"file://{allowed}/out",
            "s3://hiring/inner",
            "gs://hiring/in",
        ):
            with pytest.raises(ConfigurationError, match="outside"):
                check_place(outside, roots=roots)
    with pytest.raises(ConfigurationError, match="no place"):
        check_place("s3://hiring/in", roots=())
