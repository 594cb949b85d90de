"""Gold and shortlist side by side: the cases that figures are counted from."""

from collections.abc import Iterable, Mapping

from evaluators.benchmarking.gold import BenchmarkSet
from evaluators.benchmarking.places import score_ranks
from evaluators.benchmarking.results import JudgedCandidate, JudgedCheck
from pipeline.models.shortlist import Row, Shortlist

POINTS_PER_LEVEL = 25.0


def judged_candidates(benchmark: BenchmarkSet, shortlist: Shortlist) -> tuple[JudgedCandidate, ...]:
    """Every gold candidate as the shortlist has them; one that is not in it counts as unscored."""
    rows = {row.candidate: row for row in shortlist.rows}
    ranked = [name for name in benchmark.candidates if name in rows and rows[name].rank is not None]
    due = score_ranks(shortlist.rows)
    return tuple(
        _judged(benchmark, name, rows.get(name), ranked).model_copy(update={"score_rank": due.get(name)})
        for name in benchmark.candidates
    )


def _judged(benchmark: BenchmarkSet, name: str, row: Row | None, ranked: list[str]) -> JudgedCandidate:
    levels = {} if row is None else {one.criterion: one.level for one in row.assessment.criteria}
    return JudgedCandidate(
        set=benchmark.id,
        candidate=name,
        gold_score=benchmark.weighted(name),
        gold_tier=benchmark.tiers.get(name),
        score=None if row is None else row.score,
        band="missing" if row is None else row.band,
        gold_rank=gold_rank(
            name, {other: benchmark.weighted(other) for other in ranked} | {name: benchmark.weighted(name)}
        ),
        rank=None if row is None else row.rank,
        rank_interval=None if row is None else row.rank_interval,
        gold_levels={criterion: gold.level for criterion, gold in benchmark.levels[name].items()},
        levels={criterion: levels.get(criterion) for criterion in benchmark.levels[name]},
        gold_gates={gate: gold.status for gate, gold in benchmark.gates.get(name, {}).items()},
        gates={} if row is None else {gate.gate: gate.status for gate in row.assessment.gates},
    )


def gold_rank(name: str, field: Mapping[str, float]) -> tuple[int, int]:
    """Best and worst rank among some candidates; equal gold may stand in any order."""
    own = field[name]
    return 1 + sum(other > own for other in field.values()), sum(other >= own for other in field.values())


def annotator_candidates(benchmark: BenchmarkSet) -> tuple[JudgedCandidate, ...]:
    """The second annotator as if they were a judge: what people agree on is the most a judge can reach."""
    names = [name for name in benchmark.candidates if name in benchmark.second_levels]
    field = {name: benchmark.weighted(name) for name in names}
    return tuple(
        JudgedCandidate(
            set=benchmark.id,
            candidate=name,
            gold_score=field[name],
            gold_tier=benchmark.tiers.get(name),
            score=round(benchmark.weighted(name, second=True) * POINTS_PER_LEVEL, 1),
            band="",
            gold_rank=gold_rank(name, field),
            rank=None,
            rank_interval=None,
            gold_levels={criterion: gold.level for criterion, gold in benchmark.levels[name].items()},
            levels={criterion: float(level.level) for criterion, level in benchmark.second_levels[name].items()},
            gold_gates={gate: gold.status for gate, gold in benchmark.gates.get(name, {}).items()},
            gates={gate: status.status for gate, status in benchmark.second_gates.get(name, {}).items()},
        )
        for name in names
    )


def scored_by(
    benchmark: BenchmarkSet, scores: Mapping[str, float | None], names: Iterable[str] | None = None
) -> tuple[JudgedCandidate, ...]:
    """Gold candidates with somebody else's scores and nothing besides, for the figures of a baseline."""
    field = {name: benchmark.weighted(name) for name in benchmark.candidates}
    return tuple(
        JudgedCandidate(
            set=benchmark.id,
            candidate=name,
            gold_score=field[name],
            gold_tier=benchmark.tiers.get(name),
            score=scores.get(name),
            band="",
            gold_rank=gold_rank(name, field),
            rank=None,
            rank_interval=None,
            gold_levels={},
            levels={},
            gold_gates={},
            gates={},
        )
        for name in (names or benchmark.candidates)
    )


def judged_checks(benchmark: BenchmarkSet, shortlist: Shortlist) -> tuple[JudgedCheck, ...]:
    """Labelled checks with the probability that counts: grounded, 0 where its quotes were not found.

    A check of a criterion that was not scored is left out; the figure `unscored` counts those.
    """
    given = {
        (row.candidate, criterion.criterion, finding.check): finding.p
        for row in shortlist.rows
        for criterion in row.assessment.criteria
        for finding in criterion.findings
    }
    return tuple(
        JudgedCheck(
            set=benchmark.id,
            candidate=gold.candidate,
            criterion=gold.criterion,
            check=gold.check,
            holds=gold.holds,
            p=given[gold.candidate, gold.criterion, gold.check],
        )
        for gold in benchmark.checks
        if (gold.candidate, gold.criterion, gold.check) in given
    )
