"""Why a row stands where it stands: checks, gates and figures as plain sentences with their citations."""

import numpy as np

from pipeline.models.assessment import PROBE_FLAGS, CriterionAssessment, GateAssessment
from pipeline.models.dossier import UnscoredReason
from pipeline.models.justification import (
    CheckState,
    CheckStatement,
    CriterionJustification,
    GateJustification,
    Justification,
)
from pipeline.models.scorecard import Check, Criterion, NonNegotiable, Scorecard, Source
from pipeline.models.shortlist import Row
from pipeline.models.verdicts import GroundedFinding
from pipeline.phrases import (
    BAND_TITLES,
    FLAG_TITLES,
    check_phrase,
    criterion_title,
    humanized,
    not_asked_because,
    sentence,
)
from pipeline.questions import PARTLY_FROM, gate_question, next_check, questions_to_ask
from pipeline.scoring import score_levels
from pipeline.second_levels import far_apart

_SOURCE_NAMES: dict[Source, str] = {"resume": "the resume", "takehome": "the take-home"}


def justify(row: Row, scorecard: Scorecard) -> Justification:
    """Say why a row stands where it stands, from its assessment and the scorecard alone."""
    points = _points(row, scorecard)
    criteria = tuple(
        _criterion(criterion, assessed, points=points.get(criterion.id))
        for criterion in scorecard.criteria
        if (assessed := row.assessment.criterion(criterion.id)) is not None
    )
    assessed_gates = {gate.gate: gate for gate in row.assessment.gates}
    gates = tuple(
        _gate(gate, assessed_gates[gate.id]) for gate in scorecard.non_negotiables if gate.id in assessed_gates
    )
    return Justification(
        candidate=row.candidate,
        label=row.label,
        summary=(_why_this_band(row, scorecard), _strongest_and_open(row, scorecard, criteria)),
        criteria=criteria,
        gates=gates,
        questions=questions_to_ask(row, scorecard),
    )


def not_judged_text(reason: UnscoredReason, criterion: Criterion, detail: str = "") -> str:
    """Why a criterion has no level, with the next step."""
    sources = " or ".join(_SOURCE_NAMES[source] for source in criterion.sources)
    told = f" ({detail})" if detail else ""
    if reason == "not_asked":
        why = not_asked_because(detail)
        told = f" ({why.reason})" if why.reason else ""
        return f"Not judged: the question was not asked{told}. {sentence(why.next_step)}"
    return {
        "source_missing": f"Not judged: {sources} would show this, and none came. Ask for it or for an example.",
        "source_unreadable": f"Not judged: {sources} came but could not be read. Ask for another copy.",
        "language": f"Not judged: {sources} is in a language that the judge does not know. Let a person read it.",
        "judge_failed": f"Not judged: the judge did not answer{told}. Run the same screening again.",
        "judge_refused": f"Not judged: the judge refused to answer{told}. Let a person read the documents.",
    }[reason]


def _points(row: Row, scorecard: Scorecard) -> dict[str, tuple[float, float]]:
    """Points of 100 that each scored criterion adds, and that it would add at level 4."""
    levels = np.array(
        [
            np.nan if (assessed := row.assessment.criterion(criterion.id)) is None or assessed.level is None
            else assessed.level
            for criterion in scorecard.criteria
        ]
    )  # fmt: skip
    scored = [n for n, level in enumerate(levels) if not np.isnan(level)]
    if not scored:
        return {}
    # One criterion at a time, the others at 0: the score is a sum over the scored criteria.
    alone = np.where(np.isnan(levels), np.nan, 0.0)
    sets = np.tile(alone, (2 * len(scored), 1))
    for at, n in enumerate(scored):
        sets[2 * at, n] = levels[n]
        sets[2 * at + 1, n] = 4.0
    points, _ = score_levels(sets, scorecard, matched=0)
    return {
        scorecard.criteria[n].id: (round(float(points[2 * at]), 1), round(float(points[2 * at + 1]), 1))
        for at, n in enumerate(scored)
    }


