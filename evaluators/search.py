"""Search over all candidates of a scorecard: "who has lost messages?"."""

from collections.abc import Mapping
from typing import NamedTuple

from evaluators.bm25 import Background, Stems, bm25
from pipeline.evidence_index import EvidenceIndex
from pipeline.models.dossier import Passage

_FUSION = 60
_HITS_PER_CARD = 5
_FEWEST_HITS = 50


class EvidenceCard(NamedTuple):
    """A passage that was found, and why."""

    candidate: str
    passage: Passage
    score: float
    """Fused ranks by meaning and by words, 0 to 1; 1 is first in both."""
    similarity: float | None
    """Cosine of query and passage; None when the passage is not among the nearest."""
    words: tuple[str, ...]
    """Words of the passage, as they stand there, that the query asks for."""


def search_passages(
    query: str,
    *,
    passages: Mapping[str, tuple[str, Passage]],
    index: EvidenceIndex,
    background: Background,
    limit: int = 10,
) -> list[EvidenceCard]:
    """The passages that answer a query best, best first; ties by passage id.

    Args:
        query: A few words or a sentence.
        passages: Passage id to candidate and passage; ids of the index that are not here are passed over.
        index: Vectors of the passages.
        background: Word statistics.
        limit: How many cards at most.

    Raises:
        StorageError: The index cannot be read.
    """
    if not query.strip() or limit < 1:
        return []
    # Lists of tools match every query about a tool and say nothing about it.
    searched = {i: held for i, held in sorted(passages.items()) if held[1].kind not in ("inventory", "addressed")}
    similarity = {
        hit.passage_id: hit.similarity
        for hit in index.search(query, limit=max(_FEWEST_HITS, limit * _HITS_PER_CARD))
        if hit.passage_id in searched
    }
    stems = Stems()
    wanted = stems.of(query)
    scores = bm25(wanted, [stems.of(passage.text) for _, passage in searched.values()], background=background)
    by_words = {i: round(score, 6) for i, score in zip(searched, scores, strict=True) if score > 0}
    fused: dict[str, float] = {}
    for ranking in (similarity, by_words):
        for rank, passage_id in enumerate(sorted(ranking, key=lambda i: (-ranking[i], i))):
            fused[passage_id] = fused.get(passage_id, 0.0) + _FUSION / (_FUSION + rank) / 2
    best = sorted(fused, key=lambda i: (-round(fused[i], 9), i))[:limit]
    return [
        EvidenceCard(
            candidate=searched[i][0],
            passage=searched[i][1],
            score=round(fused[i], 4),
            similarity=similarity.get(i),
            words=stems.matching(searched[i][1].text, wanted),
        )
        for i in best
    ]
