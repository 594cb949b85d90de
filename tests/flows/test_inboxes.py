"""Inboxes: only what is new or changed is copied, nothing leads out of them, nothing half-written comes in."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.inboxes import Limits, StillArriving, check_inbox, fetch_inbox
from pipeline.desk.desk import Desk
from pipeline.desk.places import batch_folder, upload_folder
from pipeline.errors import ConfigurationError, DeskError
from pipeline.own_files import OwnFiles
from tests.flows.desk_fixtures import OPENING, open_with_opening

ROOMY = Limits(files=1_000, megabytes=100)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    opened, _ = open_with_opening(tmp_path / "home")
    with opened:
        yield opened


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


def put(inbox: Path, name: str, text: str, *, age: float = 60.0) -> Path:
    path = inbox / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    moment = time.time() - age
    os.utime(path, (moment, moment))
    return path


def fetch(desk: Desk, inbox: Path, limits: Limits = ROOMY) -> tuple[int, int]:
    home = inbox.parent / "home"
    return tuple(fetch_inbox(str(inbox), OPENING, desk=desk, home=home, by="schedule", limits=limits))


def batch(inbox: Path) -> dict[str, str]:
    root = batch_folder(inbox.parent / "home", OPENING)
    return {path.relative_to(root).as_posix(): path.read_text() for path in root.rglob("*") if path.is_file()}


def test_only_what_is_new_is_fetched(desk: Desk, inbox: Path) -> None:
    put(inbox, "anna/resume.md", "# Anna")
    put(inbox, "ben.md", "# Ben")
    assert fetch(desk, inbox) == (2, 0)
    assert fetch(desk, inbox) == (0, 0)
    put(inbox, "cleo/resume.md", "# Cleo")
    assert fetch(desk, inbox) == (1, 0)
    assert batch(inbox) == {"anna/resume.md": "# Anna", "ben.md": "# Ben", "cleo/resume.md": "# Cleo"}
    uploads = desk.uploads.all(OPENING)
    assert [(one.source, one.by, one.files) for one in uploads] == [("path", "schedule", 1), ("path", "schedule", 2)]


def test_one_new_folder_is_one_new_candidate(desk: Desk, inbox: Path) -> None:
    put(inbox, "anna/resume.md", "# Anna")
    put(inbox, "ben/resume.md", "# Ben")
    fetch(desk, inbox)
    put(inbox, "ben/takehome/main.py", "print(1)\n")
    assert fetch(desk, inbox) == (1, 0)
    assert set(batch(inbox)) == {"anna/resume.md", "ben/resume.md", "ben/takehome/main.py"}


def test_a_changed_file_takes_the_place_of_the_old_one_which_is_kept(desk: Desk, inbox: Path) -> None:
    put(inbox, "anna/resume.md", "# Anna")
    put(inbox, "ben/resume.md", "# Ben")
    fetch(desk, inbox)
    put(inbox, "anna/resume.md", "# Anna, again", age=30)
    assert fetch(desk, inbox) == (0, 1)
    assert batch(inbox)["anna/resume.md"] == "# Anna, again"
    kept = upload_folder(inbox.parent / "home", OPENING, desk.uploads.all(OPENING)[0].id) / "replaced"
    assert (kept / "anna" / "resume.md").read_text() == "# Anna"


def test_who_is_gone_from_the_inbox_stays_in_the_batch(desk: Desk, inbox: Path) -> None:
    old = put(inbox, "anna/resume.md", "# Anna")
    fetch(desk, inbox)
    old.unlink()
    assert fetch(desk, inbox) == (0, 0)
    assert set(batch(inbox)) == {"anna/resume.md"}


def test_a_file_that_is_being_written_keeps_everything_for_next_time(desk: Desk, inbox: Path) -> None:
    put(inbox, "anna/resume.md", "# Anna")
    # However long a slow machine takes to look.
    put(inbox, "ben/resume.md", "# B", age=-3600)
    with pytest.raises(StillArriving):
        fetch(desk, inbox)
    assert batch(inbox) == {}


def test_links_that_lead_out_and_hidden_files_stay_where_they_are(desk: Desk, inbox: Path) -> None:
    secret = put(inbox.parent, "secret/resume.md", "# not for you")
    put(inbox, "anna/resume.md", "# Anna")
    put(inbox, ".git/config.md", "# hidden")
    (inbox / "ben").mkdir()
    (inbox / "ben" / "resume.md").symlink_to(secret)
    (inbox / "cleo").symlink_to(secret.parent)
    assert fetch(desk, inbox) == (1, 0)
    assert set(batch(inbox)) == {"anna/resume.md"}


def test_too_much_is_refused_as_a_whole(desk: Desk, inbox: Path) -> None:
    for n in range(4):
        put(inbox, f"c{n}/resume.md", "# x")
    with pytest.raises(ConfigurationError, match="4 new files"):
        fetch(desk, inbox, Limits(files=3, megabytes=100))
    assert batch(inbox) == {}


def test_what_belongs_to_nobody_is_said_and_looked_at_again(desk: Desk, inbox: Path) -> None:
    put(inbox, "resume.pdf", "whose?")
    for _ in range(2):
        with pytest.raises(DeskError, match="Whose"):
            fetch(desk, inbox)
    uploads = inbox.parent / "home" / "uploads"
    assert [path for path in uploads.rglob("*") if path.is_file()] == []


def test_an_inbox_is_a_folder_or_a_bucket_that_may_be_read(tmp_path: Path) -> None:
    own = OwnFiles(tmp_path / "home")
    (tmp_path / "in").mkdir()
    (tmp_path / "home" / "in").mkdir(parents=True)
    check_inbox(str(tmp_path / "in"), own=own)
    check_inbox("s3://hiring/in", own=own, roots=("s3://hiring",))
    for url, said in (
        ("/no/such/folder", "no folder"),
        ("http://169.254.169.254/latest", "cannot be read"),
        ("s3://hiring/in/../private", "'..'"),
        (str(tmp_path), "files of shortlist itself"),
        (str(tmp_path / "home" / "in"), "lies in SHORTLIST_HOME"),
    ):
        with pytest.raises(ConfigurationError, match=said):
            check_inbox(url, own=own)
    with pytest.raises(ConfigurationError, match="outside"):
        check_inbox(str(tmp_path / "in"), own=own, roots=("s3://hiring",))


def test_the_ledger_under_another_name_is_no_file_of_an_inbox(desk: Desk, inbox: Path) -> None:
    put(inbox, "anna/resume.md", "# Anna")
    put(inbox, "anna/first.md", "x").unlink()
    (inbox / "anna" / "first.md").hardlink_to(inbox.parent / "home" / "ledger.db")
    moment = time.time() - 60
    os.utime(inbox / "anna" / "first.md", (moment, moment))
    assert fetch(desk, inbox) == (1, 0)
    assert set(batch(inbox)) == {"anna/resume.md"}


def test_a_bucket_without_its_package_says_which_one(desk: Desk, tmp_path: Path) -> None:
    pytest.importorskip("fsspec")
    try:
        import s3fs  # noqa: F401
    except ImportError:
        with pytest.raises(ConfigurationError, match="s3fs"):
            fetch_inbox("s3://bucket/x", OPENING, desk=desk, home=tmp_path / "home", by="x", limits=ROOMY)
    else:
        pytest.skip("s3fs is installed")