def _criterion(
    criterion: Criterion, assessed: CriterionAssessment, *, points: tuple[float, float] | None
) -> CriterionJustification:
    statements: tuple[CheckStatement, ...] = ()
    not_judged = ""
    if assessed.level is None:
        not_judged = not_judged_text(assessed.unscored or "not_asked", criterion, assessed.detail)
    else:
        findings = {finding.check: finding for finding in assessed.findings}
        statements = tuple(_statement(criterion, check, findings.get(check.id)) for check in criterion.rubric.checks)
    return CriterionJustification(
        criterion=criterion.id,
        title=criterion_title(criterion),
        statement=" ".join(criterion.statement.split()),
        weight=criterion.weight,
        level=assessed.level,
        points=points[0] if points else None,
        points_possible=points[1] if points else None,
        statements=statements,
        not_judged=not_judged,
        caution=_caution(assessed, statements),
        second_level=assessed.second_level,
        judges_differ=_judges_differ(assessed, statements),
    )


def _statement(criterion: Criterion, check: Check, finding: GroundedFinding | None) -> CheckStatement:
    phrase = check_phrase(criterion, check)
    p = finding.p if finding is not None and finding.withdrawn is None else 0.0
    state: CheckState = "found" if p >= 0.5 else "partly" if p >= PARTLY_FROM else "missing"
    return CheckStatement(
        check=check.id,
        state=state,
        text=phrase.missing if state == "missing" else sentence(phrase.found),
        p=p,
        level_points=round(check.points * p, 2) if state != "missing" else 0.0,
        level_points_possible=check.points,
        citations=finding.citations if finding is not None and state != "missing" else (),
        question="" if state == "found" else phrase.ask,
        note=f"An answer was withdrawn: {finding.withdrawn}." if finding is not None and finding.withdrawn else "",
    )


def _judges_differ(assessed: CriterionAssessment, statements: tuple[CheckStatement, ...]) -> bool:
    if assessed.level is None or assessed.second_level is None:
        return False
    # Where the level was capped, the judge's own one is compared: the sum of its checks.
    own = max(assessed.level, _added(statements))
    return far_apart(own, assessed.second_level)


def _added(statements: tuple[CheckStatement, ...]) -> float:
    return min(4.0, sum(statement.level_points for statement in statements))


def _caution(assessed: CriterionAssessment, statements: tuple[CheckStatement, ...]) -> str:
    if assessed.level is None:
        return ""
    added = _added(statements)
    if added - assessed.level > 0.1:
        return (
            f"The checks add up to {added:.1f}; {assessed.level:.1f} counts until a person has confirmed the quotes, "
            "because the built-in judge saw much less."
        )
    if assessed.unread_source:
        return "Judged from what could be read; a part of the documents could not, so the level may be too low."
    return ""


def _gate(gate: NonNegotiable, assessed: GateAssessment) -> GateJustification:
    return GateJustification(
        gate=gate.id,
        title=humanized(gate.id),
        statement=" ".join(gate.statement.split()),
        about=gate.about,
        status=assessed.status,
        text=_gate_text(assessed),
        supporting=assessed.supporting,
        opposing=assessed.opposing,
        question=gate_question(gate, assessed),
    )


def _gate_text(assessed: GateAssessment) -> str:
    if assessed.status == "met":
        return "Met, in the candidate's own words."
    if assessed.status == "not_met":
        return "Not met by the candidate's own words. A person confirms before anything follows from it."
    if assessed.supporting and assessed.opposing:
        return "Unknown: the documents speak for it and against it. Read both quotes and ask."
    if assessed.opposing:
        return "Unknown: something speaks against it, not clearly enough to count. Read the quote and ask."
    if assessed.detail:
        why = not_asked_because(assessed.detail).reason
        return f"Unknown: it could not be judged ({why.replace('_', ' ')}). Ask."
    return "Unknown: the documents do not say. Unknown is not no. Ask."


