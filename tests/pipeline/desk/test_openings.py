import re
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.desk.desk import Desk
from pipeline.desk.places import batch_folder, run_folder, upload_folder
from pipeline.desk.store import LONGEST_TEXT, clean_text, slug
from pipeline.errors import DeskConflict, DeskError, UnknownToDesk
from tests.pipeline.desk.clock import SteppedClock


def test_an_opening_is_named_after_its_title_and_never_twice(desk: Desk) -> None:
    titles = ("Backend Engineer (Berlin)", "Backend engineer, Berlin", "職務", "../../etc")
    ids = [desk.openings.create(title, by="rana").id for title in titles]
    assert ids == ["backend-engineer-berlin", "backend-engineer-berlin-2", "opening", "etc"]
    with pytest.raises(DeskConflict, match="already"):
        desk.openings.create("Other", id="etc", by="rana")


@pytest.mark.parametrize("id", ["", "-a", "A", "../x", "a/b", "a" * 61, "a\n"])
def test_an_id_that_is_no_folder_name_is_refused(desk: Desk, id: str) -> None:
    with pytest.raises(DeskError, match="cannot be the id"):
        desk.openings.create("Other", id=id, by="rana")


@given(title=st.text(max_size=200))
def test_the_folders_of_an_opening_stay_under_home(title: str) -> None:
    name, home = slug(title) or "opening", Path("/home")
    for folder in (batch_folder(home, name), upload_folder(home, name, "u"), run_folder(home, name, "r")):
        assert name in folder.parts
        assert folder == Path(*folder.parts)
        assert ".." not in folder.parts


def test_names_and_levels_are_covered_unless_a_team_says_otherwise(desk: Desk) -> None:
    opening = desk.openings.create("Billing", by="rana")
    assert (opening.blind, opening.cover_levels) == (True, True)
    changed = desk.openings.change("billing", by="olga", cover_levels=False, blind=True)
    assert (changed.blind, changed.cover_levels, changed.title) == (True, False, "Billing")
    (told,) = desk.chain.told("opening.changed")
    assert (told.event.actor, told.data) == ("olga", {"cover_levels": False})


def test_an_archived_opening_is_shown_only_when_asked_for(desk: Desk) -> None:
    desk.openings.create("Parts", by="rana")
    desk.openings.create("Billing", by="rana")
    desk.openings.change("parts", by="rana", archived=True)
    assert [opening.id for opening in desk.openings.all()] == ["billing"]
    assert [opening.id for opening in desk.openings.all(archived=True)] == ["billing", "parts"]


def test_every_saved_scorecard_is_a_version_and_equal_text_is_none(desk: Desk) -> None:
    desk.openings.create("Billing", by="rana")
    first = desk.scorecards.save("billing", "id: billing\n", by="rana")
    assert desk.scorecards.save("billing", "id: billing\n", by="olga") == first
    second = desk.scorecards.save("billing", "id: billing-2\n", by="olga", note="renamed", expected=1)
    assert [version.version for version in desk.scorecards.all("billing")] == [2, 1]
    assert desk.scorecards.get("billing") == second
    assert desk.scorecards.get("billing", 1) == first
    assert desk.openings.get("billing").scorecard_version == 2
    assert [told.data["sha256"] for told in desk.chain.told("scorecard.saved")] == [first.sha256, second.sha256]


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE desk_scorecards SET yaml = 'id: other' WHERE version = 1", "Version 1 .* not as it was saved"),
        ("DELETE FROM desk_scorecards WHERE version = 2", "Version 2 .* was deleted"),
        ("INSERT INTO desk_scorecards VALUES ('billing', 3, 'id: c', 'x', 'rana', 0, '')", "Version 3 .* not as it"),
    ],
)
def test_a_scorecard_that_is_changed_behind_the_desk_is_found(
    desk: Desk, tmp_path: Path, statement: str, said: str
) -> None:
    desk.openings.create("Billing", by="rana")
    for yaml in ("id: a\n", "id: b\n"):
        desk.scorecards.save("billing", yaml, by="rana")
    assert desk.verify().ok
    raw = sqlite3.connect(tmp_path / "ledger.db")
    raw.execute(statement)
    raw.commit()
    raw.close()
    (problem,) = desk.verify().problems
    assert re.search(said, problem.text)


def test_an_edit_of_an_older_version_does_not_overwrite_a_newer_one(desk: Desk) -> None:
    desk.openings.create("Billing", by="rana")
    desk.scorecards.save("billing", "id: a\n", by="rana", expected=0)
    desk.scorecards.save("billing", "id: b\n", by="rana", expected=1)
    with pytest.raises(DeskConflict, match="Version 2 was saved while version 1 was edited"):
        desk.scorecards.save("billing", "id: c\n", by="olga", expected=1)
    assert desk.scorecards.get("billing").yaml == "id: b\n"


@pytest.mark.parametrize("yaml", ["", "  \n", "id: \0", "id: \udcff", "x" * 1_000_001])
def test_what_cannot_be_a_scorecard_is_refused(desk: Desk, yaml: str) -> None:
    desk.openings.create("Billing", by="rana")
    with pytest.raises(DeskError, match="scorecard"):
        desk.scorecards.save("billing", yaml, by="rana")


def test_uploads_are_listed_newest_first_with_what_they_brought(
    desk: Desk, tmp_path: Path, clock: SteppedClock
) -> None:
    desk.openings.create("Billing", by="rana")
    for files in (3, 4):
        upload = desk.uploads.new_id()
        desk.uploads.add("billing", by="rana", id=upload, path=tmp_path / upload, source="zip", files=files)
        clock.move(seconds=1)
    newest, oldest = desk.uploads.all("billing")
    assert (newest.files, oldest.files) == (4, 3)
    assert desk.uploads.get(newest.id) == newest
    assert len(desk.chain.told("upload.added", opening="billing")) == 2


def test_a_replaced_file_is_told_of_with_both_hashes(desk: Desk) -> None:
    desk.uploads.note_replacement(
        "billing", "linh-tran", by="rana", file="resume.pdf", old_sha256="a" * 64, new_sha256="b" * 64, upload="u-1"
    )
    (told,) = desk.chain.told("file.replaced", candidate="linh-tran")
    assert (told.data["old_sha256"], told.data["new_sha256"]) == ("a" * 64, "b" * 64)


@pytest.mark.parametrize("id", ["nowhere", "", "\0", "\udcff", "' OR 1=1 --"])
def test_what_is_not_there_is_said_so(desk: Desk, id: str) -> None:
    for look in (desk.openings.get, desk.scorecards.get, desk.uploads.get, desk.runs.get):
        with pytest.raises(UnknownToDesk):
            look(id)


@given(text=st.text(max_size=300))
def test_a_cleaned_text_can_be_stored_and_is_not_cleaned_again(text: str) -> None:
    cleaned = clean_text(text, what="The note")
    cleaned.encode()
    assert "\0" not in cleaned
    assert clean_text(cleaned, what="The note") == cleaned


def test_a_text_of_no_length_or_too_much_is_refused() -> None:
    with pytest.raises(DeskError, match="The reason is missing"):
        clean_text(" \r\n\t\x07", what="The reason", required=True)
    with pytest.raises(DeskError, match="Shorten it"):
        clean_text("x" * (LONGEST_TEXT + 1), what="The note")
