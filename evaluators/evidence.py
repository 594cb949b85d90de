"""From a dossier to questions: for each criterion and gate the passages that a judge gets to read.

A short dossier goes in whole. A longer one is ranked against the question by meaning and by words, and
filled in up to a fixed budget. Nothing here looks at other candidates.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from evaluators.bm25 import Background, Stems, bm25, load_background
from pipeline.embeddings import Embedder, Vectors
from pipeline.evidence_index import EvidenceIndex
from pipeline.models.dossier import (
    Dossier,
    EvidencePassage,
    Passage,
    Question,
    QuestionPlan,
    Unasked,
    UnscoredReason,
)
from pipeline.models.scorecard import Criterion, NonNegotiable, Scorecard, Source

__all__ = ["BUDGET", "Retriever", "load_background", "plan_questions"]

BUDGET = 8_000
"""Characters of evidence in one question."""
CODE_SHARE = 0.5
"""Share of the budget that code may take as long as there is prose left."""
MISSION_FIT = "mission_fit"
"""Id of the library rubric that is answered against mission, scope and constraints."""

_ALL_SOURCES: tuple[Source, ...] = ("resume", "takehome")
_FUSION = 20
"""Constant of the reciprocal rank fusion; smaller than the usual 60, since a dossier has tens of passages."""


class Query(NamedTuple):
    """What evidence is looked for: one text for the words, its parts for the meaning."""

    parts: tuple[str, ...]

    @property
    def text(self) -> str:
        """All parts in one."""
        return " ".join(self.parts)


class Retriever:
    """Picks the passages of one dossier that bear on a question.

    Args:
        embedder: Meaning.
        background: Word statistics that are the same for every batch.
        index: Where the vectors of a costly embedder are kept; without it they are computed.
        budget: Characters of evidence.
    """

    def __init__(
        self, embedder: Embedder, background: Background, *, index: EvidenceIndex | None = None, budget: int = BUDGET
    ) -> None:
        self._embedder = embedder
        self._background = background
        self._index = index
        self._budget = budget
        self._stems = Stems()
        self._queries: dict[Query, tuple[Vectors, list[str]]] = {}

    def open(self, passages: Sequence[Passage]) -> "OpenDossier":
        """Get a dossier's passages ready for several questions."""
        return OpenDossier(self, sorted(passages, key=lambda passage: passage.id))

    def vectors(self, passages: Sequence[Passage]) -> Vectors:
        """Vectors of passages, one row each."""
        if self._index is not None:
            return self._index.vectors([(passage.id, passage.text) for passage in passages])
        return self._embedder.embed([passage.text for passage in passages])

    def stems(self, passages: Sequence[Passage]) -> list[list[str]]:
        """Stems of passages."""
        return [self._stems.of(passage.text) for passage in passages]

    def rank(
        self, query: Query, passages: Sequence[Passage], *, vectors: Vectors, stems: Sequence[Sequence[str]]
    ) -> list[int]:
        """Positions of the passages, best first: ranks by meaning and by words, fused; ties by id."""
        if query not in self._queries:
            self._queries[query] = (self._embedder.embed(query.parts), self._stems.of(query.text))
        query_vectors, query_stems = self._queries[query]
        # Rounded, so that the last bits of a matrix product never decide.
        by_meaning = np.round((vectors @ query_vectors.T).max(axis=1), 5).tolist()
        by_words = [round(score, 5) for score in bm25(query_stems, stems, background=self._background)]
        fused = [
            1 / (_FUSION + meaning) + 1 / (_FUSION + words)
            for meaning, words in zip(_ranks(by_meaning), _ranks(by_words), strict=True)
        ]
        return sorted(range(len(passages)), key=lambda n: (-round(fused[n], 9), passages[n].id))

    @property
    def budget(self) -> int:
        """Characters of evidence in one question."""
        return self._budget


