"""A candidate's documents as a reader sees them: parsed again from the batch, or the passages that a run kept.

Whole documents are not kept by runs, passages are. So a page parses the files of the batch once more, by the code that
runs read with, in the same limited child processes, and redacts them by the same rules. If the files are no longer
those of the run, the passages on the shelf take their place.
"""

import hashlib
import json
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal, NamedTuple

from pydantic import ValidationError

from pipeline.candidates_csv import CandidateTable, match_rows, read_candidate_table
from pipeline.desk.places import readings_in, vault_folder
from pipeline.documents.reading import DocumentReader
from pipeline.errors import ConfigurationError, SubmissionError
from pipeline.intake import MAX_FILE_BYTES
from pipeline.intake_candidates import CandidateFiles, CandidateIntake
from pipeline.intake_roles import batch_listing, is_loose_resume, stem_of
from pipeline.intake_tree import Folder, Listing, SourceFile, disk_folder
from pipeline.models.documents import BlockKind, Document, RedactedBlock, RedactedDocument
from pipeline.models.dossier import Passage
from pipeline.models.reading import Reading
from pipeline.models.report import ReportedQuote
from pipeline.models.submissions import FileRole, SubmittedFile
from pipeline.redaction import redact
from pipeline.review.once import once
from pipeline.review.quote_finding import find_quote, flat_text
from pipeline.vault import Vault

Origin = Literal["files", "reading", "nowhere"]
KEPT: Final = 64
"""Candidates whose parsed documents stay in memory."""
_TABLE: Final = "candidates.csv"
_SETTLED_NS: Final = 2_000_000_000
"""A folder may change twice within the grain of its clock, so that one that just changed is looked at again."""
_MOST_FILES: Final = 4_000
_FOUND_ENOUGH: Final = 0.8
"""Share of the quotes that must stand in the files; a quote around a withheld sentence is in one piece nowhere."""


class CandidateDocuments(NamedTuple):
    """All documents of one candidate: resume first, then cover letter, then take-home."""

    documents: tuple[RedactedDocument, ...]
    origin: Origin


