"""The walk from files to a shortlist, top to bottom.

    1  folder, zip              -> Batch                   open_batch
    2  Submission               -> Document ... Dossier    read_chunk
    3  readings                 -> one row a person        settle_batch
    4  (scorecard, Dossier)     -> Question ... Verdict    judge_chunk
    5  Verdict                  -> Assessment              judge_chunk
    6  Assessments              -> Shortlist               rank

Every way to run (this process, a Prefect flow) calls these functions, so all give the same bytes.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple, ParamSpec, Protocol, TypeVar

from evaluators.assessment import assess
from evaluators.evidence import plan_questions
from evaluators.grounding import ground
from evaluators.judge import Judge
from evaluators.judging import JudgingStatistics, judge_questions
from flows.workbench import Progress, Step, Workbench, silent
from pipeline.duplicates import settle_batch
from pipeline.errors import JudgeUnavailable
from pipeline.intake import open_batch
from pipeline.models.assessment import Assessment
from pipeline.models.base import FrozenModel
from pipeline.models.dossier import QuestionPlan
from pipeline.models.reading import Reading, ReadingNote
from pipeline.models.scorecard import Rubric, Scorecard
from pipeline.models.shortlist import Shortlist
from pipeline.models.submissions import Batch, QuarantinedFile, Submission
from pipeline.models.verdicts import GroundedVerdict, Verdict
from pipeline.passages import BriefText
from pipeline.ranking import rank
from pipeline.reading import read_brief, read_submission

CHUNK = 50
"""Candidates that are read or judged in one go; bounds memory and what a kill can cost."""

READERS = 3
"""Threads that read: while one waits for the child that parses its file, another redacts."""

T = TypeVar("T")
P = ParamSpec("P")


class Wrap(Protocol):
    """Lets a caller watch a stage; `flows.screening` makes a Prefect task of it."""

    def __call__(self, name: str, stage: Callable[P, T], /) -> Callable[P, T]:
        """Return a callable with the same arguments and result."""


def unwatched(name: str, stage: Callable[P, T], /) -> Callable[P, T]:
    """Run the stage as it is."""
    return stage


class JudgedChunk(NamedTuple):
    """Some candidates' assessments, and what they cost."""

    assessments: tuple[Assessment, ...]
    statistics: JudgingStatistics
    unavailable: str | None


class Screening(FrozenModel):
    """A finished walk."""

    batch: Batch
    """Submissions that were ranked, and all that was set aside."""
    shortlist: Shortlist
    statistics: JudgingStatistics
    unavailable: str | None
    """Why the judge stopped answering before the end, in words for an operator."""
    readings: tuple[ReadingNote, ...]


def screen(
    batch_path: Path,
    scorecard: Scorecard,
    *,
    bench: Workbench,
    run_id: str,
    top: int | None = None,
    progress: Progress = silent,
    wrap: Wrap = unwatched,
) -> Screening:
    """Screen a batch in this process.

    Args:
        batch_path: A folder or zip.
        scorecard: The role.
        bench: What the stages work with.
        run_id: Under which the ledger notes who asked what.
        top: K; the scorecard's interview slots if not given.
        progress: Told whenever a chunk of candidates is done.
        wrap: Put around every stage.

    Raises:
        ConfigurationError: The batch cannot be opened at all.
        JudgeUnavailable: No question could be asked; what was answered before is kept.
    """
    batch = wrap("intake", partial(open_batch, vault=bench.vault, reader=bench.reader))(batch_path)
    brief = read_brief(batch.brief_files, vault=bench.vault, reader=bench.reader)
    read = wrap("read a chunk of candidates", partial(read_chunk, batch=batch, brief=brief, bench=bench))
    notes: list[ReadingNote] = []
    for chunk in chunks(batch.submissions):
        notes += read(chunk)
        progress(Step("reading", len(notes), len(batch.submissions), chunk[-1].candidate))
    batch, kept = settle_batch(batch, notes)
    judge = wrap(
        "judge a chunk of candidates",
        partial(judge_chunk, scorecard=scorecard, brief=brief, bench=bench, run_id=run_id),
    )
    assessments: list[Assessment] = []
    statistics: list[JudgingStatistics] = []
    unavailable: str | None = None
    for some in chunks(kept):
        judged = judge([note.key for note in some])
        assessments += judged.assessments
        statistics.append(judged.statistics)
        unavailable = unavailable or judged.unavailable
        progress(Step("judging", len(assessments), len(kept), some[-1].candidate))
    total = _sum(statistics)
    if unavailable is not None and total.not_asked == total.questions:
        raise JudgeUnavailable(unavailable)
    shortlist = wrap("rank", partial(rank_batch, scorecard=scorecard, batch=batch, top=top))(assessments)
    return Screening(batch=batch, shortlist=shortlist, statistics=total, unavailable=unavailable, readings=kept)


