"""Numbers that describe a passage together with a statement or a role."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluators.evidence_judge.concepts import ConceptReader
from evaluators.evidence_judge.features import PATTERNS, FeatureReader, Floats, Reading, Sentence, split_sentences
from evaluators.evidence_judge.lexicon import LEXICON
from evaluators.evidence_judge.passage_scoring import Aspects, Matrix, PassageWords, ReadPassage, term_vector
from evaluators.evidence_judge.weights import JudgeWeights

WATCHED = (
    "denial", "refusal", "negation", "willing", "study", "wish", "not_mine", "first_single", "first_plural", "third",
    "deed", "hypothetical", "advice", "production", "duty", "hype", "time_span", "outcome",
)  # fmt: skip
"""Word lists that decide what a sentence says about a statement; counted in the sentence nearest to it."""

_COLUMNS = tuple(list(LEXICON).index(name) for name in WATCHED)
_NUMBERS = len(LEXICON) + list(PATTERNS).index("#number")
_LIST_NAMES = ("denial", "refusal", "negation", "willing", "study", "wish", "deed", "first_single")
_PRODUCTS = [WATCHED.index(name) for name in _LIST_NAMES]

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

    direction: Matrix
    """The embedding at unit length."""
    centred: Matrix
    """The embedding without what all passages share, at unit length."""
    stems: frozenset[str]
    weights: Matrix
    """How telling each word is; sums to 1."""
    vectors: Floats
    asked: Matrix
    """How strongly it speaks of each concept, rare ones counting more; at unit length."""
    share: Matrix
    """The squares of that."""
    main: NDArray[np.bool_]
    """Which concepts it speaks of most."""
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
        concepts = _strength(counts[: self._split]) * self._rarity
        asked = concepts / (float(np.linalg.norm(concepts)) + 1e-9)
        return Topic(
            direction=_unit(embedding),
            centred=_unit(embedding - self._centre),
            stems=frozenset(words.values()),
            weights=rarity / max(1e-9, float(rarity.sum())) if len(rarity) else rarity,
            vectors=self._words.vectors(tuple(words)),
            asked=asked,
            share=asked**2,
            main=concepts >= 0.6 * max(float(concepts.max()), 1e-9),
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

    def sentence_nearness(self, topic: Topic, passages: Sequence[ReadPassage]) -> list[Matrix]:
        """How near every sentence of each passage comes to a topic: by meaning, by words and by concepts, added up."""
        near = self._nearness(topic, [passage.words for passage in passages])
        return [
            found.by_sentence + _overlaps(topic, passage.aspects) + passage.aspects.weighed_by_sentence @ topic.asked
            for passage, found in zip(passages, near, strict=True)
        ]

    def read(self, reading: Reading, embedding: Matrix) -> ReadPassage:
        """Put together everything about a passage that does not depend on the question."""
        places, values = term_vector(reading, self._weights)
        concepts = self._concepts.count(reading)
        return ReadPassage(
            reading=reading,
            embedding=embedding,
            term_places=places,
            term_values=values,
            words=self.passage_words(reading),
            concepts=concepts,
            opens_with_deed=self._concepts.opens_with_deed(reading),
            aspects=self._aspects(reading, embedding, concepts),
        )

    def _aspects(self, reading: Reading, embedding: Matrix, concepts: Matrix) -> Aspects:
        counts = concepts[:, : self._split]
        told, every = _strength(counts.sum(axis=0)), _strength(counts)
        weighed, sentences = told * self._rarity, every * self._rarity
        counted = np.minimum(reading.counts, 3.0)
        return Aspects(
            direction=_unit(embedding),
            centred=_unit(embedding - self._centre),
            stems=tuple(frozenset(sentence.stems) for sentence in reading.sentences),
            told=np.minimum(1.0, told),
            told_by_sentence=np.minimum(1.0, every),
            # One is added to the lengths: a single word is no proof that a passage is about one thing.
            weighed=weighed / (np.linalg.norm(weighed) + 1.0),
            weighed_by_sentence=sentences / (np.linalg.norm(sentences, axis=1, keepdims=True) + 1.0),
            amount=float(np.log1p(counts.sum())),
            limits=np.minimum(concepts[:, self._split :].sum(axis=0), 2.0) / 2,
            said=np.log1p(counted[:, [*_COLUMNS, _NUMBERS]]),
        )

    def _nearness(self, topic: Topic, passages: Sequence[PassageWords]) -> list[_Near]:
        distinct = list(dict.fromkeys(word for passage in passages for word in passage.words))
        if not distinct or not len(topic.vectors):
            return [_Near(0.0, 0.0, np.zeros(max(1, len(passage.per_sentence)))) for passage in passages]
        place = {word: column for column, word in enumerate(distinct)}
        similarity = (topic.vectors @ self._words.vectors(distinct).T).astype(np.float64)
        return [_near(topic, similarity[:, [place[w] for w in passage.words]], passage) for passage in passages]

    def _row(self, topic: Topic, passage: ReadPassage, nearness: _Near) -> Matrix:
        aspects, by_sentence = passage.aspects, nearness.by_sentence
        overlap = _overlaps(topic, aspects)
        concept_by_sentence = aspects.weighed_by_sentence @ topic.asked
        best = int(np.argmax(by_sentence + overlap + concept_by_sentence))
        said, opens = aspects.said[best], passage.opens_with_deed
        near = (
            float(topic.centred @ aspects.centred),
            float(topic.direction @ aspects.direction),
            nearness.whole,
            float(by_sentence[best]),
            nearness.strongest,
            float(overlap.max()),
            float(overlap.sum()),
            float(topic.asked @ aspects.weighed),
            float(concept_by_sentence.max()),
            float(topic.share @ aspects.told),
            float((aspects.told_by_sentence @ topic.share).max()),
            float(aspects.told[topic.main].mean()) if topic.main.any() else 0.0,
            aspects.amount,
            float(topic.limits @ aspects.limits),
        )
        return np.concatenate(
            [
                near,
                (float(topic.future), said[-1]),
                said[:-1],
                said[_PRODUCTS] * (1.0 if topic.future else -1.0),
                (opens[best], opens.max(), opens.mean()),
                aspects.limits * (topic.limits > 0),
            ]
        )


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


def _overlaps(topic: Topic, aspects: Aspects) -> Matrix:
    """Share of the topic's stems that each sentence has."""
    return np.array([len(topic.stems & stems) / max(3, len(topic.stems)) for stems in aspects.stems] or [0.0])


def _unit(vector: Matrix) -> Matrix:
    return np.asarray(vector / max(1e-9, float(np.linalg.norm(vector))), dtype=np.float64)