class Documents:
    """Reads candidates' documents for pages; safe for several threads. Close it, or use it as a context manager.

    Args:
        home: SHORTLIST_HOME.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._reader = DocumentReader()
        self._lock = threading.Lock()
        self._kept: OrderedDict[object, tuple[RedactedDocument, ...]] = OrderedDict()

    def warm_up(self) -> None:
        """Start the process that parses, which takes a second, before anybody waits for it."""
        content = b"warm"
        file = SubmittedFile(name="warm.txt", role="resume", sha256=hashlib.sha256(content).hexdigest(), size=4)
        with suppress(SubmissionError, ConfigurationError):
            self._reader.read(file, content)

    def close(self) -> None:
        """End the processes that parse."""
        self._reader.close()

    def of(self, batch: Path, candidate: str, *, dossier: str, quotes: Sequence[ReportedQuote]) -> CandidateDocuments:
        """The documents of a candidate, as the run read them.

        Args:
            batch: The folder that the run was over.
            candidate: As the shortlist names them.
            dossier: Hash of what the run judged.
            quotes: What the run cites.
        """
        files = self._from_files(batch, candidate)
        if files and _holds(files, quotes):
            return CandidateDocuments(files, "files")
        reading = self._reading(candidate, dossier)
        if reading is not None and reading.dossier.passages:
            return CandidateDocuments(_of_reading(reading), "reading")
        return CandidateDocuments(files, "files" if files else "nowhere")

    def _from_files(self, batch: Path, candidate: str) -> tuple[RedactedDocument, ...]:
        try:
            listing = _listing(batch) if batch.is_dir() else None
        except (OSError, ConfigurationError):
            return ()
        found = _found(listing, candidate) if listing is not None else None
        if listing is None or found is None:
            return ()
        key = (str(batch), candidate, _signature(batch, found.name))
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        parsed = self._parsed(batch, listing, candidate, found)
        with self._lock:
            self._kept[key] = parsed
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return parsed

    def _parsed(
        self, batch: Path, listing: Listing, candidate: str, found: Folder | SourceFile
    ) -> tuple[RedactedDocument, ...]:
        held = HeldVault()
        intake = CandidateIntake(vault=held, reader=self._reader, max_bytes=MAX_FILE_BYTES)
        taken = _take(intake, candidate, found)
        documents: list[Document] = []
        for file in taken.files:
            try:
                documents.append(self._reader.read(file, held.read(file.sha256)))
            except SubmissionError:
                continue
        row = match_rows(_table(batch, listing), {candidate: found.name})[0].get(candidate)
        redacted = redact(
            documents, name=row.name if row else None, email=row.email if row else None, candidate=candidate
        )
        return tuple(sorted(redacted, key=_order))

    def _reading(self, candidate: str, dossier: str) -> Reading | None:
        """What a run kept of these documents; readings lie under keys that only a run can make again."""
        decoder = json.JSONDecoder()
        before = '{"candidate":'
        for path in sorted(readings_in(vault_folder(self._home)).glob("??/*.json")):
            try:
                with path.open(encoding="utf-8", errors="replace") as file:
                    start = file.read(len(before) + 6 * len(candidate) + 16)
                if not start.startswith(before) or decoder.raw_decode(start, len(before))[0] != candidate:
                    continue
                reading = Reading.model_validate_json(path.read_bytes())
            except (OSError, ValueError, ValidationError):
                continue
            if reading.dossier.hash == dossier:
                return reading
        return None


class HeldVault(Vault):
    """Bytes in memory: looking at a document must not make the vault keep it longer."""

    def __init__(self) -> None:
        super().__init__(Path("nowhere"))
        self._bytes: dict[str, bytes] = {}

    def put(self, content: bytes) -> str:
        """Hold the bytes."""
        sha256 = hashlib.sha256(content).hexdigest()
        self._bytes[sha256] = content
        return sha256

    def read(self, sha256: str) -> bytes:
        """The held bytes."""
        return self._bytes[sha256]


def _listing(batch: Path) -> Listing:
    """The top of a batch, kept until it changes: a thousand folders take a while to look at."""
    wrapping = [batch / "candidates", *(batch / name for name in os.listdir(batch)[:1])]
    times = tuple(path.stat().st_mtime_ns for path in (batch, *wrapping) if path.is_dir())
    if time.time_ns() - max(times) < _SETTLED_NS:
        return batch_listing(disk_folder(batch))
    return _kept_listing(batch, times)


@lru_cache(maxsize=8)
def _kept_listing(batch: Path, times: tuple[int, ...]) -> Listing:
    del times  # Part of the key alone.
    return batch_listing(disk_folder(batch))


def _found(listing: Listing, candidate: str) -> Folder | SourceFile | None:
    """Where a candidate lies: a folder, or a file called by its stem or, if another one shares that, its whole name."""
    for below in listing.folders:
        if below.name == candidate:
            return below
    loose = [file for file in listing.files if is_loose_resume(file.name)]
    return next((file for file in loose if candidate in (stem_of(file.name), file.name)), None)


def _take(intake: CandidateIntake, candidate: str, found: Folder | SourceFile) -> CandidateFiles:
    if isinstance(found, Folder):
        return intake.take_folder(candidate, found.listing())
    return intake.take_loose(candidate, found)


def table_of(path: Path) -> CandidateTable:
    """A `candidates.csv`, read once as long as it does not change.

    Raises:
        OSError: It cannot be read.
    """
    stat = path.stat()
    if time.time_ns() - stat.st_mtime_ns < _SETTLED_NS:
        return read_candidate_table(path.read_bytes())
    return _kept_table(path, stat.st_mtime_ns, stat.st_size)


@once(kept=4)
def _kept_table(path: Path, changed: int, size: int) -> CandidateTable:
    del changed, size  # Parts of the key alone.
    return read_candidate_table(path.read_bytes())


def _table(batch: Path, listing: Listing) -> CandidateTable:
    with suppress(OSError):
        return table_of(batch / _TABLE)
    # It may be called otherwise, such as CANDIDATES.CSV, or lie in a folder around the batch.
    for file in listing.files:
        if file.name.casefold() == _TABLE:
            try:
                return read_candidate_table(file.load())
            except SubmissionError:
                break
    return CandidateTable()


def _signature(batch: Path, name: str) -> tuple[tuple[str, int, int], ...]:
    """What tells whether files changed: paths, sizes and times."""
    parts: list[tuple[str, int, int]] = []
    paths = [batch / name, batch / _TABLE]
    for path in paths:
        if path.is_dir():
            for folder, _, files in os.walk(path):
                paths += [Path(folder) / file for file in files]
                if len(paths) > _MOST_FILES:
                    break
        elif path.is_file():
            # One that was replaced or erased meanwhile has changed: it is no part of what it was a part of.
            with suppress(FileNotFoundError, NotADirectoryError):
                stat = path.stat()
                parts.append((str(path), stat.st_size, stat.st_mtime_ns))
    return tuple(sorted(parts))


_ROLES: Final[tuple[FileRole, ...]] = ("resume", "cover", "takehome", "brief", "starter")


def _order(document: RedactedDocument) -> tuple[int, str]:
    return _ROLES.index(document.role), document.name


def _holds(documents: Sequence[RedactedDocument], quotes: Sequence[ReportedQuote]) -> bool:
    """Whether these are the documents that the quotes come from."""
    distinct = {(quote.document, quote.quote) for quote in quotes}
    if not distinct:
        return True
    flat = {document.name: flat_text([block.visible for block in document.blocks]) for document in documents}
    found = sum(name in flat and find_quote(flat[name], quote) is not None for name, quote in distinct)
    return found >= _FOUND_ENOUGH * len(distinct)


def _of_reading(reading: Reading) -> tuple[RedactedDocument, ...]:
    by_document: dict[str, list[Passage]] = {}
    for passage in reading.dossier.passages:
        by_document.setdefault(passage.document, []).append(passage)
    documents = [
        RedactedDocument(
            name=name,
            role="takehome" if name in reading.takehome_files else "resume",
            sha256="",
            media="text",
            language=None,
            blocks=tuple(_block(passage) for passage in sorted(passages, key=_place)),
        )
        for name, passages in by_document.items()
    ]
    return tuple(sorted(documents, key=_order))


def _place(passage: Passage) -> tuple[int, str]:
    return passage.place.page or passage.place.line or 0, passage.id


def _block(passage: Passage) -> RedactedBlock:
    kind: BlockKind = "code" if passage.kind == "code" else "comment" if passage.kind == "comment" else "paragraph"
    return RedactedBlock(
        kind=kind, text=passage.text, visible=passage.visible, spans=passage.spans, place=passage.place
    )
