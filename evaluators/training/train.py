"""Train the evidence judge: `python -m evaluators.training.train --seed 7` writes its weights.

The figures it prints are held out by author (passages), by statement (gates) and by role (mission fit).
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evaluators.evidence_judge import role_texts
from evaluators.features import FeatureReader, Floats
from evaluators.judge_weights import WEIGHTS_FILE, JudgeWeights, LinearHeads, dump_weights
from evaluators.pairing import Pairing
from evaluators.passage_scoring import Matrix
from evaluators.rubric_library import load_rubric_library
from evaluators.training.corpus import Corpus, closed, load_corpus, requires_of
from evaluators.training.dossiers import assemble, dossier_labels, fit_calibration, supports_of
from evaluators.training.heads import Inputs, empty_weights, fit_heads, head_logits, inputs_of, read_all, read_passages
from pipeline.models.scorecard import Rubric

GATE_HEADS = ("first_hand", "real", "willing", "denied")
MISSION_HEADS = ("adjacent", "part", "same_problem", "same_limits")
DOSSIERS_PER_SEED = 3000
OFF_TOPIC_PER_ROW = 4


@dataclass(frozen=True)
class Trained:
    """What training made, and the held-out predictions its figures come from."""

    weights: JudgeWeights
    passage_labels: Matrix
    passage_logits: Matrix
    """Held out by author."""
    authors: tuple[str, ...]
    gate_labels: Matrix
    gate_logits: Matrix
    """Held out by statement."""
    gate_on_topic: NDArray[np.bool_]
    mission_labels: Matrix
    mission_logits: Matrix
    """Held out by role."""
    mission_roles: tuple[str, ...]


class Workshop:
    """Reads all texts once and compares them with statements and roles."""

    def __init__(self, corpus: Corpus, embed: Callable[[Sequence[str]], Floats], *, embedder: str) -> None:
        self.reader = FeatureReader()
        self._embed = embed
        texts = [row.text for row in corpus.passages]
        texts += [row.text for row in corpus.gates]
        texts += [row.text for row in corpus.missions]
        codes = [row.code for row in corpus.passages] + [False] * (len(corpus.gates) + len(corpus.missions))
        readings, embeddings = read_all(texts, codes, self.reader, embed)
        self.weights = empty_weights(readings, embeddings, embedder=embedder)
        self.passages = read_passages(readings, embeddings, self.weights)
        self.pairing = Pairing(self.reader, self.weights, self._vectors)
        self._tables: dict[int, tuple[Matrix, Matrix]] = {}

    def pairs(self, text: str, rows: Sequence[int], *, future: bool = False) -> Matrix:
        """Features of passages beside one text."""
        topic = self.pairing.topic(text, self._embed([text])[0].astype(np.float64), future=future)
        return np.array([self.pairing.features(topic, self.passages[row], self._table(row)) for row in rows])

    def _table(self, row: int) -> tuple[Matrix, Matrix]:
        if row not in self._tables:
            self._tables[row] = self.pairing.word_table(self.passages[row].reading)
        return self._tables[row]

    def _vectors(self, words: Sequence[str]) -> Matrix:
        width = len(self.weights.embedding_centre)
        return self._embed(list(words)).astype(np.float64) if words else np.zeros((0, width))


def train(corpus: Corpus, embed: Callable[[Sequence[str]], Floats], *, embedder: str, seed: int) -> Trained:
    """Fit heads and calibration; everything random comes from the seed."""
    shop = Workshop(corpus, embed, embedder=embedder)
    library = load_rubric_library()
    rng = np.random.default_rng(seed)
    rubrics = [rubric for name, rubric in sorted(library.items()) if name not in ("gate", "general", "mission_fit")]
    passage = _train_passages(shop, corpus, rubrics, rng)
    gate = _train_gates(shop, corpus, rng)
    mission = _train_mission(shop, corpus, library["mission_fit"], rng)
    weights = replace(
        shop.weights,
        families={"passage": passage.heads, "gate": gate.heads, "mission": mission.heads},
        calibration={"passage": passage.table, "gate": gate.table, "mission": mission.table},
    )
    return Trained(
        weights=weights,
        passage_labels=passage.labels,
        passage_logits=passage.logits,
        authors=passage.groups,
        gate_labels=gate.labels,
        gate_logits=gate.logits,
        gate_on_topic=np.arange(len(gate.labels)) < len(corpus.gates),
        mission_labels=mission.labels,
        mission_logits=mission.logits,
        mission_roles=mission.groups,
    )


@dataclass(frozen=True)
class Family:
    """Heads with their calibration and held-out logits."""

    heads: LinearHeads
    table: NDArray[np.float32]
    labels: Matrix
    logits: Matrix
    groups: tuple[str, ...]


def held_out(groups: Sequence[str], folds: int | None = None) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Yield training and test rows, whole groups at a time."""
    names = sorted(set(groups))
    place = np.array([names.index(group) for group in groups]) % (folds or len(names))
    for fold in range(folds or len(names)):
        yield np.flatnonzero(place != fold), np.flatnonzero(place == fold)


