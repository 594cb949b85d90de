from importlib import resources
from pathlib import Path

import pytest

from evaluators.rubric_library import load_rubric_library, rubric_hash
from pipeline.errors import ScorecardError

SHIPPED = Path(str(resources.files("evaluators") / "rubrics"))
RATED = [
    "communication",
    "data_and_api_design",
    "failure_modes",
    "general",
    "mission_fit",
    "production_ownership",
    "testing_and_operability",
    "tradeoff_reasoning",
]


def test_library_holds_every_rubric_of_the_design() -> None:
    assert sorted(load_rubric_library()) == sorted([*RATED, "gate"])


@pytest.mark.parametrize("name", RATED)
def test_points_of_a_rated_rubric_add_up_to_four(name: str) -> None:
    assert sum(check.points for check in load_rubric_library()[name].checks) == pytest.approx(4.0)


def test_gate_gives_no_points_and_has_the_checks_gates_are_decided_by() -> None:
    gate = load_rubric_library()["gate"]
    assert [check.id for check in gate.checks] == ["first_hand", "real", "willing", "denied"]
    assert all(check.points == 0 for check in gate.checks)


def test_details_of_the_source_survived_the_move() -> None:
    library = load_rubric_library()
    assert library["tradeoff_reasoning"].together
    assert [name for name, rubric in library.items() if rubric.together] == ["tradeoff_reasoning"]
    assert library["failure_modes"].check("several").quotes == 3
    assert library["production_ownership"].check("owned").quotes == 2
    assert library["tradeoff_reasoning"].check("cost").requires == ("constraint",)
    assert library["communication"].check("explained").points == 2.0


def test_questions_are_folded_to_one_line() -> None:
    for rubric in load_rubric_library().values():
        for check in rubric.checks:
            assert check.question == " ".join(check.question.split())
            assert "?" in check.question


def test_hash_changes_with_points_and_with_words() -> None:
    rubric = load_rubric_library()["communication"]
    other = rubric.model_copy(update={"together": True})
    first = rubric.checks[0]
    reworded = rubric.model_copy(
        update={"checks": (first.model_copy(update={"question": "Is it clear?"}), *rubric.checks[1:])}
    )
    assert len({rubric_hash(rubric), rubric_hash(other), rubric_hash(reworded)}) == 3
    assert rubric_hash(rubric) == rubric_hash(load_rubric_library()["communication"])


def _library_with(folder: Path, text: str) -> Path:
    for name in ("gate", "general"):
        (folder / f"{name}.yaml").write_text((SHIPPED / f"{name}.yaml").read_text())
    (folder / "own.yaml").write_text(text)
    return folder


BAD_RUBRICS = {
    "points too low": (
        "id: own\nchecks:\n  a: {points: 1, question: 'Is it so?'}\n  b: {points: 2, question: 'Is it so?'}\n",
        "add up to 3",
    ),
    "no points": ("id: own\nchecks:\n  a: {question: 'Is it so?'}\n", "'points' is missing"),
    "unknown requirement": (
        "id: own\nchecks:\n  a: {points: 4, requires: [b], question: 'Is it so?'}\n",
        "requires 'b', which is no check",
    ),
    "circle": (
        "id: own\nchecks:\n  a: {points: 2, requires: [b], question: 'Is it so?'}\n"
        "  b: {points: 2, requires: [a], question: 'Is it so?'}\n",
        "requires itself",
    ),
    "same check twice": (
        "id: own\nchecks:\n  a: {points: 2, question: 'Is it so?'}\n  a: {points: 2, question: 'Is it so?'}\n",
        "stands twice",
    ),
    "other name than its file": ("id: else\nchecks:\n  a: {points: 4, question: 'Is it so?'}\n", "'own.yaml'"),
    "no question": ("id: own\nchecks:\n  a: {points: 4}\n", "'question' is missing"),
    "no checks": ("id: own\nchecks: {}\n", "at least one check"),
    "misspelt field": (
        "id: own\nchecks:\n  a: {points: 4, require: [], question: 'Is it so?'}\n",
        "Did you mean 'requires'",
    ),
    "quotes zero": ("id: own\nchecks:\n  a: {points: 4, quotes: 0, question: 'Is it so?'}\n", "'quotes' is 0"),
}


@pytest.mark.parametrize("case", BAD_RUBRICS)
def test_bad_rubric_is_refused_with_file_line_and_cause(case: str, tmp_path: Path) -> None:
    text, cause = BAD_RUBRICS[case]
    with pytest.raises(ScorecardError) as caught:
        load_rubric_library(_library_with(tmp_path, text))
    assert cause in str(caught.value)
    assert str(caught.value).startswith("own.yaml:")


def test_library_without_gate_is_refused(tmp_path: Path) -> None:
    (tmp_path / "general.yaml").write_text((SHIPPED / "general.yaml").read_text())
    with pytest.raises(ScorecardError, match="no gate rubric"):
        load_rubric_library(tmp_path)
