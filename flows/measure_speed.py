"""Wall time and memory from files to report: `python -m flows.measure_speed --candidates 1000`.

Each candidate is a development-role resume with another e-mail address and one more line, so that
nobody is a duplicate of anybody and no passage list is the same.
"""

import argparse
import logging
import re
import resource
import shutil
import tempfile
import time
from pathlib import Path

from rich.console import Console

from flows.publishing import RunOptions, screen_and_publish
from flows.workbench import Step
from pipeline.settings import Settings

ROLE = Path(__file__).parent.parent / "datasets" / "benchmarks" / "billing-reliability"
_EMAIL = re.compile(r"[\w.]+@[\w.]+")


def make_batch(folder: Path, *, candidates: int, takehomes: bool) -> Path:
    """Write a batch of so many candidates, from the role's ten in turn."""
    models = sorted((ROLE / "candidates").iterdir())
    for n in range(candidates):
        model = models[n % len(models)]
        target = folder / f"candidate-{n:05d}"
        target.mkdir(parents=True)
        text = _EMAIL.sub(f"person{n}@mail{n}.example", (model / "resume.md").read_text(encoding="utf-8"))
        more = f"\n\nIn {1990 + n % 30} I counted {n} records by hand because the export had lost {n % 97} of them.\n"
        (target / "resume.md").write_text(text + more, encoding="utf-8")
        if takehomes and (model / "takehome").is_dir():
            shutil.copytree(model / "takehome", target / "takehome")
    return folder


def main() -> None:
    """Measure a first run and a second one."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--candidates", type=int, default=1000)
    arguments.add_argument("--takehomes", action="store_true", help="with the take-homes, six files each")
    chosen = arguments.parse_args()
    logging.basicConfig(level=logging.WARNING)
    console = Console(highlight=False)
    with tempfile.TemporaryDirectory() as root:
        batch = make_batch(Path(root) / "batch", candidates=chosen.candidates, takehomes=chosen.takehomes)
        settings = Settings(home=Path(root) / "home")
        for name in ("first run", "again"):
            stages: dict[str, float] = {}
            clock = time.perf_counter()

            def tell(step: Step, *, stages: dict[str, float] = stages, clock: float = clock) -> None:
                stages[step.stage] = time.perf_counter() - clock

            published = screen_and_publish(
                batch,
                scorecard_path=ROLE / "scorecard.yaml",
                out=Path(root) / "out",
                options=RunOptions(),
                settings=settings,
                progress=tell,
            )
            wall = time.perf_counter() - clock
            judging = stages["judging"] - stages["reading"]
            peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
            console.print(
                f"{name}: {chosen.candidates} candidates in {wall:.1f} s (intake and reading {stages['reading']:.1f}, "
                f"judging {judging:.1f}, ranking and reports {wall - stages['judging']:.1f}), "
                f"{published.record.counts.asked} questions asked, peak {peak / 1024:.0f} MB, "
                f"report {published.html.stat().st_size / 1e6:.1f} MB"
            )


if __name__ == "__main__":
    main()
