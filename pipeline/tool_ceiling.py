"""How many points of 100 the tools of a scorecard may be worth."""

from pipeline.models.scorecard import Scorecard

MOST_TOOL_POINTS = 2.0
SHARE_OF_A_LEVEL = 0.9
"""All tools together stay below one level of any judgment criterion by a tenth."""


def tool_ceiling(scorecard: Scorecard) -> float:
    """T of the score: the most points of 100 that matched preferences can add, 0 to 2.

    No list of tools may outweigh a single level of reasoning. One level of criterion i is worth
    `(100 - T) * s_i / 4` points, with `s_i = w_i / sum(w)`, and T itself is `min(2, 0.9 * one level of the
    lightest judgment criterion)`. Solved for T, with s the smallest share of a judgment criterion:

        T = 0.9 * (100 - T) * s / 4   =>   T = 22.5 * s / (1 + 0.225 * s),   then   min(2, T).

    The minimum is consistent: one level at T = 2 is worth 2 points or more exactly when the solution is at
    least 2. Shares are taken over all criteria: if some are unscored, a level of the others is worth more,
    so the ceiling stays on the safe side and is the same for every candidate. Without a judgment criterion
    the tool term has nothing to rest on, and T is 0.
    """
    weights = [criterion.weight for criterion in scorecard.criteria if criterion.kind == "judgment"]
    if not weights:
        return 0.0
    share = min(weights) / sum(criterion.weight for criterion in scorecard.criteria)
    slope = SHARE_OF_A_LEVEL / 4.0
    return min(MOST_TOOL_POINTS, 100.0 * slope * share / (1.0 + slope * share))
