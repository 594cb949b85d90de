"""The walk from files to a shortlist, top to bottom.

    1  folder, zip              -> Batch                   open_batch
    2  Submission               -> Document ... Dossier    read_chunk (flows.reading_stage)
    3  readings                 -> one row a person        settle_batch
    4  (scorecard, Dossier)     -> Question ... Verdict    judge_chunk (flows.judging_stage)
    5  Verdict                  -> Assessment              judge_chunk
    6  Assessments              -> Shortlist               rank_batch
    7  rows near the cut        -> narrower intervals      settle_near_the_cut (flows.second_pass), if asked for
    8  rows to be invited       -> follow-up questions     ask_follow_ups (flows.following_up), if asked for

Every way to run (this process, a Prefect flow) calls these functions, so all give the same bytes.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from flows.following_up import ask_follow_ups
from flows.judging_stage import (
    NOTHING_JUDGED,
    Bench,
    JudgedChunk,
    JudgingRecord,
    Wrap,
    chunks,
    judge_all,
    unwatched,
)
from flows.reading_stage import pool_for, read_chunk, told_of_reading
from flows.second_pass import settle_near_the_cut
from flows.workbench import CHUNK, Progress, Workbench, silent
from pipeline.duplicates import settle_batch
from pipeline.errors import JudgeUnavailable
from pipeline.intake import open_batch
from pipeline.models.assessment import Assessment
from pipeline.models.base import FrozenModel
from pipeline.models.reading import ReadingNote
from pipeline.models.scorecard import Scorecard
from pipeline.models.shortlist import Shortlist
from pipeline.models.submissions import Batch
from pipeline.passages import BriefText
from pipeline.ranking import rank
from pipeline.ranking_line import best_candidates, rank_with_line
from pipeline.reading import read_brief


class Depth(FrozenModel):
    """How far the walk goes beyond the first ranking."""

    judge_top: int | None = None
    """Let the judge read the N best of a screening only; everybody if None."""
    settle: bool = False
    follow_up: bool = False


ONCE = Depth()
"""Everybody is judged by the same judge, and nothing is asked twice."""


class Screening(NamedTuple):
    """A finished walk."""

    batch: Batch
    """Submissions that were ranked, and all that was set aside."""
    shortlist: Shortlist
    readings: tuple[ReadingNote, ...]
    judged: JudgingRecord
    """Of the judge whose levels count, all passes together."""
    screened: JudgingRecord = NOTHING_JUDGED
    """Of the judge that read everybody first, with `judge_top`."""
    second: JudgingRecord = NOTHING_JUDGED
    samples: int = 0
    """Further answers that the second pass asked for."""
    settling: JudgingRecord = NOTHING_JUDGED
    """Of the second pass alone; `judged` holds it too."""


Forecast = Callable[[Sequence[ReadingNote], BriefText], None]
"""Called once before the first question, with everybody who is to be judged."""


def screen(
    batch_path: Path,
    scorecard: Scorecard,
    *,
    bench: Workbench,
    run_id: str,
    top: int | None = None,
    depth: Depth = ONCE,
    progress: Progress = silent,
    forecast: Forecast | None = None,
    wrap: Wrap = unwatched,
) -> Screening:
    """Screen a batch in this process.

    Args:
        batch_path: A folder or zip.
        scorecard: The role.
        bench: What the stages work with.
        run_id: Under which the ledger notes who asked what.
        top: K; the scorecard's interview slots if not given.
        depth: Which further passes are wanted.
        progress: Told whenever a candidate or a chunk of them is done.
        forecast: Told before the first question who will be judged; may raise to end the run there.
        wrap: Put around every stage.

    Raises:
        ConfigurationError: The batch cannot be opened at all.
        JudgeUnavailable: No question could be asked; what was answered before is kept.
    """
    batch = wrap("intake", partial(open_batch, vault=bench.vault, reader=bench.reader))(batch_path)
    brief = read_brief(batch.brief_files, vault=bench.vault, reader=bench.reader)
    told = told_of_reading(batch, progress)
    with pool_for(batch, bench=bench) as pool:
        read = wrap("read a chunk of candidates", partial(read_chunk, batch=batch, brief=brief, bench=bench, pool=pool))
        notes = [note for chunk in chunks(batch.submissions, CHUNK) for note in read(chunk, told=told)]
    batch, kept = settle_batch(batch, notes)
    table = Bench(bench, scorecard, brief, run_id)
    ranking = wrap("rank", partial(rank_batch, scorecard=scorecard, batch=batch, top=top))
    everybody, screened, chosen = None, NOTHING_JUDGED, list(kept)
    if depth.judge_top is not None:
        first = judge_all(kept, bench.screening, bench=table, stage="screening", progress=progress, wrap=wrap)
        everybody, screened = ranking(first.assessments), first.record
        best = set(best_candidates(everybody, depth.judge_top))
        chosen = [note for note in kept if note.candidate in best]
    judged = _judge(chosen, bench=table, progress=progress, forecast=forecast, wrap=wrap)
    shortlist, record, samples = ranking(judged.assessments), judged.record, 0
    settling = NOTHING_JUDGED
    if depth.settle:
        second_pass = settle_near_the_cut(shortlist, chosen, bench.judges, bench=table, progress=progress)
        shortlist, samples, settling = second_pass.shortlist, second_pass.samples, second_pass.record
        record = record.plus(settling)
    if everybody is not None:
        shortlist = rank_with_line(everybody, shortlist, scorecard)
    if depth.follow_up:
        followed = ask_follow_ups(shortlist, kept, bench.judges, bench=table, progress=progress)
        shortlist, record = followed.shortlist, record.plus(followed.record)
    return Screening(batch, shortlist, tuple(kept), record, screened, judged.second, samples, settling)


def _judge(
    notes: Sequence[ReadingNote], *, bench: Bench, progress: Progress, forecast: Forecast | None, wrap: Wrap
) -> JudgedChunk:
    """Judge some candidates by the judges whose levels count.

    Raises:
        JudgeUnavailable: Not one question was answered.
    """
    if forecast is not None:
        forecast(notes, bench.brief)
    judged = judge_all(notes, bench.tools.judges, bench=bench, progress=progress, wrap=wrap)
    record = judged.record
    spent = bench.tools.judges.spending
    # What was paid for stands in the results, though nothing came of it.
    paid = spent is not None and spent.requests > 0
    if record.unavailable is not None and record.statistics.not_asked == record.statistics.requests and not paid:
        raise JudgeUnavailable(record.unavailable)
    return judged


def rank_batch(assessments: Sequence[Assessment], *, scorecard: Scorecard, batch: Batch, top: int | None) -> Shortlist:
    """Rank all assessments of a batch, with the channels its submissions came through."""
    channels = {s.candidate: s.channel for s in batch.submissions if s.channel}
    return rank(assessments, scorecard, top=top, channels=channels)
