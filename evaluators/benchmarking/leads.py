"""How far a judge is ahead of what is cheap, and whether that is more than noise.

Two intervals that overlap say little about a difference: what makes a candidate hard for both moves both. So the same
candidates are drawn for judge and baseline, and the difference is counted in every draw.
"""

from collections.abc import Iterator, Mapping, Sequence

from evaluators.benchmarking.bootstrap import DRAWS, paired_bootstrap
from evaluators.benchmarking.figures import by_set, figure, ranking_measures
from evaluators.benchmarking.results import ALL_SETS, Figure, JudgedCandidate

LEAD = "tau_b_lead"
"""tau-b of the judge less that of the baseline that the group names."""

Pairs = Mapping[str, Sequence[tuple[JudgedCandidate, JudgedCandidate]]]
"""By set, each candidate as the baseline and as the judge scored them."""


def lead_figures(
    candidates: Sequence[JudgedCandidate],
    baselines: Mapping[str, Sequence[JudgedCandidate]],
    *,
    judge: str,
    draws: int = DRAWS,
) -> Iterator[Figure]:
    """The lead over each baseline, by set and over all, with the interval of a paired bootstrap by candidate.

    Candidates without a score on either side are left out of both.

    Args:
        candidates: As the judge scored them.
        baselines: The same candidates by who else scored them.
        judge: Label of the figures.
        draws: Behind each interval.
    """
    tau_b = next(measure.of for measure in ranking_measures() if measure.name == "tau_b")
    for name, scored in baselines.items():
        pairs = _scored_by_both(candidates, scored)
        parts: list[tuple[str, Pairs]] = [(set_, {set_: own}) for set_, own in pairs.items()]
        for set_, part in [*parts, (ALL_SETS, pairs)] if len(parts) > 1 else parts:
            theirs, ours = (tau_b({key: [pair[side] for pair in own] for key, own in part.items()}) for side in (0, 1))
            count = sum(map(len, part.values()))
            yield figure(
                LEAD,
                ours - theirs,
                judge=judge,
                set_=set_,
                group=name,
                interval=paired_bootstrap(part, tau_b, draws=draws),
                cases=count,
                bases=count,
            )


def _scored_by_both(candidates: Sequence[JudgedCandidate], scored: Sequence[JudgedCandidate]) -> Pairs:
    theirs = {(one.set, one.candidate): one for one in scored if one.score is not None}
    return {
        set_: [(theirs[one.set, one.candidate], one) for one in own if (one.set, one.candidate) in theirs]
        for set_, own in by_set(one for one in candidates if one.score is not None).items()
    }


def lead_words(lead: Figure) -> str:
    """What a lead says, in words that fit behind the difference."""
    if lead.value is None or lead.low is None or lead.high is None:
        return "no interval could be drawn, so noise cannot be told from a lead"
    if lead.low > 0:
        return "ahead by more than noise"
    if lead.high < 0:
        return "behind by more than noise"
    return "within noise: these candidates do not tell the two apart"