def _why_this_band(row: Row, scorecard: Scorecard) -> str:
    title = BAND_TITLES[row.band]
    bar = f"{scorecard.advance_bar:g}"
    odds = f"{likely(row.p_top)} to stand in the top group and {likely(row.p_bar)} to reach the bar of {bar} points"
    if row.band == "needs_review":
        judged = _judged(row) if row.assessment.sources_read else "nothing could be read"
        return f"{title}: {judged}, so there is no rank and a person reads this one."
    if row.below_line and row.band == "hold" and row.rank is not None:
        return (
            f"{title}: below the line. The built-in judge alone read these documents, and ranks others higher, "
            "whom a language model read."
        )
    if row.rank is None:
        closed = [humanized(gate.gate) for gate in row.assessment.gates if gate.status == "not_met"]
        return f"{title}: by the candidate's own words {_listed(closed)} is not met. A person confirms."
    if row.band == "probe":
        would_be = BAND_TITLES[row.would_be].lower() if row.would_be else "higher"
        return f"{title}: would be {would_be} ({odds}), but {_listed(_open_points(row))}."
    if row.band == "boundary":
        return f"{title}: too close to the cut to call, {odds}."
    return f"{title}: {odds}."


def likely(p: float) -> str:
    """A probability in words that never claim certainty: 2,000 draws cannot tell 99.9% from 100%."""
    if p < 0.01:
        return "under 1% likely"
    return "over 99% likely" if p > 0.994 else f"{p:.0%} likely"


def _judged(row: Row) -> str:
    return f"only {row.coverage:.0%} of the scorecard's weight could be judged"


def _open_points(row: Row) -> list[str]:
    gates = [f"{humanized(gate.gate)} is unknown" for gate in row.assessment.gates if gate.status == "unknown"]
    flags = [flag.id for flag in row.assessment.flags if flag.id in PROBE_FLAGS]
    return gates + [f"“{FLAG_TITLES[flag].lower()}” has to be asked about" for flag in dict.fromkeys(flags)]


def _strongest_and_open(row: Row, scorecard: Scorecard, criteria: tuple[CriterionJustification, ...]) -> str:
    scored = [criterion for criterion in criteria if criterion.level is not None and criterion.level > 0]
    open_point = _most_important_open_point(row, scorecard, criteria)
    if not scored:
        return f"No criterion shows evidence yet; most important open point: {open_point}."
    best = max(scored, key=lambda criterion: (criterion.points or 0.0, criterion.weight))
    return (
        f"Strongest is {best.title} ({best.level:.1f} of 4, worth {best.points:.1f} points); "
        f"most important open point: {open_point}."
    )


def _most_important_open_point(row: Row, scorecard: Scorecard, criteria: tuple[CriterionJustification, ...]) -> str:
    if row.band == "needs_review":
        return f"{_listed([criterion.title for criterion in criteria if criterion.level is None])} could not be judged"
    for status, words in (("not_met", "confirm that {} is not met"), ("unknown", "{} is unknown")):
        for gate in row.assessment.gates:
            if gate.status == status:
                return words.format(humanized(gate.gate))
    starred = next((flag for flag in row.assessment.flags if flag.id in PROBE_FLAGS), None)
    if starred is not None:
        return starred.detail.rstrip(".")
    lost = [
        c for c in criteria if c.points is not None and c.points_possible is not None and c.points_possible > c.points
    ]
    for criterion in sorted(lost, key=lambda c: -((c.points_possible or 0.0) - (c.points or 0.0))):
        assessed = row.assessment.criterion(criterion.criterion)
        check = next_check(scorecard.criterion(criterion.criterion), assessed) if assessed else None
        statement = next((s for s in criterion.statements if check is not None and s.check == check.id), None)
        if statement is not None:
            told = statement.text.rstrip(".")
            held = "only partly evidenced: " if statement.state == "partly" else ""
            return f"{criterion.title} ({held}{told[:1].lower() + told[1:]})"
    unscored = next((criterion for criterion in criteria if criterion.level is None), None)
    return f"{unscored.title} could not be judged" if unscored is not None else "none in the documents"


def _listed(parts: list[str]) -> str:
    if not parts:
        return "a person's view"
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
