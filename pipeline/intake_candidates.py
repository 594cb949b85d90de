"""One candidate's folder or file becomes submitted files, quarantined files and unused files."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from pipeline.errors import SubmissionError
from pipeline.intake_roles import (
    NEVER_READ_REASON,
    choose_resume,
    is_archive,
    is_cover,
    is_document,
    is_never_read,
    is_takehome_name,
    stem_of,
)
from pipeline.intake_tree import Folder, Listing, SourceFile, unpacked_folder
from pipeline.models.submissions import FileRole, QuarantinedFile, SubmittedFile, UnusedFile
from pipeline.takehome_files import (
    MAX_TOTAL_BYTES,
    TOO_MUCH,
    Skipped,
    content_reason,
    select_files,
    skipped_folder,
    summarise,
)
from pipeline.vault import Vault

SECOND_RESUME = "Second resume; one is read (resume* before cv*, PDF before DOCX before others)."
NOT_USED = "Neither resume, cover letter nor take-home."


class ArchiveMember(Protocol):
    """One file of an archive."""

    @property
    def name(self) -> str:
        """Path inside the archive."""

    @property
    def content(self) -> bytes:
        """Its bytes."""


class SkippedArchiveMember(Protocol):
    """A member that was not extracted."""

    @property
    def name(self) -> str:
        """Path inside the archive."""

    @property
    def reason(self) -> str:
        """Why not."""


class UnpackedArchive(Protocol):
    """The files of an archive, and what was left in it."""

    @property
    def members(self) -> Sequence[ArchiveMember]:
        """What was extracted."""

    @property
    def skipped(self) -> Sequence[SkippedArchiveMember]:
        """What was not."""


class ArchiveReader(Protocol):
    """Unpacks archives without trusting them."""

    def unpack(self, name: str, content: bytes) -> UnpackedArchive:
        """Return the files of a .zip, .tar.gz or .tgz.

        Raises:
            SubmissionError: The archive is unsafe, damaged or locked.
        """


class CandidateFiles(NamedTuple):
    """What became of the files of one candidate."""

    candidate: str
    files: tuple[SubmittedFile, ...] = ()
    quarantined: tuple[QuarantinedFile, ...] = ()
    unused: tuple[UnusedFile, ...] = ()

    def plus(self, other: "CandidateFiles") -> "CandidateFiles":
        """Return both together, files sorted by role and name."""
        return CandidateFiles(
            candidate=self.candidate,
            files=tuple(sorted((*self.files, *other.files), key=lambda file: (file.role, file.name))),
            quarantined=self.quarantined + other.quarantined,
            unused=self.unused + other.unused,
        )


class CandidateIntake:
    """Reads the files of candidates into the vault.

    Args:
        vault: Where the bytes go.
        reader: Unpacks take-home archives.
        max_bytes: A larger file is quarantined without being loaded.
    """

    def __init__(self, *, vault: Vault, reader: ArchiveReader, max_bytes: int) -> None:
        self._vault = vault
        self._reader = reader
        self._max_bytes = max_bytes

    def take_folder(self, candidate: str, listing: Listing) -> CandidateFiles:
        """Take what lies in a candidate's folder."""
        taken = CandidateFiles(
            candidate,
            unused=tuple(UnusedFile(candidate=candidate, file=name, reason=reason) for name, reason in listing.refused),
        )
        resume, second = choose_resume(listing.files)
        takehome, others = _takehome(listing, resume=resume)
        if resume is None:
            taken = taken.plus(CandidateFiles(candidate, quarantined=(_missing_resume(candidate, listing),)))
        else:
            taken = taken.plus(self.take_files(candidate, [(resume.name, resume)], role="resume"))
        covers = [
            found for found in listing.files if found is not resume and found not in second and is_cover(found.name)
        ]
        taken = taken.plus(self.take_files(candidate, [(found.name, found) for found in covers], role="cover"))
        if isinstance(takehome, Folder):
            taken = taken.plus(self.take_tree(candidate, takehome, prefix=f"{takehome.name}/", role="takehome"))
        elif takehome is not None:
            taken = taken.plus(self._take_archive(candidate, takehome, path=takehome.name))
        unused = [UnusedFile(candidate=candidate, file=found.name, reason=SECOND_RESUME) for found in second]
        for found in listing.files:
            if found is not resume and found is not takehome and found not in second and found not in covers:
                unused.append(UnusedFile(candidate=candidate, file=found.name, reason=others.get(found.name, NOT_USED)))
        for below in listing.folders:
            if below is not takehome:
                reason = others.get(below.name, skipped_folder(below.name, inside=()) or NOT_USED)
                unused.append(UnusedFile(candidate=candidate, file=f"{below.name}/", reason=reason))
        return taken.plus(CandidateFiles(candidate, unused=tuple(unused)))

    def take_loose(self, candidate: str, found: SourceFile) -> CandidateFiles:
        """Take a single file that stands for a candidate: a resume, or the candidate's folder as an archive."""
        if not is_archive(found.name):
            return self.take_files(candidate, [(found.name, found)], role="resume")
        try:
            root, skipped = self._unpacked(found)
        except SubmissionError as error:
            return CandidateFiles(candidate, quarantined=(_quarantined(candidate, found.name, "resume", error),))
        listing = root.listing()
        rows = CandidateFiles(candidate, unused=_unused(candidate, f"{found.name}/", skipped))
        if choose_resume(listing.files)[0] is None and not _takehome(listing, resume=None)[0]:
            missing = CandidateFiles(candidate, quarantined=(_missing_resume(candidate, listing),))
            return missing.plus(rows).plus(self.take_tree(candidate, root, prefix="", role="takehome"))
        return self.take_folder(candidate, listing).plus(rows)

    def take_files(self, candidate: str, found: Iterable[tuple[str, SourceFile]], *, role: FileRole) -> CandidateFiles:
        """Take files as they are; what cannot be loaded, or is empty, is quarantined."""
        files: list[SubmittedFile] = []
        quarantined: list[QuarantinedFile] = []
        for path, source in found:
            try:
                files.append(self._stored(path, self._loaded(source), role=role))
            except SubmissionError as error:
                quarantined.append(_quarantined(candidate, path, role, error))
        return CandidateFiles(candidate, tuple(files), tuple(quarantined))

    def take_tree(self, candidate: str, root: Folder, *, prefix: str, role: FileRole) -> CandidateFiles:
        """Take what somebody wrote in a folder of a take-home or of its starter."""
        inner = _lone_archive(root.listing())
        if inner is not None:
            return self._take_archive(candidate, inner, path=prefix + inner.name)
        selection = select_files(root, prefix=prefix)
        skipped = list(selection.skipped)
        files: list[SubmittedFile] = []
        quarantined: list[QuarantinedFile] = []
        total = 0
        for path, source in selection.chosen:
            if total + source.size > MAX_TOTAL_BYTES:
                skipped.append(Skipped(path, TOO_MUCH))
                continue
            try:
                content = self._loaded(source)
            except SubmissionError as error:
                quarantined.append(_quarantined(candidate, path, role, error))
                continue
            reason = content_reason(source.name, content)
            if reason is not None:
                skipped.append(Skipped(path, reason))
                continue
            total += len(content)
            files.append(self._stored(path, content, role=role))
        files.sort(key=lambda file: file.name)
        return CandidateFiles(candidate, tuple(files), tuple(quarantined), _unused(candidate, "", summarise(skipped)))

    def _take_archive(self, candidate: str, found: SourceFile, *, path: str) -> CandidateFiles:
        try:
            root, skipped = self._unpacked(found)
        except SubmissionError as error:
            return CandidateFiles(candidate, quarantined=(_quarantined(candidate, path, "takehome", error),))
        taken = self.take_tree(candidate, root, prefix=f"{path}/", role="takehome")
        return taken.plus(CandidateFiles(candidate, unused=_unused(candidate, f"{path}/", skipped)))

    def _unpacked(self, found: SourceFile) -> tuple[Folder, tuple[Skipped, ...]]:
        """Return the tree of an archive without a folder that wraps all of it, and what was not extracted."""
        unpacked = self._reader.unpack(found.name, self._loaded(found))
        root = unpacked_folder(((member.name, member.content) for member in unpacked.members), name=found.name)
        skipped = tuple(Skipped(member.name, member.reason) for member in unpacked.skipped)
        listing = root.listing()
        while not listing.files and not listing.refused and len(listing.folders) == 1:
            below = listing.folders[0]
            if skipped_folder(below.name, inside=()) or is_takehome_name(below.name):
                break
            root, listing = below, below.listing()
        return root, summarise(skipped)

    def _loaded(self, found: SourceFile) -> bytes:
        if found.size > self._max_bytes:
            raise SubmissionError(
                "too_large",
                f"The file has {found.size // 1_000_000} MB. Ask for one below {self._max_bytes // 1_000_000} MB.",
            )
        content = found.load()
        if not content:
            raise SubmissionError("empty", "The file is empty (0 bytes). Ask for it again.")
        return content

    def _stored(self, path: str, content: bytes, *, role: FileRole) -> SubmittedFile:
        return SubmittedFile(name=path, role=role, sha256=self._vault.put(content), size=len(content))


