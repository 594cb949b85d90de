"""Non-negotiables: met, not met or unknown. A wrong `not_met` is the worst error the product can make."""

from pipeline.models.assessment import GateAssessment, GateStatus
from pipeline.models.scorecard import NonNegotiable
from pipeline.models.verdicts import Citation, GroundedFinding, GroundedVerdict

NOT_MET_FROM = 0.9
"""A denial counts only from this probability on, and only with its verified quote."""


def judge_gate(gate: NonNegotiable, verdict: GroundedVerdict) -> GateAssessment:
    """Turn the findings for one gate into its status.

    Past: met when the person did it themselves and for real on the same passage; evidence for and
    against is unknown, with both quotes. Future: a refusal in the candidate's own words outweighs
    years of having done it; else willing is met.
    """
    if verdict.unscored is not None:
        return GateAssessment(
            gate=gate.id, status="unknown", detail=verdict.detail or verdict.unscored, unscored=verdict.unscored
        )
    found = {finding.check: finding for finding in verdict.findings}
    denied = found.get("denied")
    opposing = denied.citations if denied is not None and denied.p >= 0.5 else ()
    supporting = _support(gate, found)
    denial_is_certain = bool(opposing) and denied is not None and denied.p >= NOT_MET_FROM
    status: GateStatus = "unknown"
    if opposing:
        outweighed = supporting and gate.about == "past"
        status = "not_met" if denial_is_certain and not outweighed else "unknown"
    elif supporting:
        status = "met"
    return GateAssessment(gate=gate.id, status=status, supporting=supporting, opposing=opposing)


def _support(gate: NonNegotiable, found: dict[str, GroundedFinding]) -> tuple[Citation, ...]:
    if gate.about == "future":
        willing = found.get("willing")
        return willing.citations if willing is not None and willing.met else ()
    first_hand, real = found.get("first_hand"), found.get("real")
    if first_hand is None or real is None or not (first_hand.met and real.met):
        return ()
    really = {citation.passage for citation in real.citations}
    return tuple(citation for citation in first_hand.citations if citation.passage in really)
