"""Questions for the interview, written by a chat model from a candidate's own words. They never change a score."""

from evaluators.evidence import Query, Retriever
from evaluators.grounding import verify_quotes
from pipeline.models.assessment import Assessment
from pipeline.models.dossier import Dossier, Question
from pipeline.models.scorecard import Check, Rubric, Scorecard
from pipeline.models.shortlist import FollowUp
from pipeline.models.verdicts import Verdict
from pipeline.questions import next_check

MOST = 3
OPEN_POINTS = 6
LONGEST = 400
"""Characters of a question; a longer one is a speech."""

# Each check is a slot for one question: the rubric's form carries them through judging and ledger like every answer.
_SLOTS = Rubric(
    id="follow_up",
    checks=tuple(Check(id=f"question_{n}", question=f"Question {n}, if there is one.") for n in range(1, MOST + 1)),
)


def follow_up_question(
    assessment: Assessment, scorecard: Scorecard, dossier: Dossier, *, retriever: Retriever
) -> Question | None:
    """What a model is asked for one candidate; None when nothing stayed open or there is nothing to build on."""
    points = _open_points(assessment, scorecard)
    if not points:
        return None
    evidence = retriever.open(dossier.passages).evidence(Query(tuple(points)), sources=("resume", "takehome"))
    if not evidence:
        return None
    return Question(
        subject="follow_up",
        kind="follow_up",
        statement="\n".join(f"- {point}" for point in points),
        rubric=_SLOTS,
        role=scorecard.role,
        evidence=evidence,
    )


def read_follow_ups(verdict: Verdict, dossier: Dossier) -> tuple[FollowUp, ...]:
    """The questions whose quote stands in the candidate's text; the others are dropped."""
    passages = {passage.id: passage for passage in dossier.passages}
    found = []
    for finding in verdict.findings:
        citations = verify_quotes(finding.quotes, passages)
        question = " ".join(finding.note.split())
        if citations and 0 < len(question) <= LONGEST:
            found.append(FollowUp(question=question, citation=citations[0]))
    return tuple(found)


def _open_points(assessment: Assessment, scorecard: Scorecard) -> list[str]:
    """What the documents leave open, most important first: must-haves, then the next step of the heaviest criteria."""
    status = {gate.gate: gate.status for gate in assessment.gates}
    points = [gate.statement for gate in scorecard.non_negotiables if status.get(gate.id) == "unknown"]
    for criterion in sorted(scorecard.criteria, key=lambda one: -one.weight):
        assessed = assessment.criterion(criterion.id)
        check = next_check(criterion, assessed) if assessed is not None else None
        if check is not None:
            points.append(f"{criterion.statement.strip()} {check.question}")
    return points[:OPEN_POINTS]
