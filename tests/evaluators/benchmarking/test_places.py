"""The figures of ranking are those of the printed ranks; a wrong one shows, and the thresholds fail."""

from collections.abc import Callable, Sequence

import pytest

from evaluators.benchmarking.figures import candidate_measures, figures_of
from evaluators.benchmarking.places import placed_scores, score_ranks
from evaluators.benchmarking.results import Figure, JudgedCandidate
from evaluators.benchmarking.thresholds import check_thresholds, load_thresholds
from flows.bench.running import shipped_thresholds
from tests.evaluators.benchmarking.builders import candidate
from tests.factories import make_shortlist

Ranks = Callable[[int], int]
RANKING = ("tau_b", "ndcg_at_3", "superior_pairs", "interval_coverage", "rank_follows_score")


def field(ranks: Ranks, *, scores: Sequence[float] = tuple(95.0 - 9 * n for n in range(10))) -> list[JudgedCandidate]:
    """Ten candidates, best first, whose scores are right; their ranks are what is given."""
    due = [1 + sum(other > own for other in scores) for own in scores]
    return [
        candidate(
            f"c{n}",
            4.0 - 0.4 * n,
            score,
            rank=(rank := ranks(due[n])),
            score_rank=due[n],
            gold_rank=(n + 1, n + 1),
            # As a shortlist prints it: from the draws, widened to hold the rank.
            rank_interval=(min(rank, max(1, n)), max(rank, min(10, n + 2))),
        )
        for n, score in enumerate(scores)
    ]


def figures(candidates: Sequence[JudgedCandidate]) -> dict[str, Figure]:
    found = figures_of(candidates, candidate_measures(candidates), judge="evidence", draws=20)
    return {one.name: one for one in found if not one.group}


def missed(found: dict[str, Figure]) -> set[str]:
    outcomes = check_thresholds(load_thresholds(shipped_thresholds()), list(found.values()), judge="evidence")
    return {one.threshold.figure for one in outcomes if one.verdict == "missed"} & set(RANKING)


def test_where_ranks_follow_scores_the_figures_are_those_of_the_scores() -> None:
    scores = (91.0, 91.0, 80.5, 60.0, 70.0, 70.0, 70.0, 33.0, 12.0, 12.0)
    by_rank = field(lambda due: due, scores=scores)
    by_score = [one.model_copy(update={"rank": None}) for one in by_rank]
    assert placed_scores(by_rank) == placed_scores(by_score) == list(scores)
    assert placed_scores([by_rank[2], by_rank[2], by_rank[8]]) == [80.5, 80.5, 12.0]
    assert figures(by_rank)["rank_follows_score"].value == 1.0
    # A judge that is right about everybody doubts too much for the upper bound of coverage.
    assert missed(figures(field(lambda due: due))) == {"interval_coverage"}
    assert figures(field(lambda due: due))["interval_coverage"].value == 1.0


def test_a_ranking_that_is_turned_round_misses_whatever_its_intervals_were_widened_to() -> None:
    found = figures(field(lambda due: 11 - due))
    assert found["tau_b"].value == -1.0
    assert found["superior_pairs"].value == 0.0
    assert found["interval_coverage"].value == 0.0
    assert missed(found) == set(RANKING)


def test_one_rank_that_is_not_the_scores_is_seen_and_named() -> None:
    found = figures(field(lambda due: 4 if due == 3 else due))
    assert found["rank_follows_score"].value == pytest.approx(0.9)
    assert found["rank_follows_score"].note == "1 not the rank of their score: c2 has 4, not 3"
    assert found["interval_coverage"].value == pytest.approx(0.9)
    assert "rank_follows_score" in missed(found)


def test_equal_scores_with_ranks_of_their_own_are_seen() -> None:
    scores = (90.0, 90.0, 90.0, 70.0, 60.0, 50.0, 40.0, 30.0, 20.0, 10.0)
    tied = field(lambda due: due, scores=scores)
    split = [one.model_copy(update={"rank": n + 1}) for n, one in enumerate(tied)]
    assert figures(tied)["rank_follows_score"].value == 1.0
    assert figures(split)["rank_follows_score"].value == pytest.approx(0.8)
    assert "rank_follows_score" in missed(figures(split))


def test_a_row_without_a_rank_counts_by_its_score() -> None:
    rows = field(lambda due: due)
    refused = rows[0].model_copy(update={"rank": None, "score_rank": None, "rank_interval": None})
    # The others close up, as in a shortlist.
    others = [
        one.model_copy(update={"rank": (one.rank or 0) - 1, "score_rank": (one.score_rank or 0) - 1})
        for one in rows[1:]
    ]
    found = figures([refused, *others])
    assert (found["tau_b"].value, found["tau_b"].cases) == (1.0, 10)
    assert (found["rank_follows_score"].value, found["rank_follows_score"].cases) == (1.0, 9)


def test_the_ranks_of_a_shortlist_are_those_of_its_scores_and_equal_ones_share() -> None:
    shortlist = make_shortlist()
    due = score_ranks(shortlist.rows)
    assert due == {row.candidate: row.rank for row in shortlist.rows if row.rank is not None}
    assert len(set(due.values())) < len(due)
