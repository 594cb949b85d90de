"""Forgetting a candidate of an opening: files, readings, reports of past runs, and what people did about them."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from pipeline.desk.desk import Desk
from pipeline.desk.erasing import ErasedRecords, Erasure
from pipeline.desk.places import batch_folder
from pipeline.errors import DeskConflict, StorageError, UnknownToDesk
from pipeline.models.reading import Reading
from pipeline.models.scorecard import Rubric
from pipeline.review.adding import batch_lock
from pipeline.review.erasing_caches import Forgotten, forget_originals, forget_readings
from pipeline.review.erasing_files import (
    CandidateFiles,
    clear_unfinished,
    delete_files,
    files_of_candidate,
    forget_inbox,
)
from pipeline.review.erasing_reports import Rewriting, rewrite, rewritings


class Erased(NamedTuple):
    """What went, and what may still be somewhere."""

    files: int
    tables: int
    reports: int
    records: ErasedRecords
    forgotten: Forgotten
    elsewhere: tuple[str, ...]
    """What this program cannot reach, in sentences for a person."""


def erase(home: Path, opening: str, candidate: str, *, desk: Desk, by: str, rubrics: Mapping[str, Rubric]) -> Erased:
    """Erase a candidate of an opening. Broken off, the same again goes on.

    Args:
        home: SHORTLIST_HOME.
        opening: Id of the opening.
        candidate: Folder name or file stem, as the runs name them.
        desk: Where it is noted, without the name.
        by: Who erases.
        rubrics: The rubric library, for writing reports again.

    Raises:
        UnknownToDesk: There is no such opening, or nothing of such a candidate in it.
        DeskConflict: A run is under way, which would put back what is taken away; or somebody searches.
        StorageError: A file cannot be deleted or written; nothing that was deleted comes back.
    """
    desk.openings.get(opening)
    if active := desk.runs.active():
        raise DeskConflict(f"Run {active[0].id!r} of {active[0].opening!r} is under way. Wait for it or cancel it.")
    try:
        with batch_lock(home, opening):
            found = files_of_candidate(home, opening, candidate)
            reports = rewritings(home, opening, candidate, rubrics=rubrics)
            if not (found.places or found.tables or reports or desk.reviews.history(opening, candidate, newest=1)):
                raise UnknownToDesk(f"There is nothing of a candidate {candidate!r} in opening {opening!r}.")
            return _erase(home, opening, candidate, found, reports, desk=desk, by=by)
    except OSError as error:
        raise StorageError(f"Not everything could be erased ({error.strerror}). Erase again to go on.") from error


def _erase(
    home: Path,
    opening: str,
    candidate: str,
    found: CandidateFiles,
    reports: tuple[Rewriting, ...],
    *,
    desk: Desk,
    by: str,
) -> Erased:
    # Said first what the reports become: in between, `shortlist verify` knows them in either state. The files of the
    # candidate go last, for they tell what else there is to delete.
    records = desk.erase(
        opening,
        candidate,
        by=by,
        erasure=Erasure(
            files=found.documents,
            rewritten={one.run_id: one.sha256 for one in reports if one.run_id and one.sha256},
            names=found.names,
            batch=batch_folder(home, opening),
        ),
    )
    for report in reports:
        rewrite(report)
    clear_unfinished(home, opening)
    originals = forget_originals(home, found.vaulted)
    readings, indexes = forget_readings(home, lambda _, reading: _is_of(reading, candidate))
    inbox = forget_inbox(home, opening, candidate)
    files = delete_files(found, candidate)
    return Erased(
        files=files,
        tables=len(found.tables),
        reports=len(reports),
        records=records,
        forgotten=Forgotten(originals, readings, indexes),
        elsewhere=tuple(_elsewhere(desk, opening, inbox)),
    )


def _is_of(reading: Reading, candidate: str) -> bool:
    # Of whatever opening: readings are made again from the batch by the next run.
    return reading.candidate == candidate


def _elsewhere(desk: Desk, opening: str, inbox: str | None) -> list[str]:
    told = []
    exports = len(desk.chain.told("shortlist.exported", opening=opening))
    if exports:
        told.append(f"The shortlist was exported {exports} times; those files are wherever they were saved.")
    if inbox is not None:
        told.append(f"The inbox {inbox} held files of theirs. Delete them there; the same bytes are not taken again.")
    if any(run.options.get("judge", "evidence") != "evidence" for run in desk.runs.all(opening)):
        told.append("A language model read documents of this opening; ask its provider what is kept of requests.")
    told.append("Results of `shortlist screen` in other folders, printouts, mails and backups are not known here.")
    told.append("A review app that runs keeps pages it has read in memory until it is started again.")
    return told
