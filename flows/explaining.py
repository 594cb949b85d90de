"""`shortlist explain`: find one row of a finished screening."""

import shlex
from pathlib import Path

from pydantic import ValidationError

from pipeline.errors import ConfigurationError
from pipeline.models.report import Report, ReportedRow

_SHOWN_NAMES = 20


def read_row(candidate: str, out: Path) -> ReportedRow:
    """The row of a candidate in a finished screening.

    Raises:
        ConfigurationError: There is no finished screening in the folder, or it has no such candidate.
    """
    path = out / "shortlist.json"
    try:
        report = Report.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValidationError) as error:
        cause = error.strerror if isinstance(error, OSError) else "it was written by another version"
        raise ConfigurationError(
            f"{str(path)!r} cannot be read: {cause}. Name the folder of a finished screening with --out."
        ) from error
    for row in report.rows:
        if candidate in (row.candidate, row.label):
            return row
    names = sorted(shlex.quote(row.candidate) for row in report.rows)
    more = f" and {len(names) - _SHOWN_NAMES} more" if len(names) > _SHOWN_NAMES else ""
    raise ConfigurationError(
        f"{str(path)!r} has no candidate {candidate!r}. It has {', '.join(names[:_SHOWN_NAMES])}{more}."
    )
