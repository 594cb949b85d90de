"""Trains what answers non-negotiables."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

from evaluators.evidence_judge.passage_scoring import Matrix
from evaluators.evidence_judge.topical import GATE_HEADS, about_the_statement
from evaluators.evidence_judge.weights import LinearHeads
from evaluators.gates import NOT_MET_FROM
from evaluators.training.corpus import Corpus
from evaluators.training.dossiers import fit_calibration
from evaluators.training.heads import inputs_of
from evaluators.training.paired_heads import Head, all_but_nearness, fit_paired, nearness_only
from evaluators.training.workshop import Family, Workshop, cross_logits

OTHERS_PER_STATEMENT = 20
"""Rows of other statements, and as many passages that belong to no statement, stand beside each statement's own."""
ALIKE = 0.4
"""Centred cosine of two statements from which a row of one may well meet or deny the other."""
SURE = NOT_MET_FROM
NEARLY_SURE = 0.85
"""A bound that some hundred denials can reach with one or two wrong ones."""
DOUBT = 0.1
"""Chance that the bound below, one-sided, lies too high."""
MARGIN = 0.25
"""Added to the logit from which held-out denials are sure: sentences of a further author are mistaken more often than
held-out ones (`evaluators.training.denials`: 5 of 300 without, 3 with it)."""
COIN_FLIP = 0.5
"""So far below the logit of a sure denial its chance is even."""
GATE_DOSSIERS_PER_STATEMENT = 100
MET, DENIED = 0.6, 0.12
"""Shares of calibration dossiers: applicants mostly have what a role cannot do without and seldom say they lack it."""
_FOLDS = 8


def train_gates(shop: Workshop, corpus: Corpus, rng: np.random.Generator) -> Family:
    """Fit the gate heads and their calibration; logits are held out by statement."""
    offset = len(corpus.passages)
    own = [(row.statement, offset + place) for place, row in enumerate(corpus.gates)]
    labels = [[True, row.first_hand, row.real, row.willing, row.denied] for row in corpus.gates]
    statements = sorted({row.statement for row in corpus.gates})
    future = {row.statement: row.future for row in corpus.gates}
    prose = np.array([place for place, row in enumerate(corpus.passages) if not row.code])
    chosen = list(own)
    unlike = shop.unlike(statements, ALIKE)
    for statement in statements:
        others = unlike[statement] - corpus.alike[statement]
        strangers = np.array([row for name, row in own if name in others])
        for pool in (strangers, prose):
            drawn = rng.choice(pool, size=OTHERS_PER_STATEMENT, replace=False)
            chosen += [(statement, int(row)) for row in drawn]
    targets = np.zeros((len(chosen), len(GATE_HEADS)))
    targets[: len(own)] = labels
    groups = [name for name, _ in chosen]
    rows = np.array([row for _, row in chosen])
    pairs = shop.beside({name: (name,) for name in statements}, groups, rows, future=future)
    inputs = inputs_of([shop.passages[row] for row in rows], shop.weights, np.hstack([pairs, shop.told[rows]]))
    near = nearness_only(inputs, topics=1, width=pairs.shape[1])
    said = all_but_nearness(inputs, topics=1, width=pairs.shape[1])
    on_topic = targets[:, 0] > 0
    ahead = np.array([future[name] for name in groups])
    # Rows that neither meet nor deny a statement are often about something else that shares its words.
    clear = ~on_topic | targets[:, 3].astype(bool) | targets[:, 4].astype(bool) | (targets[:, 1:3].all(axis=1))

    def fit(training: NDArray[np.intp]) -> LinearHeads:
        told = training[on_topic[training]]
        used = [training[clear[training]], told[~ahead[told]], told[~ahead[told]], told[ahead[told]], told]
        return fit_paired(
            inputs,
            [
                Head(name, part, targets[part, column], said if column else near)
                for column, (name, part) in enumerate(zip(GATE_HEADS, used, strict=True))
            ],
        )

    logits = cross_logits(inputs, fit, groups, len(GATE_HEADS), folds=_FOLDS)
    table = _calibrate(about_the_statement(logits), targets, groups, ahead, rng)
    return Family(fit(np.arange(len(chosen))), table, targets, logits, tuple(groups), logits)


