"""An audit on the terminal: the findings in a few lines; the page has the rest."""

from collections.abc import Iterator

from pipeline.fairness.report import AuditReport
from pipeline.reports.audit_words import (
    MEASURES,
    attribute_title,
    figure,
    group_name,
    in_short,
    kind_summaries,
    p_value,
    selection_sentence,
    share,
    strangers,
)
from pipeline.reports.text import one_line


def audit_lines(report: AuditReport) -> Iterator[str]:
    """Lines to print, free of anything that could steer a terminal."""
    yield from (one_line(text) for text in in_short(report))
    if report.swaps is not None:
        yield ""
        for one in kind_summaries(report.swaps):
            move = f", at most {one.largest_move:.1f} points" if one.scores_changed else ""
            why = f" ({one.left_out} without: {one.reason})" if one.left_out else ""
            yield f"  {one.title:50} {one.twins:6,} twins  {one.verdict}{move}{why}"
    if report.groups is not None and report.source is not None:
        yield ""
        yield selection_sentence(report.source, top=report.run.top)
        yield from (one_line(text) for text in strangers(report.source))
        for comparison in report.groups.comparisons:
            if len(comparison.attribute) > 1:
                continue  # The page has them; here they would bury the rest.
            yield one_line(
                f"{MEASURES[comparison.measure]} by {attribute_title(comparison)} "
                f"({comparison.people} people, {comparison.unknown} unknown"
                + (f", {comparison.few} in groups of fewer than five)" if comparison.few else ")")
            )
            for group in comparison.groups:
                rate = share(group.rate) or "–"
                ratio = f"ratio {figure(group.ratio)}" if group.ratio is not None else ""
                ratio = "reference" if group.is_reference else ratio
                p = f"mid-P {p_value(group.mid_p)}" if group.mid_p is not None else ""
                word = group.word or ""
                yield f"  {one_line(group_name(group))[:34]:34} {group.people:5} {rate:>7}  {ratio:11} {p:13} {word}"
    for notice in report.notices:
        yield ""
        yield one_line(notice)
    yield ""
    yield "This is no independent audit; that is somebody else's to do. The page says what it cannot see."
