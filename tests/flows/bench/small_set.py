"""A benchmark folder with one small set, cut from a shipped one, and the command run on it."""

import csv
import shutil
from pathlib import Path
from typing import NamedTuple

from typer.testing import CliRunner, Result

from evaluators.benchmarking.results import BenchmarkResult
from flows.cli import app

BENCHMARKS = Path(__file__).resolve().parents[3] / "datasets" / "benchmarks"
SOME = ("c01", "c04", "c05", "c08")


def write_small_set(root: Path) -> Path:
    """Four candidates of a shipped set with their labels, as the only set of a folder."""
    source, small = BENCHMARKS / "billing-reliability", root / "small"
    for name in SOME:
        shutil.copytree(source / "candidates" / name, small / "candidates" / name)
    shutil.copy(source / "scorecard.yaml", small)
    for table in (source / "gold").rglob("*.csv"):
        copy = small / table.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        with table.open(encoding="utf-8", newline="") as file, copy.open("w", encoding="utf-8", newline="") as kept:
            rows = csv.DictReader(file)
            writer = csv.DictWriter(kept, rows.fieldnames or ())
            writer.writeheader()
            writer.writerows(row for row in rows if row["candidate_id"] in SOME)
    return root


class Ran(NamedTuple):
    """One run of the command, and where it wrote."""

    done: Result
    out: Path

    @property
    def result(self) -> BenchmarkResult:
        return BenchmarkResult.model_validate_json((self.out / "bench.json").read_text(encoding="utf-8"))

    def line(self, *words: str) -> str:
        """The last printed line that holds all of some words: the table of thresholds comes last."""
        found = [line for line in self.done.stdout.splitlines() if all(word in line for word in words)]
        return found[-1] if found else ""


def bench(data: Path, out: Path, *options: str, home: Path | None = None) -> Ran:
    """`shortlist bench` with a home of its own: what somebody has calibrated or asked before is not this test's."""
    arguments = ["bench", "--data", str(data), "--out", str(out), "--quiet", *options]
    return Ran(CliRunner(env={"SHORTLIST_HOME": str(home or out / "home")}).invoke(app, arguments), out)
