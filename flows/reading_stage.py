"""Stage 2 of the walk: some submissions to readings on the shelf, by several processes where there are many."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from flows.reading_pool import PoolOpening, ReadingPool, ReadingTask
from flows.workbench import Progress, Step, Workbench
from pipeline.line_process import sensible_size
from pipeline.models.reading import ReadingNote
from pipeline.models.submissions import Batch, QuarantinedFile, Submission
from pipeline.passages import BriefText
from pipeline.reading import read_submission

READERS = 3
"""Threads that read: while one waits for the child that parses its file, another redacts."""
WORTH_A_POOL = 20
"""With fewer candidates to read, starting processes takes longer than reading."""


@contextmanager
def pool_for(batch: Batch, *, bench: Workbench) -> Iterator[ReadingPool | None]:
    """Processes to read a batch with, while there is need of them; None for a small batch or a single processor."""
    size = sensible_size() if len(batch.submissions) >= WORTH_A_POOL else 0
    if size == 0:
        yield None
        return
    opening = PoolOpening(vault=bench.vault.root, brief_files=batch.brief_files, languages=tuple(bench.languages))
    with ReadingPool(opening, size=size) as pool:
        yield pool


def read_chunk(
    submissions: Sequence[Submission],
    *,
    batch: Batch,
    brief: BriefText,
    bench: Workbench,
    pool: ReadingPool | None = None,
    told: Callable[[ReadingNote], None] | None = None,
) -> list[ReadingNote]:
    """Read some submissions, or find them read; the readings lie on the shelf under the keys returned.

    Whoever had a file that ran out of time or brought its process down is read again.

    Args:
        submissions: Who is read.
        batch: What they are part of.
        brief: Text that is nobody's evidence.
        bench: Vault, shelf and reader.
        pool: Other processes to read with; this one alone if not given.
        told: Told of each submission that was read, in order.
    """
    aside = _by_candidate(batch.quarantined)
    tasks = [_task(submission, aside.get(submission.candidate, ()), batch, bench) for submission in submissions]
    readings = {
        task.key: reading
        for task in tasks
        # What the machine may have been too busy for lies on the shelf for its own run alone.
        if (reading := bench.readings.get(task.key)) is not None and not reading.worth_another_try
    }
    fresh = len(tasks) - len(readings)
    if fresh < WORTH_A_POOL:
        pool = None

    def read_one(task: ReadingTask) -> ReadingNote:
        known = readings.get(task.key)
        if known is not None:
            return ReadingNote.of(task.key, known, received=task.submission.received)
        # A process that broke down is no reason to lose a candidate: read here what it did not.
        return (pool and pool.read(task)) or read_and_keep(task, brief=brief, bench=bench)

    threads = ThreadPoolExecutor(max(READERS, pool.size if pool else 0))
    notes = []
    try:
        for note in threads.map(read_one, tasks):
            notes.append(note)
            if told is not None:
                told(note)
    finally:
        # Whoever broke off, waits for those that are being read, not for the whole chunk.
        threads.shutdown(cancel_futures=True)
    return notes


def told_of_reading(batch: Batch, progress: Progress) -> Callable[[ReadingNote], None]:
    """Report who cannot be read at all, and give what reports everybody who was read."""
    total, names = len(batch.submissions), {submission.candidate for submission in batch.submissions}
    aside = _by_candidate(batch.quarantined)
    progress(Step("reading", 0, total, "", tuple(file for file in batch.quarantined if file.candidate not in names)))
    done = iter(range(1, total + 1))

    def told(note: ReadingNote) -> None:
        files = (*aside.get(note.candidate, ()), *note.quarantined)
        progress(Step("reading", next(done, total), total, note.candidate, files))

    return told


def _by_candidate(files: Sequence[QuarantinedFile]) -> dict[str, list[QuarantinedFile]]:
    found: dict[str, list[QuarantinedFile]] = {}
    for file in files:
        found.setdefault(file.candidate, []).append(file)
    return found


def read_and_keep(task: ReadingTask, *, brief: BriefText, bench: Workbench) -> ReadingNote:
    """Read one submission in this process and put the reading on the shelf."""
    reading = read_submission(
        task.submission,
        vault=bench.vault,
        reader=bench.reader,
        brief=brief,
        already_quarantined=task.aside,
        languages=bench.languages,
    )
    bench.readings.put(task.key, reading)
    return ReadingNote.of(task.key, reading, received=task.submission.received)


def _task(submission: Submission, aside: Sequence[QuarantinedFile], batch: Batch, bench: Workbench) -> ReadingTask:
    """What is to be read, with its key: equal files under equal names, read by equal code, are read once."""
    parts = [
        bench.reading_version,
        ",".join(bench.languages),
        submission.model_dump_json(),
        *(file.sha256 for file in batch.brief_files),
        *(file.model_dump_json() for file in aside),
    ]
    key = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    return ReadingTask(key=key, submission=submission, aside=tuple(aside))
