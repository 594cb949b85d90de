"""Who of a finished screening was selected, and which groups they are in."""

from collections.abc import Mapping
from pathlib import Path
from typing import get_args

from flows.audit_inputs import AuditOptions, FinishedRun
from pipeline.decision_file import Decided, Settled, read_decisions, settle
from pipeline.errors import ConfigurationError
from pipeline.fairness.groups import GroupAudit, Person, compare_groups
from pipeline.fairness.people import Roll, nobody_known, read_demographics
from pipeline.fairness.report import GroupSource, SelectedBy
from pipeline.models.report import ReportedRow

OPEN_BANDS = ("advance", "boundary", "probe")
"""Neither held back nor waiting for a person."""


def selection(options: AuditOptions) -> SelectedBy:
    """What counts as selected.

    Raises:
        ConfigurationError: Options contradict each other, or one is missing.
    """
    implied: dict[SelectedBy, bool] = {"bar": options.bar is not None, "decision": options.decisions is not None}
    wanted = [kind for kind, given in implied.items() if given]
    if len(wanted) > 1:
        raise ConfigurationError("--bar and --decisions are two answers to who counts as selected. Leave one out.")
    if options.selected_by is None:
        return wanted[0] if wanted else "top"
    kinds: tuple[SelectedBy, ...] = get_args(SelectedBy)
    chosen = next((kind for kind in kinds if kind == options.selected_by), None)
    if chosen is None:
        raise ConfigurationError(f"--selected-by {options.selected_by!r} is none of {', '.join(kinds)}.")
    if wanted and wanted[0] != chosen:
        flag = "--bar" if wanted[0] == "bar" else "--decisions"
        raise ConfigurationError(f"{flag} does not go with --selected-by {chosen}. Leave one of them out.")
    if chosen in implied and not implied[chosen]:
        flag = "--bar POINTS" if chosen == "bar" else "--decisions FILE"
        raise ConfigurationError(f"--selected-by {chosen} needs {flag}.")
    return chosen


def groups_of(
    run: FinishedRun, options: AuditOptions, *, demographics: Path, names: Mapping[str, str]
) -> tuple[GroupSource, GroupAudit]:
    """Join demographics to a screening and compare its groups.

    Args:
        run: The screening.
        options: Who counts as selected.
        demographics: The file.
        names: For a blind run, the candidate behind each label, as far as it is known.

    Raises:
        ConfigurationError: A file cannot be used.
    """
    by = selection(options)
    rows = run.report.rows
    ids = {row.candidate: row.candidate for row in rows}
    ids |= {name: label for label, name in names.items() if label in ids}
    roll = Roll(ids, aside=frozenset(duplicate.candidate for duplicate in run.report.duplicates))
    found = read_demographics(demographics, roll)
    settled = _settled(options.decisions, roll)
    strangers = tuple(one.candidate for one in settled.not_in_run)
    people = [
        Person(
            selected=_selected(row, by, run=run, bar=options.bar, decisions=settled.decided),
            score=row.score,
            waiting=row.band == "needs_review",
            groups=dict(found.values[row.candidate]),
        )
        for row in rows
    ]
    source = GroupSource(
        selected_by=by,
        bar=options.bar,
        selected=sum(person.selected is True for person in people),
        outcomes=sum(person.selected is not None for person in people),
        absent=found.absent,
        aside=found.aside,
        not_in_run=len(found.not_in_run),
        not_in_run_ids=() if run.report.blind else found.not_in_run,
        decided_not_in_run=len(strangers),
        decided_not_in_run_ids=() if run.report.blind else strangers,
        decided_both_ways=len(settled.conflicting),
        decided_both_ways_ids=() if run.report.blind else settled.conflicting,
    )
    return source, compare_groups(people, found.columns)


def _settled(path: Path | None, roll: Roll) -> Settled:
    """What people decided about everybody of the screening, as far as they did."""
    if path is None:
        return settle((), roll.names)
    settled = settle(read_decisions(path), roll.names)
    others = tuple(one for one in settled.not_in_run if one.candidate not in roll.aside)
    if others and not settled.decided and not settled.conflicting:
        raise nobody_known(path, {one.candidate: one.line for one in others}, roll)
    return settled._replace(not_in_run=others)


def _selected(
    row: ReportedRow, by: SelectedBy, *, run: FinishedRun, bar: float | None, decisions: Mapping[str, Decided]
) -> bool | None:
    if by == "decision":
        decided = decisions.get(row.candidate)
        # Whoever is held is not selected: nobody invited them.
        return None if decided is None else decided == "advance"
    if by == "bar":
        return row.score is not None and bar is not None and row.score >= bar
    if by == "band":
        return row.band in OPEN_BANDS
    return row.rank is not None and row.rank <= run.report.top
