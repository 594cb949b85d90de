"""Which concepts a text speaks of: kinds of problem, trade and terms of work, told in many words."""

from collections.abc import Sequence
from importlib import resources

import numpy as np
import yaml

from evaluators.evidence_judge.features import FeatureReader, Floats, Reading
from evaluators.evidence_judge.passage_scoring import Matrix

_PHRASE = 1.6
"""A phrase of several words is surer than a word."""
_RAREST = 0.003


class ConceptReader:
    """Counts, sentence by sentence, the words of every concept and of every kind of limit."""

    def __init__(self, reader: FeatureReader) -> None:
        listed = yaml.safe_load(
            (resources.files("evaluators.evidence_judge") / "concepts.yaml").read_text(encoding="utf-8")
        )
        self.concepts: tuple[str, ...] = tuple(listed["concepts"])
        self.limits: tuple[str, ...] = tuple(listed["constraints"])
        self._phrases = _compile(reader, [*listed["concepts"].values(), *listed["constraints"].values()])
        self._starts = frozenset(phrase[0] for phrase in self._phrases)
        self._longest = max(map(len, self._phrases))
        self._openings = frozenset(reader.sentence(word).stems[0] for word in listed["openings"].split(","))

    def count(self, reading: Reading) -> Matrix:
        """Rows are sentences (at least one), columns concepts and then limits."""
        found = np.zeros((max(1, len(reading.sentences)), len(self.concepts) + len(self.limits)))
        for row, sentence in enumerate(reading.sentences):
            stems = sentence.stems
            for start, stem in enumerate(stems):
                if stem in self._starts:
                    for length in range(1, min(self._longest, len(stems) - start) + 1):
                        for column in self._phrases.get(stems[start : start + length], ()):
                            found[row, column] += 1 if length == 1 else _PHRASE
        return found

    def opens_with_deed(self, reading: Reading) -> Matrix:
        """1 for each sentence that begins as a resume's bullet does: with what the writer did."""
        told = [bool(s.stems) and s.stems[0] in self._openings for s in reading.sentences]
        return np.array(told or [False], dtype=np.float64)

    def rarity(self, counts: Sequence[Matrix]) -> Floats:
        """How telling each concept is, from the texts of training: the logarithm of one in so many."""
        share = np.mean([count[:, : len(self.concepts)].any(axis=0) for count in counts], axis=0)
        return np.asarray(-np.log(np.maximum(share, _RAREST)), dtype=np.float32)


def _compile(reader: FeatureReader, lists: Sequence[str]) -> dict[tuple[str, ...], tuple[int, ...]]:
    phrases: dict[tuple[str, ...], list[int]] = {}
    for column, listed in enumerate(lists):
        for phrase in dict.fromkeys(reader.sentence(part).stems for part in listed.split(",")):
            if phrase:
                phrases.setdefault(phrase, []).append(column)
    return {phrase: tuple(columns) for phrase, columns in phrases.items()}
