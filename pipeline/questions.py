"""Questions to ask: what a person should find out before deciding, most important first."""

from collections import Counter
from collections.abc import Iterator

from pipeline.models.assessment import PROBE_FLAGS, Assessment, CriterionAssessment, Flag, FlagId, GateAssessment
from pipeline.models.scorecard import Check, Criterion, NonNegotiable, Scorecard
from pipeline.models.shortlist import Row
from pipeline.models.verdicts import Citation, GroundedFinding
from pipeline.phrases import check_phrase, criterion_title, shortened

MAX_QUESTIONS = 7
MAX_DIFFERENCE_QUESTIONS = 3
"""Two judges may differ on everything; gates and other flags need room too."""
MAX_CHECK_QUESTIONS = 3
"""Questions on missing checks; gates and flags need room too."""
QUOTED_CHARS = 140
PARTLY_FROM = 0.2
"""From this probability on a check is partly evidenced; below it counts as nothing."""

_COVERED_BY_FLAG: dict[FlagId, str] = {"unexplained": "tradeoff_reasoning", "happy_path_only": "failure_modes"}


def questions_to_ask(row: Row, scorecard: Scorecard) -> tuple[str, ...]:
    """What to ask one candidate, at most seven questions, most important first.

    First the gates that nobody may decide but a person, then the flags that hold a band open, then
    the next step up on the heaviest criteria, then all other flags and what could not be judged.
    """
    ordered: dict[str, None] = {}
    for question in _by_importance(row.assessment, scorecard):
        ordered.setdefault(question)
    return tuple(ordered)[:MAX_QUESTIONS]


def gate_question(gate: NonNegotiable, assessed: GateAssessment) -> str:
    """What to ask about a non-negotiable that is not met or not known; empty when it is met."""
    if assessed.status == "met":
        return ""
    if assessed.opposing:
        return f"{_quoting(assessed.opposing[0])} How does that stand to what this role needs: “{_asked(gate)}”"
    if assessed.supporting:
        return f"{_quoting(assessed.supporting[0])} Does that mean: “{_asked(gate)}”"
    if gate.about == "future":
        return f"The documents do not say whether this holds for you: “{_asked(gate)}” Will it, and from when?"
    return f"The documents leave this must-have open: “{_asked(gate)}” When was that, and what was your own part?"


def check_question(criterion: Criterion, check: Check, assessed: CriterionAssessment) -> str:
    """What to ask about a check that is missing or partly evidenced, after the quote it builds on."""
    phrase = check_phrase(criterion, check)
    cited = _basis(criterion, check, assessed)
    return phrase.ask if cited is None else f"{_quoting(cited)} {phrase.follow_up}"


def next_check(criterion: Criterion, assessed: CriterionAssessment) -> Check | None:
    """The lowest check that is not met although everything it requires is; None at the top or when unscored."""
    if assessed.level is None:
        return None
    met = {finding.check for finding in assessed.findings if finding.met}
    for check in criterion.rubric.checks:
        if check.id not in met and met.issuperset(check.requires):
            return check
    return None


def _by_importance(assessment: Assessment, scorecard: Scorecard) -> Iterator[str]:
    yield from _gate_questions(assessment, scorecard)
    yield from _flag_questions(assessment, starred=True)
    yield from _check_questions(assessment, scorecard)
    yield from _flag_questions(assessment, starred=False)
    yield from _unscored_questions(assessment, scorecard)


def _gate_questions(assessment: Assessment, scorecard: Scorecard) -> Iterator[str]:
    assessed = {gate.gate: gate for gate in assessment.gates}
    for status in ("not_met", "unknown"):
        for gate in scorecard.non_negotiables:
            if gate.id in assessed and assessed[gate.id].status == status:
                yield gate_question(gate, assessed[gate.id])


def _flag_questions(assessment: Assessment, *, starred: bool) -> Iterator[str]:
    """One question a kind of flag: twenty hidden sentences are one thing to ask about.

    Where two judges differ, every subject is a thing of its own.
    """
    asked: Counter[FlagId] = Counter()
    for flag in assessment.flags:
        most = MAX_DIFFERENCE_QUESTIONS if flag.id == "second_judge_differs" else 1
        if asked[flag.id] < most and (flag.id in PROBE_FLAGS) == starred:
            asked[flag.id] += 1
            yield _flag_question(flag)


def _flag_question(flag: Flag) -> str:
    where = ", ".join(part for part in (flag.document, flag.place) if part)
    return flag.question if not where or flag.document in flag.question else f"{flag.question} ({where})"


def _check_questions(assessment: Assessment, scorecard: Scorecard) -> Iterator[str]:
    covered = {_COVERED_BY_FLAG[flag.id] for flag in assessment.flags if flag.id in _COVERED_BY_FLAG}
    asked = 0
    for criterion in _heaviest_first(scorecard):
        assessed = assessment.criterion(criterion.id)
        if assessed is None or criterion.rubric.id in covered:
            continue
        check = next_check(criterion, assessed)
        if check is None:
            continue
        yield check_question(criterion, check, assessed)
        asked += 1
        if asked == MAX_CHECK_QUESTIONS:
            return


def _unscored_questions(assessment: Assessment, scorecard: Scorecard) -> Iterator[str]:
    for criterion in _heaviest_first(scorecard):
        assessed = assessment.criterion(criterion.id)
        if assessed is not None and assessed.level is None:
            first = check_phrase(criterion, criterion.rubric.checks[0]).ask
            title = criterion_title(criterion)
            yield first if first.startswith(title) else f"{title} could not be judged: {first}"


def _heaviest_first(scorecard: Scorecard) -> list[Criterion]:
    return sorted(scorecard.criteria, key=lambda criterion: -criterion.weight)


def _basis(criterion: Criterion, check: Check, assessed: CriterionAssessment) -> Citation | None:
    """The quote a question builds on: the check's own, else that of the nearest check it requires."""
    findings = {finding.check: finding for finding in assessed.findings}
    for check_id in (check.id, *reversed(check.requires)):
        finding = findings.get(check_id)
        if finding is not None and _shown(finding):
            return finding.citations[0]
        if check_id != check.id:
            deeper = _basis(criterion, criterion.rubric.check(check_id), assessed)
            if deeper is not None:
                return deeper
    return None


def _shown(finding: GroundedFinding) -> bool:
    return bool(finding.citations) and finding.withdrawn is None and finding.p >= PARTLY_FROM


def _quoting(citation: Citation) -> str:
    where = ", ".join(part for part in (citation.document, citation.place) if part)
    return f"You wrote “{shortened(citation.quote, QUOTED_CHARS)}” ({where})."


def _asked(gate: NonNegotiable) -> str:
    return shortened(gate.statement, 2 * QUOTED_CHARS)
