"""Numbers that the evidence judge reads from a passage: counted words, patterns, code and vocabulary.

Everything is a function of the text alone, so a passage has the same numbers in every dossier.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
import snowballstemmer
from numpy.typing import NDArray

from evaluators.evidence_judge.code_features import CODE_FEATURES, code_counts
from evaluators.evidence_judge.lexicon import LEXICON, PAIRS
from evaluators.evidence_judge.understatement import plainly

Floats = NDArray[np.float32]

_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+(?:[.,:]\d+)*")
# A bullet, a semicolon or a line break may end a thought as a full stop does.
_SENTENCE_END = re.compile(r"(?<=[.!?;])\s+(?=\S)|\n+")
_MAX_NGRAM = 4
_ANY_YEAR = "2020"

_COUNT = r"(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"

PATTERNS: Mapping[str, re.Pattern[str]] = {
    "#number": re.compile(r"(?<![\w.])\d[\d.,]*(?:\s?%|\s?[a-z]{1,12})?", re.I),
    "#percent": re.compile(r"\d\s?(?:%|percent)", re.I),
    "#money": re.compile(
        r"[€$£]\s?\d|\d\s?(?:eur|euros?|usd|dollars?|cents?|pounds?|francs?|k a (?:year|month))\b", re.I
    ),
    "#year": re.compile(r"\b(?:19|20)\d\d\b"),
    "#duration": re.compile(
        rf"\b(?:{_COUNT}|an?|half a)[\s-](?:ms|milli|micro|s\b|sec|min|hour|day|week|month|year|quarter|night|evening)",
        re.I,
    ),
    "#people": re.compile(
        rf"\b{_COUNT}\s(?:people|persons?|engineers?|developers?|of us|men|women|colleagues|programmers?)\b"
        r"|\bteam of\b|\balone\b",
        re.I,
    ),
    "#change": re.compile(
        r"\bfrom\s[^.;]{1,30}\bto\b|->|→|\bdown to\b|\bup to\b|\bhalved\b|\bdoubled\b|\bby (?:a third|half|\d+)"
        r"|\d\s?%? (?:to|before|after)\b",
        re.I,
    ),
    "#size": re.compile(
        r"\d[\d.,]*\s?(?:[kmgt]b\b|kbit|mbit|million|mln|thousand|rows|records|requests|users|customers|events"
        r"|k\b|m\b|rps|tps|qps)",
        re.I,
    ),
    "#identifier": re.compile(r"`[^`]+`|\b\w+_\w+\b|\b[a-z]+[A-Z]\w+|\b\w+\(\)"),
    "#status": re.compile(r"\b(?:20[0-4]|30[1-8]|40[0-9]|41[0-9]|42[0-9]|50[0-4])\b"),
    "#name_list": re.compile(r"(?:[A-Z][\w.+#/-]*(?:\s\w+)?,\s){3,}"),
    "#capital": re.compile(r"(?<=[a-z,] )[A-Z][a-zA-Z+#.]+"),
    "#question": re.compile(r"\?"),
    "#slashes": re.compile(r"\s[/|·]\s"),
    "#colon": re.compile(r":\s"),
    "#semicolon": re.compile(r";\s"),
    "#table": re.compile(r"^\s*\|", re.M),
    "#bullet": re.compile(r"^\s*(?:[-*•]|\d+[.)])\s", re.M),
    "#comment": re.compile(r"^\s*(?://|#\s|--\s|/\*|\*\s)", re.M),
    "#quote": re.compile(r"[\"“][^\"”]{3,}[\"”]"),
    "#parenthesis": re.compile(r"\([^)]{4,}\)"),
    "#imperative": re.compile(
        r"(?:^|[.;:]\s)(?:use|run|avoid|prefer|keep|choose|consider|submit|send|write|make|do|bring|start|install|open"
        r"|never|always)\b",
        re.I | re.M,
    ),
    "#mark": re.compile(r"\[(?:NAME|EMPLOYER|SCHOOL|PLACE|CONTACT|PRONOUN)\]"),
    "#date": re.compile(
        r"\b(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?\s\d{1,4}\b|\b\d{1,2}:\d\d\b", re.I
    ),
}


# Looked for sentence by sentence because `PAIRS` asks whether they stand beside a word list; the rest once a passage.
_BY_SENTENCE = ("#number", "#change")


class Sentence(NamedTuple):
    """A part of a passage that can be quoted on its own."""

    text: str
    """Verbatim, without the white space around it."""
    words: tuple[str, ...]
    """Lower case; consent that is told by denying its opposite is said outright."""
    stems: tuple[str, ...]
    """One for each word; numbers keep their digits."""


class Reading(NamedTuple):
    """A passage taken apart."""

    sentences: tuple[Sentence, ...]
    counts: NDArray[np.float64]
    """Sentences by word lists and patterns."""
    dense: Floats
    """One number per name in `FeatureReader.names`."""
    terms: Mapping[str, int]
    """How often each stem and each pair of neighbouring stems occurs."""


def embedded(text: str) -> str:
    """The text as it is embedded: consent said outright, and every year the same, so that no gap in a career counts."""
    return PATTERNS["#year"].sub(_ANY_YEAR, plainly(text))


def split_sentences(text: str) -> tuple[str, ...]:
    """Split a passage into its sentences and lines, each a verbatim part of the text."""
    return tuple(part.strip() for part in _SENTENCE_END.split(text) if part.strip())


class FeatureReader:
    """Reads passages; keeps the stems of words it has seen, up to a bound."""

    def __init__(self, *, cached_words: int = 50_000) -> None:
        self._stem: Callable[[str], str] = snowballstemmer.stemmer("english").stemWord
        self._stems: dict[str, str] = {}
        self._cached_words = cached_words
        self._lists = tuple(LEXICON)
        self._columns = {name: column for column, name in enumerate((*LEXICON, *PATTERNS))}
        self._phrases = self._compile()
        self._starts = frozenset(phrase[0] for phrase in self._phrases)
        self._pairs = tuple((self._index(a), self._index(b)) for a, b in PAIRS)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the dense features, in order."""
        counted = [*self._lists, *PATTERNS]
        return (
            *(f"count:{name}" for name in counted),
            *(f"rate:{name}" for name in self._lists),
            *(f"pair:{a}&{b}" for a, b in PAIRS),
            *(f"code:{name}" for name in CODE_FEATURES),
            "words", "sentences", "words_per_sentence", "word_length", "distinct", "long_words", "is_code",
        )  # fmt: skip

    def sentence(self, text: str) -> Sentence:
        """Take the words of a text as those of one sentence, consent said outright."""
        words = tuple(_WORD.findall(plainly(text).lower()))
        return Sentence(text, words, tuple(map(self._stem_of, words)))

    def read(self, text: str, *, code: bool = False) -> Reading:
        """Take a passage apart and count; code patterns are counted only if it is code."""
        sentences = tuple(map(self.sentence, split_sentences(text)))
        counts = np.zeros((max(1, len(sentences)), len(self._lists) + len(PATTERNS)))
        for row, sentence in enumerate(sentences):
            self._count(sentence, counts[row])
        for name, pattern in PATTERNS.items():
            if name not in _BY_SENTENCE:
                counts[0, self._index(name)] = len(pattern.findall(text))
        dense = self._dense(text, sentences, counts, code=code)
        return Reading(sentences, counts, dense, terms_of(sentences))

    def _dense(self, text: str, sentences: Sequence[Sentence], counts: NDArray[np.float64], *, code: bool) -> Floats:
        words = [stem for sentence in sentences for stem in sentence.stems]
        total = max(1, len(words))
        sums = counts.sum(axis=0)
        present = np.minimum(counts, 3.0)
        pairs = [float((present[:, a] * present[:, b]).max()) for a, b in self._pairs]
        shape = (
            np.log1p(len(words)),
            np.log1p(len(sentences)),
            len(words) / max(1, len(sentences)) / 20,
            sum(map(len, words)) / total / 5,
            len(set(words)) / total,
            sum(len(word) > 7 for word in words) / total,
            float(code),
        )
        return np.concatenate(
            [
                np.log1p(sums),
                np.minimum(sums[: len(self._lists)] / (total + 8) * 10, 3.0),
                np.log1p(pairs),
                np.log1p(code_counts(text)) if code else np.zeros(len(CODE_FEATURES)),
                shape,
            ]
        ).astype(np.float32)

    def _count(self, sentence: Sentence, into: NDArray[np.float64]) -> None:
        stems = sentence.stems
        for start, stem in enumerate(stems):
            if stem not in self._starts:
                continue
            for length in range(1, min(_MAX_NGRAM, len(stems) - start) + 1):
                for column in self._phrases.get(stems[start : start + length], ()):
                    into[column] += 1
        for name in _BY_SENTENCE:
            into[self._index(name)] = len(PATTERNS[name].findall(sentence.text))

    def _compile(self) -> dict[tuple[str, ...], tuple[int, ...]]:
        phrases: dict[tuple[str, ...], list[int]] = {}
        for column, name in enumerate(self._lists):
            for phrase in dict.fromkeys(self._phrase(part) for part in LEXICON[name].split(",")):
                if phrase:
                    phrases.setdefault(phrase, []).append(column)
        return {phrase: tuple(columns) for phrase, columns in phrases.items()}

    def _phrase(self, listed: str) -> tuple[str, ...]:
        return tuple(map(self._stem_of, _WORD.findall(listed.lower())))

    def _index(self, name: str) -> int:
        return self._columns[name]

    def _stem_of(self, word: str) -> str:
        known = self._stems.get(word)
        if known is None:
            known = word if word[0].isdigit() else self._stem(word)
            if len(self._stems) < self._cached_words:
                self._stems[word] = known
        return known


def terms_of(sentences: Sequence[Sentence]) -> dict[str, int]:
    """How often each stem and each pair of neighbouring stems occurs."""
    terms: dict[str, int] = {}
    for sentence in sentences:
        previous = ""
        for stem in sentence.stems:
            # Figures are counted by pattern; the particular figure says nothing.
            shown = "0" if stem[0].isdigit() else stem
            terms[shown] = terms.get(shown, 0) + 1
            if previous:
                pair = f"{previous} {shown}"
                terms[pair] = terms.get(pair, 0) + 1
            previous = shown
    return terms
