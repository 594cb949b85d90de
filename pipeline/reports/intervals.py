"""Rank intervals as small drawings on one common scale."""

import math
from typing import NamedTuple

from markupsafe import Markup

from pipeline.models.shortlist import Shortlist

WIDTH = 160
HEIGHT = 18
_EDGE = 5.0


class IntervalScale(NamedTuple):
    """Ranks on a horizontal axis, the same for every row, so that the bars can be compared.

    In a large batch the axis is stretched at its start: what matters lies around the cut.
    """

    ranks: int
    """The last rank that is drawn."""
    top: int

    def x(self, rank: float) -> float:
        """Pixels from the left."""
        last = max(2, self.ranks)
        if last <= 40:
            share = (rank - 1) / (last - 1)
        else:
            share = math.log1p((rank - 1) / self.top) / math.log1p((last - 1) / self.top)
        return round(_EDGE + share * (WIDTH - 2 * _EDGE), 1)

    @property
    def cut(self) -> float:
        """Where the interviews end, between two ranks."""
        return self.x(min(self.top + 0.5, max(2, self.ranks)))

    @property
    def is_stretched(self) -> bool:
        """The axis is not linear."""
        return self.ranks > 40

    def bar(self, rank: int, low: int, high: int) -> Markup:
        """SVG of one interval: a line from low to high, a dot at the rank, the cut behind it.

        It holds numbers only, so it is safe to put into a page as it is.
        """
        left, right, dot = self.x(low), self.x(high), self.x(rank)
        words = f"Rank {rank}, 90% between {low} and {high}"
        return Markup(
            f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img"><title>{words}</title>'
            f'<path class="ct" d="M{self.cut:g} -80V100"/>'
            f'<path class="rg" d="M{left:g} 9H{max(right, left + 0.1):g}"/><circle cx="{dot:g}" cy="9" r="3.5"/></svg>'
        )


def scale_of(shortlist: Shortlist) -> IntervalScale:
    """The scale on which every interval of a shortlist fits.

    Ranks may leave gaps behind a line, so the last one can be higher than the number of rows.
    """
    last = max((row.rank_interval[1] for row in shortlist.rows if row.rank_interval is not None), default=0)
    ranked = sum(row.rank is not None for row in shortlist.rows)
    return IntervalScale(ranks=max(last, ranked), top=shortlist.top)


def meter(level: float) -> Markup:
    """SVG of a level: four boxes, filled from the left. The figure beside it says the same."""
    boxes = []
    for n in range(4):
        filled = 15.0 * min(1.0, max(0.0, level - n))
        boxes.append(f'<rect class="o" x="{17 * n}" width="15" height="8"/>')
        if filled:
            boxes.append(f'<rect class="f" x="{17 * n}" width="{filled:g}" height="8"/>')
    return Markup(
        f'<svg class="mt" viewBox="0 0 66 8" role="img"><title>Level {level:.1f} of 4</title>{"".join(boxes)}</svg>'
    )
