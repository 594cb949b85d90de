"""A small real batch of the demo's scorecard, and runs that share nothing but what a test gives them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from flows.publishing import Published, screen_and_publish
from flows.run_options import RunOptions
from pipeline.settings import Settings

DEMO = Path(__file__).parents[2] / "datasets" / "demo"
ROLE = Path(__file__).parents[2] / "datasets" / "benchmarks" / "billing-reliability"

OUTPUTS = ("shortlist.html", "shortlist.csv", "shortlist.json")
"""Files that depend on inputs, scorecard and verdicts alone."""

Run = Callable[..., Published]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Screen a batch; `home` and `out` are names of folders below the test's own."""

    def run_once(batch: Path, scorecard: Path, *, home: str = "home", out: str = "out", **options) -> Published:
        return screen_and_publish(
            batch,
            scorecard_path=scorecard,
            out=tmp_path / out,
            options=RunOptions(**options),
            settings=Settings(home=tmp_path / home),
        )

    return run_once


@pytest.fixture
def outputs(tmp_path: Path) -> Callable[[str], dict[str, bytes]]:
    """The bytes of a run's results, by file name."""
    return lambda out: {name: (tmp_path / out / name).read_bytes() for name in OUTPUTS}
