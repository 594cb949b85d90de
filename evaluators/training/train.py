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

from evaluators.evidence_judge.features import Floats
from evaluators.evidence_judge.passage_scoring import Matrix
from evaluators.evidence_judge.weights import WEIGHTS_FILE, JudgeWeights, dump_weights
from evaluators.rubric_library import load_rubric_library
from evaluators.training.corpus import Corpus, load_corpus
from evaluators.training.gates import train_gates
from evaluators.training.heads import head_logits, inputs_of
from evaluators.training.mission import train_mission
from evaluators.training.passages import SyntheticFigures, train_passages
from evaluators.training.workshop import Workshop


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
    synthetic: SyntheticFigures
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
    passage, synthetic = train_passages(shop, corpus, rubrics, chances[0])
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
        synthetic=synthetic,
        gate_labels=gate.labels,
        gate_logits=gate.logits,
        gate_on_topic=np.arange(len(gate.labels)) < len(corpus.gates),
        mission_labels=mission.labels,
        mission_logits=mission.logits,
        mission_roles=mission.groups,
        mission_own=np.arange(len(mission.labels)) < len(corpus.missions),
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the weights and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "evidence_judge" / WEIGHTS_FILE)
    options = parser.parse_args(arguments)
    from evaluators.training.report import figures
    from pipeline.embeddings import load_default_embedder

    embedder = load_default_embedder()
    trained = train(load_corpus(), embedder.embed, embedder=embedder.name, seed=options.seed)
    options.out.write_bytes(dump_weights(trained.weights))
    sys.stdout.write(figures(trained))


if __name__ == "__main__":
    main()
