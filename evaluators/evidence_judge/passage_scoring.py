"""Passages as the evidence judge sees them: read once, kept while they are needed."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from evaluators.evidence_judge.features import Reading, terms_of
from evaluators.evidence_judge.weights import JudgeWeights, LinearHeads

Matrix = NDArray[np.float64]
Key = TypeVar("Key")
Value = TypeVar("Value")


class PassageWords(NamedTuple):
    """A passage's content words and how many of them each sentence holds."""

    words: tuple[str, ...]
    per_sentence: tuple[int, ...]


@dataclass(frozen=True)
class ReadPassage:
    """A passage with everything that does not depend on the question."""

    reading: Reading
    embedding: Matrix
    term_places: NDArray[np.intp]
    term_values: Matrix
    """TF-IDF of the terms that the vocabulary knows, of length 1."""
    words: PassageWords
    concepts: Matrix
    """Sentences by concepts and kinds of limit: how often each is spoken of."""
    opens_with_deed: Matrix
    """1 for each sentence that begins with what the writer did."""
    aspects: "Aspects"
    alone: Matrix = field(default_factory=lambda: np.zeros(0))
    """What the heads of the library's checks make of it, unrounded; empty until somebody has asked them."""
    by_sentence: Matrix = field(default_factory=lambda: np.zeros((0, 0)))
    """Sentences by heads: how much each sentence's words speak for each check."""

    @cached_property
    def dense(self) -> Matrix:
        """Counted features and embedding in one row."""
        return np.concatenate([self.reading.dense.astype(np.float64), self.embedding])

    def term_logits(self, heads: LinearHeads) -> Matrix:
        """What the terms contribute to each head."""
        return np.asarray(self.term_values @ heads.terms[self.term_places].astype(np.float64), dtype=np.float64)


class Aspects(NamedTuple):
    """What is compared with a statement or a role, worked out once a passage; `evidence_judge.pairing` compares it."""

    direction: Matrix
    """The embedding at unit length."""
    centred: Matrix
    """The embedding without what all passages share, at unit length."""
    stems: tuple[frozenset[str], ...]
    """By sentence."""
    told: Matrix
    """How strongly the passage speaks of each concept, 0 to 1."""
    told_by_sentence: Matrix
    weighed: Matrix
    """As `told` from 0 to the square root of 3, rare concepts counting more, over its length and one."""
    weighed_by_sentence: Matrix
    amount: float
    """Logarithm of how often any concept is spoken of."""
    limits: Matrix
    """Which kinds of limit it names, 0 to 1 each."""
    said: Matrix
    """By sentence: how often each watched list of words occurs, and numbers in the last column; logarithms."""


def term_vector(reading: Reading, weights: JudgeWeights) -> tuple[NDArray[np.intp], Matrix]:
    """Sparse TF-IDF row of a reading over the vocabulary, normalised to length 1."""
    known = sorted(
        (place, n) for term, n in reading.terms.items() if (place := weights.vocabulary.get(term)) is not None
    )
    places = np.array([place for place, _ in known], dtype=np.intp)
    values = (1 + np.log([n for _, n in known])) * weights.idf[places] if known else np.zeros(0)
    return places, np.asarray(values / max(1e-9, float(np.linalg.norm(values))), dtype=np.float64)


def sentence_scores(passage: ReadPassage, weights: JudgeWeights, heads: LinearHeads) -> Matrix:
    """How much each sentence of a passage speaks for each head, by its word lists and its terms; to choose a quote."""
    sentences = passage.reading.sentences
    counts = np.log1p(passage.reading.counts)[: len(sentences)]
    # Heads that also compare a passage with a statement read that comparison first; it is the same for all sentences.
    first = len(heads.scale) - len(passage.dense)
    counted = slice(first, first + counts.shape[1])
    scores = counts / heads.scale[counted] @ heads.inputs[counted].astype(np.float64)
    for row, sentence in enumerate(sentences):
        places = [place for term in terms_of([sentence]) if (place := weights.vocabulary.get(term)) is not None]
        rare = weights.idf[places].astype(np.float64)
        length = max(1e-9, float(np.linalg.norm(rare)))
        scores[row] += rare / length @ heads.terms[places].astype(np.float64)
    return np.asarray(np.round(scores, 9), dtype=np.float64)


def score_passages(passages: Sequence[ReadPassage], heads: LinearHeads, extra: Matrix | None = None) -> Matrix:
    """Logits of passages by heads; `extra` holds features of passage and question together."""
    dense = np.array([passage.dense for passage in passages])
    if extra is not None:
        dense = np.hstack([extra, dense])
    terms = np.array([passage.term_logits(heads) for passage in passages])
    return heads.logits(dense, terms)


class Memory(Generic[Key, Value]):
    """A small cache that forgets what was not asked for longest."""

    def __init__(self, size: int) -> None:
        self._kept: OrderedDict[Key, Value] = OrderedDict()
        self._size = size

    def get(self, key: Key, make: Callable[[], Value]) -> Value:
        """Return what is kept under the key, made now if it is not."""
        found = self._kept.get(key)
        if found is None:
            found = make()
            self.put(key, found)
        else:
            self._kept.move_to_end(key)
        return found

    def put(self, key: Key, value: Value) -> None:
        """Keep a value, at the price of the one that was not asked for longest."""
        self._kept[key] = value
        if len(self._kept) > self._size:
            self._kept.popitem(last=False)

    def __contains__(self, key: Key) -> bool:
        return key in self._kept
