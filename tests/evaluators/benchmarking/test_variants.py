from pathlib import Path

import pytest

from evaluators.benchmarking.gold import find_sets, load_set
from evaluators.benchmarking.relations.table import EXPECTED, OF_KIND, allowed_move
from evaluators.benchmarking.variants import load_variants
from evaluators.rubric_library import load_rubric_library
from pipeline.errors import ConfigurationError

BENCHMARKS = Path(__file__).parents[3] / "datasets" / "benchmarks"
CANDIDATES = ("c01", "c02", "loose")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two candidates in folders and a loose file, and the files of two variants."""
    for name in ("candidates/c01", "candidates/c02", "variants/v01", "variants/v02"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "resume.md").write_text("x")
    (tmp_path / "candidates" / "loose.md").write_text("x")
    (tmp_path / "variants" / "empty").mkdir()
    return tmp_path


def variants(folder: Path, text: str | bytes) -> list[str]:
    (folder / "variants.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return [one.id for one in load_variants(folder, CANDIDATES)]


GOOD = "- {id: v01, base: c01, kind: padding, expect: same}\n"


def test_variants_that_are_all_there_are_read(folder: Path) -> None:
    assert variants(folder, f"{GOOD}- {{id: v02, base: c02, kind: reasoning_added}}\n") == ["v01", "v02"]
    assert variants(folder, "") == []
    (folder / "variants.yaml").unlink()
    assert load_variants(folder, CANDIDATES) == ()


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (
            "{id: v02, base: c02, kind: keyword_stuffing}",
            r"entry 2 \('v02'\): the kind 'keyword_stuffing' is not known",
        ),
        ("{id: v03, base: c02, kind: padding}", r"entry 2 \('v03'\): the folder '.*variants/v03' is missing or empty"),
        ("{id: empty, base: c02, kind: padding}", "is missing or empty. Put the changed files there"),
        ("{id: v02, base: c77, kind: padding}", "the base 'c77' is no folder in 'candidates'. .* such as c01, c02"),
        ("{id: v02, base: loose, kind: padding}", "the base 'loose' is no folder in 'candidates'"),
        ("{id: v02, base: c02, kind: padding, expect: lower}", "expects 'lower', but 'padding' is held to 'same'"),
        ("{id: v01, base: c02, kind: padding}", r"entry 2 \('v01'\): another entry has the same id"),
        ("{id: v02, base: c02}", "entry 2 lacks 'kind'. Correct it"),
        ("{id: v02, base: c02, kind: padding, because: x}", "entry 2 has 'because', which is not known there"),
        ("{id: v02, base: 2, kind: padding}", "entry 2, 'base': is no text; put it in double quotes"),
        ("{id: v02, base: c02, kind: padding", "line 3: the file is no valid YAML. Look at the line"),
    ],
)
def test_a_variant_that_cannot_be_measured_is_refused_and_not_dropped(folder: Path, entry: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words) as refused:
        variants(folder, f"{GOOD}- {entry}\n")
    assert "variants.yaml" in str(refused.value)
    assert "expected" not in str(refused.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [("id: v01\n", "is no list; begin every entry with `- `"), ("# für\n".encode("latin-1"), "line 1: .* not UTF-8")],
)
def test_a_file_of_variants_that_is_no_list_is_refused(folder: Path, content: str | bytes, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        variants(folder, content)


def test_every_kind_says_what_its_relation_holds_it_to() -> None:
    assert set(EXPECTED) == set(OF_KIND)
    for kind, relation in OF_KIND.items():
        low, high = allowed_move(relation)
        assert (EXPECTED[kind] == "higher") == (low is not None and low > 0)
        assert (EXPECTED[kind] == "lower") == (high is not None and high < 0)


def test_the_shipped_variants_say_what_they_are_held_to() -> None:
    found = [one for path in find_sets(BENCHMARKS) for one in load_set(path, library=load_rubric_library()).variants]
    assert len(found) >= 40
    assert all(one.expect == EXPECTED[one.kind] for one in found)
