"""Findings that a judge gave and could not prove: their quotes stand nowhere, so they were withdrawn."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from evaluators.benchmarking.bootstrap import DRAWS
from evaluators.benchmarking.figures import figure, interval_of
from evaluators.benchmarking.results import ALL_SETS, Figure
from evaluators.grounding import COUNTS_FROM
from flows.bench.sets import MeasuredSet
from pipeline.models.scorecard import Scorecard
from pipeline.models.shortlist import Row

SHOWN = 5


class Claim(NamedTuple):
    """A finding of a criterion that the judge gave at least the probability from which it counts."""

    where: str
    """Candidate, criterion and check."""
    unfound: bool
    """Whether fewer of its quotes were found than its check needs."""


Claims = Mapping[str, Sequence[Sequence[Claim]]]
"""By set, those of each candidate."""


def claims_of(row: Row, scorecard: Scorecard) -> list[Claim]:
    """The findings of a row that needed a quote. One that only rests on a withdrawn one has its own quotes."""
    needed = {(one.id, check.id): check.quotes for one in scorecard.criteria for check in one.rubric.checks}
    return [
        Claim(
            f"{row.candidate} {criterion.criterion} {finding.check}",
            finding.withdrawn is not None and len(finding.citations) < needed[criterion.criterion, finding.check],
        )
        for criterion in row.assessment.criteria
        for finding in criterion.findings
        if finding.withdrawn is not None or finding.citations
    ]


def withdrawn_figures(measured: Sequence[MeasuredSet], *, judge: str, draws: int = DRAWS) -> Iterator[Figure]:
    """Share of the findings that needed a quote whose quote was not found in the passage that it names."""
    by_set = {
        one.benchmark.id: [claims_of(row, one.benchmark.scorecard) for row in one.screening.shortlist.rows]
        for one in measured
    }
    parts: list[tuple[str, Claims]] = [(set_, {set_: own}) for set_, own in by_set.items()]
    for set_, part in [*parts, (ALL_SETS, by_set)] if len(parts) > 1 else parts:
        flat = [claim for own in part.values() for mine in own for claim in mine]
        unfound = [claim.where for claim in flat if claim.unfound]
        yield figure(
            "withdrawn_quotes",
            _share(part),
            judge=judge,
            set_=set_,
            interval=interval_of(part, _share, share=True, draws=draws),
            cases=len(flat),
            bases=sum(map(len, part.values())),
            better="lower",
            unit="share",
            note=_note(len(flat), unfound),
        )


def _share(part: Claims) -> float:
    flat = [claim.unfound for own in part.values() for mine in own for claim in mine]
    return sum(flat) / len(flat) if flat else float("nan")


def _note(claims: int, unfound: Sequence[str]) -> str:
    if not claims:
        return f"no finding reached the probability of {COUNTS_FROM:g} from which it needs a quote"
    if not unfound:
        return ""
    more = f" and {len(unfound) - SHOWN} more" if len(unfound) > SHOWN else ""
    return f"{len(unfound)} of {claims} findings without their quote: {', '.join(unfound[:SHOWN])}{more}"


def why_no_quote(measured: Sequence[MeasuredSet]) -> str:
    """Why there is no printed quote to look up, for a set or sets without any."""
    claims = [
        claim
        for one in measured
        for row in one.screening.shortlist.rows
        for claim in claims_of(row, one.benchmark.scorecard)
    ]
    unfound = sum(claim.unfound for claim in claims)
    if unfound:
        return f"no quote was printed: of {len(claims)} findings that needed one, {unfound} were withdrawn, not found"
    return f"no quote was printed: no finding reached the probability of {COUNTS_FROM:g} from which it needs one"
