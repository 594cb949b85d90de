"""`audit.html`: one self-contained page about how alike people were treated."""

import math
from typing import NamedTuple

from markupsafe import Markup

from pipeline.fairness.groups import FOUR_FIFTHS, LEAST_SHARE, Comparison, GroupAudit, GroupResult
from pipeline.fairness.report import AuditReport, SwapExample
from pipeline.fairness.withheld import FEWEST
from pipeline.phrases import BAND_TITLES
from pipeline.reports.audit_words import (
    KIND_TITLES,
    MEASURES,
    REDACTED_KINDS,
    WORDS,
    attribute_title,
    figure,
    flip_sentences,
    group_name,
    in_short,
    kind_summaries,
    p_value,
    plural,
    selection_sentence,
    share,
    strangers,
)
from pipeline.reports.templating import asset, content_policy, templates_in
from pipeline.reports.text import printable

_WIDTH, _HEIGHT = 120, 18
_LEAST, _MOST = 0.1, 4.0
"""Ends of the axis of ratios; it is logarithmic, so that half and twice as often are equally far from 1."""


class Fact(NamedTuple):
    """A figure in the page's head."""

    name: str
    value: str


class GroupView(NamedTuple):
    """One row of a comparison."""

    name: str
    people: str
    hits: str
    rate: str
    ratio: str
    range: str
    bar: Markup
    word: str
    mark: str
    """Class of the word's tag."""
    reason: str
    p: str
    holm: str
    detectable: str
    notices: bool
    """Whether any ratio would be noticed."""
    below: bool
    flips: tuple[str, ...]
    is_reference: bool


class ComparisonView(NamedTuple):
    """One table."""

    measure: str
    hits_title: str
    caption: str
    groups: tuple[GroupView, ...]
    has_tests: bool
    empty: str
    """What stands instead of a table without groups."""


class AttributeView(NamedTuple):
    """Both measures of one attribute."""

    title: str
    is_intersection: bool
    comparisons: tuple[ComparisonView, ...]

    @property
    def has_tests(self) -> bool:
        """Whether any group was large enough."""
        return any(comparison.has_tests for comparison in self.comparisons)


class ExampleView(NamedTuple):
    """A passage that was read differently."""

    candidate: str
    title: str
    where: str
    before: Markup
    after: Markup
    effect: str


def audit_html(report: AuditReport) -> str:
    """Render the page. It needs no script, makes no request and forbids both; equal reports give equal bytes."""
    style = asset("style.css") + asset("audit.css")
    swaps, groups = report.swaps, report.groups
    return (
        templates_in()
        .get_template("audit.html")
        .render(
            report=report,
            facts=_facts(report),
            short=list(in_short(report)),
            kinds=kind_summaries(swaps) if swaps is not None else [],
            redacted=REDACTED_KINDS,
            kind_titles=KIND_TITLES,
            examples=[_example(one) for one in swaps.examples] if swaps is not None else [],
            selection=selection_sentence(report.source, top=report.run.top) if report.source is not None else "",
            strangers=list(strangers(report.source)) if report.source is not None else [],
            attributes=_attributes(groups) if groups is not None else [],
            waiting=_waiting(groups) if groups is not None else [],
            words=WORDS,
            marks=_MARKS,
            plural=plural,
            fewest=FEWEST,
            least_share=f"{LEAST_SHARE:.0%}",
            style=Markup(style),
            policy=content_policy(style=style),
        )
    )


def _facts(report: AuditReport) -> list[Fact]:
    facts = [Fact("candidates", f"{report.run.candidates:,}")]
    if report.swaps is not None:
        facts.append(Fact("twins read", f"{report.swaps.twins:,}"))
        kinds = kind_summaries(report.swaps)
        for name, hidden in (("scores moved by name, pronoun, school", True), ("by years, memberships", False)):
            own = [one for one in kinds if (one.kind in REDACTED_KINDS) == hidden and one.twins]
            if own:
                facts.append(Fact(name, f"{sum(one.scores_changed for one in own):,}"))
    if report.groups is not None:
        facts.append(Fact("signals", f"{report.groups.signals:,}"))
        facts.append(Fact("tests", f"{report.groups.tests:,}"))
    return facts


_MARKS = {"signal": "alarm", "none seen": "calm", "too few to tell": "open"}


def _attributes(groups: GroupAudit) -> list[AttributeView]:
    titles = dict.fromkeys(comparison.attribute for comparison in groups.comparisons)
    return [
        AttributeView(
            title=attribute_title(own[0]),
            is_intersection=len(attribute) > 1,
            comparisons=tuple(_comparison(comparison) for comparison in own),
        )
        for attribute in titles
        if (own := [comparison for comparison in groups.comparisons if comparison.attribute == attribute])
    ]


def _comparison(comparison: Comparison) -> ComparisonView:
    return ComparisonView(
        measure=MEASURES[comparison.measure],
        hits_title="Selected" if comparison.measure == "selection" else "Above",
        caption=_caption(comparison),
        groups=tuple(map(_group, comparison.groups)),
        has_tests=any(group.mid_p is not None for group in comparison.groups),
        empty=f"No group that is known has {FEWEST} people." if not comparison.groups else "",
    )


