"""Trains what answers mission fit."""

import numpy as np
from numpy.typing import NDArray

from evaluators.evidence_judge import role_texts
from evaluators.judge_weights import LinearHeads
from evaluators.passage_scoring import Matrix
from evaluators.training.corpus import Corpus
from evaluators.training.dossiers import fit_calibration, supports_of
from evaluators.training.heads import fit_heads, inputs_of
from evaluators.training.workshop import Family, Workshop, cross_logits
from pipeline.models.scorecard import Rubric

MISSION_HEADS = ("adjacent", "part", "same_problem", "same_limits")
MISSION_DOSSIERS = 1500
OFF_TOPIC_PER_ROLE = 20


def train_mission(shop: Workshop, corpus: Corpus, rubric: Rubric, rng: np.random.Generator) -> Family:
    """Fit the mission heads and their calibration; logits are held out by role."""
    offset = len(corpus.passages) + len(corpus.gates)
    chosen = [(row.role, offset + place) for place, row in enumerate(corpus.missions)]
    found = [row.checks for row in corpus.missions]
    for role in corpus.roles:
        for other in rng.choice(len(corpus.passages), size=OFF_TOPIC_PER_ROLE, replace=False):
            chosen.append((role, int(other)))
            found.append(frozenset())
    labels = np.array([[check.id in checks for check in rubric.checks] for checks in found], dtype=np.float64)
    blocks: dict[int, Matrix] = {}
    for role, context in corpus.roles.items():
        places = [place for place, (name, _) in enumerate(chosen) if name == role]
        rows = [chosen[place][1] for place in places]
        pairs = np.hstack([shop.pairs(text, rows) for text in role_texts(context)])
        blocks.update(dict(zip(places, pairs, strict=True)))
    pairs = np.array([blocks[place] for place in range(len(chosen))])
    pairs = np.hstack([pairs, shop.told[[row for _, row in chosen]]])
    inputs = inputs_of([shop.passages[row] for _, row in chosen], shop.weights, pairs)
    groups = [name for name, _ in chosen]

    def fit(rows: NDArray[np.intp]) -> LinearHeads:
        return fit_heads(inputs.rows(rows), labels[rows], MISSION_HEADS)

    logits = cross_logits(inputs, fit, groups, len(MISSION_HEADS))
    columns = np.arange(len(rubric.checks))
    rows_of = [np.flatnonzero(np.array(groups) == name) for name in sorted(set(groups))]
    level = labels.sum(axis=1)
    features: list[Matrix] = []
    truth: list[Matrix] = []
    for number in range(MISSION_DOSSIERS):
        mine = rows_of[number % len(rows_of)]
        size = int(rng.integers(3, 25))
        quality = rng.uniform(-1.5, 1.0)
        weight = np.exp(quality * level[mine])
        drawn = rng.choice(mine, size=min(size, len(mine)), replace=False, p=weight / weight.sum())
        features.append(supports_of(logits[np.sort(drawn)], rubric, columns))
        truth.append(labels[drawn].max(axis=0))
    held = np.array(truth)
    weights = evenly(held.sum(axis=1))
    table = np.array([fit_calibration(np.array(features)[:, c], held[:, c], weights, uses_kth=False) for c in columns])
    return Family(fit(np.arange(len(chosen))), table, labels, logits, tuple(groups), logits)


def evenly(levels: Matrix) -> Matrix:
    """Weights under which every level is equally frequent: nothing is known of who will apply."""
    values, counts = np.unique(levels, return_counts=True)
    share = dict(zip(values.tolist(), counts.tolist(), strict=True))
    return np.array([len(levels) / (len(values) * share[level]) for level in levels.tolist()])
