"""What the second pass found, worked into a shortlist: narrower intervals and ordered ties, never another score.

Two things are learned near the cut. Further answers of the judge to the same question (`samples`) say how far
its first answer can be relied on; comparisons of two evidence cards in both orders (`outcomes`) say which of
two close candidates the judge would see first. Scores, ranks and levels come from the first answers alone.

Rules:

- A row's interval and odds change only by what was learned about that row: further answers of its own that all
  agree with the first, or its own answered comparisons. Everybody else's row stays as it was to the byte.
- The new interval is cut to the old one and holds the rank.
- A criterion whose further answers do not all agree with the first keeps its first draws: an unsteady judge
  settles nothing, in neither direction.
- The band follows from the new odds by the rule of the first pass. A row may leave `boundary` for `advance` or
  `hold`; that is what a second pass is for. Open gates and flags keep a row in `probe` as before.
- Only rows of equal score change places among themselves.
"""

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.draws import Repeated
from pipeline.models.assessment import Assessment, CriterionAssessment
from pipeline.models.scorecard import Criterion, Scorecard
from pipeline.models.settlement import PairOutcome, SettledRow, Settlement
from pipeline.models.shortlist import Row, Shortlist
from pipeline.pairing_plan import by_dossier, left_out, may_be_paired, open_subjects
from pipeline.ranking import INTERVAL, Standing, Weighted, band_of, draw_field, ranks_in_draws, stand

AGREES = 0.5
"""Levels by which a further answer may differ from the first, summed over checks, and still agree with it."""
POINTS_PER_LOGIT = 10.0
"""Unfitted. Points of 100 that make a preference e times as likely as its opposite."""
PRIOR_COMPARISONS = 2.0
"""Unfitted. Comparisons that a score counts for when rows of equal score are put in order."""
MIN_EFFECTIVE_DRAWS = 200.0
"""Below this many effective draws of 2,000 a tail of 5% rests on too few of them, and all draws count alike."""
TOLERANCE = 1e-10
MAX_ITERATIONS = 10_000
STRENGTH_DIGITS = 6
"""Strengths are rounded before they are compared: what differs by less is equal."""


class _Comparison(NamedTuple):
    """An answered comparison of two places in the field, the lower place first."""

    first: int
    second: int
    wins: float
    """Of the first one: 1, 0, or 0.5 for a tie."""


class _Field(NamedTuple):
    """Who competes for the ranks, by dossier hash, and what was learned about them."""

    rows: Sequence[Row]
    repeated: Mapping[str, Mapping[str, Repeated]]
    comparisons: Sequence[_Comparison]


def settle(
    shortlist: Shortlist,
    scorecard: Scorecard,
    *,
    samples: Mapping[str, Sequence[Assessment]],
    outcomes: Sequence[PairOutcome],
) -> Shortlist:
    """Work further answers and comparisons into a shortlist.

    Args:
        shortlist: As ranked.
        scorecard: The role that it was ranked for.
        samples: By candidate, assessments made from further answers. Only the criteria of
            `open_subjects` are looked at. One that was not answered again must be unscored there: a
            copy of the first answer would count as an answer that agrees with it.
        outcomes: Comparisons, in any order, either candidate first.

    Returns:
        The shortlist with its settlement; without samples and outcomes nothing else changes.

    Raises:
        ValueError: A sample or comparison is about somebody who has no rank here, or a comparison
            holds a row that may not enter one.
    """
    _check(shortlist, samples, outcomes)
    field = _field(shortlist, scorecard, samples, outcomes)
    standings = _standings(field, scorecard, shortlist)
    strengths = _strengths(field, shortlist.top)
    compared = {field.rows[n].candidate for pair in field.comparisons for n in pair[:2]}
    rows = _in_order((_settled(row, standings.get(row.candidate)) for row in shortlist.rows), strengths)
    before = {row.candidate: row for row in shortlist.rows}
    paired = {candidate for outcome in outcomes for candidate in (outcome.first, outcome.second)}
    tie_orders = _tie_orders([row for row in rows if row.candidate in compared], strengths)
    settled = [
        _report(before[row.candidate], row, asked=asked, tie_order=tie_orders.get(row.candidate))
        for row in rows
        if (asked := _answers(row, scorecard, samples.get(row.candidate, ()))) or row.candidate in paired
    ]
    settlement = Settlement(pairs=_sorted_outcomes(outcomes, before), rows=tuple(settled), left_out=left_out(shortlist))
    return shortlist.model_copy(update={"rows": tuple(rows), "settlement": settlement})


