import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.intake_tree import safe_name, unique_names


def test_repeated_names_are_numbered_and_never_collide_with_others() -> None:
    assert unique_names(["a.md", "a.md", "a (2).md", "a.md"]) == ["a.md", "a (3).md", "a (2).md", "a (4).md"]


@given(st.lists(st.sampled_from(["a", "a.md", "a (2).md", "a (3).md", "b"])))
def test_names_become_unique_and_the_first_of_each_stays(wanted: list[str]) -> None:
    names = unique_names(wanted)
    assert len(set(names)) == len(wanted)
    for name in set(wanted):
        assert names[wanted.index(name)] == name


def test_very_many_equal_names_take_no_time() -> None:
    start = time.perf_counter()
    unique_names(["a.md"] * 100_000)
    assert time.perf_counter() - start < 5


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
