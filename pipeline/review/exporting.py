"""A shortlist as files that say what is on the visitor's screen: covered there, covered here."""

import csv
import io
import json
from typing import Final

from pydantic import JsonValue

from pipeline.audit_events import Event
from pipeline.models.report import Report
from pipeline.reports.csv import BYTE_ORDER_MARK, csv_report
from pipeline.reports.text import disarmed
from pipeline.review.restoring import restored
from pipeline.review.results import blind_of
from pipeline.review.shown import Shown, ShownRow

COVERED_CELL: Final = "covered"
_OF_LEVELS: Final = ("score", "tool_points", "best_quote", "best_quote_place", "two_judges_differ")
_OF_A_LEVEL: Final = ("level ", "second ")


def exported_json(shown: Shown, head: Event) -> str:
    """`shortlist.json` as the visitor sees it, with what people decided beside what was computed.

    Args:
        shown: A run as the visitor sees it.
        head: The head of the audit chain, the event of this export: whoever keeps the file can find a cut by it.
    """
    report = shown_report(shown)
    plain = report.model_dump(mode="json", exclude={"rows"})
    rows: list[JsonValue] = [
        {**row.model_dump(mode="json"), **_reviewed(one)} for row, one in zip(report.rows, shown.rows, strict=True)
    ]
    plain |= {"opening": shown.run.opening, "run": shown.run.id, "audit_head": head_of(head), "rows": rows}
    return json.dumps(plain, ensure_ascii=False, indent=1) + "\n"


def head_of(event: Event) -> dict[str, JsonValue]:
    """An event as a head to be remembered, see `audit_log.copied_heads`."""
    return {"seq": event.seq, "hash": event.hash, "time": event.time.isoformat(timespec="milliseconds")}


def exported_csv(shown: Shown) -> str:
    """`shortlist.csv` as the visitor sees it, with decisions and overrides in columns at its end."""
    shortlist, batch = restored(told_report(shown))
    lines = list(csv.reader(io.StringIO(csv_report(shortlist, batch, shown.scorecard))))
    header, *rows = [[cell.removeprefix(BYTE_ORDER_MARK) for cell in line] for line in lines]
    changed = [c for c in shown.scorecard.criteria if any(c.id in one.overrides for one in shown.rows)]
    text = io.StringIO()
    text.write(BYTE_ORDER_MARK)
    writer = csv.writer(text, lineterminator="\r\n")
    extra = ["decision", "decision_reason", "decided_by", "decided_at", "comments"]
    extra += [f"set by a person {c.id}" for c in changed]
    writer.writerow([disarmed(cell) for cell in (*header, *extra)])
    for cells, one in zip(rows, shown.rows, strict=True):
        kept = [_cell(name, cell, one) for name, cell in zip(header, cells, strict=True)]
        levels = [_set_cell(one, c.id) for c in changed]
        decided = one.decision
        told = (
            [decided.choice, decided.reason, decided.by, decided.at.isoformat(timespec="seconds")]
            if decided
            else ["", "", "", ""]
        )
        # Cells of the report are disarmed already; a second time changes nothing in them.
        writer.writerow([*kept, *(disarmed(cell) for cell in (*told, str(one.comments), *levels))])
    return text.getvalue()


def shown_report(shown: Shown) -> Report:
    """The whole report as the visitor sees it: names, quotes and levels covered where their screen covers them."""
    report = told_report(shown)
    rows = tuple(one.without_levels(row) for row, one in zip(report.rows, shown.rows, strict=True))
    return report.model_copy(update={"rows": rows})


def told_report(shown: Shown) -> Report:
    """The whole report with names and quotes covered where the visitor's screen covers them; levels are all there."""
    if all(one.is_open for one in shown.rows) and not shown.visit.opening.blind:
        return shown.report
    blind = blind_of(shown.run, shown.scorecard)
    rows = tuple(one.row if one.is_open else row for row, one in zip(blind.rows, shown.rows, strict=True))
    return blind.model_copy(update={"rows": rows})


def _cell(name: str, cell: str, one: ShownRow) -> str:
    if one.covered and name in _OF_LEVELS:
        return COVERED_CELL
    for before in _OF_A_LEVEL:
        if name.startswith(before) and name.removeprefix(before) in one.covered:
            return COVERED_CELL
    return cell


def _set_cell(one: ShownRow, criterion: str) -> str:
    if criterion not in one.overrides:
        return ""
    level = one.set_level(criterion)
    return COVERED_CELL if level is None else f"{level:.1f}"


def _reviewed(one: ShownRow) -> dict[str, JsonValue]:
    decided = one.decision
    return {
        "covered": list(one.covered),
        "decision": None
        if decided is None
        else {
            "choice": decided.choice,
            "reason": decided.reason,
            "by": decided.by,
            "at": decided.at.isoformat(timespec="seconds"),
        },
        "overrides": {
            name: {
                "level": one.set_level(name),
                "computed": None if name in one.covered else override.computed,
                "reason": override.reason,
                "by": override.by,
                "at": override.at.isoformat(timespec="seconds"),
            }
            for name, override in one.overrides.items()
        },
        "comments": one.comments,
    }
