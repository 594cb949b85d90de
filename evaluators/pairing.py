"""Numbers that describe a passage together with a statement or a role."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from evaluators.features import PATTERNS, FeatureReader, Floats, Reading, Sentence, split_sentences
from evaluators.judge_weights import JudgeWeights
from evaluators.lexicon import LEXICON
from evaluators.passage_scoring import Matrix, PassageWords, ReadPassage, term_vector
from evaluators.problem_lexicon import CONSTRAINT_KINDS, PROBLEM_KINDS

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
    kinds: Matrix
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
        self._kinds = {name: _compile(reader, lists) for name, lists in _KINDS.items()}

    def idf(self, stem: str) -> float:
        """How rare a stem is; the unknown is as rare as the rarest known."""
        place = self._vocabulary.get(stem)
        return self._rare if place is None else float(self._idf[place])

    def topic(self, text: str, embedding: Matrix, *, future: bool = False) -> Topic:
        """Prepare a statement; sentences that only say what does not count are no part of its topic."""
        kept = [part for part in split_sentences(text) if not _ASIDE.search(part)]
        reading = self._reader.read(" ".join(kept) or text)
        words = content_words(reading.sentences, self.idf)
        rarity = np.array([self.idf(stem) for stem in words.values()])
        return Topic(
            embedding=embedding,
            stems=frozenset(words.values()),
            weights=rarity / max(1e-9, float(rarity.sum())) if len(rarity) else rarity,
            vectors=self._words.vectors(tuple(words)),
            kinds=self.all_kinds(reading),
            future=future,
        )

    def kinds(self, reading: Reading, table: str) -> Matrix:
        """Which kinds of problem or constraint a text speaks of, 0 to 1 each."""
        compiled, names = self._kinds[table]
        found = np.zeros(len(names))
        stems = [stem for sentence in reading.sentences for stem in sentence.stems]
        for start in range(len(stems)):
            for length in (1, 2, 3):
                for column in compiled.get(tuple(stems[start : start + length]), ()):
                    found[column] += 1
        return np.minimum(found, 2.0) / 2

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
        return ReadPassage(reading, embedding, places, values, self.passage_words(reading), self.all_kinds(reading))

    def all_kinds(self, reading: Reading) -> Matrix:
        """Kinds of problem, then of constraint."""
        return np.concatenate([self.kinds(reading, name) for name in _KINDS])

    def _nearness(self, topic: Topic, passages: Sequence[PassageWords]) -> list[_Near]:
        distinct = list(dict.fromkeys(word for passage in passages for word in passage.words))
        if not distinct or not len(topic.vectors):
            return [_Near(0.0, 0.0, np.zeros(max(1, len(passage.per_sentence)))) for passage in passages]
        place = {word: column for column, word in enumerate(distinct)}
        similarity = (topic.vectors @ self._words.vectors(distinct).T).astype(np.float64)
        return [_near(topic, similarity[:, [place[w] for w in passage.words]], passage) for passage in passages]

    def _row(self, topic: Topic, passage: ReadPassage, nearness: _Near) -> Matrix:
        reading, by_sentence, kinds = passage.reading, nearness.by_sentence, passage.kinds
        overlap = np.array([_overlap(topic, sentence) for sentence in reading.sentences] or [0.0])
        best = int(np.argmax(by_sentence + overlap)) if len(by_sentence) else 0
        counts = np.minimum(reading.counts, 3.0)
        at_best = np.log1p(counts[best, _COLUMNS])
        near = float(by_sentence[best]) if len(by_sentence) else 0.0
        centred = _cosine(topic.embedding - self._centre, passage.embedding - self._centre)
        numbers = float(np.log1p(counts[best, _NUMBERS]))
        shared = topic.kinds * kinds
        split = len(PROBLEM_KINDS)
        return np.concatenate(
            [
                [centred, _cosine(topic.embedding, passage.embedding), nearness.whole, near, nearness.strongest],
                [float(overlap.max()), float(overlap.sum())],
                [shared[:split].sum(), shared[split:].sum(), shared.max(), (topic.kinds * (1 - kinds)).sum()],
                [float(topic.future), numbers],
                at_best,
                at_best[list(_PRODUCTS)] * near,
                at_best[list(_PRODUCTS)] * (1.0 if topic.future else -1.0),
                kinds[split:] * (topic.kinds[split:] > 0),
            ]
        )  # fmt: skip


_KINDS = {"problem": PROBLEM_KINDS, "constraint": CONSTRAINT_KINDS}


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


def _compile(
    reader: FeatureReader, lists: dict[str, str]
) -> tuple[dict[tuple[str, ...], tuple[int, ...]], tuple[str, ...]]:
    phrases: dict[tuple[str, ...], list[int]] = {}
    for column, listed in enumerate(lists.values()):
        for phrase in dict.fromkeys(reader.sentence(part).stems for part in listed.split(",")):
            phrases.setdefault(phrase, []).append(column)
    return {phrase: tuple(columns) for phrase, columns in phrases.items()}, tuple(lists)