def _check(shortlist: Shortlist, samples: Mapping[str, Sequence[Assessment]], outcomes: Sequence[PairOutcome]) -> None:
    rows = {row.candidate: row for row in shortlist.rows if row.rank is not None and not row.below_line}
    for candidate in samples:
        if candidate not in rows:
            raise ValueError(f"{candidate!r} was sampled again but has no rank to settle.")
    for outcome in outcomes:
        names = (outcome.first, outcome.second)
        if outcome.first == outcome.second or not all(n in rows and may_be_paired(rows[n]) for n in names):
            raise ValueError(f"The pair {names!r} may not be compared; ask the ones of `pairs_to_compare`.")
        if (outcome.end == "preferred") != (outcome.preferred in names):
            raise ValueError(f"The pair {names!r} ended {outcome.end!r} with {outcome.preferred!r} preferred.")


def _field(
    shortlist: Shortlist,
    scorecard: Scorecard,
    samples: Mapping[str, Sequence[Assessment]],
    outcomes: Sequence[PairOutcome],
) -> _Field:
    rows = sorted((row for row in shortlist.rows if row.rank is not None and not row.below_line), key=by_dossier)
    places = {row.candidate: n for n, row in enumerate(rows)}
    repeated = {name: _repeated(rows[places[name]], scorecard, further) for name, further in samples.items()}
    answered = [outcome for outcome in outcomes if outcome.end != "not_answered"]
    return _Field(
        rows=rows,
        repeated={candidate: criteria for candidate, criteria in repeated.items() if criteria},
        comparisons=sorted(_comparison(outcome, places) for outcome in answered),
    )


def _comparison(outcome: PairOutcome, places: Mapping[str, int]) -> _Comparison:
    first, second = sorted((places[outcome.first], places[outcome.second]))
    if outcome.preferred is None:
        return _Comparison(first, second, 0.5)
    return _Comparison(first, second, 1.0 if places[outcome.preferred] == first else 0.0)


def _repeated(row: Row, scorecard: Scorecard, samples: Sequence[Assessment]) -> dict[str, Repeated]:
    """The criteria whose further answers all agree with the first, with the mean of all."""
    found = {}
    for criterion_id in open_subjects(row, scorecard):
        own, criterion = row.assessment.criterion(criterion_id), scorecard.criterion(criterion_id)
        further = _answers_to(criterion_id, samples)
        if own is None or not further:
            continue
        answers = [_probabilities(answer, criterion) for answer in (own, *further)]
        if all(_distance(answers[0], other, criterion) <= AGREES for other in answers[1:]):
            mean = {check: round(math.fsum(a[check] for a in answers) / len(answers), 6) for check in answers[0]}
            found[criterion_id] = Repeated(p=mean, agreeing=len(further))
    return found


def _answers(row: Row, scorecard: Scorecard, samples: Sequence[Assessment]) -> int:
    """How many further answers there are to this row's open questions."""
    return sum(len(_answers_to(criterion_id, samples)) for criterion_id in open_subjects(row, scorecard))


def _answers_to(criterion_id: str, samples: Sequence[Assessment]) -> list[CriterionAssessment]:
    answers = (sample.criterion(criterion_id) for sample in samples)
    return [answer for answer in answers if answer is not None and answer.level is not None]


def _probabilities(answer: CriterionAssessment, criterion: Criterion) -> dict[str, float]:
    p = {finding.check: finding.p for finding in answer.findings}
    return {check.id: p.get(check.id, 0.0) for check in criterion.rubric.checks}


