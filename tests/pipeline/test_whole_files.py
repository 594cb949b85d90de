import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.errors import StorageError
from pipeline.models.base import FrozenModel
from pipeline.shelf import Shelf
from pipeline.whole_files import ANYBODY, UNFINISHED, delete_unfinished, link_whole, write_whole


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def full(*_: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.fixture
def umask() -> Iterator[Callable[[int], int]]:
    before = os.umask(0o022)
    yield os.umask
    os.umask(before)


def test_pieces_become_one_file_in_the_place_of_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "shortlist.json"
    path.write_bytes(b"a long old content")
    write_whole(path, (piece for piece in (b"one, ", b"two")))
    assert path.read_bytes() == b"one, two"
    assert left(tmp_path) == ["shortlist.json"]


@pytest.mark.parametrize(
    ("mask", "permissions", "expected"),
    [(0o022, ANYBODY, 0o644), (0o077, ANYBODY, 0o600), (0o000, 0o600, 0o600), (0o022, 0o640, 0o640)],
)
def test_the_umask_takes_away_and_nothing_adds(
    tmp_path: Path, umask: Callable[[int], int], mask: int, permissions: int, expected: int
) -> None:
    umask(mask)
    write_whole(tmp_path / "a", b"x", permissions=permissions)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == expected


def test_a_name_as_long_as_a_disk_takes_is_written_and_linked(tmp_path: Path) -> None:
    write_whole(tmp_path / ("x" * 255), b"1")
    link_whole(tmp_path / ("x" * 255), tmp_path / ("y" * 255))
    assert len(left(tmp_path)) == 2


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"old")

    def broken() -> Iterator[bytes]:
        yield b"half"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_whole(path, broken())
    # Patched because a full disk cannot be had in a test.
    monkeypatch.setattr(os, "replace", full)
    for write in (lambda: write_whole(path, b"new"), lambda: link_whole(path, tmp_path / "b")):
        with pytest.raises(OSError, match="No space left"):
            write()
    assert path.read_bytes() == b"old"
    assert left(tmp_path) == ["a.json"]


def test_a_link_takes_no_room_and_a_second_one_leaves_nothing_behind(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_bytes(b"a resume")
    for _ in range(2):
        link_whole(kept, tmp_path / "batch")
    assert (tmp_path / "batch").samefile(kept)
    assert left(tmp_path) == ["batch", "kept"]


def test_where_nothing_can_be_linked_the_owner_gets_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = tmp_path / "kept"
    kept.write_bytes(b"a resume")
    # Patched because the disks of a test can link.
    monkeypatch.setattr(os, "link", full)
    link_whole(kept, tmp_path / "batch")
    assert (tmp_path / "batch").read_bytes() == b"a resume"
    assert stat.S_IMODE((tmp_path / "batch").stat().st_mode) == 0o600
    assert left(tmp_path) == ["batch", "kept"]


def test_what_a_killed_process_left_goes_and_what_is_being_written_stays(tmp_path: Path) -> None:
    old, new = tmp_path / "ab" / f"{UNFINISHED}old", tmp_path / f"{UNFINISHED}new"
    old.parent.mkdir()
    for path in (old, new, tmp_path / "kept.json"):
        path.write_bytes(b"x")
    os.utime(old, (1e9, 1e9))
    delete_unfinished(tmp_path)
    assert left(tmp_path) == [new.name, "kept.json"]
    delete_unfinished(tmp_path, older_than=0.0)
    delete_unfinished(tmp_path / "nowhere")
    assert left(tmp_path) == ["kept.json"]


class Note(FrozenModel):
    text: str


def test_a_reading_that_cannot_be_kept_leaves_nothing_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = Shelf(tmp_path / "readings", Note)
    shelf.put("abc", Note(text="first"))
    with monkeypatch.context() as patch:
        # Patched because a full disk cannot be had in a test.
        patch.setattr(os, "replace", full)
        with pytest.raises(StorageError, match=r"readings.*No space left.*Free some space"):
            shelf.put("abc", Note(text="of a candidate"))
    assert left(tmp_path) == ["abc.json"]
    assert shelf["abc"].text == "first"
