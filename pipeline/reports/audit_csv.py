"""An audit's figures for spreadsheets: one file of swaps, one of groups."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from pipeline.fairness.groups import GroupAudit
from pipeline.fairness.report import SwapAudit
from pipeline.reports.audit_words import flip_sentences, group_name
from pipeline.reports.csv import BYTE_ORDER_MARK
from pipeline.reports.text import disarmed

_SWAP_COLUMNS = (
    *("kind", "group", "value", "twins", "requests", "requests_changed", "twins_with_changed_text", "not_asked"),
    *("levels_changed", "gates_changed", "scores_changed", "bands_changed", "largest_move_points"),
)
_GROUP_COLUMNS = (
    *("measure", "attribute", "group", "people", "selected_or_above_median", "rate", "is_reference", "impact_ratio"),
    *("ratio_low_95", "ratio_high_95", "below_four_fifths", "other_people", "other_rate", "ratio_to_others", "mid_p"),
    *("holm_p", "smallest_detectable_ratio_to_others", "word", "why", "one_person_would_change", "unknown_people"),
    *("people_in_groups_below_five", "without_outcome"),
)


def swaps_csv(swaps: SwapAudit) -> str:
    """One row a swap, then one a kind of which some candidates had nothing to exchange."""
    rows: list[Sequence[str]] = [
        (
            *(one.kind, one.group, one.value, str(one.applied), str(one.requests), str(one.requests_changed)),
            *(str(one.text_changed), str(one.not_asked), str(one.levels_changed), str(one.gates_changed)),
            *(str(one.scores_changed), str(one.bands_changed), f"{one.largest_move:.1f}"),
        )
        for one in swaps.counts
    ]
    rows += [
        (one.kind, "not applied", f"{one.candidates} candidates: {one.reason}", "0", *("" for _ in _SWAP_COLUMNS[4:]))
        for one in swaps.not_applied
    ]
    return _written(_SWAP_COLUMNS, rows)


def groups_csv(groups: GroupAudit) -> str:
    """One row a group and measure; people in no group that is listed are rows of their own."""
    return _written(_GROUP_COLUMNS, _group_rows(groups))


def _group_rows(groups: GroupAudit) -> Iterator[Sequence[str]]:
    for comparison in groups.comparisons:
        attribute = " x ".join(comparison.attribute)
        common = (str(comparison.unknown), str(comparison.few), str(comparison.without_outcome))
        for one in comparison.groups:
            low, high = one.interval if one.interval is not None else (None, None)
            yield (
                *(comparison.measure, attribute, group_name(one), str(one.people), _whole(one.hits), _exact(one.rate)),
                *("yes" if one.is_reference else "no", _exact(one.ratio), _exact(low), _exact(high)),
                *(_yes(one.below_four_fifths), _whole(one.others), _exact(one.others_rate), _exact(one.others_ratio)),
                *(_exact(one.mid_p), _exact(one.holm), _exact(one.detectable)),
                *(one.word or "", one.reason, "; ".join(flip_sentences(one)), *common),
            )
        unlisted = comparison.unknown + comparison.few
        if unlisted:
            name = "(unknown or fewer than five)" if comparison.few else "(unknown)"
            yield (
                *(comparison.measure, attribute, name, str(unlisted), _whole(comparison.unlisted_hits)),
                *("" for _ in _GROUP_COLUMNS[5:-3]),
                *common,
            )


def _written(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    text.write(BYTE_ORDER_MARK)
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([disarmed(cell) for cell in row] for row in rows)
    return text.getvalue()


def _whole(value: int | None) -> str:
    return "" if value is None else str(value)


def _exact(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def _yes(value: bool | None) -> str:
    return "" if value is None else "yes" if value else "no"