class OpenDossier:
    """One dossier's passages with vectors and stems, made when a question first needs them."""

    def __init__(self, retriever: Retriever, passages: list[Passage]) -> None:
        self._retriever = retriever
        self._passages = [passage for passage in passages if passage.kind not in ("inventory", "addressed")]
        self._shown = {
            passage.id: EvidencePassage(id=passage.id, text=passage.text, kind=passage.kind, sense=passage.sense)
            for passage in self._passages
        }
        self._vectors: Vectors | None = None
        self._stems: list[list[str]] = []

    def evidence(self, query: Query, *, sources: Iterable[Source]) -> tuple[EvidencePassage, ...]:
        """The passages from these sources for a question, sorted by id."""
        allowed = [n for n, passage in enumerate(self._passages) if passage.source in sources]
        if sum(len(self._passages[n].text) for n in allowed) > self._retriever.budget:
            allowed = self._best(query, allowed)
        return tuple(self._shown[self._passages[n].id] for n in sorted(allowed))

    def _best(self, query: Query, allowed: Sequence[int]) -> list[int]:
        if self._vectors is None:
            self._vectors = self._retriever.vectors(self._passages)
            self._stems = self._retriever.stems(self._passages)
        passages = [self._passages[n] for n in allowed]
        ranked = self._retriever.rank(
            query, passages, vectors=self._vectors[list(allowed)], stems=[self._stems[n] for n in allowed]
        )
        return [allowed[n] for n in _fill([(n, passages[n]) for n in ranked], budget=self._retriever.budget)]


def _fill(ranked: Sequence[tuple[int, Passage]], *, budget: int) -> list[int]:
    """Take passages from the top as they fit; code beyond its share only once all prose had its turn."""
    taken: list[int] = []
    later: list[tuple[int, Passage]] = []
    room, code_room = budget, int(budget * CODE_SHARE)
    for n, passage in ranked:
        size = len(passage.text)
        if passage.kind == "code" and size > code_room:
            later.append((n, passage))
        elif size <= room:
            taken.append(n)
            room -= size
            code_room -= size if passage.kind == "code" else 0
    for n, passage in later:
        if len(passage.text) <= room:
            taken.append(n)
            room -= len(passage.text)
    return taken


def plan_questions(scorecard: Scorecard, dossier: Dossier, *, retriever: Retriever) -> QuestionPlan:
    """All questions for one candidate in scorecard order, gates last; what cannot be asked, with its reason.

    A source that was read but holds no evidence is asked with none: the level is then 0, "not evidenced",
    which is something else than unscored.
    """
    opened = retriever.open(dossier.passages)
    questions: list[Question] = []
    unasked: list[Unasked] = []
    subjects: tuple[Criterion | NonNegotiable, ...] = (*scorecard.criteria, *scorecard.non_negotiables)
    for subject in subjects:
        sources = subject.sources if isinstance(subject, Criterion) else _ALL_SOURCES
        if any(_is_readable(source, dossier) for source in sources):
            evidence = opened.evidence(_query(scorecard, subject), sources=sources)
            questions.append(_question(scorecard, subject, evidence))
        else:
            unasked.append(Unasked(subject=subject.id, reason=_reason(dossier, sources)))
    return QuestionPlan(questions=tuple(questions), unasked=tuple(unasked))


def _question(
    scorecard: Scorecard, subject: Criterion | NonNegotiable, evidence: tuple[EvidencePassage, ...]
) -> Question:
    if isinstance(subject, NonNegotiable):
        return Question(
            subject=subject.id,
            kind="gate",
            statement=subject.statement,
            about=subject.about,
            rubric=scorecard.gate_rubric,
            role=scorecard.role,
            evidence=evidence,
        )
    return Question(
        subject=subject.id,
        kind="mission_fit" if subject.rubric.id == MISSION_FIT else "rubric",
        statement=subject.statement,
        rubric=subject.rubric,
        role=scorecard.role,
        evidence=evidence,
    )


def _query(scorecard: Scorecard, subject: Criterion | NonNegotiable) -> Query:
    if isinstance(subject, NonNegotiable):
        return Query((subject.statement,))
    if subject.rubric.id == MISSION_FIT:
        return Query((subject.statement, scorecard.mission, *scorecard.scope, *scorecard.constraints))
    return Query((subject.statement, *(check.question for check in subject.rubric.checks)))


def _is_readable(source: Source, dossier: Dossier) -> bool:
    """Code may be read whatever the language around it; alone it cannot say "not evidenced" for its author."""
    return source in dossier.sources_read and source not in dossier.sources_other_language


def _reason(dossier: Dossier, sources: Iterable[Source]) -> UnscoredReason:
    sources = set(sources)
    if sources & set(dossier.sources_unread):
        return "source_unreadable"
    if sources & set(dossier.sources_other_language):
        return "language"
    return "source_missing"


def _ranks(scores: Sequence[float]) -> list[int]:
    """Rank of each score from 1, equal scores sharing the best."""
    first: dict[float, int] = {}
    for rank, score in enumerate(sorted(scores, reverse=True), start=1):
        first.setdefault(score, rank)
    return [first[score] for score in scores]
