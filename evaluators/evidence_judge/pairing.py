"""Numbers that describe a passage together with a statement or a role."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from evaluators.evidence_judge.concepts import ConceptReader
from evaluators.evidence_judge.features import PATTERNS, FeatureReader, Floats, Reading, Sentence, split_sentences
from evaluators.evidence_judge.lexicon import LEXICON
from evaluators.evidence_judge.passage_scoring import Matrix, PassageWords, ReadPassage, term_vector
from evaluators.evidence_judge.weights import JudgeWeights

WATCHED = (
    "denial", "refusal", "negation", "willing", "study", "wish", "not_mine", "first_single", "first_plural", "third",
    "deed", "hypothetical", "advice", "production", "duty", "hype", "time_span", "outcome",
)  # fmt: skip
"""Word lists that decide what a sentence says about a statement; counted in the sentence nearest to it."""

_COLUMNS = tuple(list(LEXICON).index(name) for name in WATCHED)
_NUMBERS = len(LEXICON) + list(PATTERNS).index("#number")
_LIST_NAMES = ("denial", "refusal", "negation", "willing", "study", "wish", "deed", "first_single")
_PRODUCTS = tuple(WATCHED.index(name) for name in _LIST_NAMES)

_ASIDE = re.compile(r"\b(?:does|do) not (?:show|count)|\bis not (?:met|enough)\b|^this is not\b", re.I)


class WordTable:
    """Vectors of single words, each embedded once; starts afresh when it is full."""

    def __init__(self, embed: Callable[[Sequence[str]], Floats], *, size: int = 40_000) -> None:
        self._embed = embed
        self._size = size
        self._places: dict[str, int] = {}
        self._rows: list[Floats] = []

    def vectors(self, words: Sequence[str]) -> Floats:
        """Rows of unit length, one a word, in order."""
        fresh = [word for word in dict.fromkeys(words) if word not in self._places]
        if fresh and len(self._rows) + len(fresh) > self._size:
            self._places.clear()
            self._rows.clear()
            fresh = list(dict.fromkeys(words))
        if fresh:
            for word, row in zip(fresh, self._embed(fresh), strict=True):
                self._places[word] = len(self._rows)
                self._rows.append(row)
        return np.array([self._rows[self._places[word]] for word in words], dtype=np.float32)


@dataclass(frozen=True)
class Topic:
    """A statement or a part of a role, ready to be compared with passages."""

    embedding: Matrix
    stems: frozenset[str]
    weights: Matrix
    """How telling each word is; sums to 1."""
    vectors: Floats
    concepts: Matrix
    """How strongly it speaks of each concept, rare ones counting more."""
    limits: Matrix
    """Which kinds of limit it names, 0 to 1 each."""
    future: bool


def content_words(sentences: Sequence[Sentence], idf: Callable[[str], float]) -> dict[str, str]:
    """Words that carry meaning, each with its stem, in order of appearance."""
    return {
        word: stem
        for sentence in sentences
        for word, stem in zip(sentence.words, sentence.stems, strict=True)
        if len(word) > 2 and not word[0].isdigit() and idf(stem) > _COMMON
    }


_COMMON = 2.6  # idf of words that stand in more than about every fifth passage


class _Near(NamedTuple):
    """How near a passage's words come to a topic's: to all of them, to the three met best, and by sentence."""

    whole: float
    strongest: float
    by_sentence: Matrix


class Pairing:
    """Compares passages with topics."""

    def __init__(self, reader: FeatureReader, weights: JudgeWeights, words: WordTable) -> None:
        self._reader = reader
        self._weights = weights
        self._vocabulary = weights.vocabulary
        self._idf = weights.idf
        self._rare = float(weights.idf.max())
        self._centre = weights.embedding_centre.astype(np.float64)
        self._words = words
        self._concepts = ConceptReader(reader)
        self._split = len(self._concepts.concepts)
        self._rarity = weights.concept_rarity.astype(np.float64)

    def idf(self, stem: str) -> float:
        """How rare a stem is; the unknown is as rare as the rarest known."""
        place = self._vocabulary.get(stem)
        return self._rare if place is None else float(self._idf[place])

    def topic(self, text: str, embedding: Matrix, *, future: bool = False) -> Topic:
        """Prepare a statement; sentences that only say what does not count are no part of its topic."""
        kept = [part for part in split_sentences(text) if not _ASIDE.search(part)]
        reading = self._reader.read(" ".join(kept) or text)
        counts = self._concepts.count(reading).sum(axis=0)
        words = content_words(reading.sentences, self.idf)
        rarity = np.array([self.idf(stem) for stem in words.values()])
        return Topic(
            embedding=embedding,
            stems=frozenset(words.values()),
            weights=rarity / max(1e-9, float(rarity.sum())) if len(rarity) else rarity,
            vectors=self._words.vectors(tuple(words)),
            concepts=_strength(counts[: self._split]) * self._rarity,
            limits=np.minimum(counts[self._split :], 2.0) / 2,
            future=future,
        )

    def passage_words(self, reading: Reading) -> PassageWords:
        """Take a passage's content words, sentence by sentence."""
        found = [tuple(content_words([sentence], self.idf)) for sentence in reading.sentences]
        return PassageWords(tuple(word for words in found for word in words), tuple(map(len, found)))

    def features(self, topic: Topic, passages: Sequence[ReadPassage]) -> Matrix:
        """Describe passages beside one topic, a row each."""
        near = self._nearness(topic, [passage.words for passage in passages])
        return np.array([self._row(topic, *each) for each in zip(passages, near, strict=True)])

    def read(self, reading: Reading, embedding: Matrix) -> ReadPassage:
        """Put together everything about a passage that does not depend on the question."""
        places, values = term_vector(reading, self._weights)
        return ReadPassage(
            reading=reading,
            embedding=embedding,
            term_places=places,
            term_values=values,
            words=self.passage_words(reading),
            concepts=self._concepts.count(reading),
            opens_with_deed=self._concepts.opens_with_deed(reading),
        )

    def _nearness(self, topic: Topic, passages: Sequence[PassageWords]) -> list[_Near]:
        distinct = list(dict.fromkeys(word for passage in passages for word in passage.words))
        if not distinct or not len(topic.vectors):
            return [_Near(0.0, 0.0, np.zeros(max(1, len(passage.per_sentence)))) for passage in passages]
        place = {word: column for column, word in enumerate(distinct)}
        similarity = (topic.vectors @ self._words.vectors(distinct).T).astype(np.float64)
        return [_near(topic, similarity[:, [place[w] for w in passage.words]], passage) for passage in passages]

    def _row(self, topic: Topic, passage: ReadPassage, nearness: _Near) -> Matrix:
        reading, by_sentence = passage.reading, nearness.by_sentence
        overlap = np.array([_overlap(topic, sentence) for sentence in reading.sentences] or [0.0])
        whole, concept_by_sentence = self._concept_nearness(topic, passage.concepts[:, : self._split])
        best = int(np.argmax(by_sentence + overlap + concept_by_sentence))
        centred = _cosine(topic.embedding - self._centre, passage.embedding - self._centre)
        limits = np.minimum(passage.concepts[:, self._split :].sum(axis=0), 2.0) / 2
        near = [
            [centred, _cosine(topic.embedding, passage.embedding)],
            [nearness.whole, float(by_sentence[best]), nearness.strongest],
            [float(overlap.max()), float(overlap.sum())],
            whole,
            [float(topic.limits @ limits)],
        ]
        counts = np.minimum(reading.counts[best], 3.0)
        at_best = np.log1p(counts[list(_COLUMNS)])
        opens = passage.opens_with_deed
        said = [
            [float(topic.future), float(np.log1p(counts[_NUMBERS]))],
            at_best,
            at_best[list(_PRODUCTS)] * (1.0 if topic.future else -1.0),
            [opens[best], opens.max(), opens.mean()],
            limits * (topic.limits > 0),
        ]
        return np.concatenate([*near, *said])

    def _concept_nearness(self, topic: Topic, counts: Matrix) -> tuple[list[float], Matrix]:
        """Shared concepts of the whole passage in six numbers, and by sentence."""
        asked = topic.concepts
        length = float(np.linalg.norm(asked)) + 1e-9
        told, every = _strength(counts.sum(axis=0)), _strength(counts)
        weighed, sentences = told * self._rarity, every * self._rarity
        # One is added to the lengths: a single word is no proof that a passage is about one thing.
        by_sentence = sentences @ asked / length / (np.linalg.norm(sentences, axis=1) + 1.0)
        share = asked**2 / length**2
        main = asked >= 0.6 * max(float(asked.max()), 1e-9)
        whole = [
            float(asked @ weighed) / length / (float(np.linalg.norm(weighed)) + 1.0),
            float(by_sentence.max()),
            float(share @ np.minimum(1.0, told)),
            float((np.minimum(1.0, every) @ share).max()),
            float(np.minimum(1.0, told)[main].mean()) if main.any() else 0.0,
            float(np.log1p(counts.sum())),
        ]
        return whole, by_sentence


