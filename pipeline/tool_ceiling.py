"""How much all tools together can be worth."""

from pipeline.models.scorecard import Scorecard

MOST = 2.0
"""Points of 100."""
SHARE_OF_LIGHTEST = 0.9
"""Of the points of one level of the lightest judgment criterion: a level of judgment always outweighs all tools."""


def tool_ceiling(scorecard: Scorecard) -> float:
    """T, the most that matched preferences can add to a score, in points of 100.

    `T = min(2, 0.9 * L)` where L, the points of one level of the lightest judgment criterion, is
    `(100 - T) * w / (4 * sum(w))` and so depends on T itself. With `a = 0.9 * w / (4 * sum(w))` the
    solution of `T = a * (100 - T)` is `T = 100 * a / (1 + a)`. A scorecard without preferences, or
    without a judgment criterion, leaves tools nothing.
    """
    lightest = min((c.weight for c in scorecard.criteria if c.kind == "judgment"), default=0.0)
    if not scorecard.preferences or lightest == 0.0:
        return 0.0
    share = SHARE_OF_LIGHTEST * lightest / (4.0 * sum(criterion.weight for criterion in scorecard.criteria))
    return min(MOST, 100.0 * share / (1.0 + share))
