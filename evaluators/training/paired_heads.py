"""Fits heads over passage and question together, each on its own rows and with its own share of the inputs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression

from evaluators.evidence_judge.pairing import NEAR_COLUMNS
from evaluators.evidence_judge.passage_scoring import Matrix
from evaluators.evidence_judge.weights import LinearHeads
from evaluators.training.heads import PAIRED, Inputs

NEAR_SCALE = 0.5
_EMBEDDING = 256
_CLIP = 4.0


@dataclass(frozen=True)
class Share:
    """How much each input may say in a head; 0 leaves it out."""

    dense: Matrix
    terms: float


@dataclass(frozen=True)
class Head:
    """One head to fit: on which rows, from which inputs."""

    name: str
    rows: NDArray[np.intp]
    labels: Matrix
    share: Share


def nearness_only(inputs: Inputs, *, topics: int, width: int) -> Share:
    """Inputs of a topic head: how near a passage comes to each of so many texts, and nothing of the passage alone."""
    share = np.zeros(inputs.dense.shape[1])
    share[: topics * width] = np.tile(np.arange(width) < NEAR_COLUMNS, topics) * NEAR_SCALE
    return Share(share, 0.0)


def all_but_nearness(inputs: Inputs, *, topics: int, width: int) -> Share:
    """Inputs of the other heads: what the passage says, not how near it is."""
    share = np.full(inputs.dense.shape[1], PAIRED.features)
    share[-_EMBEDDING:] = PAIRED.embedding
    share[: inputs.pairs] = PAIRED.pairs
    share[: topics * width] = np.tile(np.arange(width) >= NEAR_COLUMNS, topics) * PAIRED.pairs
    return Share(share, PAIRED.terms)


def fit_paired(inputs: Inputs, heads: Sequence[Head]) -> LinearHeads:
    """Fit one regularised logistic regression a head over inputs that all heads standardise alike."""
    dense = inputs.dense
    centre, spread = dense.mean(axis=0), dense.std(axis=0)
    # A feature that hardly ever moves must not be blown up when it does.
    scale = np.where(spread > 0, np.maximum(spread, 0.05 * np.abs(dense).max(axis=0, initial=0.0)), 1.0)
    standard = np.clip((dense - centre) / scale, -_CLIP, _CLIP)
    columns = np.zeros((dense.shape[1], len(heads)))
    terms = np.zeros((inputs.terms.shape[1], len(heads)))
    bias = np.zeros(len(heads))
    for place, head in enumerate(heads):
        used = np.flatnonzero((head.share.dense > 0) & (spread > 0))
        blocks = [csr_matrix(standard[np.ix_(head.rows, used)] * head.share.dense[used])]
        if head.share.terms:
            blocks.append(inputs.terms[head.rows] * head.share.terms)
        model = LogisticRegression(max_iter=300, tol=1e-3)
        model.fit(hstack(blocks).tocsr(), head.labels > 0)
        columns[used, place] = model.coef_[0][: len(used)] * head.share.dense[used]
        if head.share.terms:
            terms[:, place] = model.coef_[0][len(used) :] * head.share.terms
        bias[place] = float(model.intercept_[0])
    return LinearHeads(
        names=tuple(head.name for head in heads),
        centre=centre.astype(np.float32),
        scale=scale.astype(np.float32),
        inputs=columns.astype(np.float16).astype(np.float32),
        terms=terms.astype(np.float16).astype(np.float32),
        bias=bias.astype(np.float32),
    )
