"""The development roles are for measuring: the rows written for training must not repeat them."""

import json
import re
from pathlib import Path

import pytest

DATASETS = Path(__file__).parents[3] / "datasets"
RUN = 8
"""Words in a row; shorter runs are idioms. Filler and code are left out: they hold little else."""


def runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"[a-z0-9]+", text.lower())
    return {tuple(words[n : n + RUN]) for n in range(len(words) - RUN + 1)}


@pytest.fixture(scope="module")
def measured() -> set[tuple[str, ...]]:
    files = [path for path in (DATASETS / "benchmarks").rglob("*") if path.is_file()]
    return {run for path in files for run in runs(path.read_text(encoding="utf-8", errors="replace"))}


PROSE = sorted(path.stem for path in (DATASETS / "calibration").glob("*.jsonl") if "code" not in path.stem)
IDIOMS = {
    ("extra-filler", "xf-009"): "thanks for the reading",
    ("takehome", "t-123"): "a saying about cache invalidation",
}
"""Rows that share eight words with a benchmark text because everybody says them."""


@pytest.mark.parametrize("name", PROSE)
def test_no_added_row_repeats_a_development_role(name: str, measured: set[tuple[str, ...]]) -> None:
    path = DATASETS / "calibration" / f"{name}.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    repeated = [row["id"] for row in rows if runs(row["text"] + " | " + row.get("statement", "")) & measured]
    assert [row for row in repeated if (name, row) not in IDIOMS] == []
