"""How the probabilities of a judge lie over questions whose answers are known."""

from collections.abc import Sequence
from itertools import product

from pipeline.models.base import FrozenModel

SURE_BELOW, SURE_ABOVE = 0.02, 0.98
BINS = 10

LabelledP = tuple[float, bool]


class Spread(FrozenModel):
    """Probabilities of checks that hold and of checks that do not."""

    yes: tuple[float, ...]
    """P of each check that holds, rising."""
    no: tuple[float, ...]
    auc: float
    """How often a check that holds has the higher P, of all pairs; equal ones count half. 0.5 is guessing."""
    mean_yes: float
    mean_no: float
    sure: float
    """Share of all P outside .02 to .98."""

    @property
    def bins(self) -> tuple[tuple[int, int], ...]:
        """Checks that do not hold and that do, in ten equal parts of 0 to 1."""
        return tuple((_within(self.no, part), _within(self.yes, part)) for part in range(BINS))


def spread_of(labelled: Sequence[LabelledP]) -> Spread | None:
    """The spread of some probabilities; None unless there are both kinds."""
    yes = sorted(p for p, holds in labelled if holds)
    no = sorted(p for p, holds in labelled if not holds)
    if not yes or not no:
        return None
    wins = sum(1.0 if high > low else 0.5 if high == low else 0.0 for high, low in product(yes, no))
    sure = sum(p < SURE_BELOW or p > SURE_ABOVE for p in (*yes, *no))
    return Spread(
        yes=tuple(yes),
        no=tuple(no),
        auc=round(wins / (len(yes) * len(no)), 3),
        mean_yes=round(sum(yes) / len(yes), 3),
        mean_no=round(sum(no) / len(no), 3),
        sure=round(sure / len(labelled), 3),
    )


def _within(p: Sequence[float], part: int) -> int:
    return sum(min(int(one * BINS), BINS - 1) == part for one in p)
