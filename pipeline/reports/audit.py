"""The files of an audit: a page for people, JSON for programs, CSV for spreadsheets."""

import json

from pipeline.fairness.report import AuditReport
from pipeline.reports.audit_csv import groups_csv, swaps_csv
from pipeline.reports.audit_html import audit_html

PAGE = "audit.html"
SWAPS, GROUPS = "audit-swaps.csv", "audit-groups.csv"
OPTIONAL = (SWAPS, GROUPS)
"""Files of parts that an audit may leave out."""


def audit_files(report: AuditReport) -> dict[str, str]:
    """The text of every file by its name. Equal reports give equal bytes; a part that was not made has no file."""
    files = {PAGE: audit_html(report), "audit.json": audit_json(report)}
    if report.swaps is not None:
        files[SWAPS] = swaps_csv(report.swaps)
    if report.groups is not None:
        files[GROUPS] = groups_csv(report.groups)
    return files


def audit_json(report: AuditReport) -> str:
    """`audit.json`: every count and figure, unrounded."""
    parts = report.model_dump()
    text = json.dumps(parts, indent=1, ensure_ascii=False)
    # Candidates are called as their files are, which may hold half a character pair that no encoding can write.
    return (text if text == text.encode(errors="ignore").decode() else json.dumps(parts, indent=1)) + "\n"
