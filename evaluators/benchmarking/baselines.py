"""What a day's work would give: rankings that look at words and know nothing of evidence.

A judge has to be better than these by more than the noise. Each is as good as it is usually built and no better: words
are stemmed, the whole scorecard is the query, and TF-IDF and BM25 take their statistics from the batch itself, since
that is what screening tools built on them do. Their scores then depend on who else applied; with `background` they
come from the shipped background file and do not. That one counts single passages, so whole submissions are long
beside it and BM25 suffers: the batch's own statistics make the stronger rival, and are the default.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from evaluators.bm25 import Background, Stems, bm25
from pipeline.embeddings import Embedder
from pipeline.models.scorecard import Scorecard
from pipeline.preferences import matched_preferences

CUES = (
    "because", "since", "so that", "therefore", "thus", "hence", "however", "although", "though", "despite",
    "instead", "rather than", "whereas", "unless", "trade off", "trade offs", "tradeoff", "tradeoffs", "downside",
    "drawback", "alternative", "alternatives", "at the cost of", "at the price of", "on the other hand",
    "in hindsight", "the reason", "we chose", "i chose", "decided",
)  # fmt: skip
"""Words that go with reasoning, and just as well with talk of it."""
K1, B = 1.2, 0.75
"""As search engines set them."""

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


class _Material(NamedTuple):
    """What every baseline looks at."""

    texts: Mapping[str, Sequence[str]]
    stems: Mapping[str, Sequence[str]]
    """Of all texts of a candidate together."""
    query: Sequence[str]
    """Stems of the scorecard."""
    scorecard: Scorecard
    background: Background | None
    embedder: Embedder


def baseline_scores(
    candidates: Mapping[str, Sequence[str]],
    scorecard: Scorecard,
    *,
    embedder: Embedder,
    background: Background | None = None,
) -> dict[str, dict[str, float]]:
    """Score candidates by each baseline; only the order within one baseline means anything.

    Args:
        candidates: The texts of each candidate, such as passages or whole documents.
        scorecard: The role; all its words are the query.
        embedder: For the baseline `embedding`.
        background: Takes the place of the batch in the statistics of `tfidf` and `bm25`.

    Returns:
        Baseline -> candidate -> score. A candidate without any word has the lowest score there is, 0.
    """
    stems = Stems()
    material = _Material(
        texts=candidates,
        stems={name: stems.of("\n".join(texts)) for name, texts in candidates.items()},
        query=stems.of("\n".join(scorecard_texts(scorecard))),
        scorecard=scorecard,
        background=background,
        embedder=embedder,
    )
    return {name: score(material) for name, score in BASELINES.items()}


def scorecard_texts(scorecard: Scorecard) -> tuple[str, ...]:
    """All that a scorecard says of the role in words; ids, weights and the checks of rubrics are not among them."""
    return (
        scorecard.title,
        scorecard.mission,
        *scorecard.scope,
        *scorecard.constraints,
        *(gate.statement for gate in scorecard.non_negotiables),
        *(criterion.statement for criterion in scorecard.criteria),
        *(preference.name for preference in scorecard.preferences),
    )


def _tfidf(material: _Material) -> dict[str, float]:
    """Cosine of TF-IDF vectors with sublinear term counts.

    Weights are log((1 + n) / (1 + df)) + 1 over the candidates and the scorecard together, as when one vectorizer is
    fitted to all of them.
    """
    counts = {name: Counter(stems) for name, stems in material.stems.items()}
    query = Counter(material.query)
    if material.background is None:
        frequency = Counter(stem for document in (*counts.values(), query) for stem in document)
        documents = len(counts) + 1
    else:
        # A stem that the background lacks stands in one of its passages, as for BM25.
        known = material.background.document_frequency
        frequency = Counter({stem: known.get(stem, 1) for one in (*counts.values(), query) for stem in one})
        documents = material.background.passages

    def vector(document: Counter[str]) -> dict[str, float]:
        return {
            stem: (1 + math.log(count)) * (math.log((1 + documents) / (1 + frequency[stem])) + 1)
            for stem, count in document.items()
        }

    wanted = vector(query)
    return {name: _cosine(vector(document), wanted) for name, document in counts.items()}


def _cosine(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    lengths = math.sqrt(math.fsum(x * x for x in one.values()) * math.fsum(x * x for x in other.values()))
    return math.fsum(value * other.get(stem, 0.0) for stem, value in one.items()) / lengths if lengths else 0.0


def _bm25(material: _Material) -> dict[str, float]:
    """Okapi BM25 of the whole submission."""
    background = material.background or _of_documents(list(material.stems.values()))
    scores = bm25(material.query, list(material.stems.values()), background=background, k1=K1, b=B)
    return dict(zip(material.stems, scores, strict=True))


def _of_documents(documents: Sequence[Sequence[str]]) -> Background:
    counted = Counter(stem for stems in documents for stem in set(stems))
    lengths = [len(stems) for stems in documents]
    # A batch of empty texts would else divide by nothing.
    average = max(1.0, sum(lengths) / max(1, len(lengths)))
    return Background(passages=len(documents), average_length=average, document_frequency=counted)


def _keyword_share(material: _Material) -> dict[str, float]:
    """Share of the scorecard's different content words that occur."""
    wanted = set(material.query)
    return {name: len(wanted.intersection(stems)) / max(1, len(wanted)) for name, stems in material.stems.items()}


def _tool_count(material: _Material) -> dict[str, float]:
    """How many preferred tools are named."""
    return {name: float(len(matched_preferences(material.scorecard, texts))) for name, texts in material.texts.items()}


def _cue_density(material: _Material) -> dict[str, float]:
    """Cue words and phrases in a hundred words."""
    return {name: _density(list(_words(texts))) for name, texts in material.texts.items()}


def _density(words: Sequence[str]) -> float:
    line = f" {' '.join(words)} "
    # Blanks on both sides overlap where two cues follow each other, so the pattern consumes only the first.
    return 100 * len(_CUE.findall(line)) / len(words) if words else 0.0


_CUE = re.compile(rf" (?:{'|'.join(sorted(CUES, key=len, reverse=True))})(?= )")


def _words(texts: Sequence[str]) -> Iterator[str]:
    for text in texts:
        yield from _WORD.findall(text.casefold())


def _length(material: _Material) -> dict[str, float]:
    """Words."""
    return {name: float(sum(1 for _ in _words(texts))) for name, texts in material.texts.items()}


def _embedding(material: _Material) -> dict[str, float]:
    """Cosine between the mean vectors of the candidate's texts and of the scorecard's."""
    wanted = material.embedder.embed(scorecard_texts(material.scorecard)).mean(axis=0)
    scores = {}
    for name, texts in material.texts.items():
        mean = material.embedder.embed(texts).mean(axis=0) if texts else 0 * wanted
        lengths = float((mean @ mean) ** 0.5 * (wanted @ wanted) ** 0.5)
        scores[name] = float(mean @ wanted) / lengths if lengths else 0.0
    return scores


BASELINES: Mapping[str, Callable[[_Material], dict[str, float]]] = {
    "tfidf": _tfidf,
    "bm25": _bm25,
    "keyword_share": _keyword_share,
    "tool_count": _tool_count,
    "cue_density": _cue_density,
    "length": _length,
    "embedding": _embedding,
}
"""By the name that follows `baseline:` in a figure."""