def _calibrate(
    logits: Matrix, labels: Matrix, groups: Sequence[str], ahead: NDArray[np.bool_], rng: np.random.Generator
) -> NDArray[np.float32]:
    """Calibrate on dossiers of a few passages on the statement among many that are not."""
    samples = gate_dossiers(labels, groups, ahead, rng, each=GATE_DOSSIERS_PER_STATEMENT)
    table = np.zeros((len(GATE_HEADS), 5), dtype=np.float32)
    leader = leading(logits)
    for head in range(1, 4):
        asked = [rows for rows in samples if ahead[rows[0]] == (head == 3)]
        best = np.array([logits[rows[int(np.argmax(leader[rows, head]))], head] for rows in asked])
        sizes = np.log([len(rows) for rows in asked])
        features = np.column_stack([np.ones(len(asked)), best, best, sizes, np.zeros(len(asked))])
        target = np.array([labels[rows, head].max() for rows in asked])
        table[head] = fit_calibration(features, target, np.ones(len(asked)), uses_kth=False)
    slope = np.log(SURE / (1 - SURE)) / COIN_FLIP
    sure = sure_from(logits[:, 4], labels[:, 4]) + MARGIN
    table[4] = (np.log(SURE / (1 - SURE)) - slope * sure, slope, 0.0, 0.0, 0.0)
    return table


def sure_from(logits: Matrix, denied: Matrix) -> float:
    """Lowest logit from which held-out denials are right so often that chance would hardly show it.

    The lower Clopper-Pearson bound (one-sided, 90%) of their share must reach `SURE`; where it does nowhere, the point
    where it is highest will do, if it comes near. A curve fitted through all dossiers does not serve: almost all hold
    no denial, and they would decide it.
    """
    nearest = (NEARLY_SURE, float(np.max(logits)) + 1.0)
    for bound in np.arange(-1.0, 4.0, 0.1).tolist():
        found = int((logits >= bound).sum())
        right = int(denied[logits >= bound].sum())
        if not right:
            break
        lower = float(beta.ppf(DOUBT, right, found - right + 1))
        if lower >= SURE:
            return float(bound)
        nearest = max(nearest, (lower, float(bound)))
    return nearest[1]


def leading(logits: Matrix) -> Matrix:
    """By which logit the passage that answers each head is picked."""
    leader = logits.copy()
    leader[:, 1] = leader[:, 2] = np.minimum(logits[:, 1], logits[:, 2])
    return leader


def gate_dossiers(
    labels: Matrix, groups: Sequence[str], ahead: NDArray[np.bool_], rng: np.random.Generator, *, each: int
) -> list[NDArray[np.intp]]:
    """Rows of dossiers, so many a statement: met, denied or silent in the shares that `MET` and `DENIED` say."""
    names = np.array(groups)
    own = labels[:, 0] > 0
    met = own & np.where(ahead, labels[:, 3] > 0, labels[:, 1] * labels[:, 2] > 0)
    denied = own & (labels[:, 4] > 0)
    samples: list[NDArray[np.intp]] = []
    for statement in sorted(set(groups)) * each:
        mine = names == statement
        idle, far = np.flatnonzero(mine & own & ~met & ~denied), np.flatnonzero(mine & ~own)
        draw = rng.uniform()
        if draw < MET:
            parts = [_some(rng, np.flatnonzero(mine & met), 1, 3), _some(rng, idle, 0, 2)]
        elif draw < MET + DENIED:
            parts = [_some(rng, np.flatnonzero(mine & denied), 1, 1), _some(rng, idle, 0, 1)]
        else:
            parts = [_some(rng, idle, 0, 2)]
        samples.append(np.concatenate([*parts, _some(rng, far, 6, len(far))]))
    return samples


def _some(rng: np.random.Generator, pool: NDArray[np.intp], least: int, most: int) -> NDArray[np.intp]:
    count = min(len(pool), int(rng.integers(least, most + 1)))
    return np.asarray(rng.choice(pool, size=count, replace=False) if count else pool[:0], dtype=np.intp)