def _distance(own: Mapping[str, float], other: Mapping[str, float], criterion: Criterion) -> float:
    """Levels between two answers; checks that moved in opposite directions do not make up for each other."""
    return round(sum(check.points * abs(own[check.id] - other[check.id]) for check in criterion.rubric.checks), 6)


def _standings(field: _Field, scorecard: Scorecard, shortlist: Shortlist) -> dict[str, Standing]:
    """New standings of the rows about which something was learned."""
    if not field.repeated and not field.comparisons:
        return {}
    draws = draw_field([row.assessment for row in field.rows], scorecard, repeated=field.repeated)
    weights = _weights(field.comparisons, draws)
    learned = [n for n, row in enumerate(field.rows) if row.candidate in field.repeated or n in weights]
    if not learned:
        return {}
    even = np.full(draws.shape[1], 1.0 / draws.shape[1])
    ranks = ranks_in_draws(draws, learned)
    own = np.stack([weights.get(n, even) for n in learned])
    standings = stand(
        [field.rows[n].rank or 0 for n in learned],
        draws[learned],
        ranks,
        top=shortlist.top,
        bar=shortlist.advance_bar,
        weighted=Weighted(own, _quantiles(ranks, own, [field.rows[n].rank_interval for n in learned])),
    )
    return {field.rows[n].candidate: standing for n, standing in zip(learned, standings, strict=True)}


def _quantiles(
    ranks: NDArray[np.int32], weights: NDArray[np.float64], intervals: Sequence[tuple[int, int] | None]
) -> NDArray[np.float64]:
    """The ends of the new intervals: what lies beyond one end of the old interval is kept at the other end.

    The new interval is cut to the old one. Where the weights have moved past one of its ends, cutting
    both tails all the same would leave an interval that holds less than its name says.
    """
    tail = INTERVAL[0]
    low, high = np.array([interval or (0, 0) for interval in intervals]).T
    beyond_low = (weights * (ranks < low[:, None])).sum(axis=1)
    beyond_high = (weights * (ranks > high[:, None])).sum(axis=1)
    low_tail = np.clip(2 * tail - beyond_high, 0.0, tail)
    high_tail = np.clip(2 * tail - beyond_low, 0.0, tail)
    return np.stack([low_tail, 1.0 - high_tail], axis=1).round(9)


def _weights(comparisons: Sequence[_Comparison], draws: NDArray[np.float32]) -> dict[int, NDArray[np.float64]]:
    """Importance weights of the draws, for each compared row the likelihood of its own comparisons.

    Bradley-Terry with the drawn scores as strengths; a tie is half a win for each. A row's weights hold
    no comparison in which it did not take part: over a chain of comparisons the product would rest on a
    handful of draws, and a row would move by what was asked about others.

    Returns:
        By place in the field; each adds up to 1. Rows whose weights would rest on too few draws are left out.
    """
    likelihood: dict[int, NDArray[np.float64]] = {}
    for first, second, wins in comparisons:
        ahead = (draws[first].astype(np.float64) - draws[second]) / POINTS_PER_LOGIT
        log = -wins * np.logaddexp(0.0, -ahead) - (1.0 - wins) * np.logaddexp(0.0, ahead)
        for place in (first, second):
            likelihood[place] = likelihood.get(place, 0.0) + log
    weights = {}
    for place, log in likelihood.items():
        raw = np.exp(log - log.max())
        weight = raw / raw.sum()
        if 1.0 / float((weight**2).sum()) >= MIN_EFFECTIVE_DRAWS:
            weights[place] = weight
    return weights


def _strengths(field: _Field, top: int) -> dict[str, float]:
    """Strengths in logits: the score for rows that were not compared, Bradley-Terry for those that were.

    The prior is the score: each compared row plays `PRIOR_COMPARISONS` pseudo-comparisons against an
    imagined row at the cut and wins as many as its score says. So rows of equal score start exactly
    equal, rows without comparisons keep their place among them, one more win never lowers its winner,
    and nobody else's presence matters. Shares of draws in which one row is ahead of another would not do:
    at equal scores they differ only by the shape of two uncertainties.
    """
    prior = [(row.score or 0.0) / POINTS_PER_LOGIT for row in field.rows]
    strengths = list(prior)
    if field.comparisons:
        compared = sorted({place for pair in field.comparisons for place in pair[:2]})
        cut = sorted(prior, reverse=True)[min(top, len(prior)) - 1]
        fitted = _bradley_terry(compared, field.comparisons, [prior[place] - cut for place in compared])
        for place, strength in zip(compared, fitted, strict=True):
            strengths[place] = cut + strength
    return {row.candidate: round(own, STRENGTH_DIGITS) for row, own in zip(field.rows, strengths, strict=True)}


