"""How an audit is told: titles, sentences and figures for people who are no statisticians."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pipeline.fairness.groups import Comparison, Flip, GroupResult, Measure, Word
from pipeline.fairness.report import AuditReport, GroupSource, NotApplied, SwapAudit, SwapCount
from pipeline.fairness.swaps import SwapKind

KIND_TITLES: dict[SwapKind, str] = {
    "name": "Another name",
    "pronoun": "He and she exchanged",
    "stated_pronouns": "Pronouns stated in a line of their own",
    "school": "Another school",
    "everything": "Name, pronoun and school at once",
    "graduation": "Another year of graduation",
    "dates": "All years of the resume moved",
    "club": "Another club, where one is named",
    "added_club": "A membership in a line of its own",
}
"""In the order of the report: what redaction takes away first, then what a judge still reads."""

KIND_NOTES: dict[SwapKind, str] = {
    "name": "wherever it stands: header, addresses, file names, comments",
    "pronoun": "in resume and cover letter",
    "stated_pronouns": "held against the same line with he/him",
    "school": "wherever one is named",
    "everything": "one twin a candidate",
    "graduation": "years beside a school or degree",
    "dates": "by the same number, so that nothing takes longer or shorter",
    "club": "clubs, associations, congregations",
    "added_club": "held against a cycling club in the same line",
}

REDACTED_KINDS: frozenset[SwapKind] = frozenset(("name", "pronoun", "stated_pronouns", "school", "everything"))
"""What redaction takes away before a judge reads; the others stay in the text."""

MEASURES: dict[Measure, str] = {"selection": "Selection rate", "scoring": "Scoring rate"}

WORDS: dict[Word, str] = {
    "signal": "Between this group and all others together, chance alone would give a difference as large as this, or "
    "larger, in less than 5 of 100 cases (mid-P below 0.05). Somebody should find out why. It is no proof of "
    "discrimination.",
    "none seen": "No such difference, and there were enough people: a group selected four fifths as often as all "
    "others would have given a signal at least four times in five. It is no proof that there is none.",
    "too few to tell": "No such difference, but in groups of these sizes one could easily stay unseen; or the group "
    "has fewer than 2% of the people whose group is known, or is left out so that a smaller one cannot be worked out; "
    "or it is like all others together and yet below four fifths of the highest rate. It must not be read as “fair”.",
}


MOST_LISTED = 20
"""Ids in one sentence."""


class KindSummary(NamedTuple):
    """All swaps of one kind together."""

    kind: SwapKind
    title: str
    note: str
    candidates: int
    """The most for whom one value could be put in."""
    twins: int
    requests: int
    requests_changed: int
    levels_changed: int
    scores_changed: int
    gates_changed: int
    bands_changed: int
    not_asked: int
    largest_move: float
    left_out: int
    reason: str
    """Why some had nothing to exchange; empty if all had."""

    @property
    def moved(self) -> bool:
        """Whether a level, gate, score or band became another."""
        return bool(self.scores_changed or self.gates_changed or self.bands_changed or self.levels_changed)

    @property
    def is_zero(self) -> bool:
        """Whether the judge was given the same for every twin."""
        return bool(self.twins) and not (self.requests_changed or self.moved or self.not_asked)

    @property
    def verdict(self) -> str:
        """What came of it, in a few words."""
        if not self.twins:
            return "could not be tried"
        if self.not_asked:
            return f"not known for {self.not_asked}"
        if self.scores_changed:
            return f"{self.scores_changed} scores moved"
        if self.moved:
            return "levels moved, no score"
        if self.requests_changed:
            return "read differently, no level moved"
        return "nothing changed"


def kind_summaries(swaps: SwapAudit) -> list[KindSummary]:
    """One summary a kind, in the order of the report; kinds that could not be tried on anybody included."""
    missing = {one.kind: one for one in swaps.not_applied}
    return [
        _summary(kind, [count for count in swaps.counts if count.kind == kind], missing.get(kind))
        for kind in KIND_TITLES
    ]


def _summary(kind: SwapKind, counts: Sequence[SwapCount], missing: NotApplied | None) -> KindSummary:
    return KindSummary(
        kind=kind,
        title=KIND_TITLES[kind],
        note=KIND_NOTES[kind],
        candidates=max((count.applied for count in counts), default=0),
        twins=sum(count.applied for count in counts),
        requests=sum(count.requests for count in counts),
        requests_changed=sum(count.requests_changed for count in counts),
        levels_changed=sum(count.levels_changed for count in counts),
        scores_changed=sum(count.scores_changed for count in counts),
        gates_changed=sum(count.gates_changed for count in counts),
        bands_changed=sum(count.bands_changed for count in counts),
        not_asked=sum(count.not_asked for count in counts),
        largest_move=max((count.largest_move for count in counts), default=0.0),
        left_out=missing.candidates if missing else 0,
        reason=missing.reason if missing else "",
    )


def in_short(report: AuditReport) -> Iterator[str]:
    """The findings, a sentence or two each."""
    if report.swaps is not None:
        yield from _swaps_in_short(report.swaps)
    else:
        yield (
            "Swaps of identity were not run (--no-swaps): whether another name, pronoun or school would change a score "
            "is not known from this page."
        )
    if report.groups is None:
        yield "Groups of people were not compared: no file of groups was given (--demographics)."
    else:
        counts = dict.fromkeys(WORDS, 0)
        for comparison in report.groups.comparisons:
            for group in comparison.groups:
                if group.word is not None:
                    counts[group.word] += 1
        told = ", ".join(f"{count} “{word}”" for word, count in counts.items())
        yield (
            f"Groups of people, intersections included: {told}. "
            + _holm_sentence(report.groups.tests, report.groups.signals, report.groups.signals_after_holm)
        )


def _holm_sentence(tests: int, signals: int, after: int) -> str:
    if not tests:
        return "No group was large enough for a test."
    if not signals:
        return f"{plural(tests, 'test')} made, no signal among them."
    return (
        f"With {plural(tests, 'test')}, about {tests * 0.05:.1f} signals are to be expected by chance alone; "
        f"{after} of the {signals} stand when that is allowed for (Holm)."
    )


def _swaps_in_short(swaps: SwapAudit) -> Iterator[str]:
    summaries = [one for one in kind_summaries(swaps) if one.twins]
    gone = [one for one in summaries if one.kind in REDACTED_KINDS]
    read = [one for one in summaries if one.kind not in REDACTED_KINDS]
    if gone:
        changed, requests = sum(one.requests_changed for one in gone), sum(one.requests for one in gone)
        twins = sum(one.twins for one in gone)
        if not changed:
            yield (
                f"Names, pronouns and schools: {plural(twins, 'twin')}, and in none of {requests:,} requests was a "
                "single letter different. The judge cannot tell the twins apart, so no score can."
            )
        else:
            moved = sum(one.scores_changed for one in gone)
            yield (
                f"Names, pronouns and schools: {changed:,} of {requests:,} requests differ, and {moved} of "
                f"{plural(twins, 'twin')} have another score. Redaction overlooked something; the places are below."
            )
    if read:
        moved, twins = sum(one.scores_changed for one in read), sum(one.twins for one in read)
        largest = max(one.largest_move for one in read)
        bands = sum(one.bands_changed for one in read)
        unknown = sum(one.not_asked for one in read)
        if unknown:
            yield (
                f"Years and memberships stay in the text. {unknown} of {plural(twins, 'twin')} give a request that was "
                "never asked, so what they would change is not known."
            )
        else:
            yield (
                f"Years and memberships stay in the text that is judged: {moved} of {plural(twins, 'twin')} have "
                f"another score, at most {largest:.1f} points of 100 away; {bands} another band."
            )


def selection_sentence(source: GroupSource, *, top: int) -> str:
    """Who counts as selected, and how many they are."""
    who = {
        "top": f"whoever ranks within the {top} interviews",
        "band": "whoever is neither on hold nor waiting for a person",
        "bar": f"whoever scored {source.bar or 0:g} points or more",
        "decision": "whomever people chose, by the decisions file",
    }[source.selected_by]
    return f"Selected is {who}: {source.selected} of {source.outcomes}."


def strangers(source: GroupSource) -> Iterator[str]:
    """Whom the files name and no figure counts, with their ids, so that a slip of spelling is found."""
    for file, count, ids in (
        ("demographics", source.not_in_run, source.not_in_run_ids),
        ("decisions", source.decided_not_in_run, source.decided_not_in_run_ids),
    ):
        if count:
            yield f"Not in this run: {count:,} of the {file} file{_listed(ids)}. They are in no figure."
    if source.decided_both_ways:
        yield (
            f"Decided both ways, without dates to tell the last decision: {source.decided_both_ways:,} of the "
            f"decisions file{_listed(source.decided_both_ways_ids)}. They count as not decided yet."
        )


def _listed(ids: Sequence[str]) -> str:
    listed = ", ".join(ids[:MOST_LISTED])
    more = f" and {len(ids) - MOST_LISTED:,} more, all in audit.json" if len(ids) > MOST_LISTED else ""
    return f" ({listed}{more})" if ids else ""


def attribute_title(comparison: Comparison) -> str:
    """The columns of a comparison, for a heading."""
    return " and ".join(one.replace("_", " ") for one in comparison.attribute)


def group_name(group: GroupResult) -> str:
    """The values of a group."""
    return ", ".join(group.group)


def flip_sentences(group: GroupResult) -> list[str]:
    """What one decision the other way would change."""
    return [_flip_sentence(flip, group) for flip in group.flips]


def _flip_sentence(flip: Flip, group: GroupResult) -> str:
    told = []
    if flip.word != group.word:
        told.append(f"the word would be “{flip.word}”")
    if flip.crosses_four_fifths and flip.ratio is not None:
        told.append(f"the ratio {flip.ratio:.2f}")
    return f"{flip.change}: {', '.join(told)}"


def share(value: float | None) -> str:
    """A rate as a percentage."""
    return "" if value is None else f"{100 * value:.1f}%"


def p_value(value: float | None) -> str:
    """A P value with as many digits as mean something."""
    if value is None:
        return ""
    return f"{value:.3f}" if value >= 0.001 else "<0.001"


def figure(value: float | None) -> str:
    """A ratio."""
    return "" if value is None else f"{value:.2f}"


def plural(count: int, word: str) -> str:
    """A count with its noun."""
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"
