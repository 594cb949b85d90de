"""An invented benchmark result with everything that a page can show. Figures are counted from its cases."""

import random
from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Any

from evaluators.benchmarking.figures import (
    candidate_measures,
    check_figures,
    figure,
    figures_of,
    level_measures,
    ranking_measures,
)
from evaluators.benchmarking.judged import gold_rank
from evaluators.benchmarking.leads import lead_figures
from evaluators.benchmarking.moved import pair_figures
from evaluators.benchmarking.results import (
    BenchmarkResult,
    BenchmarkSetRecord,
    Figure,
    JudgedCandidate,
    JudgedCheck,
    MovedPair,
)
from evaluators.benchmarking.thresholds import Threshold

SETS = ("harbour-tickets", "night-bakery", "seed-library")
CRITERIA = (
    "tradeoff_reasoning",
    "failure_modes",
    "production_ownership",
    "mission_fit",
    "data_and_api_design",
    "testing_and_operability",
    "communication",
)
DRAWS = 60
RELATIONS: dict[str, tuple[tuple[float | None, float | None], float]] = {
    "name_swap": ((0.0, 0.0), 0.0),
    "tool_stuffing": ((None, 2.0), 0.9),
    "padding": ((-1.0, 1.0), 0.5),
    "reasoning_added": ((0.1, None), 6.0),
    "reasoning_removed": ((None, -0.1), 7.0),
    "paraphrase": ((-5.0, 5.0), 2.0),
}
THRESHOLDS = (
    Threshold(figure="tau_b", at_least=0.6, goal=0.85),
    Threshold(figure="tau_b", set="*", at_least=0.5),
    Threshold(figure="verbatim_citations", at_least=1.0),
    Threshold(figure="false_not_met", at_most=0.0),
    Threshold(figure="metamorphic", group="*", at_least=0.9),
    Threshold(figure="level_kappa", at_least=0.97),
    Threshold(figure="hidden_recall", set="hidden", at_least=0.99),
)


def invented_candidates(chance: random.Random, *, noise: float = 0.6) -> tuple[JudgedCandidate, ...]:
    """Thirty of them; one has no score."""
    return tuple(one for set_ in SETS for one in _set(chance, set_, noise))


def _set(chance: random.Random, set_: str, noise: float) -> Iterator[JudgedCandidate]:
    names = [f"c{n:02}" for n in range(1, 11)]
    depth = {name: chance.uniform(0.4, 3.6) for name in names}
    gold = {name: {one: max(0, min(4, round(chance.gauss(depth[name], 0.7)))) for one in CRITERIA} for name in names}
    field = {name: sum(levels.values()) / len(levels) for name, levels in gold.items()}
    levels: dict[str, dict[str, float]] = {
        name: {one: max(0.0, min(4.0, level + chance.gauss(0, noise))) for one, level in gold[name].items()}
        for name in names
    }
    scores = {name: round(25 * sum(levels[name].values()) / len(CRITERIA), 1) for name in names}
    order = sorted(names, key=lambda name: -scores[name])
    for name in names:
        lost = set_ == SETS[1] and name == "c07"
        rank = order.index(name) + 1
        gate = chance.choice(("met", "unknown"))
        yield JudgedCandidate(
            set=set_,
            candidate=name,
            gold_score=field[name],
            gold_tier=None,
            score=None if lost else scores[name],
            band="needs_review" if lost else "hold",
            gold_rank=gold_rank(name, field),
            rank=None if lost else rank,
            rank_interval=None if lost else (max(1, rank - 1), min(10, rank + 1)),
            gold_levels=gold[name],
            levels={one: None if lost else levels[name][one] for one in CRITERIA},
            gold_gates={"on_call": gate},
            gates={"on_call": gate if chance.random() < 0.8 else "unknown"},
        )


def invented_checks(chance: random.Random, count: int = 700) -> tuple[JudgedCheck, ...]:
    """Of a judge that is a little too sure."""
    checks = []
    for n in range(count):
        p = chance.betavariate(0.6, 0.9)
        holds = chance.random() < 0.15 + 0.7 * p
        set_, name = SETS[n % 3], f"c{n % 10 + 1:02}"
        checks.append(JudgedCheck(set=set_, candidate=name, criterion=CRITERIA[n % 7], check="k", holds=holds, p=p))
    return tuple(checks)


