"""Numbers that describe a passage together with a statement or a role."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from evaluators.features import PATTERNS, FeatureReader, Reading, Sentence, split_sentences
from evaluators.judge_weights import JudgeWeights
from evaluators.lexicon import LEXICON
from evaluators.passage_scoring import Matrix, ReadPassage
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

WordVectors = Callable[[Sequence[str]], Matrix]
"""Rows of unit length, one a word."""


@dataclass(frozen=True)
class Topic:
    """A statement or a part of a role, ready to be compared with passages."""

    embedding: Matrix
    stems: frozenset[str]
    weights: Matrix
    """How telling each word is; sums to 1."""
    vectors: Matrix
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


class Pairing:
    """Compares passages with topics."""

    def __init__(self, reader: FeatureReader, weights: JudgeWeights, word_vectors: WordVectors) -> None:
        self._reader = reader
        self._vocabulary = weights.vocabulary
        self._idf = weights.idf
        self._rare = float(weights.idf.max())
        self._centre = weights.embedding_centre.astype(np.float64)
        self._word_vectors = word_vectors
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
            vectors=self._word_vectors(tuple(words)),
            kinds=np.concatenate([self.kinds(reading, name) for name in _KINDS]),
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

    def word_table(self, reading: Reading) -> tuple[Matrix, Matrix]:
        """Vectors of a passage's content words and the sentence each stands in."""
        places: list[int] = []
        words: list[str] = []
        for place, sentence in enumerate(reading.sentences):
            found = content_words([sentence], self.idf)
            words.extend(found)
            places.extend([place] * len(found))
        return self._word_vectors(words), np.array(places)

    def features(self, topic: Topic, passage: ReadPassage, words: tuple[Matrix, Matrix]) -> Matrix:
        """Describe one passage beside one topic."""
        reading = passage.reading
        nearness, strongest, by_sentence = _nearness(topic, words, len(reading.sentences))
        overlap = np.array([_overlap(topic, sentence) for sentence in reading.sentences] or [0.0])
        best = int(np.argmax(by_sentence + overlap)) if len(by_sentence) else 0
        counts = np.minimum(reading.counts, 3.0)
        at_best = np.log1p(counts[best, _COLUMNS])
        near = float(by_sentence[best]) if len(by_sentence) else 0.0
        centred = _cosine(topic.embedding - self._centre, passage.embedding - self._centre)
        numbers = float(np.log1p(counts[best, _NUMBERS]))
        kinds = np.concatenate([self.kinds(reading, name) for name in _KINDS])
        shared = topic.kinds * kinds
        split = len(PROBLEM_KINDS)
        return np.concatenate(
            [
                [centred, _cosine(topic.embedding, passage.embedding), nearness, near, strongest],
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


def _nearness(topic: Topic, words: tuple[Matrix, Matrix], sentences: int) -> tuple[float, float, Matrix]:
    """How near the words come to the topic's: all of it, its three nearest words, and sentence by sentence."""
    vectors, places = words
    by_sentence = np.zeros(max(1, sentences))
    if not len(vectors) or not len(topic.vectors):
        return 0.0, 0.0, by_sentence
    similarity = topic.vectors @ vectors.T
    nearest = similarity.max(axis=1)
    whole = float(topic.weights @ nearest)
    # A statement lists what would do ("billing, ledgers, orders"): a few words met well are enough.
    strongest = float(np.sort(nearest)[-3:].mean())
    for place in range(sentences):
        inside = places == place
        if inside.any():
            by_sentence[place] = topic.weights @ similarity[:, inside].max(axis=1)
    return whole, strongest, by_sentence


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
