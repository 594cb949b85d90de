"""Two rankings with a line between them: one judge read everybody, another one the best of them."""

from collections.abc import Iterable

from pipeline.models.scorecard import Scorecard
from pipeline.models.shortlist import Row, Shortlist
from pipeline.ranking import rank


def best_candidates(screened: Shortlist, n: int) -> tuple[str, ...]:
    """The n best candidates of a screening, in row order, for another judge to read.

    Only rows with a rank are among them: where too little could be read or a must-have is not met, a
    person decides, and another reading would not change that. Everybody who shares the last rank is
    taken along, because equal scores must not be treated unequally; so there may be more than n.

    Raises:
        ValueError: n is less than 1.
    """
    if n < 1:
        raise ValueError(f"{n} candidates cannot be judged again; give at least 1.")
    ranked = [row for row in screened.rows if row.rank is not None]
    if len(ranked) <= n:
        return tuple(row.candidate for row in ranked)
    last = ranked[n - 1].rank
    return tuple(row.candidate for row in ranked if row.rank is not None and last is not None and row.rank <= last)


def rank_with_line(screened: Shortlist, judged: Shortlist, scorecard: Scorecard) -> Shortlist:
    """Put the rows of a second judge above a line, and all others below it.

    Rows that were judged again rank among themselves. The others keep the rank of the screening,
    which is behind all of them, so nobody's rank is used twice and the two kinds are never
    interleaved. Their intervals, chances and bands are those of the places behind the line: with K
    places or more above it, nobody below can be among the first K; with fewer, the rest is left for
    the best below. Rows without a rank stand at the end, those of the second judge first.

    Args:
        screened: Everybody, by the judge that read everybody.
        judged: `best_candidates(screened, n)`, by the judge that read these alone.
        scorecard: The one that both were ranked with.

    Raises:
        ValueError: The two do not belong together.
    """
    _check(screened, judged)
    labels = {row.candidate: row.label for row in screened.rows}
    again = [row.model_copy(update={"label": labels[row.candidate], "below_line": False}) for row in judged.rows]
    rest = _below(screened, judged, scorecard)
    return screened.model_copy(
        update={
            "rows": (*_ranked(again), *_ranked(rest), *_unranked(again), *_unranked(rest)),
            "judged_top": len(judged.rows),
            "settlement": judged.settlement,
        }
    )


def _check(screened: Shortlist, judged: Shortlist) -> None:
    if (screened.scorecard_hash, screened.top) != (judged.scorecard_hash, judged.top):
        raise ValueError("The two rankings were made with different scorecards or numbers of interviews.")
    again = {row.candidate for row in judged.rows}
    above = [row for row in screened.rows if row.candidate in again]
    if len(above) != len(judged.rows):
        raise ValueError("The second judge read candidates twice, or some that were not screened.")
    if again != (set(best_candidates(screened, len(again))) if again else set()):
        raise ValueError("The second judge did not read the best of the screening; choose with `best_candidates`.")


def _below(screened: Shortlist, judged: Shortlist, scorecard: Scorecard) -> list[Row]:
    """The rows of the screening that nobody read again, with the places behind the line to share."""
    line = len(judged.rows)
    again = {row.candidate for row in judged.rows}
    rows = [row for row in screened.rows if row.candidate not in again]
    places = screened.top - line
    among = rank([row.assessment for row in rows], scorecard, top=max(1, places))
    standing = {row.candidate: row for row in among.rows}
    return [_behind(row, standing[row.candidate], line=line, places=places) for row in rows]


def _behind(row: Row, standing: Row, *, line: int, places: int) -> Row:
    """A row of the screening where it stands behind the line.

    Args:
        row: As screened; keeps its rank.
        standing: The same candidate, ranked among the rows below the line alone.
        line: How many stand above the line.
        places: Interviews that are left for the rows below it; none if not positive.
    """
    if row.rank is None or standing.rank_interval is None:
        return row.model_copy(update={"below_line": True})
    low, high = standing.rank_interval
    changes: dict[str, object] = {"below_line": True, "rank_interval": (low + line, high + line)}
    if places > 0:
        changes |= {
            "p_top": standing.p_top,
            "band": standing.band,
            "would_be": standing.would_be,
            "band_reason": standing.band_reason,
        }
    else:
        reason = f"below the line: the {line} candidates that were read again come first"
        changes |= {"p_top": 0.0, "band": "hold", "would_be": None, "band_reason": reason}
    return row.model_copy(update=changes)


def _ranked(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if row.rank is not None]


def _unranked(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if row.rank is None]
