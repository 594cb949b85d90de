"""The top of a batch is kept while it stays as it is, and looked at again when it changes."""

import os
import time
from pathlib import Path

import pytest

from pipeline.intake_tree import Listing
from pipeline.review import documents
from pipeline.review.documents import _listing


@pytest.fixture
def batch(tmp_path: Path) -> Path:
    for name in ("anna", "ben"):
        (tmp_path / "batch" / name).mkdir(parents=True)
        (tmp_path / "batch" / name / "resume.md").write_text(f"# {name}")
    return tmp_path / "batch"


def age(*folders: Path, seconds: float = 60) -> None:
    for folder in folders:
        os.utime(folder, (time.time() - seconds, time.time() - seconds))


def names(listing: Listing) -> list[str]:
    return sorted(folder.name for folder in listing.folders)


def test_a_batch_that_stays_as_it_is_is_looked_at_once(batch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    age(batch, *batch.iterdir())
    looked: list[Path] = []
    look = documents.disk_folder
    monkeypatch.setattr(documents, "disk_folder", lambda path: looked.append(path) or look(path))
    assert names(_listing(batch)) == names(_listing(batch)) == ["anna", "ben"]
    assert looked == [batch]


def test_who_came_since_the_last_look_is_found(batch: Path) -> None:
    age(batch, *batch.iterdir())
    assert names(_listing(batch)) == ["anna", "ben"]
    (batch / "cleo").mkdir()
    assert names(_listing(batch)) == ["anna", "ben", "cleo"]
    age(batch, seconds=30)
    (batch / "cleo").rmdir()
    age(batch, seconds=20)
    assert names(_listing(batch)) == ["anna", "ben"]


def test_a_batch_inside_one_folder_is_looked_at_again_when_that_changes(tmp_path: Path, batch: Path) -> None:
    age(batch, *batch.iterdir())
    outer = tmp_path / "outer"
    outer.mkdir()
    inside = batch.rename(outer / "applications")
    age(outer, inside)
    assert names(_listing(outer)) == ["anna", "ben"]
    (inside / "cleo").mkdir()
    (inside / "cleo" / "resume.md").write_text("# Cleo")
    age(inside, seconds=30)
    assert names(_listing(outer)) == ["anna", "ben", "cleo"]