def cross_logits(
    inputs: Inputs,
    fit: Callable[[NDArray[np.intp]], LinearHeads],
    groups: Sequence[str],
    heads: int,
    folds: int | None = None,
) -> Matrix:
    """Logits of each row by heads that never saw its group."""
    logits = np.zeros((inputs.dense.shape[0], heads))
    for training, test in held_out(groups, folds):
        logits[test] = head_logits(fit(training), inputs.rows(test))
    return logits


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

    logits = cross_logits(inputs, fit, authors, len(names))
    table = np.zeros((len(names), 5), dtype=np.float32)
    filler = np.array([row for row in range(count) if not own[row]])
    by_author = [np.flatnonzero(np.array(authors) == author) for author in sorted(set(authors))]
    dossiers = assemble(rng, authors=by_author, richness=labels.sum(axis=1), filler=filler, count=DOSSIERS_PER_SEED)
    for rubric in rubrics:
        columns = np.array([names.index(f"{rubric.id}.{check.id}") for check in rubric.checks])
        features = np.array([supports_of(logits[rows], rubric, columns) for rows in dossiers.rows])
        truth = [dossier_labels([own[row] for row in rows], rubric, requires) for rows in dossiers.rows]
        weights = np.ones(len(truth))
        for place, (check, column) in enumerate(zip(rubric.checks, columns, strict=True)):
            target = np.array([names[column] in found for found in truth], dtype=np.float64)
            table[column] = fit_calibration(features[:, place], target, weights, uses_kth=check.quotes > 1)
    return Family(fit(np.arange(count)), table, labels, logits, tuple(authors))


def _train_gates(shop: Workshop, corpus: Corpus, rng: np.random.Generator) -> Family:
    offset = len(corpus.passages)
    statements = sorted({row.statement for row in corpus.gates})
    future = {row.statement: row.future for row in corpus.gates}
    chosen: list[tuple[str, int]] = [(row.statement, offset + place) for place, row in enumerate(corpus.gates)]
    labels = [[row.first_hand, row.real, row.willing, row.denied] for row in corpus.gates]
    others = np.arange(offset + len(corpus.gates))
    for statement in statements:
        own = {row for name, row in chosen if name == statement}
        pool = np.array([row for row in others if row not in own])
        for other in rng.choice(pool, size=OFF_TOPIC_PER_ROW * len(own), replace=False):
            chosen.append((statement, int(other)))
            labels.append([False, False, False, False])
    targets = np.array(labels, dtype=np.float64)
    pairs = np.zeros((len(chosen), 0))
    blocks: dict[int, Matrix] = {}
    for statement in statements:
        places = [place for place, (name, _) in enumerate(chosen) if name == statement]
        found = shop.pairs(statement, [chosen[place][1] for place in places], future=future[statement])
        blocks.update(dict(zip(places, found, strict=True)))
    pairs = np.array([blocks[place] for place in range(len(chosen))])
    inputs = inputs_of([shop.passages[row] for _, row in chosen], shop.weights, pairs)
    groups = [name for name, _ in chosen]

    def fit(rows: NDArray[np.intp]) -> LinearHeads:
        return fit_heads(inputs.rows(rows), targets[rows], GATE_HEADS)

    logits = cross_logits(inputs, fit, groups, len(GATE_HEADS), folds=8)
    return Family(
        fit(np.arange(len(chosen))),
        _calibrate_gates(logits, targets, groups, len(corpus.gates), rng),
        targets,
        logits,
        tuple(groups),
    )


