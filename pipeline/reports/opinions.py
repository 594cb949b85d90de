"""What more than one reading adds to the page: the line, two judges, the second pass, what was not read."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pipeline.models.settlement import PairOutcome, SettledRow, Settlement
from pipeline.models.shortlist import Row, Shortlist
from pipeline.phrases import BAND_TITLES, LEFT_OPEN, NotAsked, not_read_because, not_read_to_the_end, shortened
from pipeline.reports.text import one_line

LINE_TEXT = (
    "Above the line a language model read the documents; below it the built-in judge alone. The two are not comparable."
)
READ_BY_MODEL = "language model"
READ_BY_SCREENING = "built-in judge alone"
QUOTE_CHARS = 300
"""Of quotes that stand in a list; shortlist.json has them whole."""

_ENDS = {
    "orders_disagree": "the answer changed with the order in which the two were shown, so it counts as a tie.",
    "neither": "neither was preferred, so it counts as a tie.",
    "not_answered": "no usable answer; it counts for nothing.",
}


class ListedQuote(NamedTuple):
    """A quote in a list, with its place."""

    text: str
    where: str


class PairView(NamedTuple):
    """A comparison of two candidates."""

    first: str
    second: str
    preferred: str
    """Empty when nobody was."""
    end: str
    quotes: tuple[ListedQuote, ...]


class SettledView(NamedTuple):
    """What the second pass did for one row."""

    anchor: str
    """Empty when the row's justification is not on the page."""
    name: str
    samples: str
    before: str
    after: str
    top_before: str
    top_after: str
    tie: str


class SecondPassView(NamedTuple):
    """The section on the second pass."""

    lead: str
    rows: tuple[SettledView, ...]
    pairs: tuple[PairView, ...]
    pairs_title: str
    left_out: tuple[str, ...]


class DifferingView(NamedTuple):
    """A row about which two judges differ."""

    anchor: str
    name: str
    rank: str
    band: str
    band_title: str
    details: tuple[str, ...]


class Unfinished(NamedTuple):
    """How many candidates were not read to the end for one reason."""

    why: NotAsked
    candidates: int

    @property
    def text(self) -> str:
        """As a sentence with its next step."""
        return not_read_to_the_end(self.candidates, self.why)


