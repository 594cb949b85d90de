"""Trains what answers non-negotiables."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evaluators.dossier_scoring import about_the_statement
from evaluators.judge_weights import LinearHeads
from evaluators.passage_scoring import Matrix
from evaluators.training.corpus import Corpus
from evaluators.training.dossiers import fit_calibration
from evaluators.training.heads import fit_heads, inputs_of, join_heads
from evaluators.training.workshop import Family, Workshop, cross_logits

GATE_HEADS = ("topic", "first_hand", "real", "willing", "denied")
OFF_TOPIC_PER_STATEMENT = 30
GATE_DOSSIERS_PER_STATEMENT = 100


def train_gates(shop: Workshop, corpus: Corpus, rng: np.random.Generator) -> Family:
    """Fit the gate heads and their calibration; logits are held out by statement."""
    offset = len(corpus.passages)
    statements = sorted({row.statement for row in corpus.gates})
    future = {row.statement: row.future for row in corpus.gates}
    chosen = [(row.statement, offset + place) for place, row in enumerate(corpus.gates)]
    labels = [[True, row.first_hand, row.real, row.willing, row.denied] for row in corpus.gates]
    prose = [place for place, row in enumerate(corpus.passages) if not row.code]
    prose += range(offset, offset + len(corpus.gates))
    for statement in statements:
        own = {row for name, row in chosen if name == statement}
        pool = np.array([row for row in prose if row not in own])
        for other in rng.choice(pool, size=OFF_TOPIC_PER_STATEMENT, replace=False):
            chosen.append((statement, int(other)))
            labels.append([False] * len(GATE_HEADS))
    targets = np.array(labels, dtype=np.float64)
    blocks: dict[int, Matrix] = {}
    for statement in statements:
        places = [place for place, (name, _) in enumerate(chosen) if name == statement]
        found = shop.pairs(statement, [chosen[place][1] for place in places], future=future[statement])
        blocks.update(dict(zip(places, found, strict=True)))
    pairs = np.array([blocks[place] for place in range(len(chosen))])
    pairs = np.hstack([pairs, shop.told[[row for _, row in chosen]]])
    inputs = inputs_of([shop.passages[row] for _, row in chosen], shop.weights, pairs)
    groups = [name for name, _ in chosen]
    on_topic = targets[:, 0] > 0
    ahead = np.array([future[name] for name in groups])

    def fit(rows: NDArray[np.intp]) -> LinearHeads:
        told = rows[on_topic[rows]]
        past, coming = told[~ahead[told]], told[ahead[told]]
        return join_heads(
            fit_heads(inputs.rows(rows), targets[rows][:, :1], GATE_HEADS[:1], pair_scale=0.5),
            fit_heads(inputs.rows(past), targets[past][:, 1:3], GATE_HEADS[1:3]),
            fit_heads(inputs.rows(coming), targets[coming][:, 3:4], GATE_HEADS[3:4]),
            fit_heads(inputs.rows(told), targets[told][:, 4:], GATE_HEADS[4:]),
        )

    logits = cross_logits(inputs, fit, groups, len(GATE_HEADS), folds=8)
    table = _calibrate_gates(about_the_statement(logits, GATE_HEADS), targets, groups, ahead, rng)
    return Family(fit(np.arange(len(chosen))), table, targets, logits, tuple(groups), logits)


def _calibrate_gates(
    logits: Matrix, labels: Matrix, groups: Sequence[str], ahead: NDArray[np.bool_], rng: np.random.Generator
) -> NDArray[np.float32]:
    """Calibrate on dossiers of up to three passages on the statement among others that are not."""
    names = np.array(groups)
    on_topic = labels[:, 0] > 0
    samples: list[NDArray[np.intp]] = []
    for statement in sorted(set(groups)) * GATE_DOSSIERS_PER_STATEMENT:
        mine, far = np.flatnonzero((names == statement) & on_topic), np.flatnonzero((names == statement) & ~on_topic)
        # Applicants mostly have what a role cannot do without: two in three speak of it as met.
        weight = np.where(labels[mine, 1:4].any(axis=1), 2.0, 1.0)
        own = rng.choice(mine, size=int(rng.integers(0, 4)), replace=False, p=weight / weight.sum())
        samples.append(np.concatenate([own, rng.choice(far, size=int(rng.integers(2, len(far))), replace=False)]))
    table = np.zeros((len(GATE_HEADS), 5), dtype=np.float32)
    both = np.minimum(logits[:, 1], logits[:, 2])
    leader = [logits[:, 0], both, both, logits[:, 3], logits[:, 4]]
    for head in range(len(GATE_HEADS)):
        asked = [rows for rows in samples if head in (0, 4) or ahead[rows[0]] == (head == 3)]
        best = [rows[int(np.argmax(leader[head][rows]))] for rows in asked]
        own = logits[best, head]
        sizes = np.log([len(rows) for rows in asked])
        features = np.column_stack([np.ones(len(asked)), own, own, sizes, np.zeros(len(asked))])
        target = np.array([labels[rows, head].max() for rows in asked])
        table[head] = fit_calibration(features, target, np.ones(len(asked)), uses_kth=False)
    return table
