"""Twins of every candidate through the same stages as the candidates themselves, asking nobody.

The evidence judge answers for nothing. A chat judge is not asked: its answers lie in the ledger under the bytes of
their requests, so a twin whose request is the same has the same answer, and one whose request differs shows as that.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from evaluators.assessment import assess
from evaluators.evidence import plan_questions
from evaluators.evidence_judge.pool import PooledEvidenceJudge
from evaluators.judge import Judge
from evaluators.judging import fitted
from flows.judging_stage import Bench
from flows.workbench import Judges
from pipeline.errors import SubmissionError
from pipeline.fairness.swaps import Subject, Twin, make_subject
from pipeline.ledger import request_key
from pipeline.models.assessment import Assessment
from pipeline.models.documents import Document, RedactedDocument
from pipeline.models.dossier import Dossier, QuestionPlan
from pipeline.models.reading import Reading
from pipeline.models.scorecard import Source
from pipeline.models.submissions import QuarantinedFile, Submission
from pipeline.models.verdicts import Answer, Request, Verdict
from pipeline.passages import build_dossier
from pipeline.redaction import contact_email, redact


class Read(NamedTuple):
    """A candidate with documents that twins can be made of."""

    subject: Subject
    reading: Reading
    unread: tuple[Source, ...]


class Seen(NamedTuple):
    """What a judge would be asked about a dossier, and what that comes to."""

    dossier: Dossier
    keys: Mapping[str, str]
    """The key of the request by criterion or gate."""
    assessment: Assessment | None
    """None if an answer is missing."""


def read_candidate(submission: Submission, *, bench: Bench, aside: Sequence[QuarantinedFile]) -> Read:
    """Read one submission as a screening does, and keep its documents."""
    tools = bench.tools
    documents: list[Document] = []
    quarantined: list[QuarantinedFile] = []
    for file in submission.files:
        try:
            documents.append(tools.reader.read(file, tools.vault.read(file.sha256)))
        except SubmissionError as error:
            quarantined.append(
                QuarantinedFile(
                    candidate=submission.candidate, file=file.name, code=error.code, reason=error.reason, role=file.role
                )
            )
    subject = make_subject(documents, name=submission.name, email=submission.email, candidate=submission.candidate)
    lost = (*quarantined, *(file for file in aside if file.code != "missing_resume"))
    unread: set[Source] = {"takehome" if file.role == "takehome" else "resume" for file in lost}
    reading = Reading(
        candidate=submission.candidate,
        dossier=build_dossier(subject.redacted, brief=bench.brief, sources_unread=unread, languages=tools.languages),
        quarantined=tuple(quarantined),
        takehome_files=tuple(document.name for document in documents if document.role == "takehome"),
        email=contact_email(documents, submission.email),
    )
    return Read(subject, reading, tuple(sorted(unread)))


def redact_twin(twin: Twin) -> tuple[RedactedDocument, ...]:
    """Redact a twin's documents as its candidate's were."""
    return redact(twin.documents, name=twin.name, email=twin.email, candidate=twin.candidate)


def cut_twin(redacted: Sequence[RedactedDocument], read: Read, *, bench: Bench) -> Dossier:
    """Cut a twin's documents as its candidate's were."""
    return build_dossier(redacted, brief=bench.brief, sources_unread=read.unread, languages=bench.tools.languages)


class TwinJudge:
    """Says what dossiers come to; remembers the answers of one candidate.

    Args:
        bench: Tools, scorecard and brief.
        judges: Who judged in the run.
    """

    def __init__(self, bench: Bench, judges: Judges) -> None:
        self._bench = bench
        self._judges = judges
        self._known: dict[str, Answer] = {}

    def forget(self) -> None:
        """Another candidate is next; theirs are other requests."""
        self._known.clear()

    def see(self, read: Read, dossier: Dossier) -> Seen:
        """Render all requests about a dossier, and take the answers where they cost nothing."""
        plan = plan_questions(self._bench.scorecard, dossier, retriever=self._bench.tools.retriever)
        keys, verdicts = self._verdicts(plan, self._judges.first)
        if verdicts is None:
            return Seen(dossier, keys, None)
        reference: Sequence[Verdict] = ()
        if self._judges.reference is not None:
            reference = self._verdicts(plan, self._judges.reference)[1] or ()
        reading = read.reading.model_copy(update={"dossier": dossier})
        assessment = assess(
            reading.candidate,
            scorecard=self._bench.scorecard,
            dossier=dossier,
            verdicts=self._bench.grounded(verdicts, reading, self._judges.calibration),
            reference=self._bench.grounded(reference, reading),
            takehome_files=reading.takehome_files,
        )
        return Seen(dossier, keys, assessment)

    def _verdicts(self, plan: QuestionPlan, judge: Judge) -> tuple[dict[str, str], list[Verdict] | None]:
        requests: list[Request] = []
        for question in plan.questions:
            content = judge.request(question)
            key = request_key(judge.fingerprint, content, sample=question.sample)
            requests.append(Request(key=key, content=content, sample=question.sample))
        keys = {question.subject: request.key for question, request in zip(plan.questions, requests, strict=True)}
        self._look_up([request for request in requests if request.key not in self._known], judge)
        if any(key not in self._known for key in keys.values()):
            return keys, None
        verdicts = []
        for question in plan.questions:
            answer = fitted(self._known[keys[question.subject]], question.rubric)
            verdicts.append(
                Verdict(
                    subject=question.subject,
                    findings=answer.findings,
                    unscored=answer.unscored,
                    detail=answer.detail,
                )
            )
        verdicts += [Verdict(subject=unasked.subject, unscored=unasked.reason) for unasked in plan.unasked]
        return keys, verdicts

    def _look_up(self, requests: Sequence[Request], judge: Judge) -> None:
        unique = {request.key: request for request in requests}
        if isinstance(judge, PooledEvidenceJudge):
            self._known.update({answer.key: answer for answer in judge.answer(list(unique.values()))})
        else:
            self._known.update(self._bench.tools.ledger.answers(unique))
