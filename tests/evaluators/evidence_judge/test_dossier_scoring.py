import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluators.evidence_judge.dossier_scoring import (
    DOSSIER_FEATURES,
    MOST_CHECKS,
    ROW_WIDTH,
    beside,
    gathered_support,
    library_support,
)
from evaluators.rubric_library import load_rubric_library

LIBRARY = load_rubric_library()
RATED = [rubric for name, rubric in sorted(LIBRARY.items()) if name not in ("gate", "general", "mission_fit")]
HEADS = sum(len(rubric.checks) for rubric in RATED)
GATHERED = LIBRARY["failure_modes"]
COLUMNS = np.arange(len(GATHERED.checks))

logits = st.lists(
    st.lists(st.floats(-9, 9), min_size=HEADS, max_size=HEADS), min_size=1, max_size=6
).map(np.array)  # fmt: skip


@given(logits)
def test_a_stronger_passage_lowers_nothing_that_stands_beside_a_check(found: np.ndarray) -> None:
    better = found.copy()
    better[0] += 1.0
    before, after = (
        beside(rows, GATHERED, COLUMNS, gathered_support(rows, GATHERED, COLUMNS)) for rows in (found, better)
    )
    assert (after >= before - 1e-9).all()


def test_filler_counts_for_no_attempt_and_a_near_miss_does() -> None:
    size = DOSSIER_FEATURES.index("log_passages")
    told = np.full((1, HEADS), 2.0)
    polite, near = np.full((30, HEADS), -7.0), np.full((30, HEADS), 0.0)
    alone, padded, crowded = (
        library_support(rows, GATHERED, COLUMNS)["mention"].features[size]
        for rows in (told, np.vstack([told, polite]), np.vstack([told, near]))
    )
    assert padded == pytest.approx(alone, abs=0.05)
    assert crowded > alone + 1


@pytest.mark.parametrize("rubric", RATED, ids=lambda rubric: rubric.id)
def test_every_library_rubric_fits_a_calibration_row(rubric) -> None:  # type: ignore[no-untyped-def]
    assert len(rubric.checks) <= MOST_CHECKS
    columns = np.arange(len(rubric.checks))
    for support in library_support(np.zeros((3, HEADS)), rubric, columns).values():
        assert len(support.features) <= ROW_WIDTH
