import numpy as np
from scipy.sparse import csr_matrix

from evaluators.evidence_judge.pairing import NEAR_COLUMNS
from evaluators.gates import NOT_MET_FROM
from evaluators.training.gates import gate_dossiers, sure_from
from evaluators.training.heads import Inputs, head_logits
from evaluators.training.mission import mission_dossiers
from evaluators.training.paired_heads import Head, all_but_nearness, fit_paired, nearness_only

WIDTH = NEAR_COLUMNS + 5
TOLD, FEATURES = 3, 7


def inputs(rows: int, seed: int = 0) -> Inputs:
    rng = np.random.default_rng(seed)
    pairs = WIDTH + TOLD
    return Inputs(
        rng.normal(size=(rows, pairs + FEATURES + 256)), csr_matrix(np.abs(rng.normal(size=(rows, 9)))), pairs
    )


def test_a_topic_head_reads_nearness_alone_and_the_others_everything_else() -> None:
    given = inputs(200)
    labels = (given.dense[:, 0] + given.dense[:, WIDTH] > 0).astype(float)
    rows = np.arange(200)
    near = nearness_only(given, topics=1, width=WIDTH)
    said = all_but_nearness(given, topics=1, width=WIDTH)
    heads = fit_paired(given, [Head("topic", rows, labels, near), Head("deed", rows, labels, said)])
    assert heads.inputs[:NEAR_COLUMNS, 0].any()
    assert not heads.inputs[NEAR_COLUMNS:, 0].any()
    assert not heads.terms[:, 0].any()
    assert not heads.inputs[:NEAR_COLUMNS, 1].any()
    assert heads.inputs[WIDTH, 1] > 0
    moved = Inputs(given.dense.copy(), given.terms, given.pairs)
    moved.dense[:, NEAR_COLUMNS:] += 1.0
    assert np.allclose(head_logits(heads, moved)[:, 0], head_logits(heads, given)[:, 0])


def test_two_texts_have_their_nearness_side_by_side() -> None:
    given = inputs(3)
    wide = Inputs(np.hstack([given.dense, given.dense]), given.terms, 2 * WIDTH)
    share = nearness_only(wide, topics=2, width=WIDTH).dense
    assert share[:NEAR_COLUMNS].all()
    assert share[WIDTH : WIDTH + NEAR_COLUMNS].all()
    assert share.astype(bool).sum() == 2 * NEAR_COLUMNS


def test_a_denial_is_sure_only_where_many_held_out_ones_were_right() -> None:
    logits = np.concatenate([np.full(60, 2.0), np.full(60, 0.0)])
    denied = np.concatenate([np.ones(60), np.tile([1.0, 0.0], 30)])
    assert 0.0 < sure_from(logits, denied) <= 2.0
    few = slice(0, 10)
    assert sure_from(logits[few], denied[few]) > logits[few].max()
    assert NOT_MET_FROM == 0.9


def test_gate_dossiers_never_hold_met_and_denied_rows_together() -> None:
    rng = np.random.default_rng(3)
    labels = np.zeros((80, 5))
    labels[:12, 0] = 1
    labels[:5, 1:3] = 1
    labels[5:8, 4] = 1
    samples = gate_dossiers(labels, ["s"] * 80, np.zeros(80, dtype=bool), rng, each=200)
    met = [bool((labels[rows, 1] > 0).any()) for rows in samples]
    denied = [bool((labels[rows, 4] > 0).any()) for rows in samples]
    assert not any(a and b for a, b in zip(met, denied, strict=True))
    assert 0.5 < np.mean(met) < 0.7
    assert 0.06 < np.mean(denied) < 0.2


def test_mission_dossiers_reach_every_level_about_equally_often() -> None:
    rng = np.random.default_rng(3)
    labels = np.zeros((60, 5))
    for row in range(20):
        labels[row, : 1 + row % 5] = row % 5 > 0
    # Twenty rows of the role, then work of another kind, then filler.
    kinds = np.repeat([0, 1, 2], 20)
    samples = mission_dossiers(labels, ["r"] * 60, kinds, rng, count=500)
    reached = np.array([labels[rows, 1:].sum(axis=1).max() for rows in samples])
    shares = np.array([np.mean(reached == level) for level in range(5)])
    assert (shares > 0.13).all()
    assert all(len(rows) == len(set(rows.tolist())) for rows in samples)
    # Hardly anybody applies whose work was nowhere near; who reaches nothing mostly shows none.
    nothing = [rows for rows, level in zip(samples, reached, strict=True) if not level]
    assert 0.1 < np.mean([(kinds[rows] == 1).any() for rows in nothing]) < 0.4
