"""Trains what answers mission fit."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evaluators.evidence_judge.paired_answers import role_texts
from evaluators.evidence_judge.passage_scoring import Matrix
from evaluators.evidence_judge.topical import MISSION_HEADS, about_the_role
from evaluators.evidence_judge.weights import LinearHeads
from evaluators.training.corpus import Corpus
from evaluators.training.dossiers import fit_calibration, supports_of
from evaluators.training.heads import inputs_of
from evaluators.training.paired_heads import Head, all_but_nearness, fit_paired, nearness_only
from evaluators.training.workshop import Family, Workshop, cross_logits
from pipeline.models.scorecard import Rubric

MISSION_DOSSIERS = 3000
IDLE = 0.3
"""Share of dossiers at level 0 with a passage that only sounds like the role; the others hold nothing about it."""
STRANGERS_PER_ROLE, PROSE_PER_ROLE = 15, 20
"""Rows of other roles and passages that belong to none."""
_FOLDS = 17


def train_mission(shop: Workshop, corpus: Corpus, rubric: Rubric, rng: np.random.Generator) -> Family:
    """Fit the mission heads and their calibration; logits are held out by role."""
    offset = len(corpus.passages) + len(corpus.gates)
    own = [(row.role, offset + place) for place, row in enumerate(corpus.missions)]
    prose = np.array([place for place, row in enumerate(corpus.passages) if not row.code])
    chosen = list(own)
    for role in sorted(corpus.roles):
        strangers = np.array([row for name, row in own if name != role])
        for pool, size in ((strangers, STRANGERS_PER_ROLE), (prose, PROSE_PER_ROLE)):
            chosen += [(role, int(row)) for row in rng.choice(pool, size=size, replace=False)]
    checks = [check.id for check in rubric.checks]
    targets = np.zeros((len(chosen), len(MISSION_HEADS)))
    targets[: len(own), 1:] = [[check in row.checks for check in checks] for row in corpus.missions]
    targets[:, 0] = targets[:, 1:].max(axis=1)
    groups = [name for name, _ in chosen]
    rows = np.array([row for _, row in chosen])
    texts = {name: role_texts(role) for name, role in corpus.roles.items()}
    pairs = shop.beside(texts, groups, rows)
    inputs = inputs_of([shop.passages[row] for row in rows], shop.weights, np.hstack([pairs, shop.told[rows]]))
    near = nearness_only(inputs, topics=2, width=pairs.shape[1] // 2)
    said = all_but_nearness(inputs, topics=2, width=pairs.shape[1] // 2)
    mine = np.arange(len(chosen)) < len(own)
    clear = ~mine | (targets[:, 0] > 0)

    def fit(training: NDArray[np.intp]) -> LinearHeads:
        told = training[mine[training]]
        topic = training[clear[training]]
        heads = [Head(MISSION_HEADS[0], topic, targets[topic, 0], near)]
        heads += [Head(name, told, targets[told, n], said) for n, name in enumerate(MISSION_HEADS) if n]
        return fit_paired(inputs, heads)

    logits = cross_logits(inputs, fit, groups, len(MISSION_HEADS), folds=_FOLDS)
    table = _calibrate(about_the_role(logits), targets, groups, mine, rubric, rng)
    return Family(fit(np.arange(len(chosen))), table, targets, logits, tuple(groups), logits)


def _calibrate(
    logits: Matrix,
    labels: Matrix,
    groups: Sequence[str],
    mine: NDArray[np.bool_],
    rubric: Rubric,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Calibrate on dossiers of 8 to 30 passages of which one to five have to do with the role."""
    columns = np.arange(1, len(MISSION_HEADS))
    samples = mission_dossiers(labels, groups, mine, rng, count=MISSION_DOSSIERS)
    features = np.array([supports_of(logits[rows], rubric, columns) for rows in samples])
    truth = np.array([labels[rows].max(axis=0) for rows in samples])
    weights = np.ones(len(samples))
    table = np.zeros((len(MISSION_HEADS), 5), dtype=np.float32)
    for column in columns:
        table[column] = fit_calibration(features[:, column - 1], truth[:, column], weights, uses_kth=False)
    return table


def mission_dossiers(
    labels: Matrix, groups: Sequence[str], mine: NDArray[np.bool_], rng: np.random.Generator, *, count: int
) -> list[NDArray[np.intp]]:
    """Rows of dossiers: of every level about equally many, a few passages about the role among others."""
    names = np.array(groups)
    level = labels[:, 1:].sum(axis=1)
    roles = sorted(set(groups))
    samples = []
    for number in range(count):
        of_role = names == roles[number % len(roles)]
        reached = int(rng.integers(0, len(MISSION_HEADS)))
        best = np.flatnonzero(of_role & mine & (level == reached))
        lower = np.flatnonzero(of_role & mine & (level <= reached))
        parts = [rng.choice(best, size=1)]
        if reached:
            parts.append(rng.choice(lower, size=min(len(lower), int(rng.integers(0, 5))), replace=False))
        elif rng.uniform() >= IDLE:
            parts = []
        far = np.flatnonzero(of_role & ~mine)
        parts.append(rng.choice(far, size=int(rng.integers(7, 26 if reached else len(far))), replace=False))
        samples.append(np.unique(np.concatenate(parts)))
    return samples
