"""Measure a judge on the development roles: `python -m flows.score_roles`.

Prints, for each role under datasets/benchmarks: Kendall tau-b of the score against the weighted
gold levels, quadratic kappa of the rounded levels, the gate table, and how far each variant moved
from its base. The gold is for measuring only; nothing is fitted here.
"""

import csv
import logging
import math
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import yaml
from rich.console import Console
from rich.table import Table

from evaluators.metrics import kendall_tau_b, ndcg_at_k, quadratic_weighted_kappa
from flows.walk import Screening, screen
from flows.wiring import open_workbench, read_scorecard
from flows.workbench import Workbench
from pipeline.models.scorecard import Scorecard
from pipeline.models.shortlist import Row
from pipeline.settings import Settings, load_settings

BENCHMARKS = Path(__file__).parent.parent / "datasets" / "benchmarks"

EXPECTED_MOVES = {
    "keyword_stuffed": (-2.0, 2.0),
    "keyword_removed": (-2.0, 2.0),
    "name_swap": (0.0, 0.0),
    "injection": (0.0, 0.0),
    "section_shuffle": (0.0, 0.0),
    "padding": (-1.0, 1.0),
    "paraphrase": (-5.0, 5.0),
    "reasoning_added": (0.1, 100.0),
    "reasoning_removed": (-100.0, -0.1),
}
"""What must hold of score(variant) - score(base), in points of 100 (DESIGN: figures to reach)."""


class Move(NamedTuple):
    """How a variant's score differs from its base's."""

    variant: str
    kind: str
    base: float
    variant_score: float

    @property
    def points(self) -> float:
        """score(variant) - score(base), in points of 100."""
        return round(self.variant_score - self.base, 1)

    @property
    def holds(self) -> bool:
        """True if the move is what the kind of variant allows."""
        low, high = EXPECTED_MOVES[self.kind]
        return low <= self.points <= high


class RoleFigures(NamedTuple):
    """What was measured on one role."""

    role: str
    tau_b: float
    ndcg_at_3: float
    kappa: float
    kappa_by_criterion: dict[str, float]
    gates: dict[tuple[str, str], int]
    """Counts by (gold status, judged status)."""
    wrong_gates: tuple[str, ...]
    inside_interval: float
    moves: tuple[Move, ...]
    scores: tuple[tuple[str, float, float, str], ...]
    """Candidate, weighted gold level (0-4), score, band; best gold first."""


def measure_role(folder: Path, bench: Workbench, scorecard: Scorecard) -> RoleFigures:
    """Screen a role's candidates and variants and hold them against its gold."""
    with _batch(folder, sorted((folder / "candidates").iterdir())) as batch:
        run = screen(batch, scorecard, bench=bench, run_id=f"score-roles-{folder.name}")
    gold = _gold_levels(folder)
    weighted = {c: _weighted(levels, scorecard) for c, levels in gold.items()}
    rows = {row.candidate: row for row in run.shortlist.rows}
    names = sorted(rows)
    scores = {name: rows[name].score or 0.0 for name in names}
    by_criterion = {
        criterion.id: quadratic_weighted_kappa(
            [gold[name][criterion.id] for name in names],
            [_rounded(rows[name], criterion.id) for name in names],
            categories=5,
        )
        for criterion in scorecard.criteria
    }
    pairs = [(gold[n][c.id], _rounded(rows[n], c.id)) for n in names for c in scorecard.criteria]
    gates, wrong = _gates(folder, rows)
    return RoleFigures(
        role=folder.name,
        tau_b=kendall_tau_b([weighted[n] for n in names], [scores[n] for n in names]),
        ndcg_at_3=ndcg_at_k([weighted[n] for n in names], [scores[n] for n in names], k=3),
        kappa=quadratic_weighted_kappa([g for g, _ in pairs], [j for _, j in pairs], categories=5),
        kappa_by_criterion=by_criterion,
        gates=gates,
        wrong_gates=wrong,
        inside_interval=_inside(weighted, run),
        moves=tuple(_moves(folder, scores, bench, scorecard)),
        scores=tuple(
            (n, round(weighted[n], 2), scores[n], rows[n].band) for n in sorted(names, key=lambda n: -weighted[n])
        ),
    )


def _rounded(row: Row, criterion: str) -> int:
    assessed = row.assessment.criterion(criterion)
    # As in shortlist.json: halves go up.
    return math.floor(assessed.level + 0.5) if assessed is not None and assessed.level is not None else 0


def _gold_levels(folder: Path) -> dict[str, dict[str, int]]:
    gold: dict[str, dict[str, int]] = {}
    for line in _read_csv(folder / "gold" / "levels.csv"):
        gold.setdefault(line["candidate_id"], {})[line["criterion_id"]] = int(line["level"])
    return gold


def _weighted(levels: dict[str, int], scorecard: Scorecard) -> float:
    weights = {criterion.id: criterion.weight for criterion in scorecard.criteria}
    return sum(weights[c] * level for c, level in levels.items()) / sum(weights.values())