def _caption(comparison: Comparison) -> str:
    about = (
        "Share of each group that was selected."
        if comparison.measure == "selection"
        else f"Share of each group that scored above the median of {comparison.threshold or 0:.1f} points."
    )
    hit = "selected" if comparison.measure == "selection" else "above"
    unlisted = [f"{comparison.unknown} whose group is not known"] if comparison.unknown else []
    unlisted += [f"{comparison.few} in groups of fewer than {FEWEST} people"] if comparison.few else []
    hits = "" if comparison.unlisted_hits is None else f" ({comparison.unlisted_hits} of them {hit})"
    unknown = f" Not listed, and in no rate: {' and '.join(unlisted)}{hits}." if unlisted else ""
    without = "no score" if comparison.measure == "scoring" else "not decided yet"
    missing = f" {comparison.without_outcome} with {without}; in no rate." if comparison.without_outcome else ""
    return f"{about}{unknown}{missing}"


def _group(group: GroupResult) -> GroupView:
    tested = group.mid_p is not None
    return GroupView(
        name=group_name(group),
        people=f"{group.people:,}",
        hits="" if group.hits is None else f"{group.hits:,}",
        rate=share(group.rate),
        ratio="1.00" if group.is_reference else figure(group.ratio),
        range=_range(group),
        bar=ratio_bar(group),
        word=group.word or "",
        mark=_MARKS[group.word] if group.word is not None else "base",
        reason=group.reason,
        p=p_value(group.mid_p),
        holm=p_value(group.holm),
        detectable="" if not tested else "nothing" if group.detectable is None else f"{group.detectable:.2f}",
        notices=group.detectable is not None,
        below=group.below_four_fifths is True,
        flips=tuple(flip_sentences(group)),
        is_reference=group.is_reference,
    )


def _range(group: GroupResult) -> str:
    if group.interval is None:
        return ""
    low, high = group.interval
    return f"{low:.2f} to {'any' if high is None else f'{high:.2f}'}"


def ratio_bar(group: GroupResult) -> Markup:
    """SVG of a ratio and its interval, with four fifths and 1 drawn behind. It holds numbers only."""
    if group.interval is None or group.ratio is None:
        return Markup("")
    low, high = group.interval
    left, right = _x(low), _x(_MOST if high is None else high)
    return Markup(
        f'<svg class="rt" viewBox="0 0 {_WIDTH} {_HEIGHT}" aria-hidden="true">'
        f'<path class="ff" d="M{_x(FOUR_FIFTHS):g} 1V17"/><path class="eq1" d="M{_x(1):g} 1V17"/>'
        f'<path class="rg" d="M{left:g} 9H{max(right, left + 0.1):g}"/>'
        f'<circle cx="{_x(group.ratio):g}" cy="9" r="3.5"/></svg>'
    )


def _x(ratio: float) -> float:
    kept = min(_MOST, max(_LEAST, ratio))
    span = math.log(_MOST) - math.log(_LEAST)
    return round(5 + (math.log(kept) - math.log(_LEAST)) / span * (_WIDTH - 10), 1)


def _waiting(groups: GroupAudit) -> list[tuple[str, str]]:
    """Groups of whom somebody waits for a person, with how many."""
    return [
        (f"{one.attribute.replace('_', ' ')}: {one.group}", f"{one.waiting} of {one.people}")
        for one in groups.waiting
        if one.waiting
    ]


def _example(example: SwapExample) -> ExampleView:
    before, after = marked(example.before, example.after)
    return ExampleView(
        candidate=example.candidate,
        title=f"{KIND_TITLES[example.kind]}: {example.group}",
        where=", ".join(part for part in (example.document, example.place) if part),
        before=before,
        after=after,
        effect=_effect(example),
    )


def _effect(example: SwapExample) -> str:
    if example.not_asked:
        return "The request differs and was never asked; what it would change is not known."
    told = []
    if example.score_before != example.score_after:
        told.append(f"Score {_points(example.score_before)} before, {_points(example.score_after)} after.")
    if example.band_before != example.band_after and example.band_before and example.band_after:
        told.append(f"Band {BAND_TITLES[example.band_before]} before, {BAND_TITLES[example.band_after]} after.")
    told += [
        f"{move.criterion.replace('_', ' ')}: level {_points(move.before)} before, {_points(move.after)} after."
        for move in example.levels
    ]
    told += [f"Requirement {gate}." for gate in example.gates]
    return " ".join(told) or "Read differently; no level, score or band is another."


def _points(value: float | None) -> str:
    return "none" if value is None else f"{value:.1f}"


def marked(before: str, after: str) -> tuple[Markup, Markup]:
    """Both texts with the part that differs marked."""
    if before == after:
        return _with_mark(before, len(before), 0), _with_mark(after, len(after), 0)
    shortest = min(len(before), len(after))
    head = next((n for n in range(shortest) if before[n] != after[n]), shortest)
    room = shortest - head
    tail = next((n for n in range(room) if before[-1 - n] != after[-1 - n]), room)
    # Whole words: half of one marked is hard to read.
    while head and before[head - 1].isalnum():
        head -= 1
    while tail and before[len(before) - tail].isalnum():
        tail -= 1
    return _with_mark(before, head, tail), _with_mark(after, head, tail)


def _with_mark(text: str, head: int, tail: int) -> Markup:
    end = len(text) - tail
    first, middle, last = printable(text[:head]), printable(text[head:end]), printable(text[end:])
    return Markup("{}<mark>{}</mark>{}").format(first, middle, last) if middle else Markup("{}").format(first + last)
