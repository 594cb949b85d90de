"""Who was dealt with in a run that goes on: noted piece by piece, read at any moment, gone with the run."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pipeline.desk.runs_progress import (
    CandidateProgress,
    SetAside,
    forget_progress,
    note_progress,
    read_progress,
    unfinished_folder,
)

UNREADABLE = SetAside(file="cv.pdf", reason="It is a picture.")


def folder_in(home: Path) -> Path:
    folder = unfinished_folder(home, "billing", "r1")
    folder.mkdir(parents=True)
    return folder


def read(home: Path) -> list[CandidateProgress]:
    return list(read_progress(home, "billing", "r1"))


def test_whoever_was_dealt_with_last_comes_first_and_what_could_not_be_read_is_kept(tmp_path: Path) -> None:
    folder = folder_in(tmp_path)
    note_progress(folder, [CandidateProgress(candidate="nobody-home", set_aside=(UNREADABLE,))])
    note_progress(
        folder,
        [
            CandidateProgress(candidate="anna", passed="reading", set_aside=(UNREADABLE,)),
            CandidateProgress(candidate="ben", passed="reading"),
        ],
    )
    assert [one.candidate for one in read(tmp_path)] == ["ben", "anna", "nobody-home"]
    note_progress(folder, [CandidateProgress(candidate="anna", passed="judging")])
    assert read(tmp_path)[0] == CandidateProgress(candidate="anna", passed="judging", set_aside=(UNREADABLE,))
    assert len(read(tmp_path)) == 3


def test_a_line_that_is_being_written_is_left_for_the_next_look(tmp_path: Path) -> None:
    folder = folder_in(tmp_path)
    note_progress(folder, [CandidateProgress(candidate="anna", passed="reading")])
    with (folder / "progress.jsonl").open("a") as file:
        file.write('["ben", "read')
    assert [one.candidate for one in read(tmp_path)] == ["anna"]


def test_nothing_is_known_of_a_run_that_is_over_or_never_began(tmp_path: Path) -> None:
    assert read(tmp_path) == []
    folder = folder_in(tmp_path)
    note_progress(folder, [CandidateProgress(candidate="anna", passed="reading")])
    forget_progress(folder)
    forget_progress(folder)
    assert read(tmp_path) == []
    folder.rmdir()
    note_progress(folder, [CandidateProgress(candidate="anna", passed="judging")])
    assert read(tmp_path) == []
    assert not folder.exists()


@given(st.text(min_size=1), st.text())
def test_whatever_a_file_is_called_comes_back(tmp_path_factory, name: str, file: str) -> None:
    home = tmp_path_factory.mktemp("home")
    told = CandidateProgress(candidate=name, passed="reading", set_aside=(SetAside(file=file, reason="No."),))
    note_progress(folder_in(home), [told])
    assert read(home) == [told]
