"""How well a judge agrees with people. Formulas with their sources; no fitting happens here."""

from collections.abc import Sequence

import numpy as np


def kendall_tau_b(first: Sequence[float], second: Sequence[float]) -> float:
    """Rank agreement with a correction for ties, -1 to 1; NaN if one side is all ties.

    `(concordant - discordant) / sqrt((pairs - ties_first) * (pairs - ties_second))`, from M. G. Kendall,
    "The treatment of ties in ranking problems", Biometrika 33 (1945).
    """
    a, b = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if a.shape != b.shape:
        raise ValueError(f"Both rankings must have the same length, not {len(a)} and {len(b)}.")
    upper = np.triu_indices(len(a), k=1)
    sign_a = np.sign(a[:, None] - a[None, :])[upper]
    sign_b = np.sign(b[:, None] - b[None, :])[upper]
    untied = np.sqrt(float((sign_a != 0).sum()) * float((sign_b != 0).sum()))
    return float((sign_a * sign_b).sum() / untied) if untied else float("nan")


def quadratic_weighted_kappa(first: Sequence[int], second: Sequence[int], *, categories: int) -> float:
    """Agreement on ordered categories 0 to `categories` - 1 beyond chance; 1 is perfect.

    `1 - sum(w * observed) / sum(w * expected)` with `w = (i - j)^2`, from J. Cohen, "Weighted kappa",
    Psychological Bulletin 70 (1968). Both sides constant and equal is perfect agreement.
    """
    observed = np.zeros((categories, categories))
    for i, j in zip(first, second, strict=True):
        observed[i, j] += 1
    expected = np.outer(observed.sum(axis=1), observed.sum(axis=0)) / max(observed.sum(), 1.0)
    index = np.arange(categories)
    weights = (index[:, None] - index[None, :]) ** 2
    chance = float((weights * expected).sum())
    return 1.0 - float((weights * observed).sum()) / chance if chance else 1.0


def ndcg_at_k(gains: Sequence[float], scores: Sequence[float], *, k: int) -> float:
    """How much of the best possible gain stands among the first k by score, 0 to 1.

    Discounted cumulative gain with linear gains and `1 / log2(rank + 1)`, from K. Järvelin and
    J. Kekäläinen, "Cumulated gain-based evaluation of IR techniques", ACM TOIS 20 (2002). Equal
    scores share the mean gain of their places, so their order cannot help or harm.
    """
    gain, score = np.asarray(gains, dtype=float), np.asarray(scores, dtype=float)
    discount = 1.0 / np.log2(np.arange(2, len(gain) + 2))
    discount[k:] = 0.0
    order = np.argsort(-score, kind="stable")
    ranked = gain[order].copy()
    for tied in np.unique(score):
        places = score[order] == tied
        ranked[places] = ranked[places].mean()
    ideal = float((np.sort(gain)[::-1] * discount).sum())
    return float((ranked * discount).sum()) / ideal if ideal else float("nan")
