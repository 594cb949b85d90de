"""Fits logistic regressions over the judge's inputs and exports them."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from evaluators.evidence_judge.dossier_scoring import sigmoid
from evaluators.evidence_judge.features import FeatureReader, Floats, Reading, embedded
from evaluators.evidence_judge.passage_scoring import Matrix, ReadPassage
from evaluators.evidence_judge.weights import JudgeWeights, LinearHeads

MIN_TEXTS = 3
"""A term enters the vocabulary when this many training texts hold it."""

_ITERATIONS = 200
_TOLERANCE = 1e-7


# How much each kind of input may say: chosen by AUC held out by author, see evaluators/README.md.
FEATURE_SCALE = 1 / 14
EMBEDDING_SCALE = 1 / 16
TERM_SCALE = 1.0


class Scales(NamedTuple):
    """How much each kind of input may say."""

    features: float = FEATURE_SCALE
    embedding: float = EMBEDDING_SCALE
    terms: float = TERM_SCALE
    pairs: float = 0.25


PAIRED = Scales()
"""For heads that read a passage beside a statement or a role."""
ALONE = Scales(features=1 / 20, embedding=1 / 24, terms=1.4)
"""For heads that read a passage alone."""


@dataclass(frozen=True)
class Inputs:
    """Rows ready for fitting."""

    dense: Matrix
    terms: csr_matrix
    pairs: int = 0
    """How many leading columns of `dense` describe passage and question together."""

    def rows(self, chosen: NDArray[np.intp]) -> "Inputs":
        """Keep some rows."""
        return Inputs(self.dense[chosen], self.terms[chosen], self.pairs)


def empty_weights(readings: Sequence[Reading], embeddings: Matrix, *, embedder: str) -> JudgeWeights:
    """Weights without heads: vocabulary, rarity and the mean embedding of the training texts."""
    seen = Counter(term for reading in readings for term in reading.terms)
    terms = sorted(term for term, n in seen.items() if n >= MIN_TEXTS)
    idf = np.array([np.log((1 + len(readings)) / (1 + seen[term])) + 1 for term in terms], dtype=np.float16)
    return JudgeWeights(
        embedder=embedder,
        vocabulary={term: place for place, term in enumerate(terms)},
        idf=idf.astype(np.float32),
        embedding_centre=embeddings.mean(axis=0).astype(np.float32),
        families={},
        calibration={},
        digest="",
    )


def read_all(
    texts: Sequence[str], codes: Sequence[bool], reader: FeatureReader, embed: Callable[[Sequence[str]], Floats]
) -> tuple[list[Reading], Matrix]:
    """Readings and embeddings of all texts."""
    embeddings = embed([embedded(text) for text in texts]).astype(np.float64)
    return [reader.read(t, code=c) for t, c in zip(texts, codes, strict=True)], embeddings


def inputs_of(passages: Sequence[ReadPassage], weights: JudgeWeights, extra: Matrix | None = None) -> Inputs:
    """Stack passages into matrices; `extra` goes first, as in `passage_scoring.score_passages`."""
    dense = np.array([passage.dense for passage in passages])
    pairs = 0
    if extra is not None:
        dense, pairs = np.hstack([extra, dense]), extra.shape[1]
    indptr = np.cumsum([0, *(len(p.term_places) for p in passages)])
    terms = csr_matrix(
        (
            np.concatenate([p.term_values for p in passages]),
            np.concatenate([p.term_places for p in passages]),
            indptr,
        ),
        shape=(len(passages), len(weights.vocabulary)),
    )
    return Inputs(dense, terms, pairs)


def fit_heads(
    inputs: Inputs,
    labels: Matrix,
    names: Sequence[str],
    *,
    strength: float = 1.0,
    row_weights: Matrix | None = None,
    pair_scale: float | None = None,
    scales: Scales = PAIRED,
) -> LinearHeads:
    """Fit one regularised logistic regression a label column."""
    dense = inputs.dense
    centre, spread = dense.mean(axis=0), dense.std(axis=0)
    # A feature that hardly ever moves must not be blown up when it does.
    scale = np.where(spread > 0, np.maximum(spread, 0.05 * np.abs(dense).max(axis=0, initial=0.0)), 1.0)
    embedding = dense.shape[1] - _EMBEDDING
    block = np.concatenate(
        [
            np.full(inputs.pairs, scales.pairs if pair_scale is None else pair_scale),
            np.full(embedding - inputs.pairs, scales.features),
            np.full(_EMBEDDING, scales.embedding),
        ]
    )
    standard = np.clip((dense - centre) / scale, -4, 4) * block * (spread > 0)
    importance = np.ones(len(labels)) if row_weights is None else row_weights
    weights, terms, bias = _logistic(standard, inputs.terms * scales.terms, labels > 0, importance, strength)
    return LinearHeads(
        names=tuple(names),
        centre=centre.astype(np.float32),
        scale=scale.astype(np.float32),
        inputs=(weights * (block * (spread > 0))[:, None]).astype(np.float16).astype(np.float32),
        terms=(terms * scales.terms).astype(np.float16).astype(np.float32),
        bias=bias.astype(np.float32),
    )


def _logistic(
    dense: Matrix, terms: csr_matrix, labels: NDArray[np.bool_], importance: Matrix, strength: float
) -> tuple[Matrix, Matrix, Matrix]:
    """Weights of dense columns, of terms, and biases; all label columns at once, since they share their inputs."""
    (rows, width), vocabulary, heads = dense.shape, terms.shape[1], labels.shape[1]
    by_term = terms.T.tocsr()
    target, importance = labels.astype(np.float64), importance.reshape(rows, 1)

    def loss(flat: Matrix) -> tuple[float, Matrix]:
        weights = flat.reshape(width + vocabulary + 1, heads)
        logits = dense @ weights[:width] + terms @ weights[width:-1] + weights[-1]
        likelihood = float((importance * (np.logaddexp(0.0, logits) - target * logits)).sum())
        gap = importance * (sigmoid(logits) - target)
        gradient = np.vstack([dense.T @ gap, by_term @ gap, gap.sum(axis=0, keepdims=True)])
        gradient[:-1] += weights[:-1] / strength
        return likelihood + 0.5 / strength * float((weights[:-1] ** 2).sum()), gradient.ravel()

    options = {"maxiter": _ITERATIONS, "ftol": _TOLERANCE, "maxcor": 8}
    start = np.zeros((width + vocabulary + 1) * heads)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options=options).x.reshape(-1, heads)
    return found[:width], found[width:-1], found[-1]


_EMBEDDING = 256


def head_logits(heads: LinearHeads, inputs: Inputs) -> Matrix:
    """Logits of all rows."""
    return heads.logits(inputs.dense, np.asarray(inputs.terms @ heads.terms.astype(np.float64)))
