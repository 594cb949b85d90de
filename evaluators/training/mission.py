"""Trains what answers mission fit."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evaluators.evidence_judge.dossier_scoring import shows_work
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
FOREIGN = 0.25
"""Share of dossiers at level 0 that show work of another kind. Few apply whose work was nowhere near; the others at
level 0 say nothing of any work."""
STRANGERS_PER_ROLE, PROSE_PER_ROLE, FILLER_PER_ROLE = 15, 20, 20
"""Rows of other roles, passages that belong to none, and passages that show nothing."""
_FOLDS = 17
_OWN, _FOREIGN, _FILLER = range(3)
"""What a row is to its role: written for it, work of another kind, or nothing."""


def train_mission(shop: Workshop, corpus: Corpus, rubric: Rubric, rng: np.random.Generator) -> Family:
    """Fit the mission heads and their calibration; logits are held out by role."""
    offset = len(corpus.passages) + len(corpus.gates)
    own = [(row.role, offset + place) for place, row in enumerate(corpus.missions)]
    prose = np.array([place for place, row in enumerate(corpus.passages) if not row.code])
    filler = np.array([place for place, row in enumerate(corpus.passages) if not row.code and not row.checks])
    chosen = list(own)
    for role in sorted(corpus.roles):
        strangers = np.array([row for name, row in own if name != role])
        for pool, size in ((strangers, STRANGERS_PER_ROLE), (prose, PROSE_PER_ROLE), (filler, FILLER_PER_ROLE)):
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
    kinds = np.where(mine, _OWN, np.where(np.isin(rows, filler), _FILLER, _FOREIGN))
    table = _calibrate(about_the_role(logits), shop.told[rows], targets, groups, kinds, rubric, rng)
    return Family(fit(np.arange(len(chosen))), table, targets, logits, tuple(groups), logits)


def _calibrate(
    logits: Matrix,
    told: Matrix,
    labels: Matrix,
    groups: Sequence[str],
    kinds: NDArray[np.intp],
    rubric: Rubric,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Calibrate on dossiers of up to 40 passages, of which none to five have to do with the role."""
    columns = np.arange(1, len(MISSION_HEADS))
    samples = mission_dossiers(labels, groups, kinds, rng, count=MISSION_DOSSIERS)
    own = np.array([supports_of(logits[rows], rubric, columns) for rows in samples])
    shown = np.array([[shows_work(told[rows])] for rows in samples])
    truth = np.array([labels[rows].max(axis=0) for rows in samples])
    weights = np.ones(len(samples))
    table = np.zeros((len(MISSION_HEADS), own.shape[2] + shown.shape[1]), dtype=np.float32)
    for column in columns:
        features = np.hstack([own[:, column - 1], shown])
        table[column] = fit_calibration(features, truth[:, column], weights, uses_kth=False)
    return table


def mission_dossiers(
    labels: Matrix, groups: Sequence[str], kinds: NDArray[np.intp], rng: np.random.Generator, *, count: int
) -> list[NDArray[np.intp]]:
    """Rows of dossiers: of every level about equally many, a few passages about the role among others."""
    names = np.array(groups)
    level = labels[:, 1:].sum(axis=1)
    roles = sorted(set(groups))
    samples = []
    for number in range(count):
        of_role = names == roles[number % len(roles)]
        own, foreign, filler = (np.flatnonzero(of_role & (kinds == kind)) for kind in (_OWN, _FOREIGN, _FILLER))
        reached = int(rng.integers(0, len(MISSION_HEADS)))
        parts = [rng.choice(own[level[own] == reached], size=1)]
        if reached:
            lower = own[level[own] <= reached]
            parts.append(rng.choice(lower, size=min(len(lower), int(rng.integers(0, 5))), replace=False))
        elif rng.uniform() >= IDLE:
            parts = []
        works = reached > 0 or rng.uniform() < FOREIGN
        if works:
            fewest = 0 if reached else 1
            parts.append(rng.choice(foreign, size=int(rng.integers(fewest, min(20, len(foreign)))), replace=False))
        parts.append(rng.choice(filler, size=int(rng.integers(0 if works else 3, len(filler))), replace=False))
        samples.append(np.unique(np.concatenate(parts)))
    return samples
