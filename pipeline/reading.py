"""Stages 2 to 4 for one submission: files to documents, redacted documents, dossier."""

from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

from pipeline.errors import SubmissionError
from pipeline.models.documents import Document
from pipeline.models.reading import Reading
from pipeline.models.scorecard import Source
from pipeline.models.submissions import QuarantinedFile, Submission, SubmittedFile
from pipeline.passages import BriefText, build_dossier
from pipeline.redaction import contact_email, redact


class Reader(Protocol):
    """Turns bytes into visible text; `DocumentReader` does it in a limited child process."""

    def read(self, file: SubmittedFile, content: bytes) -> Document:
        """Read one file.

        Raises:
            SubmissionError: The file cannot be read; the reason is in words for a recruiter.
        """


class Bytes(Protocol):
    """Where the bytes of submitted files lie; `Vault` keeps them by their sha256."""

    def read(self, sha256: str) -> bytes:
        """The bytes with this hash."""


def read_brief(files: Sequence[SubmittedFile], *, vault: Bytes, reader: Reader) -> BriefText:
    """The text of the take-home's brief and skeleton, which is nobody's evidence.

    A brief file that cannot be read is left out: without it nothing is subtracted.
    """
    texts: list[str] = []
    for file in files:
        try:
            document = reader.read(file, vault.read(file.sha256))
        except SubmissionError:
            continue
        texts += [block.text for block in document.blocks]
    return BriefText.from_texts(texts)


def read_submission(
    submission: Submission,
    *,
    vault: Bytes,
    reader: Reader,
    brief: BriefText,
    already_quarantined: Iterable[QuarantinedFile] = (),
    languages: Collection[str] = ("en",),
) -> Reading:
    """Read one submission; what cannot be read is quarantined and the rest goes on.

    Args:
        submission: One candidate's files.
        vault: Their bytes.
        reader: Makes documents of them.
        brief: Text that is not the candidate's.
        already_quarantined: This candidate's files that intake had to set aside.
        languages: ISO 639-1 codes that the judge knows.
    """
    documents: list[Document] = []
    quarantined: list[QuarantinedFile] = []
    for file in submission.files:
        try:
            documents.append(reader.read(file, vault.read(file.sha256)))
        except SubmissionError as error:
            quarantined.append(
                QuarantinedFile(
                    candidate=submission.candidate, file=file.name, code=error.code, reason=error.reason, role=file.role
                )
            )
    redacted = redact(documents, name=submission.name, email=submission.email, candidate=submission.candidate)
    unread = _sources_unread((*quarantined, *(q for q in already_quarantined if q.code != "missing_resume")))
    return Reading(
        candidate=submission.candidate,
        dossier=build_dossier(redacted, brief=brief, sources_unread=unread, languages=languages),
        quarantined=tuple(quarantined),
        takehome_files=tuple(d.name for d in documents if d.role == "takehome"),
        email=contact_email(documents, submission.email),
    )


def _sources_unread(quarantined: Iterable[QuarantinedFile]) -> tuple[Source, ...]:
    unread: set[Source] = {"takehome" if file.role == "takehome" else "resume" for file in quarantined}
    return tuple(sorted(unread))
