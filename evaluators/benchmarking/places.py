"""Where the shortlist puts candidates, as the figures of ranking take it.

A reader of a shortlist sees ranks, so the ranks are what is measured: a candidate counts with the score that stands at
their rank. Where ranks follow scores that is their own score; in a shortlist that is turned round, the best one counts
with the lowest score. Candidates who share a rank are tied, whatever their scores.

A row without a rank (`needs_review`, or a must-have that is not met) has no place to be measured by, but mostly has a
score, and gold has an order for it too. It counts with its own score among the others: left out, a judge would gain by
refusing whom it finds hard; put below all, an order of levels would be blamed for a must-have, which has figures of its
own. Baselines and annotators have scores alone and are taken by them.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from evaluators.benchmarking.agreement import inside_interval
from evaluators.benchmarking.measure import Candidates, Measure, everybody, share_of
from evaluators.benchmarking.results import JudgedCandidate
from pipeline.models.shortlist import Row


def placed_scores(candidates: Sequence[JudgedCandidate]) -> list[float | None]:
    """For each candidate the score that stands at their rank; without a rank, their own.

    It is the order of the ranks that counts, so any part of a shortlist can be taken, one candidate twice as well.
    """
    ranked = [(one.rank, one.score) for one in candidates if one.rank is not None and one.score is not None]
    ranks, scores = sorted(rank for rank, _ in ranked), sorted((score for _, score in ranked), reverse=True)
    return [
        one.score if one.rank is None or one.score is None else scores[bisect_left(ranks, one.rank)]
        for one in candidates
    ]


def score_ranks(rows: Iterable[Row]) -> dict[str, int]:
    """The rank that each ranked row must have by its printed score: 1 and those above; equal scores share one."""
    scores = {row.candidate: row.score for row in rows if row.rank is not None and row.score is not None}
    return {name: 1 + sum(other > own for other in scores.values()) for name, own in scores.items()}


def rank_measures() -> tuple[Measure, ...]:
    """Whether ranks are those of the scores, and whether the intervals around them hold the gold's."""
    return (
        Measure(
            "rank_follows_score",
            lambda sets: share_of(one.rank == one.score_rank for one in _ranked(sets)),
            lambda sets: len(_ranked(sets)),
            unit="share",
            note=_wrong,
            bases=lambda sets: len(_ranked(sets)),
        ),
        Measure(
            "interval_coverage",
            lambda sets: share_of(map(holds_gold, _with_interval(sets))),
            lambda sets: len(_with_interval(sets)),
            unit="share",
            better="none",
            note=lambda sets: f"{sum(map(len, sets.values())) - len(_with_interval(sets))} without a rank left out",
        ),
    )


def holds_gold(one: JudgedCandidate) -> bool:
    """Whether the gold rank lies in the interval, and the interval around a rank that is the score's.

    A shortlist widens an interval until it holds the printed rank, so the more wrong the rank, the more it would hold.
    """
    if one.rank_interval is None or (one.score_rank is not None and one.rank != one.score_rank):
        return False
    return inside_interval(one.gold_rank, one.rank_interval)


def _ranked(sets: Candidates) -> list[JudgedCandidate]:
    return [one for one in everybody(sets) if one.score_rank is not None]


def _with_interval(sets: Candidates) -> list[JudgedCandidate]:
    return [one for one in everybody(sets) if one.rank_interval is not None]


def _wrong(sets: Candidates) -> str:
    wrong = [one for one in _ranked(sets) if one.rank != one.score_rank]
    some = "; ".join(f"{one.candidate} has {one.rank}, not {one.score_rank}" for one in wrong[:5])
    return f"{len(wrong)} not the rank of their score: {some}" if wrong else ""
