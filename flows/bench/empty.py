"""Dossiers without evidence: polite sentences, few or many, must not add up to a score."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np

from evaluators.benchmarking.figures import figure
from evaluators.benchmarking.gold import BenchmarkSet
from evaluators.benchmarking.results import ALL_SETS, Figure
from flows.walk import screen
from flows.workbench import Workbench, silent
from pipeline.models.scorecard import Scorecard

PASSAGES = "empty/passages.txt"
SIZES = (10, 40, 160)
DOSSIERS = {10: 6, 40: 4, 160: 2}
"""How many of each size and role; small ones differ more."""
QUICK_DOSSIERS = {10: 2, 40: 1, 160: 1}
IN_TAKEHOME = 3
"""Every third passage stands in the take-home's README."""


def empty_figures(
    sets: Sequence[BenchmarkSet],
    root: Path,
    *,
    judge: str,
    bench_for: Callable[[Scorecard], AbstractContextManager[Workbench]],
    quick: bool = False,
) -> Iterator[Figure]:
    """The highest score that a dossier without evidence got, by number of passages, for each set and all."""
    path = root / PASSAGES
    if not path.is_file():
        for size in SIZES:
            yield _figure([], size=size, judge=judge, set_=ALL_SETS, note=f"the data have no {PASSAGES}")
        return
    passages = tuple(line for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    counts = QUICK_DOSSIERS if quick else DOSSIERS
    scores: dict[int, list[float | None]] = {size: [] for size in SIZES}
    for benchmark in sets:
        with bench_for(benchmark.scorecard) as bench:
            for size in SIZES:
                found = [
                    empty_score(drawn, benchmark.scorecard, bench=bench)
                    for drawn in dossiers(passages, size=size, count=counts[size])
                ]
                scores[size] += found
                yield _figure(found, size=size, judge=judge, set_=benchmark.id)
    if len(sets) > 1:
        for size in SIZES:
            yield _figure(scores[size], size=size, judge=judge, set_=ALL_SETS)


def dossiers(passages: Sequence[str], *, size: int, count: int) -> list[list[str]]:
    """Draw dossiers of some size, without a passage twice in one of them."""
    generator = np.random.default_rng(size)
    chosen = (generator.choice(len(passages), size=min(size, len(passages)), replace=False) for _ in range(count))
    return [[passages[n] for n in drawn] for drawn in chosen]


def empty_score(passages: Sequence[str], scorecard: Scorecard, *, bench: Workbench) -> float | None:
    """Screen one such candidate alone: beside others they would be duplicates of each other."""
    takehome = [text for n, text in enumerate(passages, start=1) if n % IN_TAKEHOME == 0]
    resume = [text for n, text in enumerate(passages, start=1) if n % IN_TAKEHOME]
    with tempfile.TemporaryDirectory() as batch:
        folder = Path(batch) / "e01"
        (folder / "takehome").mkdir(parents=True)
        (folder / "resume.md").write_text("\n\n".join(["# Resume", *resume]) + "\n", encoding="utf-8")
        (folder / "takehome" / "README.md").write_text("\n\n".join(["# Notes", *takehome]) + "\n", encoding="utf-8")
        run = screen(Path(batch), scorecard, bench=bench, run_id=f"bench-empty-{scorecard.id}", progress=silent)
    return run.shortlist.rows[0].score


def _figure(scores: Sequence[float | None], *, size: int, judge: str, set_: str, note: str = "") -> Figure:
    known = [score for score in scores if score is not None]
    return figure(
        "empty_dossier_score",
        max(known) if known else float("nan"),
        judge=judge,
        set_=set_,
        group=str(size),
        cases=len(known),
        bases=len(known),
        better="lower",
        unit="points",
        note=note or f"the highest of {len(scores)}" + (f", mean {sum(known) / len(known):.2f}" if known else ""),
    )
