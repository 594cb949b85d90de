"""What the second pass asks: open checks of rows near the cut once more, and neighbours against each other."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.models.assessment import FlagId
from pipeline.models.scorecard import Scorecard
from pipeline.models.shortlist import Row, Shortlist
from pipeline.ranking import SURE, draw_field

SAMPLES = 3
"""Further answers to a question with an open check."""
OPEN_CHECK = (0.2, 0.8)
"""A check whose probability lies in this range, ends included, is open."""
PAIRS = 2
"""Pairs that one candidate enters at most."""
UNPAIRED_FLAGS: frozenset[FlagId] = frozenset(("hidden_text", "addressed_text"))
"""A comparison is the one request that holds two candidates: who writes to the judge must not reach the other."""


class _Pair(NamedTuple):
    """Two rows by their places in the order of scores, better one first."""

    first: int
    second: int
    from_cut: int
    """Rows between the pair and the cut; 0 if the cut goes through it."""
    decided: float
    """How far the odds of being ahead are from even, 0 to 0.5."""


def boundary_rows(shortlist: Shortlist) -> tuple[Row, ...]:
    """The rows near the cut, in the order of the shortlist: `boundary`, or `probe` that would be.

    Rows below the line of a second judge are left out: that judge has not read them.
    """
    return tuple(
        row
        for row in shortlist.rows
        if row.rank is not None
        and not row.below_line
        and (row.band == "boundary" or (row.band == "probe" and row.would_be == "boundary"))
    )


def open_subjects(row: Row, scorecard: Scorecard) -> tuple[str, ...]:
    """The criteria in which the candidate's own answer leaves a check open, in the order of the scorecard."""
    return tuple(criterion.id for criterion in scorecard.criteria if _is_open(row, criterion.id))


def may_be_paired(row: Row) -> bool:
    """Whether a row may enter a pair: it competes for a rank and nothing in it may speak to the judge.

    Hidden and addressed text is what was recognised; a level cut by the cap is what obeying an unrecognised sentence
    would look like.
    """
    cut = any(criterion.cap is not None for criterion in row.assessment.criteria)
    return row.rank is not None and not row.below_line and not cut and not _speaks_to_the_judge(row)


def left_out(shortlist: Shortlist) -> tuple[str, ...]:
    """Candidates near the cut that enter no pair because of hidden or addressed text."""
    return tuple(row.candidate for row in boundary_rows(shortlist) if _speaks_to_the_judge(row))


def pairs_to_compare(
    shortlist: Shortlist, scorecard: Scorecard, *, per_candidate: int = PAIRS
) -> tuple[tuple[str, str], ...]:
    """Pairs of rows near the cut, most worth asking first, so that a budget may end anywhere.

    Neighbours in score come first, of these the ones around the cut, of these the ones whose order
    the draws leave most undecided; then rows one further apart, as long as both have room. A pair
    whose order is already as good as decided is not asked, and neither are two equal dossiers.

    Args:
        shortlist: Ranked, in any order of rows.
        scorecard: The role that it was ranked for.
        per_candidate: How many pairs one candidate enters at most.

    Returns:
        Candidates, the one with the lower dossier hash first, whoever is ahead.
    """
    rows = sorted(filter(may_be_paired, boundary_rows(shortlist)), key=_by_score)
    if len(rows) < 2:
        return ()
    draws = draw_field([row.assessment for row in rows], scorecard)
    above = sum(row.rank is not None and row.rank <= shortlist.top for row in rows)
    pairs = [
        pair
        for gap in range(1, per_candidate + 1)
        for first in range(len(rows) - gap)
        if _is_worth_asking(pair := _pair(first, first + gap, draws, above), rows)
    ]
    room = [per_candidate] * len(rows)
    chosen: list[tuple[str, str]] = []
    for pair in sorted(pairs, key=lambda p: (p.second - p.first, p.from_cut, p.decided, p.first)):
        if room[pair.first] and room[pair.second]:
            room[pair.first] -= 1
            room[pair.second] -= 1
            one, other = sorted((rows[pair.first], rows[pair.second]), key=by_dossier)
            chosen.append((one.candidate, other.candidate))
    return tuple(chosen)


def by_dossier(row: Row) -> tuple[str, str]:
    """Sorts rows by dossier hash; names decide only between equal dossiers, which are equal in everything."""
    return row.assessment.dossier_hash, row.candidate


def _by_score(row: Row) -> tuple[float, str, str]:
    return -(row.score or 0.0), *by_dossier(row)


def _is_open(row: Row, criterion_id: str) -> bool:
    own = row.assessment.criterion(criterion_id)
    if own is None or own.level is None:
        return False
    return any(OPEN_CHECK[0] <= finding.p <= OPEN_CHECK[1] for finding in own.findings)


def _speaks_to_the_judge(row: Row) -> bool:
    return any(flag.id in UNPAIRED_FLAGS for flag in row.assessment.flags)


def _pair(first: int, second: int, draws: NDArray[np.float32], above: int) -> _Pair:
    ahead = (draws[first] > draws[second]).mean() + (draws[first] == draws[second]).mean() / 2
    from_cut = above - second if second < above else max(0, first - above + 1)
    return _Pair(first, second, from_cut=from_cut, decided=abs(round(float(ahead), 3) - 0.5))


def _is_worth_asking(pair: _Pair, rows: Sequence[Row]) -> bool:
    same = rows[pair.first].assessment.dossier_hash == rows[pair.second].assessment.dossier_hash
    return not same and pair.decided < SURE - 0.5
