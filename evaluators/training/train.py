"""Train the evidence judge: `python -m evaluators.training.train --seed 7` writes its weights.

The figures it prints are held out by author (passages), by statement (gates) and by role (mission fit).
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evaluators.features import Floats
from evaluators.judge_weights import WEIGHTS_FILE, JudgeWeights, LinearHeads, dump_weights
from evaluators.passage_scoring import Matrix
from evaluators.rubric_library import load_rubric_library
from evaluators.training.corpus import Corpus, closed, load_corpus, requires_of
from evaluators.training.dossiers import EMPTY_WEIGHT, assemble, dossier_labels, fit_calibration, supports_of
from evaluators.training.gates import train_gates
from evaluators.training.heads import fit_heads, head_logits, inputs_of
from evaluators.training.mission import train_mission
from evaluators.training.workshop import Family, Workshop, held_out
from pipeline.models.scorecard import Rubric

DOSSIERS = 3000


@dataclass(frozen=True)
class Trained:
    """What training made, and the held-out predictions its figures come from."""

    weights: JudgeWeights
    passage_labels: Matrix
    passage_logits: Matrix
    """Held out by author."""
    marker_free_logits: Matrix
    """The same with marker words deleted from the text that is judged."""
    authors: tuple[str, ...]
    gate_labels: Matrix
    gate_logits: Matrix
    """Held out by statement."""
    gate_on_topic: NDArray[np.bool_]
    mission_labels: Matrix
    mission_logits: Matrix
    """Held out by role."""
    mission_roles: tuple[str, ...]
    mission_own: NDArray[np.bool_]
    """Rows written for their role; the others are passages that have nothing to do with it."""


def train(corpus: Corpus, embed: Callable[[Sequence[str]], Floats], *, embedder: str, seed: int) -> Trained:
    """Fit heads and calibration; everything random comes from the seed."""
    shop = Workshop(corpus, embed, embedder=embedder)
    library = load_rubric_library()
    # A stream of chance for each family, so that a change to one leaves the others as they were.
    chances = [np.random.default_rng([seed, family]) for family in range(3)]
    rubrics = [rubric for name, rubric in sorted(library.items()) if name not in ("gate", "general", "mission_fit")]
    passage = _train_passages(shop, corpus, rubrics, chances[0])
    shop.told = head_logits(passage.heads, inputs_of(shop.passages, shop.weights))
    gate = train_gates(shop, corpus, chances[1])
    mission = train_mission(shop, corpus, library["mission_fit"], chances[2])
    weights = replace(
        shop.weights,
        families={"passage": passage.heads, "gate": gate.heads, "mission": mission.heads},
        calibration={"passage": passage.table, "gate": gate.table, "mission": mission.table},
    )
    return Trained(
        weights=weights,
        passage_labels=passage.labels,
        passage_logits=passage.logits,
        marker_free_logits=passage.marker_free,
        authors=passage.groups,
        gate_labels=gate.labels,
        gate_logits=gate.logits,
        gate_on_topic=np.arange(len(gate.labels)) < len(corpus.gates),
        mission_labels=mission.labels,
        mission_logits=mission.logits,
        mission_roles=mission.groups,
        mission_own=np.arange(len(mission.labels)) < len(corpus.missions),
    )


def _train_passages(shop: Workshop, corpus: Corpus, rubrics: Sequence[Rubric], rng: np.random.Generator) -> Family:
    names = [f"{rubric.id}.{check.id}" for rubric in rubrics for check in rubric.checks]
    requires = requires_of(rubrics)
    together = {f"{r.id}.{c.id}" for r in rubrics if r.together for c in r.checks}
    own = [row.checks for row in corpus.passages]
    # Checks answered for one decision are learned closed; the others may rest on another passage of the dossier.
    learned = [closed(found, requires) & together | (found - together) for found in own]
    labels = np.array([[name in found for name in names] for found in learned], dtype=np.float64)
    count = len(corpus.passages)
    inputs = inputs_of(shop.passages[:count], shop.weights)
    authors = [row.author for row in corpus.passages]

    def fit(rows: NDArray[np.intp]) -> LinearHeads:
        return fit_heads(inputs.rows(rows), labels[rows], names)

    bare = inputs_of(shop.without_markers(corpus.passages), shop.weights)
    logits, marker_free = np.zeros(labels.shape), np.zeros(labels.shape)
    for training, test in held_out(authors):
        heads = fit(training)
        logits[test] = head_logits(heads, inputs.rows(test))
        marker_free[test] = head_logits(heads, bare.rows(test))
    table = np.zeros((len(names), 5), dtype=np.float32)
    filler = np.array([row for row in range(count) if not own[row]])
    by_author = _writers(authors)
    dossiers = assemble(rng, authors=by_author, richness=labels.sum(axis=1), filler=filler, count=DOSSIERS)
    for rubric in rubrics:
        columns = np.array([names.index(f"{rubric.id}.{check.id}") for check in rubric.checks])
        features = np.array([supports_of(logits[rows], rubric, columns) for rows in dossiers.rows])
        truth = [dossier_labels([own[row] for row in rows], rubric, requires) for rows in dossiers.rows]
        weights = np.where(dossiers.empty, EMPTY_WEIGHT, 1.0)
        for place, (check, column) in enumerate(zip(rubric.checks, columns, strict=True)):
            target = np.array([names[column] in found for found in truth], dtype=np.float64)
            table[column] = fit_calibration(features[:, place], target, weights, uses_kth=check.quotes > 1)
    return Family(fit(np.arange(count)), table, labels, logits, tuple(authors), marker_free)


def _writers(authors: Sequence[str]) -> list[NDArray[np.intp]]:
    """Rows that one synthetic candidate may be made of: a prose author, alone or with an author of code."""
    names = np.array(authors)
    prose = sorted(name for name in set(authors) if "code" not in name and "filler" not in name)
    code = sorted(name for name in set(authors) if "code" in name)
    alone = [np.flatnonzero(names == name) for name in prose]
    return alone + [np.flatnonzero((names == a) | (names == b)) for a in prose for b in code]


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the weights and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / WEIGHTS_FILE)
    options = parser.parse_args(arguments)
    from evaluators.training.report import figures
    from pipeline.embeddings import load_default_embedder

    embedder = load_default_embedder()
    trained = train(load_corpus(), embedder.embed, embedder=embedder.name, seed=options.seed)
    options.out.write_bytes(dump_weights(trained.weights))
    sys.stdout.write(figures(trained))


if __name__ == "__main__":
    main()
