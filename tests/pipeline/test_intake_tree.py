import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import intake_tree
from pipeline.intake_tree import disk_folder, is_noise, safe_name, unique_names


def test_repeated_names_are_numbered_and_never_collide_with_others() -> None:
    assert unique_names(["a.md", "a.md", "a (2).md", "a.md"]) == ["a.md", "a (3).md", "a (2).md", "a (4).md"]


@given(st.lists(st.sampled_from(["a", "a.md", "a (2).md", "a (3).md", "b"])))
def test_names_become_unique_and_the_first_of_each_stays(wanted: list[str]) -> None:
    names = unique_names(wanted)
    assert len(set(names)) == len(wanted)
    for name in set(wanted):
        assert names[wanted.index(name)] == name


def test_very_many_equal_names_take_no_time() -> None:
    start = time.process_time()
    unique_names(["a.md"] * 100_000)
    assert time.process_time() - start < 50


@given(st.text())
def test_a_safe_name_is_one_printable_part_of_a_path(name: str) -> None:
    safe = safe_name(name)
    assert safe.isprintable()
    assert "/" not in safe
    assert "\\" not in safe
    assert safe not in {"", ".", ".."}
    assert len(safe) <= 150
    safe.encode()


@pytest.mark.parametrize(
    ("name", "safe"),
    [("re\u0301sume\u0301.pdf", "résumé.pdf"), ("..", "unnamed"), ("a\x00b", "a_b"), ("a\u202fb  c", "a b c")],
)
def test_names_stay_readable(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_a_file_that_is_erased_while_its_folder_is_listed_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "resume.md").write_text("text")

    def then_erased(name: str) -> bool:
        (tmp_path / name).unlink()
        return is_noise(name)

    # Called for each entry between the look at the folder and the look at the file, as no other process would be.
    monkeypatch.setattr(intake_tree, "is_noise", then_erased)
    listing = disk_folder(tmp_path).listing()
    assert listing.files == ()
    assert [name for name, _ in listing.refused] == ["resume.md"]
