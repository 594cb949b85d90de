"""Two judges on the same documents: where they differ by two levels or more, a person decides."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from evaluators.assessment import level_of
from evaluators.gates import judge_gate
from pipeline.models.assessment import Assessment, Flag, GateAssessment
from pipeline.models.scorecard import Criterion, NonNegotiable, Scorecard
from pipeline.models.verdicts import Citation, GroundedFinding, GroundedVerdict
from pipeline.phrases import check_phrase, criterion_title, humanized
from pipeline.second_levels import far_apart


class _View(NamedTuple):
    """What one judge made of one candidate; what it could not judge is not in it."""

    findings: Mapping[str, Sequence[GroundedFinding]]
    """By criterion."""
    gates: Mapping[str, GateAssessment]


def differences(
    first: Sequence[GroundedVerdict],
    second: Sequence[GroundedVerdict],
    scorecard: Scorecard,
    *,
    names: tuple[str, str],
) -> tuple[Flag, ...]:
    """A flag for every must-have and criterion that two judges read so differently that a person decides.

    A must-have is flagged when one says met and the other not met; a criterion when both gave a level
    and the levels are two or more apart. What only one of them could judge is no difference.

    Args:
        first: Verdicts of the judge whose levels count.
        second: Verdicts of the other one, which never changes a score.
        scorecard: The role.
        names: What to call the two, such as `the built-in judge`.
    """
    return tuple(_flags(_view_of(first, scorecard), _view_of(second, scorecard), scorecard, names))


def with_second(
    assessment: Assessment, second: Sequence[GroundedVerdict], scorecard: Scorecard, *, names: tuple[str, str]
) -> Assessment:
    """The assessment with a second judge's levels beside its own, and flags where the two differ.

    Levels, gates and coverage stay as they are. Where the level of the first judge was capped, its
    own level is compared and not the capped one.

    Args:
        assessment: By the judge whose levels count.
        second: Grounded verdicts of the other judge on the same dossier.
        scorecard: The role.
        names: What to call the two.
    """
    own = _View(
        findings={row.criterion: row.findings for row in assessment.criteria if row.level is not None},
        gates={gate.gate: gate for gate in assessment.gates},
    )
    other = _view_of(second, scorecard)
    criteria = tuple(
        row.model_copy(
            update={"second_level": level_of(scorecard.criterion(row.criterion).rubric, other.findings[row.criterion])}
        )
        if row.criterion in other.findings
        else row
        for row in assessment.criteria
    )
    flags = tuple(_flags(own, other, scorecard, names))
    return assessment.model_copy(update={"criteria": criteria, "flags": (*assessment.flags, *flags)})


def _view_of(verdicts: Sequence[GroundedVerdict], scorecard: Scorecard) -> _View:
    judged = {verdict.subject: verdict for verdict in verdicts if verdict.unscored is None}
    return _View(
        findings={c.id: judged[c.id].findings for c in scorecard.criteria if c.id in judged},
        gates={gate.id: judge_gate(gate, judged[gate.id]) for gate in scorecard.non_negotiables if gate.id in judged},
    )


def _flags(first: _View, second: _View, scorecard: Scorecard, names: tuple[str, str]) -> Iterator[Flag]:
    for gate in scorecard.non_negotiables:
        if gate.id in first.gates and gate.id in second.gates:
            yield from _gate_flags(gate, first.gates[gate.id], second.gates[gate.id], names)
    for criterion in scorecard.criteria:
        if criterion.id in first.findings and criterion.id in second.findings:
            yield from _level_flags(criterion, first.findings[criterion.id], second.findings[criterion.id], names)


def _gate_flags(
    gate: NonNegotiable, first: GateAssessment, second: GateAssessment, names: tuple[str, str]
) -> Iterator[Flag]:
    if {first.status, second.status} != {"met", "not_met"}:
        return
    says = {"met": "met", "not_met": "not met"}
    denial = first if first.status == "not_met" else second
    cited = denial.opposing[0] if denial.opposing else None
    yield _flag(
        f"{humanized(gate.id)}: {names[0]} reads it as {says[first.status]}, {names[1]} as {says[second.status]}.",
        f"The documents were read both ways on this must-have: “{' '.join(gate.statement.split())}” Does it hold "
        "for you, and since when?",
        cited,
    )


def _level_flags(
    criterion: Criterion,
    first: Sequence[GroundedFinding],
    second: Sequence[GroundedFinding],
    names: tuple[str, str],
) -> Iterator[Flag]:
    levels = level_of(criterion.rubric, first), level_of(criterion.rubric, second)
    if not far_apart(*levels):
        return
    p = [{finding.check: finding.p for finding in findings} for findings in (first, second)]
    # The check that moves the level most is the fact that two people would argue about first.
    most = max(
        criterion.rubric.checks, key=lambda check: check.points * abs(p[0].get(check.id, 0.0) - p[1].get(check.id, 0.0))
    )
    believer = first if levels[0] > levels[1] else second
    cited = next((f.citations[0] for f in believer if f.check == most.id and f.citations), None)
    yield _flag(
        f"{criterion_title(criterion)}: {names[0]} reads level {levels[0]:.1f}, {names[1]} {levels[1]:.1f}.",
        check_phrase(criterion, most).ask,
        cited,
    )


def _flag(detail: str, question: str, cited: Citation | None) -> Flag:
    return Flag(
        id="second_judge_differs",
        detail=detail,
        question=question,
        document=cited.document if cited else "",
        place=cited.place if cited else "",
    )