NEAR_COLUMNS = 14
"""So many leading columns of `Pairing.features` say how near a passage comes; the rest, what its nearest sentence says.

The two are kept apart in training. Whoever wrote the calibration rows told the same deed in foreign words and something
idle in the statement's own, so that within a statement nearness speaks against a passage; outside it does not.
"""


def _strength(counts: Matrix) -> Matrix:
    return np.asarray(np.sqrt(np.minimum(counts, 3.0)), dtype=np.float64)


def _near(topic: Topic, similarity: Matrix, passage: PassageWords) -> _Near:
    by_sentence = np.zeros(max(1, len(passage.per_sentence)))
    if not passage.words:
        return _Near(0.0, 0.0, by_sentence)
    nearest = similarity.max(axis=1)
    start = 0
    for sentence, count in enumerate(passage.per_sentence):
        if count:
            by_sentence[sentence] = topic.weights @ similarity[:, start : start + count].max(axis=1)
        start += count
    # A statement lists what would do ("billing, ledgers, orders"): a few words met well are enough.
    return _Near(float(topic.weights @ nearest), float(np.sort(nearest)[-3:].mean()), by_sentence)


def _overlap(topic: Topic, sentence: Sentence) -> float:
    return len(topic.stems & set(sentence.stems)) / max(3, len(topic.stems))


def _cosine(a: Matrix, b: Matrix) -> float:
    return float(a @ b / max(1e-9, float(np.linalg.norm(a) * np.linalg.norm(b))))
