"""Wall time, memory and the share of each stage, from files to report: `make perf`.

    python -m flows.measure_performance --candidates 1000 10000
    python -m flows.measure_performance --candidates 1000 --takehomes

Each candidate is a development-role resume with another e-mail address and other numbers in every sentence, so that
nobody is a duplicate of anybody and no passage is read or judged once for several. Every batch is screened three times
in a process of its own: at first, again, and with one criterion worded anew. Exit code 1: a goal of the design was
missed.
"""

import argparse
import logging
import multiprocessing
import re
import resource
import sys
import tempfile
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from flows.publishing import RunOptions, screen_and_publish
from flows.workbench import Step
from pipeline.settings import load_settings

ROLE = Path(__file__).parent.parent / "datasets" / "benchmarks" / "billing-reliability"
RUNS = ("first run", "again", "one criterion changed")
STAGES = ("reading", "judging", "ranking and reports")
_EMAIL = re.compile(r"[\w.]+@[\w.]+")
_FILES = 8
_NAME = re.compile(r"\b[a-z_]{5,}\b")
_NAMES_CHANGED = 12
_FEWEST_WORDS = 5
_COUNT = re.compile(r"(?<![\w.,/-])(?!(?:19|20)\d\d\b)\d{1,6}(?![\w.,/-])")
"""A number that is neither a year nor part of a date, a version or a larger number."""
_END = re.compile(r"[.;:]?\s*$")
_CHANGED = ("Explains choices on", "Explains decisions on")


class Goal(NamedTuple):
    """What a first run may take."""

    seconds: float | None
    megabytes: float | None


GOALS = {(1_000, False): Goal(60, 1_000), (1_000, True): Goal(180, None), (10_000, False): Goal(None, 2_000)}
"""By candidates and whether they sent take-homes; DESIGN: figures to reach."""
MOST_TIMES = 11
"""So many times as long may 10,000 resumes take as 1,000."""


class Measured(NamedTuple):
    """One screening of a batch."""

    run: str
    seconds: float
    stages: tuple[float, ...]
    """Seconds of each of `STAGES`."""
    asked: int
    peak: float
    """Megabytes of this process since it began, or of its largest child (most of that is shared)."""
    report: float
    """Megabytes of shortlist.html."""


def make_batch(folder: Path, *, candidates: int, takehomes: bool) -> Path:
    """Write a batch of so many candidates, from the role's ten in turn."""
    models = sorted((ROLE / "candidates").iterdir())
    for n in range(candidates):
        model = models[n % len(models)]
        target = folder / f"candidate-{n:05d}"
        target.mkdir(parents=True)
        text = _EMAIL.sub(f"person{n}@mail{n}.example", (model / "resume.md").read_text(encoding="utf-8"))
        text = "\n".join(_varied(line, n) for line in text.split("\n"))
        (target / "resume.md").write_text(text, encoding="utf-8")
        if takehomes:
            _write_takehome(target / "takehome", models[n % len(models)] / "takehome", n)
    return folder


def _write_takehome(target: Path, model: Path, n: int) -> None:
    """Eight files, from those of the model in turn, each with names and numbers of its own."""
    files = sorted(path for path in model.rglob("*") if path.is_file())
    for place in range(_FILES if files else 0):
        path, turn = files[place % len(files)], place // len(files)
        number = n + turn * 100_000
        written = target / path.relative_to(model).with_stem(f"{path.stem}{turn or ''}")
        written.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".md":
            text = "\n".join(_varied(line, number) for line in text.split("\n"))
        else:
            for name, _ in Counter(_NAME.findall(text)).most_common(_NAMES_CHANGED):
                text = re.sub(rf"\b{name}\b", f"{name}{number}", text)
        written.write_text(text, encoding="utf-8")


