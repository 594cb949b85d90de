"""Stage 1: a folder or zip becomes submissions; every file is read later, listed, or both explained.

Nothing from inside the batch is ever used as a path: names are labels, bytes go into the vault under
their hash.
"""

import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from pipeline.candidates_csv import CandidateRow, CandidateTable, match_rows, read_candidate_table
from pipeline.errors import ConfigurationError, SubmissionError
from pipeline.intake_candidates import ArchiveReader, CandidateFiles, CandidateIntake
from pipeline.intake_duplicates import without_duplicates
from pipeline.intake_roles import (
    HIDDEN_FOLDER_REASON,
    NEVER_READ_REASON,
    batch_listing,
    is_brief,
    is_cover,
    is_loose_resume,
    is_never_read,
    is_never_read_folder,
    is_takehome_name,
    stem_of,
    suffix_of,
)
from pipeline.intake_tree import Folder, Listing, SourceFile, disk_folder, unique_names, zip_folder
from pipeline.models.submissions import Batch, QuarantinedFile, Submission, UnusedFile
from pipeline.vault import Vault

MAX_FILE_BYTES = 100_000_000
"""No file above this is taken into memory; what a parser accepts is far less."""
_MAX_ZIP_MEMBERS = 1_000_000
_MAX_ZIP_BYTES = 20_000_000_000
_SHAPE = (
    "A batch is a folder or .zip with one sub-folder per candidate (resume.pdf, takehome/) or one resume file per "
    "candidate."
)
_TABLE_NAME = "candidates.csv"


class _Top(NamedTuple):
    """What lies at the top of a batch, by what it is."""

    candidates: dict[str, Folder | SourceFile]
    """By the candidate's id, in order."""
    briefs: tuple[SourceFile, ...]
    starter: Folder | None
    table: SourceFile | None
    unused: tuple[UnusedFile, ...]
    notices: tuple[str, ...]


def open_batch(path: Path, *, vault: Vault, reader: ArchiveReader) -> Batch:
    """Sort a batch into submissions and store their bytes.

    The same files give the same batch, as a folder or as a zip and in whatever order the folder
    lists them. Of each file the batch says once what became of it: it is in a submission, a brief,
    quarantined, unused, or of a duplicate (noise such as `.DS_Store` is left out). A candidate's id
    is the folder's name or the file's stem; files with equal stems are called by their whole names.

    Args:
        path: A folder, or a zip of one, possibly with one folder around everything.
        vault: Where the bytes go.
        reader: Unpacks take-home archives, in a process of its own.

    Raises:
        ConfigurationError: The batch is missing, is no folder or zip, is locked, or holds no candidate.
        StorageError: The vault cannot be written.
    """
    with _opened(path) as root:
        listing = batch_listing(root)
        top = _top(listing)
        if not top.candidates:
            raise ConfigurationError(f"Batch {str(path)!r} holds no candidate. {_SHAPE}")
        _refuse_lone_candidate(path, listing)
        intake = CandidateIntake(vault=vault, reader=reader, max_bytes=MAX_FILE_BYTES)
        briefs = _read_briefs(top, intake)
        # A list would hold nothing but models: bytes are in the vault as soon as they were seen.
        taken = [_take(intake, candidate, found) for candidate, found in top.candidates.items()]
        table, unread = _read_table(top.table)
    rows, misfits = match_rows(table, {candidate: found.name for candidate, found in top.candidates.items()})
    submissions, duplicates = without_duplicates([_submission(files, rows) for files in taken])
    dropped = {duplicate.candidate for duplicate in duplicates}
    taken = [files for files in taken if files.candidate not in dropped]
    table_rows = [
        UnusedFile(
            candidate="",
            file=f"{_TABLE_NAME}, line {problem.line}",
            reason=problem.cause,
            without_names=problem.without_names,
        )
        for problem in sorted([*table.problems, *misfits])
    ]
    return Batch(
        submissions=tuple(sorted(submissions, key=lambda submission: submission.candidate)),
        brief_files=briefs.files,
        quarantined=_sorted_quarantined(
            [*unread, *briefs.quarantined, *(q for files in taken for q in files.quarantined)]
        ),
        unused=(
            *sorted([*top.unused, *briefs.unused, *(u for files in taken for u in files.unused)], key=_unused_order),
            *table_rows,
        ),
        duplicates=tuple(sorted(duplicates, key=lambda duplicate: duplicate.candidate)),
        notices=top.notices,
    )


def candidate_names(folder: Path) -> dict[str, str]:
    """Name of the folder or file of each candidate of a batch folder by the id that `open_batch` gives; reads nothing.

    Args:
        folder: It is there.
    """
    return {candidate: found.name for candidate, found in _top(batch_listing(disk_folder(folder))).candidates.items()}


@contextmanager
def _opened(path: Path) -> Iterator[Folder]:
    if not path.exists():
        raise ConfigurationError(f"Batch {str(path)!r} does not exist. {_SHAPE}")
    if path.is_dir():
        yield disk_folder(path)
        return
    if not path.is_file() or not zipfile.is_zipfile(path):
        raise ConfigurationError(f"Batch {str(path)!r} is neither a folder nor a zip. {_SHAPE}")
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError) as error:
        raise ConfigurationError(f"Batch {str(path)!r} is a damaged zip ({error}). Pack it again.") from error
    with archive:
        members = archive.infolist()
        if any(member.flag_bits & 0x1 for member in members):
            raise ConfigurationError(f"Batch {str(path)!r} is protected by a password. Pack it again without one.")
        if len(members) > _MAX_ZIP_MEMBERS or sum(member.file_size for member in members) > _MAX_ZIP_BYTES:
            raise ConfigurationError(
                f"Batch {str(path)!r} holds {len(members)} files that unpack to more than can be taken in at once "
                f"({_MAX_ZIP_BYTES // 10**9} GB). Unpack it and give the folder, or split it."
            )
        yield zip_folder(archive, name=path.stem, max_bytes=MAX_FILE_BYTES)