def _calibrate_gates(
    logits: Matrix, labels: Matrix, groups: Sequence[str], on_topic: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Calibrate on one statement's row among off-topic ones."""
    table = np.zeros((len(GATE_HEADS), 5), dtype=np.float32)
    both = np.minimum(logits[:, 0], logits[:, 1])
    leader = [both, both, logits[:, 2], logits[:, 3]]
    rows_of = {name: np.flatnonzero(np.array(groups) == name) for name in sorted(set(groups))}
    samples: list[tuple[NDArray[np.intp], NDArray[np.intp]]] = []
    for _ in range(12):
        for rows in rows_of.values():
            mine, far = rows[rows < on_topic], rows[rows >= on_topic]
            for row in mine:
                extra = rng.choice(far, size=int(rng.integers(0, len(far))), replace=False)
                samples.append((np.concatenate([[row] if rng.random() < 0.75 else [], extra]).astype(np.intp), row))
    for head in range(len(GATE_HEADS)):
        features, target = [], []
        for rows, _ in samples:
            if not len(rows):
                continue
            best = rows[int(np.argmax(leader[head][rows]))]
            own = logits[best, head]
            features.append([1.0, own, own, np.log(len(rows)), 0.0])
            target.append(labels[rows, head].max())
        table[head] = fit_calibration(np.array(features), np.array(target), np.ones(len(target)), uses_kth=False)
    return table


def _train_mission(shop: Workshop, corpus: Corpus, rubric: Rubric, rng: np.random.Generator) -> Family:
    offset = len(corpus.passages) + len(corpus.gates)
    chosen = [(row.role, offset + place) for place, row in enumerate(corpus.missions)]
    found = [row.checks for row in corpus.missions]
    for role in corpus.roles:
        for other in rng.choice(len(corpus.passages), size=20, replace=False):
            chosen.append((role, int(other)))
            found.append(frozenset())
    labels = np.array([[check.id in checks for check in rubric.checks] for checks in found], dtype=np.float64)
    blocks: dict[int, Matrix] = {}
    for role, context in corpus.roles.items():
        places = [place for place, (name, _) in enumerate(chosen) if name == role]
        rows = [chosen[place][1] for place in places]
        pairs = np.hstack([shop.pairs(text, rows) for text in role_texts(context)])
        blocks.update(dict(zip(places, pairs, strict=True)))
    inputs = inputs_of(
        [shop.passages[row] for _, row in chosen],
        shop.weights,
        np.array([blocks[place] for place in range(len(chosen))]),
    )
    groups = [name for name, _ in chosen]

    def fit(rows: NDArray[np.intp]) -> LinearHeads:
        return fit_heads(inputs.rows(rows), labels[rows], MISSION_HEADS)

    logits = cross_logits(inputs, fit, groups, len(MISSION_HEADS))
    columns = np.arange(len(rubric.checks))
    rows_of = [np.flatnonzero(np.array(groups) == name) for name in sorted(set(groups))]
    level = labels.sum(axis=1)
    features, truth = [], []
    for number in range(1500):
        mine = rows_of[number % len(rows_of)]
        size = int(rng.integers(3, 25))
        quality = rng.uniform(-1.5, 1.0)
        weight = np.exp(quality * level[mine])
        rows = rng.choice(mine, size=min(size, len(mine)), replace=False, p=weight / weight.sum())
        features.append(supports_of(logits[np.sort(rows)], rubric, columns))
        truth.append(labels[rows].max(axis=0))
    table = np.array(
        [
            fit_calibration(
                np.array(features)[:, place], np.array(truth)[:, place], np.ones(len(truth)), uses_kth=False
            )
            for place in columns
        ]
    )
    return Family(fit(np.arange(len(chosen))), table, labels, logits, tuple(groups))


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the weights and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / WEIGHTS_FILE)
    options = parser.parse_args(arguments)
    from pipeline.embeddings import load_default_embedder

    from evaluators.training.report import figures

    embedder = load_default_embedder()
    trained = train(load_corpus(), embedder.embed, embedder=embedder.name, seed=options.seed)
    options.out.write_bytes(dump_weights(trained.weights))
    sys.stdout.write(figures(trained))


if __name__ == "__main__":
    main()
