"""Shortlists that more than one judge read, settled near the cut; every person is invented."""

from collections.abc import Sequence

from evaluators.second_judge import with_second
from pipeline.models.assessment import Assessment
from pipeline.models.scorecard import Scorecard
from pipeline.models.settlement import PairOutcome, SettledRow, Settlement
from pipeline.models.shortlist import FollowUp, Shortlist
from pipeline.models.verdicts import GroundedVerdict
from pipeline.ranking import rank
from pipeline.ranking_line import best_candidates, rank_with_line
from tests.factories import make_assessment, make_citation, make_criterion_assessment, make_scorecard, make_shortlist

NAMES = ("a-large-model", "the built-in judge")
BUDGET_DETAIL = (
    "The budget is used up: $4.98 of $5.00 were spent on 412 requests, and the next one may cost up to $0.02. "
    "Run the same command with a larger --budget; what was answered is kept."
)


def make_verdicts(scorecard: Scorecard, levels: Sequence[float | None]) -> list[GroundedVerdict]:
    """Verdicts of a judge on the criteria, with about these levels."""
    verdicts = []
    for criterion, level in zip(scorecard.criteria, levels, strict=True):
        made = make_criterion_assessment(criterion, level)
        verdicts.append(GroundedVerdict(subject=criterion.id, findings=made.findings, unscored=made.unscored))
    return verdicts


def make_follow_up(candidate: str, question: str = "What happened to the parcels of those six hours?") -> FollowUp:
    return FollowUp(
        question=question,
        citation=make_citation(
            "In May a carrier answered 200 with an empty body for six hours; 1,140 parcels had no label.",
            document=f"{candidate}.pdf",
        ),
    )


def make_unfinished(candidate: str, scorecard: Scorecard) -> Assessment:
    """A candidate of whom only the first criteria were asked before the budget was used up."""
    made = make_assessment(candidate, [2.4, 2.0, 2.2, 2.0, None, None, None], unscored="not_asked", scorecard=scorecard)
    rows = tuple(
        row if row.level is not None else row.model_copy(update={"detail": BUDGET_DETAIL}) for row in made.criteria
    )
    return made.model_copy(update={"criteria": rows})


def make_twice_read(scorecard: Scorecard | None = None, *, judged: int = 7, top: int = 5) -> Shortlist:
    """The shortlist of `make_shortlist` with a line, two judges, a second pass and suggested questions."""
    card = scorecard or make_scorecard()
    screened = make_shortlist(card, top=top)
    best = set(best_candidates(screened, judged))
    again = []
    for n, row in enumerate(row for row in screened.rows if row.candidate in best):
        levels = [None if c.level is None else max(0.0, c.level - (2.4 if n % 3 == 0 else 0.3))
                  for c in row.assessment.criteria]  # fmt: skip
        again.append(with_second(row.assessment, make_verdicts(card, levels), card, names=NAMES))
    again[-1] = make_unfinished(again[-1].candidate, card)
    settled = with_settlement(rank(again, card, top=top))
    rows = tuple(row.model_copy(update={"follow_ups": (make_follow_up("resume"),)}) for row in settled.rows)
    return rank_with_line(screened, settled.model_copy(update={"rows": rows}), card)


def with_settlement(shortlist: Shortlist) -> Shortlist:
    """A second pass that looked at the first ranked rows: a win, two ties, one without an answer."""
    first, second, third, fourth = [row for row in shortlist.rows if row.rank is not None][:4]
    reason = make_citation("Left the label printer on polling although push was ready.", document="resume.pdf")
    pairs = (
        PairOutcome(first=first.candidate, second=second.candidate, end="preferred", preferred=second.candidate,
                    citations=(reason,)),
        PairOutcome(first=second.candidate, second=third.candidate, end="orders_disagree"),
        PairOutcome(first=third.candidate, second=fourth.candidate, end="neither"),
        PairOutcome(first=first.candidate, second=fourth.candidate, end="not_answered"),
    )  # fmt: skip
    settled = []
    for n, row in enumerate((first, second, third, fourth)):
        assert row.rank is not None
        assert row.rank_interval is not None
        before = (max(1, row.rank_interval[0]), row.rank_interval[1] + 2)
        settled.append(
            SettledRow(candidate=row.candidate, samples=3 * n, interval_before=before, interval_after=row.rank_interval,
                       p_top_before=round(row.p_top * 0.8, 3), p_top_after=row.p_top,
                       tie_order={2: 1, 3: 2}.get(n))
        )  # fmt: skip
    last = shortlist.rows[-1].candidate
    return shortlist.model_copy(update={"settlement": Settlement(pairs=pairs, rows=tuple(settled), left_out=(last,))})