def _gates(folder: Path, rows: dict[str, Row]) -> tuple[dict[tuple[str, str], int], tuple[str, ...]]:
    counts: dict[tuple[str, str], int] = {}
    wrong: list[str] = []
    for line in _read_csv(folder / "gold" / "gates.csv"):
        candidate, gate, gold = line["candidate_id"], line["non_negotiable_id"], line["status"]
        judged = next(g.status for g in rows[candidate].assessment.gates if g.gate == gate)
        counts[gold, judged] = counts.get((gold, judged), 0) + 1
        if gold != judged:
            wrong.append(f"{candidate} {gate}: gold {gold}, judged {judged}")
    return counts, tuple(wrong)


def _inside(weighted: dict[str, float], run: Screening) -> float:
    """Share of ranked rows whose gold rank, ties taken kindly, lies inside the rank interval."""
    ranked = [row for row in run.shortlist.rows if row.rank_interval is not None]
    inside = 0
    for row in ranked:
        own = weighted[row.candidate]
        best = 1 + sum(weighted[other.candidate] > own for other in ranked)
        worst = sum(weighted[other.candidate] >= own for other in ranked)
        low, high = row.rank_interval or (0, 0)
        inside += low <= worst and best <= high
    return inside / len(ranked) if ranked else 0.0


def _moves(folder: Path, scores: dict[str, float], bench: Workbench, scorecard: Scorecard) -> Iterator[Move]:
    """Screen each variant in a batch of its own: together, twins of one person would be duplicates."""
    for variant in yaml.safe_load((folder / "variants.yaml").read_text(encoding="utf-8")):
        with _batch(folder, [folder / "variants" / variant["id"]]) as batch:
            run = screen(batch, scorecard, bench=bench, run_id=f"score-roles-{variant['id']}")
        yield Move(variant["id"], variant["kind"], scores[variant["base"]], run.shortlist.rows[0].score or 0.0)


@contextmanager
def _batch(folder: Path, candidates: Iterable[Path]) -> Iterator[Path]:
    """Candidates beside the brief and the skeleton of their take-home, whose words are not theirs."""
    with tempfile.TemporaryDirectory() as temporary:
        for path in (*candidates, *folder.glob("brief*"), *folder.glob("starter")):
            if path.is_dir():
                shutil.copytree(path, Path(temporary) / path.name)
            else:
                shutil.copy(path, temporary)
        yield Path(temporary)


def _read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def print_figures(figures: RoleFigures, console: Console) -> None:
    """Print one role's figures."""
    console.rule(figures.role)
    console.print(
        f"tau-b {figures.tau_b:.2f}   NDCG@3 {figures.ndcg_at_3:.3f}   level kappa {figures.kappa:.2f}   "
        f"gold rank inside interval {figures.inside_interval:.0%}"
    )
    console.print("kappa by criterion: " + ", ".join(f"{c} {k:.2f}" for c, k in figures.kappa_by_criterion.items()))
    scores = Table("candidate", "gold level", "score", "band")
    for name, weighted, points, band in figures.scores:
        scores.add_row(name, f"{weighted:.2f}", f"{points:.1f}", band)
    console.print(scores)
    statuses = ("met", "not_met", "unknown")
    gates = Table("gold \\ judged", *statuses)
    for gold in statuses:
        gates.add_row(gold, *(str(figures.gates.get((gold, judged), 0)) for judged in statuses))
    console.print(gates)
    total = sum(figures.gates.values())
    right = sum(count for (gold, judged), count in figures.gates.items() if gold == judged)
    false_not_met = sum(
        count for (gold, judged), count in figures.gates.items() if judged == "not_met" and gold != judged
    )
    console.print(f"gates right {right} of {total}, false not_met {false_not_met}")
    for wrong in figures.wrong_gates:
        console.print(f"  {wrong}", highlight=False)
    moves = Table("variant", "kind", "base", "variant score", "move", "as expected")
    for move in figures.moves:
        moves.add_row(
            move.variant,
            move.kind,
            f"{move.base:.1f}",
            f"{move.variant_score:.1f}",
            f"{move.points:+.1f}",
            "yes" if move.holds else "NO",
        )
    console.print(moves)


@contextmanager
def _temporary_settings() -> Iterator[Settings]:
    with tempfile.TemporaryDirectory() as home:
        yield load_settings().apart_in(Path(home))


def main() -> None:
    """Measure all development roles with the evidence judge."""
    logging.basicConfig(level=logging.WARNING)
    console = Console(width=120)
    taus: list[float] = []
    with _temporary_settings() as settings:
        for folder in sorted(path for path in BENCHMARKS.iterdir() if (path / "gold").is_dir()):
            scorecard = read_scorecard(folder / "scorecard.yaml")
            with open_workbench(settings, scorecard) as bench:
                figures = measure_role(folder, bench, scorecard)
            taus.append(figures.tau_b)
            print_figures(figures, console)
    console.print(f"mean tau-b {sum(taus) / len(taus):.2f} over {len(taus)} roles (judge: evidence)")


if __name__ == "__main__":
    main()
