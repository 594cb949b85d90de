import numpy as np
import pytest

from evaluators.evidence_judge.weights import dump_weights, load_weights
from evaluators.rubric_library import load_rubric_library
from evaluators.training.corpus import closed, load_corpus, requires_of
from evaluators.training.dossiers import Parts, assemble, dossier_labels, fit_calibration
from evaluators.training.train import train
from evaluators.training.workshop import held_out
from pipeline.embeddings import load_default_embedder

LIBRARY = load_rubric_library()
REQUIRES = requires_of(LIBRARY.values())


def test_a_label_without_what_it_rests_on_falls() -> None:
    assert closed({"failure_modes.happened", "failure_modes.concrete"}, REQUIRES) == frozenset()
    whole = {"failure_modes.mention", "failure_modes.concrete", "failure_modes.happened"}
    assert closed(whole, REQUIRES) == whole


def test_labels_of_the_corpus_are_checks_of_the_library() -> None:
    known = {f"{rubric.id}.{check.id}" for rubric in LIBRARY.values() for check in rubric.checks}
    corpus = load_corpus()
    assert all(row.checks <= known for row in corpus.passages)
    assert len({row.id for row in corpus.passages}) == len(corpus.passages)
    assert all(not (row.denied and (row.first_hand or row.willing)) for row in corpus.gates)


def test_one_decision_is_not_gathered_from_several_passages() -> None:
    rubric = LIBRARY["tradeoff_reasoning"]
    reason = frozenset({"tradeoff_reasoning.reason"})
    cost = frozenset({"tradeoff_reasoning.reason", "tradeoff_reasoning.constraint", "tradeoff_reasoning.cost"})
    assert dossier_labels([reason, cost], rubric, REQUIRES) == cost
    apart = frozenset({"tradeoff_reasoning.cost"})
    assert dossier_labels([reason, apart], rubric, REQUIRES) == reason


def test_other_checks_are_gathered() -> None:
    found = dossier_labels(
        [frozenset({"testing_and_operability.release"}), frozenset({"testing_and_operability.claimed"})],
        LIBRARY["testing_and_operability"],
        REQUIRES,
    )
    assert found == {"testing_and_operability.claimed"}


def test_held_out_groups_are_never_trained_on() -> None:
    groups = ["a", "b", "a", "c", "b"]
    for training, test in held_out(groups):
        assert not {groups[i] for i in training} & {groups[i] for i in test}


def test_more_passages_never_raise_a_calibrated_chance() -> None:
    rng = np.random.default_rng(1)
    best = rng.normal(size=400)
    sizes = rng.uniform(1, 5, size=400)
    features = np.column_stack([np.ones(400), best, best, sizes, np.zeros(400)])
    row = fit_calibration(features, (best + sizes > 3).astype(float), np.ones(400), uses_kth=False)
    assert row[1] > 0
    assert row[3] <= 0


def test_what_stands_beside_a_check_can_only_raise_it() -> None:
    rng = np.random.default_rng(2)
    features = np.column_stack(
        [np.ones(300), rng.normal(size=(300, 2)), np.ones(300), np.zeros(300), rng.normal(size=(300, 2))]
    )
    against = features[:, 1] + features[:, 5] - 2 * features[:, 6] > 0
    row = fit_calibration(features, against.astype(float), np.ones(300), uses_kth=False)
    assert row[5] > 0
    assert row[6] == 0


def test_a_dossier_is_a_resume_of_one_author_and_mostly_a_take_home() -> None:
    parts = Parts(
        resume=(np.arange(0, 20), np.arange(20, 40)),
        takehome=(np.arange(40, 60),),
        code=(np.arange(60, 80),),
        filler=np.arange(80, 100),
        richness=np.arange(100.0),
    )
    drawn = assemble(np.random.default_rng(3), parts, count=200)
    filled = [dossier for dossier in drawn if not dossier.empty]
    for dossier in filled:
        assert set(dossier.resume) <= set(dossier.whole)
        authors = {int(row) // 20 for row in dossier.resume if row < 80}
        assert authors in ({0}, {1})
    with_code = sum(bool(((d.whole >= 60) & (d.whole < 80)).any()) for d in filled)
    assert 0.6 < with_code / len(filled) < 0.9
    assert all((dossier.whole >= 80).all() for dossier in drawn if dossier.empty)


@pytest.mark.slow
def test_the_command_makes_the_committed_weights_again() -> None:
    embedder = load_default_embedder()
    again = train(load_corpus(), embedder.embed, embedder=embedder.name, seed=7)
    kept = load_weights()
    for family, heads in again.weights.families.items():
        assert heads.names == kept.families[family].names
        assert np.allclose(heads.inputs, kept.families[family].inputs, atol=5e-3)
    assert len(dump_weights(again.weights)) == len(dump_weights(kept))
