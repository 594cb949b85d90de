"""Places that hold the program's own files: refused by whatever name."""

from pathlib import Path

import pytest

from pipeline.errors import ConfigurationError
from pipeline.intake_tree import OWN_REASON, disk_folder
from pipeline.own_files import OwnFiles


@pytest.fixture
def own(tmp_path: Path) -> OwnFiles:
    for folder in ("home/openings/x/batch", "databases", "candidates"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "databases" / "ledger.db").write_text("")
    return OwnFiles(tmp_path / "home", tmp_path / "databases" / "ledger.db")


def test_a_folder_beside_is_none_of_them(own: OwnFiles, tmp_path: Path) -> None:
    own.check(tmp_path / "candidates")
    own.check(tmp_path / "not-there-yet")


@pytest.mark.parametrize("place", ["home", "databases", "databases/ledger.db", ".", "candidates/..", "/"])
def test_what_holds_the_home_or_the_ledger_is_refused_everywhere(own: OwnFiles, tmp_path: Path, place: str) -> None:
    for inside in (False, True):
        with pytest.raises(ConfigurationError, match="files of shortlist itself"):
            own.check(tmp_path / place, inside=inside)


def test_what_lies_in_the_home_is_refused_but_where_it_is_meant(own: OwnFiles, tmp_path: Path) -> None:
    own.check(tmp_path / "home/openings/x/batch", inside=True)
    with pytest.raises(ConfigurationError, match="lies in SHORTLIST_HOME"):
        own.check(tmp_path / "home/openings/x/batch")


def test_a_folder_that_is_met_further_down_is_not_gone_into(own: OwnFiles, tmp_path: Path) -> None:
    listing = disk_folder(tmp_path, closed=own.marks()).listing()
    assert [folder.name for folder in listing.folders] == ["candidates", "databases"]
    assert listing.refused == (("home", OWN_REASON),)
    assert disk_folder(tmp_path / "databases", closed=own.marks()).listing().files == ()