def _takehome(listing: Listing, *, resume: SourceFile | None) -> tuple[Folder | SourceFile | None, dict[str, str]]:
    """Return the take-home's folder or archive, and the reasons why others are not it."""
    folders = [below for below in listing.folders if is_takehome_name(below.name)]
    archives = [found for found in listing.files if is_archive(found.name) and found is not resume]
    archives.sort(key=lambda found: (not is_takehome_name(stem_of(found.name)), found.name))
    candidates: list[Folder | SourceFile] = [*folders, *archives]
    chosen = next((found for found in candidates if not _is_empty(found)), candidates[0] if candidates else None)
    others = {
        found.name: f"Only one take-home is read, and that is {chosen.name!r}."
        for found in candidates
        if chosen is not None and found is not chosen
    }
    others |= {found.name: NEVER_READ_REASON for found in listing.files if is_never_read(found.name)}
    return chosen, others


def _is_empty(found: Folder | SourceFile) -> bool:
    return isinstance(found, Folder) and not any(found.listing())


def _lone_archive(listing: Listing) -> SourceFile | None:
    """Return the archive that is all a take-home folder holds."""
    if len(listing.files) == 1 and not listing.folders and is_archive(listing.files[0].name):
        return listing.files[0]
    return None


def _missing_resume(candidate: str, listing: Listing) -> QuarantinedFile:
    documents = [found.name for found in listing.files if is_document(found.name) and not is_cover(found.name)]
    if len(documents) > 1:
        reason = f"None of {len(documents)} documents is called resume or cv. Rename the one that is the resume."
    else:
        reason = "There is no resume in this folder. Ask for it, or add it as resume.pdf."
    return QuarantinedFile(candidate=candidate, file="resume", code="missing_resume", reason=reason)


def _quarantined(candidate: str, path: str, role: FileRole, error: SubmissionError) -> QuarantinedFile:
    return QuarantinedFile(candidate=candidate, file=path, code=error.code, reason=error.reason, role=role)


def _unused(candidate: str, prefix: str, skipped: Iterable[Skipped]) -> tuple[UnusedFile, ...]:
    return tuple(UnusedFile(candidate=candidate, file=prefix + row.path, reason=row.reason) for row in skipped)
