"""Stages 6 to 9 of the walk, for some candidates or for a whole batch: questions, verdicts, quotes, assessments."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import NamedTuple, ParamSpec, Protocol, TypeVar

from evaluators.assessment import assess
from evaluators.chat.calibration import ChatCalibration
from evaluators.evidence import plan_questions
from evaluators.grounding import ground
from evaluators.judge import Judge
from evaluators.judging import Judged, judge_questions
from evaluators.judging_statistics import JudgingStatistics, LeftOpen, Seen, Spent
from evaluators.money.spending import Limit
from evaluators.second_judge import with_second
from flows.workbench import Judges, Progress, Stage, Step, Workbench
from pipeline.models.assessment import Assessment
from pipeline.models.dossier import QuestionPlan
from pipeline.models.reading import Reading, ReadingNote
from pipeline.models.scorecard import Rubric, Scorecard
from pipeline.models.verdicts import GroundedVerdict, Verdict
from pipeline.passages import BriefText

T = TypeVar("T")
P = ParamSpec("P")


class Wrap(Protocol):
    """Lets a caller watch a stage; `flows.screening` makes a Prefect task of it."""

    def __call__(self, name: str, stage: Callable[P, T], /) -> Callable[P, T]:
        """Return a callable with the same arguments and result."""


def unwatched(name: str, stage: Callable[P, T], /) -> Callable[P, T]:
    """Run the stage as it is."""
    return stage


class JudgingRecord(NamedTuple):
    """What judging took and what the judge said of itself; records of parts add up."""

    statistics: JudgingStatistics
    spent: Mapping[str, Spent]
    """By candidate."""
    seen: Mapping[Seen, int]
    unavailable: str | None = None
    """Why the judge stopped answering before the end, in words for an operator."""
    stopped_by: Limit | None = None
    """The limit that it stopped at, if that is why."""
    left_open: Mapping[LeftOpen, int] = MappingProxyType({})
    """Questions without findings, by how they ended."""

    def plus(self, other: "JudgingRecord") -> "JudgingRecord":
        """Both together."""
        names = JudgingStatistics.model_fields
        return JudgingRecord(
            JudgingStatistics(**{n: getattr(self.statistics, n) + getattr(other.statistics, n) for n in names}),
            {c: self.spent.get(c, Spent()).plus(other.spent.get(c, Spent())) for c in {**self.spent, **other.spent}},
            {fact: self.seen.get(fact, 0) + other.seen.get(fact, 0) for fact in {**self.seen, **other.seen}},
            self.unavailable or other.unavailable,
            self.stopped_by or other.stopped_by,
            Counter(self.left_open) + Counter(other.left_open),
        )

    @classmethod
    def of(cls, judged: Judged) -> "JudgingRecord":
        """The record of one call of `judge_questions`."""
        return cls(
            judged.statistics, judged.spent, judged.seen, judged.unavailable, judged.stopped_by, judged.left_open
        )


NOTHING_JUDGED = JudgingRecord(
    JudgingStatistics(questions=0, requests=0, asked=0, from_ledger=0, failed=0, refused=0, not_asked=0), {}, {}
)


class Bench(NamedTuple):
    """What every judging step of one run needs besides its subject."""

    tools: Workbench
    scorecard: Scorecard
    brief: BriefText
    run_id: str

    def ask(self, plans: Mapping[str, QuestionPlan], judge: Judge, told: Callable[[str], None] | None = None) -> Judged:
        """Answer all questions of some candidates."""
        judges = self.tools.judges
        judged = judge_questions(
            plans,
            judge=judge,
            ledger=self.tools.ledger,
            run_id=self.run_id,
            progress=told,
            patience=judges.patience,
        )
        if judge is judges.first:
            judges.tidy()
        return judged

    def reading(self, note: ReadingNote) -> Reading:
        """What was read of a candidate."""
        return self.tools.readings[note.key]

    def grounded(
        self, verdicts: Sequence[Verdict], reading: Reading, calibration: ChatCalibration | None = None
    ) -> list[GroundedVerdict]:
        """Verdicts with calibrated probabilities and verified quotes."""
        found = []
        for verdict in verdicts:
            rubric = self.rubric(verdict.subject)
            if calibration is not None:
                verdict = verdict.model_copy(update={"findings": calibration.apply(verdict.findings, rubric)})
            found.append(ground(verdict, rubric=rubric, dossier=reading.dossier, is_brief=self.brief.covers))
        return found

    def rubric(self, subject: str) -> Rubric:
        """The rubric of a criterion or gate."""
        if any(gate.id == subject for gate in self.scorecard.non_negotiables):
            return self.scorecard.gate_rubric
        return self.scorecard.criterion(subject).rubric


class JudgedChunk(NamedTuple):
    """Some candidates' assessments, and what they took."""

    assessments: tuple[Assessment, ...]
    record: JudgingRecord
    second: JudgingRecord


def judge_all(
    notes: Sequence[ReadingNote],
    judges: Judges,
    *,
    bench: Bench,
    stage: Stage = "judging",
    progress: Progress,
    wrap: Wrap = unwatched,
) -> JudgedChunk:
    """Judge candidates chunk by chunk."""
    judge = wrap("judge a chunk of candidates", partial(judge_chunk, judges=judges, bench=bench))
    settled = iter(range(1, len(notes) + 1))

    def told(candidate: str) -> None:
        progress(Step(stage, next(settled, len(notes)), len(notes), candidate))

    total = JudgedChunk((), NOTHING_JUDGED, NOTHING_JUDGED)
    for some in chunks(notes, judges.chunk):
        judged = judge(some, told=told)
        total = JudgedChunk(
            total.assessments + judged.assessments,
            total.record.plus(judged.record),
            total.second.plus(judged.second),
        )
    return total


def chunks(subjects: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Cut a sequence into pieces of at most `size`, in order."""
    for start in range(0, len(subjects), size):
        yield subjects[start : start + size]


def judge_chunk(
    notes: Sequence[ReadingNote], *, judges: Judges, bench: Bench, told: Callable[[str], None] | None = None
) -> JudgedChunk:
    """Judge some readings; questions answered before come from the ledger."""
    readings = [bench.reading(note) for note in notes]
    plans = {
        reading.candidate: plan_questions(bench.scorecard, reading.dossier, retriever=bench.tools.retriever)
        for reading in readings
    }
    bench.tools.index.keep_paid()
    judged = bench.ask(plans, judges.first, told)
    reference = {} if judges.reference is None else bench.ask(plans, judges.reference).verdicts
    second = None if judges.second is None else bench.ask(plans, judges.second)
    assessments = []
    for reading in readings:
        assessed = assess(
            reading.candidate,
            scorecard=bench.scorecard,
            dossier=reading.dossier,
            verdicts=bench.grounded(judged.verdicts[reading.candidate], reading, judges.calibration),
            reference=bench.grounded(reference.get(reading.candidate, ()), reading),
            takehome_files=reading.takehome_files,
        )
        if second is not None:
            other = bench.grounded(second.verdicts[reading.candidate], reading, judges.second_calibration)
            assessed = with_second(assessed, other, bench.scorecard, names=judges.names)
        assessments.append(assessed)
    return JudgedChunk(
        tuple(assessments),
        JudgingRecord.of(judged),
        NOTHING_JUDGED if second is None else JudgingRecord.of(second),
    )
