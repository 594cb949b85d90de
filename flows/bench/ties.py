"""Do equal scores share a rank? The shipped candidates have no two alike, so each gets a twin under another name."""

from collections.abc import Iterator, Mapping, Sequence

from evaluators.benchmarking.figures import figure
from evaluators.benchmarking.places import score_ranks
from evaluators.benchmarking.results import ALL_SETS, Figure
from flows.bench.sets import MeasuredSet
from pipeline.models.scorecard import Scorecard
from pipeline.models.shortlist import Shortlist
from pipeline.ranking import rank

TWINS = "twins"
"""Group of the figure over candidates who are there twice."""
SHOWN = 5


def tie_figures(measured: Sequence[MeasuredSet], *, judge: str) -> Iterator[Figure]:
    """Share of rows with the rank of their score where every score is there twice; nobody is judged again."""
    parts = {one.benchmark.id: wrong_ranks(one.screening.shortlist, one.benchmark.scorecard) for one in measured}
    if len(parts) > 1:
        parts[ALL_SETS] = {f"{set_}/{name}": why for set_, own in parts.items() for name, why in own.items()}
    for set_, found in parts.items():
        wrong = [f"{name} {why}" for name, why in found.items() if why]
        yield figure(
            "rank_follows_score",
            1 - len(wrong) / len(found) if found else float("nan"),
            judge=judge,
            set_=set_,
            group=TWINS,
            cases=len(found),
            bases=len(found) // 2,
            unit="share",
            note=f"{len(wrong)} not the rank of their score: {'; '.join(wrong[:SHOWN])}" if wrong else "",
        )


def wrong_ranks(shortlist: Shortlist, scorecard: Scorecard) -> Mapping[str, str]:
    """By ranked row of the shortlist with everybody in it twice: what is wrong with its rank; empty if nothing is."""
    assessments = [row.assessment for row in shortlist.rows]
    twins = [one.model_copy(update={"candidate": f"{one.candidate} again"}) for one in assessments]
    doubled = rank([*assessments, *twins], scorecard, top=shortlist.top)
    given = {row.candidate: row.rank for row in doubled.rows}
    due = score_ranks(doubled.rows)
    return {name: "" if given[name] == mine else f"has {given[name]}, not {mine}" for name, mine in due.items()}