def _varied(line: str, n: int) -> str:
    """A line of nobody else: what it counts is more by n, and a sentence that counts nothing gets a number."""
    if len(line.split()) < _FEWEST_WORDS or line.startswith("#") or "@" in line:
        return line
    other, changed = _COUNT.subn(lambda match: str(int(match[0]) + n), line)
    return other if changed else _END.sub(rf" in case {n}\g<0>", line, count=1)


def measure(candidates: int, takehomes: bool) -> list[Measured]:
    """Screen one batch three times."""
    logging.basicConfig(level=logging.WARNING)
    with tempfile.TemporaryDirectory() as root:
        batch = make_batch(Path(root) / "batch", candidates=candidates, takehomes=takehomes)
        scorecard = ROLE / "scorecard.yaml"
        changed = Path(root) / "changed.yaml"
        changed.write_text(scorecard.read_text(encoding="utf-8").replace(*_CHANGED), encoding="utf-8")
        return [_screen_once(run, batch, changed if run == RUNS[-1] else scorecard, root=Path(root)) for run in RUNS]


def _screen_once(run: str, batch: Path, scorecard: Path, *, root: Path) -> Measured:
    last: dict[str, float] = {}
    started = time.perf_counter()

    def tell(step: Step) -> None:
        last[step.stage] = time.perf_counter()

    published = screen_and_publish(
        batch,
        scorecard_path=scorecard,
        out=root / "out",
        options=RunOptions(),
        settings=load_settings().apart_in(root / "home"),
        progress=tell,
    )
    moments = [started, *(last[stage] for stage in STAGES[:-1]), time.perf_counter()]
    used = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return Measured(
        run=run,
        seconds=moments[-1] - started,
        stages=tuple(after - before for before, after in pairwise(moments)),
        asked=published.record.counts.asked,
        peak=max(used) / 1024,
        report=published.html.stat().st_size / 1e6,
    )


def missed_goals(results: dict[int, list[Measured]], *, takehomes: bool) -> list[str]:
    """What was asked for and not reached."""
    missed = []
    for candidates, runs in results.items():
        goal = GOALS.get((candidates, takehomes), Goal(None, None))
        if goal.seconds is not None and runs[0].seconds > goal.seconds:
            missed.append(f"{candidates} candidates took {runs[0].seconds:.0f} s, {goal.seconds:.0f} are allowed")
        peak = max(run.peak for run in runs)
        if goal.megabytes is not None and peak > goal.megabytes:
            missed.append(f"{candidates} candidates took {peak:.0f} MB, {goal.megabytes:.0f} are allowed")
    if 1_000 in results and 10_000 in results:
        times = results[10_000][0].seconds / results[1_000][0].seconds
        if times > MOST_TIMES:
            missed.append(f"10,000 candidates took {times:.1f} times as long as 1,000, {MOST_TIMES} are allowed")
    return missed


def show(results: dict[int, list[Measured]]) -> Table:
    """One line a run."""
    table = Table("candidates", "run", "seconds", *STAGES, "ms a candidate", "asked", "peak MB", "html MB")
    for candidates, runs in results.items():
        for run in runs:
            shares = [f"{seconds:.1f} ({seconds / run.seconds:.0%})" for seconds in run.stages]
            each = f"{1000 * run.seconds / candidates:.0f}"
            ends = (each, str(run.asked), f"{run.peak:.0f}", f"{run.report:.1f}")
            table.add_row(str(candidates), run.run, f"{run.seconds:.1f}", *shares, *ends)
    return table


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--candidates", type=int, nargs="+", default=[1_000])
    parser.add_argument("--takehomes", action="store_true", help="with the take-homes, six files each")
    chosen = parser.parse_args()
    console = Console(highlight=False, width=130)
    results: dict[int, list[Measured]] = {}
    # A new process each time: what the batch before took must not count for the next one's peak.
    for candidates in chosen.candidates:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            results[candidates] = pool.apply(measure, (candidates, chosen.takehomes))
    console.print(show(results))
    missed = missed_goals(results, takehomes=chosen.takehomes)
    console.print("\n".join(missed) or "every goal was reached")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