def _bradley_terry(
    compared: Sequence[int], comparisons: Sequence[_Comparison], prior: Sequence[float]
) -> NDArray[np.float64]:
    """Strengths relative to the cut, in the order of `compared`."""
    import choix

    items = {place: n for n, place in enumerate(compared, start=1)}
    wins = np.zeros((len(items) + 1, len(items) + 1))
    share = 1.0 / (1.0 + np.exp(-np.array(prior)))
    wins[1:, 0], wins[0, 1:] = PRIOR_COMPARISONS * share, PRIOR_COMPARISONS * (1.0 - share)
    for first, second, won in comparisons:
        wins[items[first], items[second]] += won
        wins[items[second], items[first]] += 1.0 - won
    start = np.array([0.0, *prior])
    fitted = choix.ilsr_pairwise_dense(wins, initial_params=start, max_iter=MAX_ITERATIONS, tol=TOLERANCE)
    relative: NDArray[np.float64] = fitted[1:] - fitted[0]
    return relative


def _settled(row: Row, standing: Standing | None) -> Row:
    if standing is None or row.rank_interval is None:
        return row
    (low, high), found = row.rank_interval, standing.interval
    band, would_be, reason = band_of(row.assessment, standing)
    return row.model_copy(
        update={
            # Both hold the rank, so that they overlap.
            "rank_interval": (max(low, found[0]), min(high, found[1])),
            "p_top": standing.p_top,
            "p_bar": standing.p_bar,
            "band": band,
            "would_be": would_be,
            "band_reason": reason,
        }
    )


def _in_order(rows: Iterable[Row], strengths: Mapping[str, float]) -> list[Row]:
    """The same order, except that rows of equal score are sorted by strength, then by dossier hash."""
    ordered: list[Row] = []
    for place, group in itertools.groupby(rows, key=lambda row: (row.rank, row.score, row.below_line)):
        ties = list(group)
        if place[0] is not None and not place[2]:
            ties.sort(key=lambda row: (-strengths[row.candidate], *by_dossier(row)))
        ordered += ties
    return ordered


def _tie_orders(compared: Sequence[Row], strengths: Mapping[str, float]) -> dict[str, int]:
    """Places among compared rows of equal score; equal strengths share one."""
    orders = {}
    for _, group in itertools.groupby(compared, key=lambda row: (row.rank, row.score)):
        ties = [(row.candidate, strengths[row.candidate]) for row in group]
        if len(ties) > 1:
            orders.update({name: 1 + sum(other > own for _, other in ties) for name, own in ties})
    return orders


def _report(before: Row, after: Row, *, asked: int, tie_order: int | None) -> SettledRow:
    if before.rank_interval is None or after.rank_interval is None:
        raise ValueError(f"{before.candidate!r} has no rank to settle.")
    return SettledRow(
        candidate=before.candidate,
        samples=asked,
        interval_before=before.rank_interval,
        interval_after=after.rank_interval,
        p_top_before=before.p_top,
        p_top_after=after.p_top,
        tie_order=tie_order,
    )


def _sorted_outcomes(outcomes: Sequence[PairOutcome], rows: Mapping[str, Row]) -> tuple[PairOutcome, ...]:
    """By dossier hashes; the last word tells apart comparisons of one pair that were made twice."""

    def key(outcome: PairOutcome) -> tuple[list[tuple[str, str]], tuple[str, str], str]:
        pair = [by_dossier(rows[name]) for name in (outcome.first, outcome.second)]
        return sorted(pair), pair[0], outcome.model_dump_json(exclude={"first", "second"})

    return tuple(sorted(outcomes, key=key))
