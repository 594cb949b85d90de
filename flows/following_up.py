"""Follow-up questions for the interview (`--follow-up`), for the rows that may be invited."""

from collections.abc import Sequence
from typing import NamedTuple

from evaluators.chat.follow_ups import follow_up_question, read_follow_ups
from flows.judging_stage import NOTHING_JUDGED, Bench, JudgingRecord
from flows.workbench import Judges, Progress, Step
from pipeline.models.dossier import QuestionPlan
from pipeline.models.reading import ReadingNote
from pipeline.models.shortlist import Row, Shortlist


class FollowedUp(NamedTuple):
    """A shortlist with follow-up questions, and what they took."""

    shortlist: Shortlist
    record: JudgingRecord


def ask_follow_ups(
    shortlist: Shortlist, notes: Sequence[ReadingNote], judges: Judges, *, bench: Bench, progress: Progress
) -> FollowedUp:
    """Let the judge write questions for the rows in a band that leads to an interview; scores stay as they are."""
    by_candidate = {note.candidate: note for note in notes}
    plans: dict[str, QuestionPlan] = {}
    for row in shortlist.rows:
        if _may_be_invited(row):
            dossier = bench.reading(by_candidate[row.candidate]).dossier
            question = follow_up_question(row.assessment, bench.scorecard, dossier, retriever=bench.tools.retriever)
            if question is not None:
                plans[row.candidate] = QuestionPlan(questions=(question,))
    if not plans:
        return FollowedUp(shortlist, NOTHING_JUDGED)
    done = iter(range(1, len(plans) + 1))
    judged = bench.ask(
        plans, judges.first, lambda candidate: progress(Step("follow-ups", next(done), len(plans), candidate))
    )
    rows = [
        row.model_copy(
            update={
                "follow_ups": read_follow_ups(
                    judged.verdicts[row.candidate][0], bench.reading(by_candidate[row.candidate]).dossier
                )
            }
        )
        if row.candidate in plans
        else row
        for row in shortlist.rows
    ]
    return FollowedUp(shortlist.model_copy(update={"rows": tuple(rows)}), JudgingRecord.of(judged))


def _may_be_invited(row: Row) -> bool:
    return row.band in ("advance", "boundary", "probe") and not row.below_line
