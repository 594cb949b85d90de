"""The figures of a training run, as text."""

from typing import TYPE_CHECKING

import numpy as np
from sklearn.metrics import roc_auc_score

from evaluators.evidence_judge.passage_scoring import Matrix
from evaluators.evidence_judge.topical import about_the_role, about_the_statement

if TYPE_CHECKING:
    from evaluators.training.train import Trained


def auc(labels: Matrix, logits: Matrix) -> float:
    """Area under the ROC curve; NaN when all labels are equal."""
    return float(roc_auc_score(labels, logits)) if 0 < labels.sum() < len(labels) else float("nan")


def figures(trained: "Trained") -> str:
    """Print AUC per check: passages held out by author, gates by statement, mission fit by role."""
    lines = ["passage checks, held out by author", f"{'check':46}{'n':>5}{'AUC':>7}{'no mark':>8}  by author"]
    authors = np.array(trained.authors)
    names = trained.weights.families["passage"].names
    each_mean: list[float] = []
    bares: list[float] = []
    for column, name in enumerate(names):
        labels, logits = trained.passage_labels[:, column], trained.passage_logits[:, column]
        each = [auc(labels[authors == a], logits[authors == a]) for a in sorted(set(authors))]
        each_mean.append(float(np.nanmean(each)))
        bare_logits = trained.marker_free_logits[:, column]
        bare = float(np.nanmean([auc(labels[authors == a], bare_logits[authors == a]) for a in sorted(set(authors))]))
        bares.append(bare)
        shown = " ".join(f"{value:.2f}" for value in each)
        lines.append(f"{name:46}{int(labels.sum()):5d}{each_mean[-1]:7.3f}{bare:8.3f}  {shown}")
    lines.append(f"{'mean':46}{'':5}{np.mean(each_mean):7.3f}{np.mean(bares):8.3f}")
    lines.append("levels of synthetic dossiers, passages held out by author")
    lines.append(f"{'rubric':46}{'kappa':>12}{'r':>8}")
    synthetic = trained.synthetic
    for rubric, kappa in synthetic.kappa.items():
        lines.append(f"{rubric:46}{kappa:12.3f}{synthetic.correlation[rubric]:8.3f}")
    means = (float(np.mean(list(figure.values()))) for figure in (synthetic.kappa, synthetic.correlation))
    lines.append(f"{'mean':46}" + "{:12.3f}{:8.3f}".format(*means))
    shown = ", ".join(f"{score:.1f} of {size} passages" for size, score in synthetic.empty.items())
    lines.append(f"score of dossiers without evidence: {shown}")
    lines.append("gates, held out by statement (AUC on topic / with off-topic passages)")
    for column, name in enumerate(trained.weights.families["gate"].names):
        labels, logits = trained.gate_labels[:, column], about_the_statement(trained.gate_logits)[:, column]
        near = trained.gate_on_topic
        lines.append(f"{name:46}{int(labels.sum()):5d}{auc(labels[near], logits[near]):7.3f}{auc(labels, logits):7.3f}")
    lines.append("mission fit, held out by role (AUC over the role's rows / with foreign passages)")
    own = trained.mission_own
    for column, name in enumerate(trained.weights.families["mission"].names):
        labels, logits = trained.mission_labels[:, column], about_the_role(trained.mission_logits)[:, column]
        lines.append(f"{name:46}{int(labels.sum()):5d}{auc(labels[own], logits[own]):7.3f}{auc(labels, logits):7.3f}")
    return "\n".join(lines) + "\n"
