"""Grounded verdicts to an assessment: levels, gates, coverage and flags of one candidate."""

from collections.abc import Mapping, Sequence

from evaluators.flags import find_flags
from evaluators.gates import judge_gate
from evaluators.grounding import COUNTS_FROM
from pipeline.models.assessment import (
    DOUBTFUL_CUT,
    DOUBTFUL_FROM,
    Assessment,
    CriterionAssessment,
    Flag,
    GateAssessment,
)
from pipeline.models.dossier import Dossier
from pipeline.models.scorecard import Criterion, Rubric, Scorecard
from pipeline.models.verdicts import GroundedFinding, GroundedVerdict
from pipeline.preferences import matched_preferences

MAX_ABOVE_REFERENCE = 2.0
"""Levels by which a chat judge may exceed the evidence judge until a person confirms.

Presence of a quote is not support; this bounds what an unrecognised injection can gain.
"""


def assess(
    candidate: str,
    *,
    scorecard: Scorecard,
    dossier: Dossier,
    verdicts: Sequence[GroundedVerdict],
    reference: Sequence[GroundedVerdict] = (),
    takehome_files: Sequence[str] = (),
) -> Assessment:
    """Assess one candidate from their own verdicts alone.

    Args:
        candidate: Folder name or file stem; carried along, never used.
        scorecard: The role.
        dossier: The candidate's passages.
        verdicts: One for each criterion and gate that was asked or could not be asked.
        reference: The evidence judge's verdicts, when another judge gave `verdicts`.
        takehome_files: Names of the take-home's files, for what its README promises.
    """
    by_subject = {verdict.subject: verdict for verdict in verdicts}
    reference_levels = _reference_levels(scorecard, reference)
    criteria: list[CriterionAssessment] = []
    capped: list[Flag] = []
    for criterion in scorecard.criteria:
        row = assess_criterion(criterion, by_subject[criterion.id], dossier)
        bound = reference_levels.get(criterion.id)
        if bound is not None and row.level is not None and row.level > bound + MAX_ABOVE_REFERENCE:
            capped.append(_capped_flag(criterion, row.level, bound))
            most = round(bound + MAX_ABOVE_REFERENCE, 1)
            row = row.model_copy(update={"level": most, "cap": most, "cut": round(row.level - most, 1)})
        criteria.append(row)
    gates = _gates(
        scorecard, by_subject, reference, doubtful=sum(row.cut >= DOUBTFUL_CUT for row in criteria) >= DOUBTFUL_FROM
    )
    return Assessment(
        candidate=candidate,
        dossier_hash=dossier.hash,
        criteria=tuple(criteria),
        gates=gates,
        flags=(*find_flags(scorecard, dossier, criteria, takehome_files=takehome_files), *capped),
        coverage=_coverage(scorecard, criteria),
        preferences_matched=matched_preferences(
            scorecard, (p.text for p in dossier.passages if p.kind not in ("code", "comment", "addressed"))
        ),
        sources_read=dossier.sources_read,
    )


def level_of(rubric: Rubric, findings: Sequence[GroundedFinding]) -> float:
    """Sum of points x P over the checks of one criterion, 0 to 4, to 0.1; P below 0.2 counts as 0."""
    p = {finding.check: finding.p for finding in findings}
    total = sum(check.points * p.get(check.id, 0.0) for check in rubric.checks if p.get(check.id, 0.0) >= COUNTS_FROM)
    return min(4.0, round(total, 1))


def assess_criterion(criterion: Criterion, verdict: GroundedVerdict, dossier: Dossier) -> CriterionAssessment:
    """The level that one verdict gives, or why there is none."""
    if verdict.unscored is not None:
        return CriterionAssessment(criterion=criterion.id, level=None, unscored=verdict.unscored, detail=verdict.detail)
    # Prose in a language the judge does not know was sent, and not read, like a file that is damaged.
    unread = (*dossier.sources_unread, *dossier.sources_other_language)
    return CriterionAssessment(
        criterion=criterion.id,
        level=level_of(criterion.rubric, verdict.findings),
        findings=verdict.findings,
        unread_source=any(source in unread for source in criterion.sources),
    )


def _gates(
    scorecard: Scorecard,
    by_subject: Mapping[str, GroundedVerdict],
    reference: Sequence[GroundedVerdict],
    *,
    doubtful: bool,
) -> tuple[GateAssessment, ...]:
    """The status of every gate.

    In a doubtful reading a gate is met only if the evidence judge finds it met too: a quote proves that the words are
    there, not that they show what they are cited for.
    """
    confirmed = {verdict.subject: verdict for verdict in reference}
    gates = []
    for gate in scorecard.non_negotiables:
        own = judge_gate(gate, by_subject[gate.id])
        other = judge_gate(gate, confirmed[gate.id]) if gate.id in confirmed else None
        if doubtful and own.status == "met" and (other is None or other.status != "met"):
            own = own.model_copy(
                update={"status": "unknown", "detail": "the judges differ widely about this candidate"}
            )
        gates.append(own)
    return tuple(gates)


def _coverage(scorecard: Scorecard, criteria: Sequence[CriterionAssessment]) -> float:
    weights = {criterion.id: criterion.weight for criterion in scorecard.criteria}
    scored = sum(weights[row.criterion] for row in criteria if row.level is not None)
    return round(scored / sum(weights.values()), 3)


def _reference_levels(scorecard: Scorecard, reference: Sequence[GroundedVerdict]) -> dict[str, float]:
    by_subject = {verdict.subject: verdict for verdict in reference if verdict.unscored is None}
    return {
        criterion.id: level_of(criterion.rubric, by_subject[criterion.id].findings)
        for criterion in scorecard.criteria
        if criterion.id in by_subject
    }


def _capped_flag(criterion: Criterion, level: float, bound: float) -> Flag:
    return Flag(
        id="judges_differ",
        detail=(
            f"{criterion.id}: the chat judge saw level {level:.1f}, the evidence judge {bound:.1f}; "
            f"{bound + MAX_ABOVE_REFERENCE:.1f} counts until a person confirms."
        ),
        question=f"Do the quotes for {criterion.id.replace('_', ' ')} really show what they are cited for?",
    )
