"""Train the evidence judge: `python -m evaluators.training.train --seed 7` writes its weights.

The figures it prints are held out by author (passages), by statement (gates) and by role (mission fit).
"""

import argparse
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evaluators.dossier_scoring import about_the_statement
from evaluators.evidence_judge import role_texts
from evaluators.features import FeatureReader, Floats
from evaluators.judge_weights import WEIGHTS_FILE, JudgeWeights, LinearHeads, dump_weights
from evaluators.pairing import Pairing, WordTable
from evaluators.passage_scoring import Matrix, ReadPassage
from evaluators.rubric_library import load_rubric_library
from evaluators.training.corpus import Corpus, PassageRow, closed, load_corpus, requires_of
from evaluators.training.dossiers import EMPTY_WEIGHT, assemble, dossier_labels, fit_calibration, supports_of
from evaluators.training.heads import (
    Inputs,
    empty_weights,
    fit_heads,
    head_logits,
    inputs_of,
    join_heads,
    read_all,
)
from pipeline.models.scorecard import Rubric

GATE_HEADS = ("topic", "first_hand", "real", "willing", "denied")
MISSION_HEADS = ("adjacent", "part", "same_problem", "same_limits")
DOSSIERS = 3000
MARKERS = re.compile(
    r"\b(?:because|since|therefore|thus|hence|however|although|though|but|instead|rather than|trade-?offs?|"
    r"alternatives?|considered|chose|chosen|decided|decision|due to|so that|in order to|cost|costs|price|"
    r"downside|reasons?|failed|failure|failures|incident|incidents|on-?call|alerts?|assumed|assumption|assumptions|idempotent)\b",
    re.I,
)
"""Words that announce an answer; what is left of the AUC without them was not learned from them alone."""

MISSION_DOSSIERS = 1500
OFF_TOPIC_PER_ROLE = 20
OFF_TOPIC_PER_STATEMENT = 30
GATE_DOSSIERS_PER_STATEMENT = 100


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
        self.pairing = Pairing(self.reader, self.weights, WordTable(embed))
        self.passages = [self.pairing.read(*each) for each in zip(readings, embeddings, strict=True)]
        self.told = np.zeros((len(texts), 0))
        """What each text supports by itself; its heads never saw the texts of gates and roles."""

    def without_markers(self, rows: Sequence[PassageRow]) -> list[ReadPassage]:
        """Read passages from which the words that announce reasoning were deleted."""
        texts = [MARKERS.sub(" ", row.text) for row in rows]
        readings, embeddings = read_all(texts, [row.code for row in rows], self.reader, self._embed)
        return [self.pairing.read(*each) for each in zip(readings, embeddings, strict=True)]

    def pairs(self, text: str, rows: Sequence[int], *, future: bool = False) -> Matrix:
        """Features of passages beside one text."""
        topic = self.pairing.topic(text, self._embed([text])[0].astype(np.float64), future=future)
        return self.pairing.features(topic, [self.passages[row] for row in rows])


def train(corpus: Corpus, embed: Callable[[Sequence[str]], Floats], *, embedder: str, seed: int) -> Trained:
    """Fit heads and calibration; everything random comes from the seed."""
    shop = Workshop(corpus, embed, embedder=embedder)
    library = load_rubric_library()
    # A stream of chance for each family, so that a change to one leaves the others as they were.
    chances = [np.random.default_rng([seed, family]) for family in range(3)]
    rubrics = [rubric for name, rubric in sorted(library.items()) if name not in ("gate", "general", "mission_fit")]
    passage = _train_passages(shop, corpus, rubrics, chances[0])
    shop.told = head_logits(passage.heads, inputs_of(shop.passages, shop.weights))
    gate = _train_gates(shop, corpus, chances[1])
    mission = _train_mission(shop, corpus, library["mission_fit"], chances[2])
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
    )


@dataclass(frozen=True)
class Family:
    """Heads with their calibration and held-out logits."""

    heads: LinearHeads
    table: NDArray[np.float32]
    labels: Matrix
    logits: Matrix
    groups: tuple[str, ...]
    marker_free: Matrix


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


def _train_gates(shop: Workshop, corpus: Corpus, rng: np.random.Generator) -> Family:
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


def _train_mission(shop: Workshop, corpus: Corpus, rubric: Rubric, rng: np.random.Generator) -> Family:
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
