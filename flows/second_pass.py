"""The second pass near the cut (`--settle`): asks again what is open, and compares neighbours."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from evaluators.assessment import assess_criterion
from evaluators.chat.evidence_cards import card, pair_question, read_outcome
from evaluators.evidence import plan_questions
from flows.judging_stage import NOTHING_JUDGED, Bench, JudgingRecord
from flows.workbench import Judges, Progress, Step
from pipeline.models.assessment import Assessment, CriterionAssessment
from pipeline.models.dossier import Question, QuestionPlan
from pipeline.models.reading import Reading, ReadingNote
from pipeline.models.settlement import PairOutcome
from pipeline.models.shortlist import Row, Shortlist
from pipeline.models.verdicts import Verdict
from pipeline.pairing_plan import SAMPLES, boundary_rows, open_subjects, pairs_to_compare
from pipeline.settling import settle


class SecondPass(NamedTuple):
    """A settled shortlist, and what that took."""

    shortlist: Shortlist
    record: JudgingRecord
    samples: int
    """Further answers that were asked for."""


def settle_near_the_cut(
    shortlist: Shortlist, notes: Sequence[ReadingNote], judges: Judges, *, bench: Bench, progress: Progress
) -> SecondPass:
    """Ask open questions of rows near the cut again, compare neighbours, and work both into the shortlist.

    What could not be asked, because a budget ended or the endpoint went away, settles nothing; scores stay as they
    are in every case.
    """
    readings = {note.candidate: note for note in notes}
    near = {row.candidate: bench.reading(readings[row.candidate]) for row in boundary_rows(shortlist)}
    samples, asked, record = _sample(shortlist, near, judges, bench=bench)
    progress(Step("settling", 1, 2, "open checks"))
    outcomes, compared = _compare(shortlist, readings, judges, bench=bench)
    progress(Step("settling", 2, 2, "pairs"))
    settled = settle(shortlist, bench.scorecard, samples=samples, outcomes=outcomes)
    return SecondPass(settled, record.plus(compared), asked)


def _sample(
    shortlist: Shortlist, near: Mapping[str, Reading], judges: Judges, *, bench: Bench
) -> tuple[dict[str, tuple[Assessment, ...]], int, JudgingRecord]:
    plans: dict[str, QuestionPlan] = {}
    rows = {row.candidate: row for row in boundary_rows(shortlist)}
    for candidate, reading in near.items():
        subjects = open_subjects(rows[candidate], bench.scorecard)
        plan = plan_questions(bench.scorecard, reading.dossier, retriever=bench.tools.retriever)
        again = [question for question in plan.questions if question.subject in subjects]
        if again:
            plans[candidate] = QuestionPlan(questions=tuple(_repeated(again)))
    if not plans:
        return {}, 0, NOTHING_JUDGED
    judged = bench.ask(plans, judges.first)
    samples = {
        candidate: _assessments(rows[candidate], near[candidate], plans[candidate], verdicts, judges, bench)
        for candidate, verdicts in judged.verdicts.items()
    }
    asked = sum(len(plan.questions) for plan in plans.values())
    return samples, asked, JudgingRecord.of(judged)


def _repeated(questions: Sequence[Question]) -> list[Question]:
    return [
        question.model_copy(update={"sample": sample}) for sample in range(1, SAMPLES + 1) for question in questions
    ]


def _assessments(
    row: Row, reading: Reading, plan: QuestionPlan, verdicts: Sequence[Verdict], judges: Judges, bench: Bench
) -> tuple[Assessment, ...]:
    """One assessment a sample; criteria that were not asked again are unscored in it, since they agree with nothing."""
    grounded = bench.grounded(verdicts, reading, judges.calibration)
    found = []
    for sample in range(1, SAMPLES + 1):
        own = {
            verdict.subject: verdict
            for question, verdict in zip(plan.questions, grounded, strict=True)
            if question.sample == sample
        }
        criteria = tuple(
            assess_criterion(criterion, own[criterion.id], reading.dossier)
            if criterion.id in own
            else CriterionAssessment(criterion=criterion.id, level=None, unscored="not_asked")
            for criterion in bench.scorecard.criteria
        )
        found.append(row.assessment.model_copy(update={"criteria": criteria}))
    return tuple(found)


def _compare(
    shortlist: Shortlist, notes: Mapping[str, ReadingNote], judges: Judges, *, bench: Bench
) -> tuple[list[PairOutcome], JudgingRecord]:
    pairs = pairs_to_compare(shortlist, bench.scorecard)
    rows = {row.candidate: row for row in shortlist.rows}
    cards = {
        candidate: card(rows[candidate].assessment, bench.scorecard, bench.reading(notes[candidate]).dossier)
        for candidate in sorted({candidate for pair in pairs for candidate in pair})
    }
    compared = [pair for pair in pairs if cards[pair[0]] and cards[pair[1]]]
    plans = {
        f"{first} and {second}": QuestionPlan(
            questions=(
                pair_question(cards[first], cards[second], bench.scorecard),
                pair_question(cards[second], cards[first], bench.scorecard),
            )
        )
        for first, second in compared
    }
    if not plans:
        return [], NOTHING_JUDGED
    judged = bench.ask(plans, judges.first)
    outcomes = []
    for first, second in compared:
        verdicts = judged.verdicts[f"{first} and {second}"]
        outcomes.append(read_outcome((first, second), (cards[first], cards[second]), (verdicts[0], verdicts[1])))
    return outcomes, JudgingRecord.of(judged)