def unfinished(rows: Sequence[Row]) -> tuple[Unfinished, ...]:
    """Candidates with questions that were not asked or not answered, by reason, the most frequent first."""
    counts: Counter[NotAsked] = Counter()
    for row in rows:
        counts.update(_left_open(row))
    return tuple(Unfinished(why, n) for why, n in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def _left_open(row: Row) -> set[NotAsked]:
    criteria = [(one.unscored, one.detail) for one in row.assessment.criteria]
    gates = [(one.unscored, one.detail) for one in row.assessment.gates]
    return {not_read_because(why, detail) for why, detail in (*criteria, *gates) if why in LEFT_OPEN}


def matrix_note(rows: Sequence[Row]) -> str:
    """How to read the table of levels."""
    text = "0 is nothing evidenced, 4 is the most a criterion asks for. A dash was not judged and counts neither way."
    if any(criterion.second_level is not None for row in rows for criterion in row.assessment.criteria):
        text += " Where a second judge differs by two levels or more, its level stands behind a slash; it never counts."
    return text


def how_read(shortlist: Shortlist) -> tuple[str, ...]:
    """What a second reading means for the figures; a paragraph each."""
    told = []
    rows = shortlist.rows
    if shortlist.judged_top is not None:
        told.append(
            f"{LINE_TEXT} The built-in judge screened everybody; its first {shortlist.judged_top} were read again and "
            "rank among themselves. The others keep the rank they had."
        )
    if any(criterion.second_level is not None for row in rows for criterion in row.assessment.criteria):
        told.append(
            "A second judge read the same documents. It changes no level and no score; where it differs by two levels "
            "or more, or reads a must-have the other way round, a person decides."
        )
    if shortlist.settlement is not None:
        told.append(
            "The second pass asks again near the cut and compares evidence in pairs. It narrows intervals and orders "
            "equal scores; it never changes a score."
        )
    if any(row.follow_ups for row in rows):
        told.append(
            "Questions that are marked as suggested were written by a language model from the quote under them. They "
            "are ideas for a conversation; no point rests on them."
        )
    return tuple(told)


def settled_rows(settlement: Settlement | None) -> Mapping[str, SettledRow]:
    """What the second pass did, by candidate; empty if there was none."""
    return {row.candidate: row for row in settlement.rows} if settlement is not None else {}


def differing(rows: Sequence[Row], *, anchors: Mapping[str, str]) -> tuple[DifferingView, ...]:
    """Rows of every band about which two judges differ, in the shortlist's order.

    Args:
        rows: The whole shortlist.
        anchors: By candidate, for rows whose justification is on the page.
    """
    views = []
    for row in rows:
        details = tuple(one_line(f.detail) for f in row.assessment.flags if f.id == "second_judge_differs")
        if details:
            views.append(
                DifferingView(
                    anchor=anchors.get(row.candidate, ""),
                    name=one_line(row.candidate),
                    rank="" if row.rank is None else str(row.rank),
                    band=row.band,
                    band_title=BAND_TITLES[row.band],
                    details=details,
                )
            )
    return tuple(views)


def second_pass(shortlist: Shortlist, *, anchors: Mapping[str, str]) -> SecondPassView | None:
    """The section on the second pass; None if there was none."""
    settlement = shortlist.settlement
    if settlement is None:
        return None
    settled = settled_rows(settlement)
    return SecondPassView(
        lead=_lead(settlement),
        rows=tuple(
            _settled(row, settled[row.candidate], anchors) for row in shortlist.rows if row.candidate in settled
        ),
        pairs=tuple(_pair(pair) for pair in settlement.pairs),
        pairs_title=_counted(len(settlement.pairs), "pair of evidence was compared", "pairs of evidence were compared"),
        left_out=tuple(map(one_line, settlement.left_out)),
    )


def _lead(settlement: Settlement) -> str:
    narrowed = sum(row.interval_before != row.interval_after for row in settlement.rows)
    ordered = sum(row.tie_order is not None for row in settlement.rows)
    ends = Counter(pair.end for pair in settlement.pairs)
    ties = ends["orders_disagree"] + ends["neither"]
    return (
        "Near the cut the model was asked again, and evidence of two candidates was laid side by side in both orders. "
        f"{_counted(narrowed, 'interval', 'intervals')} became narrower, {_counted(ordered, 'row', 'rows')} of equal "
        f"score {'was' if ordered == 1 else 'were'} put in order; "
        f"{_counted(ends['preferred'], 'pair', 'pairs')} decided, {_counted(ties, 'tie', 'ties')}. "
        "No score was changed."
    )


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def interval_words(interval: tuple[int, int]) -> str:
    """`3–7`, or `4` for a single rank."""
    low, high = interval
    return str(low) if low == high else f"{low}–{high}"


def ordinal(n: int) -> str:
    """`1st`, `2nd`, `11th`."""
    ending = "th" if 10 <= n % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{ending}"


def _settled(row: Row, settled: SettledRow, anchors: Mapping[str, str]) -> SettledView:
    return SettledView(
        anchor=anchors.get(row.candidate, ""),
        name=one_line(row.candidate),
        samples=str(settled.samples),
        before=interval_words(settled.interval_before),
        after=interval_words(settled.interval_after),
        top_before=_share(settled.p_top_before),
        top_after=_share(settled.p_top_after),
        tie=ordinal(settled.tie_order) if settled.tie_order is not None else "",
    )


def _share(p: float) -> str:
    """A chance that never claims certainty."""
    return "<1%" if p < 0.005 else ">99%" if p > 0.994 else f"{p:.0%}"


def _pair(pair: PairOutcome) -> PairView:
    return PairView(
        first=one_line(pair.first),
        second=one_line(pair.second),
        preferred=one_line(pair.preferred or ""),
        end=_ENDS.get(pair.end, ""),
        quotes=tuple(
            ListedQuote(
                text=shortened(one_line(citation.quote), QUOTE_CHARS),
                where=one_line(", ".join(part for part in (citation.document, citation.place) if part)),
            )
            for citation in pair.citations
        ),
    )
