"""Trains the heads that read a passage alone, and calibrates them on synthetic dossiers."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluators.evidence_judge.dossier_scoring import ROW_WIDTH, sigmoid
from evaluators.evidence_judge.passage_scoring import Matrix
from evaluators.evidence_judge.weights import LinearHeads
from evaluators.metrics import quadratic_weighted_kappa
from evaluators.training.corpus import Corpus, PassageRow, closed, requires_of
from evaluators.training.dossiers import (
    EMPTY_SIZES,
    EMPTY_WEIGHT,
    Parts,
    SyntheticDossier,
    assemble,
    dossier_labels,
    fit_calibration,
    library_features,
)
from evaluators.training.heads import ALONE, fit_heads, head_logits, inputs_of
from evaluators.training.workshop import Family, Workshop, held_out
from pipeline.models.scorecard import Rubric

STRENGTH = 3.0
"""How much the heads may say beside the penalty on their weights: chosen held out by author (evaluators/README.md)."""
DOSSIERS = 6000
DOSSIERS_TO_MEASURE = 1200
NEAR_MISSES = frozenset(("contrast", "hard"))
"""Files of which many passages miss a check by a word. Heads learn from them; a dossier never holds so many."""
OF_RESUME = frozenset(("production_ownership",))
"""Rubrics that scorecards ask of the resume alone."""
_FEWEST_PROSE = 100
_FEWEST_CODE = 20
_COUNTS_FROM = 0.2


class SyntheticFigures(NamedTuple):
    """How well levels of synthetic dossiers that were not calibrated on come out; logits held out by author."""

    kappa: Mapping[str, float]
    correlation: Mapping[str, float]
    empty: Mapping[int, float]
    """Mean score of dossiers without evidence, of 100, by number of passages; all rubrics weigh alike."""


def train_passages(
    shop: Workshop, corpus: Corpus, rubrics: Sequence[Rubric], rng: np.random.Generator
) -> tuple[Family, SyntheticFigures]:
    """Fit one head a check, and a calibration row for each."""
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
        return fit_heads(inputs.rows(rows), labels[rows], names, scales=ALONE, strength=STRENGTH)

    bare = inputs_of(shop.without_markers(corpus.passages), shop.weights)
    logits, marker_free = np.zeros(labels.shape), np.zeros(labels.shape)
    for training, test in held_out(authors):
        heads = fit(training)
        logits[test] = head_logits(heads, inputs.rows(test))
        marker_free[test] = head_logits(heads, bare.rows(test))
    points = np.array([check.points for rubric in rubrics for check in rubric.checks])
    parts = _parts(corpus.passages, labels @ points)
    desk = _Desk(rubrics, names, own, logits)
    table = desk.calibrated(assemble(rng, parts, count=DOSSIERS))
    figures = desk.measured(assemble(rng, parts, count=DOSSIERS_TO_MEASURE), table)
    return Family(fit(np.arange(count)), table, labels, logits, tuple(authors), marker_free), figures


class _Desk:
    """Calibrates and measures on synthetic dossiers."""

    def __init__(
        self, rubrics: Sequence[Rubric], names: Sequence[str], own: Sequence[frozenset[str]], logits: Matrix
    ) -> None:
        self._rubrics = rubrics
        self._requires = requires_of(rubrics)
        self._own = own
        self._logits = logits
        self._columns = {r.id: np.array([names.index(f"{r.id}.{c.id}") for c in r.checks]) for r in rubrics}
        self._heads = len(names)

    def calibrated(self, dossiers: Sequence[SyntheticDossier]) -> NDArray[np.float32]:
        """One row a check."""
        table = np.zeros((self._heads, ROW_WIDTH), dtype=np.float32)
        weights = np.where([dossier.empty for dossier in dossiers], EMPTY_WEIGHT, 1.0)
        for rubric in self._rubrics:
            features, truth = self._read(dossiers, rubric)
            for place, (check, column) in enumerate(zip(rubric.checks, self._columns[rubric.id], strict=True)):
                row = fit_calibration(features[:, place], truth[:, place], weights, uses_kth=check.quotes > 1)
                table[column, : len(row)] = row
        return table

    def measured(self, dossiers: Sequence[SyntheticDossier], table: NDArray[np.float32]) -> SyntheticFigures:
        """Levels by the table against levels by the labels."""
        empty = np.array([dossier.empty for dossier in dossiers])
        sizes = np.array([len(dossier.whole) for dossier in dossiers])
        kappa, correlation, nothing = {}, {}, []
        for rubric in self._rubrics:
            features, truth = self._read(dossiers, rubric)
            points = np.array([check.points for check in rubric.checks])
            rows = table[self._columns[rubric.id], : features.shape[2]].astype(np.float64)
            judged = _levels(sigmoid(np.einsum("dcf,cf->dc", features, rows)), rubric)
            real, mine = (truth @ points)[~empty], judged[~empty]
            rounded = [[int(level) for level in np.floor(levels + 0.5)] for levels in (real, mine)]
            kappa[rubric.id] = quadratic_weighted_kappa(*rounded, categories=5)
            correlation[rubric.id] = float(np.corrcoef(real, mine)[0, 1])
            nothing.append(judged[empty])
        scores = 25.0 * np.mean(nothing, axis=0)
        wanted = {size: sizes[empty] == min(size, int(sizes[empty].max())) for size in EMPTY_SIZES}
        return SyntheticFigures(kappa, correlation, {size: float(scores[w].mean()) for size, w in wanted.items()})

    def _read(self, dossiers: Sequence[SyntheticDossier], rubric: Rubric) -> tuple[Matrix, Matrix]:
        """Features and labels, by dossier and check."""
        rows = [dossier.resume if rubric.id in OF_RESUME else dossier.whole for dossier in dossiers]
        columns = self._columns[rubric.id]
        features = np.array([library_features(self._logits[each], rubric, columns) for each in rows])
        found = [dossier_labels([self._own[row] for row in each], rubric, self._requires) for each in rows]
        truth = [[f"{rubric.id}.{check.id}" in holding for check in rubric.checks] for holding in found]
        return features, np.array(truth, dtype=np.float64)


def _levels(chances: Matrix, rubric: Rubric) -> Matrix:
    """Levels as `assessment.level_of` gives them, without rounding."""
    place = {check.id: n for n, check in enumerate(rubric.checks)}
    for check in rubric.checks:
        for required in check.requires:
            mine = chances[:, place[check.id]]
            chances[:, place[check.id]] = np.minimum(mine, chances[:, place[required]])
    points = np.array([check.points for check in rubric.checks])
    return np.asarray(np.where(chances >= _COUNTS_FROM, chances, 0.0) @ points, dtype=np.float64)


def _parts(passages: Sequence[PassageRow], richness: Matrix) -> Parts:
    """What dossiers are drawn from: the authors who wrote enough of a kind, near misses left out."""
    authors = sorted({row.author for row in passages} - NEAR_MISSES)

    def by_author(*, resume: bool, code: bool, fewest: int) -> tuple[NDArray[np.intp], ...]:
        chosen = [
            np.array([n for n, row in enumerate(passages) if (row.author, row.resume, row.code) == (a, resume, code)])
            for a in authors
        ]
        return tuple(rows for rows in chosen if len(rows) >= fewest)

    return Parts(
        resume=by_author(resume=True, code=False, fewest=_FEWEST_PROSE),
        takehome=by_author(resume=False, code=False, fewest=_FEWEST_PROSE),
        code=by_author(resume=False, code=True, fewest=_FEWEST_CODE),
        filler=np.array([n for n, row in enumerate(passages) if not row.checks]),
        richness=richness,
    )