def _sum(statistics: Sequence[JudgingStatistics]) -> JudgingStatistics:
    return JudgingStatistics(
        **{name: sum(getattr(some, name) for some in statistics) for name in JudgingStatistics.model_fields}
    )


def chunks(subjects: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """Cut a sequence into pieces of at most `size`, in order."""
    for start in range(0, len(subjects), size):
        yield subjects[start : start + size]


def read_chunk(
    submissions: Sequence[Submission], *, batch: Batch, brief: BriefText, bench: Workbench
) -> list[ReadingNote]:
    """Read some submissions, or find them read; the readings lie on the shelf under the keys returned."""
    aside: dict[str, list[QuarantinedFile]] = {}
    for file in batch.quarantined:
        aside.setdefault(file.candidate, []).append(file)

    def read_one(submission: Submission) -> ReadingNote:
        own_aside = aside.get(submission.candidate, [])
        key = _reading_key(submission, own_aside, batch, bench)
        reading = bench.readings.get(key)
        if reading is None:
            reading = read_submission(
                submission,
                vault=bench.vault,
                reader=bench.reader,
                brief=brief,
                already_quarantined=own_aside,
                languages=bench.languages,
            )
            bench.readings.put(key, reading)
        return _note(key, submission, reading)

    with ThreadPoolExecutor(READERS) as threads:
        return list(threads.map(read_one, submissions))


def _reading_key(submission: Submission, aside: Sequence[QuarantinedFile], batch: Batch, bench: Workbench) -> str:
    """Equal files under equal names, read by equal code, are read once."""
    parts = [
        bench.reading_version,
        ",".join(bench.languages),
        submission.model_dump_json(),
        *(file.sha256 for file in batch.brief_files),
        *(file.model_dump_json() for file in aside),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _note(key: str, submission: Submission, reading: Reading) -> ReadingNote:
    return ReadingNote(
        key=key,
        candidate=reading.candidate,
        dossier_hash=reading.dossier.hash,
        email=reading.email,
        received=submission.received,
        quarantined=reading.quarantined,
    )


def judge_chunk(
    keys: Sequence[str], *, scorecard: Scorecard, brief: BriefText, bench: Workbench, run_id: str
) -> JudgedChunk:
    """Judge some readings; questions answered before come from the ledger."""
    readings = [bench.readings[key] for key in keys]
    plans = {r.candidate: plan_questions(scorecard, r.dossier, retriever=bench.retriever) for r in readings}
    judged = judge_questions(plans, judge=bench.judge, ledger=bench.ledger, run_id=run_id)
    reference = _reference(plans, bench=bench, run_id=run_id)
    assessments = tuple(
        assess(
            reading.candidate,
            scorecard=scorecard,
            dossier=reading.dossier,
            verdicts=_grounded(judged.verdicts[reading.candidate], scorecard, reading, brief),
            reference=_grounded(reference.get(reading.candidate, ()), scorecard, reading, brief),
            takehome_files=reading.takehome_files,
        )
        for reading in readings
    )
    return JudgedChunk(assessments, judged.statistics, judged.unavailable)


def _reference(plans: dict[str, QuestionPlan], *, bench: Workbench, run_id: str) -> dict[str, tuple[Verdict, ...]]:
    judge: Judge | None = bench.reference_judge
    if judge is None:
        return {}
    return judge_questions(plans, judge=judge, ledger=bench.ledger, run_id=run_id).verdicts


def _grounded(
    verdicts: Sequence[Verdict], scorecard: Scorecard, reading: Reading, brief: BriefText
) -> list[GroundedVerdict]:
    return [
        ground(v, rubric=_rubric(scorecard, v.subject), dossier=reading.dossier, is_brief=brief.covers)
        for v in verdicts
    ]


def _rubric(scorecard: Scorecard, subject: str) -> Rubric:
    if any(gate.id == subject for gate in scorecard.non_negotiables):
        return scorecard.gate_rubric
    return scorecard.criterion(subject).rubric


def rank_batch(assessments: Sequence[Assessment], *, scorecard: Scorecard, batch: Batch, top: int | None) -> Shortlist:
    """Rank all assessments of a batch, with the channels its submissions came through."""
    channels = {s.candidate: s.channel for s in batch.submissions if s.channel}
    return rank(assessments, scorecard, top=top, channels=channels)