def _top(listing: Listing) -> _Top:
    folders, surrounding = _candidate_folders(listing)
    starter = next((below for below in listing.folders if below.name.casefold() == "starter"), None)
    unused = [UnusedFile(candidate="", file=name, reason=reason) for name, reason in listing.refused]
    unused += [UnusedFile(candidate="", file=f"{name}/", reason=reason) for name, reason in surrounding]
    briefs: list[SourceFile] = []
    table: SourceFile | None = None
    loose: list[SourceFile] = []
    for found in listing.files:
        if found.name.casefold() == _TABLE_NAME and table is None:
            table = found
        elif is_brief(found.name):
            briefs.append(found)
        elif (reason := _loose_reason(found.name)) is not None:
            unused.append(UnusedFile(candidate="", file=found.name, reason=reason))
        else:
            loose.append(found)
    ids, notices = _loose_ids([below.name for below in folders], [found.name for found in loose])
    candidates: dict[str, Folder | SourceFile] = {below.name: below for below in folders}
    candidates.update(zip(ids, loose, strict=True))
    return _Top(dict(sorted(candidates.items())), tuple(briefs), starter, table, tuple(unused), notices)


def _candidate_folders(listing: Listing) -> tuple[list[Folder], list[tuple[str, str]]]:
    """Return the candidates' folders, and the name and reason of every other folder."""
    folders: list[Folder] = []
    others: list[tuple[str, str]] = []
    for below in listing.folders:
        if below.name.startswith("."):
            others.append((below.name, HIDDEN_FOLDER_REASON))
        elif is_never_read_folder(below.name):
            others.append((below.name, NEVER_READ_REASON))
        elif below.name.casefold() != "starter":
            folders.append(below)
    return folders, others


def _loose_reason(name: str) -> str | None:
    if is_never_read(name):
        return NEVER_READ_REASON
    if is_cover(name):
        return "A cover letter at the top of a batch belongs to nobody; put it into the candidate's folder."
    if suffix_of(name) in {"yaml", "yml"}:
        return "A scorecard is not part of a batch; it is given on its own."
    if not is_loose_resume(name):
        return "No kind of resume. If it is one, save it as PDF or DOCX."
    return None


def _loose_ids(folders: Sequence[str], files: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """Return a unique id for each loose file, and what to say about ids that are no stems."""
    stems = [stem_of(name) for name in files]
    shared = {stem for stem, times in Counter(stems).items() if times > 1}
    shared |= set(stems) & set(folders)
    wanted = [name if stem in shared else stem for name, stem in zip(files, stems, strict=True)]
    ids = unique_names([*folders, *wanted])[len(folders) :]
    notices = [
        f"{name!r} shares its stem with another candidate and is listed as {candidate!r}. "
        "If both are the same person, put them into one folder."
        for name, stem, candidate in zip(files, stems, ids, strict=True)
        if candidate != stem
    ]
    return ids, tuple(notices)


def _refuse_lone_candidate(path: Path, listing: Listing) -> None:
    """Stop when the path is one candidate's own folder: its take-home would become a candidate."""
    takehome = any(is_takehome_name(below.name) for below in listing.folders)
    resume = any(stem_of(found.name).casefold() in {"resume", "cv"} for found in listing.files)
    if takehome and resume:
        raise ConfigurationError(
            f"Batch {str(path)!r} looks like the folder of one candidate. Give the folder above it. {_SHAPE}"
        )


def _take(intake: CandidateIntake, candidate: str, found: Folder | SourceFile) -> CandidateFiles:
    if isinstance(found, Folder):
        return intake.take_folder(candidate, found.listing())
    return intake.take_loose(candidate, found)


def _read_briefs(top: _Top, intake: CandidateIntake) -> CandidateFiles:
    briefs = intake.take_files("", [(found.name, found) for found in top.briefs], role="brief")
    if top.starter is None:
        return briefs
    starter = intake.take_tree("", top.starter, prefix="starter/", role="starter")
    return briefs.plus(starter)


def _read_table(found: SourceFile | None) -> tuple[CandidateTable, list[QuarantinedFile]]:
    if found is None:
        return CandidateTable(), []
    try:
        return read_candidate_table(found.load()), []
    except SubmissionError as error:
        row = QuarantinedFile(candidate="", file=found.name, code=error.code, reason=error.reason)
        return CandidateTable(), [row]


def _submission(files: CandidateFiles, rows: Mapping[str, CandidateRow]) -> Submission:
    row = rows.get(files.candidate)
    if row is None:
        return Submission(candidate=files.candidate, files=files.files)
    return Submission(
        candidate=files.candidate,
        files=files.files,
        name=row.name,
        email=row.email,
        channel=row.channel,
        received=row.received,
    )


def _sorted_quarantined(rows: Iterable[QuarantinedFile]) -> tuple[QuarantinedFile, ...]:
    return tuple(sorted(rows, key=lambda row: (row.candidate, row.file, row.code)))


def _unused_order(row: UnusedFile) -> tuple[str, str, str]:
    return row.candidate, row.file, row.reason