def invented_pairs(chance: random.Random, count: int = 40) -> tuple[MovedPair, ...]:
    """Some of them do not hold."""
    pairs = []
    for relation, (allowed, size) in RELATIONS.items():
        sign = -1 if relation == "reasoning_removed" else 1
        for n in range(count):
            base = chance.uniform(20, 80)
            wanted = relation.startswith("reasoning")
            move = sign * (abs(chance.gauss(size, size / 2)) - 0.4) if wanted else chance.gauss(0, size)
            low, high = allowed
            pairs.append(
                MovedPair(
                    set=SETS[n % 3],
                    relation=relation,
                    pair=f"{relation}-{n}",
                    base=f"b{n // 6}",
                    base_score=base,
                    twin_score=None if n == 5 and relation == "padding" else base + move,
                    holds=(low is None or move >= low) and (high is None or move <= high),
                    allowed=allowed,
                )
            )
    return tuple(pairs)


@cache
def invented_result() -> BenchmarkResult:
    """The same one each time."""
    chance = random.Random(11)
    candidates = invented_candidates(chance)
    checks, pairs = invented_checks(chance), invented_pairs(chance)
    second = invented_candidates(random.Random(11), noise=0.3)
    figures: list[Figure] = [
        *figures_of(candidates, candidate_measures(candidates), judge="evidence", draws=DRAWS),
        *figures_of(
            second,
            (*level_measures(CRITERIA, name="annotator_kappa"), *ranking_measures()),
            judge="annotator:second",
            draws=DRAWS,
        ),
        *check_figures(checks, SETS, judge="evidence", draws=DRAWS),
        *pair_figures(pairs, judge="evidence"),
        *_apart(),
    ]
    rivals = {}
    for baseline, noise in (("bm25", 2.5), ("tfidf", 3.0), ("length", 6.0), ("tool_count", 9.0), ("embedding", 4.0)):
        worse = invented_candidates(random.Random(11), noise=noise)
        figures += figures_of(worse, ranking_measures(), judge=f"baseline:{baseline}", draws=DRAWS)
        rivals[f"baseline:{baseline}"] = worse
    rivals["holistic:gpt-x"] = invented_candidates(random.Random(11), noise=1.4)
    figures += figures_of(rivals["holistic:gpt-x"], ranking_measures(), judge="holistic:gpt-x", draws=DRAWS)
    figures += lead_figures(candidates, rivals, judge="evidence", draws=DRAWS)
    whole = {
        "made_on": date(2026, 3, 14),
        "judge": "evidence",
        "fingerprint": "4f0d" * 16,
        "package": "0.1.0",
        "embedder": "invented-256",
        "command": "shortlist bench --judge evidence",
        "sets": tuple(
            BenchmarkSetRecord(id=name, sha256=f"{n}a" * 32, candidates=10) for n, name in enumerate(SETS, start=1)
        ),
        "figures": tuple(figures),
        "candidates": candidates,
        "checks": checks,
        "pairs": pairs,
        "seconds": 41.5,
    }
    return BenchmarkResult.model_validate(whole)


def _apart() -> Iterator[Figure]:
    def own(name: str, value: float, **more: Any) -> Figure:
        return figure(name, value, **{"judge": "evidence", "set_": "all", "cases": 30, "bases": 30} | more)

    yield own("verbatim_citations", 1.0, unit="share", interval=(0.88, 1.0))
    yield own("seconds_per_candidate", 0.84, unit="s", better="lower")
    yield own("redaction_recall", 0.995, set_="redaction", group="de_DE", unit="share", cases=400, bases=80)
    yield own("empty_dossier_score", 3.2, set_="empty", group="160", unit="points", better="lower")
    yield own("hidden_recall", float("nan"), set_="hidden", note="the parser for PDF is missing")


if __name__ == "__main__":
    import sys
    from pathlib import Path

    from flows.bench.page import write_page

    write_page(invented_result(), Path(sys.argv[1]), thresholds=THRESHOLDS)
