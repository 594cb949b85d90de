"""Searching the readings of the last screening, however large it was."""

import os
import shutil
from pathlib import Path

import pytest

from flows import searching
from flows.searching import Searchable, search
from flows.wiring import read_scorecard
from pipeline.errors import ConfigurationError
from pipeline.settings import Settings
from pipeline.shelf import Shelf
from tests.flows.conftest import ROLE

SCORECARD = ROLE / "scorecard.yaml"


def open_files_below(folder: Path) -> list[Path]:
    found = []
    for link in Path("/proc/self/fd").iterdir():
        try:
            found.append(Path(os.readlink(link)))
        except FileNotFoundError:  # the listing's own descriptor
            continue
    return [path for path in found if path.is_relative_to(folder)]


@pytest.mark.parametrize("large", [False, True])
def test_a_large_batch_is_indexed_when_it_is_first_searched(run, tmp_path, monkeypatch, large: bool) -> None:
    for name in ("c02", "c07"):
        shutil.copytree(ROLE / "candidates" / name, tmp_path / "batch" / name)
    if large:
        monkeypatch.setattr(searching, "INDEXED_AT_ONCE", 1)
    run(tmp_path / "batch", SCORECARD)
    settings = Settings(home=tmp_path / "home")
    assert open_files_below(settings.home / "chroma") == []
    scorecard = read_scorecard(SCORECARD)
    noted = Shelf(settings.home / "searchable", Searchable)
    assert noted[scorecard.id].indexed is not large
    first = search("token rotation between services", scorecard, settings=settings, limit=5)
    assert len(first) == 5
    assert noted[scorecard.id].indexed
    assert search("token rotation between services", scorecard, settings=settings, limit=5) == first
    assert open_files_below(settings.home / "chroma") == []


def test_nothing_screened_names_the_next_step(tmp_path) -> None:
    with pytest.raises(ConfigurationError, match="shortlist screen"):
        search("lost messages", read_scorecard(SCORECARD), settings=Settings(home=tmp_path), limit=5)
