"""What the training of every family shares: texts that are read once, and folds that hold whole groups out."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from evaluators.evidence_judge.concepts import ConceptReader
from evaluators.evidence_judge.features import FeatureReader, Floats
from evaluators.evidence_judge.pairing import Pairing, WordTable
from evaluators.evidence_judge.passage_scoring import Matrix, ReadPassage
from evaluators.evidence_judge.weights import LinearHeads
from evaluators.training.corpus import Corpus, PassageRow
from evaluators.training.heads import Inputs, empty_weights, head_logits, read_all

MARKERS = re.compile(
    r"\b(?:because|since|therefore|thus|hence|however|although|though|but|instead|rather than|trade-?offs?|"
    r"alternatives?|considered|chose|chosen|decided|decision|due to|so that|in order to|cost|costs|price|"
    r"downside|reasons?|failed|failure|failures|incident|incidents|on-?call|alerts?|assumed|assumption|assumptions|idempotent)\b",
    re.I,
)
"""Words that announce an answer; what is left of the AUC without them was not learned from them alone."""


class Workshop:
    """Reads all texts once and compares them with statements and roles."""

    def __init__(self, corpus: Corpus, embed: Callable[[Sequence[str]], Floats], *, embedder: str) -> None:
        self.reader = FeatureReader()
        self._embed = embed
        texts = [row.text for row in corpus.passages]
        texts += [row.text for row in corpus.gates]
        texts += [row.text for row in corpus.missions]
        codes = [row.code for row in corpus.passages] + [False] * (len(corpus.gates) + len(corpus.missions))
        readings, embeddings = read_all(texts, codes, self.reader, embed)
        concepts = ConceptReader(self.reader)
        self.weights = replace(
            empty_weights(readings, embeddings, embedder=embedder),
            concept_rarity=concepts.rarity([concepts.count(reading) for reading in readings]),
        )
        self.pairing = Pairing(self.reader, self.weights, WordTable(embed))
        self.passages = [self.pairing.read(*each) for each in zip(readings, embeddings, strict=True)]
        self.told = np.zeros((len(texts), 0))
        """What each text supports by itself; its heads never saw the texts of gates and roles."""

    def without_markers(self, rows: Sequence[PassageRow]) -> list[ReadPassage]:
        """Read passages from which the words that announce reasoning were deleted."""
        texts = [MARKERS.sub(" ", row.text) for row in rows]
        readings, embeddings = read_all(texts, [row.code for row in rows], self.reader, self._embed)
        return [self.pairing.read(*each) for each in zip(readings, embeddings, strict=True)]

    def unlike(self, texts: Sequence[str], alike: float) -> dict[str, frozenset[str]]:
        """For each text those others whose centred cosine with it stays below a bound."""
        found = self._embed(texts).astype(np.float64)
        found -= found.mean(axis=0)
        found /= np.linalg.norm(found, axis=1, keepdims=True)
        near = found @ found.T
        return {
            text: frozenset(other for other, value in zip(texts, row, strict=True) if value < alike)
            for text, row in zip(texts, near.tolist(), strict=True)
        }

    def beside(
        self,
        texts: Mapping[str, Sequence[str]],
        groups: Sequence[str],
        rows: Sequence[int] | NDArray[np.intp],
        *,
        future: Mapping[str, bool] | None = None,
    ) -> Matrix:
        """Features of passages beside the texts of their groups, one block of columns a text."""
        found: dict[int, Matrix] = {}
        for group, each in texts.items():
            places = [place for place, name in enumerate(groups) if name == group]
            passages = [self.passages[rows[place]] for place in places]
            blocks = []
            for text in each:
                embedding = self._embed([text])[0].astype(np.float64)
                topic = self.pairing.topic(text, embedding, future=bool(future and future[group]))
                blocks.append(self.pairing.features(topic, passages))
            found.update(zip(places, np.hstack(blocks), strict=True))
        return np.array([found[place] for place in range(len(groups))])


@dataclass(frozen=True)
class Family:
    """Heads with their calibration and held-out logits."""

    heads: LinearHeads
    table: NDArray[np.float32]
    labels: Matrix
    logits: Matrix
    groups: tuple[str, ...]
    marker_free: Matrix


def held_out(groups: Sequence[str], folds: int | None = None) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Yield training and test rows, whole groups at a time."""
    names = sorted(set(groups))
    place = np.array([names.index(group) for group in groups]) % (folds or len(names))
    for fold in range(folds or len(names)):
        yield np.flatnonzero(place != fold), np.flatnonzero(place == fold)


def cross_logits(
    inputs: Inputs,
    fit: Callable[[NDArray[np.intp]], LinearHeads],
    groups: Sequence[str],
    heads: int,
    folds: int | None = None,
) -> Matrix:
    """Logits of each row by heads that never saw its group."""
    logits = np.zeros((inputs.dense.shape[0], heads))
    for training, test in held_out(groups, folds):
        logits[test] = head_logits(fit(training), inputs.rows(test))
    return logits
